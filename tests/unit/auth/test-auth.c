/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <openssl/evp.h>

#include <spa/utils/defs.h>

#include "module/auth/auth.h"
#include "module/util/random.h"
#include "tests/lib/test.h"

#define DIGEST(n)	"Digest realm=\"r\", nonce=\"" n "\""

static void fill(void *dst, size_t len)
{
	memset(dst, 0xab, len);
}

static struct auth *make(bool basic, const char *user, const char *password)
{
	struct auth *a = auth_new(basic);
	struct secret s = { 0 };

	check(a != NULL);
	check_int(secret_set(&s, password), 0);
	check_int(auth_set_credentials(a, user, &s), 0);
	secret_clear(&s);
	random_set_source(fill);
	return a;
}

static enum auth_verdict challenge(struct auth *a, const char *value, bool sent)
{
	struct str s = str_from(value);

	return auth_challenge(a, &s, value ? 1 : 0, sent);
}

/* the header value; valid until the next call */
static const char *authorize(struct auth *a, const char *method, const char *uri)
{
	static char text[8192];
	struct buf b;

	buf_init(&b, sizeof(text) - 1);
	check_int(auth_authorize(a, method, str_from(uri), &b), 1);
	memcpy(text, b.data, b.len + 1);
	buf_clear(&b);
	return text;
}

static int silent(struct auth *a)
{
	struct buf b;
	int res;

	buf_init(&b, 4096);
	res = auth_authorize(a, "GET", STR_LIT("/"), &b);
	check_int(b.len, 0);
	buf_clear(&b);
	return res;
}

static void test_header(void)
{
	struct auth *a = make(false, "a\"b\\c", "secret");

	check_int(silent(a), 0);
	check_int(challenge(a, "Digest realm=\"IP \\\"Cam\\\"\", nonce=\"N1\", opaque=\"o=\", "
			"algorithm=MD5, qop=\"auth-int,auth\"", false), AUTH_RETRY);
	check_str(authorize(a, "DESCRIBE", "rtsp://192.0.2.1/x?a=b"),
		"Digest username=\"a\\\"b\\\\c\", realm=\"IP \\\"Cam\\\"\", nonce=\"N1\", "
		"uri=\"rtsp://192.0.2.1/x?a=b\", response=\"e2e848204dd949bd79e5b020b123f67f\", "
		"algorithm=MD5, qop=auth, nc=00000001, cnonce=\"abababababababababababababababab\", "
		"opaque=\"o=\"");
	check_contains(authorize(a, "DESCRIBE", "rtsp://192.0.2.1/x?a=b"),
		"response=\"9f9cd5e607d37a21aac8e4bd6b3bffb4\", algorithm=MD5, qop=auth, nc=00000002");
	auth_destroy(a);

	/* a Hikvision-OEM, go2rtc PR#2344 */
	a = make(false, "u", NULL);
	check_int(challenge(a, "Digest realm=\"IP Camera(GH455)\", nonce=\"n\", algorithm=\"SHA-256\", stale=\"FALSE\"",
			false), AUTH_RETRY);
	check_contains(authorize(a, "OPTIONS", "*"), ", algorithm=\"SHA-256\"");
	auth_destroy(a);

	a = make(false, "u", NULL);
	check_int(challenge(a, "Digest realm=\"r\", nonce=\"n\", qop=\"\"", false), AUTH_RETRY);
	check_str(authorize(a, "OPTIONS", "*"), "Digest username=\"u\", realm=\"r\", nonce=\"n\", "
		"uri=\"*\", response=\"6626aae1388f74f288eb4462afc20bff\"");
	check_int(challenge(a, "Digest realm=\"r\", nonce=\"n\", algorithm=md5-sess, stale=true",
			true), AUTH_RETRY);
	check_str(authorize(a, "OPTIONS", "*"), "Digest username=\"u\", realm=\"r\", nonce=\"n\", "
		"uri=\"*\", response=\"da0872985bb29fd246a3d394266b64c0\", algorithm=MD5-sess, "
		"cnonce=\"abababababababababababababababab\"");
	auth_destroy(a);
	auth_destroy(NULL);
}

