/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <spa/utils/defs.h>

#include "random.h"

static void (*replaced)(void *dst, size_t len);

void random_bytes(void *dst, size_t len)
{
	uint8_t *p = dst;
	ssize_t n;

	if (replaced != NULL) {
		replaced(dst, len);
		return;
	}
	while (len > 0) {
		n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		p += n;
		len -= (size_t)n;
	}
}

uint32_t random_u32(void)
{
	uint32_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

uint32_t random_below(uint32_t n)
{
	/* 2^32 mod n values at the bottom would make the small results likelier */
	uint32_t v, biased = n ? -n % n : 0;

	if (n <= 1)
		return 0;
	/* bounded: a test's source may answer the same for ever */
	for (int i = 0; i < 64; i++) {
		v = random_u32();
		if (v >= biased)
			break;
	}
	return v % n;
}

void random_uuid(char dst[UUID_STRLEN])
{
	uint8_t b[16];

	random_bytes(b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(dst, UUID_STRLEN,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
		b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

void random_set_source(void (*fill)(void *dst, size_t len))
{
	replaced = fill;
}
