/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <math.h>

#include <spa/utils/defs.h>

#include "module/util/gain.h"
#include "tests/lib/test.h"

#define RAMP	100
#define N	256

static float loud[N], out[N];

static void begin(struct gain *g)
{
	for (int i = 0; i < N; i++)
		loud[i] = 0.5f;
	gain_init(g, RAMP);
}

static bool is_near(float a, float b)
{
	return fabsf(a - b) < 1e-5f;
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
	static const struct { float to, end; } rows[] = {
		{ 0.5f, 0.25f }, { 0.0f, 0.0f }, { 0.25f, 0.125f }, { 2.0f, 1.0f },
		{ 8.0f, 4.0f }, { 1.0f, 0.5f },
	};
	float last = 0.5f;
	struct gain g;

	begin(&g);
	for (size_t r = 0; r < SPA_N_ELEMENTS(rows); r++) {
		test_context("row %zu", r);
		gain_set(&g, rows[r].to);
		gain_apply(&g, loud, out, N);
		for (int i = 0; i < N; i++) {
			/* 8 * 0.5 / RAMP at most */
			check(fabsf(out[i] - last) <= 0.041f);
			last = out[i];
		}
		check(out[RAMP - 1] == rows[r].end);
		check(out[N - 1] == rows[r].end);
	}
	check(gain_is_unity(&g));
}

/* changed again on the way: from where it is */
static void test_change_of_mind(void)
{
	struct gain g;
	float last;

	begin(&g);
	gain_set(&g, 0.0f);
	gain_apply(&g, loud, out, RAMP / 2);
	last = out[RAMP / 2 - 1];
	check(is_near(last, 0.25f));
	gain_set(&g, 1.0f);
	gain_apply(&g, loud, out, N);
	check(out[0] > last && out[0] - last <= 0.0051f);
	check(out[N - 1] == 0.5f);
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
	check(out[0] == 0.0f);
	check(out[N - 1] == 0.0f);
	gain_set(&g, 1.0f);
	gain_apply(&g, loud, out, RAMP / 2);
	check(is_near(out[RAMP / 2 - 1], 0.25f));
	gain_jump(&g);
	gain_apply(&g, loud, out, N);
	check(out[0] == 0.5f);
	/* what had begun at full volume is in its middle */
	gain_jump(&g);
	check(gain_is_unity(&g));
	gain_set(&g, 0.0f);
	gain_apply(&g, loud, out, N);
	check(is_near(out[0], 0.495f));
}

static void test_mix_down(void)
{
	float frames[] = { 0.25f, 0.5f, -0.5f, 0.0f, 1.0f, 1.0f, -1.0f, -1.0f, 1.0f, -1.0f, 3.0f, 1.0f };
	static const float mono[] = { 0.375f, -0.25f, 1.0f, -1.0f, 0.0f, 2.0f };

	gain_mix_down(frames, frames, SPA_N_ELEMENTS(mono));
	for (uint32_t i = 0; i < SPA_N_ELEMENTS(mono); i++)
		check(frames[i] == mono[i]);
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
