/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/dll.h>
#include <spa/utils/list.h>

#include "module/rtp/catchup.h"
#include "module/rtp/pacer.h"
#include "module/util/clock.h"
#include "module/util/compat.h"

/* streams that are due so soon are served by the same wake-up */
#define SHARE_NS	(1 * NSEC_PER_MSEC)
/* With many streams the first one waits a little for others. Each follows its own
 * ring and so has its own phase: 128 cameras would mean 6400 wake-ups a second. */
#define MANY_STREAMS	4u
#define SLACK_NS	(4 * NSEC_PER_MSEC)
/* later than this, the machine slept: go on from now instead of sending a burst */
#define RESYNC_NS	(500 * NSEC_PER_MSEC)

/* The period only says when a packet goes out, samples are never resampled: a wide
 * loop costs some microseconds of jitter and settles within seconds. */
#define DLL_BANDWIDTH	0.05
#define RATE_MAX	0.005
#define CLOCK_MAX	0.002

/* the fill is a saw-tooth of the graph's cycles: averaged over so many samples */
#define AVERAGE_MS	640u
/* Half a quantum is the margin for late cycles: that of a shorter one were none.
 * 100 Hz: 10 ms */
#define QUANTUM_MIN_HZ	100u
/* A packet whose samples are late (the graph has no real-time priority, or a busy
 * machine) waits for them so long: cameras even out that much, a hole is heard. Counted
 * from when we looked: what held us up (a virtual machine that stood still) held up the
 * graph, too. */
#define PATIENCE_NS	(20 * NSEC_PER_MSEC)
#define RETRY_NS	(2 * NSEC_PER_MSEC)
/* a shorter gap in the audio is an underrun, a longer one was the end of a sound */
#define UNDERRUN_MS	200u
#define MARGIN_MAX	5u
/* what a stream keeps for the end of its linger */
#define LINGER_KEEP_MS	500u
#define PACKET_MAX	8192u
#define RATE_LIMIT	192000u

/*
 * PREROLL: silence, for cameras that swallow the first packets.
 * FILL:    silence until the ring holds enough, or what there is waited long enough.
 * FLOW:    audio. A ring that runs dry leads back to FILL.
 * LINGER:  silence, nothing is taken from the ring.
 */
enum state { STATE_PREROLL, STATE_FILL, STATE_FLOW, STATE_LINGER };

struct pacer {
	struct spa_loop_utils *loop;
	struct spa_source *timer;
	struct spa_list streams;	/* by due */
	uint32_t n_streams;
	struct pacer_stream *serving;	/* it is freed when its events are over */
	bool destroyed;			/* from inside an event: freed after it */
};

struct pacer_stream {
	struct spa_list link;
	struct pacer *pacer;
	struct pacer_stream_params params;
	const struct pacer_stream_events *events;
	void *data;
	bool stopped;

	enum state state;
	uint64_t due;
	uint64_t waits_until;		/* for the samples of its packet; 0: it does not */
	uint64_t was_due;		/* when it waits: without the waiting */
	double period;			/* nominal, ns */
	uint32_t preroll;		/* packets left */
	uint32_t waited;		/* packets since the first sample came, in FILL */
	uint32_t dry;			/* packets since the ring ran dry, 0: it did not */
	bool draining;
	uint32_t drain;			/* samples left to play before LINGER */

	struct spa_dll dll;
	uint32_t target;		/* fill before a packet is taken, on average */
	uint32_t margin;		/* added to the target by underruns */
	double average;			/* fill, smoothed */
	bool catching;			/* taking back a delay */
	struct catchup catchup;

	struct pacer_stats stats;
	int16_t samples[];
};

