/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/support/plugin.h>
#include <spa/utils/keys.h>
#include <spa/utils/string.h>

#include "spa-plugin/codec-plugin.h"

struct impl {
	struct spa_handle handle;
	struct spa_onvif_codec codec;
};

static int impl_get_interface(struct spa_handle *handle, const char *type, void **interface)
{
	struct impl *impl = SPA_CONTAINER_OF(handle, struct impl, handle);

	if (!spa_streq(type, SPA_TYPE_INTERFACE_OnvifCodec))
		return -ENOENT;
	*interface = &impl->codec;
	return 0;
}

static int impl_clear(struct spa_handle *handle)
{
	return 0;
}

static size_t impl_get_size(const struct spa_handle_factory *factory,
		const struct spa_dict *params)
{
	return sizeof(struct impl);
}

static int impl_init(const struct spa_handle_factory *factory, struct spa_handle *handle,
		const struct spa_dict *info, const struct spa_support *support, uint32_t n_support)
{
	struct impl *impl = SPA_CONTAINER_OF(handle, struct impl, handle);

	impl->handle.get_interface = impl_get_interface;
	impl->handle.clear = impl_clear;
	impl->codec.iface = SPA_INTERFACE_INIT(SPA_TYPE_INTERFACE_OnvifCodec,
			SPA_VERSION_ONVIF_CODEC, codec_plugin.methods, NULL);
	return 0;
}

static const struct spa_interface_info impl_interfaces[] = {
	{ SPA_TYPE_INTERFACE_OnvifCodec },
};

static int impl_enum_interface_info(const struct spa_handle_factory *factory,
		const struct spa_interface_info **info, uint32_t *index)
{
	if (*index >= SPA_N_ELEMENTS(impl_interfaces))
		return 0;
	*info = &impl_interfaces[(*index)++];
	return 1;
}

SPA_EXPORT
int spa_handle_factory_enum(const struct spa_handle_factory **factory, uint32_t *index)
{
	static struct spa_handle_factory codec_factory = {
		.version = SPA_VERSION_HANDLE_FACTORY,
		.get_size = impl_get_size,
		.init = impl_init,
		.enum_interface_info = impl_enum_interface_info,
	};
	static struct spa_dict_item items[1];
	static struct spa_dict info;

	if (*index > 0)
		return 0;
	items[0] = SPA_DICT_ITEM_INIT(SPA_KEY_FACTORY_DESCRIPTION, codec_plugin.description);
	info = SPA_DICT_INIT_ARRAY(items);
	codec_factory.name = codec_plugin.factory_name;
	codec_factory.info = &info;
	*factory = &codec_factory;
	(*index)++;
	return 1;
}
