/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <ctype.h>
#include <string.h>

#include "module/onvif/xml.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/onvif/device-camera.h"

/*
 * A whole interrogation of a device. The first line sets the scene: 'u' we have a login,
 * 'b' Basic is allowed, 'c' its settings may be changed, 'h' and 't' the URIs for HTTP and
 * TLS are wanted, 's' it is asked by https, 'p' with the right key, 'w' with a wrong one,
 * 'n' the device service is not known. Each further line answers one request, and when they
 * are used up the camera does as it should:
 *	.		as it should
 *	0		not at all
 *	4 A|B		401 with the challenges A and B
 *	N reason	a fault: not authorised
 *	F code		another fault
 *	H text		404 with text
 *	U uri		as it should, with uri for every URI
 *	T text		as it should, with text for every token and name
 *	I xml		the right element with xml inside
 *	B text		text for a body
 *	D		(the query is given up)
 */
#define USER		"user-canary"
#define PASSWORD	"pa55-canary"
#define ADDRESS		"192.0.2.7"
#define KEY		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define OTHER_KEY	"sha256//BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB="
#define BODY_MAX	(32u * 1024u)
/* each step, each profile's URI, Media1 after Media2; with up to four tries to log in */
#define MAX_REQUESTS	160u
/* refused logins: one, and what stale=true allows for */
#define MAX_REFUSED	4u

static struct scene {
	struct vloop *v;
	struct fake_http *http;
	struct device_query *query;
	struct str in;
	bool has_login, allow_basic, tls, has_pin;
	bool hides_password;	/* the input does not hold it */
	bool give_up;		/* as soon as the loop has turned */

	uint32_t requests, refused, done;
	bool accepted;		/* a login was */
	bool saw_digest;	/* in the answers to the operation under way */
	char body[BODY_MAX + 512];
	char challenge[LIMIT_LINE_LEN];
} scene;

static void check_secret(const char *text)
{
	fuzz_assert(!scene.hides_password || strstr(text, PASSWORD) == NULL);
}

static void check_text(const char *text, size_t size)
{
	fuzz_check_shown(text, size);
	check_secret(text);
}

static bool is_login(const struct fake_http_request *q)
{
	return q->authorization != NULL || strstr(q->body, "<wsse:UsernameToken>") != NULL;
}

/* readable for the camera alone: it proved its key first, or nothing would come here */
static bool is_pinned(const char *url)
{
	return scene.has_pin && strncmp(url, "https:", 6) == 0;
}

/* a request goes to the camera, is proper XML whatever tokens it gave us, and says no more
 * of the login than it should */
static void check_request(const struct fake_http_request *q)
{
	bool token = strstr(q->body, "<wsse:UsernameToken>") != NULL;
	struct xml_doc *doc;

	fuzz_assert(++scene.requests <= MAX_REQUESTS);
	fuzz_check_uri(q->url, "http https", ADDRESS);
	fuzz_assert(!scene.tls || strncmp(q->url, "https:", 6) == 0);
	fuzz_assert(q->address != NULL && strcmp(q->address, ADDRESS) == 0);
	fuzz_assert(xml_parse(str_from(q->body), &doc) == 0);
	fuzz_assert(xml_next(xml_path(xml_root(doc), "Body/"), NULL, NULL) == NULL);
	xml_free(doc);
	fuzz_assert(scene.has_login || !is_login(q));
	check_secret(q->body);
	check_secret(q->url);
	fuzz_assert(!token || q->authorization == NULL);
	/* an operation begins without a login, or with a token where one was wanted before */
	scene.saw_digest &= is_login(q);
	fuzz_assert(!token || !scene.saw_digest);
	if (q->authorization) {
		fuzz_assert(fuzz_is_line(str_from(q->authorization)));
		check_secret(q->authorization);
		fuzz_assert(strncmp(q->authorization, "Digest ", 7) == 0 ||
				((scene.allow_basic || is_pinned(q->url)) &&
				 strncmp(q->authorization, "Basic ", 6) == 0));
	}
}

static void envelope(const char *inside)
{
	snprintf(scene.body, sizeof(scene.body), "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
			"xmlns:tt=\"http://www.onvif.org/ver10/schema\"><s:Body>%s</s:Body></s:Envelope>", inside);
}

