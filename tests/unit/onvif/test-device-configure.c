/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/onvif/device-camera.h"

#define TT " xmlns=\"http://www.onvif.org/ver10/schema\""
#define HALF "www.onvif.org/ver20/HalfDuplex/"
#define CONFIG(token, primacy) "<x:Configurations token=\"" token "\"><tt:Name>Loud &amp; clear</tt:Name>" \
	"<tt:UseCount>2</tt:UseCount><tt:OutputToken>spk&lt;1&gt;</tt:OutputToken>" primacy \
	"<tt:OutputLevel>-7</tt:OutputLevel></x:Configurations>"
#define PRIMACY(who) "<tt:SendPrimacy>" HALF who "</tt:SendPrimacy>"
#define OUTPUTS1(primacy) { "GetAudioOutputConfigurations", TRT, 200, CONFIG("other", "") CONFIG("out", primacy) }
#define OUTPUTS2(primacy) { "GetAudioOutputConfigurations", TR2, 200, CONFIG("out", primacy) }
#define HAS_OUTPUT1 "<tt:AudioOutputConfiguration token=\"out\"/>"
#define HAS_OUTPUT2 "<x:AudioOutput token=\"out\"/>"
#define HAS_DECODER1 "<tt:AudioDecoderConfiguration token=\"dec\"/>"
#define HAS_DECODER2 "<x:AudioDecoder token=\"dec\"/>"
#define ONE1(in) { "GetProfiles", TRT, 200, PROFILE1("p", in) }
#define ONE2(in) { "GetProfiles", TR2, 200, PROFILE2("p", in) }
#define MEDIA2 { "GetServices", TDS, 200, SERVICE(TR2, "/onvif/media2") }
#define OK(op, ns) { op, ns, 200, "" }
#define WRITES1 OK("AddAudioOutputConfiguration", TRT), OK("AddAudioDecoderConfiguration", TRT), \
	OK("SetAudioOutputConfiguration", TRT)
#define WRITES2 OK("AddConfiguration", TR2), OK("SetAudioOutputConfiguration", TR2)

#define ADD_OUTPUT1(token) "<AddAudioOutputConfiguration xmlns=\"" TRT "\"><ProfileToken>p</ProfileToken>" \
	"<ConfigurationToken>" token "</ConfigurationToken></AddAudioOutputConfiguration>"
#define ADD_DECODER1 "<AddAudioDecoderConfiguration xmlns=\"" TRT "\"><ProfileToken>p</ProfileToken>" \
	"<ConfigurationToken>dec</ConfigurationToken></AddAudioDecoderConfiguration>"
#define REF_OUTPUT "<Configuration><Type>AudioOutput</Type><Token>out</Token></Configuration>"
#define REF_DECODER "<Configuration><Type>AudioDecoder</Type><Token>dec</Token></Configuration>"
#define ADD2(refs) "<AddConfiguration xmlns=\"" TR2 "\"><ProfileToken>p</ProfileToken>" refs "</AddConfiguration>"
#define SET(ns, tail) "<SetAudioOutputConfiguration xmlns=\"" ns "\"><Configuration token=\"out\">" \
	"<Name" TT ">Loud &amp; clear</Name><UseCount" TT ">2</UseCount>" \
	"<OutputToken" TT ">spk&lt;1&gt;</OutputToken>" \
	"<SendPrimacy" TT ">" HALF "Client</SendPrimacy><OutputLevel" TT ">-7</OutputLevel></Configuration>" \
	tail "</SetAudioOutputConfiguration>"
#define SET1 SET(TRT, "<ForcePersistence>true</ForcePersistence>")
#define SET2 SET(TR2, "")

#define HINT_HALF "The camera is set to half duplex and does not listen while it speaks: set " \
	"onvif.configure = true to let us change that, or choose it in its web page."
#define HINT_ADD "The camera's media profile has no audio output or no audio decoder: set " \
	"onvif.configure = true to let us add what it lacks, or do so in its web page."
#define CHANGED "Changed in the camera: "
#define MAX 8

