/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_PUBLISH_H
#define ONVIF_PUBLISH_H

#include <pipewire/pipewire.h>

#include "module/camera.h"

/*
 * The metadata object "onvif", subject 0: for each known camera, with or without an
 * output, a key "camera.<id>" of type Spa:String:JSON, which others may read and not
 * write; and keys "set.<id>.<setting>" by which they change a setting for as long as
 * the key is there.
 * It lives as long as the connection to PipeWire. Main thread.
 */
struct publish;

struct publish_events {
#define PUBLISH_VERSION_EVENTS	0
	uint32_t version;
	/** Somebody set "set.<id>.<setting>", or deleted it (value NULL). From the loop; a camera that
	 * comes later is told when it does. \return > 0: it is done, and the key goes */
	int (*set)(void *data, struct camera *c, const char *setting, const char *value);
	/** the object has an id now */
	void (*bound)(void *data, uint32_t id);
};

/** \return NULL with errno */
struct publish *publish_new(struct pw_context *context, struct pw_core *core,
		const struct publish_events *events, void *data);
void publish_destroy(struct publish *p);

/** Something that is shown of the camera changed, or it is new: published from the loop, at once;
 * what counts packets, every five seconds while it streams. */
void publish_camera(struct publish *p, struct camera *c);
void publish_camera_removed(struct publish *p, struct camera *c);
#endif /* ONVIF_PUBLISH_H */
