/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "module/rtp/pacer-impl.h"

/* a shorter gap in the audio is an underrun, a longer one was the end of a sound */
#define UNDERRUN_MS	200u
/* what a stream keeps for the end of its linger */
#define LINGER_KEEP_MS	500u
/* a wave that is cut off above this is heard as a click */
#define SWING		64
/* of a wave that goes on beyond its edge: the shortest piece that is looked for in it */
#define EDGE_LAG_MIN_MS	5u
/* so much less than others a stream may have waiting, if that keeps it in step with them */
#define SHORT_MS	5u

uint32_t pacer_trim(struct audio_ring *ring, uint32_t rate, uint32_t hold_ms)
{
	uint32_t fill = audio_ring_fill(ring), keep = ms_to_samples(rate, hold_ms);

	return fill > keep ? audio_ring_drop(ring, fill - keep) : 0;
}

uint32_t pacer_drop_leading_silence(struct audio_ring *ring, uint32_t max)
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
	pacer_trim(ring, rate, hold_ms);
	pacer_drop_leading_silence(ring, UINT32_MAX);
}

static bool in_swing(int16_t sample)
{
	return sample > SWING || sample < -SWING;
}

/* Goes on before x[0] (dir 1: x[1], x[2], ... follow it) or after it (dir -1), fading, as the wave
 * was one of its periods away, the best one of EDGE_LAG_MIN_MS and more: no step and no kink.
 * n: samples that there are. */
static void extrapolate(const struct pacer_stream *s, const int16_t *x, int32_t dir, int32_t n,
		int16_t *dst)
{
	int32_t rate = (int32_t)s->params.rate, fade = (int32_t)s->fade;
	int32_t match = rate * (int32_t)PACER_EDGE_MATCH_MS / 1000;
	int32_t lag, best = SPA_MIN(fade, n - 1), off;
	int64_t diff, best_diff = INT64_MAX;

	for (lag = rate * (int32_t)EDGE_LAG_MIN_MS / 1000; lag + match <= n; lag++) {
		diff = 0;
		for (int32_t i = 0; i < match && diff < best_diff; i++)
			diff += abs(x[dir * i] - x[dir * (i + lag)]);
		if (diff < best_diff) {
			best_diff = diff;
			best = lag;
		}
	}
	off = x[0] - x[dir * best];
	for (int32_t i = 0; i < fade; i++) {
		int32_t v = x[dir * SPA_MAX(best - 1 - i, 0)] + off;

		v = v * (2 * fade - 2 * i - 1) / (2 * fade);
		dst[i] = (int16_t)SPA_CLAMP(v, INT16_MIN, INT16_MAX);
	}
}

/* The samples before here fade out. */
static void start_tail(struct pacer_stream *s, uint32_t from)
{
	const int16_t *last = s->samples + from - 1;

	if (!in_swing(*last))
		return;
	extrapolate(s, last, -1, (int32_t)s->edge, s->tail);
	s->tail_pos = 0;
}

/* \return true when there was something of it left */
static bool mix_tail(struct pacer_stream *s, uint32_t from)
{
	bool some = s->tail_pos < s->fade;

	for (; s->tail_pos < s->fade && from < s->params.packet_samples; from++) {
		int32_t v = s->samples[from] + s->tail[s->tail_pos++];

		s->samples[from] = (int16_t)SPA_CLAMP(v, INT16_MIN, INT16_MAX);
	}
	return some;
}

/* The zeros before the first sample rise to it: itself, it is not touched. */
static void rise(struct pacer_stream *s, uint32_t first)
{
	uint32_t ahead = audio_ring_peek(s->params.ring, 0, s->head, s->edge);
	int32_t n = (int32_t)SPA_MIN(first, s->fade), fade = (int32_t)s->fade;
	int16_t *dst = s->head + s->edge;

	if (ahead == 0 || !in_swing(s->head[0]))
		return;
	extrapolate(s, s->head, 1, (int32_t)ahead, dst);
	for (int32_t i = 0; i < n; i++)
		s->samples[(int32_t)first - 1 - i] = (int16_t)(n < fade ? dst[i] * (n - i) / (n + 1) : dst[i]);
}

