/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/onvif/device-camera.h"

struct camera cam;
struct result got;
const struct secret password = { (char []) { "s3cret" } };

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
	{ "GetAudioOutputConfigurations", TRT, 200, "<x:Configurations token=\"out\"><tt:Name>N</tt:Name>"
		"<tt:UseCount>1</tt:UseCount><tt:OutputToken>o</tt:OutputToken><tt:OutputLevel>50</tt:OutputLevel>"
		"</x:Configurations>" },
	{ "GetAudioDecoderConfigurations", TRT, 200, "<x:Configurations token=\"dec\"/>" },
	{ "GetAudioDecoderConfigurationOptions", TRT, 200, "<x:Options><tt:G711DecOptions/></x:Options>" },
	{ "GetStreamUri", TRT, 200, "<x:MediaUri><tt:Uri>rtsp://10.0.0.1:554/cam?channel=1&amp;subtype=%s</tt:Uri></x:MediaUri>" },
	{ "GetProfiles", TR2, 200, PROFILE2("q1", FULL2) },
	{ "GetAudioDecoderConfigurations", TR2, 200, "<x:Configurations token=\"dec\"/>" },
	{ "GetAudioDecoderConfigurationOptions", TR2, 200, "<x:Options><tt:Encoding>PCMU</tt:Encoding></x:Options>" },
	{ "GetStreamUri", TR2, 200, "<x:Uri>rtsp://10.0.0.1/two</x:Uri>" },
	{ "GetAudioOutputs", TMD, 200, "<x:Token>o1</x:Token><x:Token>o2</x:Token>" },
};

const char *find_op(const char *body, char op[64], char ns[128])
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

static const struct answer *find_answer(const struct answer *list, size_t n, const char *op, const char *ns,
		const char *body)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(list[i].op, " ");
		const char *words = list[i].op[len] ? list[i].op + len + 1 : "";

		if (strlen(op) == len && memcmp(list[i].op, op, len) == 0 && strcmp(list[i].ns, ns) == 0 &&
		    strstr(body, words))
			return &list[i];
	}
	return NULL;
}

const char *default_answer(const char *op, const char *ns, const char *body)
{
	const struct answer *a = find_answer(defaults, SPA_N_ELEMENTS(defaults), op, ns, body);

	return a ? a->inside : NULL;
}

uint32_t asked_for(const char *words)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(cam.requests) && cam.requests[i]; i++)
		n += strstr(cam.requests[i], words) != NULL;
	return n;
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
	bool open = (strcmp(op, "GetSystemDateAndTime") == 0 && !cam.date_is_protected) ||
		(strcmp(op, "GetEndpointReference") == 0 && cam.endpoint_is_open);
	bool has_header = q->authorization != NULL;
	bool has_token = strstr(q->body, "UsernameToken") != NULL;

	if (has_header)
		cam.logins++;
	if (has_token) {
		cam.tokens++;
		str_copy(str_from(q->body), cam.token_body, sizeof(cam.token_body));
	}
	check(!(has_header && has_token));
	if (cam.auth == OPEN || open)
		return false;
	has_token = has_token && (cam.token_valid == NULL || cam.token_valid(q->body));
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

bool handle(void *data, const struct fake_http_request *q, struct fake_http_reply *reply)
{
	const struct answer *a;
	char op[64], ns[128];
	size_t len = strlen(cam.log);

	if (cam.n < SPA_N_ELEMENTS(cam.requests))
		check((cam.requests[cam.n] = strdup(q->body)) != NULL);
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
	if ((a = find_answer(cam.answers, cam.n_answers, op, ns, q->body)) == NULL)
		a = find_answer(defaults, SPA_N_ELEMENTS(defaults), op, ns, q->body);
	if (a && a->status == 0) {
		reply->res = -ETIMEDOUT;
		return true;
	}
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

void on_done(void *data, int res, bool refused, const struct device_info *info, const char *message)
{
	got.n++;
	got.res = res;
	got.refused = refused;
	check(info != NULL);
	got.info = *info;
	if (res < 0) {
		/* (a key to be copied stands alone) */
		check(message != NULL && strchr(".\"", message[strlen(message) - 1]));
		str_copy(str_from(message), got.message, sizeof(got.message));
	}
	if (got.destroy) {
		device_query_destroy(cam.query);
		cam.query = NULL;
	}
}

void begin(void)
{
	memset(&cam, 0, sizeof(cam));
	memset(&got, 0, sizeof(got));
	cam.v = vloop_new();
	cam.http = fake_http_new(vloop_utils(cam.v));
	fake_http_set_handler(cam.http, handle, NULL);
}

void end(void)
{
	device_query_destroy(cam.query);
	cam.query = NULL;
	check_int(fake_http_pending(cam.http), 0);
	for (uint32_t i = 0; i < SPA_N_ELEMENTS(cam.requests); i++)
		free(cam.requests[i]);
	http_destroy(fake_http_get(cam.http));
	vloop_destroy(cam.v);
}

int ask_params(const struct device_query_params *params)
{
	return device_query_new(vloop_utils(cam.v), fake_http_get(cam.http), params, on_done, NULL, &cam.query);
}

void ask(const char *user)
{
	check_int(ask_params(&(struct device_query_params) {
		.xaddr = "http://10.0.0.1:8000/onvif/device_service", .address = "192.0.2.7",
		.user = user, .password = user ? &password : NULL,
	}), 0);
	check_int(got.n, 0);
	vloop_flush(cam.v);
}

void ask_with(const char *user, const struct answer *answers, uint32_t n)
{
	begin();
	cam.answers = answers;
	cam.n_answers = n;
	ask(user);
	check_int(got.n, 1);
}
