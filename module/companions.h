/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_COMPANIONS_H
#define ONVIF_COMPANIONS_H

#include <pipewire/pipewire.h>

/*
 * The other modules of our process: combined sinks and filters before cameras, from
 * fragments of pipewire-onvif.conf. PipeWire's own unload themselves when the
 * connection is lost; we connect again, and they are loaded again. Main thread.
 */
struct companions;

/** context must outlive the companions. \return NULL with errno */
struct companions *companions_new(struct pw_context *context);
/** What was loaded again stays loaded. NULL is fine. */
void companions_destroy(struct companions *c);

/** The connection is there (again): loads those that were there at an earlier call and
 * are no more. One that cannot be loaded is said in the log, and tried at the next call. */
void companions_connected(struct companions *c);

#endif /* ONVIF_COMPANIONS_H */
