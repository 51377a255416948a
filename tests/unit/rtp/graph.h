/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TEST_GRAPH_H
#define ONVIF_TEST_GRAPH_H

#include <math.h>

#include "module/rtp/pacer.h"
#include "module/util/clock.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

/* A graph in virtual time: writes blocks of a quantum, by its own clock */
struct graph {
	struct spa_loop_utils *loop;
	struct spa_source *timer;
	struct audio_ring *ring;
	uint32_t quantum;	/* samples at 48 kHz */
	double ppm;		/* faster than CLOCK_MONOTONIC */
	uint32_t jitter_us;	/* a cycle comes up to so much late */
	int16_t (*sample)(uint64_t pos);
	uint64_t stop;		/* samples to write, 0: no end */

	double next;		/* of the next cycle, ns */
	double frames;		/* at 48 kHz since the start */
	uint64_t pos;		/* samples written */
	uint32_t seed;
};

static inline uint32_t graph_random(struct graph *g)
{
	g->seed = g->seed * 1664525u + 1013904223u;
	return g->seed >> 8;
}

static inline void graph_arm(struct graph *g)
{
	uint32_t jitter = g->jitter_us ? graph_random(g) % (g->jitter_us * 1000) : 0;

	timer_arm_at(g->loop, g->timer, (uint64_t)g->next + jitter);
}

static inline void graph_write(struct graph *g, uint32_t n)
{
	int16_t block[2048];

	check(n <= SPA_N_ELEMENTS(block));
	for (uint32_t i = 0; i < n; i++)
		block[i] = g->sample(g->pos++);
	audio_ring_write(g->ring, block, n);
}

static inline void graph_cycle(void *data, uint64_t expirations)
{
	struct graph *g = data;
	uint64_t end;

	g->frames += g->quantum;
	end = (uint64_t)(g->frames / 6.0);
	if (g->stop > 0 && end > g->stop)
		end = g->stop;
	if (end > g->pos)
		graph_write(g, (uint32_t)(end - g->pos));
	g->next += g->quantum * 1e9 / (48000.0 * (1.0 + g->ppm * 1e-6));
	if (g->stop == 0 || g->pos < g->stop)
		graph_arm(g);
}

/* after graph_end(), as if it had been late all the time: makes up for what it missed */
static inline void graph_resume(struct graph *g)
{
	g->timer = spa_loop_utils_add_timer(g->loop, graph_cycle, g);
	graph_arm(g);
}

static inline void graph_start(struct graph *g)
{
	g->next = (double)clock_monotonic();
	g->pos = (uint64_t)(g->frames / 6.0);
	graph_resume(g);
}

static inline void graph_end(struct graph *g)
{
	if (g->timer)
		spa_loop_utils_destroy_source(g->loop, g->timer);
	g->timer = NULL;
}

#endif /* ONVIF_TEST_GRAPH_H */
