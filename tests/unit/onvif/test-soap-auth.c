/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/auth/digest.h"
#include "module/onvif/soap-call.h"
#include "module/util/buf.h"
#include "tests/lib/fake-http.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

/*
 * Every way in which cameras ask for a login over HTTP, with every way in which they deal with
 * nonces, against a server that works out each answer for itself.
 */

#define TDS "http://www.onvif.org/ver10/device/wsdl"
#define ENVELOPE "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
#define SCOPES ENVELOPE "<x:GetScopesResponse xmlns:x=\"" TDS "\"/></s:Body></s:Envelope>"
#define NOT_AUTHORIZED ENVELOPE "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized" \
	"</s:Value></s:Subcode></s:Code></s:Fault></s:Body></s:Envelope>"
#define REALM "IP Camera(GH455)"
#define OPAQUE "o/p=="

/* %s: what of nonces and qop goes with it */
static const struct scheme {
	const char *what;
	const char *challenge[3];
	enum digest_algorithm wanted;
	bool is_digest, is_basic;	/* with neither: open */
	bool token;			/* 400 with a fault, and WS-UsernameToken */
} schemes[] = {
	{ .what = "none" },
	{ .what = "token", .token = true },
	{ .what = "Basic", .challenge = { "Basic realm=\"" REALM "\"" }, .is_basic = true },
	{ .what = "MD5", .challenge = { "Digest realm=\"" REALM "\", %s" }, .is_digest = true, .wanted = DIGEST_MD5 },
	{ .what = "MD5, named", .challenge = { "Digest realm=\"" REALM "\", algorithm=MD5, %s" }, .is_digest = true,
		.wanted = DIGEST_MD5 },
	{ .what = "SHA-256", .challenge = { "Digest algorithm=SHA-256, realm=\"" REALM "\", %s" }, .is_digest = true,
		.wanted = DIGEST_SHA256 },
	{ .what = "SHA-256 in quotes", .challenge = { "Digest realm=\"" REALM "\", %s, algorithm=\"SHA-256\"" },
		.is_digest = true, .wanted = DIGEST_SHA256 },
	{ .what = "SHA-512-256", .challenge = { "Digest algorithm=SHA-512-256, realm=\"" REALM "\", %s" },
		.is_digest = true, .wanted = DIGEST_SHA512_256 },
	{ .what = "Digest, Basic", .challenge = { "Digest realm=\"" REALM "\", %s", "Basic realm=\"" REALM "\"" },
		.is_digest = true, .wanted = DIGEST_MD5 },
	{ .what = "Basic, Digest", .challenge = { "Basic realm=\"" REALM "\"", "Digest realm=\"" REALM "\", %s" },
		.is_digest = true, .wanted = DIGEST_MD5 },
	{ .what = "Basic, Digest in one header", .challenge = { "Basic realm=\"" REALM "\", Digest realm=\"" REALM "\", %s" },
		.is_digest = true, .wanted = DIGEST_MD5 },
	{ .what = "MD5, SHA-256", .challenge = { "Digest realm=\"" REALM "\", algorithm=MD5, %s",
		"Digest realm=\"" REALM "\", algorithm=SHA-256, %s" }, .is_digest = true, .wanted = DIGEST_SHA256 },
	{ .what = "SHA-256, MD5, Basic", .challenge = { "Digest realm=\"" REALM "\", algorithm=SHA-256, %s",
		"Digest realm=\"" REALM "\", %s", "Basic realm=\"" REALM "\"" }, .is_digest = true, .wanted = DIGEST_SHA256 },
	{ .what = "unknown, MD5", .challenge = { "Digest realm=\"" REALM "\", algorithm=MD9, %s",
		"Digest realm=\"" REALM "\", %s" }, .is_digest = true, .wanted = DIGEST_MD5 },
	{ .what = "Negotiate, MD5", .challenge = { "Negotiate", "Digest realm=\"" REALM "\", random=\"7\", %s" },
		.is_digest = true, .wanted = DIGEST_MD5 },
};