/* what the camera has and says, what is written, in this order, and what is said about it */
static const struct {
	const char *what;
	struct answer answers[MAX];
	bool may_not;		/* onvif.configure is false */
	const char *written[4];
	enum device_primacy primacy;
	const char *changed, *hint, *announced;
} cases[] = {
	/* Media1 */
	{ "has all", { ONE1(HAS_OUTPUT1 HAS_DECODER1), OUTPUTS1(PRIMACY("Client")), WRITES1 },
		.primacy = DEVICE_PRIMACY_CLIENT },
	{ "full duplex", { ONE1(HAS_OUTPUT1 HAS_DECODER1), OUTPUTS1(""), WRITES1 },
		.primacy = DEVICE_PRIMACY_UNKNOWN },
	{ "decides by itself", { ONE1(HAS_OUTPUT1 HAS_DECODER1), OUTPUTS1(PRIMACY("Auto")), WRITES1 },
		.primacy = DEVICE_PRIMACY_AUTO },
	{ "another output is half duplex", { ONE1("<tt:AudioOutputConfiguration token=\"other\"/>" HAS_DECODER1),
		OUTPUTS1(PRIMACY("Server")), WRITES1 }, .primacy = DEVICE_PRIMACY_UNKNOWN },
	{ "half duplex", { ONE1(HAS_OUTPUT1 HAS_DECODER1), OUTPUTS1(PRIMACY("Server")), WRITES1 },
		.written = { SET1 }, .primacy = DEVICE_PRIMACY_CLIENT,
		.changed = CHANGED "half duplex of \"out\" switched to the client.",
		.announced = "switch half duplex of \"out\" to the client;" },
	{ "half duplex, hands off", { ONE1(HAS_OUTPUT1 HAS_DECODER1), OUTPUTS1(PRIMACY("Server")), WRITES1 },
		.may_not = true, .primacy = DEVICE_PRIMACY_SERVER, .hint = HINT_HALF },
	{ "half duplex, refused", { ONE1(HAS_OUTPUT1 HAS_DECODER1), OUTPUTS1(PRIMACY("Server")),
		{ "SetAudioOutputConfiguration", TRT, 400, FAULT("ter:ActionNotSupported") } },
		.written = { SET1 }, .primacy = DEVICE_PRIMACY_SERVER,
		.hint = "It refused to switch half duplex of \"out\" to the client (no way): do so in its web page.",
		.announced = "switch half duplex of \"out\" to the client;" },
	{ "nothing in the profile", { ONE1(""), OUTPUTS1(""), WRITES1 }, .written = { ADD_OUTPUT1("other"), ADD_DECODER1 },
		.changed = CHANGED "audio output \"other\" added to profile \"p\"; audio decoder \"dec\" added to profile \"p\".",
		.announced = "add audio output \"other\" to profile \"p\";add audio decoder \"dec\" to profile \"p\";" },
	{ "nothing in the profile, hands off", { ONE1(""), OUTPUTS1(""), WRITES1 }, .may_not = true, .hint = HINT_ADD },
	{ "no decoder", { ONE1(HAS_OUTPUT1), OUTPUTS1(""), WRITES1 }, .written = { ADD_DECODER1 },
		.changed = CHANGED "audio decoder \"dec\" added to profile \"p\".",
		.announced = "add audio decoder \"dec\" to profile \"p\";" },
	{ "no output", { ONE1(HAS_DECODER1), OUTPUTS1(""), WRITES1 }, .written = { ADD_OUTPUT1("other") },
		.changed = CHANGED "audio output \"other\" added to profile \"p\".",
		.announced = "add audio output \"other\" to profile \"p\";" },
	{ "no decoder there is", { ONE1(HAS_OUTPUT1), OUTPUTS1(""), { "GetAudioDecoderConfigurations", TRT, 200, "" }, WRITES1 },
		.hint = "None of its media profiles has an audio output and an audio decoder: add them in the camera's own settings." },
	/* the decoder needs the output: not even tried */
	{ "the output is refused", { ONE1(""), OUTPUTS1(""), { "AddAudioOutputConfiguration", TRT, 500,
		FAULT("ter:ConfigurationConflict") }, OK("AddAudioDecoderConfiguration", TRT) },
		.written = { ADD_OUTPUT1("other") },
		.hint = "It refused to add audio output \"other\" to profile \"p\" (no way): do so in its web page.",
		.announced = "add audio output \"other\" to profile \"p\";" },
	{ "the decoder is refused", { ONE1(""), OUTPUTS1(""), OK("AddAudioOutputConfiguration", TRT),
		{ "AddAudioDecoderConfiguration", TRT, 403, NULL } },
		.written = { ADD_OUTPUT1("other"), ADD_DECODER1 },
		.changed = CHANGED "audio output \"other\" added to profile \"p\".",
		.hint = "It refused to add audio decoder \"dec\" to profile \"p\" (it forbids that): do so in its web page.",
		.announced = "add audio output \"other\" to profile \"p\";add audio decoder \"dec\" to profile \"p\";" },
	/* open to all, but not for that */
	{ "wants a login for that", { ONE1(HAS_OUTPUT1), OUTPUTS1(""), { "AddAudioDecoderConfiguration", TRT, 400,
		FAULT("ter:NotAuthorized") } }, .written = { ADD_DECODER1 },
		.hint = "It refused to add audio decoder \"dec\" to profile \"p\" (user and password are needed): "
			"do so in its web page.",
		.announced = "add audio decoder \"dec\" to profile \"p\";" },
	{ "no answer", { ONE1(HAS_OUTPUT1), OUTPUTS1(""), { "AddAudioDecoderConfiguration", TRT, 0, NULL } },
		.written = { ADD_DECODER1 },
		.hint = "It refused to add audio decoder \"dec\" to profile \"p\" (told to fail): do so in its web page.",
		.announced = "add audio decoder \"dec\" to profile \"p\";" },
	{ "all at once", { ONE1(""), { "GetAudioOutputConfigurations", TRT, 200, CONFIG("out", PRIMACY("Server")) }, WRITES1 },
		.written = { ADD_OUTPUT1("out"), ADD_DECODER1, SET1 }, .primacy = DEVICE_PRIMACY_CLIENT,
		.changed = CHANGED "audio output \"out\" added to profile \"p\"; audio decoder \"dec\" added to profile "
			"\"p\"; half duplex of \"out\" switched to the client.",
		.announced = "add audio output \"out\" to profile \"p\";add audio decoder \"dec\" to profile \"p\";"
			"switch half duplex of \"out\" to the client;" },
	/* it could not be written back as it was */
	{ "without a physical output", { ONE1(HAS_OUTPUT1 HAS_DECODER1), { "GetAudioOutputConfigurations", TRT, 200,
		"<x:Configurations token=\"out\">" PRIMACY("Server") "</x:Configurations>" }, WRITES1 },
		.primacy = DEVICE_PRIMACY_SERVER, .hint = HINT_HALF },
	{ "a loudness that is no number", { ONE1(HAS_OUTPUT1 HAS_DECODER1), { "GetAudioOutputConfigurations", TRT, 200,
		"<x:Configurations token=\"out\">" PRIMACY("Server") "<tt:OutputLevel>loud</tt:OutputLevel></x:Configurations>" },
		WRITES1 }, .primacy = DEVICE_PRIMACY_UNKNOWN },
	{ "the lists are refused", { ONE1(""), { "GetAudioOutputConfigurations", TRT, 500, NULL },
		{ "GetAudioDecoderConfigurations", TRT, 500, NULL }, WRITES1 },
		.hint = "None of its media profiles has an audio output and an audio decoder: add them in the camera's own settings." },
	/* Media2: one request for both, in the order of dependency */
	{ "Media2 has all", { MEDIA2, ONE2(HAS_OUTPUT2 HAS_DECODER2), OUTPUTS2(PRIMACY("Client")), WRITES2 },
		.primacy = DEVICE_PRIMACY_CLIENT },
	{ "Media2, nothing in the profile", { MEDIA2, ONE2(""), OUTPUTS2(""), WRITES2 },
		.written = { ADD2(REF_OUTPUT REF_DECODER) },
		.changed = CHANGED "audio output \"out\" and audio decoder \"dec\" added to profile \"p\".",
		.announced = "add audio output \"out\" and audio decoder \"dec\" to profile \"p\";" },
	{ "Media2, no decoder", { MEDIA2, ONE2(HAS_OUTPUT2), OUTPUTS2(""), WRITES2 }, .written = { ADD2(REF_DECODER) },
		.changed = CHANGED "audio decoder \"dec\" added to profile \"p\".",
		.announced = "add audio decoder \"dec\" to profile \"p\";" },
	{ "Media2, no output", { MEDIA2, ONE2(HAS_DECODER2), OUTPUTS2(""), WRITES2 }, .written = { ADD2(REF_OUTPUT) },
		.changed = CHANGED "audio output \"out\" added to profile \"p\".",
		.announced = "add audio output \"out\" to profile \"p\";" },
	{ "Media2, half duplex", { MEDIA2, ONE2(HAS_OUTPUT2 HAS_DECODER2), OUTPUTS2(PRIMACY("Server")), WRITES2 },
		.written = { SET2 }, .primacy = DEVICE_PRIMACY_CLIENT,
		.changed = CHANGED "half duplex of \"out\" switched to the client.",
		.announced = "switch half duplex of \"out\" to the client;" },
	{ "Media2, refused", { MEDIA2, ONE2(""), OUTPUTS2(PRIMACY("Server")), { "AddConfiguration", TR2, 500,
		FAULT("ter:ConfigurationConflict") } }, .written = { ADD2(REF_OUTPUT REF_DECODER) },
		.hint = "It refused to add audio output \"out\" and audio decoder \"dec\" to profile \"p\" (no way): "
			"do so in its web page.",
		.announced = "add audio output \"out\" and audio decoder \"dec\" to profile \"p\";" },
};

