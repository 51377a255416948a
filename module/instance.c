/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/instance.h"

#include <stdlib.h>

#include <pipewire/extensions/metadata.h>
#include <spa/utils/list.h>
#include <spa/utils/string.h>

#include "module/names.h"
#include "module/util/compat.h"

struct instance {
	struct pw_loop *loop;
	struct pw_registry *registry;
	struct spa_hook listener;
	struct spa_source *event;
	void (*changed)(void *data);
	void *data;
	struct spa_list objects;	/* struct object: all of that name, ours too */
	uint32_t own;
	bool expected, second;
	bool told;			/* what was last said of it */
};

struct object {
	struct spa_list link;
	uint32_t id;
	uint64_t serial;		/* who was there first: ids are used again, these are not */
};

static const struct object *find_own(struct instance *i)
{
	struct object *o;

	spa_list_for_each(o, &i->objects, link)
		if (o->id == i->own)
			return o;
	return NULL;
}

static void update(struct instance *i)
{
	const struct object *own = find_own(i);
	struct object *o;

	/* (the registry tells of ours soon) */
	if (i->expected || (i->own != SPA_ID_INVALID && own == NULL))
		return;
	i->second = false;
	spa_list_for_each(o, &i->objects, link)
		i->second |= own == NULL || o->serial < own->serial;
	if (i->second != i->told)
		pw_loop_signal_event(i->loop, i->event);
}

/* outside of the proxies' own events, in which they must not be destroyed */
static void on_event(void *data, uint64_t count)
{
	struct instance *i = data;

	if (i->second != i->told)
		i->changed(i->data);
}

static void on_global(void *data, uint32_t id, uint32_t permissions, const char *type, uint32_t version,
		const struct spa_dict *props)
{
	struct instance *i = data;
	struct object *o;

	if (!spa_streq(type, PW_TYPE_INTERFACE_Metadata) || props == NULL ||
	    !spa_streq(spa_dict_lookup(props, PW_KEY_METADATA_NAME), NAME_METADATA) ||
	    (o = calloc(1, sizeof(*o))) == NULL)
		return;
	o->id = id;
	spa_atou64(spa_dict_lookup(props, PW_KEY_OBJECT_SERIAL), &o->serial, 10);
	spa_list_append(&i->objects, &o->link);
	update(i);
}

static void remove_object(struct object *o)
{
	spa_list_remove(&o->link);
	free(o);
}

static void on_global_remove(void *data, uint32_t id)
{
	struct instance *i = data;
	struct object *o, *tmp;

	spa_list_for_each_safe(o, tmp, &i->objects, link)
		if (o->id == id)
			remove_object(o);
	update(i);
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = on_global,
	.global_remove = on_global_remove,
};

struct instance *instance_new(struct pw_loop *loop, struct pw_registry *registry,
		void (*changed)(void *data), void *data)
{
	struct instance *i;

	if ((i = calloc(1, sizeof(*i))) == NULL)
		return NULL;
	if ((i->event = compat_add_event(loop->utils, on_event, i)) == NULL) {
		free(i);
		return NULL;
	}
	i->loop = loop;
	i->registry = registry;
	i->changed = changed;
	i->data = data;
	i->own = SPA_ID_INVALID;
	spa_list_init(&i->objects);
	pw_registry_add_listener(registry, &i->listener, &registry_events, i);
	return i;
}

void instance_destroy(struct instance *i)
{
	struct object *o;

	if (i == NULL)
		return;
	spa_hook_remove(&i->listener);
	pw_loop_destroy_source(i->loop, i->event);
	spa_list_consume(o, &i->objects, link)
		remove_object(o);
	free(i);
}

void instance_expect_own(struct instance *i)
{
	i->expected = true;
}

void instance_set_own(struct instance *i, uint32_t id)
{
	i->expected = false;
	i->own = id;
	update(i);
}

bool instance_is_second(struct instance *i)
{
	return i->told = i->second;
}
