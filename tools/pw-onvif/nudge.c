/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/nudge.h"

#include <spa/utils/string.h>

#include "module/util/clock.h"

#define TIMEOUT_NS	SPA_NSEC_PER_SEC

struct nudge {
	struct tool *tool;
	struct service *service;
	const char *key;
	bool told, done;
};

/* the first time it is known that there is a service, then when it was told */
static void on_changed(void *data)
{
	struct nudge *n = data;

	if (n->told) {
		n->done = true;
	} else if (service_set(n->service, n->key, "reconnect", "true") == 0) {
		n->told = true;
		return;
	}
	pw_main_loop_quit(n->tool->main_loop);
}

static void on_lost(void *data, int res)
{
	struct nudge *n = data;

	pw_main_loop_quit(n->tool->main_loop);
}

static const struct service_events events = {
	SERVICE_VERSION_EVENTS,
	.changed = on_changed,
	.lost = on_lost,
};

static void on_timeout(void *data, uint64_t expirations)
{
	struct nudge *n = data;

	pw_main_loop_quit(n->tool->main_loop);
}

/* it waits for something to change, and what did so was not told to it */
static bool has_given_up(const struct service_camera *c)
{
	return spa_streq(c->state, "unsupported") || spa_streq(c->state, "rejected") ||
		spa_streq(c->state, "login-required");
}

bool nudge_service(struct tool *tool, const struct target *t)
{
	const struct service_camera *c = target_service_camera(t);
	struct nudge n = { .tool = tool };
	struct spa_source *timer;

	if (c == NULL || !has_given_up(c) || (timer = pw_loop_add_timer(tool->loop, on_timeout, &n)) == NULL)
		return false;
	n.key = c->key;
	if ((n.service = service_new(tool->loop, tool->remote, &events, &n)) != NULL) {
		timer_arm(tool->loop->utils, timer, TIMEOUT_NS);
		pw_main_loop_run(tool->main_loop);
		service_destroy(n.service);
	}
	pw_loop_destroy_source(tool->loop, timer);
	return n.done;
}
