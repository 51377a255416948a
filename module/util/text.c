/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "text.h"

struct range {
	uint32_t first, last;
};

static bool in_ranges(const struct range *r, size_t n, uint32_t c)
{
	size_t i;

	for (i = 0; i < n && c >= r[i].first; i++)
		if (c <= r[i].last)
			return true;
	return false;
}

/* Unicode White_Space, and what is blank without being called so */
static bool is_space(uint32_t c)
{
	static const struct range spaces[] = {
		{ 0x09, 0x0d }, { 0x20, 0x20 }, { 0x85, 0x85 }, { 0xa0, 0xa0 }, { 0x1680, 0x1680 },
		{ 0x2000, 0x200a }, { 0x2028, 0x2029 }, { 0x202f, 0x202f }, { 0x205f, 0x205f },
		{ 0x2800, 0x2800 }, { 0x3000, 0x3000 },
	};
	return in_ranges(spaces, SPA_N_ELEMENTS(spaces), c);
}

/* Unicode Cc, Cf, Co, Default_Ignorable_Code_Point and noncharacters: what a
 * mixer would not show, or what changes how it shows the rest */
static bool is_hidden(uint32_t c)
{
	static const struct range hidden[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f },
		{ 0x600, 0x605 }, { 0x61c, 0x61c }, { 0x6dd, 0x6dd }, { 0x70f, 0x70f },
		{ 0x890, 0x891 }, { 0x8e2, 0x8e2 }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x206f },
		{ 0x3164, 0x3164 }, { 0xe000, 0xf8ff }, { 0xfdd0, 0xfdef }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff },
		{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1345f },
		{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
	};
	return (c & 0xfffe) == 0xfffe || in_ranges(hidden, SPA_N_ELEMENTS(hidden), c);
}

size_t text_sanitize(struct str s, char *dst, size_t size)
{
	static const struct str replacement = { "\xef\xbf\xbd", 3 };
	bool pending = false;
	struct str item;
	uint32_t c;
	size_t len = 0;

	while (s.len > 0) {
		const char *start = s.p;

		if (str_utf8(&s, &c) == 0) {
			item = str_make(start, (size_t)(s.p - start));
		} else {
			s = str_make(s.p + 1, s.len - 1);
			item = replacement;
			c = 0xfffd;
		}
		if (is_space(c)) {
			pending = len > 0;
			continue;
		}
		if (is_hidden(c))
			continue;
		if (item.len + pending >= size - len)
			break;
		if (pending)
			dst[len++] = ' ';
		pending = false;
		memcpy(dst + len, item.p, item.len);
		len += item.len;
	}
	dst[len] = '\0';
	return len;
}

size_t text_percent_decode(struct str s, char *dst, size_t size)
{
	struct str pair;
	uint64_t v;
	size_t len = 0;

	while (s.len > 0 && len < size - 1) {
		char c = s.p[0];
		size_t taken = 1;

		if (c == '%' && s.len >= 3) {
			pair = str_make(s.p + 1, 2);
			if (str_hex(&pair, UINT8_MAX, &v) == 0 && pair.len == 0 && v != 0) {
				c = (char)(uint8_t)v;
				taken = 3;
			}
		}
		dst[len++] = c;
		s = str_make(s.p + taken, s.len - taken);
	}
	dst[len] = '\0';
	return len;
}

/* FNV-1a, 64 bit: tells long ids apart, nothing more */
static uint64_t hash(struct str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static char id_char(char c, bool *shows)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c + ('a' - 'A'));
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
		*shows = true;
		return c;
	}
	return c == '-' ? c : '_';
}

static struct str bare_id(struct str s)
{
	s = str_trim(s);
	return str_has_iprefix(s, STR_LIT("urn:uuid:")) ? str_make(s.p + 9, s.len - 9) : s;
}

bool text_id_equal(const char *a, const char *b)
{
	return str_ieq(bare_id(str_from(a)), bare_id(str_from(b)));
}

size_t text_stable_id(struct str s, char *dst, size_t size)
{
	char tail[18] = "";
	bool shows = false;
	size_t i, len, tail_len;

	s = bare_id(s);
	len = SPA_MIN(s.len, size - 1);
	for (i = 0; i < s.len; i++) {
		char c = id_char(s.p[i], &shows);

		if (i < len)
			dst[i] = c;
	}
	if (!shows) {
		dst[0] = '\0';
		return 0;
	}
	if (s.len > len) {
		snprintf(tail, sizeof(tail), "_%016llx", (unsigned long long)hash(s));
		tail_len = SPA_MIN(strlen(tail), len);
		memcpy(dst + len - tail_len, tail, tail_len);
	}
	dst[len] = '\0';
	return len;
}
