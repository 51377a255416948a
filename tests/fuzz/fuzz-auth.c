/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <string.h>

#include <spa/utils/defs.h>

#include "module/auth/auth.h"
#include "module/auth/challenge.h"
#include "module/auth/digest.h"
#include "module/util/random.h"
#include "tests/fuzz/fuzz.h"

/*
 * A conversation with a camera that answers 401. The first line sets the scene: 'b' Basic
 * is allowed, 'n' there are no credentials, 'e' the password is empty, 'q' the user needs
 * quoting, ':' has a colon. Each further line is the value of one WWW-Authenticate header,
 * an empty line ends the 401; lines of one of these alone stand between them:
 *	=	the request was accepted, and there is another
 *	!	the next 401 is to a request without Authorization
 *	+	the credentials are set anew
 *	/	the requests from here on are for the other of two URIs
 */
#define PASSWORD	"pa55-canary"
#define URI		"rtsp://192.0.2.1/a?b=c"
#define OTHER_URI	"rtsp://192.0.2.1/track"
/* one with a nonce that had been accepted, then those that stale=true allows */
#define MAX_ATTEMPTS	4u

struct scene {
	struct auth *auth;
	const char *user;
	struct secret password;
	bool allow_basic, saw_digest;
	bool refused;
	struct str uri;
	bool waits;		/* a request with Authorization has no answer yet */
	uint32_t attempts;	/* with these credentials, since they were accepted last */
	bool hides_password;	/* the input does not hold it, nor can the header */
	char nonce[512];	/* of the last Authorization, and its nc */
	uint64_t nc;
};

static void fill(void *dst, size_t len)
{
	static uint8_t n;

	memset(dst, n++, len);
}

/* one parameter of our own header: name=token or name="quoted" */
static struct str take_param(struct str *cur, const char *name)
{
	struct str value;
	size_t n = 0;

	fuzz_assert(str_has_prefix(*cur, str_from(name)));
	fuzz_take(cur, strlen(name));
	fuzz_assert(str_char(cur, '=') == 0);
	if (str_char(cur, '"') < 0) {
		while (n < cur->len && cur->p[n] != ',')
			n++;
		value = fuzz_take(cur, n);
		fuzz_assert(value.len > 0 && str_find(value, '"') < 0);
	} else {
		while (n < cur->len && cur->p[n] != '"')
			n += cur->p[n] == '\\' ? 2 : 1;
		fuzz_assert(n < cur->len);
		value = fuzz_take(cur, n);
		fuzz_take(cur, 1);
	}
	if (cur->len > 0) {
		fuzz_assert(str_has_prefix(*cur, STR_LIT(", ")));
		fuzz_take(cur, 2);
	}
	return value;
}

static struct str take_optional(struct str *cur, const char *name)
{
	return str_has_prefix(*cur, str_from(name)) ? take_param(cur, name) : str_make(NULL, 0);
}

static struct str unescape(struct str s, char *dst, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		fuzz_assert(i < s.len && len < size);
		dst[len++] = s.p[i];
	}
	return str_make(dst, len);
}

/* the server's side: does it come to the same result with what the header says? */
static void check_digest(struct scene *s, struct str cur)
{
	static char realm[LIMIT_LINE_LEN], user[64];
	struct digest_request r = { .password = &s->password, .method = STR_LIT("PLAY") };
	struct str response, algorithm, qop, nc = { 0 };
	char hex[DIGEST_HEX_LEN];
	uint64_t count = 0;

	r.user = unescape(take_param(&cur, "username"), user, sizeof(user));
	r.realm = unescape(take_param(&cur, "realm"), realm, sizeof(realm));
	r.nonce = take_param(&cur, "nonce");
	r.uri = take_param(&cur, "uri");
	response = take_param(&cur, "response");
	algorithm = take_optional(&cur, "algorithm");
	if ((qop = take_optional(&cur, "qop")).p != NULL)
		nc = take_param(&cur, "nc");
	r.cnonce = take_optional(&cur, "cnonce");
	take_optional(&cur, "opaque");
	fuzz_assert(cur.len == 0);

	fuzz_assert(str_eq(r.user, str_from(s->user)) && str_eq(r.uri, s->uri));
	fuzz_assert(digest_find(algorithm, &r.algorithm, &r.sess) == 0);
	r.qop_auth = qop.p != NULL;
	fuzz_assert(!r.qop_auth || (str_eq(qop, STR_LIT("auth")) && nc.len == 8 && r.cnonce.len == 32));
	fuzz_assert(!r.sess || r.cnonce.len == 32);
	if (r.qop_auth)
		fuzz_assert(str_hex(&nc, UINT32_MAX, &count) == 0 && count > 0);
	r.nc = (uint32_t)count;
	fuzz_assert(digest_response(&r, hex) == 0 && str_eq(response, str_from(hex)));

	/* RFC 7616 3.4: never twice the same */
	if (r.qop_auth && str_eq(r.nonce, str_from(s->nonce)))
		fuzz_assert(count > s->nc);
	s->nc = count;
	if (str_copy(r.nonce, s->nonce, sizeof(s->nonce)) < 0) {
		s->nonce[0] = '\0';
		s->nc = 0;
	}
}

