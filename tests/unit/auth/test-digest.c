/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/auth/challenge.h"
#include "module/auth/digest.h"
#include "tests/lib/test.h"

#define RFC7616_NONCE	"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
#define RFC7616_CNONCE	"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"

struct vector {
	const char *algorithm;
	bool qop;
	const char *user, *realm, *password, *nonce, *cnonce, *uri, *response;
};

static const struct vector vectors[] = {
	/* RFC 2617 3.5 */
	{ "", true, "Mufasa", "testrealm@host.com", "Circle Of Life",
		"dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b", "/dir/index.html",
		"6629fae49393a05397450978507c4ef1" },
	/* RFC 2069 2.4 with its erratum */
	{ "MD5", false, "Mufasa", "testrealm@host.com", "CircleOfLife",
		"dcd98b7102dd2f0e8b11d0f600bfb0c093", "", "/dir/index.html",
		"1949323746fe6a43ef61f9606e7febea" },
	/* RFC 7616 3.9.1 */
	{ "md5", true, "Mufasa", "http-auth@example.org", "Circle of Life",
		RFC7616_NONCE, RFC7616_CNONCE, "/dir/index.html",
		"8ca523f5e9506fed4657c9700eebdbec" },
	{ "SHA-256", true, "Mufasa", "http-auth@example.org", "Circle of Life",
		RFC7616_NONCE, RFC7616_CNONCE, "/dir/index.html",
		"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1" },
	/* the rest by an independent implementation (Python's hashlib) */
	{ "SHA-512-256", true, "J\xc3\xa4s\xc3\xb8n Doe", "api@example.org", "Secret, or not?",
		"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
		"NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm", "/doe.json",
		"7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c" },
	{ "MD5-sess", true, "Mufasa", "http-auth@example.org", "Circle of Life",
		RFC7616_NONCE, RFC7616_CNONCE, "/dir/index.html",
		"e783283f46242139c486a698fec7211d" },
	{ "sha-256-SESS", true, "Mufasa", "http-auth@example.org", "Circle of Life",
		RFC7616_NONCE, RFC7616_CNONCE, "/dir/index.html",
		"2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7" },
	{ "SHA-512-256-sess", true, "Mufasa", "http-auth@example.org", "Circle of Life",
		RFC7616_NONCE, RFC7616_CNONCE, "/dir/index.html",
		"3f2a34f923c38b0fb26dce2fdfc2ce326c23cecf86fbb1444f3e51fbbc2cb92e" },
};

static void test_vectors(void)
{
	char hex[DIGEST_HEX_LEN];
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct secret password = { 0 };
		struct digest_request r = {
			.qop_auth = v->qop, .nc = 1, .user = str_from(v->user),
			.realm = str_from(v->realm), .nonce = str_from(v->nonce),
			.cnonce = str_from(v->cnonce), .method = STR_LIT("GET"),
			.uri = str_from(v->uri), .password = &password,
		};

		check_int(secret_set(&password, v->password), 0);
		check_int(digest_find(str_from(v->algorithm), &r.algorithm, &r.sess), 0);
		check_int(digest_response(&r, hex), 0);
		check_str(hex, v->response);
		secret_clear(&password);
	}
}

static void test_algorithms(void)
{
	enum digest_algorithm a = DIGEST_SHA256;
	bool sess = true;

	check_int(digest_find(STR_LIT("SHA-1"), &a, &sess), -ENOTSUP);
	check_int(digest_find(STR_LIT("MD5-"), &a, &sess), -ENOTSUP);
	check_int(a, DIGEST_SHA256);
	check(sess);
	check_int(digest_find(STR_LIT(" MD5 "), &a, &sess), 0);
	check_int(a, DIGEST_MD5);
	check(!sess);
	check_str(digest_name(DIGEST_SHA512_256, false), "SHA-512-256");
	check_str(digest_name(DIGEST_SHA256, true), "SHA-256-sess");
}

struct expected {
	enum challenge_scheme scheme;
	bool malformed, stale;
	const char *realm, *nonce, *opaque, *algorithm, *qop;
};

