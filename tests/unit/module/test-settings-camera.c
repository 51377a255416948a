/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <pipewire/pipewire.h>

#include "module/util/conf.h"
#include "tests/unit/module/fixture.h"

static void entries_of_one_camera(void)
{
	static const struct {
		const char *a, *b;
		uint32_t cameras;
	} t[] = {
		{ "onvif.id = x", "onvif.id = x", 1 },
		{ "onvif.id = x", "onvif.id = y", 2 },
		{ "onvif.id = \"urn:uuid:2419D68A-2dd2-21b2-a205-446cab8d3c1c\"",
			"onvif.id = \"2419d68a-2dd2-21b2-a205-446cab8d3c1c\"", 1 },
		{ "onvif.address = h", "onvif.address = h", 1 },
		{ "onvif.address = h", "onvif.address = i", 2 },
		{ "rtsp.uri = \"rtsp://h/1\"", "rtsp.uri = \"rtsp://h/1\"", 1 },
		/* two channels of one recorder */
		{ "onvif.address = h rtsp.uri = \"rtsp://h/1\"", "onvif.address = h rtsp.uri = \"rtsp://h/2\"", 2 },
		{ "onvif.id = x onvif.address = h", "onvif.id = y onvif.address = h", 2 },
		{ "onvif.id = x onvif.address = h", "onvif.id = x onvif.address = i", 1 },
		{ "onvif.id = x onvif.address = h", "onvif.address = h", 1 },
		{ "onvif.id = x", "onvif.address = h", 2 },
	};
	struct fixture f;
	char text[512];

	fixture_init(&f);
	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		snprintf(text, sizeof(text), "onvif.cameras = [ { %s rtp.ptime = 30 rtp.codec = PCMA } "
				"{ %s rtp.ptime = 40 } ]", t[i].a, t[i].b);
		fixture_load_text(&f, text);
		check_int(f.n_messages, 0);
		check_int(f.s->n_cameras, t[i].cameras);
		check_str(fixture_camera(&f, t[i].cameras - 1, "rtp.ptime"), "40");
		check_str(fixture_camera(&f, 0, "rtp.codec"), "PCMA");
	}
	/* null takes back what an earlier file said */
	fixture_load_text(&f, "onvif.cameras = [ { onvif.id = x rtp.ptime = 30 } { onvif.id = x rtp.ptime = null } ]");
	check(fixture_camera(&f, 0, "rtp.ptime") == NULL);
	fixture_clear(&f);
}

static void rules_match_on_each_fact(void)
{
	const struct settings_key *keys;
	struct pw_properties *props;
	struct fixture f;
	char text[512];
	size_t n, n_facts = 0;

	fixture_init(&f);
	keys = settings_keys(&n);
	for (size_t i = 0; i < n; i++) {
		if (!(keys[i].places & SETTINGS_IN_MATCH))
			continue;
		n_facts++;
		snprintf(text, sizeof(text), "onvif.rules = [ { matches = [ { %s = \"~^a.c$\" } ] "
				"actions = { update-props = { rtp.ptime = 60 } } } ]", keys[i].name);
		fixture_load_text(&f, text);
		check_int(f.n_messages, 0);
		props = fixture_props(&f, NULL, keys[i].name, "abc", NULL);
		check_str(pw_properties_get(props, "rtp.ptime"), "60");
		check_str(pw_properties_get(props, keys[i].name), "abc");
		pw_properties_free(props);
		props = fixture_props(&f, NULL, keys[i].name, "abcd", NULL);
		check(pw_properties_get(props, "rtp.ptime") == NULL);
		pw_properties_free(props);
		/* the fact is not there yet */
		props = fixture_props(&f, NULL, NULL);
		check(pw_properties_get(props, "rtp.ptime") == NULL);
		pw_properties_free(props);
	}
	check_int(n_facts, 11);
	fixture_clear(&f);
}