#define stream_emit(s, method, ...)						\
	do {									\
		if ((s)->events && (s)->events->method)				\
			(s)->events->method((s)->data, ##__VA_ARGS__);		\
	} while (0)

static uint32_t ms_to_samples(uint32_t rate, uint32_t ms)
{
	return (uint32_t)((uint64_t)rate * ms / MSEC_PER_SEC);
}

/* \return the samples dropped beyond hold_ms */
static uint32_t trim(struct audio_ring *ring, uint32_t rate, uint32_t hold_ms)
{
	uint32_t fill = audio_ring_fill(ring), keep = ms_to_samples(rate, hold_ms);

	return fill > keep ? audio_ring_drop(ring, fill - keep) : 0;
}

/* \return the samples dropped, at most max */
static uint32_t drop_leading_silence(struct audio_ring *ring, uint32_t max)
{
	int16_t block[256];
	uint32_t n, i, dropped = 0;

	do {
		n = audio_ring_peek(ring, 0, block, SPA_MIN(max - dropped,
					(uint32_t)SPA_N_ELEMENTS(block)));
		for (i = 0; i < n && block[i] == 0; i++)
			;
		dropped += audio_ring_drop(ring, i);
	} while (i > 0 && i == n);
	return dropped;
}

void pacer_hold(struct audio_ring *ring, uint32_t rate, uint32_t hold_ms)
{
	trim(ring, rate, hold_ms);
	drop_leading_silence(ring, UINT32_MAX);
}

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

/* Without audio nothing says when a packet has to go: then it goes with the others. */
static void keep_step(struct pacer *p, struct pacer_stream *s)
{
	struct pacer_stream *last;

	if (spa_list_is_empty(&p->streams))
		return;
	last = spa_list_last(&p->streams, struct pacer_stream, link);
	if (last->period == s->period && last->due + SHARE_NS > s->due &&
	    last->due < s->due + SHARE_NS)
		s->due = last->due;
}

static void free_stream(struct pacer_stream *s)
{
	catchup_clear(&s->catchup);
	free(s);
}

/* what the graph's clock does against ours, without the corrections of the moment */
static double clock_correction(const struct pacer_stream *s)
{
	return 1.0 - s->dll.z3;
}

static void restart_dll(struct pacer_stream *s)
{
	s->dll.z1 = s->dll.z2 = 0.0;
}

static uint32_t quantum(const struct pacer_stream *s)
{
	uint32_t q = audio_ring_quantum(s->params.ring);

	if (q == 0)
		q = s->params.packet_samples;
	return SPA_CLAMP(q, s->params.rate / QUANTUM_MIN_HZ, s->params.rate);
}

static void update_target(struct pacer_stream *s)
{
	s->target = quantum(s) + s->params.packet_samples + s->margin;
}

/* \return true when audio may start: enough waits, or a short sound waited so long
 * that more would have come if there were more */
static bool is_filled(struct pacer_stream *s, uint32_t fill)
{
	update_target(s);
	if (fill == 0) {
		s->waited = 0;
		return false;
	}
	return fill >= s->target || s->waited++ > s->target / s->params.packet_samples + 1;
}

static void enter_flow(struct pacer_stream *s, uint32_t fill)
{
	uint32_t packet = s->params.packet_samples;

	/* A gap that short was no pause of the player's: keep more from now on, in whole
	 * packets so that streams of one graph stay in step. */
	if (s->dry > 0 && !s->draining && s->dry * packet < ms_to_samples(s->params.rate, UNDERRUN_MS)) {
		s->stats.underruns++;
		if (s->margin < MARGIN_MAX * packet)
			s->margin += packet;
		update_target(s);
	}
	s->dry = 0;
	/* nobody hears whether silence before the first sound is longer or shorter */
	if (fill > s->target && !s->draining) {
		uint32_t n = drop_leading_silence(s->params.ring, fill - s->target);

		s->stats.samples_cut += n;
		fill -= n;
	}
	s->state = STATE_FLOW;
	s->average = fill;
	restart_dll(s);
}

/* how much more than wanted waits: beyond what the DLL may shift onto the camera */
static uint32_t update_excess(struct pacer_stream *s)
{
	double excess = s->average - s->target;
	uint32_t packet = s->params.packet_samples;
	uint32_t limit = SPA_MAX(2 * packet, quantum(s));

	if (s->catching && excess < s->catchup.lag_min) {
		s->catching = false;
		restart_dll(s);
	} else if (!s->catching && excess > limit) {
		s->catching = true;
	}
	return s->catching && !s->draining ? (uint32_t)excess : 0;
}

/* \return false when nothing of it is real */
static bool take_audio(struct pacer_stream *s)
{
	uint32_t packet = s->params.packet_samples, n = packet, cut, got;
	int16_t *dst = s->samples;

	cut = catchup_take(&s->catchup, s->params.ring, update_excess(s), dst);
	if (cut > 0) {
		s->stats.samples_cut += cut;
		s->average -= cut;
		catchup_note(&s->catchup, dst, packet);
		return true;
	}
	if (s->draining)
		n = SPA_MIN(n, s->drain);
	got = audio_ring_read(s->params.ring, dst, n);
	memset(dst + got, 0, (packet - got) * sizeof(*dst));
	if (s->draining) {
		s->drain -= got;
		if (got < n || s->drain == 0)
			s->state = STATE_LINGER;
	} else if (got < n) {
		s->state = STATE_FILL;
		s->waited = 0;
		s->dry = 1;
	}
	catchup_note(&s->catchup, dst, packet);
	return got > 0;
}

/* The period of the next packet. late: how long after its time this one is, in
 * samples: what came in meanwhile is not there to be measured. */
static double steer(struct pacer_stream *s, uint32_t fill, double late)
{
	double weight = (double)s->params.packet_samples /
		ms_to_samples(s->params.rate, AVERAGE_MS);
	double level = fill - late, corr;

	update_target(s);
	s->average += (level - s->average) * SPA_MIN(weight, 1.0);
	if (s->catching || s->draining)
		return clock_correction(s);
	corr = spa_dll_update(&s->dll, level - s->target);
	s->dll.z3 = SPA_CLAMP(s->dll.z3, -CLOCK_MAX, CLOCK_MAX);
	return SPA_CLAMP(corr, 1.0 - RATE_MAX, 1.0 + RATE_MAX);
}

/* \return false when the packet is made up */
static bool make_packet(struct pacer_stream *s, uint32_t fill)
{
	switch (s->state) {
	case STATE_FLOW:
		return take_audio(s);
	case STATE_FILL:
		if (s->draining || is_filled(s, fill)) {
			enter_flow(s, fill);
			return take_audio(s);
		}
		s->dry += s->dry > 0;
		break;
	case STATE_LINGER:
		pacer_hold(s->params.ring, s->params.rate, LINGER_KEEP_MS);
		break;
	case STATE_PREROLL:
		break;
	}
	memset(s->samples, 0, s->params.packet_samples * sizeof(*s->samples));
	return false;
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
	bool audio;

	if (s->state == STATE_PREROLL && s->preroll == 0 && emit_preroll_done(s))
		return;
	if (now > s->due + RESYNC_NS)
		s->due = now;
	fill = audio_ring_fill(s->params.ring);
	if (wait_for_samples(s, fill, now))
		return;
	stop_waiting(s);
	late = ((double)now - (double)s->due) * s->params.rate / SPA_NSEC_PER_SEC;

	s->stats.samples_lost += audio_ring_take_lost(s->params.ring);
	corr = s->state == STATE_FLOW ? steer(s, fill, late) : clock_correction(s);
	audio = make_packet(s, fill);
	if (s->state == STATE_PREROLL)
		s->preroll--;

	s->stats.packets++;
	s->stats.silent_packets += !audio;
	s->due += (uint64_t)llround(s->period * corr);
	spa_list_remove(&s->link);
	if (s->state != STATE_FLOW)
		keep_step(p, s);
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
		if (s->due > now + SHARE_NS)
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
static uint64_t first_due(struct pacer *p, double period)
{
	uint64_t now = clock_monotonic();
	struct pacer_stream *s;

	spa_list_for_each(s, &p->streams, link)
		if (s->period == period && s->due > now)
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
	uint32_t packet = params->packet_samples;
	struct pacer_stream *s;
	int res;

	res = check_params(params);
	if (res < 0)
		return res;
	s = calloc(1, sizeof(*s) + packet * sizeof(s->samples[0]));
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
	s->due = first_due(p, s->period);
	s->preroll = (ms_to_samples(params->rate, params->preroll_ms) + packet - 1) / packet;
	spa_dll_init(&s->dll);
	spa_dll_set_bw(&s->dll, DLL_BANDWIDTH, packet, params->rate);
	update_target(s);
	audio_ring_take_lost(params->ring);
	s->stats.samples_lost = trim(params->ring, params->rate, params->hold_ms);
	drop_leading_silence(params->ring, UINT32_MAX);

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
	ret->rate_ratio = 1.0 / clock_correction(s);
}
