/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "auth.h"
#include "challenge.h"
#include "digest.h"
#include "module/util/limits.h"
#include "module/util/random.h"

#define CNONCE_LEN		16u

enum scheme { SCHEME_NONE, SCHEME_BASIC, SCHEME_DIGEST };

struct auth {
	bool allow_basic;
	bool saw_digest;
	const char *reason;

	bool have_credentials;
	bool refused;
	char *user;
	struct secret password;

	/* the challenge that we answer */
	enum scheme scheme;
	char *realm, *nonce, *opaque;	/* with their escapes, as they are sent back */
	bool algorithm_given, algorithm_quoted, sess, qop_auth;
	enum digest_algorithm algorithm;
	uint32_t nc;
	char cnonce[2 * CNONCE_LEN + 1];
	/* Nobody tells us of success: a second use without a challenge in between
	 * says that the first one was accepted. */
	bool used, accepted;
	uint32_t stale_rounds;
	/* A nonce that was accepted for one URI and refused for another is bound to the first
	 * ("The url does not match the nonce url", Hikvision): then each has its own. */
	bool nonce_per_uri;
	char *nonce_uri;		/* for which the nonce was given */
	bool strayed;			/* it was last used for another */
};

struct offer {
	struct challenge best;
	enum digest_algorithm algorithm;
	bool sess;
	enum scheme scheme;
};

static const char no_memory[] = "out of memory";

struct auth *auth_new(bool allow_basic)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->allow_basic = allow_basic;
	a->reason = "no challenge was received";
	return a;
}

static void clear_challenge(struct auth *a)
{
	free(a->realm);
	free(a->nonce);
	free(a->opaque);
	free(a->nonce_uri);
	a->realm = a->nonce = a->opaque = a->nonce_uri = NULL;
	a->scheme = SCHEME_NONE;
	a->nc = 0;
	a->used = a->accepted = a->strayed = false;
}

void auth_destroy(struct auth *a)
{
	if (a == NULL)
		return;
	clear_challenge(a);
	free(a->user);
	secret_clear(&a->password);
	explicit_bzero(a, sizeof(*a));
	free(a);
}

int auth_set_credentials(struct auth *a, const char *user, const struct secret *password)
{
	const char *empty = "";
	struct secret copy = { 0 };
	char *name = NULL;
	const char *p;

	for (p = user; p != NULL && *p != '\0'; p++)
		if ((uint8_t)*p < ' ' || *p == 0x7f)
			return -EINVAL;
	if (user != NULL) {
		const char *value = password && password->value ? password->value : empty;

		if ((name = strdup(user)) == NULL || secret_set(&copy, value) < 0) {
			free(name);
			return -ENOMEM;
		}
	}
	free(a->user);
	secret_clear(&a->password);
	a->user = name;
	a->password = copy;
	a->have_credentials = name != NULL;
	a->refused = false;
	a->stale_rounds = 0;
	clear_challenge(a);
	return 0;
}

/* RFC 7616 3.3: some cameras send qop="", which is as good as none */
static bool usable_qop(struct str qop)
{
	return str_trim(qop).len == 0 || str_has_token(qop, ',', STR_LIT("auth"));
}

/* Looks at one challenge: is it better than what o holds? The first of equals
 * wins (of two a TP-Link offers only the first is valid).
 * \return a reason not to use it, or NULL */
static const char *consider(struct auth *a, const struct challenge *c, struct offer *o)
{
	enum digest_algorithm algorithm;
	bool sess;

	if (c->scheme == CHALLENGE_DIGEST)
		a->saw_digest = true;
	if (c->malformed)
		return "the challenge is malformed";
	if (c->scheme == CHALLENGE_OTHER)
		return "neither Digest nor Basic is offered";
	if (c->scheme == CHALLENGE_BASIC) {
		if (o->scheme == SCHEME_NONE) {
			o->scheme = SCHEME_BASIC;
			o->best = *c;
		}
		return NULL;
	}
	if (digest_find(c->algorithm, &algorithm, &sess) < 0)
		return "only Digest with an unknown algorithm is offered";
	if (!usable_qop(c->qop))
		return "only Digest with an unknown quality of protection is offered";
	if (o->scheme != SCHEME_DIGEST || algorithm > o->algorithm) {
		o->scheme = SCHEME_DIGEST;
		o->best = *c;
		o->algorithm = algorithm;
		o->sess = sess;
	}
	return NULL;
}

