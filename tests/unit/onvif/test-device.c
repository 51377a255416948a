/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>

#include <spa/utils/defs.h>

#include "module/onvif/device.h"
#include "module/util/buf.h"
#include "tests/lib/fake-http.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

#define TDS "http://www.onvif.org/ver10/device/wsdl"
#define TRT "http://www.onvif.org/ver10/media/wsdl"
#define TR2 "http://www.onvif.org/ver20/media/wsdl"
#define TMD "http://www.onvif.org/ver10/deviceIO/wsdl"

#define DIGEST "Digest realm=\"cam\", nonce=\"n1\", qop=\"auth\""

/* one operation's answer, matched by name and namespace; inside NULL: HTML */
struct answer {
	const char *op, *ns;
	int status;
	const char *inside;
};

#define SERVICE(ns, path) "<x:Service><x:Namespace>" ns "</x:Namespace><x:XAddr>http://10.0.0.1" path \
	"</x:XAddr></x:Service>"
#define PROFILE1(token, in) "<x:Profiles token=\"" token "\"><tt:Name>name-" token "</tt:Name><tt:Extension>" in \
	"</tt:Extension></x:Profiles>"
#define PROFILE2(token, in) "<x:Profiles token=\"" token "\"><x:Name>name-" token "</x:Name><x:Configurations>" in \
	"</x:Configurations></x:Profiles>"
#define FULL1 "<tt:AudioOutputConfiguration/><tt:AudioDecoderConfiguration/>"
#define FULL2 "<x:AudioOutput/><x:AudioDecoder/>"
#define FAULT(code) "!<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>" code \
	"</s:Value></s:Subcode></s:Code><s:Reason><s:Text>no way</s:Text></s:Reason></s:Fault>"

static const struct answer defaults[] = {
	/* 100 s ahead of the virtual clock's start */
	{ "GetSystemDateAndTime", TDS, 200, "<x:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>0</tt:Hour>"
		"<tt:Minute>1</tt:Minute><tt:Second>40</tt:Second></tt:Time><tt:Date><tt:Year>2026</tt:Year>"
		"<tt:Month>1</tt:Month><tt:Day>1</tt:Day></tt:Date></tt:UTCDateTime></x:SystemDateAndTime>" },
	{ "GetServices", TDS, 200, SERVICE(TRT, "/onvif/media") },
	{ "GetEndpointReference", TDS, 200, "<x:GUID>urn:uuid:cam</x:GUID>" },
	{ "GetDeviceInformation", TDS, 200, "<x:Manufacturer>ACME</x:Manufacturer><x:Model>M1</x:Model>"
		"<x:FirmwareVersion>1.0</x:FirmwareVersion><x:SerialNumber>S</x:SerialNumber><x:HardwareId>H</x:HardwareId>" },
	{ "GetScopes", TDS, 200, "<x:Scopes><tt:ScopeItem>onvif://www.onvif.org/name/Front%20Door</tt:ScopeItem></x:Scopes>" },
	{ "GetProfiles", TRT, 200, PROFILE1("p1", "") PROFILE1("p2", FULL1) },
	{ "GetAudioOutputs", TRT, 200, "<x:AudioOutputs token=\"o\"/>" },
	{ "GetAudioDecoderConfigurations", TRT, 200, "<x:Configurations token=\"dec\"/>" },
	{ "GetAudioDecoderConfigurationOptions", TRT, 200, "<x:Options><tt:G711DecOptions/></x:Options>" },
	{ "GetStreamUri", TRT, 200, "<x:MediaUri><tt:Uri>rtsp://10.0.0.1:554/cam?channel=1&amp;subtype=%s</tt:Uri></x:MediaUri>" },
	{ "GetProfiles", TR2, 200, PROFILE2("q1", FULL2) },
	{ "GetAudioDecoderConfigurations", TR2, 200, "<x:Configurations token=\"dec\"/>" },
	{ "GetAudioDecoderConfigurationOptions", TR2, 200, "<x:Options><tt:Encoding>PCMU</tt:Encoding></x:Options>" },
	{ "GetStreamUri", TR2, 200, "<x:Uri>rtsp://10.0.0.1/two</x:Uri>" },
	{ "GetAudioOutputs", TMD, 200, "<x:Token>o1</x:Token><x:Token>o2</x:Token>" },
};

