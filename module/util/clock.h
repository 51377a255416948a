/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CLOCK_H
#define ONVIF_CLOCK_H

#include <stdint.h>

#include <spa/support/loop.h>

#define NSEC_PER_MSEC	UINT64_C(1000000)
#define MSEC_PER_SEC	UINT64_C(1000)
/* SPA_NSEC_PER_SEC comes from spa/utils/defs.h */

/** CLOCK_MONOTONIC in ns; any thread */
uint64_t clock_monotonic(void);
/** CLOCK_REALTIME in ns since 1970; any thread */
uint64_t clock_realtime(void);

/** For tests in virtual time: replaces both clocks; NULL restores them. */
struct clock_source {
	uint64_t (*monotonic)(void *data);
	uint64_t (*realtime)(void *data);
	void *data;
};
void clock_set_source(const struct clock_source *source);

/** Arms a one-shot timer delay ns from now; a delay of 0 fires at once. */
void timer_arm(struct spa_loop_utils *loop, struct spa_source *timer, uint64_t delay_ns);
/** Arms a one-shot timer for an absolute CLOCK_MONOTONIC time in ns. */
void timer_arm_at(struct spa_loop_utils *loop, struct spa_source *timer, uint64_t time_ns);
void timer_disarm(struct spa_loop_utils *loop, struct spa_source *timer);

#endif /* ONVIF_CLOCK_H */