static void choose(struct auth *a, const struct str *values, uint32_t n_values, struct offer *o)
{
	const char *reason = n_values ? NULL : "no challenge was received", *r;
	uint32_t n = 0, i;
	struct challenge c;
	struct str cur;

	*o = (struct offer){ .scheme = SCHEME_NONE };
	for (i = 0; i < n_values; i++) {
		cur = values[i].len <= LIMIT_LINE_LEN ? values[i] : STR_LIT("");
		while (n < LIMIT_CHALLENGES && challenge_next(&cur, &c) == 0) {
			n++;
			if ((r = consider(a, &c, o)) != NULL &&
			    (reason == NULL || c.scheme == CHALLENGE_DIGEST))
				reason = r;
		}
	}
	a->reason = reason ? reason : "the challenge is malformed";
	if (o->scheme != SCHEME_BASIC)
		return;
	if (a->allow_basic && !a->saw_digest && (!a->user || !strchr(a->user, ':')))
		return;
	if (!a->allow_basic && !a->saw_digest)
		a->reason = "only Basic is offered, which would show the password to the network";
	else if (a->saw_digest && reason == NULL)
		a->reason = "Basic is offered where Digest was before";
	else if (!a->saw_digest)
		a->reason = "only Basic is offered, which allows no colon in a user name";
	o->scheme = SCHEME_NONE;
}

static int dup_param(struct str s, char **ret)
{
	if (s.p == NULL)
		return 0;
	return (*ret = str_dup(s)) ? 0 : -ENOMEM;
}

static int adopt(struct auth *a, const struct offer *o, bool answered)
{
	const struct challenge *c = &o->best;
	uint32_t nc = 0;

	/* A nonce that comes back must not begin to count again. */
	if (a->scheme == SCHEME_DIGEST && o->scheme == SCHEME_DIGEST &&
	    str_eq(str_from(a->nonce), c->nonce)) {
		if (!answered)
			return 0;
		nc = a->nc;
	}
	clear_challenge(a);
	if (o->scheme == SCHEME_DIGEST &&
	    (dup_param(c->realm, &a->realm) < 0 || dup_param(c->nonce, &a->nonce) < 0 ||
	     dup_param(c->opaque, &a->opaque) < 0)) {
		clear_challenge(a);
		return -ENOMEM;
	}
	a->scheme = o->scheme;
	a->algorithm = o->algorithm;
	a->algorithm_given = c->algorithm.len > 0;
	a->algorithm_quoted = c->algorithm_quoted;
	a->sess = o->sess;
	a->qop_auth = str_trim(c->qop).len > 0;
	a->nc = nc;
	a->cnonce[0] = '\0';
	return 0;
}

/* A 401 to a request that carried our answer. Final, but for:
 * - an answer that is not in force any more (several requests were under way)
 * - stale=true, RFC 7616 3.3
 * - a nonce that was accepted before: GStreamer's server and Dahua give a new one
 *   with every 401 and say nothing about stale */
static bool may_retry(struct auth *a, const struct offer *o)
{
	if (a->scheme == SCHEME_NONE || !a->used)
		return true;
	if (a->scheme != SCHEME_DIGEST || o->scheme != SCHEME_DIGEST)
		return false;
	if (o->best.stale)
		return ++a->stale_rounds < LIMIT_STALE_ROUNDS;
	a->nonce_per_uri |= a->accepted && a->strayed;
	return a->accepted;
}

enum auth_verdict auth_challenge(struct auth *a, const struct str *values, uint32_t n_values,
		bool sent_authorization)
{
	struct offer o;

	choose(a, values, n_values, &o);
	if (a->refused)
		return AUTH_REFUSED;
	if (a->have_credentials && sent_authorization && !may_retry(a, &o)) {
		a->refused = true;
		clear_challenge(a);
		return AUTH_REFUSED;
	}
	/* what was allowed until Digest was seen; nothing else may be on offer now */
	if (a->saw_digest && a->scheme == SCHEME_BASIC)
		clear_challenge(a);
	if (o.scheme == SCHEME_NONE)
		return AUTH_UNSUPPORTED;
	if (!a->have_credentials)
		return AUTH_NEED_CREDENTIALS;
	if (adopt(a, &o, sent_authorization) < 0) {
		a->reason = no_memory;
		return AUTH_UNSUPPORTED;
	}
	return AUTH_RETRY;
}

static void make_cnonce(struct auth *a)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[CNONCE_LEN];
	size_t i;

	/* RFC 7616 3.4.2: the session key of -sess hangs on the first one */
	if (a->sess && a->cnonce[0] != '\0')
		return;
	random_bytes(bytes, sizeof(bytes));
	for (i = 0; i < CNONCE_LEN; i++) {
		a->cnonce[2 * i] = digits[bytes[i] >> 4];
		a->cnonce[2 * i + 1] = digits[bytes[i] & 15];
	}
	a->cnonce[2 * CNONCE_LEN] = '\0';
}

