/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>

#include "module/util/gain.h"

static float load_target(const struct gain *g)
{
	float v;

	__atomic_load(&g->target, &v, __ATOMIC_RELAXED);
	return v;
}

void gain_init(struct gain *g, uint32_t ramp)
{
	*g = (struct gain) {
		.target = 1.0f,
		.heading = 1.0f,
		.now = 1.0f,
		.ramp = SPA_MAX(ramp, 1u),
	};
}

void gain_set(struct gain *g, float target)
{
	__atomic_store(&g->target, &target, __ATOMIC_RELAXED);
}

void gain_jump(struct gain *g)
{
	__atomic_store_n(&g->jump, true, __ATOMIC_RELAXED);
}

bool gain_is_unity(struct gain *g)
{
	if (g->left > 0 || g->heading != 1.0f || load_target(g) != 1.0f)
		return false;
	/* begun: the next change comes in the middle of it */
	__atomic_store_n(&g->jump, false, __ATOMIC_RELAXED);
	return true;
}

static void head_for(struct gain *g, float target)
{
	g->heading = target;
	g->left = g->ramp;
	g->step = (target - g->now) / (float)g->ramp;
}

/* the sum of so many steps is not quite what it should be */
static void arrive(struct gain *g)
{
	g->left = 0;
	g->now = g->heading;
	g->step = 0.0f;
}

void gain_apply(struct gain *g, const float *src, float *dst, uint32_t n)
{
	float target = load_target(g);

	if (__atomic_exchange_n(&g->jump, false, __ATOMIC_RELAXED)) {
		g->heading = target;
		arrive(g);
	} else if (target != g->heading) {
		head_for(g, target);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (g->left > 0 && --g->left == 0)
			arrive(g);
		g->now += g->step;
		dst[i] = g->now * src[i];
	}
}

void gain_mix_down(const float *frames, float *mono, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		mono[i] = (frames[2 * i] + frames[2 * i + 1]) / 2.0f;
}