static void who_wins(void)
{
	struct pw_properties *props;
	struct fixture f;

	fixture_init(&f);
	fixture_load_text(&f, "onvif.cameras = [ { onvif.id = x rtp.ptime = 30 onvif.model = Stated } ]\n"
			"onvif.rules = [\n"
			"{ matches = [ { onvif.model = Told } { onvif.model = Stated } ] actions = { update-props = {\n"
			"    rtp.ptime = 40 rtp.codec = PCMA session.hold.ms = 1 onvif.name = \"By rule\" } } }\n"
			"# both conditions\n"
			"{ matches = [ { onvif.model = Stated onvif.name = n } ] actions = { update-props = {\n"
			"    session.hold.ms = 2 stream.props = { node.nick = \"a \\\"b\\\"\" } } } }\n"
			"{ matches = [ { onvif.model = Stated onvif.name = other } ] actions = { update-props = {\n"
			"    session.hold.ms = 3 } } }\n"
			"]\n");
	check_int(f.n_messages, 0);
	props = fixture_props(&f, &f.s->cameras[0]->dict, "onvif.model", "Told", "onvif.name", "n", NULL);
	check_str(pw_properties_get(props, "rtp.ptime"), "30");		/* its own entry */
	check_str(pw_properties_get(props, "onvif.model"), "Stated");
	check_str(pw_properties_get(props, "rtp.codec"), "PCMA");	/* a rule */
	check_str(pw_properties_get(props, "session.hold.ms"), "2");	/* the later rule */
	check_str(pw_properties_get(props, "onvif.name"), "By rule");	/* a rule beats a fact */
	check_str(pw_properties_get(props, "stream.props"), "{ node.nick = \"a \\\"b\\\"\" }");
	pw_properties_free(props);

	props = settings_camera_props(f.s, NULL, NULL);
	check(props != NULL);
	check_int(props->dict.n_items, 0);
	pw_properties_free(props);
	fixture_clear(&f);
}

/* a condition that is misspelt must not make its rule match everything */
static void mistaken_condition_matches_nothing(void)
{
	struct pw_properties *props;
	struct fixture f;

	fixture_init(&f);
	fixture_load_text(&f, "onvif.rules = [ { matches = [ { onvif.modell = a onvif.name = n } ] "
			"actions = { update-props = { rtp.ptime = 40 } } } ]");
	check_int(f.n_messages, 1);
	props = fixture_props(&f, NULL, "onvif.model", "a", "onvif.name", "n", NULL);
	check(pw_properties_get(props, "rtp.ptime") == NULL);
	pw_properties_free(props);
	fixture_clear(&f);
}

