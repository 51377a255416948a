/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/lib/oom.h"
#include "tests/unit/rtp/pacer-rig.h"

/* nothing lost, nothing doubled, the delay stays */
static void steady(uint32_t quantum, double ppm, uint32_t jitter_us, uint32_t minutes)
{
	uint32_t block = SPA_MAX((quantum + 5) / 6, RATE / 200), target = block + PACKET;
	struct pacer_stats stats;
	struct rig r;

	rig_init(&r);
	r.graph.quantum = quantum;
	r.graph.ppm = ppm;
	r.graph.jitter_us = jitter_us;
	graph_start(&r.graph);
	rig_start(&r, 0, 0);
	vloop_run(r.v, minutes * 60000);
	stats = rig_stats(&r);
	if (r.breaks || stats.underruns || stats.samples_cut || stats.samples_lost ||
	    r.silent > 9 || abs((int)stats.delay_samples - (int)target) > (int)block / 4 ||
	    fabs((stats.rate_ratio - 1.0) * 1e6 - ppm) > 400.0 ||
	    r.gap_min < 19800000 || r.gap_max > 20200000)
		test_fail(__FILE__, __LINE__, "quantum %u, %.0f ppm, jitter %u us: breaks %u, "
			"silent %u, delay %u of %u, ratio %.0f ppm, underruns %u",
			quantum, ppm, jitter_us, r.breaks, r.silent, stats.delay_samples, target,
			(stats.rate_ratio - 1.0) * 1e6, (unsigned int)stats.underruns);
	check(r.samples + target + 2 * block >= r.graph.pos);
	rig_end(&r);
}

static void test_steady(void)
{
	static const uint32_t quanta[] = { 64, 256, 512, 960, 1024, 1920, 2048, 8192 };
	static const double ppm[] = { -200, -20, 0, 1, 200 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(quanta); i++)
		for (size_t k = 0; k < SPA_N_ELEMENTS(ppm); k++)
			steady(quanta[i], ppm[k], 0, 5);
}

static void test_steady_jitter(void)
{
	static const uint32_t quanta[] = { 512, 960, 2048 };
	static const double ppm[] = { -200, 3, 200 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(quanta); i++)
		for (size_t k = 0; k < SPA_N_ELEMENTS(ppm); k++)
			steady(quanta[i], ppm[k], 4000, 5);
}

static void test_steady_hours(void)
{
	steady(512, 200, 2000, 90);
	steady(2048, -200, 2000, 90);
}

static void write_ring(struct rig *r, uint32_t n, bool zeros)
{
	int16_t block[1000];

	for (; n > 0; n -= SPA_MIN(n, 1000u)) {
		uint32_t len = SPA_MIN(n, 1000u);

		for (uint32_t i = 0; i < len; i++)
			block[i] = zeros ? 0 : ramp(r->graph.pos++);
		audio_ring_write(r->graph.ring, block, len);
	}
}

/* what waited while the camera was being connected comes out from its first sample */
static void test_preroll(void)
{
	struct pacer_stats stats;
	struct rig r;

	rig_init(&r);
	write_ring(&r, 3000, true);
	write_ring(&r, 1000, false);
	rig_start(&r, 250, 5000);
	vloop_run(r.v, 240);
	check_int(r.packets, 13);
	check_int(r.silent, 13);
	check_int(r.preroll_done, 0);
	vloop_run(r.v, 500);
	check_int(r.preroll_done, 1);
	check_int(r.samples, 1000);
	check_int(r.breaks, 0);
	check_int(r.last, 1000);
	stats = rig_stats(&r);
	check_int(stats.packets, r.packets);
	check_int(stats.silent_packets, r.silent);
	check_int(stats.packets - stats.silent_packets, 7);
	check_int(stats.underruns, 0);
	check_int(stats.samples_cut, 0);
	rig_end(&r);
}

static void test_no_preroll(void)
{
	struct rig r;

	rig_init(&r);
	rig_start(&r, 0, 5000);
	vloop_flush(r.v);
	check_int(r.preroll_done, 1);
	check_int(r.packets, 1);
	vloop_run(r.v, 1000);
	check_int(r.preroll_done, 1);
	check_int(r.packets, 51);
	check_int(r.silent, 51);
	rig_end(&r);
}

