/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <math.h>

#include <spa/utils/defs.h>

#include "module/util/decimator.h"
#include "tests/lib/test.h"

#define RATE	16000
#define N	16000
#define NOTHING	-120.0

static float in[N];
static int16_t out[N], again[N];

/* in pieces of the sizes given, over and over; 0 ends them */
static uint32_t run(struct decimator *d, const uint32_t *sizes, int16_t *dst)
{
	uint32_t count = 0, pos = 0, n;

	for (uint32_t i = 0; pos < N; pos += n, i = sizes[i + 1] ? i + 1 : 0) {
		n = SPA_MIN(sizes[i], N - pos);
		count += decimator_process(d, in + pos, n, dst + count);
	}
	return count;
}

static const uint32_t whole[] = { DECIMATOR_BLOCK, 0 };

static void tone(double hz, double amplitude)
{
	for (int i = 0; i < N; i++)
		in[i] = (float)(amplitude * sin(2.0 * M_PI * hz * i / RATE));
}

/* \return dB of what comes out, against what went in */
static double level(double hz)
{
	struct decimator d;
	double sum = 0.0;
	uint32_t n;

	tone(hz, 0.9);
	decimator_init(&d);
	n = run(&d, whole, out);
	check_int(n, N / 2);
	for (uint32_t i = DECIMATOR_TAPS; i < n; i++)
		sum += (double)out[i] * out[i];
	sum /= n - DECIMATOR_TAPS;
	return 10.0 * log10(sum / (0.9 * 0.9 / 2.0 * 32768.0 * 32768.0) + 1e-12);
}

static void test_response(void)
{
	for (int hz = 50; hz <= 7950; hz += 50) {
		test_context("%d Hz", hz);
		if (hz <= 3400)
			check(level(hz) > -0.02 && level(hz) < 0.01);
		else if (hz >= 4600)
			check(level(hz) == NOTHING);
		else
			check(level(hz) < 0.02);
	}
}

/* however the samples come: not one more, less or other */
static void test_pieces(void)
{
	static const uint32_t rows[][8] = {
		{ 1 }, { 2 }, { 3 }, { 59, 1 }, { 60 }, { 85, 86, 85 }, { 341, 342, 341 },
		{ 1, 511, 2, 510, 3, 17 },
	};
	struct decimator d;

	for (int i = 0; i < N; i++)
		in[i] = (float)((i * 7919 % 2001 - 1000) / 1100.0);
	decimator_init(&d);
	check_int(run(&d, whole, out), N / 2);
	for (size_t r = 0; r < SPA_N_ELEMENTS(rows); r++) {
		test_context("row %zu", r);
		decimator_init(&d);
		check_int(run(&d, rows[r], again), N / 2);
		check(memcmp(again, out, N / 2 * sizeof(*out)) == 0);
	}
}

static void test_delay(void)
{
	struct decimator d;
	uint32_t peak = 0;

	memset(in, 0, sizeof(in));
	in[1000] = in[1001] = 0.9f;
	decimator_init(&d);
	run(&d, whole, out);
	for (uint32_t i = 0; i < N / 2; i++)
		if (out[i] > out[peak])
			peak = i;
	/* 1000.5 and half the filter, 29.5 samples; every second one comes out */
	check_int(peak, 515);
	check_int(DECIMATOR_DELAY_NS(RATE), 1843750);
}

static void test_too_loud(void)
{
	struct decimator d;

	for (int i = 0; i < N; i++)
		in[i] = i < N / 2 ? 3.0f : -INFINITY;
	decimator_init(&d);
	check_int(run(&d, whole, out), N / 2);
	check_int(out[N / 4 - 1], INT16_MAX);
	/* taps of either sign: what is infinite with both is no number */
	check_int(out[N / 2 - 1], 0);
}

/* one that is none harms what the filter sees with it, no more */
static void test_no_number(void)
{
	struct decimator d;

	tone(1000, 0.5);
	decimator_init(&d);
	run(&d, whole, out);
	in[4000] = NAN;
	decimator_init(&d);
	run(&d, whole, again);
	for (uint32_t i = 0; i < N / 2; i++)
		check_int(again[i], i >= 2000 && i < 2000 + DECIMATOR_TAPS / 2 ? 0 : out[i]);
}

static void test_restart(void)
{
	struct decimator d;

	decimator_init(&d);
	tone(1000, 0.9);
	run(&d, whole, out);
	decimator_restart(&d);
	memset(in, 0, sizeof(in));
	check_int(run(&d, whole, out), N / 2);
	for (uint32_t i = 0; i < N / 2; i++)
		check_int(out[i], 0);
}

static const struct test tests[] = {
	{ "the telephone band passes, nothing folds back into it", test_response },
	{ "blocks of any size", test_pieces },
	{ "the delay is what it says", test_delay },
	{ "too loud is clipped", test_too_loud },
	{ "what is no number is silence, and soon over", test_no_number },
	{ "what was before is not heard after a restart", test_restart },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