static void options(void)
{
	struct pw_properties *props = pw_properties_new(NULL, NULL);
	struct camera_options o;

	camera_options_parse(&props->dict, &o);
	check(o.address == NULL && o.profile == NULL && o.uri == NULL && o.stream_props == NULL);
	check_int(o.transport, CAMERA_TRANSPORT_AUTO);
	check_str(o.codec, "auto");
	check_int(o.ptime_ms, 20);
	check_int(o.preroll_ms, 250);
	check_int(o.hold_ms, 5000);
	check_int(o.linger_ms, 3000);
	check_int(o.silence_ms, 0);
	check_int(o.reconnect_min_ms, 1000);
	check_int(o.reconnect_max_ms, 60000);
	check_int(o.tls_verify, CAMERA_TLS_VERIFY_PIN);
	check(!o.basic && !o.camera_volume && !o.forward_tracks && !o.configure);
	pw_properties_free(props);

	props = pw_properties_new_string("onvif.address = h onvif.profile = p rtsp.uri = \"rtsp://h/\" "
			"rtsp.transport = https rtp.codec = PCMA rtp.ptime = 160 session.preroll.ms = 1 "
			"session.hold.ms = 2 session.linger.ms = 3 session.silence.ms = 4 "
			"reconnect.min.ms = 70000 reconnect.max.ms = 500 tls.verify = none auth.basic = true "
			"rtsp.forward-tracks = true onvif.configure = true "
			"onvif.volume = camera stream.props = { a = b }");
	camera_options_parse(&props->dict, &o);
	check_str(o.address, "h");
	check_str(o.profile, "p");
	check_str(o.uri, "rtsp://h/");
	check_int(o.transport, CAMERA_TRANSPORT_HTTPS);
	check_str(o.codec, "PCMA");
	check_int(o.ptime_ms, 160);
	check_int(o.preroll_ms, 1);
	check_int(o.hold_ms, 2);
	check_int(o.linger_ms, 3);
	check_int(o.silence_ms, 4);
	check_int(o.reconnect_min_ms, 70000);
	check_int(o.reconnect_max_ms, 70000);
	check_int(o.tls_verify, CAMERA_TLS_VERIFY_NONE);
	check(o.basic && o.camera_volume && o.forward_tracks && o.configure);
	check_str(o.stream_props, "{ a = b }");
	pw_properties_free(props);

	/* from elsewhere than a checked file */
	props = pw_properties_new_string("rtp.ptime = 5000 rtsp.transport = tpc rtsp.uri = \"rtsp://u:p@h/\"");
	camera_options_parse(&props->dict, &o);
	check_int(o.ptime_ms, 20);
	check_int(o.transport, CAMERA_TRANSPORT_AUTO);
	check(o.uri == NULL);
	pw_properties_free(props);
}

/* {facts} -> {properties} of the rules as shipped, by the matcher of this PipeWire */
static const struct {
	const char *facts[5];		/* key, value, ... */
	const char *want;		/* rtp.ptime, session.linger.ms, session.preroll.ms */
} quirks[] = {
	{ { "onvif.manufacturer", "Reolink", "onvif.model", "RLC-810A" }, "128 - -" },
	{ { "onvif.manufacturer", "REOLINK" }, "128 - -" },
	{ { "onvif.manufacturer", "Reolink", "onvif.model", "Reolink Video Doorbell WiFi" }, "128 500 1000" },
	{ { "onvif.manufacturer", "Reolink", "onvif.model", "Video Doorbell" }, "128 500 1000" },
	/* one that names no maker, but is called so */
	{ { "onvif.manufacturer", "IPC", "onvif.name", "Reolink Video Doorbell PoE" }, "128 500 1000" },
	/* by its stream alone */
	{ { "rtsp.uri", "rtsp://192.0.2.20/h264Preview_01_sub" }, "128 - -" },
	{ { "rtsp.uri", "rtsp://192.0.2.20:554/h265Preview_01_main" }, "128 - -" },
	{ { "rtsp.uri", "rtsp://192.0.2.20/Preview_01_main" }, "128 - -" },
	{ { "rtsp.uri", "rtsp://192.0.2.20/Streaming/Channels/101" }, "- - -" },
	{ { "onvif.manufacturer", "Amcrest", "onvif.model", "AD410" }, "- 500 -" },
	{ { "onvif.manufacturer", "Amcrest", "onvif.model", "AD110" }, "- 500 -" },
	{ { "onvif.manufacturer", "Amcrest", "onvif.model", "IP5M-T1277EW-AI" }, "- - -" },
	{ { "onvif.manufacturer", "Dahua", "onvif.model", "DHI-VTO2202F-P-S2" }, "- 500 -" },
	{ { "onvif.manufacturer", "Dahua", "onvif.model", "IPC-HFW1230" }, "- - -" },
	{ { "onvif.name", "Front Doorbell" }, "- 500 -" },
	{ { "onvif.manufacturer", "HIKVISION", "onvif.model", "DS-2CD2143G0-I" }, "- - -" },
	{ { "onvif.manufacturer", "TP-Link", "onvif.model", "Tapo C225" }, "- - -" },
	{ { "onvif.manufacturer", "AXIS", "onvif.model", "A8004-VE" }, "- - -" },
	{ { "onvif.model", "XAD4100" }, "- - -" },
	{ { NULL }, "- - -" },
};