/* RFC 7230 3.2.6 */
static void add_escaped(struct buf *dst, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_add_byte(dst, '\\');
		buf_add_byte(dst, (uint8_t)*s);
	}
}

static char *unescape(const char *s)
{
	char *copy = strdup(s), *p = copy;

	if (copy == NULL)
		return NULL;
	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		*p++ = *s;
	}
	*p = '\0';
	return copy;
}

static int write_digest(struct auth *a, const char *response, struct str uri, struct buf *dst)
{
	buf_add_str(dst, "Digest username=\"");
	add_escaped(dst, a->user);
	buf_printf(dst, "\", realm=\"%s\", nonce=\"%s\", uri=\"", a->realm, a->nonce);
	buf_add_slice(dst, uri);
	buf_printf(dst, "\", response=\"%s\"", response);
	/* as the challenge had it: RFC 2069 devices do not know these, and Hikvision-OEM (Prama, with
	 * SHA-256) writes it in quotes (go2rtc PR#2344) */
	if (a->algorithm_given)
		buf_printf(dst, a->algorithm_quoted ? ", algorithm=\"%s\"" : ", algorithm=%s",
				digest_name(a->algorithm, a->sess));
	if (a->qop_auth)
		buf_printf(dst, ", qop=auth, nc=%08x", a->nc);
	if (a->qop_auth || a->sess)
		buf_printf(dst, ", cnonce=\"%s\"", a->cnonce);
	if (a->opaque != NULL)
		buf_printf(dst, ", opaque=\"%s\"", a->opaque);
	return dst->error;
}

static int authorize_digest(struct auth *a, const char *method, struct str uri, struct buf *dst)
{
	char response[DIGEST_HEX_LEN];
	char *realm = unescape(a->realm);
	int res;

	if (realm == NULL)
		return -ENOMEM;
	make_cnonce(a);
	a->nc++;
	res = digest_response(&(struct digest_request){
		.algorithm = a->algorithm,
		.sess = a->sess,
		.qop_auth = a->qop_auth,
		.nc = a->nc,
		.user = str_from(a->user),
		.realm = str_from(realm),
		.nonce = str_from(a->nonce),
		.cnonce = str_from(a->cnonce),
		.method = str_from(method),
		.uri = uri,
		.password = &a->password,
	}, response);
	free(realm);
	return res < 0 ? res : write_digest(a, response, uri, dst);
}

/* RFC 7617 2 */
static int authorize_basic(struct auth *a, struct buf *dst)
{
	struct buf pair;
	int res;

	buf_init(&pair, 2 * LIMIT_CREDENTIAL_LEN + 1);
	buf_add_str(&pair, a->user);
	buf_add_byte(&pair, ':');
	if ((res = buf_add_str(&pair, a->password.value)) == 0) {
		buf_add_str(dst, "Basic ");
		res = buf_add_base64(dst, pair.data, pair.len);
	}
	buf_clear_secret(&pair);
	return res;
}

int auth_authorize(struct auth *a, const char *method, struct str uri, struct buf *dst)
{
	size_t i;
	int res;

	if (a->scheme == SCHEME_NONE || !a->have_credentials || a->refused)
		return 0;
	for (i = 0; i < uri.len; i++)
		if ((uint8_t)uri.p[i] <= ' ' || uri.p[i] == '"' || uri.p[i] == 0x7f)
			return -EINVAL;
	if (a->scheme == SCHEME_DIGEST) {
		if (a->nonce_uri == NULL && (a->nonce_uri = str_dup(uri)) == NULL)
			return -ENOMEM;
		a->strayed = !str_eq(uri, str_from(a->nonce_uri));
		if (a->strayed && a->nonce_per_uri)
			return 0;
	}
	res = a->scheme == SCHEME_BASIC ? authorize_basic(a, dst) :
		authorize_digest(a, method, uri, dst);
	if (res < 0)
		return res;
	if (a->used) {
		a->accepted = true;
		a->stale_rounds = 0;
	}
	a->used = true;
	return 1;
}

void auth_set_nonce_per_uri(struct auth *a)
{
	a->nonce_per_uri = true;
}

bool auth_has_nonce_per_uri(const struct auth *a)
{
	return a->nonce_per_uri;
}

const char *auth_reason(const struct auth *a)
{
	return a->reason;
}

bool auth_no_memory(const struct auth *a)
{
	return a->reason == no_memory;
}

bool auth_saw_digest(const struct auth *a)
{
	return a->saw_digest;
}
