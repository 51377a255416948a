/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/no-output.h"

#include <errno.h>
#include <stdlib.h>

#include <spa/utils/list.h>
#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/log.h"
#include "module/names.h"
#include "module/util/clock.h"
#include "module/util/compat.h"

/* A new sink is the default a few ms after it is announced, and streams follow. */
#define REMOVE_DELAY_MS	1000u
#define CALM_DELAY_MS	200u

struct no_output {
	struct pw_loop *loop;
	struct pw_core *core;
	struct pw_registry *registry;
	struct spa_hook registry_listener;
	void (*settled)(void *data);
	void *data;

	struct spa_list sinks;		/* struct other: what keeps cameras from being the default */
	struct spa_list groups;		/* struct other: what leads to cameras alone, now or later */
	struct pw_proxy *node;		/* ours */
	struct spa_hook node_listener;
	uint32_t node_id;		/* once it is in the registry */
	struct spa_source *timer;
	bool ready, wanted, listed, failed, calm;
};

struct other {
	struct spa_list link;
	uint32_t id;
	bool is_no_output;	/* of another instance, or ours before we know its id */
	bool is_last;		/* no priority: see no_output_is_contested() */
};

static struct other *find_other(struct no_output *n, uint32_t id)
{
	struct other *o;

	spa_list_for_each(o, &n->sinks, link)
		if (o->id == id)
			return o;
	spa_list_for_each(o, &n->groups, link)
		if (o->id == id)
			return o;
	return NULL;
}

static void free_other(struct other *o)
{
	spa_list_remove(&o->link);
	free(o);
}

static void set_listed(struct no_output *n)
{
	n->listed = true;
	timer_arm(n->loop->utils, n->timer, CALM_DELAY_MS * NSEC_PER_MSEC);
	n->settled(n->data);
}

/* The registry may have announced it before. */
static void node_bound(void *data, uint32_t global_id)
{
	struct no_output *n = data;
	struct other *o;

	n->node_id = global_id;
	if ((o = find_other(n, global_id)) == NULL)
		return;
	free_other(o);
	set_listed(n);
}

static void node_destroy(void *data)
{
	struct no_output *n = data;

	spa_hook_remove(&n->node_listener);
	n->node = NULL;
	n->node_id = SPA_ID_INVALID;
	n->listed = false;
}

static void node_removed(void *data)
{
	struct no_output *n = data;

	pw_proxy_destroy(n->node);
	/* by a user's hand, or with the connection: then this never fires */
	n->calm = false;
	timer_arm(n->loop->utils, n->timer, CALM_DELAY_MS * NSEC_PER_MSEC);
}

/* Without it cameras still work; they may become the default output. */
static void node_error(void *data, int seq, int res, const char *message)
{
	struct no_output *n = data;

	pw_log_warn("can't create the sink " NAME_NO_OUTPUT ": %s (%s); a camera may become "
			"the default output", spa_strerror(res), message);
	n->failed = true;
	n->settled(n->data);
}

static const struct pw_proxy_events node_events = {
	PW_VERSION_PROXY_EVENTS,
	.bound = node_bound,
	.destroy = node_destroy,
	.removed = node_removed,
	.error = node_error,
};

static void create_node(struct no_output *n)
{
	static const struct spa_dict_item items[] = {
		SPA_DICT_ITEM_INIT(SPA_KEY_FACTORY_NAME, "support.null-audio-sink"),
		SPA_DICT_ITEM_INIT(PW_KEY_NODE_NAME, NAME_NO_OUTPUT),
		SPA_DICT_ITEM_INIT(PW_KEY_NODE_DESCRIPTION, "No output (cameras only when chosen)"),
		SPA_DICT_ITEM_INIT(PW_KEY_MEDIA_CLASS, "Audio/Sink"),
		SPA_DICT_ITEM_INIT("audio.position", "FL,FR"),
		SPA_DICT_ITEM_INIT(PW_KEY_PRIORITY_SESSION, "1"),
		SPA_DICT_ITEM_INIT(PW_KEY_PRIORITY_DRIVER, "0"),
		SPA_DICT_ITEM_INIT("monitor.channel-volumes", "true"),
	};

	n->node = pw_core_create_object(n->core, "adapter", PW_TYPE_INTERFACE_Node,
			PW_VERSION_NODE, &SPA_DICT_INIT_ARRAY(items), 0);
	if (n->node == NULL) {
		n->failed = true;
		pw_log_warn("can't create the sink " NAME_NO_OUTPUT ": %m");
		return;
	}
	n->listed = false;
	spa_zero(n->node_listener);
	pw_proxy_add_listener(n->node, &n->node_listener, &node_events, n);
}

static bool is_needed(struct no_output *n)
{
	struct other *o;

	spa_list_for_each(o, &n->sinks, link)
		if (!o->is_no_output || n->node == NULL)
			return false;
	/* a group without cameras would be the default when the first one joins it */
	return n->wanted || !spa_list_is_empty(&n->groups);
}

