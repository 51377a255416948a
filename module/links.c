/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/links.h"

#include <errno.h>
#include <stdlib.h>

#include <spa/utils/list.h>
#include <spa/utils/string.h>

#include "module/log.h"
#include "module/relays.h"

struct links {
	struct pw_registry *registry;
	struct relays *relays;
	struct spa_hook listener;
	struct spa_list links;		/* struct link: every link on the desktop */
	struct spa_list watches;
	struct spa_list queue;		/* of is_played() */
};

struct link {
	struct spa_list link;
	struct spa_list search;		/* while is_played() looks */
	struct links *links;
	uint32_t id;
	uint32_t input_node, output_node;
	bool active;
	struct pw_proxy *proxy;		/* bound only where somebody watches what it leads to */
	struct spa_hook proxy_listener;
	struct spa_hook object_listener;
};

struct links_watch {
	struct spa_list link;
	struct links *links;
	uint32_t node_id;
	struct links_counts counts;
	bool dirty;			/* they changed, and nobody was told yet */
	void (*changed)(void *data, const struct links_counts *counts);
	void *data;
};

static struct links_watch *find_watch(struct links *l, uint32_t node_id)
{
	struct links_watch *w;

	spa_list_for_each(w, &l->watches, link)
		if (w->node_id == node_id)
			return w;
	return NULL;
}

/* One for each node that plays to this one: the links of its other channels lead to the same. */
static void queue_upstream(struct links *l, uint32_t node_id, bool active)
{
	struct link *k, *q;
	bool queued;

	spa_list_for_each(k, &l->links, link) {
		if (k->input_node != node_id || (active && !k->active))
			continue;
		queued = false;
		spa_list_for_each(q, &l->queue, search)
			queued = queued || q->output_node == k->output_node;
		if (!queued)
			spa_list_append(&l->queue, &k->search);
	}
}

/* A relay plays to us as much as others play to it: its own links are there, and
 * active, also while nobody does, or while somebody only looks at its meter. Each
 * relay is looked at once, for they may stand in rows, meet again and form loops. */
static bool is_played(struct links *l, struct link *first, bool active)
{
	uint32_t cursor, intake;
	enum relay relay;
	struct link *k;

	spa_list_init(&l->queue);
	spa_list_append(&l->queue, &first->search);
	spa_list_for_each(k, &l->queue, search) {
		if ((relay = relays_get(l->relays, k->output_node)) == RELAY_NOT)
			return true;
		cursor = 0;
		while (relay == RELAY_YES &&
		    (intake = relays_next_intake(l->relays, k->output_node, &cursor)) != SPA_ID_INVALID)
			queue_upstream(l, intake, active);
	}
	return false;
}

static struct links_counts count(struct links *l, uint32_t node_id)
{
	struct links_counts counts = { 0 };
	struct link *k;
	bool active;

	spa_list_for_each(k, &l->links, link) {
		if (k->input_node != node_id)
			continue;
		active = k->active && is_played(l, k, true);
		counts.active += active;
		counts.total += active || is_played(l, k, false);
	}
	return counts;
}

static void recount_watch(struct links_watch *w)
{
	struct links_counts counts = count(w->links, w->node_id);

	if (counts.total == w->counts.total && counts.active == w->counts.active)
		return;
	w->counts = counts;
	w->dirty = true;
}

static struct links_watch *find_dirty(struct links *l)
{
	struct links_watch *w;

	spa_list_for_each(w, &l->watches, link)
		if (w->dirty)
			return w;
	return NULL;
}

/* who is told may end watches */
static void tell(struct links *l)
{
	struct links_watch *w;

	while ((w = find_dirty(l)) != NULL) {
		w->dirty = false;
		w->changed(w->data, &w->counts);
	}
}

static void recount_silently(struct links *l, uint32_t node_id)
{
	struct links_watch *w;

	if ((w = find_watch(l, node_id)) != NULL)
		recount_watch(w);
	else if (relays_is_intake(l->relays, node_id))
		spa_list_for_each(w, &l->watches, link)
			recount_watch(w);
}

/* The links that end in this node have changed. */
static void recount(struct links *l, uint32_t node_id)
{
	recount_silently(l, node_id);
	tell(l);
}

static void link_info(void *data, const struct pw_link_info *info)
{
	struct link *k = data;

	k->active = info->state == PW_LINK_STATE_ACTIVE;
	recount(k->links, k->input_node);
}

static const struct pw_link_events link_events = {
	PW_VERSION_LINK_EVENTS,
	.info = link_info,
};

static void unbind(struct link *k)
{
	if (k->proxy == NULL)
		return;
	spa_hook_remove(&k->object_listener);
	spa_hook_remove(&k->proxy_listener);
	pw_proxy_destroy(k->proxy);
	k->proxy = NULL;
	k->active = false;
}

static void link_proxy_destroy(void *data)
{
	struct link *k = data;

	spa_hook_remove(&k->object_listener);
	spa_hook_remove(&k->proxy_listener);
	k->proxy = NULL;
}

