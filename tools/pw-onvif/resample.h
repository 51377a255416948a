/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_RESAMPLE_H
#define ONVIF_TOOL_RESAMPLE_H

#include <stdint.h>

/*
 * From any rate to any other, by a windowed sinc: flat to 0.88 of the lower rate's half, -80 dB
 * and less beyond it. Pure.
 */
struct resample;

/** \return NULL with errno (EINVAL: a rate of 0, or more than 1:1000) */
struct resample *resample_new(uint32_t from, uint32_t to);
void resample_free(struct resample *r);
/** how many samples of the input it is behind: so many zeros at the end bring out the rest */
uint32_t resample_delay(const struct resample *r);
/** how many samples it takes now without losing any */
uint32_t resample_room(const struct resample *r);
/** at most resample_room() samples */
void resample_write(struct resample *r, const float *samples, uint32_t n);
/** \return the number given: fewer than n when more input is needed */
uint32_t resample_read(struct resample *r, float *dst, uint32_t n);

#endif /* ONVIF_TOOL_RESAMPLE_H */