/* Samples were lost: the last that was played fades out while the next fades in. */
static void mend(struct pacer_stream *s)
{
	int32_t n = (int32_t)SPA_MIN(s->fade, s->params.packet_samples);

	start_tail(s, 0);
	for (int32_t i = 0; i < n; i++)
		s->samples[i] = (int16_t)(s->samples[i] * (2 * i + 1) / (2 * n));
	mix_tail(s, 0);
}

/* \return true when audio may start: enough waits, or a short sound waited so long
 * that more would have come if there were more */
static bool is_filled(struct pacer_stream *s, uint32_t fill, uint64_t now)
{
	uint32_t packet = s->params.packet_samples;
	int32_t excess;

	pacer_update_target(s);
	if (fill == 0) {
		s->waited = 0;
		return false;
	}
	if (pacer_step_excess(s, fill, now, &excess)) {
		if (excess + (int32_t)packet > 0)
			return true;
	} else if (fill >= s->target) {
		return true;
	}
	return s->waited++ > s->target / packet + 1;
}

static bool starts_in_swing(struct pacer_stream *s)
{
	int16_t first = 0;

	audio_ring_peek(s->params.ring, 0, &first, 1);
	return in_swing(first);
}

/* nobody hears whether silence before the first sound is longer or shorter */
static uint32_t shorten(struct pacer_stream *s, uint32_t fill, int32_t excess)
{
	uint32_t n;

	if (excess <= 0 || s->draining)
		return 0;
	n = pacer_drop_leading_silence(s->params.ring, SPA_MIN((uint32_t)excess, fill));
	s->stats.samples_cut += n;
	return n;
}

/* The zeros before the first sample: that it begins without a click, and that the packets'
 * edges are where they are served with those of the leader */
static void enter_flow_at(struct pacer_stream *s, uint32_t fill, uint64_t now)
{
	int32_t packet = (int32_t)s->params.packet_samples, excess, least;
	bool in_step = !s->draining && pacer_step_excess(s, fill, now, &excess);
	uint32_t dropped;

	if (!in_step)
		excess = (int32_t)(fill - s->target);
	dropped = shorten(s, fill, excess);
	excess -= (int32_t)dropped;
	least = starts_in_swing(s) ? (int32_t)s->fade / 2 : 0;
	s->shift = 0;
	s->pad = in_step ? (uint32_t)((packet - excess % packet) % packet) : 2 * (uint32_t)least;
	if (in_step && (int32_t)s->pad < least) {
		s->pad += (uint32_t)least;
		s->shift = least;
	}
	s->pad = SPA_MIN(s->pad, (uint32_t)packet - 1);
	s->level = fill - dropped + s->pad;
	s->average = pacer_bound_level(s, s->level);
	if (in_step && excess + (int32_t)s->pad == s->shift)
		pacer_join(s, s->shift);
	else
		pacer_restart_dll(s);
}

static void enter_flow(struct pacer_stream *s, uint32_t fill, uint64_t now)
{
	uint32_t packet = s->params.packet_samples;

	/* A gap that short was no pause of the player's. */
	if (s->dry > 0 && !s->draining && s->dry * packet < ms_to_samples(s->params.rate, UNDERRUN_MS)) {
		s->stats.underruns++;
		pacer_add_margin(s);
	}
	s->dry = 0;
	s->state = STATE_FLOW;
	s->catching = false;
	enter_flow_at(s, fill, now);
}

static void stop_catching(struct pacer_stream *s)
{
	s->catching = false;
	s->shift = 0;
	pacer_restart_dll(s);
}

/* How much more than wanted waits: beyond what the DLL may shift onto the camera. exact: that
 * much, not less, puts the stream in step with the others. */