static void link_proxy_removed(void *data)
{
	struct link *k = data;

	pw_proxy_destroy(k->proxy);
}

static const struct pw_proxy_events link_proxy_events = {
	PW_VERSION_PROXY_EVENTS,
	.destroy = link_proxy_destroy,
	.removed = link_proxy_removed,
};

static void bind_link(struct link *k)
{
	if (k->proxy)
		return;
	/* first: then it is known what it is before the link's state is */
	relays_ask(k->links->relays, k->output_node);
	k->proxy = pw_registry_bind(k->links->registry, k->id, PW_TYPE_INTERFACE_Link, PW_VERSION_LINK, 0);
	if (k->proxy == NULL) {
		pw_log_warn("can't watch link %u: %m", k->id);
		return;
	}
	spa_zero(k->proxy_listener);
	spa_zero(k->object_listener);
	pw_proxy_add_listener(k->proxy, &k->proxy_listener, &link_proxy_events, k);
	pw_proxy_add_object_listener(k->proxy, &k->object_listener, &link_events, k);
}

static void free_link(struct link *k)
{
	unbind(k);
	spa_list_remove(&k->link);
	free(k);
}

/* The links into relays count for whatever is watched. */
static bool is_worth_binding(struct links *l, uint32_t node_id)
{
	return find_watch(l, node_id) ||
		(!spa_list_is_empty(&l->watches) && relays_is_intake(l->relays, node_id));
}

static void registry_global(void *data, uint32_t id, uint32_t permissions,
		const char *type, uint32_t version, const struct spa_dict *props)
{
	struct links *l = data;
	uint32_t node_id, output_id;
	struct link *k;

	if (!spa_streq(type, PW_TYPE_INTERFACE_Link) || props == NULL ||
	    !spa_atou32(spa_dict_lookup(props, PW_KEY_LINK_INPUT_NODE), &node_id, 0) ||
	    !spa_atou32(spa_dict_lookup(props, PW_KEY_LINK_OUTPUT_NODE), &output_id, 0))
		return;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return;
	k->links = l;
	k->id = id;
	k->input_node = node_id;
	k->output_node = output_id;
	spa_list_append(&l->links, &k->link);
	if (is_worth_binding(l, node_id)) {
		bind_link(k);
		recount(l, node_id);
	}
}

static void registry_global_remove(void *data, uint32_t id)
{
	struct links *l = data;
	struct link *k;
	uint32_t node_id;

	spa_list_for_each(k, &l->links, link) {
		if (k->id != id)
			continue;
		node_id = k->input_node;
		free_link(k);
		recount(l, node_id);
		return;
	}
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = registry_global,
	.global_remove = registry_global_remove,
};

/* It is known what feeds our watches, or what feeds that: then its own links matter, too. */
static void on_relay(void *data, uint32_t node_id)
{
	struct links *l = data;
	bool worth = is_worth_binding(l, node_id);
	struct link *k;

	spa_list_for_each(k, &l->links, link) {
		if (worth && k->input_node == node_id)
			bind_link(k);
		if (k->output_node == node_id)
			recount_silently(l, k->input_node);
	}
	recount_silently(l, node_id);
	tell(l);
}

struct links *links_new(struct pw_registry *registry)
{
	struct links *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	if ((l->relays = relays_new(registry, on_relay, l)) == NULL) {
		free(l);
		return NULL;
	}
	l->registry = registry;
	spa_list_init(&l->links);
	spa_list_init(&l->watches);
	pw_registry_add_listener(registry, &l->listener, &registry_events, l);
	return l;
}

void links_destroy(struct links *l)
{
	struct links_watch *w;
	struct link *k;

	if (l == NULL)
		return;
	spa_hook_remove(&l->listener);
	spa_list_consume(k, &l->links, link)
		free_link(k);
	spa_list_consume(w, &l->watches, link) {
		spa_list_remove(&w->link);
		spa_list_init(&w->link);
		w->links = NULL;
	}
	relays_destroy(l->relays);
	free(l);
}

struct links_watch *links_watch_new(struct links *l, uint32_t node_id,
		void (*changed)(void *data, const struct links_counts *counts), void *data)
{
	struct links_watch *w;
	struct link *k;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->links = l;
	w->node_id = node_id;
	w->changed = changed;
	w->data = data;
	spa_list_append(&l->watches, &w->link);
	/* their info arrives from the loop, and with it the count; a relay may be known from before */
	spa_list_for_each(k, &l->links, link)
		if (is_worth_binding(l, k->input_node))
			bind_link(k);
	return w;
}

void links_watch_destroy(struct links_watch *w)
{
	struct link *k;

	if (w == NULL)
		return;
	spa_list_remove(&w->link);
	if (w->links)
		spa_list_for_each(k, &w->links->links, link)
			if (!is_worth_binding(w->links, k->input_node))
				unbind(k);
	free(w);
}