static void test_cnonce(void)
{
	struct auth *a = make(false, "u", "p");
	char first[4096];

	random_set_source(NULL);
	challenge(a, "Digest realm=r,nonce=n,qop=auth", false);
	snprintf(first, sizeof(first), "%s", strstr(authorize(a, "GET", "/"), "cnonce"));
	check(strcmp(first, strstr(authorize(a, "GET", "/"), "cnonce")));
	/* a session key hangs on the first one */
	challenge(a, "Digest realm=r,nonce=m,qop=auth,algorithm=MD5-sess", false);
	snprintf(first, sizeof(first), "%s", strstr(authorize(a, "GET", "/"), "cnonce"));
	check_str(strstr(authorize(a, "GET", "/"), "cnonce"), first);
	auth_destroy(a);
}

static void test_choice(void)
{
	static const struct {
		bool basic;
		const char *values[3];
		enum auth_verdict verdict;
		const char *header;	/* part of it, or of the reason */
	} c[] = {
		{ false, { DIGEST("a") ",algorithm=MD5", DIGEST("b") ",algorithm=SHA-256" }, AUTH_RETRY, "\"b\"" },
		{ false, { DIGEST("b") ",algorithm=SHA-256", DIGEST("a") ",algorithm=MD5" }, AUTH_RETRY, "\"b\"" },
		{ false, { DIGEST("a") ",algorithm=SHA-512-256", DIGEST("b") ",algorithm=SHA-256" }, AUTH_RETRY, "\"b\"" },
		{ false, { DIGEST("a") "," DIGEST("b") }, AUTH_RETRY, "\"a\"" },
		{ true, { "Basic realm=x," DIGEST("a") }, AUTH_RETRY, "\"a\"" },
		{ true, { "Basic realm=x", DIGEST("a") }, AUTH_RETRY, "\"a\"" },
		{ true, { "Basic realm=x" }, AUTH_RETRY, "Basic dTpw" },
		{ true, { "Basic" }, AUTH_RETRY, "Basic dTpw" },
		{ false, { "Basic realm=x" }, AUTH_UNSUPPORTED, "only Basic is offered" },
		{ false, { DIGEST("a") ",algorithm=MD9", DIGEST("b") }, AUTH_RETRY, "\"b\"" },
		{ false, { DIGEST("a") ",qop=auth-int" }, AUTH_UNSUPPORTED, "quality of protection" },
		{ false, { DIGEST("a") ",qop=\"auth-int, AUTH\"" }, AUTH_RETRY, "qop=auth," },
		{ false, { DIGEST("a") ",algorithm=MD9" }, AUTH_UNSUPPORTED, "algorithm" },
		/* never Basic where Digest is, even one that we lack */
		{ true, { "Basic realm=x", DIGEST("a") ",algorithm=MD9" }, AUTH_UNSUPPORTED, "algorithm" },
		{ true, { "Basic realm=x", "Digest realm=\"" }, AUTH_UNSUPPORTED, "malformed" },
		{ false, { "Bearer x", "Negotiate" }, AUTH_UNSUPPORTED, "neither" },
		{ false, { "" }, AUTH_UNSUPPORTED, "malformed" },
		{ false, { NULL }, AUTH_UNSUPPORTED, "no challenge" },
	};
	struct str values[3];
	uint32_t n;
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(c); i++) {
		struct auth *a = make(c[i].basic, "u", "p");

		for (n = 0; n < 3 && c[i].values[n]; n++)
			values[n] = str_from(c[i].values[n]);
		check_int(auth_challenge(a, values, n, false), c[i].verdict);
		if (c[i].verdict == AUTH_RETRY) {
			check_contains(authorize(a, "GET", "/"), c[i].header);
		} else {
			check_contains(auth_reason(a), c[i].header);
			check_int(silent(a), 0);
		}
		auth_destroy(a);
	}
}