static uint32_t update_excess(struct pacer_stream *s, uint32_t fill, uint64_t now, bool *exact)
{
	int32_t excess = (int32_t)(s->average - s->target), step;
	int32_t quantum = (int32_t)pacer_quantum(s), rate = (int32_t)s->params.rate;
	int32_t limit = SPA_MAX(2 * (int32_t)s->params.packet_samples, quantum);

	*exact = false;
	if (!s->catching && excess > limit)
		s->catching = true;
	if (!s->catching || s->draining)
		return 0;
	/* (a cycle of the graph may have come between the two looks) */
	*exact = pacer_step_excess(s, fill, now, &step) && abs(step - excess) < quantum / 2;
	if (*exact) {
		excess = step;
		s->catchup.over = (uint32_t)SPA_MIN(rate * (int32_t)CATCHUP_OVER_MS / 1000, quantum / 4);
		if (excess < -SPA_MIN(rate * (int32_t)SHORT_MS / 1000, quantum / 4)) {
			stop_catching(s);
		} else if (excess <= rate * (int32_t)CATCHUP_UNDER_MS / 1000) {
			s->catching = false;
			pacer_join(s, excess);
		}
	} else if (excess < (pacer_leader(s) ? 0 : (int32_t)s->catchup.lag_min)) {
		stop_catching(s);
	}
	return s->catching && excess > 0 ? (uint32_t)excess : 0;
}

/* the ring ran dry, or what was to be drained is over: after n samples of the packet */
static void end_audio(struct pacer_stream *s, uint32_t n)
{
	s->state = s->draining ? STATE_LINGER : STATE_FILL;
	if (!s->draining) {
		s->waited = 0;
		s->dry = 1;
	}
	start_tail(s, n);
}

/* \return false when nothing sounds in it */
static bool read_audio(struct pacer_stream *s, uint32_t pad)
{
	uint32_t packet = s->params.packet_samples, n = packet - pad, got;
	int16_t *dst = s->samples;
	bool sounds;

	if (s->draining)
		n = SPA_MIN(n, s->drain);
	memset(dst, 0, pad * sizeof(*dst));
	if (pad > 0)
		rise(s, pad);
	got = audio_ring_read(s->params.ring, dst + pad, n);
	memset(dst + pad + got, 0, (packet - pad - got) * sizeof(*dst));
	if (s->torn && pad == 0)
		mend(s);
	sounds = mix_tail(s, 0) || got > 0;
	if (s->draining)
		s->drain -= got;
	if (got < n || (s->draining && s->drain == 0)) {
		end_audio(s, pad + got);
		sounds |= mix_tail(s, pad + got);
	}
	return sounds;
}

/* \return false when nothing sounds in it */
static bool take_audio(struct pacer_stream *s, uint32_t fill, uint64_t now)
{
	uint32_t pad = s->pad, cut = 0, excess;
	bool exact, sounds = true;

	s->pad = 0;
	excess = update_excess(s, fill, now, &exact);
	if (pad == 0 && !s->torn)
		cut = catchup_take(&s->catchup, s->params.ring, excess, exact, s->samples);
	if (cut > 0) {
		s->stats.samples_cut += cut;
		s->average -= cut;
	} else {
		sounds = read_audio(s, pad);
	}
	catchup_note(&s->catchup, s->samples, s->params.packet_samples);
	return sounds;
}

/* \return false when nothing sounds in it: the last sound may still fade out */
static bool make_silence(struct pacer_stream *s)
{
	memset(s->samples, 0, s->params.packet_samples * sizeof(*s->samples));
	return mix_tail(s, 0);
}

bool pacer_make_packet(struct pacer_stream *s, uint32_t fill, bool torn, uint64_t now)
{
	uint32_t packet = s->params.packet_samples;

	memmove(s->samples - s->edge, s->samples + packet - s->edge, s->edge * sizeof(*s->samples));
	s->torn = torn && s->state == STATE_FLOW;
	switch (s->state) {
	case STATE_FLOW:
		return take_audio(s, fill, now);
	case STATE_FILL:
		if (s->draining || is_filled(s, fill, now)) {
			enter_flow(s, fill, now);
			return take_audio(s, fill, now);
		}
		s->dry += s->dry > 0;
		break;
	case STATE_LINGER:
		pacer_hold(s->params.ring, s->params.rate, LINGER_KEEP_MS);
		break;
	case STATE_PREROLL:
		break;
	}
	return make_silence(s);
}