static void update(struct no_output *n)
{
	bool needed = is_needed(n);

	if (!n->ready)
		return;
	if (needed && n->node == NULL && !n->failed) {
		pw_log_info("no output but cameras: creating " NAME_NO_OUTPUT);
		n->calm = false;
		create_node(n);
	} else if (!needed && n->node) {
		/* not before the real one is the default */
		timer_arm(n->loop->utils, n->timer, REMOVE_DELAY_MS * NSEC_PER_MSEC);
	}
}

static void on_timer(void *data, uint64_t expirations)
{
	struct no_output *n = data;

	n->calm = true;
	if (n->node && !is_needed(n)) {
		pw_log_info("removing " NAME_NO_OUTPUT);
		pw_proxy_destroy(n->node);
	}
	update(n);
	n->settled(n->data);
}

/* \return the list that a sink of this name belongs to, or NULL */
static struct spa_list *list_of(struct no_output *n, const struct spa_dict *props)
{
	const char *name = spa_dict_lookup(props, PW_KEY_NODE_NAME);

	if (!spa_streq(spa_dict_lookup(props, PW_KEY_MEDIA_CLASS), "Audio/Sink"))
		return NULL;
	if (name && spa_strstartswith(name, NAME_GROUP_PREFIX))
		return &n->groups;
	/* auto_null: the session manager's own, gone as soon as there is any other sink */
	if (name && (spa_strstartswith(name, NAME_SINK_PREFIX) || spa_streq(name, "auto_null")))
		return NULL;
	return &n->sinks;
}

static bool has_no_priority(const struct spa_dict *props)
{
	int32_t priority;

	return !spa_atoi32(spa_dict_lookup(props, PW_KEY_PRIORITY_SESSION), &priority, 10) || priority <= 0;
}

static void registry_global(void *data, uint32_t id, uint32_t permissions,
		const char *type, uint32_t version, const struct spa_dict *props)
{
	struct no_output *n = data;
	struct spa_list *list;
	struct other *o;

	if (!spa_streq(type, PW_TYPE_INTERFACE_Node) || props == NULL || (list = list_of(n, props)) == NULL)
		return;
	if (n->node && n->node_id == id) {
		set_listed(n);
		return;
	}
	if ((o = calloc(1, sizeof(*o))) == NULL)
		return;
	o->id = id;
	o->is_no_output = spa_streq(spa_dict_lookup(props, PW_KEY_NODE_NAME), NAME_NO_OUTPUT);
	o->is_last = has_no_priority(props);
	spa_list_append(list, &o->link);
	update(n);
	n->settled(n->data);
}

static void registry_global_remove(void *data, uint32_t id)
{
	struct no_output *n = data;
	struct other *o;

	if ((o = find_other(n, id)) == NULL)
		return;
	free_other(o);
	update(n);
	n->settled(n->data);
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = registry_global,
	.global_remove = registry_global_remove,
};

struct no_output *no_output_new(struct pw_loop *loop, struct pw_core *core, struct pw_registry *registry,
		void (*settled)(void *data), void *data)
{
	struct no_output *n;

	if ((n = calloc(1, sizeof(*n))) == NULL)
		return NULL;
	if ((n->timer = compat_add_timer(loop->utils, on_timer, n)) == NULL) {
		free(n);
		return NULL;
	}
	n->loop = loop;
	n->calm = true;
	n->core = core;
	n->registry = registry;
	n->settled = settled;
	n->data = data;
	n->node_id = SPA_ID_INVALID;
	spa_list_init(&n->sinks);
	spa_list_init(&n->groups);
	pw_registry_add_listener(registry, &n->registry_listener, &registry_events, n);
	return n;
}

void no_output_destroy(struct no_output *n)
{
	struct other *o;

	if (n == NULL)
		return;
	spa_hook_remove(&n->registry_listener);
	if (n->node)
		pw_proxy_destroy(n->node);
	spa_list_consume(o, &n->sinks, link)
		free_other(o);
	spa_list_consume(o, &n->groups, link)
		free_other(o);
	pw_loop_destroy_source(n->loop, n->timer);
	free(n);
}

void no_output_ready(struct no_output *n)
{
	n->ready = true;
	update(n);
}

void no_output_want(struct no_output *n, bool wanted)
{
	n->wanted = wanted;
	update(n);
}

bool no_output_is_settled(struct no_output *n)
{
	return n->ready && (n->failed || n->listed || !spa_list_is_empty(&n->sinks));
}

bool no_output_is_calm(struct no_output *n)
{
	return n->calm || n->failed;
}

bool no_output_is_contested(struct no_output *n)
{
	struct other *o;

	spa_list_for_each(o, &n->sinks, link)
		if (o->is_last && !o->is_no_output)
			return true;
	return false;
}