static void test_hold(void)
{
	struct rig r;

	rig_init(&r);
	write_ring(&r, 8 * RATE, false);
	rig_start(&r, 0, 5000);
	check_int(rig_stats(&r).samples_lost, 3 * RATE);
	r.next = ramp(3 * RATE);
	vloop_flush(r.v);
	/* the oldest goes; five seconds wait, minus this packet */
	check_int(r.last, ramp(3 * RATE + PACKET - FADE - 1));
	check_int(r.edges, FADE);
	rig_end(&r);

	rig_init(&r);
	write_ring(&r, 6 * RATE, false);
	pacer_hold(r.graph.ring, RATE, 5000);
	check_int(audio_ring_fill(r.graph.ring), 5 * RATE);
	pacer_hold(r.graph.ring, RATE, 0);
	check_int(audio_ring_fill(r.graph.ring), 0);
	write_ring(&r, 5000, true);
	write_ring(&r, 10, false);
	write_ring(&r, 5, true);
	pacer_hold(r.graph.ring, RATE, 5000);
	check_int(audio_ring_fill(r.graph.ring), 15);
	rig_start(&r, 0, 5000);
	rig_end(&r);
}

/* zeros before the first sample add to the delay, but not to what the ring can hold */
static void test_full(void)
{
	struct rig r;

	rig_init(&r);
	write_ring(&r, 200000, false);
	rig_start(&r, 20, 60000);
	vloop_flush(r.v);
	write_ring(&r, 1000, false);
	vloop_run(r.v, 20);
	check(rig_stats(&r).samples_lost > 0);
	check_int(rig_stats(&r).delay_samples, audio_ring_size(r.graph.ring));
	rig_end(&r);
}

/* all of it comes out whatever its length; the next sound starts with a full buffer */
static void test_end(void)
{
	static const uint32_t lengths[] = { 1, 50, 159, 160, 161, 500, 8000, 12345 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(lengths); i++) {
		struct rig r;

		rig_init(&r);
		r.graph.stop = lengths[i];
		rig_start(&r, 0, 0);
		vloop_run(r.v, 105);
		for (uint32_t k = 1; k <= 3; k++) {
			graph_start(&r.graph);
			vloop_run(r.v, 3000);
			graph_end(&r.graph);
			check_int(r.samples, k * lengths[i]);
			check_int(r.breaks, 0);
			r.graph.frames = (double)r.graph.pos * 6;
			r.graph.stop += lengths[i];
		}
		check_int(rig_stats(&r).underruns, 0);
		check_int(rig_stats(&r).samples_cut, 0);
		rig_end(&r);
	}
}

static void test_quantum_change(void)
{
	struct rig r;

	rig_init(&r);
	r.graph.quantum = 256;
	graph_start(&r.graph);
	rig_start(&r, 0, 0);
	vloop_run(r.v, 10000);
	r.graph.quantum = 2048;
	vloop_run(r.v, 10000);
	check_int(r.breaks, 0);
	check(rig_stats(&r).underruns <= 1);
	vloop_run(r.v, 60000);
	check(rig_stats(&r).underruns <= 1);
	r.graph.quantum = 256;
	vloop_run(r.v, 60000);
	check_int(rig_stats(&r).samples_lost, 0);
	check(rig_stats(&r).underruns <= 1);
	/* at most the margin of one underrun more than at the start */
	check(rig_stats(&r).delay_samples < RATE / 100 + 3 * PACKET + PACKET / 2);
	rig_end(&r);
}

static void test_linger(void)
{
	struct rig r;
	uint32_t silent, pos;

	rig_init(&r);
	graph_start(&r.graph);
	rig_start(&r, 0, 0);
	vloop_run(r.v, 5000);
	graph_end(&r.graph);
	pacer_stream_linger(r.stream, true);
	check(audio_ring_fill(r.graph.ring) > 0);
	vloop_run(r.v, 500);
	/* the tail was played */
	check_int(r.samples, r.graph.pos);
	check_int(r.breaks, 0);
	silent = r.silent;
	vloop_run(r.v, 500);
	check_int(r.silent - silent, 25);

	/* stale audio does not come out, the last words do */
	write_ring(&r, 2 * RATE, false);
	vloop_run(r.v, 100);
	check_int(r.samples, r.graph.pos - 2 * RATE);
	check_int(audio_ring_fill(r.graph.ring), RATE / 2);
	vloop_run(r.v, 1000);
	write_ring(&r, RATE, true);
	vloop_run(r.v, 100);
	check_int(audio_ring_fill(r.graph.ring), 0);
	pos = (uint32_t)r.graph.pos;
	write_ring(&r, 1000, false);
	vloop_run(r.v, 100);
	pacer_stream_linger(r.stream, false);
	r.next = ramp(pos);
	vloop_run(r.v, 500);
	check_int(r.samples, pos - 2 * RATE + 1000);
	check_int(r.last, ramp(pos + 999));
	check_int(r.breaks, 0);
	rig_end(&r);
}

