/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/onvif/device-camera.h"

static void test_open(void)
{
	const struct device_info *i = &got.info;

	begin();
	ask(NULL);
	check_int(got.n, 1);
	check_int(got.res, 0);
	check_str(cam.log, "GetSystemDateAndTime GetEndpointReference GetServices GetDeviceInformation GetScopes "
			"GetProfiles GetAudioOutputs GetAudioOutputConfigurations GetAudioDecoderConfigurations "
			"GetAudioDecoderConfigurationOptions GetStreamUri GetStreamUri ");
	check_str(i->id, "urn:uuid:cam");
	check_str(i->manufacturer, "ACME");
	check_str(i->model, "M1");
	check_str(i->firmware, "1.0");
	check_str(i->serial, "S");
	check_str(i->hardware, "H");
	check_str(i->name, "Front Door");
	check(i->clock_known);
	check_int(i->clock_offset_s, 100);
	check_int(i->media, DEVICE_MEDIA1);
	check_int(i->n_profiles, 2);
	check_str(i->profile[0].token, "p2");
	check_str(i->profile[0].name, "name-p2");
	check_str(i->profile[0].uri, "rtsp://192.0.2.7:554/cam?channel=1&subtype=%s");
	check_str(i->profile[1].token, "p1");
	check_int(i->n_audio_outputs, 1);
	check(i->decoder_options_known && i->decodes_g711);
	check_str(i->hint, "");
	check_str(fake_http_last(cam.http)->url, "http://192.0.2.7/onvif/media");
	check_str(fake_http_last(cam.http)->address, "192.0.2.7");
	check_contains(fake_http_last(cam.http)->content_type, "action=\"" TRT "/GetStreamUri\"");
	end();
}

static void test_media2(void)
{
	ask_with(NULL, WITH(MEDIA12));
	check_int(got.res, 0);
	check_int(got.info.media, DEVICE_MEDIA2);
	check_str(got.info.profile[0].token, "q1");
	check_str(got.info.profile[0].uri, "rtsp://192.0.2.7/two");
	check(got.info.decodes_g711);
	check_str(fake_http_last(cam.http)->url, "http://192.0.2.7/onvif/media2");
	end();

	/* only Media2: the outputs are in DeviceIO */
	ask_with(NULL, WITH({ "GetServices", TDS, 200, SERVICE(TR2, "/onvif/media2") SERVICE(TMD, "/io") }));
	check_int(got.res, 0);
	check_int(got.info.n_audio_outputs, 2);
	end();

	/* HTML, a fault, or nothing from Media2: Media1 */
	ask_with(NULL, WITH(MEDIA12, { "GetProfiles", TR2, 500, NULL }));
	check_int(got.res, 0);
	check_int(got.info.media, DEVICE_MEDIA1);
	check_int(got.info.n_profiles, 2);
	end();
	ask_with(NULL, WITH(MEDIA12, { "GetProfiles", TR2, 200, "" }));
	check_int(got.res, 0);
	check_int(got.info.media, DEVICE_MEDIA1);
	end();

	/* profiles, but no address */
	ask_with(NULL, WITH(MEDIA12, { "GetStreamUri", TR2, 400, FAULT("ter:InvalidArgVal") }));
	check_int(got.res, 0);
	check_int(got.info.media, DEVICE_MEDIA1);
	check_str(got.info.profile[0].token, "p2");
	check_contains(cam.log, "GetStreamUri GetProfiles GetStreamUri GetStreamUri ");
	end();
	ask_with(NULL, WITH(MEDIA12, { "GetStreamUri", TR2, 400, FAULT("ter:InvalidArgVal") },
			{ "GetProfiles", TRT, 400, NULL }));
	check_int(got.res, -ENOTSUP);
	end();
}

