/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/rtp/graph.h"

#define RATE	8000u
#define PACKET	160u
#define HOUR_MS	3600000u

/* a saw-tooth without zeros: every sample says where it comes from */
static int16_t ramp(uint64_t pos)
{
	return (int16_t)(pos % 30011 + 1);
}

struct rig {
	struct vloop *v;
	struct pacer *pacer;
	struct pacer_stream *stream;
	struct graph graph;

	/* what came out */
	uint32_t packets, silent, preroll_done;
	uint64_t samples;	/* not zero */
	uint32_t breaks;	/* of the ramp */
	int16_t last;
	uint64_t last_at, gap_min, gap_max;
	void (*on_packet)(struct rig *r);
};

static void on_packet(void *data, const int16_t *samples, uint32_t n, bool silent)
{
	struct rig *r = data;
	uint64_t now = vloop_now(r->v);

	check_int(n, PACKET);
	for (uint32_t i = 0; i < n; i++) {
		if (samples[i] == 0)
			continue;
		check(!silent);
		if (r->last != 0 && samples[i] != r->last + 1 && !(samples[i] == 1 && r->last == 30011))
			r->breaks++;
		r->last = samples[i];
		r->samples++;
	}
	if (r->last_at != 0) {
		r->gap_min = SPA_MIN(r->gap_min, now - r->last_at);
		r->gap_max = SPA_MAX(r->gap_max, now - r->last_at);
	}
	r->last_at = now;
	r->packets++;
	r->silent += silent;
	if (r->on_packet)
		r->on_packet(r);
}

static void on_preroll_done(void *data)
{
	struct rig *r = data;

	r->preroll_done++;
}

static const struct pacer_stream_events events = {
	PACER_VERSION_STREAM_EVENTS,
	.packet = on_packet,
	.preroll_done = on_preroll_done,
};

static void rig_init(struct rig *r)
{
	*r = (struct rig) { .v = vloop_new(), .gap_min = UINT64_MAX };
	r->pacer = pacer_new(vloop_utils(r->v));
	check(r->pacer != NULL);
	r->graph = (struct graph) {
		.loop = vloop_utils(r->v),
		.ring = audio_ring_new(10 * RATE),
		.quantum = 2048,
		.sample = ramp,
	};
}

static void rig_start(struct rig *r, uint32_t preroll_ms, uint32_t hold_ms)
{
	struct pacer_stream_params params = {
		.ring = r->graph.ring,
		.rate = RATE,
		.packet_samples = PACKET,
		.preroll_ms = preroll_ms,
		.hold_ms = hold_ms,
	};

	check_int(pacer_stream_start(r->pacer, &params, &events, r, &r->stream), 0);
	check_int(r->packets, 0);
}

static struct pacer_stats rig_stats(struct rig *r)
{
	struct pacer_stats stats;

	pacer_stream_get_stats(r->stream, &stats);
	return stats;
}

static void rig_end(struct rig *r)
{
	pacer_stream_stop(r->stream);
	pacer_destroy(r->pacer);
	graph_end(&r->graph);
	audio_ring_destroy(r->graph.ring);
	vloop_destroy(r->v);
}

/* an hour: nothing lost, nothing doubled, the delay stays */
static void steady(uint32_t quantum, double ppm, uint32_t jitter_us)
{
	uint32_t block = SPA_MAX((quantum + 5) / 6, RATE / 100), target = block + PACKET;
	struct pacer_stats stats;
	struct rig r;

	rig_init(&r);
	r.graph.quantum = quantum;
	r.graph.ppm = ppm;
	r.graph.jitter_us = jitter_us;
	graph_start(&r.graph);
	rig_start(&r, 0, 0);
	vloop_run(r.v, HOUR_MS);
	stats = rig_stats(&r);
	fprintf(stderr, "# q %4u %+4.0f ppm jitter %5u us: breaks %u silent %u delay %u (target %u) "
			"ratio %+.1f ppm gaps %.2f..%.2f ms underruns %u\n",
			quantum, ppm, jitter_us, r.breaks, r.silent, stats.delay_samples, target,
			(stats.rate_ratio - 1.0) * 1e6, (double)r.gap_min / 1e6, (double)r.gap_max / 1e6, (unsigned)stats.underruns);
	check_int(r.breaks, 0);
	check_int(stats.underruns, 0);
	check_int(stats.samples_cut, 0);
	check_int(stats.samples_lost, 0);
	check(r.silent < 10);
	check(abs((int)stats.delay_samples - (int)target) <= (int)block);
	rig_end(&r);
}

static void test_steady(void)
{
	static const uint32_t quanta[] = { 64, 256, 512, 960, 1024, 1920, 2048, 8192 };
	static const double ppm[] = { -200, -20, 0, 1, 200 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(quanta); i++)
		for (size_t k = 0; k < SPA_N_ELEMENTS(ppm); k++)
			steady(quanta[i], ppm[k], 0);
}

static void test_steady_jitter(void)
{
	static const uint32_t quanta[] = { 512, 960, 2048 };
	static const double ppm[] = { -200, 3, 200 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(quanta); i++)
		for (size_t k = 0; k < SPA_N_ELEMENTS(ppm); k++)
			steady(quanta[i], ppm[k], 4000);
}

static const struct test tests[] = {
	{ "an hour without a lost or made-up sample", test_steady },
	{ "the same with late cycles", test_steady_jitter },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