static const char *or_none(const struct pw_properties *props, const char *key)
{
	return pw_properties_get(props, key) ?: "-";
}

static void check_quirks(struct fixture *f)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(quirks); i++) {
		const char *const *k = quirks[i].facts;
		struct pw_properties *props = k[0] == NULL ? fixture_props(f, NULL, NULL) :
			fixture_props(f, NULL, k[0], k[1], k[2], k[3], NULL);
		char text[64];

		snprintf(text, sizeof(text), "%s %s %s", or_none(props, "rtp.ptime"),
				or_none(props, "session.linger.ms"), or_none(props, "session.preroll.ms"));
		check_str(text, quirks[i].want);
		pw_properties_free(props);
	}
}

static void shipped_quirks(void)
{
	static const char mine[] = "onvif.rules = [ { matches = [ { onvif.manufacturer = \"~.*\" } { onvif.name = \"~.*\" } "
		"{ rtsp.uri = \"~.*\" } ] actions = { update-props = { rtp.ptime = %s } } } ]";
	struct fixture f;
	char *data, text[512];
	size_t size;

	check_int(conf_read_file(SOURCE_DIR "/conf/pipewire-onvif.conf.d/10-quirks.conf", &data, &size), 0);
	check(strstr(data, "\"!") == NULL);
	fixture_init(&f);
	fixture_write(&f, "share/pipewire-onvif.conf.d/10-quirks.conf", data);
	free(data);
	fixture_load(&f, NULL, NULL);
	check_str(f.n_messages ? f.messages[0] : "", "");
	check_quirks(&f);

	/* a user's rule wins, also one whose file comes first by its name; null takes ours back */
	snprintf(text, sizeof(text), mine, "60");
	fixture_write(&f, USER_D "00-mine.conf", text);
	fixture_load(&f, NULL, NULL);
	check_str(f.n_messages ? f.messages[0] : "", "");
	for (size_t i = 0; i < 2; i++) {
		struct pw_properties *props = fixture_props(&f, NULL, "onvif.manufacturer", "Reolink", NULL);

		check_str(or_none(props, "rtp.ptime"), i == 0 ? "60" : "-");
		pw_properties_free(props);
		snprintf(text, sizeof(text), mine, "null");
		fixture_write(&f, USER_D "00-mine.conf", text);
		fixture_load(&f, NULL, NULL);
	}
	fixture_clear(&f);
}

static void shipped_examples(void)
{
	static const char * const names[] = {
		"pipewire-onvif.conf.avail/camera-by-uri.conf", "pipewire-onvif.conf.avail/rule-for-a-model.conf",
		"pipewire.conf.avail/50-onvif.conf",
	};
	struct fixture f;
	char path[256], *data;
	size_t size;

	fixture_init(&f);
	for (size_t i = 0; i < SPA_N_ELEMENTS(names); i++) {
		snprintf(path, sizeof(path), SOURCE_DIR "/conf/%s", names[i]);
		check_int(conf_read_file(path, &data, &size), 0);
		fixture_load_text(&f, data);
		free(data);
		check_str(f.n_messages ? f.messages[0] : "", "");
		check_int(f.s->n_cameras, i == 0 ? 2 : 0);
	}
	fixture_clear(&f);
}

static const struct test tests[] = {
	{ "entries of one camera", entries_of_one_camera },
	{ "rules match on each fact", rules_match_on_each_fact },
	{ "facts < rules < entry", who_wins },
	{ "a mistaken condition matches nothing", mistaken_condition_matches_nothing },
	{ "options and their defaults", options },
	{ "shipped quirks", shipped_quirks },
	{ "shipped examples", shipped_examples },
};

int main(int argc, char **argv)
{
	pw_init(NULL, NULL);
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