static void test_fallbacks(void)
{
	/* GetCapabilities */
	ask_with(NULL, WITH({ "GetServices", TDS, 500, FAULT("ter:ActionNotSupported") },
			{ "GetCapabilities", TDS, 200, "<x:Capabilities><tt:Media><tt:XAddr>http://10.0.0.1/old</tt:XAddr>"
			"</tt:Media></x:Capabilities>" }));
	check_int(got.res, 0);
	check_str(fake_http_last(cam.http)->url, "http://192.0.2.7/old");
	end();

	/* neither */
	ask_with(NULL, WITH({ "GetServices", TDS, 500, NULL }, { "GetCapabilities", TDS, 500, NULL }));
	check_int(got.res, 0);
	check_str(fake_http_last(cam.http)->url, "http://192.0.2.7:8000/onvif/media_service");
	end();

	/* it says that there is none */
	ask_with(NULL, WITH({ "GetServices", TDS, 200, SERVICE(TMD, "/io") }));
	check_int(got.res, -ENOTSUP);
	check_contains(got.message, "media service");
	end();

	/* another path */
	begin();
	cam.only_path = "/onvif/services";
	ask(NULL);
	check_contains(cam.log, "GetSystemDateAndTime GetSystemDateAndTime GetEndpointReference");
	end();

	begin();
	cam.only_path = "/nowhere";
	ask(NULL);
	check_int(got.res, -ENOTSUP);
	check_int(cam.n, 2);
	check_contains(got.message, "not an ONVIF device");
	end();

	/* profiles that it does not give */
	ask_with(NULL, WITH({ "GetProfiles", TRT, 500, FAULT("ter:Action") }));
	check_int(got.res, -ENOTSUP);
	check_str(got.message, "It gave no media profile: no way.");
	end();
	ask_with(NULL, WITH({ "GetProfiles", TRT, 403, NULL }));
	check_str(got.message, "It gave no media profile: it forbids that.");
	end();

	/* no time, or a mad one, is no obstacle */
	ask_with(NULL, WITH({ "GetSystemDateAndTime", TDS, 500, FAULT("ter:Action") }));
	check_int(got.res, 0);
	check(!got.info.clock_known);
	end();
}

static void test_optional(void)
{
	static const char *const optional[] = { "GetEndpointReference", "GetDeviceInformation", "GetScopes",
		"GetAudioOutputs", "GetAudioOutputConfigurations", "GetAudioDecoderConfigurations",
		"GetAudioDecoderConfigurationOptions" };

	for (size_t i = 0; i < SPA_N_ELEMENTS(optional); i++) {
		ask_with(NULL, WITH({ optional[i], i < 3 ? TDS : TRT, 500, NULL }));
		check_int(got.res, 0);
		check_int(got.info.n_profiles, 2);
		end();
	}
}

static void test_hints(void)
{
	ask_with(NULL, WITH({ "GetAudioOutputs", TRT, 200, "" }));
	check_int(got.res, 0);
	check_int(got.info.n_audio_outputs, 0);
	check_str(got.info.hint, "This camera has no audio output.");
	end();
	ask_with(NULL, WITH({ "GetAudioOutputs", TRT, 500, FAULT("ter:AudioOutputNotSupported") }));
	check_int(got.info.n_audio_outputs, 0);
	end();
	ask_with(NULL, WITH({ "GetAudioOutputs", TRT, 500, FAULT("ter:Other") }));
	check_int(got.info.n_audio_outputs, -1);
	check_str(got.info.hint, "");
	end();
	ask_with(NULL, WITH({ "GetAudioDecoderConfigurationOptions", TRT, 200, "<x:Options><tt:AACDecOptions/></x:Options>" }));
	check_str(got.info.hint, "Its loudspeaker takes only AAC, not G.711.");
	end();
	ask_with(NULL, WITH({ "GetProfiles", TRT, 200, PROFILE1("a", "") PROFILE1("b", "<tt:AudioOutputConfiguration/>") },
			{ "GetAudioDecoderConfigurations", TRT, 200, "" }));
	check_contains(got.info.hint, "None of its media profiles");
	check_str(got.info.profile[0].token, "b");
	end();
	ask_with(NULL, WITH({ "GetProfiles", TRT, 200, "" }));
	check_int(got.res, -ENOTSUP);
	check_contains(got.message, "without any media profile");
	end();
	ask_with(NULL, WITH({ "GetStreamUri", TRT, 200, "<x:MediaUri><tt:Uri>http://x/</tt:Uri></x:MediaUri>" }));
	check_int(got.res, -ENOTSUP);
	check_contains(got.message, "RTSP");
	end();
}