/* a sound that was over before the session was ready */
static void test_linger_at_start(void)
{
	struct rig r;

	rig_init(&r);
	write_ring(&r, 12000, false);
	rig_start(&r, 250, 5000);
	pacer_stream_linger(r.stream, true);
	check_int(rig_stats(&r).delay_samples, 12000);
	vloop_run(r.v, 3000);
	check_int(rig_stats(&r).delay_samples, 0);
	check_int(r.samples, 12000);
	check_int(r.breaks, 0);
	check_int(rig_stats(&r).underruns, 0);
	rig_end(&r);
}

#define STREAMS	16u

struct wakes {
	struct rig *r;
	uint32_t packets, wakes;
	uint64_t last;
};

static void on_shared_packet(void *data, const int16_t *samples, uint32_t n, bool silent)
{
	struct wakes *w = data;
	uint64_t now = vloop_now(w->r->v);

	w->packets++;
	w->wakes += now != w->last;
	w->last = now;
}

static const struct pacer_stream_events shared_events = {
	PACER_VERSION_STREAM_EVENTS,
	.packet = on_shared_packet,
};

static void test_share(void)
{
	struct pacer_stream *streams[STREAMS];
	struct audio_ring *rings[STREAMS];
	struct wakes w;
	struct rig r;

	rig_init(&r);
	w = (struct wakes) { .r = &r };
	for (uint32_t i = 0; i < STREAMS; i++) {
		struct pacer_stream_params params = {
			.rate = RATE, .packet_samples = PACKET, .preroll_ms = 250,
		};

		rings[i] = params.ring = audio_ring_new(RATE);
		vloop_run(r.v, 7);
		check_int(pacer_stream_start(r.pacer, &params, &shared_events, &w, &streams[i]), 0);
		check_int(vloop_armed_timers(r.v), 1);
	}
	w.packets = w.wakes = 0;
	vloop_run(r.v, 60000);
	check_int(w.packets, STREAMS * 3000);
	check_int(w.wakes, 3000);

	/* with audio of one graph, begun at different times */
	for (uint32_t t = 0; t < 60000 * 3 / 32; t++) {
		int16_t block[86];

		for (uint32_t i = 0; i < SPA_N_ELEMENTS(block); i++)
			block[i] = (int16_t)(i + 1);
		for (uint32_t i = 0; i < STREAMS; i++)
			if (t > i * 13)
				audio_ring_write(rings[i], block, 85 + t % 3 / 2);
		if (t == 60000 * 3 / 64)
			w.packets = w.wakes = 0;
		vloop_run(r.v, 10 + (t % 3 > 0));
	}
	check(w.packets > STREAMS * 1400);
	/* each ring has its own phase, but 5 ms are served at once: 200 a second at most */
	check(w.wakes < 30 * 200);
	for (uint32_t i = 0; i < STREAMS; i++)
		pacer_stream_stop(streams[i]);
	check_int(vloop_armed_timers(r.v), 0);
	for (uint32_t i = 0; i < STREAMS; i++)
		audio_ring_destroy(rings[i]);
	rig_start(&r, 0, 0);
	rig_end(&r);
}

static void stop_self(struct rig *r)
{
	if (r->packets < 5)
		return;
	pacer_stream_stop(r->stream);
	pacer_stream_stop(r->stream);
}

static void destroy_all(struct rig *r)
{
	if (r->packets < 5)
		return;
	pacer_destroy(r->pacer);
	r->pacer = NULL;
}