static void test_limits(void)
{
	struct auth *a = make(false, "u", "p");
	char *text = malloc(LIMIT_LINE_LEN + 2);
	struct str values[LIMIT_CHALLENGES + 1];
	struct buf b;
	size_t i;

	/* one more than the limit is not looked at */
	for (i = 0; i < LIMIT_CHALLENGES; i++)
		values[i] = STR_LIT("Bearer");
	values[i] = STR_LIT(DIGEST("n"));
	check_int(auth_challenge(a, values, LIMIT_CHALLENGES + 1, false), AUTH_UNSUPPORTED);
	check_int(auth_challenge(a, values + 1, LIMIT_CHALLENGES, false), AUTH_RETRY);

	memset(text, ' ', LIMIT_LINE_LEN + 1);
	memcpy(text, DIGEST("n"), strlen(DIGEST("n")));
	values[0] = str_make(text, LIMIT_LINE_LEN);
	check_int(auth_challenge(a, values, 1, false), AUTH_RETRY);
	values[0].len++;
	check_int(auth_challenge(a, values, 1, false), AUTH_UNSUPPORTED);
	free(text);

	buf_init(&b, 20);
	check_int(auth_authorize(a, "GET", STR_LIT("/"), &b), -E2BIG);
	buf_clear(&b);
	buf_init(&b, 4096);
	check_int(auth_authorize(a, "GET", STR_LIT("/\"x"), &b), -EINVAL);
	check_int(auth_authorize(a, "GET", STR_LIT("/\r\nx"), &b), -EINVAL);
	check_int(auth_set_credentials(a, "u\r\nX: y", NULL), -EINVAL);
	check_int(auth_authorize(a, "GET", STR_LIT("/"), &b), 1);
	buf_clear(&b);
	auth_destroy(a);
}

static void test_basic(void)
{
	struct auth *a = make(true, "u:v", "p");

	check_int(challenge(a, "Basic realm=x", false), AUTH_UNSUPPORTED);
	check_contains(auth_reason(a), "colon");
	check_int(auth_set_credentials(a, "u", NULL), 0);
	check_int(challenge(a, "Basic realm=x", false), AUTH_RETRY);
	check_str(authorize(a, "GET", "/"), "Basic dTo=");
	check_str(authorize(a, "GET", "/"), "Basic dTo=");
	check(!auth_saw_digest(a));
	/* even though it worked before, there is nothing new to say */
	check_int(challenge(a, "Basic realm=x", true), AUTH_REFUSED);
	check_int(silent(a), 0);

	/* a downgrade, also with new credentials */
	check_int(auth_set_credentials(a, "u", NULL), 0);
	check_int(challenge(a, DIGEST("n"), false), AUTH_RETRY);
	check(auth_saw_digest(a));
	check_int(auth_set_credentials(a, "u", NULL), 0);
	check_int(challenge(a, "Basic realm=x", false), AUTH_UNSUPPORTED);
	check_contains(auth_reason(a), "Digest was before");
	check(auth_saw_digest(a));
	auth_destroy(a);
}

static void test_refused(void)
{
	struct auth *a = make(false, "u", "p");

	check_int(challenge(a, DIGEST("1"), false), AUTH_RETRY);
	authorize(a, "GET", "/");
	/* also with a fresh nonce: the first answer was wrong */
	check_int(challenge(a, DIGEST("2"), true), AUTH_REFUSED);
	check_int(silent(a), 0);
	check_int(challenge(a, DIGEST("3"), false), AUTH_REFUSED);
	check_int(challenge(a, DIGEST("3") ",stale=true", true), AUTH_REFUSED);
	check_int(auth_set_credentials(a, "u", NULL), 0);
	/* the answer to a request with the former credentials says nothing about these */
	check_int(challenge(a, DIGEST("4"), true), AUTH_RETRY);
	authorize(a, "GET", "/");
	check_int(challenge(a, DIGEST("5"), true), AUTH_REFUSED);
	auth_destroy(a);

	a = auth_new(false);
	check_int(challenge(a, DIGEST("1"), false), AUTH_NEED_CREDENTIALS);
	check_int(challenge(a, DIGEST("1"), true), AUTH_NEED_CREDENTIALS);
	check_int(silent(a), 0);
	check_int(auth_set_credentials(a, "u", NULL), 0);
	check_int(silent(a), 0);
	check_int(challenge(a, DIGEST("1"), false), AUTH_RETRY);
	check_int(auth_set_credentials(a, NULL, NULL), 0);
	check_int(silent(a), 0);
	auth_destroy(a);
}

