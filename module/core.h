/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CORE_H
#define ONVIF_CORE_H

#include <stdbool.h>

#include <pipewire/pipewire.h>

/*
 * Our connection to the PipeWire daemon. When it goes away it comes back by
 * itself: the daemon is restarted by every update, and a process whose module
 * unloads on -EPIPE (as the in-tree ones do) stays behind as an empty shell.
 * Main thread. No event comes from inside a call, and lost() never from inside
 * libpipewire's error callback: streams may be destroyed there.
 */
struct onvif_core;

struct onvif_core_events {
#define ONVIF_CORE_VERSION_EVENTS	0
	uint32_t version;
	/** connected; the registry has not said anything yet: add listeners now */
	void (*connected)(void *data, struct pw_core *core, struct pw_registry *registry);
	/** the registry has listed everything that was there */
	void (*ready)(void *data);
	/** the connection is lost: destroy everything that was made with it, now */
	void (*lost)(void *data);
};

/** remote: remote.name or NULL. The first connection is tried at once (from the
 * loop), then with a back-off of 100 ms doubling to 2 s. \return NULL with errno */
struct onvif_core *onvif_core_new(struct pw_context *context, const char *remote,
		const struct onvif_core_events *events, void *data);
/** everything made with the core must be gone; NULL is fine */
void onvif_core_destroy(struct onvif_core *c);

/** NULL while not connected */
struct pw_core *onvif_core_get(struct onvif_core *c);

#endif /* ONVIF_CORE_H */
