/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_TAKEOVER_H
#define ONVIF_TOOL_TAKEOVER_H

#include "tools/pw-onvif/target.h"

/*
 * A camera that the running service has, for ourselves: it is asked to let go of it, and to stay
 * off it until we end. Should we die, it is the service's again after some seconds.
 */
struct takeover;

/** Asks on the terminal first where the service plays to it. What goes wrong is told. Runs the loop.
 * \param ret NULL: the service does not have it
 * \return TOOL_OK, TOOL_USAGE: there is no terminal, TOOL_BUSY: the user says no, or the service
 * does not let go; TOOL_FAILED, TOOL_INTERRUPTED */
int takeover_new(struct tool *tool, const struct command *command, const struct target *t,
		struct takeover **ret);
/** gives it back, running the loop; NULL is fine */
void takeover_end(struct takeover *o);

#endif /* ONVIF_TOOL_TAKEOVER_H */