static char announced[1024];

static void on_changing(void *data, const char *what)
{
	size_t len = strlen(announced);

	/* before the request */
	check_int(asked_for("<GetStreamUri"), 0);
	snprintf(announced + len, sizeof(announced) - len, "%s;", what);
}

static bool writes(const char *body)
{
	return strstr(body, "<Add") || strstr(body, "<Set");
}

static void check_written(const char *what, const char *const *wanted)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < cam.n; i++) {
		if (!writes(cam.requests[i]))
			continue;
		if (n >= 4 || wanted[n] == NULL || strstr(cam.requests[i], wanted[n]) == NULL)
			test_fail(__FILE__, __LINE__, "%s: %u is %s", what, n, cam.requests[i]);
		n++;
	}
	if (n < 4 && wanted[n])
		test_fail(__FILE__, __LINE__, "%s: %u is missing", what, n);
}

static bool is(const char *text, const char *wanted)
{
	return strcmp(text, wanted ? wanted : "") == 0;
}

static void test_cases(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(cases); i++) {
		begin();
		announced[0] = '\0';
		cam.answers = cases[i].answers;
		for (cam.n_answers = 0; cam.n_answers < MAX && cases[i].answers[cam.n_answers].op; cam.n_answers++)
			;
		check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7",
				.configure = !cases[i].may_not, .changing = on_changing }), 0);
		vloop_flush(cam.v);
		check_written(cases[i].what, cases[i].written);
		if (got.n != 1 || got.res != 0 || got.info.primacy != cases[i].primacy ||
		    !is(got.info.changed, cases[i].changed) || !is(got.info.hint, cases[i].hint) ||
		    !is(announced, cases[i].announced))
			test_fail(__FILE__, __LINE__, "%s: %d (%s), primacy %d, \"%s\", \"%s\", \"%s\"", cases[i].what,
					got.res, got.message, got.info.primacy, got.info.changed, got.info.hint, announced);
		/* the stream's address is asked for after all of it */
		check(strstr(cam.requests[cam.n - 1], "<GetStreamUri") != NULL);
		end();
	}
}

