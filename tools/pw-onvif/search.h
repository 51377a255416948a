/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_SEARCH_H
#define ONVIF_TOOL_SEARCH_H

#include <stdint.h>

#include "tools/pw-onvif/service.h"

/*
 * Cameras where no service tells of them: those that are configured, and those that answer
 * on the network. Nobody logs in anywhere and nothing is written.
 */

#define SEARCH_TIME_MS		4000u	/* cameras answer within WS-Discovery's half second; some are slow */

struct search_events {
#define SEARCH_VERSION_EVENTS	0
	uint32_t version;
	/** one more, or more is known of one; from the loop */
	void (*changed)(void *data);
	/** one sentence: what keeps it from looking, or a mistake in a settings file. Also from
	 * inside search_new(). */
	void (*problem)(void *data, const char *text);
};

struct search;

/** Reads the settings and starts to look. \return NULL with errno */
struct search *search_new(struct pw_loop *loop, const struct search_events *events, void *data);
void search_destroy(struct search *s);
/** Known so far, the configured ones first; valid until control returns to the loop. state is
 * "" for all: it takes the service to find out. */
const struct service_camera *search_cameras(const struct search *s, uint32_t *ret_n);

#endif /* ONVIF_TOOL_SEARCH_H */
