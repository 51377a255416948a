/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_BUCKET_H
#define ONVIF_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A token bucket: how often something may happen that somebody else causes. Pure: now is
 * CLOCK_MONOTONIC in ns, and never smaller than before.
 */
struct bucket {
	uint64_t interval;	/* ns, in which one token grows */
	uint64_t size;		/* of a full bucket, in ns of growth */
	uint64_t level;
	uint64_t time;		/* of level */
};

/** One token every interval ns (> 0), burst of them at most, and now. */
void bucket_init(struct bucket *b, uint64_t interval, uint32_t burst, uint64_t now);
/** \return in how many ns bucket_take() will succeed, 0: now */
uint64_t bucket_wait(struct bucket *b, uint64_t now);
/** Takes one token. \return false when there is none */
bool bucket_take(struct bucket *b, uint64_t now);

#endif /* ONVIF_BUCKET_H */
