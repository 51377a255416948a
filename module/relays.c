/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/relays.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/list.h>
#include <spa/utils/string.h>

#include "module/log.h"
#include "module/names.h"

struct relays {
	struct pw_registry *registry;
	struct spa_hook listener;
	struct spa_list nodes;		/* struct node: every node on the desktop */
	void (*changed)(void *data, uint32_t node_id);
	void *data;
};

struct node {
	struct spa_list link;
	struct relays *relays;
	uint32_t id;
	uint32_t client;
	bool takes_sound;		/* and is no camera: those pass nothing on */
	bool known;
	char *group;			/* NULL: in none */
	struct pw_proxy *proxy;		/* from when it is asked until it is gone */
	struct spa_hook proxy_listener;
	struct spa_hook object_listener;
};

static struct node *find_node(struct relays *r, uint32_t id)
{
	struct node *n;

	spa_list_for_each(n, &r->nodes, link)
		if (n->id == id)
			return n;
	return NULL;
}

static void ask(struct node *n);

/* What the members of a relay are fed by belongs to the same client. */
static void ask_intakes(struct node *relay)
{
	struct node *n;

	spa_list_for_each(n, &relay->relays->nodes, link)
		if (n->takes_sound && n->client == relay->client)
			ask(n);
}

static void node_info(void *data, const struct pw_node_info *info)
{
	struct node *n = data;
	const char *group;

	if (n->known || info->props == NULL)
		return;
	group = spa_dict_lookup(info->props, PW_KEY_NODE_LINK_GROUP);
	if (group && (n->group = strdup(group)) == NULL)
		pw_log_warn("can't remember the link group of node %u: %m", n->id);
	n->known = true;
	if (n->group)
		ask_intakes(n);
	n->relays->changed(n->relays->data, n->id);
}

static const struct pw_node_events node_events = {
	PW_VERSION_NODE_EVENTS,
	.info = node_info,
};

static void node_proxy_destroy(void *data)
{
	struct node *n = data;

	spa_hook_remove(&n->object_listener);
	spa_hook_remove(&n->proxy_listener);
	n->proxy = NULL;
}

static void node_proxy_removed(void *data)
{
	struct node *n = data;

	pw_proxy_destroy(n->proxy);
}

static const struct pw_proxy_events node_proxy_events = {
	PW_VERSION_PROXY_EVENTS,
	.destroy = node_proxy_destroy,
	.removed = node_proxy_removed,
};

static void ask(struct node *n)
{
	if (n->known || n->proxy)
		return;
	n->proxy = pw_registry_bind(n->relays->registry, n->id, PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, 0);
	if (n->proxy == NULL) {
		pw_log_warn("can't ask node %u what it is: %m", n->id);
		n->known = true;
		return;
	}
	spa_zero(n->proxy_listener);
	spa_zero(n->object_listener);
	pw_proxy_add_listener(n->proxy, &n->proxy_listener, &node_proxy_events, n);
	pw_proxy_add_object_listener(n->proxy, &n->object_listener, &node_events, n);
}

static void free_node(struct node *n)
{
	if (n->proxy)
		pw_proxy_destroy(n->proxy);
	spa_list_remove(&n->link);
	free(n->group);
	free(n);
}

static bool takes_sound(const struct spa_dict *props)
{
	const char *class = spa_dict_lookup(props, PW_KEY_MEDIA_CLASS);
	const char *name = spa_dict_lookup(props, PW_KEY_NODE_NAME);

	if (class == NULL || (name && spa_strstartswith(name, NAME_SINK_PREFIX)))
		return false;
	return spa_strstartswith(class, "Audio/Sink") || spa_strstartswith(class, "Stream/Input/Audio");
}

/* A relay that is known may get an intake later. */
static void ask_if_needed(struct node *n)
{
	struct node *o;

	spa_list_for_each(o, &n->relays->nodes, link)
		if (n->takes_sound && o->group && o->client == n->client)
			ask(n);
}

static void registry_global(void *data, uint32_t id, uint32_t permissions,
		const char *type, uint32_t version, const struct spa_dict *props)
{
	struct relays *r = data;
	const char *str;
	struct node *n;

	if (!spa_streq(type, PW_TYPE_INTERFACE_Node) || props == NULL ||
	    (n = calloc(1, sizeof(*n))) == NULL)
		return;
	n->relays = r;
	n->id = id;
	n->client = SPA_ID_INVALID;
	if ((str = spa_dict_lookup(props, PW_KEY_CLIENT_ID)) != NULL)
		spa_atou32(str, &n->client, 0);
	n->takes_sound = takes_sound(props);
	spa_list_append(&r->nodes, &n->link);
	ask_if_needed(n);
}

static void registry_global_remove(void *data, uint32_t id)
{
	struct relays *r = data;
	struct node *n;

	if ((n = find_node(r, id)) != NULL)
		free_node(n);
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = registry_global,
	.global_remove = registry_global_remove,
};

struct relays *relays_new(struct pw_registry *registry,
		void (*changed)(void *data, uint32_t node_id), void *data)
{
	struct relays *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->registry = registry;
	r->changed = changed;
	r->data = data;
	spa_list_init(&r->nodes);
	pw_registry_add_listener(registry, &r->listener, &registry_events, r);
	return r;
}

void relays_destroy(struct relays *r)
{
	struct node *n;

	if (r == NULL)
		return;
	spa_hook_remove(&r->listener);
	spa_list_consume(n, &r->nodes, link)
		free_node(n);
	free(r);
}

void relays_ask(struct relays *r, uint32_t node_id)
{
	struct node *n;

	if ((n = find_node(r, node_id)) != NULL)
		ask(n);
}

uint32_t relays_next_intake(struct relays *r, uint32_t node_id, uint32_t *cursor)
{
	const struct node *relay = find_node(r, node_id);
	const struct node *n;
	uint32_t index = 0;

	if (relay == NULL || relay->group == NULL)
		return SPA_ID_INVALID;
	spa_list_for_each(n, &r->nodes, link) {
		if (index++ < *cursor)
			continue;
		*cursor = index;
		if (n != relay && n->takes_sound && n->group && spa_streq(n->group, relay->group))
			return n->id;
	}
	return SPA_ID_INVALID;
}

/* One that nothing is known to feed (the intake of a capture, say) is like any player. */
enum relay relays_get(struct relays *r, uint32_t node_id)
{
	const struct node *n = find_node(r, node_id);
	uint32_t cursor = 0;

	if (n == NULL || (n->proxy == NULL && !n->known))
		return RELAY_NOT;
	if (!n->known)
		return RELAY_UNKNOWN;
	return relays_next_intake(r, node_id, &cursor) == SPA_ID_INVALID ? RELAY_NOT : RELAY_YES;
}

bool relays_is_intake(struct relays *r, uint32_t node_id)
{
	const struct node *n = find_node(r, node_id);

	return n && n->takes_sound && n->group;
}
