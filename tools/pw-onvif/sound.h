/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_SOUND_H
#define ONVIF_TOOL_SOUND_H

#include <stdint.h>

/* What `say` plays, as mono samples at SOUND_RATE, read as it is needed. */
#define SOUND_RATE	8000u

struct sound;

/** A WAV file. \return 0 or -errno (-EBADMSG no WAV, -ENOTSUP of a kind that we do not read) */
int sound_new_file(const char *path, struct sound **ret);
/** What comes by fd, which stays open: a WAV, or else raw S16, mono, at this rate. Waits for its
 * first bytes. \return as sound_new_file() */
int sound_new_stream(int fd, uint32_t rate, struct sound **ret);
/** level: of its peak, in dBFS. \return 0 or -errno */
int sound_new_tone(double frequency, double level, double seconds, struct sound **ret);
void sound_free(struct sound *s);

/** in samples; 0: not known */
uint64_t sound_length(const struct sound *s);
/** Does not wait. \return the number of samples, fewer than n when no more are there yet;
 * -ENODATA: that was all; -errno */
int sound_read(struct sound *s, int16_t *dst, uint32_t n);

#endif /* ONVIF_TOOL_SOUND_H */
