/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define BUF_MIN_ALLOC	((size_t)128)

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_clear(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void buf_clear_secret(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->alloc);
	buf_clear(b);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

static int fail(struct buf *b, int error)
{
	b->error = error;
	return error;
}

/* Room for len more bytes and the NUL. Never realloc(): it would leave a copy of
 * a secret behind in freed memory. */
static int reserve(struct buf *b, size_t len)
{
	size_t need, alloc;
	char *data;

	if (b->error < 0)
		return b->error;
	if (b->max == SIZE_MAX || b->len > b->max || len > b->max - b->len)
		return fail(b, -E2BIG);
	need = b->len + len + 1;
	if (need <= b->alloc)
		return 0;
	alloc = SPA_MAX(need, b->alloc ? b->alloc * 2 : BUF_MIN_ALLOC);
	alloc = SPA_MIN(alloc, b->max + 1);
	if ((data = malloc(alloc)) == NULL)
		return fail(b, -ENOMEM);
	if (b->data != NULL) {
		memcpy(data, b->data, b->len);
		explicit_bzero(b->data, b->alloc);
		free(b->data);
	}
	data[b->len] = '\0';
	b->data = data;
	b->alloc = alloc;
	return 0;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	int res;

	if ((res = reserve(b, len)) < 0)
		return res;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int buf_add_str(struct buf *b, const char *s)
{
	return buf_add_slice(b, str_from(s));
}

int buf_add_slice(struct buf *b, struct str s)
{
	return buf_add(b, s.p, s.len);
}

int buf_add_byte(struct buf *b, uint8_t c)
{
	return buf_add(b, &c, 1);
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int len, res;

	if (b->error < 0)
		return b->error;
	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return fail(b, -EINVAL);
	if ((res = reserve(b, (size_t)len)) < 0)
		return res;
	va_start(args, fmt);
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, args);
	va_end(args);
	b->len += (size_t)len;
	return 0;
}

/* XML 1.0 2.2, Char; surrogates never leave str_utf8() */
static bool is_xml_char(uint32_t c)
{
	return (c >= 0x20 && c != 0xfffe && c != 0xffff) || c == '\t' || c == '\n' || c == '\r';
}

int buf_add_xml(struct buf *b, struct str s)
{
	struct str at = s;
	uint32_t c;

	while (s.len > 0) {
		if (str_utf8(&s, &c) < 0) {
			s = str_make(s.p + 1, s.len - 1);
		} else if (is_xml_char(c)) {
			switch (c) {
			case '&': buf_add_str(b, "&amp;"); break;
			case '<': buf_add_str(b, "&lt;"); break;
			case '>': buf_add_str(b, "&gt;"); break;
			case '"': buf_add_str(b, "&quot;"); break;
			case '\'': buf_add_str(b, "&apos;"); break;
			default: buf_add(b, at.p, (size_t)(s.p - at.p)); break;
			}
		}
		at = s;
	}
	return b->error;
}

int buf_add_quoted(struct buf *b, const char *s)
{
	buf_add_byte(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_add_byte(b, '\\');
		buf_add_byte(b, (uint8_t)*s);
	}
	return buf_add_byte(b, '"');
}

int buf_add_base64(struct buf *b, const void *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = data;
	char quad[4];
	uint32_t v;

	for (; len > 0 && b->error == 0; p += SPA_MIN(len, 3u), len -= SPA_MIN(len, 3u)) {
		v = (uint32_t)p[0] << 16;
		v |= len > 1 ? (uint32_t)p[1] << 8 : 0;
		v |= len > 2 ? p[2] : 0;
		quad[0] = digits[v >> 18];
		quad[1] = digits[v >> 12 & 63];
		quad[2] = len > 1 ? digits[v >> 6 & 63] : '=';
		quad[3] = len > 2 ? digits[v & 63] : '=';
		buf_add(b, quad, sizeof(quad));
	}
	return b->error;
}

void buf_consume(struct buf *b, size_t len)
{
	len = SPA_MIN(len, b->len);
	if (len == 0)
		return;
	b->len -= len;
	memmove(b->data, b->data + len, b->len + 1);
}