static const struct {
	const char *value;
	struct expected e[3];
	int n;
} cases[] = {
	{ "", { { 0 } }, 0 },
	{ " , ,", { { 0 } }, 0 },
	{ "Digest realm=\"r\", nonce=\"n\"",
		{ { CHALLENGE_DIGEST, false, false, "r", "n", NULL, NULL, NULL } }, 1 },
	{ "digest REALM = \"a \\\"b\\\\\" ,nonce=n/+=, stale=TRUE,opaque=\"\",algorithm=\"MD5\",x=y,qop=\"auth, auth-int\"",
		{ { CHALLENGE_DIGEST, false, true, "a \\\"b\\\\", "n/+=", "", "MD5", "auth, auth-int" } }, 1 },
	{ "Digest realm=r,nonce=n,stale=\"FALSE\"",
		{ { CHALLENGE_DIGEST, false, false, "r", "n", NULL, NULL, NULL } }, 1 },
	{ "Digest realm=r,nonce=n,stale=\"True\"",
		{ { CHALLENGE_DIGEST, false, true, "r", "n", NULL, NULL, NULL } }, 1 },
	/* no commas, no quotes, a list without quotes */
	{ "Digest realm=\"r\" nonce=\"n\" qop=auth,auth-int,opaque=o",
		{ { CHALLENGE_DIGEST, false, false, "r", "n", "o", NULL, "auth" } }, 1 },
	{ "Basic realm=\"a, Digest realm=b\", Digest realm=\"r\", nonce=\"n\", Negotiate",
		{ { CHALLENGE_BASIC, false, false, "a, Digest realm=b", NULL, NULL, NULL, NULL },
		  { CHALLENGE_DIGEST, false, false, "r", "n", NULL, NULL, NULL },
		  { CHALLENGE_OTHER, false, false, NULL, NULL, NULL, NULL, NULL } }, 3 },
	{ "Negotiate YII/abc==, Basic, Bearer realm=\"x\"",
		{ { CHALLENGE_OTHER, false, false, NULL, NULL, NULL, NULL, NULL },
		  { CHALLENGE_BASIC, false, false, NULL, NULL, NULL, NULL, NULL },
		  { CHALLENGE_OTHER, false, false, "x", NULL, NULL, NULL, NULL } }, 3 },
	/* of a parameter that comes twice the first holds */
	{ "Digest realm=r,nonce=n,nonce=m",
		{ { CHALLENGE_DIGEST, false, false, "r", "n", NULL, NULL, NULL } }, 1 },
	{ "Digest realm=\"r\", nonce=\"n", { { CHALLENGE_DIGEST, true, false, "r", NULL, NULL, NULL, NULL } }, 1 },
	{ "Digest realm=\"r\\", { { CHALLENGE_DIGEST, true, false, NULL, NULL, NULL, NULL, NULL } }, 1 },
	{ "Digest nonce=n", { { CHALLENGE_DIGEST, true, false, NULL, "n", NULL, NULL, NULL } }, 1 },
	{ "Digest realm=r", { { CHALLENGE_DIGEST, true, false, "r", NULL, NULL, NULL, NULL } }, 1 },
	{ "Digest realm=r,nonce=\"a\rb\"", { { CHALLENGE_DIGEST, true, false, "r", NULL, NULL, NULL, NULL } }, 1 },
	{ "Digest realm=r,nonce=n,=x", { { CHALLENGE_DIGEST, true, false, "r", "n", NULL, NULL, NULL } }, 1 },
	{ "\"x\"", { { CHALLENGE_OTHER, true, false, NULL, NULL, NULL, NULL, NULL } }, 1 },
};

static void check_param(struct str s, const char *wanted)
{
	if (wanted == NULL)
		check(s.p == NULL);
	else
		check_slice(s, wanted);
}

static void test_challenges(void)
{
	struct challenge c;
	size_t i;
	int n;

	for (i = 0; i < SPA_N_ELEMENTS(cases); i++) {
		struct str cur = str_from(cases[i].value);

		for (n = 0; n < cases[i].n; n++) {
			const struct expected *e = &cases[i].e[n];

			check_int(challenge_next(&cur, &c), 0);
			check_int(c.scheme, e->scheme);
			check_int(c.malformed, e->malformed);
			check_int(c.stale, e->stale);
			check_param(c.realm, e->realm);
			check_param(c.nonce, e->nonce);
			check_param(c.opaque, e->opaque);
			check_param(c.algorithm, e->algorithm);
			check_param(c.qop, e->qop);
		}
		check_int(challenge_next(&cur, &c), -ENOENT);
	}
}

/* every prefix of every value ends */
static void test_truncated(void)
{
	struct challenge c;
	size_t i, n;

	for (i = 0; i < SPA_N_ELEMENTS(cases); i++) {
		for (n = 0; n < strlen(cases[i].value); n++) {
			char *copy = strndup(cases[i].value, n);
			struct str cur = str_make(copy, n);
			int turns = 0;

			while (challenge_next(&cur, &c) == 0)
				check(++turns < 10);
			free(copy);
		}
	}
}

static const struct test tests[] = {
	{ "digest vectors", test_vectors },
	{ "digest algorithms", test_algorithms },
	{ "challenges", test_challenges },
	{ "truncated challenges", test_truncated },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