static void test_stale(void)
{
	struct auth *a = make(false, "u", "p");

	check_int(challenge(a, DIGEST("1") ",qop=auth", false), AUTH_RETRY);
	check_contains(authorize(a, "GET", "/"), "nonce=\"1\"");
	check_int(challenge(a, DIGEST("2") ",qop=auth,stale=\"TRUE\"", true), AUTH_RETRY);
	check_contains(authorize(a, "GET", "/"), "nc=00000001");
	/* the same nonce again: goes on counting */
	check_int(challenge(a, DIGEST("2") ",qop=auth,stale=true", true), AUTH_RETRY);
	check_contains(authorize(a, "GET", "/"), "nc=00000002");
	check_int(challenge(a, DIGEST("3") ",qop=auth,stale=true", true), AUTH_REFUSED);

	/* a success in between begins a new count */
	check_int(auth_set_credentials(a, "u", NULL), 0);
	for (int i = 0; i < 20; i++) {
		check_int(challenge(a, DIGEST("1") ",stale=true", i > 0), AUTH_RETRY);
		authorize(a, "GET", "/");
		authorize(a, "GET", "/");
	}
	auth_destroy(a);
}

/* GStreamer's server, Dahua: a nonce of its own in every 401, never stale=true */
static void test_fresh_nonces(void)
{
	struct auth *a = make(false, "u", "p");

	check_int(challenge(a, DIGEST("1"), false), AUTH_RETRY);
	authorize(a, "DESCRIBE", "/");
	authorize(a, "SETUP", "/");	/* so DESCRIBE worked */
	check_int(challenge(a, DIGEST("2"), true), AUTH_RETRY);
	check_contains(authorize(a, "SETUP", "/"), "nonce=\"2\"");
	check_int(challenge(a, DIGEST("3"), true), AUTH_REFUSED);

	/* two requests were under way with the old nonce */
	check_int(auth_set_credentials(a, "u", NULL), 0);
	check_int(challenge(a, DIGEST("1"), false), AUTH_RETRY);
	authorize(a, "DESCRIBE", "/");
	authorize(a, "SETUP", "/");
	authorize(a, "GET_PARAMETER", "/");
	check_int(challenge(a, DIGEST("2"), true), AUTH_RETRY);
	check_int(challenge(a, DIGEST("3"), true), AUTH_RETRY);
	check_contains(authorize(a, "SETUP", "/"), "nonce=\"3\"");
	check_int(challenge(a, DIGEST("4"), true), AUTH_REFUSED);

	/* a 401 to a request without our answer, with a nonce that we know */
	check_int(auth_set_credentials(a, "u", NULL), 0);
	check_int(challenge(a, DIGEST("1") ",qop=auth", false), AUTH_RETRY);
	check_contains(authorize(a, "GET", "/"), "nc=00000001");
	check_int(challenge(a, DIGEST("1") ",qop=auth", false), AUTH_RETRY);
	check_contains(authorize(a, "GET", "/"), "nc=00000002");
	/* from Digest to Basic in mid-session */
	check_int(challenge(a, "Basic realm=x", true), AUTH_REFUSED);
	auth_destroy(a);
}

/* Hikvision: "The url does not match the nonce url" */
static void test_nonce_per_uri(void)
{
	struct auth *a = make(false, "u", "p");

	check_int(challenge(a, DIGEST("1"), false), AUTH_RETRY);
	check_contains(authorize(a, "DESCRIBE", "/"), "nonce=\"1\"");
	check_contains(authorize(a, "SETUP", "/track"), "nonce=\"1\"");
	check(!auth_has_nonce_per_uri(a));
	check_int(challenge(a, DIGEST("2"), true), AUTH_RETRY);
	check(auth_has_nonce_per_uri(a));
	check_contains(authorize(a, "SETUP", "/track"), "nonce=\"2\"");
	/* from now on no request carries the nonce of another URI */
	check_int(silent(a), 0);
	check_int(challenge(a, DIGEST("3"), false), AUTH_RETRY);
	check_contains(authorize(a, "PLAY", "/"), "nonce=\"3\"");
	check_contains(authorize(a, "TEARDOWN", "/"), "nonce=\"3\"");
	/* which excuses no wrong password */
	check_int(challenge(a, DIGEST("4"), true), AUTH_RETRY);
	authorize(a, "TEARDOWN", "/");
	check_int(challenge(a, DIGEST("5"), true), AUTH_REFUSED);
	auth_destroy(a);

	/* as learned with another connection */
	a = make(false, "u", "p");
	auth_set_nonce_per_uri(a);
	check_int(challenge(a, DIGEST("1"), false), AUTH_RETRY);
	authorize(a, "DESCRIBE", "/stream");
	check_int(silent(a), 0);
	auth_destroy(a);

	/* one that gets old is not bound to anything */
	a = make(false, "u", "p");
	check_int(challenge(a, DIGEST("1"), false), AUTH_RETRY);
	authorize(a, "DESCRIBE", "/");
	authorize(a, "SETUP", "/track");
	check_int(challenge(a, DIGEST("2") ",stale=true", true), AUTH_RETRY);
	check(!auth_has_nonce_per_uri(a));
	auth_destroy(a);
}

