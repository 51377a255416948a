/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_PACER_IMPL_H
#define ONVIF_PACER_IMPL_H

#include <spa/utils/defs.h>
#include <spa/utils/dll.h>
#include <spa/utils/list.h>

#include "module/rtp/catchup.h"
#include "module/rtp/pacer.h"
#include "module/util/clock.h"

/*
 * pacer.c		the streams, their order, the timer
 * pacer-audio.c	what is in a packet: the states, the edges, catching up
 * pacer-step.c		when a packet goes: the DLL, the step of streams of one graph
 */

/* of a wave that is cut off: what is looked at to say how it would have gone on */
#define PACER_EDGE_MS		19u
#define PACER_EDGE_MATCH_MS	3u

/* streams that are due so soon are served by the same wake-up */
#define PACER_SHARE_NS	(1 * NSEC_PER_MSEC)

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
	struct spa_list leaders;	/* flow steadily: others of their kind step with them */
	struct pacer_stream *serving;	/* it is freed when its events are over */
	bool destroyed;			/* from inside an event: freed after it */
};

struct pacer_stream {
	struct spa_list link;
	struct spa_list lead;		/* in leaders, */
	bool leads;			/* when it does */
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
	uint32_t level;			/* fill before its last packet was taken, */
	uint64_t served;		/* by the wake-up of then */
	uint32_t target;		/* fill before a packet is taken, on average */
	uint32_t margin;		/* added to the target by underruns */
	int32_t shift;			/* the same, small, for the sake of the others' step */
	uint32_t calm;			/* samples since the last underrun or step back */
	uint32_t calm_min;		/* so many make a step back */
	double average;			/* fill, smoothed */
	bool catching;			/* taking back a delay */
	struct catchup catchup;

	uint32_t fade;			/* samples of a fade at a cut edge, */
	uint32_t edge;			/* and of the wave that are looked at for it */
	uint32_t pad;			/* zeros before the first sample of the next packet */
	bool torn;			/* samples were lost before this packet */
	int16_t *head;			/* the first samples after a gap, and their rise */
	int16_t *tail;			/* what fades out the last sample before a gap, */
	uint32_t tail_pos;		/* played so far, of fade */

	struct pacer_stats stats;
	int16_t *samples;		/* the packet; its last ones stay as history before it */
	int16_t buffer[];
};

static inline uint32_t ms_to_samples(uint32_t rate, uint32_t ms)
{
	return (uint32_t)((uint64_t)rate * ms / MSEC_PER_SEC);
}

/* pacer-audio.c */

/** Fills s->samples. fill: what waits; torn: samples were lost since the last packet; now: of
 * the wake-up. \return false when nothing sounds in it */
bool pacer_make_packet(struct pacer_stream *s, uint32_t fill, bool torn, uint64_t now);
/** \return the samples of digital silence dropped, at most max */
uint32_t pacer_drop_leading_silence(struct audio_ring *ring, uint32_t max);
/** \return the samples dropped beyond hold_ms */
uint32_t pacer_trim(struct audio_ring *ring, uint32_t rate, uint32_t hold_ms);

/* pacer-step.c */

void pacer_step_init(struct pacer_stream *s);
void pacer_update_target(struct pacer_stream *s);
/** The graph's quantum at the stream's rate, with limits. */
uint32_t pacer_quantum(const struct pacer_stream *s);
/** what the graph's clock does against ours, without the corrections of the moment */
double pacer_clock_correction(const struct pacer_stream *s);
void pacer_restart_dll(struct pacer_stream *s);
/** The correction of the period until the next packet; late: how long after its time this one
 * is, in samples: what came in meanwhile is not there to be measured. */
double pacer_steer(struct pacer_stream *s, uint32_t fill, double late);
/** What waits, or would, without more than the ring can hold: beyond that, new samples overwrite
 * what is the oldest. */
double pacer_bound_level(const struct pacer_stream *s, double level);
/** An underrun: keep more from now on. */
void pacer_add_margin(struct pacer_stream *s);

/** The leader of the same graph, as far as one can tell, and of the same period. \return NULL
 * when there is none but the stream itself */
struct pacer_stream *pacer_leader(const struct pacer_stream *s);
/** The same, or one of another quantum: its packets are due when this one's may be, too. */
struct pacer_stream *pacer_pace_leader(const struct pacer_stream *s);
/** How much more waits than would put the stream in step with the leader, both looked at in
 * this wake-up. \return false when that cannot be said now */
bool pacer_step_excess(struct pacer_stream *s, uint32_t fill, uint64_t now, int32_t *ret);
/** The stream's level is excess over what puts it in step: it goes on as the leader does. */
void pacer_join(struct pacer_stream *s, int32_t excess);
/** After each packet: flowing or not, may others step with it? */
void pacer_update_leader(struct pacer_stream *s);
void pacer_stop_leading(struct pacer_stream *s);
/** Without audio, or while catching up, nothing says when a packet has to go: with the others. */
void pacer_keep_step(struct pacer_stream *s);

#endif /* ONVIF_PACER_IMPL_H */