/* The linker sends our own allocations here (--wrap), xmlMemSetup() those of libxml2. */
static struct {
	bool armed;
	uint32_t left;
} oom;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

static bool out_of_memory(void)
{
	return oom.armed && (oom.left == 0 || --oom.left == 0);
}

void *__wrap_malloc(size_t size)
{
	return out_of_memory() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return out_of_memory() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return out_of_memory() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return out_of_memory() ? NULL : __real_strdup(s);
}

enum auth_mode { OPEN, CHALLENGE, TOKEN };

static struct camera {
	struct vloop *v;
	struct fake_http *http;
	const struct answer *answers;
	uint32_t n_answers;
	enum auth_mode auth;
	const char *challenge[3];
	bool refuse;			/* whatever the credentials */
	bool date_is_protected;
	const char *protected_for_all;	/* an operation that nobody may */
	const char *only_path;		/* other paths: 404 */
	uint32_t fail_from, fail_count;	/* the n-th requests get no answer */
	uint64_t date;

	uint32_t n, logins, tokens;
	char log[8192];
	char body[16384];
	char token_body[4096];
	struct device_query *query;
} cam;

static struct result {
	int n, res;
	bool refused;
	struct device_info info;
	char message[LIMIT_ERROR_LEN];
	bool destroy;
} got;

static const char *find_op(const char *body, char op[64], char ns[128])
{
	struct str s = str_from(strstr(body, "<s:Body><"));

	check(s.len > 9);
	s = str_make(s.p + 9, s.len - 9);
	struct str name;
	check_int(str_until(&s, ' ', 63, &name), 0);
	str_copy(name, op, 64);
	s = str_make(s.p + 8, s.len - 8);
	check_int(str_until(&s, '"', 127, &name), 0);
	str_copy(name, ns, 128);
	return op;
}

static const struct answer *find_answer(const struct answer *list, size_t n, const char *op, const char *ns)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].op, op) == 0 && strcmp(list[i].ns, ns) == 0)
			return &list[i];
	return NULL;
}

static void write_reply(const char *op, const char *ns, const char *inside)
{
	struct buf b;

	buf_init(&b, sizeof(cam.body) - 1);
	buf_add_str(&b, "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
			"xmlns:tt=\"http://www.onvif.org/ver10/schema\"><s:Body>");
	if (inside[0] == '!')
		buf_add_str(&b, inside + 1);
	else {
		buf_printf(&b, "<x:%sResponse xmlns:x=\"%s\">", op, ns);
		buf_add_str(&b, inside);
		buf_printf(&b, "</x:%sResponse>", op);
	}
	buf_add_str(&b, "</s:Body></s:Envelope>");
	check_int(str_copy(buf_str(&b), cam.body, sizeof(cam.body)), 0);
	buf_clear(&b);
}

/* \return false when the request may pass */
static bool demand_login(const struct fake_http_request *q, const char *op, struct fake_http_reply *reply)
{
	bool is_date = strcmp(op, "GetSystemDateAndTime") == 0;
	bool has_header = q->authorization != NULL;
	bool has_token = strstr(q->body, "UsernameToken") != NULL;

	if (has_header)
		cam.logins++;
	if (has_token) {
		cam.tokens++;
		str_copy(str_from(q->body), cam.token_body, sizeof(cam.token_body));
	}
	check(!(has_header && has_token));
	if (cam.auth == OPEN || (is_date && !cam.date_is_protected))
		return false;
	if (!cam.refuse && (cam.auth == TOKEN ? has_token : has_header || has_token) &&
	    !(cam.protected_for_all && strcmp(cam.protected_for_all, op) == 0))
		return false;
	if (cam.auth == TOKEN) {
		reply->status = 400;
		write_reply("", "", FAULT("ter:NotAuthorized"));
		reply->body = cam.body;
	} else {
		reply->status = 401;
		memcpy(reply->challenge, cam.challenge, sizeof(cam.challenge));
	}
	reply->date = cam.date;
	return true;
}