static void test_username_token(void)
{
	struct secret password = { 0 };
	struct buf b;

	random_set_source(fill);
	check_int(secret_set(&password, "pw"), 0);
	buf_init(&b, 4096);
	check_int(auth_username_token(&b, "a<b", &password, UINT64_C(1767323045678999999)), 0);
	check_contains(b.data, "<wsse:Username>a&lt;b</wsse:Username>");
	check_contains(b.data, "#PasswordDigest\">gUG0+Gu/SlSTsMvb75WKfHIeTHE=</wsse:Password>");
	check_contains(b.data, "#Base64Binary\">q6urq6urq6urq6urq6urqw==</wsse:Nonce>");
	check_contains(b.data, "<wsu:Created>2026-01-02T03:04:05.678Z</wsu:Created>");
	buf_clear(&b);
	check_int(auth_username_token(&b, "u", NULL, 0), 0);
	check_contains(b.data, "<wsu:Created>1970-01-01T00:00:00.000Z</wsu:Created>");
	buf_clear(&b);
	buf_init(&b, 100);
	check_int(auth_username_token(&b, "u", &password, 0), -E2BIG);
	buf_clear(&b);
	secret_clear(&password);
}

static void test_keyed_hash(void)
{
	const struct str parts[] = { STR_LIT("id"), STR_LIT(""), STR_LIT("user") };
	const struct str moved[] = { STR_LIT("i"), STR_LIT("d"), STR_LIT("user") };
	char hex[65], other[65];
	uint8_t key[32];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	check_int(auth_keyed_hash(key, sizeof(key), parts, 3, hex), 0);
	check_str(hex, "4bbe7d7d02340fd8fa732103d17464ab53dc97054960b925d2f80304e4248db8");
	check_int(auth_keyed_hash(key, sizeof(key), moved, 3, other), 0);
	check(strcmp(hex, other));
	check_int(auth_keyed_hash(key, sizeof(key), NULL, 0, other), 0);
}

/* a system in FIPS mode, here even one without a FIPS provider: nothing is to be had */
static void test_fips(void)
{
	struct auth *a = make(false, "u", "p"), *b = make(false, "u", "p");
	enum auth_verdict verdict;
	char hex[65];
	struct buf dst;
	int res[3];

	buf_init(&dst, 4096);
	check_int(challenge(b, DIGEST("1"), false), AUTH_RETRY);
	check_int(EVP_default_properties_enable_fips(NULL, 1), 1);
	verdict = challenge(a, DIGEST("1"), false);
	res[0] = auth_authorize(b, "GET", STR_LIT("/"), &dst);
	res[1] = auth_username_token(&dst, "u", NULL, 0);
	res[2] = auth_keyed_hash("k", 1, NULL, 0, hex);
	EVP_default_properties_enable_fips(NULL, 0);
	check_int(verdict, AUTH_UNSUPPORTED);
	check_contains(auth_reason(a), "algorithm");
	for (size_t i = 0; i < SPA_N_ELEMENTS(res); i++)
		check_int(res[i], -ENOTSUP);
	check_int(dst.len, 0);
	check_int(challenge(a, DIGEST("1"), false), AUTH_RETRY);
	buf_clear(&dst);
	auth_destroy(a);
	auth_destroy(b);
}

static const struct test tests[] = {
	{ "header", test_header },
	{ "cnonce", test_cnonce },
	{ "choice", test_choice },
	{ "limits", test_limits },
	{ "basic", test_basic },
	{ "refused", test_refused },
	{ "stale", test_stale },
	{ "fresh nonces", test_fresh_nonces },
	{ "a nonce for each URI", test_nonce_per_uri },
	{ "username token", test_username_token },
	{ "keyed hash", test_keyed_hash },
	{ "fips", test_fips },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
