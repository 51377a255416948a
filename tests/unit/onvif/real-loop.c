/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <pipewire/pipewire.h>

#include "module/util/clock.h"
#include "tests/lib/test.h"
#include "tests/unit/onvif/real-loop.h"

static struct pw_loop *loop;

struct spa_loop_utils *real_loop_new(void)
{
	pw_init(NULL, NULL);
	loop = pw_loop_new(NULL);
	check(loop != NULL);
	pw_loop_enter(loop);
	return loop->utils;
}

void real_loop_destroy(void)
{
	pw_loop_leave(loop);
	pw_loop_destroy(loop);
	pw_deinit();
}

bool real_loop_until(const int *flag, int wanted, uint32_t ms)
{
	uint64_t end = clock_monotonic() + ms * NSEC_PER_MSEC;

	while (*flag < wanted && clock_monotonic() < end)
		pw_loop_iterate(loop, 10);
	return *flag >= wanted;
}

void real_loop_run(uint32_t ms)
{
	int never = 0;

	real_loop_until(&never, 1, ms);
}