static bool has_path(const char *url, const char *path)
{
	return strlen(url) >= strlen(path) && strcmp(url + strlen(url) - strlen(path), path) == 0;
}

static bool handle(void *data, const struct fake_http_request *q, struct fake_http_reply *reply)
{
	const struct answer *a;
	char op[64], ns[128];
	size_t len = strlen(cam.log);

	cam.n++;
	find_op(q->body, op, ns);
	snprintf(cam.log + len, sizeof(cam.log) - len, "%s ", op);
	check(strstr(q->url, "10.0.0.1") == NULL);
	if (cam.fail_from && cam.n >= cam.fail_from && cam.n < cam.fail_from + cam.fail_count) {
		reply->res = -ETIMEDOUT;
		return true;
	}
	if (cam.only_path && !has_path(q->url, cam.only_path)) {
		reply->status = 404;
		reply->body = "<html>Not found";
		return true;
	}
	if (demand_login(q, op, reply))
		return true;
	if ((a = find_answer(cam.answers, cam.n_answers, op, ns)) == NULL)
		a = find_answer(defaults, SPA_N_ELEMENTS(defaults), op, ns);
	if (a == NULL) {
		reply->status = 500;
		write_reply(op, ns, FAULT("ter:ActionNotSupported"));
	} else {
		reply->status = a->status;
		if (a->inside)
			write_reply(op, ns, a->inside);
		else
			str_copy(STR_LIT("<html><body>Internal<br></body></html>"), cam.body, sizeof(cam.body));
	}
	reply->body = cam.body;
	return true;
}

static void on_done(void *data, int res, bool refused, const struct device_info *info, const char *message)
{
	got.n++;
	got.res = res;
	got.refused = refused;
	check(info != NULL);
	got.info = *info;
	if (res < 0) {
		check(message != NULL && message[strlen(message) - 1] == '.');
		str_copy(str_from(message), got.message, sizeof(got.message));
	}
	if (got.destroy) {
		device_query_destroy(cam.query);
		cam.query = NULL;
	}
}

static void begin(void)
{
	memset(&cam, 0, sizeof(cam));
	memset(&got, 0, sizeof(got));
	cam.v = vloop_new();
	cam.http = fake_http_new(vloop_utils(cam.v));
	fake_http_set_handler(cam.http, handle, NULL);
}

static void end(void)
{
	device_query_destroy(cam.query);
	cam.query = NULL;
	check_int(fake_http_pending(cam.http), 0);
	http_destroy(fake_http_get(cam.http));
	vloop_destroy(cam.v);
}

static int ask_params(const struct device_query_params *params)
{
	return device_query_new(vloop_utils(cam.v), fake_http_get(cam.http), params, on_done, NULL, &cam.query);
}

static const struct secret password = { (char []) { "s3cret" } };

static void ask(const char *user)
{
	check_int(ask_params(&(struct device_query_params) {
		.xaddr = "http://10.0.0.1:8000/onvif/device_service", .address = "192.0.2.7",
		.user = user, .password = user ? &password : NULL,
	}), 0);
	check_int(got.n, 0);
	vloop_flush(cam.v);
}

static void ask_with(const char *user, const struct answer *answers, uint32_t n)
{
	begin();
	cam.answers = answers;
	cam.n_answers = n;
	ask(user);
	check_int(got.n, 1);
}

#define WITH(...) (const struct answer []) { __VA_ARGS__ }, \
	sizeof((const struct answer []) { __VA_ARGS__ }) / sizeof(struct answer)

