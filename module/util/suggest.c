/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "conf.h"

#define WORD_MAX_LEN	63u

/* Optimal string alignment: insertions, deletions, replacements and swaps of
 * neighbours ("onvif.discvoery") count one each. */
static uint32_t distance(const char *a, size_t la, const char *b, size_t lb)
{
	uint32_t row[3][WORD_MAX_LEN + 1], *prev2 = row[0], *prev = row[1], *cur = row[2], *t;
	size_t i, j;

	for (j = 0; j <= lb; j++)
		prev[j] = (uint32_t)j;
	for (i = 1; i <= la; i++) {
		cur[0] = (uint32_t)i;
		for (j = 1; j <= lb; j++) {
			uint32_t v = prev[j - 1] + (a[i - 1] != b[j - 1]);

			v = SPA_MIN(v, prev[j] + 1);
			v = SPA_MIN(v, cur[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				v = SPA_MIN(v, prev2[j - 2] + 1);
			cur[j] = v;
		}
		t = prev2;
		prev2 = prev;
		prev = cur;
		cur = t;
	}
	return prev[lb];
}

/* case and the choice of separator are no difference: tls_pin means tls.pin */
static size_t normalize(const char *s, char dst[WORD_MAX_LEN + 1])
{
	size_t i;

	for (i = 0; s[i] != '\0' && i < WORD_MAX_LEN; i++) {
		char c = s[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		dst[i] = c == '_' || c == '-' ? '.' : c;
	}
	dst[i] = '\0';
	return i;
}

/* "pin" for "tls.pin", "username" for "user" */
static bool is_part(const char *a, size_t la, const char *b, size_t lb)
{
	const char *tail = strrchr(b, '.');

	if (tail != NULL && strcmp(a, tail + 1) == 0)
		return true;
	return la >= 3 && lb >= 3 && strncmp(a, b, la < lb ? la : lb) == 0;
}

const char *conf_suggest(const char *word, const char *const *known, size_t n_known)
{
	char a[WORD_MAX_LEN + 1], b[WORD_MAX_LEN + 1];
	const char *best = NULL;
	uint32_t d, best_d = UINT32_MAX;
	size_t i, la, lb, longer;

	if (strlen(word) > WORD_MAX_LEN)
		return NULL;
	la = normalize(word, a);
	for (i = 0; i < n_known; i++) {
		lb = normalize(known[i], b);
		longer = la > lb ? la : lb;
		d = distance(a, la, b, lb);
		if (d > longer / 3 && d > 1) {
			if (!is_part(a, la, b, lb))
				continue;
			d = (uint32_t)longer;
		}
		if (d < best_d) {
			best = known[i];
			best_d = d;
		}
	}
	return best;
}
