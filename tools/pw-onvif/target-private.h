/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_TARGET_PRIVATE_H
#define ONVIF_TOOL_TARGET_PRIVATE_H

#include "tools/pw-onvif/target.h"

/* target.c: the camera at what was typed, whose port may be left out */
bool target_same_address(const char *typed, const char *known);
/* target-port.c: where nobody listens at the usual one, and nothing is known of another. Runs the loop. */
void target_find_port(struct target *t, struct tool *tool);
/* target-service.c: once, before anything is found */
void target_ask_service(struct target *t, struct tool *tool);
/** by name, id or address; NULL: the service knows none, or does not run */
const struct service_camera *target_find_published(const struct target *t, const char *name);

#endif /* ONVIF_TOOL_TARGET_PRIVATE_H */