static const struct policy {
	const char *what;
	const char *qop;	/* in the challenge */
	bool auth;		/* that is what must be used of it */
	bool opaque;
	bool stale;		/* the first nonce is, though the answer is right */
	bool once;		/* a nonce serves one request */
	bool bound;		/* and only for the URL that it was given for */
	bool fresh;		/* each 401 has a new one, never stale=true */
} policies[] = {
	{ "no qop", "", .auth = false },
	{ "no qop, opaque", "", .opaque = true },
	{ "qop=auth", ", qop=\"auth\"", .auth = true, .opaque = true },
	{ "qop=auth, bare", ", qop=auth", .auth = true },
	{ "qop=auth,auth-int", ", qop=\"auth,auth-int\"", .auth = true },
	{ "qop=auth-int, auth", ", qop=\"auth-int, auth\"", .auth = true },
	{ "stale, no qop", "", .stale = true },
	{ "stale, qop=auth", ", qop=\"auth\"", .auth = true, .stale = true },
	{ "a nonce per request, no qop", "", .once = true },
	{ "a nonce per request, qop=auth", ", qop=\"auth\"", .auth = true, .once = true },
	{ "a nonce for one URL", ", qop=\"auth\"", .auth = true, .bound = true },
	{ "a new nonce in each 401", "", .fresh = true },
};

static struct {
	const struct scheme *scheme;
	const struct policy *policy;
	const char *password;		/* the right one */
	uint32_t nonce;			/* the last one given out */
	char nonce_path[64];		/* what for */
	bool used;			/* it was answered to */
	uint32_t n_nonces, n_requests, logins, refused, basics, tokens;
	char challenge[3][512];
} srv;

static struct {
	int n, res;
	char message[128];
} got;

/* the value of a parameter of the Authorization header; "" absent */
static const char *param(const char *header, const char *name, char dst[256])
{
	char mark[32];
	const char *at;
	size_t len;

	snprintf(mark, sizeof(mark), " %s=", name);
	dst[0] = '\0';
	if ((at = strstr(header, mark)) == NULL)
		return dst;
	at += strlen(mark);
	len = *at == '"' ? strcspn(++at, "\"") : strcspn(at, ", ");
	check_int(str_copy(str_make(at, len), dst, 256), 0);
	return dst;
}

static const char *path_of(const char *url)
{
	return strchr(url + 7, '/');
}

/* what RFC 7616 3.4 has the client send; all of it but the response is checked at once */
static bool digest_right(const struct fake_http_request *q)
{
	const struct scheme *s = srv.scheme;
	struct secret password = { 0 };
	char text[256], nonce[256], cnonce[256], response[256], wanted[DIGEST_HEX_LEN];
	const char *h = q->authorization;

	check_str(param(h, "username", text), "user");
	check_str(param(h, "realm", text), REALM);
	check_str(param(h, "uri", text), path_of(q->url));
	check_str(param(h, "opaque", text), srv.policy->opaque ? OPAQUE : "");
	param(h, "algorithm", text);
	check(text[0] == '\0' ? s->wanted == DIGEST_MD5 : strcmp(text, digest_name(s->wanted, false)) == 0);
	check_str(param(h, "qop", text), srv.policy->auth ? "auth" : "");
	check_str(param(h, "nc", text), srv.policy->auth ? "00000001" : "");
	param(h, "cnonce", cnonce);
	check_int(cnonce[0] != '\0', srv.policy->auth);
	param(h, "nonce", nonce);
	param(h, "response", response);
	check_int(secret_set(&password, srv.password), 0);
	check_int(digest_response(&(struct digest_request) {
		.algorithm = s->wanted, .qop_auth = srv.policy->auth, .nc = 1, .user = STR_LIT("user"),
		.realm = STR_LIT(REALM), .nonce = str_from(nonce), .cnonce = str_from(cnonce),
		.method = STR_LIT("POST"), .uri = str_from(path_of(q->url)), .password = &password,
	}, wanted), 0);
	secret_clear(&password);
	return strcmp(response, wanted) == 0;
}

