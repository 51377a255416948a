/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "challenge.h"

static struct str rest(struct str s, size_t n)
{
	return str_make(s.p + n, s.len - n);
}

static bool is_tchar(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && str_find(STR_LIT("!#$%&'*+-.^_`|~"), c) >= 0);
}

static void skip_any(struct str *cur, const char *what)
{
	while (cur->len > 0 && str_find(str_from(what), cur->p[0]) >= 0)
		*cur = rest(*cur, 1);
}

static struct str take_name(struct str *cur)
{
	struct str s = str_make(cur->p, 0);

	while (cur->len > 0 && is_tchar(cur->p[0])) {
		s.len++;
		*cur = rest(*cur, 1);
	}
	return s;
}

/* control bytes would reach our own header line */
static bool has_control(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (((uint8_t)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
			return true;
	return false;
}

static int take_value(struct str *cur, struct str *ret)
{
	size_t n = 0;

	if (str_char(cur, '"') == 0) {
		while (n < cur->len && cur->p[n] != '"')
			n += cur->p[n] == '\\' ? 2 : 1;
		if (n >= cur->len)
			return -EBADMSG;
		*ret = str_make(cur->p, n);
		*cur = rest(*cur, n + 1);
	} else {
		/* more than a token: nonces in base64 come without quotes too */
		while (n < cur->len && str_find(STR_LIT(", \t\""), cur->p[n]) < 0)
			n++;
		*ret = str_make(cur->p, n);
		*cur = rest(*cur, n);
		/* inside the quotes of our answer this would begin an escape */
		if (str_find(*ret, '\\') >= 0)
			return -EBADMSG;
	}
	return has_control(*ret) ? -EBADMSG : 0;
}

static void set_param(struct challenge *c, struct str name, struct str value)
{
	const struct {
		const char *name;
		struct str *dst;
	} params[] = {
		{ "realm", &c->realm }, { "nonce", &c->nonce }, { "opaque", &c->opaque },
		{ "algorithm", &c->algorithm }, { "qop", &c->qop },
	};
	size_t i;

	/* nextnonce, domain, charset, userhash...: nothing depends on them */
	for (i = 0; i < SPA_N_ELEMENTS(params); i++)
		if (str_ieq(name, str_from(params[i].name)) && params[i].dst->p == NULL)
			*params[i].dst = value;
	if (value.p == c->algorithm.p && value.p > name.p)
		c->algorithm_quoted = value.p[-1] == '"';
	if (str_ieq(name, STR_LIT("stale")))
		c->stale = str_ieq(str_trim(value), STR_LIT("true"));
}

/* Takes one "name = value". \return 0, -ENOENT when the cursor stands on
 * something else, -EBADMSG */
static int take_param(struct str *cur, struct challenge *c)
{
	struct str s = *cur, name = take_name(&s), value;
	int res;

	skip_any(&s, " \t");
	if (name.len == 0 || str_char(&s, '=') < 0)
		return -ENOENT;
	skip_any(&s, " \t");
	if ((res = take_value(&s, &value)) < 0)
		return res;
	set_param(c, name, value);
	*cur = s;
	return 0;
}

/* qop=auth,auth-int without quotes: the rest of a list, no new scheme */
static bool take_bare_qop(struct str *cur)
{
	struct str s = *cur, name = take_name(&s);

	if (!str_ieq(name, STR_LIT("auth")) && !str_ieq(name, STR_LIT("auth-int")))
		return false;
	*cur = s;
	return true;
}

/* credentials of another kind (Negotiate, Bearer) after a scheme's name */
static void skip_token68(struct str *cur)
{
	struct str s = *cur;

	while (s.len > 0 && (is_tchar(s.p[0]) || s.p[0] == '/'))
		s = rest(s, 1);
	skip_any(&s, "=");
	skip_any(&s, " \t");
	if (s.len == 0 || s.p[0] == ',')
		*cur = s;
}

static void take_params(struct str *cur, struct challenge *c)
{
	int res;

	if (c->scheme == CHALLENGE_OTHER)
		skip_token68(cur);
	for (;;) {
		skip_any(cur, ", \t");
		if (cur->len == 0)
			return;
		if ((res = take_param(cur, c)) == 0)
			continue;
		if (res == -ENOENT && c->scheme == CHALLENGE_DIGEST && take_bare_qop(cur))
			continue;
		/* a name begins the next challenge; anything else ends all */
		if (res == -ENOENT && is_tchar(cur->p[0]))
			return;
		c->malformed = true;
		*cur = rest(*cur, cur->len);
		return;
	}
}

int challenge_next(struct str *cur, struct challenge *ret)
{
	struct challenge c = { .scheme = CHALLENGE_OTHER };
	struct str name;

	skip_any(cur, ", \t");
	if (cur->len == 0)
		return -ENOENT;
	name = take_name(cur);
	if (str_ieq(name, STR_LIT("Digest")))
		c.scheme = CHALLENGE_DIGEST;
	else if (str_ieq(name, STR_LIT("Basic")))
		c.scheme = CHALLENGE_BASIC;
	skip_any(cur, " \t");
	if (name.len == 0) {
		c.malformed = true;
		*cur = rest(*cur, cur->len);
	} else {
		take_params(cur, &c);
	}
	if (c.scheme == CHALLENGE_DIGEST && (c.realm.p == NULL || c.nonce.p == NULL))
		c.malformed = true;
	*ret = c;
	return 0;
}
