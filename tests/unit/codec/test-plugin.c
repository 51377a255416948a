/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <dlfcn.h>

#include <spa/support/plugin.h>
#include <spa/utils/string.h>

#include "spa-plugin/codec-loader.h"
#include "tests/lib/test.h"

/* set by the build: the shared object under test */
#ifndef PLUGIN
#error "PLUGIN is not defined"
#endif

static void *library;
static struct spa_handle *handle;

static struct spa_onvif_codec *load(void)
{
	const struct spa_handle_factory *factory = NULL;
	const struct spa_interface_info *info;
	struct spa_onvif_codec *codec = NULL;
	spa_handle_factory_enum_func_t enumerate;
	uint32_t index = 0, i = 0;

	library = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		test_fail(__FILE__, __LINE__, "%s", dlerror());
	enumerate = (spa_handle_factory_enum_func_t)dlsym(library,
			SPA_HANDLE_FACTORY_ENUM_FUNC_NAME);
	check(enumerate != NULL);
	check_int(enumerate(&factory, &index), 1);
	check_str(factory->name, "api.codec.onvif.g711");
	check_int(enumerate(&factory, &index), 0);

	check_int(spa_handle_factory_enum_interface_info(factory, &info, &i), 1);
	check_str(info->type, SPA_TYPE_INTERFACE_OnvifCodec);
	check_int(spa_handle_factory_enum_interface_info(factory, &info, &i), 0);

	handle = calloc(1, spa_handle_factory_get_size(factory, NULL));
	check(handle != NULL);
	check_int(spa_handle_factory_init(factory, handle, NULL, NULL, 0), 0);
	check_int(onvif_codec_from_handle(handle, &codec), 0);
	return codec;
}

static void unload(void)
{
	spa_handle_clear(handle);
	free(handle);
	dlclose(library);
}

static void test_enum(void)
{
	struct spa_onvif_codec *codec = load();
	struct spa_onvif_codec_info info;
	void *iface = &info;

	check_int(spa_onvif_codec_enum_codecs(codec, 0, &info), 0);
	check_str(info.name, "pcmu");
	check_str(info.encoding, "PCMU");
	check_int(info.static_pt, 0);
	check_int(info.clock_rate, 8000);
	check_int(info.sample_rate, 8000);
	check_int(info.channels, 1);
	check_int(info.format, SPA_AUDIO_FORMAT_S16);
	check_int(info.frame_samples, 1);
	check_int(info.max_frame_bytes, 1);
	check_int(spa_onvif_codec_enum_codecs(codec, 1, &info), 0);
	check_str(info.encoding, "PCMA");
	check_int(info.static_pt, 8);
	check_int(spa_onvif_codec_enum_codecs(codec, 2, &info), -ENOENT);
	check_str(info.encoding, "PCMA");

	check_int(spa_handle_get_interface(handle, "Spa:Pointer:Interface:Log", &iface), -ENOENT);
	check(iface == &info);
	unload();
}

static void test_find(void)
{
	struct spa_onvif_codec *codec = load();
	struct spa_onvif_codec_info info = { .name = "untouched" };
	uint32_t index = 77;

	check_int(onvif_codec_find(codec, "PCMA", 8000, &index, &info), 0);
	check_int(index, 1);
	check_str(info.name, "pcma");
	check_int(onvif_codec_find(codec, "pcmu", 8000, &index, NULL), 0);
	check_int(index, 0);
	check_int(onvif_codec_find(codec, "PCMU", 16000, &index, &info), -ENOENT);
	check_int(onvif_codec_find(codec, "G726-32", 8000, &index, &info), -ENOENT);
	check_int(index, 0);
	check_str(info.name, "pcma");
	unload();
}

static void test_convert(void)
{
	static const int16_t pcm[] = { 0, 1000, -1000, 32767 };
	struct spa_onvif_codec *codec = load();
	uint8_t data[8] = { 0 };
	int16_t back[4];
	void *instance = NULL;
	size_t n = 4;

	check_int(spa_onvif_codec_init(codec, 2, NULL, &instance), -ENOENT);
	check(instance == NULL);
	check_int(spa_onvif_codec_init(codec, 0, NULL, &instance), 0);
	check_int(spa_onvif_codec_encode(codec, instance, pcm, &n, data, sizeof(data)), 4);
	check_int(n, 4);
	check(memcmp(data, "\xff\xce\x4e\x80\0\0\0\0", 8) == 0);
	check_int(spa_onvif_codec_encode(codec, instance, pcm, &n, data, 3), 3);
	check_int(n, 3);
	check_int(spa_onvif_codec_encode(codec, instance, pcm, &n, data, 0), -ENOSPC);
	check_int(n, 3);
	n = 0;
	check_int(spa_onvif_codec_encode(codec, instance, pcm, &n, data, 0), 0);
	n = 8;
	check_int(spa_onvif_codec_decode(codec, instance, data, &n, back, 2), 2);
	check_int(n, 2);
	check_int(back[1], 988);
	check_int(spa_onvif_codec_decode(codec, instance, data, &n, back, 0), -ENOSPC);
	spa_onvif_codec_deinit(codec, instance);
	unload();
}

static void test_silence(void)
{
	struct spa_onvif_codec *codec = load();
	uint8_t data[5];
	void *instance = NULL;

	for (uint32_t i = 0; i < 2; i++) {
		memset(data, 0x11, sizeof(data));
		check_int(spa_onvif_codec_init(codec, i, NULL, &instance), 0);
		check_int(spa_onvif_codec_silence(codec, instance, 4, data, 4), 4);
		check_int(data[0], i == 0 ? 0xff : 0xd5);
		check_int(data[3], data[0]);
		check_int(data[4], 0x11);
		check_int(spa_onvif_codec_silence(codec, instance, 5, data, 4), -ENOSPC);
		spa_onvif_codec_deinit(codec, instance);
	}
	unload();
}

/* a plugin of an older interface: the methods that it lacks are not supported */
static void test_old_plugin(void)
{
	static const struct spa_onvif_codec_methods none = { 0 };
	struct spa_onvif_codec codec = {
		SPA_INTERFACE_INIT(SPA_TYPE_INTERFACE_OnvifCodec, 0, &none, NULL)
	};
	struct spa_onvif_codec_info info;
	uint8_t data[4];

	check_int(spa_onvif_codec_enum_codecs(&codec, 0, &info), -ENOTSUP);
	check_int(spa_onvif_codec_silence(&codec, NULL, 4, data, 4), -ENOTSUP);
	check_int(onvif_codec_find(&codec, "PCMU", 8000, NULL, NULL), -ENOTSUP);
}

static struct spa_onvif_codec foreign = { { .version = SPA_VERSION_ONVIF_CODEC + 1 } };

static int foreign_get_interface(struct spa_handle *h, const char *type, void **iface)
{
	*iface = &foreign;
	return 0;
}

static void test_foreign_plugin(void)
{
	struct spa_handle h = { SPA_VERSION_HANDLE, .get_interface = foreign_get_interface };
	struct spa_onvif_codec *codec = NULL;

	check_int(onvif_codec_from_handle(&h, &codec), -ENOTSUP);
	check(codec == NULL);
}

static const struct test tests[] = {
	{ "one factory, one interface, two codecs", test_enum },
	{ "a codec is found by encoding and clock rate", test_find },
	{ "encode and decode", test_convert },
	{ "silence is the idle octet", test_silence },
	{ "missing methods are not supported", test_old_plugin },
	{ "another interface version is refused", test_foreign_plugin },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
