/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <pipewire/pipewire.h>

#include "module/util/conf.h"
#include "tests/unit/module/fixture.h"

/* what a text of the user's brings, each message whole */
struct mistake {
	const char *text;
	const char *messages[4];	/* without the file's name */
};

static const struct mistake mistakes[] = {
	/* keys */
	{ "onvif.properties = {\n\n    onvif.probe.intervall = 30\n}\n",
		{ ":3: unknown key `onvif.probe.intervall`: did you mean `onvif.probe.interval`?" } },
	{ "onvif.cameras = [ { rtsp.uri = \"rtsp://h/\"\n rtp.ptim = 20 } ]",
		{ ":2: unknown key `rtp.ptim`: did you mean `rtp.ptime`?" } },
	{ "onvif.properties = { completely.different = 1 }",
		{ ":1: unknown key `completely.different`" } },
	{ "onvif.properties = { \"a\\u0007b c\" = 1 }", { ":1: this is no key" } },
	{ "onvif.properties = {\n rtp.ptime = 30 }",
		{ ":2: `rtp.ptime` belongs into an entry of onvif.cameras or the update-props of a rule, "
			"not into onvif.properties" } },
	{ "onvif.cameras = [ { onvif.address = h onvif.discovery = true } ]",
		{ ":1: `onvif.discovery` belongs into onvif.properties, not into an entry of onvif.cameras" } },
	{ "onvif.rules = [ { matches = [ { rtp.ptime = 20 } ] actions = { update-props = { "
		"onvif.model = x } } } ]",
		{ ":1: `rtp.ptime` belongs into an entry of onvif.cameras or the update-props of a rule, "
			"not into the matches of a rule",
		  ":1: `onvif.model` belongs into an entry of onvif.cameras, "
			"not into the update-props of a rule" } },
	{ "rtp.ptime = 20", { ":1: `rtp.ptime` belongs into an entry of onvif.cameras or the update-props of a rule" } },
	/* sections */
	{ "\nonvif.kameras = [ ]", { ":2: unknown section `onvif.kameras`: did you mean `onvif.cameras`?" } },
	{ "onvif-rules = [ ]", { ":1: unknown section `onvif-rules`: did you mean `onvif.rules`?" } },
	{ "onvif.something = [ ]", { ":1: unknown section `onvif.something`: there are "
		"onvif.properties, onvif.cameras and onvif.rules" } },
	{ "onvif.properties = [ ]", { ":1: `onvif.properties` is { key = value ... }: left out" } },
	{ "onvif.cameras = { }", { ":1: `onvif.cameras` is [ { ... } ... ]: left out" } },
	{ "onvif.rules = yes", { ":1: `onvif.rules` is [ { ... } ... ]: left out" } },
	{ "context.modules = [ { name = x args = { a = b } } ]\nstream.properties = { }\n"
		"log.level = 2 alsa.rules = [ ] whatever = 1", { NULL } },
	/* entries */
	{ "onvif.cameras = [\n {\n onvif.model = x } ]",
		{ ":2: this entry names no camera and is left out: "
			"it needs a right onvif.id, onvif.address or rtsp.uri" } },
	{ "onvif.cameras = [\n \"rtsp://h/\" ]",
		{ ":2: an entry of onvif.cameras is { key = value ... }: left out" } },
	/* rules */
	{ "onvif.rules = [ 1 ]", { ":1: a rule is { matches = [ { ... } ] actions = { update-props = { ... } } }: left out" } },
	{ "onvif.rules = [ { match = [ { onvif.id = a } ] actions = { } } ]",
		{ ":1: unknown key `match`: did you mean `matches`?",
		  ":1: a rule is { matches = [ { ... } ] actions = { update-props = { ... } } }: left out" } },
	{ "onvif.rules = [ { matches = { onvif.id = a } actions = { } } ]",
		{ ":1: a rule is { matches = [ { ... } ] actions = { update-props = { ... } } }: left out" } },
	{ "onvif.rules = [ { matches = [ ] actions = { } } ]",
		{ ":1: a rule is { matches = [ { ... } ] actions = { update-props = { ... } } }: left out" } },
	{ "onvif.rules = [ { matches = [ { onvif.model = a }\n { } ] actions = { } } ]",
		{ ":2: { } matches no camera: what is for all of them belongs into `onvif.properties`" } },
	{ "onvif.rules = [ { matches = [ { onvif.modell = a } ]\n actions = { create-stream = { } } } ]",
		{ ":1: unknown key `onvif.modell`: did you mean `onvif.model`?",
		  ":2: unknown action `create-stream`: the only one is `update-props`" } },
	{ "onvif.rules = [ { matches = [ { onvif.model = a } ] actions = { update-props = [ ] } } ]",
		{ ":1: `update-props`: an object as in { key = value }" } },
	{ "onvif.rules = [ { matches = [ { onvif.model = \"~(\" onvif.name = [ ] } ] actions = { } } ]",
		{ ":1: `onvif.model`: not a regular expression, nothing matches it",
		  ":1: `onvif.name`: a text, or a regular expression as in \"~Reolink.*\"" } },
	{ "onvif.rules = [ { matches = [ { onvif.model = null } ] actions = { } } ]", { NULL } },
	{ "onvif.rules = [ { matches = [ { onvif.model = \"~a++++++++++++++++++++++++++++++++++++++++++\" }\n"
		"{ onvif.name = \"!~((a{255}){255})b\" whatever = \"~(a{,32767}){9}\" } ] actions = { "
		"update-props = { rtp.ptime = 40 } } } ]",
		{ ":1: `onvif.model`: a regular expression with too many repetitions: the rule is left out",
		  ":2: `onvif.name`: a regular expression with too many repetitions: the rule is left out",
		  ":2: unknown key `whatever`",
		  ":2: `whatever`: a regular expression with too many repetitions: the rule is left out" } },
	{ "onvif.rules = [ { matches = [ { onvif.model = \"~(RLC|E1)[-+ ]+[0-9]{1,4}\\\\++\" } ] actions = { "
		"update-props = { rtp.ptime = 40 } } } ]", { NULL } },
	/* logging in */
	{ "onvif.cameras = [ { rtsp.uri = \"rtsp://u:canary@h/\" } ]",
		{ ":1: rtsp.uri must not contain user:password: put them into onvif-credentials.conf",
		  ":1: this entry names no camera and is left out: "
			"it needs a right onvif.id, onvif.address or rtsp.uri" } },
	{ "onvif.cameras = [ { onvif.address = h password = canary auth.user = canary } ]",
		{ ":1: unknown key `password`: user, password and tls.pin belong into onvif-credentials.conf",
		  ":1: unknown key after a password" } },
	{ "onvif.cameras = [ { onvif.address = h auth.user = canary } ]",
		{ ":1: unknown key `auth.user`: user, password and tls.pin belong into onvif-credentials.conf" } },
	/* without quotes a password goes on as a key, and as a value */
	{ "onvif.cameras = [ { onvif.address = h password = my canary rtp.ptime canary = x } ]",
		{ ":1: unknown key `password`: user, password and tls.pin belong into onvif-credentials.conf",
		  ":1: unknown key after a password", ":1: unknown key after a password" } },
	{ "onvif.cameras = [ { onvif.address = h pin = my rtp.ptime = canary } ]",
		{ ":1: unknown key `pin`: user, password and tls.pin belong into onvif-credentials.conf",
		  ":1: wrong value after a password" } },
	{ "onvif.cameras = [ { onvif.id = a onvif.address = \"u:canary@h\" rtsp.transport = \"u:canary@h\" } ]",
		{ ":1: `onvif.address`: a host name or IP address, if need be with :port",
		  ":1: `rtsp.transport`: one of auto, tcp, udp, tls, http, https" } },
	/* brackets: the file is left out, without a word of what is in it */
	{ "onvif.properties = { onvif.discovery = true }\nonvif.cameras = [\n { canary = \"canary\" }\n",
		{ ":2: this '[' is never closed. Nothing in this file is used" } },
};

