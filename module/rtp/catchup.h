/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CATCHUP_H
#define ONVIF_CATCHUP_H

#include <stdbool.h>
#include <stdint.h>

#include "module/util/audio-ring.h"

/* how well a cut outside of pauses may be chosen, whatever was wanted exactly */
#define CATCHUP_OVER_MS		3u
#define CATCHUP_UNDER_MS	2u

/*
 * Takes back a delay by leaving samples out where it is least heard: much of a
 * pause, or else short pieces at the best matching place, at most 2 % of the
 * time. Every joint is cross-faded. Media thread; no allocation after init.
 */
struct catchup {
	uint32_t packet;	/* samples per packet */
	uint32_t block;		/* what is judged loud or quiet as a whole */
	uint32_t before;	/* of a pause, what stays before what follows it */
	uint32_t overlap;	/* of a cross-fade */
	uint32_t lag_min;	/* of a cut outside of pauses */
	uint32_t lag_voice;	/* the longest of speech */
	uint32_t lag_max;
	double budget;		/* samples that may be cut outside of pauses */
	double floor;		/* power of the background, negative: not known */
	double peak;		/* power of the loudest of late */
	uint32_t quiet;		/* quiet samples at the end of what was played */
	uint32_t over, under;	/* of an exact cut outside of pauses; over may be set lower */
	uint32_t tries;		/* of that one which did not fit well */
	int16_t *window;
	uint32_t window_size;
};

/** \return 0, -ENOMEM */
int catchup_init(struct catchup *c, uint32_t rate, uint32_t packet);
void catchup_clear(struct catchup *c);

/** One packet of audio was played: learns the background and earns the right to cut. */
void catchup_note(struct catchup *c, const int16_t *samples, uint32_t n);

/** Makes one packet out of more than a packet of the ring, if that can be done
 * unheard now; at most max_cut samples are left out. exact: in the end, that many
 * have to be, or nearly: up to CATCHUP_OVER_MS more, CATCHUP_UNDER_MS less.
 * \return the samples left out, 0: nothing was taken from the ring */
uint32_t catchup_take(struct catchup *c, struct audio_ring *ring, uint32_t max_cut, bool exact,
		int16_t *dst);

#endif /* ONVIF_CATCHUP_H */
