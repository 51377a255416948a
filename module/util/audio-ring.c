/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "audio-ring.h"

#define CACHE_LINE	64
#define SIZE_MAX_LOG2	24
#define PEEK_TRIES	8

/*
 * A sequence lock over a ring. The writer announces what it is going to
 * overwrite (reserved), writes, and then publishes (written). Samples are stored
 * with release and loaded with acquire: a reader that copied even one sample of
 * a new block sees, afterwards, the reservation that came before it.
 */
struct audio_ring {
	int16_t *samples;
	uint32_t size;

	/* writer */
	SPA_ALIGNED(CACHE_LINE) uint64_t reserved;
	uint64_t written;
	uint32_t quantum;
	uint32_t window_max;	/* largest block of this window and of the last one: */
	uint32_t last_max;	/* what is older than two windows is forgotten */
	uint64_t window_end;

	/* writer or main */
	SPA_ALIGNED(CACHE_LINE) uint64_t start;

	/* reader */
	SPA_ALIGNED(CACHE_LINE) uint64_t read;
	uint64_t lost;
};

static uint64_t load(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *p, uint64_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

struct audio_ring *audio_ring_new(uint32_t size)
{
	struct audio_ring *ring;
	uint32_t rounded = 1;
	void *p;

	if (size == 0 || size > 1u << SIZE_MAX_LOG2) {
		errno = EINVAL;
		return NULL;
	}
	while (rounded < size)
		rounded *= 2;
	if ((errno = posix_memalign(&p, CACHE_LINE, sizeof(*ring))) != 0)
		return NULL;
	ring = p;
	*ring = (struct audio_ring){ .size = rounded, .window_end = rounded };
	if ((errno = posix_memalign(&p, CACHE_LINE, rounded * sizeof(int16_t))) != 0) {
		free(ring);
		return NULL;
	}
	/* touches every page: the data thread must not fault */
	ring->samples = memset(p, 0, rounded * sizeof(int16_t));
	return ring;
}

uint32_t audio_ring_size(const struct audio_ring *ring)
{
	return ring->size;
}

void audio_ring_destroy(struct audio_ring *ring)
{
	if (ring == NULL)
		return;
	free(ring->samples);
	free(ring);
}

static void note_block(struct audio_ring *ring, uint32_t n)
{
	if (ring->written >= ring->window_end) {
		ring->last_max = ring->window_max;
		ring->window_max = 0;
		ring->window_end = ring->written + ring->size;
	}
	ring->window_max = SPA_MAX(ring->window_max, n);
	__atomic_store_n(&ring->quantum, SPA_MAX(ring->window_max, ring->last_max), __ATOMIC_RELAXED);
}

/* Of a block larger than the ring only its end is stored. */
void audio_ring_write(struct audio_ring *ring, const int16_t *samples, uint32_t n)
{
	uint64_t pos = ring->written, end = pos + n;
	uint32_t i = n > ring->size ? n - ring->size : 0, mask = ring->size - 1;

	if (n == 0)
		return;
	store(&ring->reserved, end);
	for (; i < n; i++)
		__atomic_store_n(&ring->samples[(pos + i) & mask], samples[i], __ATOMIC_RELEASE);
	store(&ring->written, end);
	note_block(ring, n);
}

void audio_ring_mark_start(struct audio_ring *ring)
{
	uint64_t pos = load(&ring->written), old = load(&ring->start);

	/* of two markers the later one holds */
	while (old < pos && !__atomic_compare_exchange_n(&ring->start, &old, pos, false,
				__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
}

/* the oldest position that is not, or not about to be, overwritten */
static uint64_t oldest(const struct audio_ring *ring)
{
	uint64_t reserved = load(&ring->reserved);

	return reserved > ring->size ? reserved - ring->size : 0;
}

/* Moves the read position past a start mark and past what was overwritten.
 * \return the samples waiting */
static uint32_t settle(struct audio_ring *ring)
{
	uint64_t start = load(&ring->start), written = load(&ring->written), first = oldest(ring);

	if (ring->read < start)
		ring->read = start;
	/* a block that is only half written may begin behind us */
	first = SPA_MIN(first, written);
	if (ring->read < first) {
		ring->lost += first - ring->read;
		ring->read = first;
	}
	return (uint32_t)SPA_MIN(written - ring->read, (uint64_t)ring->size);
}

uint32_t audio_ring_fill(struct audio_ring *ring)
{
	return settle(ring);
}

uint32_t audio_ring_peek(struct audio_ring *ring, uint32_t skip, int16_t *dst, uint32_t n)
{
	uint32_t fill, count, i, mask = ring->size - 1;
	uint64_t pos;

	for (int tries = 0; tries < PEEK_TRIES; tries++) {
		fill = settle(ring);
		if (skip >= fill)
			return 0;
		count = SPA_MIN(n, fill - skip);
		pos = ring->read + skip;
		for (i = 0; i < count; i++)
			dst[i] = __atomic_load_n(&ring->samples[(pos + i) & mask], __ATOMIC_ACQUIRE);
		if (oldest(ring) <= pos)
			return count;
	}
	return 0;
}

uint32_t audio_ring_read(struct audio_ring *ring, int16_t *dst, uint32_t n)
{
	uint32_t count = audio_ring_peek(ring, 0, dst, n);

	ring->read += count;
	return count;
}

uint32_t audio_ring_drop(struct audio_ring *ring, uint32_t n)
{
	uint32_t count = SPA_MIN(settle(ring), n);

	ring->read += count;
	return count;
}

uint64_t audio_ring_take_lost(struct audio_ring *ring)
{
	uint64_t lost;

	settle(ring);
	lost = ring->lost;
	ring->lost = 0;
	return lost;
}

uint32_t audio_ring_quantum(struct audio_ring *ring)
{
	return __atomic_load_n(&ring->quantum, __ATOMIC_RELAXED);
}
