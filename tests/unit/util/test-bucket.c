/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>

#include "module/util/bucket.h"
#include "tests/lib/test.h"

#define SEC	UINT64_C(1000000000)

static uint32_t take_all(struct bucket *b, uint64_t now)
{
	uint32_t n = 0;

	while (n < 1000 && bucket_take(b, now))
		n++;
	return n;
}

static void test_burst_and_refill(void)
{
	struct bucket b;
	uint64_t now = 77 * SEC;

	bucket_init(&b, SEC / 10, 5, now);
	check_int(bucket_wait(&b, now), 0);
	check_int(take_all(&b, now), 5);
	check_int(bucket_wait(&b, now), SEC / 10);
	check(!bucket_take(&b, now + SEC / 10 - 1));
	check_int(bucket_wait(&b, now + SEC / 10 - 1), 1);
	check_int(take_all(&b, now + SEC / 10), 1);
	check_int(take_all(&b, now + 4 * SEC / 10), 3);
	/* never more than the burst, however long nobody came */
	check_int(take_all(&b, now + 10000000 * SEC), 5);
	check_int(take_all(&b, UINT64_MAX), 5);
}

/* what is left over counts on, however often it is looked at */
static void test_fractions(void)
{
	struct bucket b;
	uint32_t n = 0;

	bucket_init(&b, 3, 1, 0);
	for (uint64_t now = 0; now < 3000; now++)
		n += bucket_take(&b, now);
	check_int(n, 1000);
}

static const struct test tests[] = {
	{ "burst and refill", test_burst_and_refill }, { "fractions", test_fractions },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
