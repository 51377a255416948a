/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/cameras.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/list.h>
#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/log.h"
#include "module/strangers.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/text.h"

#define EXPIRE_INTERVAL_NS	(60 * SPA_NSEC_PER_SEC)

struct cameras {
	struct camera_env *env;
	uint32_t max;
	uint64_t expire_ns;
	const struct cameras_events *events;
	void *data;
	struct spa_list items;
	uint32_t n_items;
	struct spa_source *expire_timer;
	struct spa_source *presence_timer;
	bool presence_armed;
	uint64_t interval_ns;		/* onvif.probe.interval */
	struct spa_source *names_event;
	bool full;			/* said so once */
	bool destroying;
};

struct item {
	struct spa_list link;
	struct cameras *cameras;
	struct camera *camera;
};

static void arm_presence(struct cameras *cs, uint64_t at)
{
	cs->presence_armed = true;
	timer_arm_at(cs->env->loop->utils, cs->presence_timer, at);
}

static void on_camera_changed(void *data, struct camera *c)
{
	struct item *it = data;

	/* (not while it is in the making) */
	if (it->cameras->destroying || it->camera != c)
		return;
	it->cameras->events->changed(it->cameras->data, c);
	/* it may be one to look for now: nobody was, and it has just been seen */
	if (!it->cameras->presence_armed)
		arm_presence(it->cameras, clock_monotonic() + it->cameras->interval_ns);
}

static void on_camera_renamed(void *data, struct camera *c)
{
	struct item *it = data;

	/* later: it may still be in the making */
	pw_loop_signal_event(it->cameras->env->loop, it->cameras->names_event);
}

static const struct camera_events camera_events = {
	CAMERA_VERSION_EVENTS,
	.changed = on_camera_changed,
	.renamed = on_camera_renamed,
};

static void remove_item(struct item *it)
{
	struct cameras *cs = it->cameras;
	struct camera *c = it->camera;

	spa_list_remove(&it->link);
	cs->n_items--;
	cs->events->removed(cs->data, c);
	/* the last event about it */
	it->camera = NULL;
	camera_destroy(c);
	free(it);
}

static bool is_duplicate(struct cameras *cs, const struct camera_status *st)
{
	struct item *it;

	if (st->configured || st->links > 0)
		return false;
	spa_list_for_each(it, &cs->items, link) {
		struct camera_status other;

		camera_get_status(it->camera, &other);
		if (other.configured && text_id_equal(other.id, st->id))
			return true;
	}
	return false;
}

