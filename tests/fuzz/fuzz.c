/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "module/util/uri.h"
#include "tests/fuzz/fuzz.h"

char *fuzz_copy(struct str s)
{
	char *copy = malloc(s.len ? s.len : 1);

	fuzz_assert(copy != NULL);
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	return copy;
}

bool fuzz_lacks(struct str in, const char *word)
{
	char *plain = malloc(in.len + 1);
	size_t len = 0;
	bool lacks;

	fuzz_assert(plain != NULL);
	for (size_t i = 0; i < in.len; i++)
		if (in.p[i] > ' ' && in.p[i] <= '~')
			plain[len++] = in.p[i];
	lacks = str_search(str_make(plain, len), str_from(word)) < 0;
	free(plain);
	return lacks;
}

void fuzz_check_shown(const char *text, size_t size)
{
	struct str s = str_from(text);
	uint32_t c;

	fuzz_assert(memchr(text, '\0', size) != NULL);
	while (s.len > 0)
		fuzz_assert(str_utf8(&s, &c) == 0 && c >= ' ' && c != 0x7f);
}

void fuzz_check_uri(const char *text, const char *schemes, const char *host)
{
	struct uri u;

	fuzz_assert(uri_parse(str_from(text), &u) == 0 && !u.has_userinfo);
	fuzz_assert(str_has_token(str_from(schemes), ' ', u.scheme) && str_eq(u.host, str_from(host)));
}
