/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <math.h>

#include "module/rtp/pacer-impl.h"

/* The period only says when a packet goes out, samples are never resampled: a wide
 * loop costs some microseconds of jitter and settles within seconds. */
#define DLL_BANDWIDTH	0.05
#define RATE_MAX	0.005
#define CLOCK_MAX	0.002

/* the fill is a saw-tooth of the graph's cycles: averaged over so many samples */
#define AVERAGE_MS	640u
/* Half a quantum is the margin for late cycles: that of a shorter one were none. What is later
 * than that is waited for.
 * 200 Hz: 5 ms */
#define QUANTUM_MIN_HZ	200u
#define MARGIN_MAX	5u
/* The margin that an underrun made goes again, by and by: what was a busy moment must not be
 * a delay for the rest of the day. Each further underrun doubles the wait. */
#define CALM_S		300u
#define CALM_MAX_S	(8u * CALM_S)
/* of a packet that is later than this and a quantum, only what really came in meanwhile counts */
#define LATE_MS		20u
/* how fast a stream comes into step, per packet */
#define STEP_NS		(1 * NSEC_PER_MSEC)

void pacer_step_init(struct pacer_stream *s)
{
	spa_dll_init(&s->dll);
	spa_dll_set_bw(&s->dll, DLL_BANDWIDTH, s->params.packet_samples, s->params.rate);
	s->calm_min = CALM_S;
	pacer_update_target(s);
}

double pacer_clock_correction(const struct pacer_stream *s)
{
	return 1.0 - s->dll.z3;
}

void pacer_restart_dll(struct pacer_stream *s)
{
	s->dll.z1 = s->dll.z2 = 0.0;
}

uint32_t pacer_quantum(const struct pacer_stream *s)
{
	uint32_t q = audio_ring_quantum(s->params.ring);

	if (q == 0)
		q = s->params.packet_samples;
	return SPA_CLAMP(q, s->params.rate / QUANTUM_MIN_HZ, s->params.rate);
}

void pacer_update_target(struct pacer_stream *s)
{
	s->target = pacer_quantum(s) + s->params.packet_samples + s->margin;
}

/* in whole packets so that streams of one graph stay in step */
void pacer_add_margin(struct pacer_stream *s)
{
	uint32_t packet = s->params.packet_samples;

	if (s->margin < MARGIN_MAX * packet)
		s->margin += packet;
	if (s->stats.underruns > 1)
		s->calm_min = SPA_MIN(2 * s->calm_min, CALM_MAX_S);
	s->calm = 0;
	pacer_update_target(s);
}

static void relax(struct pacer_stream *s)
{
	uint32_t packet = s->params.packet_samples;

	if (s->margin == 0)
		return;
	s->calm += packet;
	if (s->calm / s->params.rate < s->calm_min)
		return;
	s->calm = 0;
	s->margin -= packet;
}

/* When the whole machine stood still, nothing came in while the packet was late: that much less
 * waits now, it seems, which would be the clocks' fault. */
static double bound_late(const struct pacer_stream *s, uint32_t fill, double late)
{
	double most = SPA_MAX(pacer_quantum(s), ms_to_samples(s->params.rate, LATE_MS));

	return SPA_MIN(late, most + SPA_MAX((double)fill - s->target - s->shift, 0.0));
}

double pacer_bound_level(const struct pacer_stream *s, double level)
{
	return SPA_MIN(level, (double)audio_ring_size(s->params.ring));
}

double pacer_steer(struct pacer_stream *s, uint32_t fill, double late)
{
	double weight = (double)s->params.packet_samples /
		ms_to_samples(s->params.rate, AVERAGE_MS);
	double level = pacer_bound_level(s, fill - bound_late(s, fill, late)), corr;

	relax(s);
	pacer_update_target(s);
	s->average += (level - s->average) * SPA_MIN(weight, 1.0);
	if (s->catching || s->draining)
		return pacer_clock_correction(s);
	corr = spa_dll_update(&s->dll, level - s->target - s->shift);
	s->dll.z3 = SPA_CLAMP(s->dll.z3, -CLOCK_MAX, CLOCK_MAX);
	return SPA_CLAMP(corr, 1.0 - RATE_MAX, 1.0 + RATE_MAX);
}

/*
 * Streams of one graph have one clock. Where each has its packets' edges depends on its first
 * sample: 128 cameras would mean 6400 wake-ups a second. So the first one that flows leads those
 * of its period and quantum, and they put the edges where the same wake-up serves both: with
 * zeros before their first sample, or by how much they cut when they take back a delay. From
 * then on they see the same fill and do the same.
 */
static bool has_period(const struct pacer_stream *s, const struct pacer_stream *other)
{
	return s->period == other->period && s->params.rate == other->params.rate;
}

struct pacer_stream *pacer_leader(const struct pacer_stream *s)
{
	struct pacer_stream *l;

	spa_list_for_each(l, &s->pacer->leaders, lead)
		if (l != s && has_period(l, s) && pacer_quantum(l) == pacer_quantum(s))
			return l;
	return NULL;
}

struct pacer_stream *pacer_pace_leader(const struct pacer_stream *s)
{
	struct pacer_stream *l = pacer_leader(s);

	if (l)
		return l;
	spa_list_for_each(l, &s->pacer->leaders, lead)
		if (l != s && has_period(l, s))
			return l;
	return NULL;
}

bool pacer_step_excess(struct pacer_stream *s, uint32_t fill, uint64_t now, int32_t *ret)
{
	struct pacer_stream *l = pacer_leader(s);
	uint32_t level;

	if (l == NULL)
		return false;
	if (l->served == now)
		level = l->level;
	else if (l->due <= now + PACER_SHARE_NS && l->waits_until == 0)
		level = audio_ring_fill(l->params.ring);
	else
		return false;
	*ret = (int32_t)(fill - s->target) - ((int32_t)(level - l->target) - l->shift);
	return true;
}

void pacer_join(struct pacer_stream *s, int32_t excess)
{
	const struct pacer_stream *l = pacer_leader(s);

	s->shift = excess;
	s->dll = l->dll;
	s->average = pacer_bound_level(s, l->average - l->target - l->shift + s->target + s->shift);
}

void pacer_stop_leading(struct pacer_stream *s)
{
	if (!s->leads)
		return;
	s->leads = false;
	spa_list_remove(&s->lead);
}

/* (a change of the quantum makes one kind of two: one leader is enough) */
void pacer_update_leader(struct pacer_stream *s)
{
	bool steady = s->state == STATE_FLOW && !s->catching && !s->draining;

	if (!steady || pacer_leader(s)) {
		pacer_stop_leading(s);
	} else if (!s->leads) {
		s->leads = true;
		spa_list_append(&s->pacer->leaders, &s->lead);
	}
}

static void follow(struct pacer_stream *s, const struct pacer_stream *leader)
{
	uint64_t due = leader->waits_until ? leader->was_due : leader->due;
	double off = remainder((double)due - (double)s->due, s->period);

	s->due = (uint64_t)((int64_t)s->due + llround(SPA_CLAMP(off, -(double)STEP_NS, (double)STEP_NS)));
}

void pacer_keep_step(struct pacer_stream *s)
{
	struct pacer *p = s->pacer;
	struct pacer_stream *leader = pacer_pace_leader(s), *last;

	if (leader) {
		follow(s, leader);
		return;
	}
	if (spa_list_is_empty(&p->streams))
		return;
	last = spa_list_last(&p->streams, struct pacer_stream, link);
	if (last->period == s->period && last->due + PACER_SHARE_NS > s->due &&
	    last->due < s->due + PACER_SHARE_NS)
		s->due = last->due;
}
