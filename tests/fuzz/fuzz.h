/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_FUZZ_H
#define ONVIF_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "module/util/str.h"

/*
 * A fuzz target is this function. tools/fuzz makes a fuzzer of it, with clang:
 *	tools/fuzz --seconds 60 auth
 * with any other build it becomes a program that runs the files of the directories that
 * it is given, once each (fuzz-main.c): the stored corpus is a test of every build. Every
 * input that once crashed is stored.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** what must hold whatever the input is */
#define fuzz_assert(cond) \
	do { if (!(cond)) { \
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #cond); \
		abort(); \
	} } while (0)

/* Readers of an input. At its end they give 0 and nothing. */
static inline uint8_t fuzz_byte(struct str *in)
{
	uint8_t c;

	if (in->len == 0)
		return 0;
	c = (uint8_t)in->p[0];
	*in = str_make(in->p + 1, in->len - 1);
	return c;
}

static inline uint32_t fuzz_u16(struct str *in)
{
	uint32_t high = fuzz_byte(in);

	return high << 8 | fuzz_byte(in);
}

static inline uint32_t fuzz_u32(struct str *in)
{
	uint32_t high = fuzz_u16(in);

	return high << 16 | fuzz_u16(in);
}

static inline struct str fuzz_take(struct str *in, size_t len)
{
	struct str s = str_make(in->p, len < in->len ? len : in->len);

	*in = str_make(in->p + s.len, in->len - s.len);
	return s;
}

/** up to and without c, which is taken too; the rest where there is none */
static inline struct str fuzz_until(struct str *in, char c)
{
	ptrdiff_t at = str_find(*in, c);
	struct str s = fuzz_take(in, at < 0 ? in->len : (size_t)at);

	fuzz_take(in, 1);
	return s;
}

/** a copy of exactly that length, so that a sanitizer sees a read beyond it; to be freed */
char *fuzz_copy(struct str s);

/** Whether the input itself does not hold a word, also when all that is not printable ASCII is
 * taken out of it: only then may we look for the word in what came of it. */
bool fuzz_lacks(struct str in, const char *word);

/** fit to be shown: ends within size, UTF-8, no control characters */
void fuzz_check_shown(const char *text, size_t size);
/** a URI without userinfo, of one of the schemes (blanks between) and exactly that host */
void fuzz_check_uri(const char *text, const char *schemes, const char *host);

/** neither control bytes nor, but for tab, anything else that ends a header line */
static inline bool fuzz_is_line(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((uint8_t)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
			return false;
	return true;
}

#endif /* ONVIF_FUZZ_H */
