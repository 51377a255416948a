/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_STRANGERS_H
#define ONVIF_STRANGERS_H

#include <stdbool.h>

#include <spa/support/loop.h>

#include "module/onvif/discovery.h"

/*
 * Those who say that they are cameras and did not show it yet. Each of them costs a camera's
 * worth of memory and connections to an address that anybody may have forged: so many a second
 * have their turn, a few are asked at a time, some wait, and when too many come, chance decides
 * who does. Main thread.
 */
struct strangers;

struct strangers_events {
#define STRANGERS_VERSION_EVENTS	0
	uint32_t version;
	/** how many are being asked now */
	uint32_t (*asked)(void *data);
	/** It is this one's turn: find out what it is. From the loop, or from inside
	 * strangers_add() */
	void (*turn)(void *data, const struct discovery_device *device);
};

/** events and data must outlive it. \return NULL with errno */
struct strangers *strangers_new(struct spa_loop_utils *loop, const struct strangers_events *events,
		void *data);
void strangers_destroy(struct strangers *s);
/** It said that it is there. */
void strangers_add(struct strangers *s, const struct discovery_device *device);
/** Takes what asking one of them costs. \return false: not now */
bool strangers_may_ask(struct strangers *s);

#endif /* ONVIF_STRANGERS_H */
