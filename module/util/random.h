/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_RANDOM_H
#define ONVIF_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#define UUID_STRLEN	37	/* with the NUL */

/** Fills from getrandom(2). Cannot fail on a supported kernel (aborts if it does:
 * predictable nonces would be worse). */
void random_bytes(void *dst, size_t len);
uint32_t random_u32(void);
/** uniform in 0..n-1; n > 0 */
uint32_t random_below(uint32_t n);
/** a version 4 UUID, RFC 4122 4.4, lower case */
void random_uuid(char dst[UUID_STRLEN]);

/** For tests: replaces the source of randomness; NULL restores it. */
void random_set_source(void (*fill)(void *dst, size_t len));

#endif /* ONVIF_RANDOM_H */