static void each_mistake_is_named(void)
{
	struct fixture f;
	char wanted[512];
	uint32_t i, n;

	fixture_init(&f);
	for (i = 0; i < SPA_N_ELEMENTS(mistakes); i++) {
		fixture_load_text(&f, mistakes[i].text);
		for (n = 0; n < SPA_N_ELEMENTS(mistakes[i].messages) && mistakes[i].messages[n]; n++) {
			snprintf(wanted, sizeof(wanted), FILE_U "%s", mistakes[i].messages[n]);
			check_str(n < f.n_messages ? f.messages[n] : mistakes[i].text, wanted);
			check(strstr(f.messages[n], "canary") == NULL);
		}
		check_str(n < f.n_messages ? f.messages[n] : "", "");
	}
	fixture_clear(&f);
}

/* every type, its borders and what is said about what lies beyond */
static const struct {
	const char *key, *value, *said;	/* said NULL: right */
} values[] = {
	{ "rtp.ptime", "10", NULL }, { "rtp.ptime", "160", NULL }, { "rtp.ptime", "\"20\"", NULL },
	{ "rtp.ptime", "null", NULL },
	{ "rtp.ptime", "9", "`rtp.ptime` = `9`: a number from 10 to 160 (ms)" },
	{ "rtp.ptime", "161", "`rtp.ptime` = `161`: a number from 10 to 160 (ms)" },
	{ "rtp.ptime", "-20", "`rtp.ptime` = `-20`: a number from 10 to 160 (ms)" },
	{ "rtp.ptime", "20ms", "`rtp.ptime` = `20ms`: a number from 10 to 160 (ms)" },
	{ "rtp.ptime", "20.5", "`rtp.ptime` = `20.5`: a number from 10 to 160 (ms)" },
	{ "rtp.ptime", "\"\"", "`rtp.ptime`: a number from 10 to 160 (ms)" },
	{ "rtp.ptime", "[ 20 ]", "`rtp.ptime`: a number from 10 to 160 (ms)" },
	{ "rtp.ptime", "99999999999999999999", "`rtp.ptime`: a number from 10 to 160 (ms)" },
	{ "session.silence.ms", "0", NULL },
	{ "auth.basic", "true", NULL }, { "auth.basic", "\"false\"", NULL },
	{ "auth.basic", "1", "`auth.basic` = `1`: true or false" },
	{ "auth.basic", "yes", "`auth.basic` = `yes`: true or false" },
	{ "rtsp.transport", "https", NULL },
	{ "rtsp.transport", "tpc", "`rtsp.transport` = `tpc`: one of auto, tcp, udp, tls, http, https" },
	{ "rtsp.transport", "TCP", "`rtsp.transport` = `TCP`: one of auto, tcp, udp, tls, http, https" },
	{ "tls.verify", "strict", "`tls.verify` = `strict`: one of pin, ca, none" },
	{ "onvif.volume", "hardware", "`onvif.volume` = `hardware`: one of software, camera" },
	{ "onvif.name", "\"Vorgarten Süd\"", NULL },
	{ "onvif.name", "\"\"", "`onvif.name`: a text of 1 to 63 bytes" },
	{ "onvif.name", "\"a\\nb\"", "`onvif.name`: a text of 1 to 63 bytes" },
	{ "onvif.name", "\"0123456789012345678901234567890123456789012345678901234567890123\"",
		"`onvif.name`: a text of 1 to 63 bytes" },
	{ "onvif.name", "{ }", "`onvif.name`: a text of 1 to 63 bytes" },
	{ "stream.props", "{ node.nick = \"a } b\" }", NULL },
	{ "stream.props", "\"{ }\"", "`stream.props`: an object as in { key = value }" },
	{ "rtsp.uri", "\"rtsp://h/a@b?c=d\"", NULL }, { "rtsp.uri", "\"RTSPS://[2001:db8::1]:322\"", NULL },
	{ "rtsp.uri", "\"http://h/\"", NULL }, { "rtsp.uri", "\"HTTPS://h:8443/a?b\"", NULL },
	{ "rtsp.uri", "\"ftp://h/\"", "`rtsp.uri`: a URI as in \"rtsp://192.0.2.1/path\"" },
	{ "rtsp.uri", "\"rtspss://h/\"", "`rtsp.uri`: a URI as in \"rtsp://192.0.2.1/path\"" },
	{ "rtsp.uri", "\"https://u:p@h/\"", "rtsp.uri must not contain user:password: "
		"put them into onvif-credentials.conf" },
	{ "rtsp.uri", "\"rtsp://\"", "`rtsp.uri`: a URI as in \"rtsp://192.0.2.1/path\"" },
	{ "rtsp.uri", "h", "`rtsp.uri`: a URI as in \"rtsp://192.0.2.1/path\"" },
	{ "rtsp.uri", "\"rtsp://u@h/\"", "rtsp.uri must not contain user:password: "
		"put them into onvif-credentials.conf" },
	{ "rtsp.uri", "\"rtsp://u:p w@h/\"", "rtsp.uri must not contain user:password: "
		"put them into onvif-credentials.conf" },
	{ "rtsp.uri", "\"rtsp://u:12/x@h/1\"", "rtsp.uri must not contain user:password: "
		"put them into onvif-credentials.conf" },
	{ "rtsp.uri", "\"rtsp://u:/x@h\"", "rtsp.uri must not contain user:password: "
		"put them into onvif-credentials.conf" },
	{ "rtsp.uri", "\"rtsp://u:12#x@h\"", "rtsp.uri must not contain user:password: "
		"put them into onvif-credentials.conf" },
	{ "rtsp.uri", "\"rtsp://[2001:db8::1]:5/x@h\"", "rtsp.uri must not contain user:password: "
		"put them into onvif-credentials.conf" },
	{ "rtsp.uri", "\"rtsp://u:a/x@h\"", "rtsp.uri must not contain user:password: "
		"put them into onvif-credentials.conf" },
	{ "rtsp.uri", "\"rtsp://h:554/1?a=b@c\"", NULL }, { "rtsp.uri", "\"rtsp://[2001:db8::1]/a@b\"", NULL },
	{ "rtsp.uri", "\"rtsp://h:554/a:b\"", NULL },
	{ "onvif.address", "192.0.2.1", NULL }, { "onvif.address", "\"192.0.2.1:8080\"", NULL },
	{ "onvif.address", "camera.lan", NULL }, { "onvif.address", "\"2001:db8::1\"", NULL },
	{ "onvif.address", "\"[2001:db8::1]:8080\"", NULL },
	{ "onvif.address", "\"rtsp://192.0.2.1/\"", "`onvif.address`: a host name or IP address, if need be with :port" },
	{ "onvif.address", "192.0.2.1/", "`onvif.address`: a host name or IP address, if need be with :port" },
	{ "onvif.address", "\"a b\"", "`onvif.address`: a host name or IP address, if need be with :port" },
	{ "onvif.address", "\"h:99999\"", "`onvif.address`: a host name or IP address, if need be with :port" },
};

