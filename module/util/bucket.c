/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/util/bucket.h"

#include <spa/utils/defs.h>

void bucket_init(struct bucket *b, uint64_t interval, uint32_t burst, uint64_t now)
{
	*b = (struct bucket) { .interval = interval, .size = interval * burst,
		.level = interval * burst, .time = now };
}

uint64_t bucket_wait(struct bucket *b, uint64_t now)
{
	b->level += SPA_MIN(now - b->time, b->size - b->level);
	b->time = now;
	return b->level < b->interval ? b->interval - b->level : 0;
}

bool bucket_take(struct bucket *b, uint64_t now)
{
	if (bucket_wait(b, now) > 0)
		return false;
	b->level -= b->interval;
	return true;
}
