/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>

#include "module/util/gain.h"
#include "tests/lib/test.h"

#define RAMP	100
#define N	256

static int16_t loud[N], out[N];

static void begin(struct gain *g)
{
	for (int i = 0; i < N; i++)
		loud[i] = 10000;
	gain_init(g, RAMP);
}

static void test_unity(void)
{
	struct gain g;

	begin(&g);
	check(gain_is_unity(&g));
	gain_set(&g, 0.5f);
	check(!gain_is_unity(&g));
	gain_set(&g, 1.0f);
	check(gain_is_unity(&g));
}

static void test_ramp(void)
{
	static const struct { float to; int16_t end; } rows[] = {
		{ 0.5f, 5000 }, { 0.0f, 0 }, { 0.25f, 2500 }, { 2.0f, 20000 },
		{ 8.0f, INT16_MAX }, { 1.0f, 10000 },
	};
	int16_t last = 10000;
	struct gain g;

	begin(&g);
	for (size_t r = 0; r < SPA_N_ELEMENTS(rows); r++) {
		test_context("row %zu", r);
		gain_set(&g, rows[r].to);
		gain_apply(&g, loud, out, N);
		for (int i = 0; i < N; i++) {
			/* 8 * 10000 / RAMP at most */
			check(abs(out[i] - last) <= 800);
			last = out[i];
		}
		check_int(out[RAMP - 1], rows[r].end);
		check_int(out[N - 1], rows[r].end);
	}
	check(gain_is_unity(&g));
}

/* changed again on the way: from where it is */
static void test_change_of_mind(void)
{
	struct gain g;
	int16_t last;

	begin(&g);
	gain_set(&g, 0.0f);
	gain_apply(&g, loud, out, RAMP / 2);
	last = out[RAMP / 2 - 1];
	check_int(last, 5000);
	gain_set(&g, 1.0f);
	gain_apply(&g, loud, out, N);
	check(out[0] > last && out[0] - last <= 100);
	check_int(out[N - 1], 10000);
	check(gain_is_unity(&g));
}

/* set while nothing flowed: not one sample is at the old volume */
static void test_jump(void)
{
	struct gain g;

	begin(&g);
	gain_set(&g, 0.0f);
	gain_jump(&g);
	gain_apply(&g, loud, out, N);
	check_int(out[0], 0);
	check_int(out[N - 1], 0);
	gain_set(&g, 1.0f);
	gain_apply(&g, loud, out, RAMP / 2);
	check_int(out[RAMP / 2 - 1], 5000);
	gain_jump(&g);
	gain_apply(&g, loud, out, N);
	check_int(out[0], 10000);
	/* what had begun at full volume is in its middle */
	gain_jump(&g);
	check(gain_is_unity(&g));
	gain_set(&g, 0.0f);
	gain_apply(&g, loud, out, N);
	check_int(out[0], 9900);
}

static void test_mix_down(void)
{
	int16_t frames[] = { 100, 200, -1, 0, 32767, 32767, -32768, -32768, 32767, -32768, 1, 2 };
	static const int16_t mono[] = { 150, 0, 32767, -32768, 0, 1 };

	gain_mix_down(frames, frames, SPA_N_ELEMENTS(mono));
	for (uint32_t i = 0; i < SPA_N_ELEMENTS(mono); i++)
		check_int(frames[i], mono[i]);
}

static const struct test tests[] = {
	{ "full volume is none of its business", test_unity },
	{ "a change is a ramp, and arrives", test_ramp },
	{ "a change on the way to another", test_change_of_mind },
	{ "a change before something new is no ramp", test_jump },
	{ "two channels become one", test_mix_down },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