static void check_basic(struct scene *s, struct str cur)
{
	struct buf wanted;

	fuzz_assert(s->allow_basic && !s->saw_digest && strchr(s->user, ':') == NULL);
	buf_init(&wanted, 256);
	buf_add_base64(&wanted, s->user, strlen(s->user));
	/* at least the user, whose length is a multiple of three, is what it should be */
	fuzz_assert(str_has_prefix(cur, buf_str(&wanted)));
	buf_clear(&wanted);
}

static void request(struct scene *s)
{
	struct buf out;
	struct str text;
	int res;

	buf_init(&out, 64 * 1024);
	res = auth_authorize(s->auth, "PLAY", s->uri, &out);
	fuzz_assert(res >= 0);
	fuzz_assert((res == 1) == (out.len > 0));
	fuzz_assert(res == 0 || (s->user != NULL && !s->refused));
	text = buf_str(&out);
	fuzz_assert(fuzz_is_line(text));
	if (s->hides_password)
		fuzz_assert(str_search(text, STR_LIT(PASSWORD)) < 0);
	/* nothing in between: the one before was accepted, this one may yet be refused */
	if (s->waits)
		s->attempts = 0;
	s->waits = res == 1;
	s->attempts += res == 1;
	fuzz_assert(s->attempts <= MAX_ATTEMPTS);
	if (str_has_prefix(text, STR_LIT("Digest ")))
		check_digest(s, str_make(text.p + 7, text.len - 7));
	else if (res == 1 && fuzz_until(&text, ' ').len == 5)
		check_basic(s, text);
	buf_clear(&out);
}

static void set_credentials(struct scene *s)
{
	fuzz_assert(auth_set_credentials(s->auth, s->user, &s->password) == 0);
	s->refused = s->waits = false;
	s->attempts = 0;
	s->nonce[0] = '\0';
	s->nc = 0;
}

static bool has_digest(const struct str *values, uint32_t n_values)
{
	struct challenge c;
	uint32_t n = 0;
	bool found = false;

	for (uint32_t i = 0; i < n_values; i++) {
		struct str cur = values[i];
		size_t len = cur.len + 1;

		while (challenge_next(&cur, &c) == 0) {
			/* each takes something */
			fuzz_assert(cur.len < len);
			len = cur.len;
			found |= n++ < LIMIT_CHALLENGES && c.scheme == CHALLENGE_DIGEST &&
				values[i].len <= LIMIT_LINE_LEN;
		}
	}
	return found;
}

static void hear(struct scene *s, const struct str *values, uint32_t n, bool sent)
{
	enum auth_verdict v = auth_challenge(s->auth, values, n, sent);

	s->saw_digest |= has_digest(values, n);
	fuzz_assert(auth_saw_digest(s->auth) == s->saw_digest);
	fuzz_assert(auth_reason(s->auth)[0] != '\0');
	fuzz_assert(!s->refused || v == AUTH_REFUSED);
	fuzz_assert(v != AUTH_RETRY || s->user != NULL);
	fuzz_assert(v != AUTH_REFUSED || (s->user != NULL && (s->refused || sent)));
	fuzz_assert(v != AUTH_NEED_CREDENTIALS || s->user == NULL);
	s->refused = v == AUTH_REFUSED;
	s->waits = false;
	/* the bound is on answers that were refused */
	if (!sent)
		s->attempts = 0;
	request(s);
}

static void begin(struct scene *s, struct str how, struct str input)
{
	static char password[] = PASSWORD, empty[] = "";

	s->allow_basic = str_find(how, 'b') >= 0;
	s->user = str_find(how, 'n') >= 0 ? NULL : str_find(how, 'q') >= 0 ? "q\"u\\er" :
		str_find(how, ':') >= 0 ? "us:er0" : "user12";
	s->password.value = str_find(how, 'e') >= 0 ? empty : password;
	s->uri = STR_LIT(URI);
	s->hides_password = fuzz_lacks(input, PASSWORD);
	fuzz_assert((s->auth = auth_new(s->allow_basic)) != NULL);
	set_credentials(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_make((const char *)data, size), line;
	struct str values[LIMIT_CHALLENGES + 2];
	struct scene s = { 0 };
	bool without = false;
	uint32_t n = 0;

	random_set_source(fill);
	begin(&s, fuzz_until(&in, '\n'), in);
	request(&s);
	while (in.len > 0) {
		line = fuzz_until(&in, '\n');
		if (str_eq(line, STR_LIT("!"))) {
			without = true;
		} else if (str_eq(line, STR_LIT("+"))) {
			set_credentials(&s);
		} else if (str_eq(line, STR_LIT("/"))) {
			s.uri = str_eq(s.uri, STR_LIT(URI)) ? STR_LIT(OTHER_URI) : STR_LIT(URI);
		} else if (str_eq(line, STR_LIT("="))) {
			request(&s);
		} else if (line.len > 0 && n < SPA_N_ELEMENTS(values)) {
			values[n++] = line;
		}
		if (line.len > 0 && in.len > 0)
			continue;
		hear(&s, values, n, s.waits && !without);
		without = false;
		n = 0;
	}
	auth_destroy(s.auth);
	random_set_source(NULL);
	return 0;
}
