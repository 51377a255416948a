/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>

#include <spa/utils/defs.h>

#include "limits.h"
#include "uri.h"

static bool is_alpha(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* Less than RFC 3986 3.2.2 allows: what no host name in use contains could only
 * confuse the next parser. */
static bool is_host(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is_alpha(s.p[i]) && !is_digit(s.p[i]) && str_find(STR_LIT("-._~"), s.p[i]) < 0)
			return false;
	return s.len > 0;
}

/* with a zone as RFC 6874 writes it (%25eth0) or as everybody else does (%eth0) */
static bool is_ipv6_host(struct str s)
{
	size_t i;

	for (i = 0; i < s.len && s.p[i] != '%'; i++)
		if (!is_hex(s.p[i]) && s.p[i] != ':' && s.p[i] != '.')
			return false;
	if (i < 2)
		return false;
	if (i == s.len)
		return true;
	for (i++; i < s.len; i++)
		if (!is_alpha(s.p[i]) && !is_digit(s.p[i]) && str_find(STR_LIT("-._~%"), s.p[i]) < 0)
			return false;
	return s.p[s.len - 1] != '%';
}

static int parse_scheme(struct str *cur, struct uri *u)
{
	struct str s;
	size_t i;
	int res;

	if ((res = str_until(cur, ':', LIMIT_URI_LEN, &s)) < 0)
		return res;
	if (s.len == 0 || !is_alpha(s.p[0]))
		return -EBADMSG;
	for (i = 1; i < s.len; i++)
		if (!is_alpha(s.p[i]) && !is_digit(s.p[i]) && str_find(STR_LIT("+-."), s.p[i]) < 0)
			return -EBADMSG;
	u->scheme = s;
	if (!str_has_prefix(*cur, STR_LIT("://")))
		return -EBADMSG;
	*cur = str_make(cur->p + 3, cur->len - 3);
	return 0;
}

static int parse_authority(struct str s, struct uri *u)
{
	struct str port = { 0 };
	uint64_t v = 0;
	ptrdiff_t at;
	size_t i;

	/* the last '@': users write passwords that contain one */
	for (i = s.len; i > 0 && s.p[i - 1] != '@'; i--)
		;
	if (i > 0) {
		u->has_userinfo = true;
		u->userinfo = str_make(s.p, i - 1);
		s = str_make(s.p + i, s.len - i);
	}
	if (str_char(&s, '[') == 0) {
		u->is_ipv6 = true;
		if ((at = str_find(s, ']')) < 0)
			return -EBADMSG;
		u->host = str_make(s.p, (size_t)at);
		s = str_make(s.p + at + 1, s.len - (size_t)at - 1);
		if (!is_ipv6_host(u->host))
			return -EBADMSG;
	} else {
		at = str_find(s, ':');
		u->host = str_make(s.p, at < 0 ? s.len : (size_t)at);
		s = str_make(s.p + u->host.len, s.len - u->host.len);
		if (!is_host(u->host))
			return -EBADMSG;
	}
	if (s.len > 0) {
		port = str_make(s.p + 1, s.len - 1);
		/* RFC 3986 3.2.3: a port may be empty */
		if (s.p[0] != ':' || (port.len > 0 && str_to_uint(port, UINT16_MAX, &v) < 0))
			return -EBADMSG;
	}
	u->port = (uint16_t)v;
	return 0;
}

int uri_parse(struct str s, struct uri *ret)
{
	struct uri u = { 0 };
	ptrdiff_t at;
	size_t i;
	int res;

	if (s.len > LIMIT_URI_LEN)
		return -E2BIG;
	for (i = 0; i < s.len; i++)
		if ((uint8_t)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return -EBADMSG;
	if ((res = parse_scheme(&s, &u)) < 0)
		return res;
	if ((at = str_find(s, '#')) >= 0)
		s.len = (size_t)at;
	for (i = 0; i < s.len && s.p[i] != '/' && s.p[i] != '?'; i++)
		;
	if ((res = parse_authority(str_make(s.p, i), &u)) < 0)
		return res;
	u.path = str_make(s.p + i, s.len - i);
	*ret = u;
	return 0;
}

uint16_t uri_port(const struct uri *u)
{
	static const struct {
		const char *scheme;
		uint16_t port;
	} defaults[] = {
		{ "rtsp", 554 }, { "rtsps", 322 }, { "http", 80 }, { "https", 443 },
	};
	size_t i;

	if (u->port != 0)
		return u->port;
	for (i = 0; i < SPA_N_ELEMENTS(defaults); i++)
		if (str_ieq(u->scheme, str_from(defaults[i].scheme)))
			return defaults[i].port;
	return 0;
}

int uri_format(const struct uri *u, char *dst, size_t size)
{
	char port[8] = "";
	int len;

	if (u->port != 0)
		snprintf(port, sizeof(port), ":%u", u->port);
	/* nothing that uri_parse() accepts comes near INT_MAX */
	len = snprintf(NULL, 0, STR_FMT "://%s" STR_FMT "%s%s" STR_FMT, STR_ARG(u->scheme),
			u->is_ipv6 ? "[" : "", STR_ARG(u->host), u->is_ipv6 ? "]" : "",
			port, STR_ARG(u->path));
	if (len < 0 || (size_t)len >= size)
		return -E2BIG;
	snprintf(dst, size, STR_FMT "://%s" STR_FMT "%s%s" STR_FMT, STR_ARG(u->scheme),
			u->is_ipv6 ? "[" : "", STR_ARG(u->host), u->is_ipv6 ? "]" : "",
			port, STR_ARG(u->path));
	return len;
}
