/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_NUDGE_H
#define ONVIF_TOOL_NUDGE_H

#include "tools/pw-onvif/target.h"

/** A camera works that the running service has given up: it is told to look again, which by itself
 * it does once a day, or when the camera says Hello. Runs the loop.
 * \return whether that was so, and it was told */
bool nudge_service(struct tool *tool, const struct target *t);

#endif /* ONVIF_TOOL_NUDGE_H */
