/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_PACER_H
#define ONVIF_PACER_H

#include <stdbool.h>
#include <stdint.h>

#include <spa/support/loop.h>

#include "module/util/audio-ring.h"

/*
 * Takes samples out of the rings of all cameras, a packet at a time, by one timer
 * on CLOCK_MONOTONIC. Each stream's period is steered by a DLL on its ring's fill
 * (target: one quantum plus one packet), so it follows the graph's clock and no
 * sample is dropped or inserted while audio flows; it free-runs (and gives
 * silence) while the ring is dry. Where audio is cut off in mid-wave, it goes
 * on for 4 ms, fading, as its last period was; what is real stays as it is.
 * Streams share wake-ups: those of one graph keep step (the first one's), others go
 * together when they are due within 1 ms (with more than four streams 2 ms).
 * Media thread. No events come from inside pacer_stream_start().
 */
struct pacer;
struct pacer_stream;

struct pacer_stream_params {
	struct audio_ring *ring;
	uint32_t rate;			/* samples per second: 8000 */
	uint32_t packet_samples;	/* rate * rtp.ptime / 1000, or the codec's frame */
	uint32_t preroll_ms;		/* silence before the first sample */
	uint32_t hold_ms;		/* how much held audio is kept; older goes */
};

struct pacer_stream_events {
#define PACER_VERSION_STREAM_EVENTS	0
	uint32_t version;
	/** One packet is due: n = packet_samples samples. silent: all of them are zero
	 * and made up (pre-roll, dry ring, linger). The stream may be stopped from here. */
	void (*packet)(void *data, const int16_t *samples, uint32_t n, bool silent);
	/** the pre-roll is over: the next packet is the first of the held or live audio */
	void (*preroll_done)(void *data);
};

/** \return NULL with errno */
struct pacer *pacer_new(struct spa_loop_utils *loop);
void pacer_destroy(struct pacer *pacer);

/** Starts a stream: pre-roll now, then audio. What waits in the ring beyond hold_ms
 * is dropped (oldest first), leading digital silence too. The extra delay of held
 * audio is taken back in pauses and, where there are none, by cross-faded cuts of
 * at most 2 % of the time. \return 0 or -errno */
int pacer_stream_start(struct pacer *pacer, const struct pacer_stream_params *params,
		const struct pacer_stream_events *events, void *data, struct pacer_stream **ret);
void pacer_stream_stop(struct pacer_stream *stream);

/** Linger: what waits in the ring now is still played (the tail of a sound, or all of
 * a short one that ended before the session was ready), then silence flows and
 * the ring is kept trimmed to the last half second, without leading silence: that is
 * where audio goes on when the linger ends. */
void pacer_stream_linger(struct pacer_stream *stream, bool linger);

/** Trims a ring that nobody reads: keeps the newest hold_ms, drops leading digital
 * silence. For cameras that are being connected. */
void pacer_hold(struct audio_ring *ring, uint32_t rate, uint32_t hold_ms);

struct pacer_stats {
	uint64_t packets, silent_packets;
	uint64_t samples_cut;		/* taken back by pauses and cuts */
	uint64_t samples_lost;		/* overwritten or beyond hold */
	uint64_t underruns;		/* dry ring in the middle of audio */
	uint32_t delay_samples;		/* waiting in the ring now, smoothed;
					 * lingering: exactly what is still to be played */
	double rate_ratio;		/* graph clock / our clock as the DLL sees it */
};
void pacer_stream_get_stats(struct pacer_stream *stream, struct pacer_stats *ret);

#endif /* ONVIF_PACER_H */
