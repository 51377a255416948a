/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>

#include "spa-plugin/g711.h"
#include "tests/lib/test.h"

/*
 * The reference is the recommendation's own decision tables, built from nothing
 * but the ends and the steps of the segments (G.711 tables 1a and 2a), and
 * searched step by step: it shares no idea with the code under test.
 */
struct table {
	int decision[129];	/* x(n): code n stands for x(n) <= v < x(n+1) */
	int value[128];		/* y(n): the middle of the interval */
};

static void fill(struct table *t, const int *ends, const int *steps, size_t n_segments)
{
	size_t n = 1;

	t->decision[0] = 0;
	for (size_t i = 0; i < n_segments; i++)
		while (t->decision[n - 1] < ends[i]) {
			check(n < SPA_N_ELEMENTS(t->decision));
			t->decision[n] = t->decision[n - 1] + steps[i];
			n++;
		}
	check_int(n, SPA_N_ELEMENTS(t->decision));
	for (size_t i = 0; i < SPA_N_ELEMENTS(t->value); i++)
		t->value[i] = (t->decision[i] + t->decision[i + 1]) / 2;
}

static void fill_ulaw(struct table *t)
{
	/* 1 interval of 1, 15 of 2, then 16 each */
	static const int ends[] = { 1, 31, 95, 223, 479, 991, 2015, 4063, 8159 };
	static const int steps[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256 };

	fill(t, ends, steps, SPA_N_ELEMENTS(ends));
	t->value[0] = 0;
}

static void fill_alaw(struct table *t)
{
	static const int ends[] = { 64, 128, 256, 512, 1024, 2048, 4096 };
	static const int steps[] = { 2, 4, 8, 16, 32, 64, 128 };

	fill(t, ends, steps, SPA_N_ELEMENTS(ends));
}

static int lookup(const struct table *t, int v)
{
	int n = 0;

	while (n < 127 && t->decision[n + 1] <= v)
		n++;
	return n;
}

static uint8_t ulaw(int16_t sample)
{
	uint8_t octet;

	g711_ulaw_encode(&sample, &octet, 1);
	return octet;
}

static uint8_t alaw(int16_t sample)
{
	uint8_t octet;

	g711_alaw_encode(&sample, &octet, 1);
	return octet;
}

static int from_ulaw(uint8_t octet)
{
	int16_t sample;

	g711_ulaw_decode(&octet, &sample, 1);
	return sample;
}

static int from_alaw(uint8_t octet)
{
	int16_t sample;

	g711_alaw_decode(&octet, &sample, 1);
	return sample;
}

static void test_ulaw_encode(void)
{
	struct table t;

	fill_ulaw(&t);
	for (int s = INT16_MIN; s <= INT16_MAX; s++) {
		/* 14 bits of the magnitude */
		int code = lookup(&t, abs(s) / 4);

		check_int(ulaw((int16_t)s), s < 0 && code > 0 ? 0x7f - code : 0xff - code);
	}
}

static void test_alaw_encode(void)
{
	struct table t;

	fill_alaw(&t);
	for (int s = INT16_MIN; s <= INT16_MAX; s++) {
		/* 13 bits; the negative half is the positive one's mirror about -1/2 */
		int v = (s + 32768) / 8 - 4096, code;

		code = lookup(&t, v < 0 ? -1 - v : v);
		check_int(alaw((int16_t)s), (v < 0 ? code : code | 0x80) ^ 0x55);
	}
}

static void test_ulaw_decode(void)
{
	struct table t;

	fill_ulaw(&t);
	for (int code = 0; code < 128; code++) {
		check_int(from_ulaw((uint8_t)(0xff - code)), t.value[code] * 4);
		check_int(from_ulaw((uint8_t)(0x7f - code)), -t.value[code] * 4);
	}
}

static void test_alaw_decode(void)
{
	struct table t;

	fill_alaw(&t);
	for (int code = 0; code < 128; code++) {
		check_int(from_alaw((uint8_t)((code | 0x80) ^ 0x55)), t.value[code] * 8);
		check_int(from_alaw((uint8_t)(code ^ 0x55)), -t.value[code] * 8);
	}
}

static void test_round_trip(void)
{
	int last_u = INT16_MIN, last_a = INT16_MIN;

	for (int s = INT16_MIN; s <= INT16_MAX; s++) {
		int u = from_ulaw(ulaw((int16_t)s)), a = from_alaw(alaw((int16_t)s));
		int mag = s < 0 ? -s : s;

		check(u >= last_u);
		check(a >= last_a);
		last_u = u;
		last_a = a;
		/* half a step, which is at most 1/16 of the segment's start, and clipping */
		check(abs(u - s) <= SPA_MAX(mag / 32 + 8, mag > 32124 ? 644 : 0));
		check(abs(a - s) <= SPA_MAX(mag / 32 + 8, mag > 32256 ? 512 : 0));
	}
	for (int octet = 0; octet < 256; octet++) {
		/* -0 decodes as 0, hence comes back as +0 */
		check_int(ulaw((int16_t)from_ulaw((uint8_t)octet)), octet == 0x7f ? 0xff : octet);
		check_int(alaw((int16_t)from_alaw((uint8_t)octet)), octet);
	}
}

static void test_symmetry(void)
{
	for (int s = 4; s <= INT16_MAX; s++)
		check_int(ulaw((int16_t)s) ^ 0x80, ulaw((int16_t)-s));
	for (int s = 0; s <= INT16_MAX; s++)
		check_int(alaw((int16_t)s) ^ 0x80, alaw((int16_t)~s));
}

static void test_known(void)
{
	static const struct { int16_t sample; uint8_t ulaw, alaw; } t[] = {
		{ 0, 0xff, 0xd5 },
		{ 7, 0xfe, 0xd5 },
		{ -1, 0xff, 0x55 },
		{ -4, 0x7e, 0x55 },
		{ 1000, 0xce, 0xfa },
		{ -1000, 0x4e, 0x7a },
		{ INT16_MAX, 0x80, 0xaa },
		{ INT16_MIN, 0x00, 0x2a },
	};

	check_int(G711_ULAW_SILENCE, 0xff);
	check_int(G711_ALAW_SILENCE, 0xd5);
	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		check_int(ulaw(t[i].sample), t[i].ulaw);
		check_int(alaw(t[i].sample), t[i].alaw);
	}
	/* what a buffer cleared with zeros would sound like */
	check_int(from_ulaw(0x00), -32124);
	check_int(from_alaw(0x00), -5504);
}

static const struct test tests[] = {
	{ "mu-law: all samples by the decision table", test_ulaw_encode },
	{ "A-law: all samples by the decision table", test_alaw_encode },
	{ "mu-law: all octets by the decision table", test_ulaw_decode },
	{ "A-law: all octets by the decision table", test_alaw_decode },
	{ "round trip is monotonic and close", test_round_trip },
	{ "the halves mirror each other", test_symmetry },
	{ "known values and silence", test_known },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