static bool nonce_right(const struct fake_http_request *q)
{
	char nonce[256], wanted[32];

	snprintf(wanted, sizeof(wanted), "nonce%u", srv.nonce);
	if (strcmp(param(q->authorization, "nonce", nonce), wanted) != 0)
		return false;
	if (srv.policy->once && srv.used)
		return false;
	return !srv.policy->bound || strcmp(path_of(q->url), srv.nonce_path) == 0;
}

static void demand(const struct fake_http_request *q, struct fake_http_reply *reply, bool stale)
{
	char rest[256];

	if (srv.scheme->token) {
		reply->status = 400;
		reply->body = NOT_AUTHORIZED;
		return;
	}
	reply->status = 401;
	if (srv.nonce == 0 || stale || srv.policy->once || srv.policy->bound || srv.policy->fresh) {
		srv.nonce++;
		srv.used = false;
		str_copy(str_from(path_of(q->url)), srv.nonce_path, sizeof(srv.nonce_path));
	}
	snprintf(rest, sizeof(rest), "nonce=\"nonce%u\"%s%s%s", srv.nonce, srv.policy->qop,
			srv.policy->opaque ? ", opaque=\"" OPAQUE "\"" : "", stale ? ", stale=true" : "");
	for (int i = 0; i < 3 && srv.scheme->challenge[i]; i++) {
		const char *c = srv.scheme->challenge[i], *at = strstr(c, "%s");

		snprintf(srv.challenge[i], sizeof(srv.challenge[i]), "%.*s%s%s",
				(int)(at ? at - c : (ptrdiff_t)strlen(c)), c, at ? rest : "", at ? at + 2 : "");
		reply->challenge[i] = srv.challenge[i];
	}
}

static bool check_login(const struct fake_http_request *q, struct fake_http_reply *reply)
{
	bool token = strstr(q->body, "UsernameToken") != NULL;

	srv.logins += q->authorization || token;
	srv.tokens += token;
	if (srv.scheme->token)
		/* (the clocks have a test of their own) */
		return token && strcmp(srv.password, "right") == 0;
	/* what it knows nothing of is not there */
	if (q->authorization == NULL)
		return false;
	check(!token);
	if (strncmp(q->authorization, "Basic ", 6) == 0) {
		srv.basics++;
		return strcmp(q->authorization, strcmp(srv.password, "right") ? "" : "Basic dXNlcjpyaWdodA==") == 0;
	}
	check(strncmp(q->authorization, "Digest ", 7) == 0 && srv.scheme->is_digest);
	if (!digest_right(q))
		return false;
	if (!nonce_right(q)) {
		/* a client that got it wrong, not a password */
		test_fail(__FILE__, __LINE__, "%s, %s: %s", srv.scheme->what, srv.policy->what, q->authorization);
	}
	srv.used = true;
	if (!srv.policy->stale || srv.nonce > 1)
		return true;
	demand(q, reply, true);
	return false;
}

static bool handle(void *data, const struct fake_http_request *q, struct fake_http_reply *reply)
{
	bool sent = q->authorization || strstr(q->body, "UsernameToken");
	const struct scheme *s = srv.scheme;

	srv.n_requests++;
	if (!s->token && s->challenge[0] == NULL) {
		check(!sent);
	} else if (!check_login(q, reply)) {
		if (reply->status != 200)
			return true;	/* stale: no refusal */
		srv.refused += sent;
		demand(q, reply, false);
		return true;
	}
	reply->status = 200;
	reply->body = SCOPES;
	return true;
}

static void on_done(void *data, int res, const struct soap_reply *reply, const char *message)
{
	got.n++;
	got.res = res;
	str_copy(str_from(message ? message : ""), got.message, sizeof(got.message));
}

struct outcome {
	uint32_t ok, n_requests, logins, refused_logins, basics, tokens;
	int last;
	bool refused;
};

