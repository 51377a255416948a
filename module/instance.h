/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_INSTANCE_H
#define ONVIF_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include <pipewire/pipewire.h>

/*
 * Is there another instance of this module on the desktop? Told by its metadata object. The
 * one that was there first finds cameras and publishes; the other one leaves it at those
 * that it was given itself, so that no camera has two outputs. Main thread.
 */
struct instance;

/** changed: what instance_is_second() says; from the loop. \return NULL with errno */
struct instance *instance_new(struct pw_loop *loop, struct pw_registry *registry,
		void (*changed)(void *data), void *data);
void instance_destroy(struct instance *i);

/** Our own object is being made: until its id is known, nothing is said of any. */
void instance_expect_own(struct instance *i);
/** its id; SPA_ID_INVALID: there is none, any more */
void instance_set_own(struct instance *i, uint32_t id);
/** somebody was here before us */
bool instance_is_second(struct instance *i);

#endif /* ONVIF_INSTANCE_H */