static void ask_profile(const char *profile)
{
	begin();
	cam.answers = (const struct answer []) { { "GetProfiles", TRT, 200, PROFILE1("a", FULL1) PROFILE1("b", FULL1)
		PROFILE1("c", FULL1) PROFILE1("d", FULL1) PROFILE1("e", "") PROFILE1("f", FULL1) } };
	cam.n_answers = 1;
	check_int(ask_params(&(struct device_query_params) {
		.xaddr = "http://x/onvif/device_service", .address = "192.0.2.7", .profile = profile }), 0);
	vloop_flush(cam.v);
	check_int(got.res, 0);
	check_int(got.info.n_profiles, 4);
}

static void test_profile(void)
{
	ask_profile("e");
	check_str(got.info.profile[0].token, "e");
	check_str(got.info.profile[1].token, "a");
	end();
	ask_profile("name-f");
	check_str(got.info.profile[0].token, "f");
	end();
	ask_profile("nosuch\x1b[1m");
	check_str(got.info.profile[0].token, "a");
	check_str(got.info.hint, "It has no media profile \"nosuch[1m\".");
	end();
}

static void test_addresses(void)
{
	static const struct {
		const char *xaddr, *address, *url, *dialled;
		int res;
	} t[] = {
		{ NULL, "192.0.2.7", "http://192.0.2.7/onvif/device_service", "192.0.2.7", 0 },
		{ NULL, "192.0.2.7:8080", "http://192.0.2.7:8080/onvif/device_service", "192.0.2.7", 0 },
		{ NULL, "2001:db8::7", "http://[2001:db8::7]/onvif/device_service", "2001:db8::7", 0 },
		{ NULL, "[2001:db8::7]:81", "http://[2001:db8::7]:81/onvif/device_service", "2001:db8::7", 0 },
		{ NULL, "[2001:db8::7]", "http://[2001:db8::7]/onvif/device_service", "2001:db8::7", 0 },
		{ NULL, "fe80::7%lo", "http://[fe80::7]/onvif/device_service", "fe80::7%lo", 0 },
		{ NULL, "camera.lan:81", "http://camera.lan:81/onvif/device_service", NULL, 0 },
		{ NULL, "192.0.2.7:443", "https://192.0.2.7:443/onvif/device_service", "192.0.2.7", 0 },
		{ "https://x:444/d", "192.0.2.7", "https://192.0.2.7:444/d", "192.0.2.7", 0 },
		{ "http://192.0.2.8:81/d", NULL, "http://192.0.2.8:81/d", "192.0.2.8", 0 },
		{ NULL, NULL, NULL, NULL, -EINVAL },
		{ NULL, "", NULL, NULL, -EINVAL },
		{ NULL, "192.0.2.7:99999", NULL, NULL, -EINVAL },
		{ NULL, "192.0.2.7:", NULL, NULL, -EINVAL },
		{ NULL, "[::1", NULL, NULL, -EINVAL },
		{ "junk", "192.0.2.7", NULL, NULL, -EBADMSG },
		{ "rtsp://x/", NULL, NULL, NULL, -EINVAL },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		begin();
		check_int(ask_params(&(struct device_query_params) { .xaddr = t[i].xaddr, .address = t[i].address }), t[i].res);
		if (t[i].res == 0) {
			check_str(fake_http_last(cam.http)->url, t[i].url);
			if (t[i].dialled)
				check_str(fake_http_last(cam.http)->address, t[i].dialled);
			else
				check(fake_http_last(cam.http)->address == NULL);
		}
		end();
	}
}

static void test_network(void)
{
	begin();
	cam.fail_from = 1;
	cam.fail_count = 1;
	ask(NULL);
	check_int(got.res, -ETIMEDOUT);
	check_contains(got.message, "192.0.2.7");
	check_int(cam.n, 1);
	end();

	/* one silence is forgiven, two in a row are not; wherever it is */
	for (uint32_t i = 2; i <= 11; i++) {
		begin();
		cam.fail_from = i;
		cam.fail_count = 1;
		ask(NULL);
		check_int(got.n, 1);
		check_int(got.res, i == 6 ? -ENOTSUP : 0);
		end();

		begin();
		cam.fail_from = i;
		cam.fail_count = 1000;
		ask(NULL);
		check_int(got.n, 1);
		check(got.res < 0 || i == 11);
		end();
	}
}