/* three operations at two services, as a device query does them */
static struct outcome run(const struct scheme *s, const struct policy *p, bool right, bool allow_basic)
{
	static const char *const urls[] = { "http://192.0.2.7/onvif/device_service", "http://192.0.2.7/onvif/media?a=b",
		"http://192.0.2.7/onvif/media?a=b" };
	struct vloop *v = vloop_new();
	struct fake_http *http = fake_http_new(vloop_utils(v));
	const struct secret password = { (char []) { "right" } };
	struct soap_client client = { .http = fake_http_get(http), .user = "user", .password = &password,
		.allow_basic = allow_basic, .timeout_ms = 1000 };
	struct outcome o = { 0 };
	struct soap_call *call;

	memset(&srv, 0, sizeof(srv));
	srv.scheme = s;
	srv.policy = p;
	srv.password = right ? "right" : "other";
	fake_http_set_handler(http, handle, NULL);
	for (size_t i = 0; i < SPA_N_ELEMENTS(urls); i++) {
		memset(&got, 0, sizeof(got));
		check_int(soap_call_new(&client, urls[i], SOAP_GET_SCOPES, NULL, on_done, NULL, &call), 0);
		vloop_flush(v);
		check_int(got.n, 1);
		o.ok += got.res == 0;
		o.last = got.res;
	}
	o.n_requests = srv.n_requests;
	o.logins = srv.logins;
	o.refused_logins = srv.refused;
	o.basics = srv.basics;
	o.tokens = srv.tokens;
	o.refused = client.refused;
	http_destroy(fake_http_get(http));
	vloop_destroy(v);
	return o;
}

#define expect(cond) \
	do { if (!(cond)) test_fail(__FILE__, __LINE__, "%s, %s, Basic %d: " #cond ": %u ok, %d, %u requests, %u logins, " \
		"%u refused, %u Basic, %u tokens, refused %d: %s", s->what, p->what, basic, o.ok, o.last, o.n_requests, \
		o.logins, o.refused_logins, o.basics, o.tokens, o.refused, got.message); } while (0)

#define for_each_case \
	for (const struct scheme *s = schemes; s < schemes + SPA_N_ELEMENTS(schemes); s++) \
		for (const struct policy *p = policies; p < policies + SPA_N_ELEMENTS(policies); p++) \
			for (int basic = 0; basic < 2; basic++)

static void test_right(void)
{
	for_each_case {
		struct outcome o = run(s, p, true, basic);
		bool shy = s->is_basic && !basic;

		expect(o.ok == (shy ? 0 : 3));
		/* Basic is no refusal: auth.basic may be switched on */
		expect(!o.refused);
		expect(shy ? o.last == -EACCES && strstr(got.message, "Basic") : o.last == 0);
		/* (a token each, which it knows nothing of; a device query ends with the first) */
		expect(o.refused_logins == (shy ? 3 : 0));
		/* the password goes out readable only where nothing else is on offer, and it may */
		expect(o.basics == (s->is_basic && basic ? 3 : 0));
		expect(o.tokens == (s->token || shy ? 3 : 0));
		/* once without, once with, and once more with a nonce that is not stale */
		expect(o.n_requests <= (s->is_digest && p->stale ? 7u : 6u));
	}
}

static void test_wrong(void)
{
	for_each_case {
		struct outcome o = run(s, p, false, basic);
		bool open = !s->token && s->challenge[0] == NULL;
		bool shy = s->is_basic && !basic;

		if (shy)
			continue;
		expect(o.ok == (open ? 3 : 0));
		expect(o.refused == !open);
		/* one, over all services and operations */
		expect(o.refused_logins == (open ? 0 : 1));
		expect(o.logins == o.refused_logins);
		expect(open || o.last == -EACCES);
		expect(o.basics <= (s->is_basic && basic ? 1 : 0));
	}
}

static const struct test tests[] = {
	{ "the right password", test_right },
	{ "a wrong password", test_wrong },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