static void each_value_is_checked(void)
{
	struct fixture f;
	char text[512], wanted[512];

	fixture_init(&f);
	for (size_t i = 0; i < SPA_N_ELEMENTS(values); i++) {
		snprintf(text, sizeof(text), "onvif.cameras = [ { onvif.id = a\n%s = %s } ]",
				values[i].key, values[i].value);
		fixture_load_text(&f, text);
		snprintf(wanted, sizeof(wanted), FILE_U ":2: %s", values[i].said);
		check_str(f.n_messages ? f.messages[0] : "", values[i].said ? wanted : "");
		/* the entry stays, a wrong key goes */
		check_str(fixture_camera(&f, 0, "onvif.id"), "a");
		if (values[i].said)
			check(fixture_camera(&f, 0, values[i].key) == NULL);
	}
	fixture_clear(&f);
}

static void lists(void)
{
	static const struct {
		const char *value, *wanted;	/* wanted NULL: wrong */
	} t[] = {
		{ "[ eth0 \"wlan0\" ]", "eth0 wlan0" }, { "\"eth0, wlan0\"", "eth0, wlan0" },
		{ "eth0", "eth0" }, { "[ [ ] ]", NULL }, { "[ \"\" ]", NULL }, { "{ }", NULL },
		{ "\"\"", NULL },
	};
	struct fixture f;
	char text[256];

	fixture_init(&f);
	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		snprintf(text, sizeof(text), "onvif.properties = { onvif.interfaces = %s }", t[i].value);
		fixture_load_text(&f, text);
		if (t[i].wanted) {
			check_int(f.n_messages, 0);
			check_str(f.s->interfaces, t[i].wanted);
		} else {
			check(f.s->interfaces == NULL);
			check_str(f.messages[0], FILE_U ":1: `onvif.interfaces`: a list of names as in "
					"[ \"eth0\" \"wlan0\" ]");
		}
	}
	fixture_clear(&f);
}