static void fault(const char *code, struct str reason)
{
	char text[LIMIT_LINE_LEN];

	snprintf(text, sizeof(text), "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>%s"
			"</s:Value></s:Subcode></s:Code><s:Reason><s:Text>" STR_FMT "</s:Text></s:Reason></s:Fault>",
			code, STR_ARG(reason));
	envelope(text);
}

static void response(const struct fake_http_request *q, struct str inside)
{
	static char text[BODY_MAX];
	char op[64], ns[128];

	find_op(q->body, op, ns);
	snprintf(text, sizeof(text), "<x:%sResponse xmlns:x=\"%s\">" STR_FMT "</x:%sResponse>",
			op, ns, STR_ARG(inside), op);
	envelope(text);
}

static const char *own_answer(const struct fake_http_request *q)
{
	char op[64], ns[128];

	find_op(q->body, op, ns);
	return default_answer(op, ns, q->body);
}

/* its own answer with value wherever a URI, or a token or name, was */
static void replaced(const struct fake_http_request *q, const char *own, struct str value, bool uris)
{
	struct str rest = str_from(own);
	struct buf b;

	buf_init(&b, BODY_MAX - 512);
	while (rest.len > 0) {
		static const struct str starts[] = { STR_LIT("rtsp://"), STR_LIT("http://10"),
			STR_LIT("token=\""), STR_LIT("Name>") };
		size_t i;

		for (i = uris ? 0 : 2; i < (uris ? 2 : SPA_N_ELEMENTS(starts)); i++)
			if (str_has_prefix(rest, starts[i]))
				break;
		if (i < (uris ? 2 : SPA_N_ELEMENTS(starts))) {
			struct str start = fuzz_take(&rest, uris ? 0 : starts[i].len);

			buf_add_slice(&b, start);
			buf_add_xml(&b, value);
			while (rest.len > 0 && rest.p[0] != '<' && rest.p[0] != '"')
				fuzz_take(&rest, 1);
			continue;
		}
		buf_add_byte(&b, fuzz_byte(&rest));
	}
	response(q, buf_str(&b));
	buf_clear(&b);
}

static void unauthorized(struct str line, struct fake_http_reply *reply)
{
	uint32_t n = 0;
	char *at;

	reply->status = 401;
	snprintf(scene.challenge, sizeof(scene.challenge), STR_FMT, STR_ARG(line));
	for (at = scene.challenge; at && *at && n < SPA_N_ELEMENTS(reply->challenge); n++) {
		reply->challenge[n] = at;
		scene.saw_digest |= strncasecmp(at, "Digest ", 7) == 0;
		if ((at = strchr(at, '|')) != NULL)
			*at++ = '\0';
	}
}

static void as_it_should(const struct fake_http_request *q, struct str value, char how, struct fake_http_reply *reply)
{
	const char *own = own_answer(q);

	if (own == NULL) {
		reply->status = 500;
		fault("ter:ActionNotSupported", STR_LIT("no"));
	} else if (how == '.') {
		response(q, str_from(own));
	} else {
		replaced(q, own, value, how == 'U');
	}
}

/* a login is refused by 401, or by a fault that can be read */
static bool is_refusal(char how)
{
	struct xml_doc *doc;

	if (how != 'N' || xml_parse(str_from(scene.body), &doc) < 0)
		return how == '4';
	xml_free(doc);
	return true;
}

static bool on_request(void *data, const struct fake_http_request *q, struct fake_http_reply *reply)
{
	struct str line = fuzz_until(&scene.in, '\n');
	char how = (char)fuzz_byte(&line);

	check_request(q);
	fuzz_take(&line, 1);
	reply->body = scene.body;
	reply->date = line.len % 2 ? 1767225600 : 0;
	switch (how) {
	case '0':
		reply->res = -ETIMEDOUT;
		return true;
	case '4':
		unauthorized(line, reply);
		reply->body = NULL;
		break;
	case 'N':
		reply->status = 400;
		fault("ter:NotAuthorized", line);
		break;
	case 'F':
		reply->status = 500;
		fault("ter:InvalidArgVal", line);
		break;
	case 'H':
		reply->status = 404;
		snprintf(scene.body, sizeof(scene.body), STR_FMT, STR_ARG(line));
		break;
	case 'I':
		response(q, line);
		break;
	case 'B':
		snprintf(scene.body, sizeof(scene.body), STR_FMT, STR_ARG(line));
		break;
	case 'D':
		scene.give_up = true;
		return false;
	default:
		as_it_should(q, line, how == 'U' || how == 'T' ? how : '.', reply);
		break;
	}
	/* a token that was refused ends it */
	scene.saw_digest &= q->authorization != NULL || !is_login(q);
	if (is_login(q) && is_refusal(how))
		fuzz_assert(scene.accepted || ++scene.refused <= MAX_REFUSED);
	else
		scene.accepted |= is_login(q) && how != 'N';
	return true;
}

