/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_SAY_H
#define ONVIF_TOOL_SAY_H

#include "tools/pw-onvif/sound.h"
#include "tools/pw-onvif/target.h"

/* What the two ways of saying something share: by a session of our own, and by the output that
 * the running service has for the camera. */

struct say {
	struct tool *tool;
	struct target *t;
	struct sound *sound;
	uint64_t played;		/* samples in all */
	bool interrupted, bar;
	int status;			/* an enum tool_status */
	char error[2 * LIMIT_ERROR_LEN];
	/* of the session */
	char codec[SERVICE_WORD_LEN], transport[SERVICE_WORD_LEN];
	const char *node;		/* the output; NULL: none */
};

void say_show_progress(struct say *y);
/** Runs the loop until somebody quits it. stop: the user wants it to end; called once, then
 * the loop ends at the second time. */
void say_run_loop(struct say *y, void (*stop)(void *data), void *data);

/* Both leave status, error and the rest in y; what never began is told by them.
 * \return whether there is something to tell */
bool say_direct(struct say *y);
bool say_by_output(struct say *y, const struct service_camera *camera);

#endif /* ONVIF_TOOL_SAY_H */
