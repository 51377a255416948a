/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/result.h>

#include "module/log.h"
#include "module/util/clock.h"
#include "module/util/compat.h"

#define RECONNECT_MIN_MS	100u
#define RECONNECT_MAX_MS	2000u

struct onvif_core {
	struct pw_context *context;
	struct pw_loop *loop;
	char *remote;
	const struct onvif_core_events *events;
	void *data;

	struct pw_core *core;
	struct pw_registry *registry;
	struct spa_hook core_listener;
	struct spa_hook proxy_listener;
	bool disconnect;		/* the connection is ours to close */
	int sync;
	bool ready;

	struct spa_source *lost_event;
	struct spa_source *timer;
	uint32_t delay_ms;
	bool lost;
	bool failing;			/* one line per outage, not one per attempt */
};

static void schedule_connect(struct onvif_core *c)
{
	timer_arm(c->loop->utils, c->timer, c->delay_ms * NSEC_PER_MSEC);
	c->delay_ms = SPA_CLAMP(c->delay_ms * 2, RECONNECT_MIN_MS, RECONNECT_MAX_MS);
}

static void mark_lost(struct onvif_core *c)
{
	if (c->lost)
		return;
	c->lost = true;
	pw_loop_signal_event(c->loop, c->lost_event);
}

static void core_error(void *data, uint32_t id, int seq, int res, const char *message)
{
	struct onvif_core *c = data;

	if (id == PW_ID_CORE && res == -EPIPE) {
		pw_log_info("connection to PipeWire lost");
		mark_lost(c);
	} else {
		/* the owners of the object hear it as well */
		pw_log_debug("object %u: seq:%d %s: %s", id, seq, spa_strerror(res), message);
	}
}

static void core_done(void *data, uint32_t id, int seq)
{
	struct onvif_core *c = data;

	if (id != PW_ID_CORE || seq != c->sync || c->ready || c->lost)
		return;
	c->ready = true;
	c->delay_ms = 0;
	c->failing = false;
	c->events->ready(c->data);
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.done = core_done,
	.error = core_error,
};

/* The context goes away around us: everything that was made with this core must
 * go before it does, or it leaks. */
static void core_proxy_removed(void *data)
{
	struct onvif_core *c = data;

	spa_hook_remove(&c->core_listener);
	spa_hook_remove(&c->proxy_listener);
	c->lost = true;
	c->events->lost(c->data);
	pw_proxy_destroy((struct pw_proxy *)c->registry);
	c->registry = NULL;
	c->core = NULL;
	c->ready = false;
	schedule_connect(c);
}

static const struct pw_proxy_events core_proxy_events = {
	PW_VERSION_PROXY_EVENTS,
	.removed = core_proxy_removed,
};

static void drop_core(struct onvif_core *c)
{
	if (c->registry)
		pw_proxy_destroy((struct pw_proxy *)c->registry);
	c->registry = NULL;
	if (c->core) {
		spa_hook_remove(&c->core_listener);
		spa_hook_remove(&c->proxy_listener);
		if (c->disconnect)
			pw_core_disconnect(c->core);
	}
	c->core = NULL;
	c->ready = false;
}

static int try_connect(struct onvif_core *c)
{
	/* only set when the host offers its own connection to its modules */
	c->core = pw_context_get_object(c->context, PW_TYPE_INTERFACE_Core);
	c->disconnect = c->core == NULL;
	if (c->core == NULL)
		c->core = pw_context_connect(c->context,
				c->remote ? pw_properties_new(PW_KEY_REMOTE_NAME, c->remote, NULL) : NULL, 0);
	if (c->core == NULL)
		return -errno;

	spa_zero(c->core_listener);
	spa_zero(c->proxy_listener);
	pw_proxy_add_listener((struct pw_proxy *)c->core, &c->proxy_listener, &core_proxy_events, c);
	pw_core_add_listener(c->core, &c->core_listener, &core_events, c);

	c->registry = pw_core_get_registry(c->core, PW_VERSION_REGISTRY, 0);
	if (c->registry == NULL)
		return -errno;
	return 0;
}

static void on_timer(void *data, uint64_t expirations)
{
	struct onvif_core *c = data;
	int res;

	if (c->core)
		return;
	if ((res = try_connect(c)) < 0) {
		if (!c->failing)
			pw_log_warn("can't connect to PipeWire: %s; trying on", spa_strerror(res));
		c->failing = true;
		drop_core(c);
		schedule_connect(c);
		return;
	}
	c->lost = false;
	c->events->connected(c->data, c->core, c->registry);
	if (c->core)
		c->sync = pw_core_sync(c->core, PW_ID_CORE, 0);
}

static void on_lost(void *data, uint64_t count)
{
	struct onvif_core *c = data;

	if (!c->lost || c->core == NULL)
		return;
	c->events->lost(c->data);
	drop_core(c);
	schedule_connect(c);
}

struct onvif_core *onvif_core_new(struct pw_context *context, const char *remote,
		const struct onvif_core_events *events, void *data)
{
	struct onvif_core *c;
	int res;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->context = context;
	c->loop = pw_context_get_main_loop(context);
	c->events = events;
	c->data = data;
	if (remote && (c->remote = strdup(remote)) == NULL)
		goto error;
	if ((c->lost_event = compat_add_event(c->loop->utils, on_lost, c)) == NULL ||
	    (c->timer = compat_add_timer(c->loop->utils, on_timer, c)) == NULL)
		goto error;
	schedule_connect(c);
	return c;
error:
	res = -errno;
	onvif_core_destroy(c);
	errno = -res;
	return NULL;
}

void onvif_core_destroy(struct onvif_core *c)
{
	if (c == NULL)
		return;
	drop_core(c);
	if (c->lost_event)
		pw_loop_destroy_source(c->loop, c->lost_event);
	if (c->timer)
		pw_loop_destroy_source(c->loop, c->timer);
	free(c->remote);
	free(c);
}

struct pw_core *onvif_core_get(struct onvif_core *c)
{
	return c->lost ? NULL : c->core;
}
