/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "str.h"

/* not tolower(): a Turkish locale must not change what a header is called */
static inline char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline struct str skip(struct str s, size_t n)
{
	return str_make(s.p + n, s.len - n);
}

struct str str_from(const char *s)
{
	return s ? str_make(s, strlen(s)) : str_make("", 0);
}

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool str_ieq(struct str a, struct str b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

bool str_has_prefix(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_make(s.p, prefix.len), prefix);
}

bool str_has_iprefix(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_ieq(str_make(s.p, prefix.len), prefix);
}

ptrdiff_t str_find(struct str s, char c)
{
	const char *p = s.len ? memchr(s.p, c, s.len) : NULL;

	return p ? p - s.p : -1;
}

ptrdiff_t str_search(struct str s, struct str needle)
{
	const char *p;

	if (needle.len == 0)
		return 0;
	p = s.len ? memmem(s.p, s.len, needle.p, needle.len) : NULL;
	return p ? p - s.p : -1;
}

struct str str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.p[0]))
		s = skip(s, 1);
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool str_has_token(struct str s, char sep, struct str token)
{
	const char seps[] = { sep, '\0' };
	struct str item;

	while (str_token(&s, seps, &item) == 0)
		if (str_ieq(str_trim(item), token))
			return true;
	return false;
}

int str_copy(struct str s, char *dst, size_t size)
{
	if (s.len >= size)
		return -E2BIG;
	if (s.len > 0)
		memcpy(dst, s.p, s.len);
	dst[s.len] = '\0';
	return 0;
}

char *str_dup(struct str s)
{
	char *d = s.len < SIZE_MAX ? malloc(s.len + 1) : NULL;

	if (d != NULL)
		str_copy(s, d, s.len + 1);
	return d;
}

int str_until(struct str *cur, char c, size_t max, struct str *ret)
{
	ptrdiff_t at = str_find(*cur, c);

	if (at < 0)
		return cur->len > max ? -E2BIG : -EBADMSG;
	if ((size_t)at > max)
		return -E2BIG;
	*ret = str_make(cur->p, (size_t)at);
	*cur = skip(*cur, (size_t)at);
	return 0;
}

int str_line(struct str *cur, size_t max, struct str *ret)
{
	size_t window = max < SIZE_MAX - 2 ? SPA_MIN(cur->len, max + 2) : cur->len;
	ptrdiff_t at = str_find(str_make(cur->p, window), '\n');
	size_t len;

	if (at < 0) {
		/* the CR of a line of exactly max bytes may already be here */
		bool fits = cur->len <= max ||
			(cur->len == max + 1 && cur->p[max] == '\r');
		return fits ? -EAGAIN : -E2BIG;
	}
	len = (size_t)at;
	if (len > 0 && cur->p[len - 1] == '\r')
		len--;
	if (len > max)
		return -E2BIG;
	*ret = str_make(cur->p, len);
	*cur = skip(*cur, (size_t)at + 1);
	return 0;
}

int str_token(struct str *cur, const char *seps, struct str *ret)
{
	struct str sep = str_from(seps);
	size_t start = 0, end;

	while (start < cur->len && str_find(sep, cur->p[start]) >= 0)
		start++;
	if (start == cur->len)
		return -ENOENT;
	for (end = start; end < cur->len && str_find(sep, cur->p[end]) < 0; end++)
		;
	*ret = str_make(cur->p + start, end - start);
	*cur = skip(*cur, end);
	return 0;
}

int str_char(struct str *cur, char c)
{
	if (cur->len == 0 || cur->p[0] != c)
		return -EBADMSG;
	*cur = skip(*cur, 1);
	return 0;
}

static int digit(char c, unsigned int base)
{
	int d = -1;

	c = fold(c);
	if (c >= '0' && c <= '9')
		d = c - '0';
	else if (c >= 'a' && c <= 'f')
		d = c - 'a' + 10;
	return d >= 0 && (unsigned int)d < base ? d : -1;
}

static int number(struct str *cur, unsigned int base, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;
	int d;

	for (i = 0; i < cur->len && (d = digit(cur->p[i], base)) >= 0; i++) {
		if ((uint64_t)d > max || v > (max - (uint64_t)d) / base)
			return -ERANGE;
		v = v * base + (uint64_t)d;
	}
	if (i == 0)
		return -EBADMSG;
	*cur = skip(*cur, i);
	*ret = v;
	return 0;
}

int str_uint(struct str *cur, uint64_t max, uint64_t *ret)
{
	return number(cur, 10, max, ret);
}

int str_hex(struct str *cur, uint64_t max, uint64_t *ret)
{
	return number(cur, 16, max, ret);
}

int str_to_uint(struct str s, uint64_t max, uint64_t *ret)
{
	uint64_t v;
	int res;

	if ((res = number(&s, 10, max, &v)) < 0)
		return res;
	if (s.len != 0)
		return -EBADMSG;
	*ret = v;
	return 0;
}

int str_utf8(struct str *cur, uint32_t *ret)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t min;	/* below it the encoding is overlong */
	} forms[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 },
	};
	uint32_t v, n, i;
	uint8_t c;

	if (cur->len == 0)
		return -ENOENT;
	c = (uint8_t)cur->p[0];
	for (n = 0; n < SPA_N_ELEMENTS(forms); n++)
		if ((c & forms[n].mask) == forms[n].lead)
			break;
	if (n == SPA_N_ELEMENTS(forms) || cur->len <= n)
		return -EBADMSG;
	v = c & (uint8_t)~forms[n].mask;
	for (i = 1; i <= n; i++) {
		c = (uint8_t)cur->p[i];
		if ((c & 0xc0) != 0x80)
			return -EBADMSG;
		v = v << 6 | (c & 0x3f);
	}
	if (v < forms[n].min || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return -EBADMSG;
	*cur = skip(*cur, n + 1);
	*ret = v;
	return 0;
}
