/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_SOUND_H
#define ONVIF_TOOL_SOUND_H

#include <stdint.h>

/* What `say` plays, as mono samples, read as it is needed: at SOUND_RATE, which cameras have, if
 * it is not told otherwise. */
#define SOUND_RATE	8000u
#define SOUND_RATE_MAX	48000u

struct sound;

/** A WAV file. \return 0 or -errno (-EBADMSG no WAV, -ENOTSUP of a kind that we do not read) */
int sound_new_file(const char *path, struct sound **ret);
/** What comes by fd, which stays open: a WAV, or else raw S16, mono, at this rate. Waits for its
 * first bytes. \return as sound_new_file() */
int sound_new_stream(int fd, uint32_t rate, struct sound **ret);
/** level: of its peak, in dBFS. \return 0 or -errno */
int sound_new_tone(double frequency, double level, double seconds, struct sound **ret);
void sound_free(struct sound *s);

/** Before anything is read: not for a camera but for somebody who resamples himself. From now on
 * the rate is its own, within SOUND_RATE and SOUND_RATE_MAX. \return 0 or -errno */
int sound_use_own_rate(struct sound *s);
uint32_t sound_rate(const struct sound *s);
/** in samples; 0: not known */
uint64_t sound_length(const struct sound *s);
/** Does not wait. \return the number of samples, fewer than n when no more are there yet;
 * -ENODATA: that was all; -errno */
int sound_read(struct sound *s, int16_t *dst, uint32_t n);

#endif /* ONVIF_TOOL_SOUND_H */
