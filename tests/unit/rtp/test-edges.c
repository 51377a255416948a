/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/rtp/graph.h"

#define RATE		8000u
#define PACKET		160u
#define HEARD_MAX	(60u * RATE)
#define AMPLITUDE	12000
/* 4 ms, mirrored and faded: the wave's own step and a 32nd of its height */
#define FADE		32u

static uint32_t period;		/* of the tone, in tenths of a sample */

/* never zero for long, and it begins and ends wherever it is cut */
static int16_t wave(uint64_t pos)
{
	return (int16_t)lround(AMPLITUDE * cos(2 * M_PI * (double)pos * 10.0 / period));
}

struct rig {
	struct vloop *v;
	struct pacer *pacer;
	struct pacer_stream *stream;
	struct graph graph;
	int16_t *heard;
	uint32_t n_heard;
	bool lying;		/* "silent", and it is not */
};

static void on_packet(void *data, const int16_t *samples, uint32_t n, bool silent)
{
	struct rig *r = data;

	check(r->n_heard + n <= HEARD_MAX);
	for (uint32_t i = 0; i < n; i++)
		r->lying |= silent && samples[i] != 0;
	memcpy(r->heard + r->n_heard, samples, n * sizeof(*samples));
	r->n_heard += n;
}

static const struct pacer_stream_events events = {
	PACER_VERSION_STREAM_EVENTS,
	.packet = on_packet,
};

static void rig_init(struct rig *r, uint32_t packet, uint32_t ring)
{
	struct pacer_stream_params params = {
		.rate = RATE, .packet_samples = packet, .preroll_ms = 100, .hold_ms = 1000,
	};

	*r = (struct rig) { .v = vloop_new() };
	r->heard = calloc(HEARD_MAX, sizeof(*r->heard));
	r->pacer = pacer_new(vloop_utils(r->v));
	check(r->heard && r->pacer);
	r->graph = (struct graph) {
		.loop = vloop_utils(r->v),
		.ring = params.ring = audio_ring_new(ring),
		.quantum = 1024,
		.sample = wave,
	};
	check_int(pacer_stream_start(r->pacer, &params, &events, r, &r->stream), 0);
	vloop_run(r->v, 500);
	graph_start(&r->graph);
	vloop_run(r->v, 2000);
}

static void rig_end(struct rig *r)
{
	pacer_stream_stop(r->stream);
	pacer_destroy(r->pacer);
	graph_end(&r->graph);
	audio_ring_destroy(r->graph.ring);
	free(r->heard);
	vloop_destroy(r->v);
}

static uint32_t max_step(const int16_t *samples, uint32_t n)
{
	uint32_t max = 0;

	for (uint32_t i = 1; i < n; i++)
		max = SPA_MAX(max, (uint32_t)abs(samples[i] - samples[i - 1]));
	return max;
}

/* the player was killed: what it wrote is played, and then nothing */
static void killed(struct rig *r)
{
	graph_end(&r->graph);
	pacer_stream_linger(r->stream, true);
	vloop_run(r->v, 1000);
}

/* the same, but nobody says so */
static void dry(struct rig *r)
{
	graph_end(&r->graph);
	vloop_run(r->v, 1000);
}

static void dry_and_back(struct rig *r)
{
	r->graph.next += 1e8;
	vloop_run(r->v, 1000);
	r->graph.next += 3.5e8;
	vloop_run(r->v, 3000);
}

static void next_player(struct rig *r)
{
	killed(r);
	r->graph.frames += 6 * 777;
	graph_start(&r->graph);
	vloop_run(r->v, 60);
	pacer_stream_linger(r->stream, false);
	vloop_run(r->v, 3000);
}

static void lingered_over(struct rig *r)
{
	pacer_stream_linger(r->stream, true);
	vloop_run(r->v, 1500);
	pacer_stream_linger(r->stream, false);
	vloop_run(r->v, 1000);
}

/* more than the ring holds is written at once */
static void overrun(struct rig *r)
{
	int16_t block[2000];
	uint64_t pos = r->graph.pos;

	graph_end(&r->graph);
	for (uint32_t n = 0; n < 6; n++) {
		for (uint32_t i = 0; i < SPA_N_ELEMENTS(block); i++)
			block[i] = wave(pos++);
		audio_ring_write(r->graph.ring, block, SPA_N_ELEMENTS(block));
	}
	vloop_run(r->v, 3000);
}

static const struct {
	const char *name;
	void (*func)(struct rig *r);
} edges[] = {
	{ "killed", killed },
	{ "dry", dry },
	{ "dry and back", dry_and_back },
	{ "next player", next_player },
	{ "lingered over", lingered_over },
	{ "overrun", overrun },
};

/* whatever ends or begins, wherever in the wave: no step that is not the wave's own */
static void test_steps(void)
{
	static const uint32_t packets[] = { 40, 80, 160, 1024 };
	struct rig r;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(edges) * SPA_N_ELEMENTS(packets); i++)
		for (period = 113; period < 700; period += 61) {
			uint32_t own = (uint32_t)(AMPLITUDE * 20 * M_PI / period), step;

			test_context("%s, packets of %u, period %u", edges[i / 4].name, packets[i % 4], period);
			rig_init(&r, packets[i % 4], 8 * RATE / 10);
			edges[i / 4].func(&r);
			step = max_step(r.heard, r.n_heard);
			if (step > own * 11 / 10 + AMPLITUDE / FADE)
				test_fail(__FILE__, __LINE__, "a step of %u, the wave has %u", step, own);
			check(!r.lying);
			rig_end(&r);
		}
}

/* all that was written is in there, sample by sample */
static void test_untouched(void)
{
	struct rig r;
	uint32_t i, k;

	for (period = 113; period < 700; period += 61) {
		rig_init(&r, PACKET, RATE);
		killed(&r);
		for (i = 0; i < r.n_heard && r.heard[i] != wave(0); i++)
			;
		for (k = 0; k < r.graph.pos; k++)
			check_int(r.heard[i + k], wave(k));
		for (k += i + FADE; k < r.n_heard; k++)
			check_int(r.heard[k], 0);
		rig_end(&r);
	}
}

/* a wave that ends by itself is left alone */
static void test_soft(void)
{
	struct rig r;

	period = 320;
	rig_init(&r, PACKET, RATE);
	r.graph.stop = r.graph.pos + 320 - r.graph.pos % 32 + 9;	/* the last one is zero */
	vloop_run(r.v, 1000);
	for (uint32_t i = r.n_heard; i-- > 0 && r.heard[i] == 0;)
		r.n_heard = i;
	check_int(r.heard[r.n_heard - 1], wave(r.graph.stop - 2));
	rig_end(&r);
}

static const struct test tests[] = {
	{ "no edge makes a step", test_steps },
	{ "nothing real is touched", test_untouched },
	{ "a soft end stays as it is", test_soft },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