static void test_cut_anywhere(void)
{
	/* destroyed while the n-th request is under way, and when the n-th cannot be made */
	for (uint32_t i = 1; i <= 24; i++) {
		begin();
		cam.auth = CHALLENGE;
		cam.challenge[0] = DIGEST;
		fake_http_set_handler(cam.http, NULL, NULL);
		check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7",
				.user = "u", .password = &password }), 0);
		for (uint32_t n = 1; n < i; n++) {
			struct fake_http_reply reply = { .status = 200 };
			struct fake_http_request q = *fake_http_last(cam.http);

			handle(NULL, &q, &reply);
			fake_http_answer(cam.http, &reply);
		}
		check_int(fake_http_pending(cam.http), 1);
		device_query_destroy(cam.query);
		cam.query = NULL;
		vloop_flush(cam.v);
		check_int(got.n, 0);
		end();
	}
	for (uint32_t i = 0; i <= 24; i++) {
		begin();
		cam.auth = CHALLENGE;
		cam.challenge[0] = DIGEST;
		fake_http_set_handler(cam.http, NULL, NULL);
		if (i == 0) {
			fake_http_set_post_error(cam.http, -ENOMEM);
			check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7" }), -ENOMEM);
			end();
			continue;
		}
		check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7",
				.user = "u", .password = &password }), 0);
		for (uint32_t n = 1; n <= i && got.n == 0; n++) {
			struct fake_http_reply reply = { .status = 200 };
			struct fake_http_request q = *fake_http_last(cam.http);

			handle(NULL, &q, &reply);
			fake_http_set_post_error(cam.http, n == i ? -ENOMEM : 0);
			fake_http_answer(cam.http, &reply);
		}
		check_int(got.n, 1);
		end();
	}
}

static void test_destroy_in_callback(void)
{
	begin();
	got.destroy = true;
	ask(NULL);
	check(cam.query == NULL);
	end();
	begin();
	got.destroy = true;
	cam.fail_from = 1;
	cam.fail_count = 1;
	ask(NULL);
	check(cam.query == NULL);
	end();
	device_query_destroy(NULL);
}

static struct buf heard;

static void on_answered(void *data, const char *operation, int res, const struct device_info *info)
{
	buf_printf(&heard, "%s %d %u\n", operation, res, info->n_profiles);
}

/* who follows it hears of each answer, the refused ones too, with what is known by then */
static void test_answered(void)
{
	buf_init(&heard, 4096);
	begin();
	cam.answers = (const struct answer []) { { "GetScopes", TDS, 500, FAULT("ter:ActionNotSupported") } };
	cam.n_answers = 1;
	check_int(ask_params(&(struct device_query_params) {
		.address = "192.0.2.7", .answered = on_answered }), 0);
	check_int((int)heard.len, 0);
	vloop_flush(cam.v);
	check_int(got.res, 0);
	check_str(heard.data, "GetSystemDateAndTime 0 0\nGetEndpointReference 0 0\nGetServices 0 0\n"
			"GetDeviceInformation 0 0\nGetScopes -121 0\nGetProfiles 0 2\nGetAudioOutputs 0 2\n"
			"GetAudioOutputConfigurations 0 2\nGetAudioDecoderConfigurations 0 2\n"
			"GetAudioDecoderConfigurationOptions 0 2\nGetStreamUri 0 2\nGetStreamUri 0 2\n");
	end();
	buf_clear(&heard);
}

static const struct test tests[] = {
	{ "answered", test_answered },
	{ "open", test_open },
	{ "media2", test_media2 },
	{ "fallbacks", test_fallbacks },
	{ "optional steps", test_optional },
	{ "hints", test_hints },
	{ "profile", test_profile },
	{ "addresses", test_addresses },
	{ "network", test_network },
	{ "cut anywhere", test_cut_anywhere },
	{ "destroy in the callback", test_destroy_in_callback },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
