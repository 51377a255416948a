/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_PACER_RIG_H
#define ONVIF_PACER_RIG_H

#include "tests/unit/rtp/graph.h"

/* A stream that plays a ramp, and what came out of it. */

#define RATE	8000u
#define PACKET	160u
#define HOUR_MS	3600000u
/* where the wave is cut off, so many samples lead to silence or out of it */
#define FADE	32u

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
	uint64_t samples;	/* of the ramp */
	uint32_t breaks;	/* of it: neither its next sample nor the fading at an edge */
	uint32_t edge;		/* samples of this edge so far */
	uint32_t edges;		/* samples of all */
	int16_t last, next;
	uint64_t last_at, gap_min, gap_max;
	void (*on_packet)(struct rig *r);
};

static void on_packet(void *data, const int16_t *samples, uint32_t n, bool silent)
{
	struct rig *r = data;
	uint64_t now = vloop_now(r->v);

	check_int(n, PACKET);
	for (uint32_t i = 0; i < n; i++) {
		if (samples[i] == r->next) {
			r->last = samples[i];
			r->next = ramp((uint64_t)r->last);
			r->samples++;
		}
		if (samples[i] == r->last || samples[i] == 0) {
			r->edge = 0;
			continue;
		}
		check(!silent);
		r->edges++;
		r->breaks += ++r->edge > FADE;
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
	*r = (struct rig) { .v = vloop_new(), .gap_min = UINT64_MAX, .next = ramp(0) };
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

#endif /* ONVIF_PACER_RIG_H */
