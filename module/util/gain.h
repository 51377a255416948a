/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_GAIN_H
#define ONVIF_GAIN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A volume without clicks: where it changes, it moves from the old to the new one over
 * some samples. One thread applies it, any thread sets it.
 */
struct gain {
	float target;
	bool jump;		/* no ramp to the target */
	uint32_t ramp;		/* samples */

	/* whoever applies it */
	float heading;		/* the target of the step */
	float now, step;
	uint32_t left;		/* samples until now is what heading says */
};

/** Begins at full volume. ramp: samples that a change takes, at least 1. */
void gain_init(struct gain *gain, uint32_t ramp);

/** Linear, 1: as it is, more than 1 is louder. Any thread. */
void gain_set(struct gain *gain, float target);

/** What comes next has nothing to do with what was before: it begins at the volume that is set
 * then. Any thread. */
void gain_jump(struct gain *gain);

/** Real-time, for each block of samples. \return whether they stay as they are:
 * gain_apply() is not needed */
bool gain_is_unity(struct gain *gain);

/** Real-time: n samples of src at the volume; dst may be src. */
void gain_apply(struct gain *gain, const float *src, float *dst, uint32_t n);

/** Real-time: (L+R)/2 of n interleaved frames; mono may be frames. */
void gain_mix_down(const float *frames, float *mono, uint32_t n);

#endif /* ONVIF_GAIN_H */
