/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>

#include "module/session/backoff.h"
#include "module/util/random.h"

uint32_t backoff_ms(uint32_t failures, uint32_t min_ms, uint32_t max_ms)
{
	uint64_t cap = SPA_MAX(min_ms, 1u);

	max_ms = SPA_MAX(max_ms, 1u);
	for (; failures > 1 && cap < max_ms; failures--)
		cap *= 2;
	return 1 + random_below((uint32_t)SPA_MIN(cap, (uint64_t)max_ms));
}
