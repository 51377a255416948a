/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_STR_H
#define ONVIF_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Slices of text that somebody else owns, and bounded readers over them.
 * A slice is not NUL terminated. Readers take a cursor (a slice that they
 * advance) and touch neither the cursor nor the result when they fail.
 * Pure: any thread, no allocation, no locale.
 */
struct str {
	const char *p;
	size_t len;
};

#define STR_LIT(s)	((struct str){ (s), sizeof(s) - 1 })
#define STR_FMT		"%.*s"
#define STR_ARG(s)	(int)(s).len, (s).p

static inline struct str str_make(const char *p, size_t len)
{
	return (struct str){ p, len };
}
/** a NUL terminated string as slice; NULL gives an empty slice */
struct str str_from(const char *s);

bool str_eq(struct str a, struct str b);
/** compares with ASCII case folding */
bool str_ieq(struct str a, struct str b);
bool str_has_prefix(struct str s, struct str prefix);
bool str_has_iprefix(struct str s, struct str prefix);
/** the offset of a byte, or -1 */
ptrdiff_t str_find(struct str s, char c);
/** the offset of a sub-slice, or -1 */
ptrdiff_t str_search(struct str s, struct str needle);
/** without leading and trailing SP, HT, CR, LF */
struct str str_trim(struct str s);
/** true if s contains c-separated, trimmed, case-folded token */
bool str_has_token(struct str s, char sep, struct str token);

/** Copies into a NUL terminated buffer. \return 0, or -E2BIG (dst untouched) */
int str_copy(struct str s, char *dst, size_t size);
/** \return a malloc()ed NUL terminated copy or NULL */
char *str_dup(struct str s);

/** Takes everything up to (not including) c; the cursor then stands on c.
 * \return 0, -EBADMSG when c is absent, -E2BIG when it is past max bytes */
int str_until(struct str *cur, char c, size_t max, struct str *ret);
/** Takes one line; accepts CRLF, LF; the cursor stands after it.
 * \return 0, -EAGAIN when there is no complete line, -E2BIG */
int str_line(struct str *cur, size_t max, struct str *ret);
/** Takes the next token separated by any of the bytes in seps, skipping
 * empty ones. \return 0 or -ENOENT */
int str_token(struct str *cur, const char *seps, struct str *ret);
/** Takes c. \return 0 or -EBADMSG */
int str_char(struct str *cur, char c);
/** Takes an unsigned decimal number, at least one digit, at most max.
 * \return 0, -EBADMSG, -ERANGE */
int str_uint(struct str *cur, uint64_t max, uint64_t *ret);
/** as str_uint(), hexadecimal, without a 0x prefix */
int str_hex(struct str *cur, uint64_t max, uint64_t *ret);
/** The whole slice as decimal number. \return 0, -EBADMSG, -ERANGE */
int str_to_uint(struct str s, uint64_t max, uint64_t *ret);
/** Takes one code point of UTF-8 (RFC 3629 3: no overlong forms, no surrogates).
 * \return 0, -ENOENT at the end, -EBADMSG: the first byte begins no valid sequence */
int str_utf8(struct str *cur, uint32_t *ret);

#endif /* ONVIF_STR_H */