static void check_info(const struct device_info *i, bool complete)
{
	check_text(i->manufacturer, sizeof(i->manufacturer));
	check_text(i->model, sizeof(i->model));
	check_text(i->firmware, sizeof(i->firmware));
	check_text(i->serial, sizeof(i->serial));
	check_text(i->hardware, sizeof(i->hardware));
	check_text(i->name, sizeof(i->name));
	check_text(i->location, sizeof(i->location));
	check_text(i->id, sizeof(i->id));
	check_text(i->hint, sizeof(i->hint));
	check_text(i->changed, sizeof(i->changed));
	fuzz_assert(i->n_profiles <= LIMIT_PROFILES && i->n_audio_outputs >= -1);
	fuzz_assert(!complete || i->n_profiles > 0);
	for (uint32_t n = 0; n < i->n_profiles && complete; n++) {
		const struct device_profile *p = &i->profile[n];

		check_text(p->name, sizeof(p->name));
		fuzz_check_uri(p->uri, "rtsp rtsps", ADDRESS);
		if (p->uri_tls[0] != '\0')
			fuzz_check_uri(p->uri_tls, "rtsps", ADDRESS);
		if (p->uri_http[0] != '\0')
			fuzz_check_uri(p->uri_http, "rtsp http https", ADDRESS);
	}
}

static void on_end(void *data, int res, bool refused, const struct device_info *info, const char *message)
{
	fuzz_assert(scene.done++ == 0 && !scene.give_up);
	fuzz_assert(res <= 0 && (res == 0) == (message == NULL));
	fuzz_assert(!refused || (scene.has_login && res == -EACCES));
	if (message)
		check_text(message, LIMIT_ERROR_LEN);
	check_info(info, res == 0);
}

static void on_changing(void *data, const char *what)
{
	check_text(what, LIMIT_ERROR_LEN);
}

static int begin_query(struct str how)
{
	static char text[] = PASSWORD;
	const struct secret secret = { text };
	bool known = str_find(how, 'n') < 0;
	struct device_query_params params = {
		.address = ADDRESS,
		.want_http_uri = str_find(how, 'h') >= 0,
		.want_tls_uri = str_find(how, 't') >= 0,
		.configure = str_find(how, 'c') >= 0,
		.allow_basic = str_find(how, 'b') >= 0,
		.changing = on_changing,
	};

	scene.has_login = str_find(how, 'u') >= 0;
	scene.allow_basic = params.allow_basic;
	scene.tls = known && str_find(how, 's') >= 0;
	if (scene.has_login) {
		params.user = USER;
		params.password = &secret;
	}
	if (known)
		params.xaddr = scene.tls ? "https://10.0.0.1/onvif/device_service" :
			"http://10.0.0.1:8000/onvif/device_service";
	if (str_find(how, 'p') >= 0)
		params.pin = KEY;
	else if (str_find(how, 'w') >= 0)
		params.pin = OTHER_KEY;
	scene.has_pin = params.pin != NULL;
	return device_query_new(vloop_utils(scene.v), fake_http_get(scene.http), &params, on_end, NULL,
			&scene.query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str how;

	memset(&scene, 0, sizeof(scene));
	scene.in = str_make((const char *)data, size);
	scene.hides_password = fuzz_lacks(scene.in, PASSWORD);
	how = fuzz_until(&scene.in, '\n');
	/* a NUL would end what is a string from here on */
	if (str_find(scene.in, '\0') >= 0)
		return 0;
	scene.v = vloop_new();
	scene.http = fake_http_new(vloop_utils(scene.v));
	fake_http_set_handler(scene.http, on_request, NULL);
	fake_http_set_tls_key(scene.http, KEY);
	fuzz_assert(begin_query(how) == 0 && scene.done == 0);
	vloop_flush(scene.v);
	fuzz_assert(scene.done == !scene.give_up);
	device_query_destroy(scene.query);
	fuzz_assert(fake_http_pending(scene.http) == 0 && vloop_armed_timers(scene.v) == 0);
	http_destroy(fake_http_get(scene.http));
	vloop_destroy(scene.v);
	return 0;
}