static void one_mistake_costs_one_key(void)
{
	struct fixture f;

	fixture_init(&f);
	fixture_load_text(&f, "{ onvif.properties = { onvif.discovery = true onvif.expire.s = never\n"
			"onvif.max-cameras = 7 }\n"
			"onvif.cameras = [ { x } { rtsp.uri = \"rtsp://h/\" rtp.ptime = 0 rtp.codec = PCMA } ] }");
	/* `{ x }` is a key without a value */
	check_contains(f.messages[0], FILE_U ":3: a key has no value");
	check_contains(f.messages[0], ". Nothing in this file is used");
	check_int(f.s->n_cameras, 0);

	fixture_load_text(&f, "{ onvif.properties = { onvif.discovery = true onvif.expire.s = never\n"
			"onvif.max-cameras = 7 }\n"
			"onvif.cameras = [ { } { rtsp.uri = \"rtsp://h/\" rtp.ptime = 0 rtp.codec = PCMA } ] }");
	check_int(f.n_messages, 3);
	check(f.s->discovery);
	check_int(f.s->expire_s, 86400);
	check_int(f.s->max_cameras, 7);
	check_int(f.s->n_cameras, 1);
	check(fixture_camera(&f, 0, "rtp.ptime") == NULL);
	check_str(fixture_camera(&f, 0, "rtp.codec"), "PCMA");
	fixture_clear(&f);
}

