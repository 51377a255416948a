/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "module/rtp/pacer-impl.h"
#include "module/util/compat.h"

/* With many streams the first one waits a little for others that are not in its step. */
#define MANY_STREAMS	4u
#define SLACK_NS	(1 * NSEC_PER_MSEC)
/* later than this, the machine slept: go on from now instead of sending a burst */
#define RESYNC_NS	(500 * NSEC_PER_MSEC)

/* A packet whose samples are late (the graph has no real-time priority, or a busy
 * machine) waits for them so long: cameras even out that much, a hole is heard. Counted
 * from when we looked: what held us up (a virtual machine that stood still) held up the
 * graph, too. */
#define PATIENCE_NS	(20 * NSEC_PER_MSEC)
#define RETRY_NS	(2 * NSEC_PER_MSEC)
#define PACKET_MAX	8192u
#define RATE_LIMIT	192000u
/* of an edge where the audio is cut off */
#define FADE_MS		4u

#define stream_emit(s, method, ...)						\
	do {									\
		if ((s)->events && (s)->events->method)				\
			(s)->events->method((s)->data, ##__VA_ARGS__);		\
	} while (0)

static void arm_timer(struct pacer *p)
{
	struct pacer_stream *s;

	if (spa_list_is_empty(&p->streams)) {
		timer_disarm(p->loop, p->timer);
		return;
	}
	s = spa_list_first(&p->streams, struct pacer_stream, link);
	timer_arm_at(p->loop, p->timer, s->due + (p->n_streams > MANY_STREAMS ? SLACK_NS : 0));
}

/* streams of one period follow each other: the place is at or near the end */
static void insert_by_due(struct pacer *p, struct pacer_stream *s)
{
	struct pacer_stream *other;

	spa_list_for_each_reverse(other, &p->streams, link)
		if (other->due <= s->due)
			break;
	spa_list_insert(&other->link, &s->link);
}

static void free_stream(struct pacer_stream *s)
{
	catchup_clear(&s->catchup);
	free(s);
}

/* \return true when the stream was stopped from inside the event */
static bool emit_preroll_done(struct pacer_stream *s)
{
	s->state = STATE_FILL;
	stream_emit(s, preroll_done);
	return s->stopped;
}

/* \return true when the packet is put off because its samples are on their way */
static bool wait_for_samples(struct pacer_stream *s, uint32_t fill, uint64_t now)
{
	if (s->state != STATE_FLOW || s->draining || fill >= s->params.packet_samples)
		return false;
	if (s->waits_until == 0) {
		s->waits_until = now + PATIENCE_NS;
		s->was_due = s->due;
	}
	if (now >= s->waits_until)
		return false;
	s->due = now + RETRY_NS;
	spa_list_remove(&s->link);
	insert_by_due(s->pacer, s);
	return true;
}

static void stop_waiting(struct pacer_stream *s)
{
	if (s->waits_until == 0)
		return;
	s->due = s->was_due;
	s->waits_until = 0;
}

static void serve(struct pacer_stream *s, uint64_t now)
{
	struct pacer *p = s->pacer;
	uint32_t fill, packet = s->params.packet_samples;
	double corr, late;
	uint64_t lost;
	bool audio;

	if (s->state == STATE_PREROLL && s->preroll == 0 && emit_preroll_done(s))
		return;
	fill = audio_ring_fill(s->params.ring);
	if (wait_for_samples(s, fill, now))
		return;
	stop_waiting(s);
	if (now > s->due + RESYNC_NS)
		s->due = now;
	late = ((double)now - (double)s->due) * s->params.rate / SPA_NSEC_PER_SEC;

	lost = audio_ring_take_lost(s->params.ring);
	s->stats.samples_lost += lost;
	corr = s->state == STATE_FLOW ? pacer_steer(s, fill, late) : pacer_clock_correction(s);
	s->level = fill;
	audio = pacer_make_packet(s, fill, lost > 0, now);
	s->served = now;
	pacer_update_leader(s);
	if (s->state == STATE_PREROLL)
		s->preroll--;

	s->stats.packets++;
	s->stats.silent_packets += !audio;
	s->due += (uint64_t)llround(s->period * corr);
	spa_list_remove(&s->link);
	if (s->state != STATE_FLOW || s->catching)
		pacer_keep_step(s);
	insert_by_due(p, s);
	stream_emit(s, packet, s->samples, packet, !audio);
}

static void on_timer(void *data, uint64_t expirations)
{
	struct pacer *p = data;
	uint64_t now = clock_monotonic();
	struct pacer_stream *s;

	while (!p->destroyed && !spa_list_is_empty(&p->streams)) {
		s = spa_list_first(&p->streams, struct pacer_stream, link);
		if (s->due > now + PACER_SHARE_NS)
			break;
		p->serving = s;
		serve(s, now);
		p->serving = NULL;
		if (s->stopped)
			free_stream(s);
	}
	if (p->destroyed)
		free(p);
	else
		arm_timer(p);
}

struct pacer *pacer_new(struct spa_loop_utils *loop)
{
	struct pacer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->loop = loop;
	spa_list_init(&p->streams);
	spa_list_init(&p->leaders);
	p->timer = compat_add_timer(loop, on_timer, p);
	if (p->timer == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

void pacer_destroy(struct pacer *p)
{
	struct pacer_stream *s;

	if (p == NULL || p->destroyed)
		return;
	spa_list_consume(s, &p->streams, link)
		pacer_stream_stop(s);
	spa_loop_utils_destroy_source(p->loop, p->timer);
	p->destroyed = true;
	if (p->serving == NULL)
		free(p);
}

/* In step with a stream of the same period, so that one wake-up serves both */
static uint64_t first_due(struct pacer *p, const struct pacer_stream *stream)
{
	uint64_t now = clock_monotonic();
	struct pacer_stream *s = pacer_pace_leader(stream);

	if (s && s->due > now)
		return s->due;

	spa_list_for_each(s, &p->streams, link)
		if (s->period == stream->period && s->due > now)
			return s->due;
	return now;
}

static int check_params(const struct pacer_stream_params *params)
{
	if (params->ring == NULL || params->rate == 0 || params->rate > RATE_LIMIT)
		return -EINVAL;
	if (params->packet_samples == 0 || params->packet_samples > PACKET_MAX)
		return -EINVAL;
	return 0;
}

int pacer_stream_start(struct pacer *p, const struct pacer_stream_params *params,
		const struct pacer_stream_events *events, void *data, struct pacer_stream **ret)
{
	uint32_t packet = params->packet_samples, fade, edge;
	struct pacer_stream *s;
	int res;

	res = check_params(params);
	if (res < 0)
		return res;
	fade = SPA_MAX(ms_to_samples(params->rate, FADE_MS), 1u);
	edge = SPA_MAX(ms_to_samples(params->rate, PACER_EDGE_MS), fade);
	s = calloc(1, sizeof(*s) + (2 * (fade + edge) + packet) * sizeof(s->buffer[0]));
	if (s == NULL)
		return -ENOMEM;
	res = catchup_init(&s->catchup, params->rate, packet);
	if (res < 0) {
		free_stream(s);
		return res;
	}
	s->pacer = p;
	s->params = *params;
	s->events = events;
	s->data = data;
	s->state = STATE_PREROLL;
	s->period = (double)packet * SPA_NSEC_PER_SEC / params->rate;
	s->due = first_due(p, s);
	s->preroll = (ms_to_samples(params->rate, params->preroll_ms) + packet - 1) / packet;
	s->fade = s->tail_pos = fade;
	s->tail = s->buffer;
	s->edge = edge;
	s->head = s->tail + fade;
	s->samples = s->head + edge + fade + edge;
	pacer_step_init(s);
	audio_ring_take_lost(params->ring);
	s->stats.samples_lost = pacer_trim(params->ring, params->rate, params->hold_ms);
	pacer_drop_leading_silence(params->ring, UINT32_MAX);

	insert_by_due(p, s);
	p->n_streams++;
	arm_timer(p);
	*ret = s;
	return 0;
}

void pacer_stream_stop(struct pacer_stream *s)
{
	struct pacer *p;

	if (s == NULL || s->stopped)
		return;
	p = s->pacer;
	spa_list_remove(&s->link);
	p->n_streams--;
	pacer_stop_leading(s);
	s->stopped = true;
	if (p->serving == s)
		return;
	free_stream(s);
	if (p->serving == NULL)
		arm_timer(p);
}

void pacer_stream_linger(struct pacer_stream *s, bool linger)
{
	if (linger && s->state != STATE_LINGER && !s->draining) {
		s->draining = true;
		s->drain = audio_ring_fill(s->params.ring);
	} else if (!linger) {
		s->draining = false;
		if (s->state == STATE_LINGER) {
			s->state = STATE_FILL;
			s->waited = s->dry = 0;
		}
	}
}

void pacer_stream_get_stats(struct pacer_stream *s, struct pacer_stats *ret)
{
	*ret = s->stats;
	if (s->draining)
		ret->delay_samples = s->drain;
	else if (s->state == STATE_FLOW)
		ret->delay_samples = (uint32_t)SPA_MAX(s->average, 0.0);
	else
		ret->delay_samples = audio_ring_fill(s->params.ring);
	ret->rate_ratio = 1.0 / pacer_clock_correction(s);
}
