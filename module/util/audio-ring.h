/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_AUDIO_RING_H
#define ONVIF_AUDIO_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Mono S16 samples from the data thread (one writer) to the media thread (one
 * reader). Lock-free. The writer never waits: when the reader does not come,
 * the oldest samples are overwritten and the reader notices. Positions are
 * free-running sample counts (uint64_t: no wrap in practice).
 */
struct audio_ring;

/** size in samples, rounded up to a power of two. \return NULL with errno */
struct audio_ring *audio_ring_new(uint32_t size);
void audio_ring_destroy(struct audio_ring *ring);

/** Writer, real-time: copies n mono samples. */
void audio_ring_write(struct audio_ring *ring, const int16_t *samples, uint32_t n);
/** Writer or main: everything written so far belongs to an earlier stream; the
 * reader forgets what it has not read. */
void audio_ring_mark_start(struct audio_ring *ring);

/** Reader: samples waiting. */
uint32_t audio_ring_fill(struct audio_ring *ring);
/** Reader: copies n samples that start skip samples after the read position,
 * without taking them. \return the number copied (fewer when fewer wait) */
uint32_t audio_ring_peek(struct audio_ring *ring, uint32_t skip, int16_t *dst, uint32_t n);
/** Reader: takes up to n samples. \return the number taken */
uint32_t audio_ring_read(struct audio_ring *ring, int16_t *dst, uint32_t n);
/** Reader: forgets n samples (or all that wait, if fewer). \return the number forgotten */
uint32_t audio_ring_drop(struct audio_ring *ring, uint32_t n);
/** Reader: samples lost to overwriting since the last call. */
uint64_t audio_ring_take_lost(struct audio_ring *ring);
/** Any thread: samples that it holds at most. */
uint32_t audio_ring_size(const struct audio_ring *ring);
/** Any thread: the largest block written lately, in samples (the graph's quantum
 * at the stream's rate): the pacer's target fill depends on it. */
uint32_t audio_ring_quantum(struct audio_ring *ring);

#endif /* ONVIF_AUDIO_RING_H */
