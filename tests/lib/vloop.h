/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_VLOOP_H
#define ONVIF_VLOOP_H

#include <errno.h>	/* for the macros of spa/support/loop.h */
#include <stdint.h>

#include <spa/support/loop.h>

/*
 * A loop in virtual time: spa_loop_utils whose timers fire when vloop_run() says
 * that their time has come; also sets clock_set_source() while it exists. io
 * sources are accepted and never fire by themselves.
 */
struct vloop;

struct vloop *vloop_new(void);
/** fails the test when a source was not destroyed */
void vloop_destroy(struct vloop *v);
struct spa_loop_utils *vloop_utils(struct vloop *v);

uint64_t vloop_now(struct vloop *v);
/** Lets ms of virtual time pass: fires timers and events in order. */
void vloop_run(struct vloop *v, uint32_t ms);
/** Lets ms of virtual time pass in which nothing fires: the machine slept, or the
 * thread was busy. What became due meanwhile fires late. */
void vloop_skip(struct vloop *v, uint32_t ms);
/** Fires what is due now (events, idle, expired timers), until nothing is. */
void vloop_flush(struct vloop *v);
/** time until the next armed timer in ns, UINT64_MAX when none is armed */
uint64_t vloop_next_timer(struct vloop *v);
uint32_t vloop_armed_timers(struct vloop *v);
/** the moments at which vloop_run() had a timer to fire, so far */
uint32_t vloop_wakeups(struct vloop *v);

#endif /* ONVIF_VLOOP_H */
