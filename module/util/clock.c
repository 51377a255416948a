/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include <spa/utils/defs.h>

#include "clock.h"

static struct clock_source replaced;
static const struct clock_source *current;

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)SPA_TIMESPEC_TO_NSEC(&ts);
}

uint64_t clock_monotonic(void)
{
	const struct clock_source *s = __atomic_load_n(&current, __ATOMIC_ACQUIRE);

	return s && s->monotonic ? s->monotonic(s->data) : read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_realtime(void)
{
	const struct clock_source *s = __atomic_load_n(&current, __ATOMIC_ACQUIRE);

	return s && s->realtime ? s->realtime(s->data) : read_clock(CLOCK_REALTIME);
}

void clock_set_source(const struct clock_source *source)
{
	__atomic_store_n(&current, NULL, __ATOMIC_RELEASE);
	if (source != NULL) {
		replaced = *source;
		__atomic_store_n(&current, &replaced, __ATOMIC_RELEASE);
	}
}

static void arm(struct spa_loop_utils *loop, struct spa_source *timer, uint64_t ns, bool absolute)
{
	struct timespec value;

	/* timerfd_settime(2): a value of zero disarms */
	ns = SPA_MAX(ns, UINT64_C(1));
	value.tv_sec = (time_t)(ns / SPA_NSEC_PER_SEC);
	value.tv_nsec = (long)(ns % SPA_NSEC_PER_SEC);
	spa_loop_utils_update_timer(loop, timer, &value, NULL, absolute);
}

void timer_arm(struct spa_loop_utils *loop, struct spa_source *timer, uint64_t delay_ns)
{
	arm(loop, timer, delay_ns, false);
}

void timer_arm_at(struct spa_loop_utils *loop, struct spa_source *timer, uint64_t time_ns)
{
	arm(loop, timer, time_ns, true);
}

void timer_disarm(struct spa_loop_utils *loop, struct spa_source *timer)
{
	spa_loop_utils_update_timer(loop, timer, NULL, NULL, false);
}
