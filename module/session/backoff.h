/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_BACKOFF_H
#define ONVIF_BACKOFF_H

#include <stdint.h>

/** How long to wait after the failures-th failure in a row (1 is the first): full
 * jitter, uniform in 1..cap ms where cap starts at min_ms and doubles up to max_ms.
 * Many cameras behind one switch that reboots must not all come back in step.
 * \return ms, at least 1 */
uint32_t backoff_ms(uint32_t failures, uint32_t min_ms, uint32_t max_ms);

#endif /* ONVIF_BACKOFF_H */
