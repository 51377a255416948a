/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "tests/fuzz/fuzz.h"

char *fuzz_copy(struct str s)
{
	char *copy = malloc(s.len ? s.len : 1);

	fuzz_assert(copy != NULL);
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	return copy;
}