static void too_many_cameras(void)
{
	struct fixture f;
	struct buf b;

	fixture_init(&f);
	buf_init(&b, 1024 * 1024);
	buf_add_str(&b, "onvif.cameras = [\n");
	for (int i = 0; i < 258; i++)
		buf_printf(&b, "{ onvif.id = camera-%d }\n", i);
	buf_add_str(&b, "]");
	fixture_load_text(&f, b.data);
	buf_clear(&b);
	check_int(f.s->n_cameras, 256);
	check_int(f.n_messages, 2);
	check_str(f.messages[0], FILE_U ":258: more than 256 cameras: this one is left out");
	fixture_clear(&f);
}

/* The file that we ship says nothing wrong, shows every key, and what it shows is
 * right when the # is taken away. */
static void shipped_configuration(void)
{
	struct fixture f;
	char *data, *text, *line, *rest, *out;
	const struct settings_key *keys;
	size_t size, n;

	check_int(conf_read_file(SOURCE_DIR "/conf/pipewire-onvif.conf", &data, &size), 0);
	fixture_init(&f);
	fixture_load_text(&f, data);
	check_str(f.n_messages ? f.messages[0] : "", "");
	check(f.s->discovery);
	check_int(f.s->n_cameras, 0);

	check((text = out = calloc(1, size + 2)) != NULL);
	for (rest = data; (line = strsep(&rest, "\n")) != NULL; ) {
		bool example = strncmp(line, "    #", 5) == 0 && (line[5] != ' ' || strncmp(line + 5, "    ", 4) == 0);

		out = stpcpy(out, example ? line + 5 : line);
		*out++ = '\n';
	}
	fixture_load_text(&f, text);
	check_str(f.n_messages ? f.messages[0] : "", "");
	check_int(f.s->n_cameras, 1);
	check_str(f.s->interfaces, "eth0 wlan0");
	check_contains(f.s->rules, "rtp.ptime = 40");
	keys = settings_keys(&n);
	for (size_t i = 0; i < n; i++) {
		if (keys[i].places & SETTINGS_IN_PROPERTIES)
			check_contains(text, keys[i].name);
		else
			check_str(fixture_camera(&f, 0, keys[i].name) ? "shown" : keys[i].name, "shown");
		/* what it shows as default is the default */
		if (keys[i].def && (keys[i].places & SETTINGS_IN_CAMERA))
			check_str(fixture_camera(&f, 0, keys[i].name), keys[i].def);
	}
	free(text);
	free(data);
	fixture_clear(&f);
}

static void table(void)
{
	const struct settings_key *keys;
	size_t n;

	keys = settings_keys(&n);
	for (size_t i = 0; i < n; i++) {
		check(settings_key_find(keys[i].name) == &keys[i]);
		check(keys[i].help != NULL && keys[i].places != 0);
		check(keys[i].min <= keys[i].max);
		check((keys[i].type == SETTINGS_ENUM) == (keys[i].values != NULL));
		if (keys[i].def)
			check_int(settings_check_text(&keys[i], keys[i].def), 0);
	}
	check(settings_key_find("rtp.ptim") == NULL);
}

static const struct test tests[] = {
	{ "the table of keys is sound", table },
	{ "each mistake is named, with its line", each_mistake_is_named },
	{ "each value is checked", each_value_is_checked },
	{ "lists", lists },
	{ "one mistake costs one key", one_mistake_costs_one_key },
	{ "too many cameras", too_many_cameras },
	{ "the shipped configuration shows every key", shipped_configuration },
};

int main(int argc, char **argv)
{
	pw_init(NULL, NULL);
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