/* An entry by name or by another of its addresses, found out to be one that was discovered. */
static void drop_duplicates(struct cameras *cs)
{
	struct camera_status st;
	struct item *it, *tmp;

	spa_list_for_each_safe(it, tmp, &cs->items, link) {
		camera_get_status(it->camera, &st);
		if (is_duplicate(cs, &st))
			remove_item(it);
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(camera_base_name(*(struct camera * const *)a),
			camera_base_name(*(struct camera * const *)b));
}

/* Cameras out of the box are all called the same: those get their address appended. */
static void on_names_event(void *data, uint64_t count)
{
	struct cameras *cs = data;
	struct camera **list;
	struct item *it;
	uint32_t n = 0, i;
	bool same;

	drop_duplicates(cs);
	if (cs->n_items == 0 || (list = calloc(cs->n_items, sizeof(*list))) == NULL)
		return;
	spa_list_for_each(it, &cs->items, link)
		list[n++] = it->camera;
	qsort(list, n, sizeof(*list), compare_names);
	for (i = 0; i < n; i++) {
		same = (i > 0 && compare_names(&list[i - 1], &list[i]) == 0) ||
			(i + 1 < n && compare_names(&list[i], &list[i + 1]) == 0);
		camera_show_address(list[i], same);
	}
	free(list);
}

static void on_expire_timer(void *data, uint64_t expirations)
{
	struct cameras *cs = data;
	struct camera_status st;
	struct item *it, *tmp;

	spa_list_for_each_safe(it, tmp, &cs->items, link) {
		if (!camera_is_expired(it->camera, cs->expire_ns))
			continue;
		camera_get_status(it->camera, &st);
		pw_log_info("%s (%s): no sign of life for long, forgotten", st.name, st.id);
		remove_item(it);
	}
	timer_arm(cs->env->loop->utils, cs->expire_timer, EXPIRE_INTERVAL_NS);
}

static void on_presence_timer(void *data, uint64_t expirations)
{
	struct cameras *cs = data;
	uint64_t next = UINT64_MAX;
	struct item *it;

	spa_list_for_each(it, &cs->items, link)
		next = SPA_MIN(next, camera_check_presence(it->camera, cs->interval_ns));
	cs->presence_armed = false;
	if (next != UINT64_MAX)
		arm_presence(cs, next);
}

static uint32_t count_asked(void *data)
{
	struct cameras *cs = data;
	struct item *it;
	uint32_t n = 0;

	spa_list_for_each(it, &cs->items, link)
		n += camera_is_asked(it->camera);
	return n;
}

static void on_turn(void *data, const struct discovery_device *device);

static const struct strangers_events strangers_events = {
	STRANGERS_VERSION_EVENTS,
	.asked = count_asked,
	.turn = on_turn,
};

struct cameras *cameras_new(struct camera_env *env, uint32_t max, uint64_t expire_ns,
		const struct cameras_events *events, void *data)
{
	struct cameras *cs;

	if ((cs = calloc(1, sizeof(*cs))) == NULL)
		return NULL;
	cs->env = env;
	cs->max = SPA_MIN(max, LIMIT_CAMERAS_MAX);
	cs->expire_ns = expire_ns;
	cs->events = events;
	cs->data = data;
	spa_list_init(&cs->items);
	cs->expire_timer = compat_add_timer(env->loop->utils, on_expire_timer, cs);
	cs->interval_ns = env->settings->probe_interval_ms * NSEC_PER_MSEC;
	cs->presence_timer = compat_add_timer(env->loop->utils, on_presence_timer, cs);
	cs->names_event = compat_add_event(env->loop->utils, on_names_event, cs);
	env->strangers = strangers_new(env->loop->utils, &strangers_events, cs);
	if (cs->expire_timer == NULL || cs->presence_timer == NULL || cs->names_event == NULL ||
	    env->strangers == NULL) {
		cameras_destroy(cs);
		errno = ENOMEM;
		return NULL;
	}
	timer_arm(env->loop->utils, cs->expire_timer, EXPIRE_INTERVAL_NS);
	return cs;
}

void cameras_destroy(struct cameras *cs)
{
	struct item *it;

	if (cs == NULL)
		return;
	cs->destroying = true;
	spa_list_consume(it, &cs->items, link)
		remove_item(it);
	strangers_destroy(cs->env->strangers);
	cs->env->strangers = NULL;
	if (cs->expire_timer)
		pw_loop_destroy_source(cs->env->loop, cs->expire_timer);
	if (cs->presence_timer)
		pw_loop_destroy_source(cs->env->loop, cs->presence_timer);
	if (cs->names_event)
		pw_loop_destroy_source(cs->env->loop, cs->names_event);
	free(cs);
}

static struct item *new_item(struct cameras *cs)
{
	struct item *it;

	if ((it = calloc(1, sizeof(*it))))
		it->cameras = cs;
	return it;
}

static int add_item(struct cameras *cs, struct item *it, int res)
{
	if (res < 0) {
		free(it);
		return res;
	}
	spa_list_append(&cs->items, &it->link);
	cs->n_items++;
	pw_loop_signal_event(cs->env->loop, cs->names_event);
	cs->events->changed(cs->data, it->camera);
	return 0;
}

static bool has_key(struct cameras *cs, const char *key)
{
	struct item *it;

	spa_list_for_each(it, &cs->items, link)
		if (spa_streq(camera_key(it->camera), key))
			return true;
	return false;
}

int cameras_add(struct cameras *cs, const struct spa_dict *entry)
{
	struct item *it;
	int res;

	if (cs->n_items >= cs->max)
		return -ENOSPC;
	if ((it = new_item(cs)) == NULL)
		return -ENOMEM;
	res = camera_new_configured(cs->env, entry, &camera_events, it, &it->camera);
	if (res == 0 && has_key(cs, camera_key(it->camera))) {
		camera_destroy(it->camera);
		res = -EEXIST;
	}
	return add_item(cs, it, res);
}

static struct item *find_item(struct cameras *cs, const struct discovery_device *device)
{
	struct item *it;

	/* an id says more than an address */
	spa_list_for_each(it, &cs->items, link)
		if (camera_has_id(it->camera, device->id))
			return it;
	spa_list_for_each(it, &cs->items, link)
		if (camera_matches(it->camera, device))
			return it;
	/* the same device at another of its addresses, or a forged id: no camera of its own */
	spa_list_for_each(it, &cs->items, link)
		if (camera_was_announced_as(it->camera, device->id))
			return it;
	return NULL;
}

/* Names without a camera behind them must not keep real ones out. */
static bool make_room(struct cameras *cs)
{
	struct item *it, *worst = NULL;
	uint64_t seen, oldest = UINT64_MAX;

	spa_list_for_each(it, &cs->items, link) {
		seen = camera_is_hearsay(it->camera);
		if (seen != 0 && seen < oldest) {
			oldest = seen;
			worst = it;
		}
	}
	if (worst == NULL)
		return false;
	pw_log_debug("%s: never answered, makes room", camera_key(worst->camera));
	remove_item(worst);
	return true;
}

static void add_discovered(struct cameras *cs, const struct discovery_device *device)
{
	struct item *it;
	int res;

	/* what an entry's camera is called by (an address, a stream) is nobody's id: it would have
	 * what was learned of that camera for its own */
	if (has_key(cs, device->id)) {
		pw_log_debug("%s at %s: calls itself as another camera is called", device->id, device->address);
		return;
	}
	if (cs->n_items >= cs->max && !make_room(cs)) {
		if (!cs->full)
			pw_log_warn("more than %u cameras: raise onvif.max-cameras to see them", cs->max);
		cs->full = true;
		return;
	}
	if ((it = new_item(cs)) == NULL)
		return;
	res = camera_new_discovered(cs->env, device, &camera_events, it, &it->camera);
	if (res == 0)
		pw_log_info("%s: found at %s", device->id, device->address);
	if ((res = add_item(cs, it, res)) < 0)
		pw_log_warn("%s at %s: %s", device->id, device->address, spa_strerror(res));
	else
		camera_seen(it->camera, device);
}

/* \return whether it is one that is known */
static bool seen_known(struct cameras *cs, const struct discovery_device *device)
{
	struct item *it = find_item(cs, device);

	if (it)
		camera_seen(it->camera, device);
	return it != NULL;
}

static void on_turn(void *data, const struct discovery_device *device)
{
	struct cameras *cs = data;

	if (!seen_known(cs, device))
		add_discovered(cs, device);
}

void cameras_seen(struct cameras *cs, const struct discovery_device *device)
{
	if (seen_known(cs, device) || !device->is_nvt)
		return;
	/* known before our restart: asked where it was then, wherever the datagram is from */
	if (facts_get(cs->env->facts, device->id, "last-address"))
		add_discovered(cs, device);
	else
		strangers_add(cs->env->strangers, device);
}

bool cameras_hello(struct cameras *cs, const struct discovery_device *device)
{
	struct item *it;

	if ((it = find_item(cs, device)) == NULL)
		return device->is_nvt;
	camera_kick(it->camera);
	return true;
}

void cameras_network_changed(struct cameras *cs)
{
	struct item *it;

	spa_list_for_each(it, &cs->items, link)
		camera_kick(it->camera);
}

void cameras_credentials_changed(struct cameras *cs)
{
	struct item *it;

	spa_list_for_each(it, &cs->items, link)
		camera_credentials_changed(it->camera);
}

void cameras_drop_discovered(struct cameras *cs)
{
	struct camera_status st;
	struct item *it, *tmp;

	spa_list_for_each_safe(it, tmp, &cs->items, link) {
		camera_get_status(it->camera, &st);
		if (!st.configured && st.links == 0)
			remove_item(it);
	}
}

void cameras_core_ready(struct cameras *cs)
{
	struct item *it;

	spa_list_for_each(it, &cs->items, link)
		camera_core_ready(it->camera);
}

void cameras_core_lost(struct cameras *cs)
{
	struct item *it;

	spa_list_for_each(it, &cs->items, link)
		camera_core_lost(it->camera);
}

uint32_t cameras_get_addresses(struct cameras *cs, struct sockaddr_storage *address, uint32_t max)
{
	struct item *it;
	uint32_t n = 0;

	spa_list_for_each(it, &cs->items, link)
		if (n < max && camera_get_address(it->camera, &address[n]) == 0)
			n++;
	return n;
}

bool cameras_have_sink(struct cameras *cs)
{
	struct camera_status st;
	struct item *it;

	spa_list_for_each(it, &cs->items, link) {
		camera_get_status(it->camera, &st);
		if (st.has_sink)
			return true;
	}
	return false;
}

void cameras_for_each(struct cameras *cs, void (*func)(void *data, struct camera *c), void *data)
{
	struct item *it, *tmp;

	spa_list_for_each_safe(it, tmp, &cs->items, link)
		func(data, it->camera);
}
