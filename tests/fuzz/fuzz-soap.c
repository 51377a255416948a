/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <string.h>

#include <spa/utils/defs.h>

#include "module/onvif/profiles.h"
#include "module/onvif/replies.h"
#include "tests/fuzz/fuzz.h"

/* The first byte picks the operation, the rest is the body of its answer. */

#define HOST	"192.0.2.7"

static void check_services(const struct reply_services *s, const char *host)
{
	const char *urls[] = { s->media1, s->media2, s->device_io };

	for (size_t i = 0; i < SPA_N_ELEMENTS(urls); i++)
		if (urls[i][0] != '\0')
			fuzz_check_uri(urls[i], "http https", host);
}

static void check_info(const struct device_info *i)
{
	fuzz_check_shown(i->manufacturer, sizeof(i->manufacturer));
	fuzz_check_shown(i->model, sizeof(i->model));
	fuzz_check_shown(i->firmware, sizeof(i->firmware));
	fuzz_check_shown(i->serial, sizeof(i->serial));
	fuzz_check_shown(i->hardware, sizeof(i->hardware));
	fuzz_check_shown(i->name, sizeof(i->name));
	fuzz_check_shown(i->location, sizeof(i->location));
	fuzz_check_shown(i->id, sizeof(i->id));
	fuzz_check_shown(i->hint, sizeof(i->hint));
}

static void use_device(const struct soap_reply *r, struct device_info *info)
{
	struct reply_services services;
	int64_t time;

	reply_date(r, &time);
	reply_services(r, "fe80::1%lo", &services);
	check_services(&services, "fe80::1");
	reply_capabilities(r, HOST, &services);
	check_services(&services, HOST);
	reply_endpoint(r, info->id);
	reply_information(r, info);
	reply_scopes(r, info);
}

static void use_media(const struct soap_reply *r, struct device_info *info)
{
	char uri[LIMIT_URI_LEN] = "", token[LIMIT_TEXT_LEN];
	struct reply_decoders decoders;
	struct reply_output output;

	info->n_audio_outputs = reply_count(r, "AudioOutputs");
	fuzz_assert(info->n_audio_outputs >= 0);
	reply_first_token(r, "Configurations", token);
	info->decoder_options_known = reply_decoders(r, &decoders) == 0;
	if (info->decoder_options_known)
		fuzz_check_shown(decoders.others, sizeof(decoders.others));
	if (reply_output(r, "", &output) == 0) {
		fuzz_assert(output.token[0] != '\0');
		fuzz_assert(output.level[strspn(output.level, "-0123456789")] == '\0');
		fuzz_assert(output.use_count[strspn(output.use_count, "-0123456789")] == '\0');
	}
	info->n_profiles = reply_profiles(r, info->profile, LIMIT_PROFILES);
	fuzz_assert(info->n_profiles <= LIMIT_PROFILES);
	profiles_sort(info, "a");
	profiles_hint(info, &(struct profiles_circumstances) {
		.wanted = "a", .codecs = info->decoder_options_known ? decoders.others : "", .refused_write = "",
	});
	profiles_drop(info);
	fuzz_assert(info->n_profiles == 0);	/* none has a URI yet */
	if (reply_stream_uri(r, HOST, uri) == 0)
		fuzz_check_uri(uri, "rtsp rtsps", HOST);
	if (reply_tunnel_uri(r, HOST, uri) == 0)
		fuzz_check_uri(uri, "rtsp http https", HOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct device_info info;
	struct str in = str_make((const char *)data, size);
	uint8_t op = fuzz_byte(&in);
	struct soap_reply r;

	if (soap_parse(in, op % SOAP_N_OPS, &r) < 0)
		return 0;
	fuzz_assert(r.fault == (r.response == NULL));
	fuzz_check_shown(r.reason, sizeof(r.reason));
	memset(&info, 0, sizeof(info));
	use_device(&r, &info);
	use_media(&r, &info);
	check_info(&info);
	soap_reply_clear(&r);
	return 0;
}