static void on_preroll_stop(void *data)
{
	struct rig *r = data;

	r->preroll_done++;
	pacer_stream_stop(r->stream);
}

static const struct pacer_stream_events preroll_stop_events = {
	PACER_VERSION_STREAM_EVENTS,
	.packet = on_packet,
	.preroll_done = on_preroll_stop,
};

static void test_stop_inside(void)
{
	static void (* const how[])(struct rig *r) = { stop_self, destroy_all };
	struct pacer_stream_params params;
	struct rig r;

	for (size_t i = 0; i < SPA_N_ELEMENTS(how); i++) {
		rig_init(&r);
		rig_start(&r, 0, 0);
		r.on_packet = how[i];
		vloop_run(r.v, 1000);
		check_int(r.packets, 5);
		r.stream = NULL;
		rig_end(&r);
	}

	rig_init(&r);
	params = (struct pacer_stream_params) {
		.ring = r.graph.ring, .rate = RATE, .packet_samples = PACKET, .preroll_ms = 100,
	};
	check_int(pacer_stream_start(r.pacer, &params, &preroll_stop_events, &r, &r.stream), 0);
	vloop_run(r.v, 1000);
	check_int(r.preroll_done, 1);
	check_int(r.packets, 5);
	check_int(vloop_armed_timers(r.v), 0);
	r.stream = NULL;
	rig_end(&r);
}

static void test_params(void)
{
	static const struct pacer_stream_params bad[] = {
		{ .rate = RATE, .packet_samples = 0 },
		{ .rate = RATE, .packet_samples = 8193 },
		{ .rate = 0, .packet_samples = PACKET },
		{ .rate = 192001, .packet_samples = PACKET },
	};
	struct pacer_stream_params params;
	struct rig r;

	rig_init(&r);
	for (size_t i = 0; i < SPA_N_ELEMENTS(bad); i++) {
		params = bad[i];
		params.ring = r.graph.ring;
		check_int(pacer_stream_start(r.pacer, &params, &events, &r, &r.stream), -EINVAL);
		check(r.stream == NULL);
	}
	params = (struct pacer_stream_params) { .rate = RATE, .packet_samples = PACKET };
	check_int(pacer_stream_start(r.pacer, &params, &events, &r, &r.stream), -EINVAL);
	pacer_stream_stop(NULL);
	pacer_destroy(NULL);
	rig_end(&r);
}

static void run_without_memory(void *data)
{
	struct pacer_stream_params params = { .rate = RATE, .packet_samples = PACKET, .hold_ms = 5000 };
	struct vloop *v = vloop_new();
	struct audio_ring *ring = audio_ring_new(RATE);
	struct rig r = { .v = v };
	int res = 0;

	params.ring = ring;
	oom_start();
	r.pacer = pacer_new(vloop_utils(v));
	if (r.pacer)
		res = pacer_stream_start(r.pacer, &params, &events, &r, &r.stream);
	/* once it runs it needs none */
	vloop_run(v, 1000);
	oom_stop();
	check(r.pacer || oom_failed());
	check(res == 0 || (res == -ENOMEM && r.stream == NULL));
	check_int(r.packets, r.stream ? 51 : 0);
	pacer_destroy(r.pacer);
	audio_ring_destroy(ring);
	vloop_destroy(v);
}

static void test_memory(void)
{
	check_int(oom_sweep(OOM_ONCE, run_without_memory, NULL), 4);
	check_int(oom_sweep(OOM_FROM_THERE, run_without_memory, NULL), 4);
}

static const struct test tests[] = {
	{ "steady: no lost or made-up sample, the delay stays", test_steady },
	{ "steady with late cycles", test_steady_jitter },
	{ "steady for hours", test_steady_hours },
	{ "silent pre-roll, then what was held", test_preroll },
	{ "no pre-roll", test_no_preroll },
	{ "held audio is bounded", test_hold },
	{ "a full ring", test_full },
	{ "sounds of any length come out whole", test_end },
	{ "a graph that changes its quantum", test_quantum_change },
	{ "linger plays the tail and resumes fresh", test_linger },
	{ "linger before the pre-roll is over", test_linger_at_start },
	{ "streams share wake-ups", test_share },
	{ "streams are stopped from inside their events", test_stop_inside },
	{ "bad parameters", test_params },
	{ "without memory", test_memory },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
