/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_DECIMATOR_H
#define ONVIF_DECIMATOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Every second sample, after what would fold back was taken out: from 16 to 8 kHz. Flat to
 * 3.4 kHz within 0.02 dB; from 4.6 kHz on, where what folds back would be within the telephone
 * band, nothing is left of 16 bits. One thread runs it.
 */
#define DECIMATOR_TAPS	60u
#define DECIMATOR_BLOCK	512u	/* samples at a time, at most */
/** Half the filter: at 16 kHz 1.84 ms. */
#define DECIMATOR_DELAY_NS(rate)	((DECIMATOR_TAPS - 1) * UINT64_C(500000000) / (rate))

struct decimator {
	bool restart;		/* any thread; the rest is whoever runs it */
	uint32_t fill;
	float samples[DECIMATOR_TAPS + DECIMATOR_BLOCK];
};

/** As if there had been silence. While nobody runs it. */
void decimator_init(struct decimator *d);

/** What comes next has nothing to do with what was before. Any thread. */
void decimator_restart(struct decimator *d);

/** Real-time: n samples, DECIMATOR_BLOCK at most, of full scale 1; of what is no number
 * comes silence. \return the samples put into dst: half as many, rounded either way */
uint32_t decimator_process(struct decimator *d, const float *src, uint32_t n, int16_t *dst);

#endif /* ONVIF_DECIMATOR_H */