static void test_open(void)
{
	const struct device_info *i = &got.info;

	begin();
	ask(NULL);
	check_int(got.n, 1);
	check_int(got.res, 0);
	check_str(cam.log, "GetSystemDateAndTime GetServices GetEndpointReference GetDeviceInformation GetScopes "
			"GetProfiles GetAudioOutputs GetAudioDecoderConfigurations "
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

static void test_digest(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.challenge[1] = "Basic realm=\"cam\"";
	ask("u");
	check_int(got.res, 0);
	/* every operation but the time: once without, once with an answer to a fresh nonce */
	check_int(cam.logins, 10);
	check_int(cam.n, 21);
	check_int(cam.tokens, 0);
	check_contains(fake_http_last(cam.http)->authorization, "Digest username=\"u\"");
	check_contains(fake_http_last(cam.http)->authorization, "uri=\"/onvif/media\"");
	check_contains(fake_http_last(cam.http)->authorization, "nc=00000001");
	check(strstr(fake_http_last(cam.http)->authorization, "s3cret") == NULL);
	end();
}

static void test_refused(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.refuse = true;
	ask("u");
	check_int(got.res, -EACCES);
	check(got.refused);
	check_int(cam.logins, 1);
	check_contains(got.message, "refused");
	end();

	begin();
	cam.auth = TOKEN;
	cam.refuse = true;
	ask("u");
	check_int(got.res, -EACCES);
	check(got.refused);
	check_int(cam.tokens, 1);
	check_int(cam.logins, 0);
	end();

	/* the time already needs a login */
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.date_is_protected = true;
	cam.refuse = true;
	ask("u");
	check_int(got.res, -EACCES);
	check(got.refused);
	check_int(cam.n, 2);
	end();
}

static void test_no_credentials(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.date_is_protected = true;
	ask(NULL);
	check_int(got.res, -EACCES);
	check(!got.refused);
	check_int(cam.n, 2);
	check_contains(got.message, "login");
	end();

	begin();
	cam.auth = TOKEN;
	ask(NULL);
	check_int(got.res, -EACCES);
	check(!got.refused);
	check(got.info.clock_known);
	end();
}

static void test_token(void)
{
	begin();
	cam.auth = TOKEN;
	ask("u");
	check_int(got.res, 0);
	/* once it is known, no round without */
	check_int(cam.tokens, 10);
	check_int(cam.n, 12);
	check_contains(cam.token_body, "<wsse:Username>u</wsse:Username>");
	/* the camera's clock */
	check_contains(cam.token_body, "<wsu:Created>2026-01-01T00:01:40.000Z</wsu:Created>");
	check(strstr(cam.token_body, "s3cret") == NULL);
	end();

	/* the time itself is protected: the Date header must do */
	begin();
	cam.auth = TOKEN;
	cam.date_is_protected = true;
	cam.date = 1767225600 - 3600;
	ask("u");
	check_int(got.res, 0);
	check_int(cam.tokens, 11);
	check_int(got.info.clock_offset_s, 100);
	end();
}

static void test_no_challenge(void)
{
	begin();
	cam.auth = CHALLENGE;
	ask("u");
	check_int(got.res, 0);
	check_int(cam.tokens, 10);
	check_int(cam.logins, 0);
	end();
}

static void test_basic(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = "Basic realm=\"cam\"";
	ask("u");
	/* the token does not give the password away */
	check_int(cam.logins, 0);
	check_int(cam.tokens, 10);
	check_int(got.res, 0);
	end();

	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = "Basic realm=\"cam\"";
	check_int(ask_params(&(struct device_query_params) {
		.xaddr = "http://x/onvif/device_service", .address = "192.0.2.7",
		.user = "u", .password = &password, .allow_basic = true, .pin = "sha256//AAAA",
	}), 0);
	vloop_flush(cam.v);
	check_int(got.res, 0);
	check_int(cam.logins, 10);
	check_str(fake_http_last(cam.http)->authorization, "Basic dTpzM2NyZXQ=");
	check_str(fake_http_last(cam.http)->pin, "sha256//AAAA");
	end();
}

static void test_unknown_digest(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = "Digest realm=\"cam\", nonce=\"n1\", algorithm=WHIRLPOOL";
	cam.challenge[1] = "Basic realm=\"cam\"";
	ask("u");
	check_int(got.res, -EACCES);
	check(!got.refused);
	check_int(cam.logins + cam.tokens, 0);
	end();
}

static void test_rights(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.protected_for_all = "GetAudioDecoderConfigurationOptions";
	ask("u");
	check_int(got.res, 0);
	check(!got.refused);
	check(!got.info.decoder_options_known);
	end();

	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.protected_for_all = "GetStreamUri";
	ask("u");
	check_int(got.res, -ENOTSUP);
	check(!got.refused);
	check_contains(got.message, "may not");
	end();
}

#define MEDIA12 { "GetServices", TDS, 200, SERVICE(TRT, "/onvif/media") SERVICE(TR2, "/onvif/media2") SERVICE(TMD, "/io") }

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
	check_contains(cam.log, "GetSystemDateAndTime GetSystemDateAndTime GetServices");
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
		"GetAudioOutputs", "GetAudioDecoderConfigurations", "GetAudioDecoderConfigurationOptions" };

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
	ask_with(NULL, WITH({ "GetProfiles", TRT, 200, PROFILE1("a", "") PROFILE1("b", "<tt:AudioOutputConfiguration/>") }));
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
	for (uint32_t i = 1; i <= 21; i++) {
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
	for (uint32_t i = 0; i <= 21; i++) {
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

/* the fake's own allocations do not fail */
static struct http outer;

static int outer_post(struct http *http, const struct http_request *q, http_done_t done, void *data,
		struct http_call **ret)
{
	int res;

	if (out_of_memory())
		return -ENOMEM;
	oom.armed = false;
	res = http_post(fake_http_get(cam.http), q, done, data, ret);
	oom.armed = true;
	return res;
}

static void outer_cancel(struct http *http, struct http_call *call)
{
	http_cancel(fake_http_get(cam.http), call);
}

static const struct http_methods outer_methods = {
	HTTP_VERSION_METHODS, .post = outer_post, .cancel = outer_cancel,
};

/* every allocation from the n-th on, or only the n-th, fails */
static bool query_without_memory(uint32_t nth, bool once)
{
	bool spent;
	int res;

	begin();
	cam.auth = nth & 1 ? TOKEN : CHALLENGE;
	cam.challenge[0] = DIGEST;
	fake_http_set_handler(cam.http, NULL, NULL);
	outer.methods = &outer_methods;
	oom.left = nth;
	oom.armed = true;
	res = device_query_new(vloop_utils(cam.v), &outer, &(struct device_query_params) {
		.address = "192.0.2.7", .user = "u", .password = &password, .profile = "p1", .pin = "x",
	}, on_done, NULL, &cam.query);
	oom.armed = false;
	if (res < 0)
		check_int(res, -ENOMEM);
	while (res == 0 && got.n == 0) {
		struct fake_http_reply reply = { .status = 200 };
		struct fake_http_request q;

		check_int(fake_http_pending(cam.http), 1);
		q = *fake_http_last(cam.http);
		handle(NULL, &q, &reply);
		if (oom.left == 0 && once)
			oom.left = UINT32_MAX;
		oom.armed = true;
		fake_http_answer(cam.http, &reply);
		oom.armed = false;
	}
	spent = oom.left == 0 || oom.left > UINT32_MAX / 2;
	end();
	return spent;
}

static void test_out_of_memory(void)
{
	uint32_t n = 1;

	xmlMemSetup(free, __wrap_malloc, __wrap_realloc, __wrap_strdup);
	while (query_without_memory(n, false) && n < 100000)
		n++;
	check(n > 100 && n < 100000);
	for (n = 1; query_without_memory(n, true) && n < 100000; n += 7)
		;
	check(n > 100 && n < 100000);
	xmlMemSetup(free, __real_malloc, __real_realloc, __real_strdup);
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

static const struct test tests[] = {
	{ "open", test_open },
	{ "digest", test_digest },
	{ "refused", test_refused },
	{ "no credentials", test_no_credentials },
	{ "token", test_token },
	{ "401 without a challenge", test_no_challenge },
	{ "basic", test_basic },
	{ "unknown digest", test_unknown_digest },
	{ "rights", test_rights },
	{ "media2", test_media2 },
	{ "fallbacks", test_fallbacks },
	{ "optional steps", test_optional },
	{ "hints", test_hints },
	{ "profile", test_profile },
	{ "addresses", test_addresses },
	{ "network", test_network },
	{ "cut anywhere", test_cut_anywhere },
	{ "destroy in the callback", test_destroy_in_callback },
	{ "out of memory", test_out_of_memory },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
