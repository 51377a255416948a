/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CAMERAS_H
#define ONVIF_CAMERAS_H

#include <stdbool.h>
#include <stdint.h>

#include "module/camera.h"

/*
 * All cameras of this module: configured ones, and those that discovery finds.
 * One device is one camera, however many interfaces and addresses it is seen on.
 * Main thread.
 */
struct cameras;

struct cameras_events {
#define CAMERAS_VERSION_EVENTS	0
	uint32_t version;
	/** what is shown of a camera changed */
	void (*changed)(void *data, struct camera *c);
	/** a camera goes: the last event about it */
	void (*removed)(void *data, struct camera *c);
};

/** env and events must outlive the cameras; env->strangers is made. \return NULL with errno */
struct cameras *cameras_new(struct camera_env *env, uint32_t max, uint64_t expire_ns,
		const struct cameras_events *events, void *data);
void cameras_destroy(struct cameras *cs);

/** \return 0, -EINVAL, -EEXIST, -ENOSPC, -ENOMEM */
int cameras_add(struct cameras *cs, const struct spa_dict *entry);
void cameras_seen(struct cameras *cs, const struct discovery_device *device);
/** \return true when the camera is not known, or not known there: probe */
bool cameras_hello(struct cameras *cs, const struct discovery_device *device);
void cameras_network_changed(struct cameras *cs);
void cameras_credentials_changed(struct cameras *cs);
/** Forgets those that were only discovered, except where somebody plays. */
void cameras_drop_discovered(struct cameras *cs);
void cameras_core_ready(struct cameras *cs);
void cameras_core_lost(struct cameras *cs);

/** The numeric addresses of proven cameras. \return their number, max at most */
uint32_t cameras_get_addresses(struct cameras *cs, struct sockaddr_storage *address, uint32_t max);
bool cameras_have_sink(struct cameras *cs);
void cameras_for_each(struct cameras *cs, void (*func)(void *data, struct camera *c), void *data);

#endif /* ONVIF_CAMERAS_H */