/* the texts keep whole, whatever the camera calls its things */
static void test_long_names(void)
{
#define LONG "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\x1b[1m\xe2\x80\xae"
	begin();
	cam.answers = (const struct answer []) { { "GetProfiles", TRT, 200, PROFILE1(LONG, "") },
		{ "GetAudioOutputConfigurations", TRT, 200, CONFIG(LONG, PRIMACY("Server")) },
		{ "GetAudioDecoderConfigurations", TRT, 200, "<x:Configurations token=\"" LONG "\"/>" }, WRITES1 };
	cam.n_answers = 6;
	check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7", .configure = true }), 0);
	vloop_flush(cam.v);
	check_int(got.res, 0);
	check_contains(got.info.changed, "switched to the client.");
	check(strchr(got.info.changed, '\x1b') == NULL);
	end();
}

/* a password that is refused there is refused */
static void test_refused(void)
{
	begin();
	cam.answers = (const struct answer []) { ONE1(""), { "AddAudioOutputConfiguration", TRT, 400,
		FAULT("ter:NotAuthorized") } };
	cam.n_answers = 2;
	check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7", .configure = true,
			.user = "u", .password = &password }), 0);
	vloop_flush(cam.v);
	check_int(got.res, -EACCES);
	check(got.refused);
	check_int(cam.tokens, 1);
	end();
}

static const struct test tests[] = {
	{ "what is changed", test_cases },
	{ "long names", test_long_names },
	{ "refused", test_refused },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
