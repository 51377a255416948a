/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "module/onvif/profiles.h"
#include "module/onvif/replies.h"
#include "tests/fuzz/fuzz.h"

/* The first byte picks the operation, the rest is the body of its answer. */

static void use(const struct soap_reply *r)
{
	static struct device_info info;
	struct reply_services services;
	struct reply_decoders decoders;
	char uri[LIMIT_URI_LEN] = "";
	int64_t time;

	memset(&info, 0, sizeof(info));
	reply_date(r, &time);
	reply_services(r, "fe80::1%lo", &services);
	reply_capabilities(r, "192.0.2.7", &services);
	reply_endpoint(r, info.id);
	reply_information(r, &info);
	reply_scopes(r, &info);
	info.n_audio_outputs = reply_count(r, "AudioOutputs");
	reply_first_token(r, "Configurations", info.serial);
	info.decoder_options_known = reply_decoders(r, &decoders) == 0;
	info.n_profiles = reply_profiles(r, info.profile, LIMIT_PROFILES);
	profiles_sort(&info, "a");
	profiles_hint(&info, &(struct profiles_circumstances) {
		.wanted = "a", .codecs = info.decoder_options_known ? decoders.others : "", .refused_write = "",
	});
	profiles_drop(&info);
	if (info.n_profiles > 0)
		abort();	/* none has a URI yet */
	if (reply_stream_uri(r, "192.0.2.7", uri) == 0 &&
	    strncmp(uri, "rtsp://192.0.2.7", 16) != 0 && strncmp(uri, "rtsps://192.0.2.7", 17) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soap_reply r;

	if (size == 0 ||
	    soap_parse(str_make((const char *)data + 1, size - 1), data[0] % SOAP_N_OPS, &r) < 0)
		return 0;
	if (r.fault != (r.response == NULL))
		abort();
	use(&r);
	soap_reply_clear(&r);
	return 0;
}
