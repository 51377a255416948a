/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/target-private.h"

#include <stdlib.h>
#include <strings.h>

#include <spa/utils/string.h>

#include "module/util/text.h"

/* What the running service, if there is one, knows of a camera. */

#define TIMEOUT_MS	1000u

void target_ask_service(struct target *t, struct tool *tool)
{
	/* (that there is none is no fault: nothing here needs it) */
	if (service_snapshot(tool->main_loop, tool->remote, TIMEOUT_MS, &t->published, &t->n_published) < 0) {
		t->published = NULL;
		t->n_published = 0;
	}
}

const struct service_camera *target_find_published(const struct target *t, const char *name)
{
	for (uint32_t i = 0; i < t->n_published; i++) {
		const struct service_camera *c = &t->published[i];

		if ((c->name[0] && strcasecmp(c->name, name) == 0) ||
		    (c->id[0] && text_id_equal(c->id, name)) || spa_streq(c->key, name) ||
		    target_same_address(name, c->address))
			return c;
	}
	return NULL;
}

static const struct service_camera *find_exactly(const struct target *t)
{
	const struct service_camera *c = NULL;

	if (t->id[0])
		c = target_find_published(t, t->id);
	if (c == NULL && t->address[0])
		c = target_find_published(t, t->address);
	if (c == NULL && t->uri[0])
		c = target_find_published(t, t->key);
	return c;
}

const struct service_camera *target_service_camera(const struct target *t)
{
	const struct service_camera *c = find_exactly(t);

	return c ? c : target_find_published(t, t->host);
}

const struct service_camera *target_output(const struct target *t)
{
	/* a recorder has many streams, and only one of them is meant */
	const struct service_camera *c = find_exactly(t);

	return c && c->node[0] ? c : NULL;
}

bool target_is_served(const struct target *t)
{
	const struct service_camera *c = target_service_camera(t);

	/* (while it is busy, it is somebody else who plays to it) */
	return c && c->claimed && !spa_streq(c->state, "busy");
}
