/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pipewire/extensions/metadata.h>

#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/util/clock.h"

#define KEY_PREFIX	"camera."
#define REFRESH_NS	SPA_NSEC_PER_SEC

struct service {
	struct pw_loop *loop;
	const struct service_events *events;
	void *data;

	struct pw_context *context;
	struct pw_core *core;
	struct spa_hook core_listener;
	struct pw_registry *registry;
	struct spa_hook registry_listener;
	struct pw_proxy *metadata;
	struct spa_hook metadata_listener;
	uint32_t metadata_id;
	uint64_t metadata_serial;
	bool enumerated;		/* all globals that were there before us have been told */
	bool refreshing;		/* the timer is armed */
	struct spa_source *refresh_timer;

	struct spa_source *event;	/* a burst of changes is told once */
	int sync;
	bool settled;			/* we know whether it is there, and all it has */
	bool look_again;		/* the object went: there may be another */
	int error;

	struct service_camera *cameras;
	uint32_t n_cameras, alloc;
};

static void signal_changed(struct service *s)
{
	pw_loop_signal_event(s->loop, s->event);
}

/* Everything that was asked for so far has been told when the answer comes: binding an
 * object that a client made waits for that client. */
static void settle(struct service *s)
{
	s->settled = false;
	s->sync = pw_core_sync(s->core, PW_ID_CORE, 0);
}

/* ---- the list ---- */

static struct service_camera *find_camera(struct service *s, const char *key)
{
	for (uint32_t i = 0; i < s->n_cameras; i++)
		if (spa_streq(s->cameras[i].key, key))
			return &s->cameras[i];
	return NULL;
}

static int compare_cameras(const void *pa, const void *pb)
{
	const struct service_camera *a = pa, *b = pb;
	int res = strcmp(a->name, b->name);

	return res ? res : strcmp(a->key, b->key);
}

static void remove_camera(struct service *s, const char *key)
{
	struct service_camera *c = find_camera(s, key), *end = s->cameras + s->n_cameras;

	if (c == NULL)
		return;
	memmove(c, c + 1, (size_t)((char *)end - (char *)(c + 1)));
	s->n_cameras--;
}

static struct service_camera *add_camera(struct service *s)
{
	uint32_t alloc = s->alloc ? s->alloc * 2 : 8;
	struct service_camera *cameras;

	if (s->n_cameras == LIMIT_CAMERAS_MAX)
		return NULL;
	if (s->n_cameras == s->alloc) {
		if ((cameras = realloc(s->cameras, alloc * sizeof(*cameras))) == NULL) {
			s->error = -ENOMEM;
			return NULL;
		}
		s->cameras = cameras;
		s->alloc = alloc;
	}
	return &s->cameras[s->n_cameras++];
}

static void set_camera(struct service *s, const char *key, const char *value)
{
	struct service_camera *c, parsed;
	int res;

	if ((res = service_camera_parse(key, value, &parsed)) < 0) {
		pw_log_warn("metadata " SERVICE_METADATA ": camera %.64s: %s", key, spa_strerror(res));
		remove_camera(s, key);
		return;
	}
	if ((c = find_camera(s, key)) == NULL && (c = add_camera(s)) == NULL)
		return;
	*c = parsed;
}

/* ---- the metadata object ---- */

static int on_property(void *data, uint32_t subject, const char *key, const char *type,
		const char *value)
{
	struct service *s = data;

	if (subject != 0)
		return 0;
	if (key == NULL)
		s->n_cameras = 0;
	else if (!spa_strstartswith(key, KEY_PREFIX))
		return 0;
	else if (value == NULL)
		remove_camera(s, key + strlen(KEY_PREFIX));
	else
		set_camera(s, key + strlen(KEY_PREFIX), value);
	signal_changed(s);
	return 0;
}

static const struct pw_metadata_events metadata_events = {
	PW_VERSION_METADATA_EVENTS,
	.property = on_property,
};

static void drop_metadata(struct service *s)
{
	if (s->metadata == NULL)
		return;
	spa_hook_remove(&s->metadata_listener);
	pw_proxy_destroy(s->metadata);
	s->metadata = NULL;
	s->n_cameras = 0;
}

static void bind_metadata(struct service *s)
{
	s->metadata = pw_registry_bind(s->registry, s->metadata_id, PW_TYPE_INTERFACE_Metadata,
			PW_VERSION_METADATA, 0);
	if (s->metadata == NULL) {
		s->error = -errno;
		signal_changed(s);
		return;
	}
	spa_zero(s->metadata_listener);
	pw_metadata_add_listener((struct pw_metadata *)s->metadata, &s->metadata_listener,
			&metadata_events, s);
	settle(s);
}

/* While somebody else binds an object that a client made, PipeWire (0.3.65 to 1.6) tells what
 * changes in it to nobody but him. Those who bind do it when they have just come, or
 * when the object has: so it is read once more a little later. */
static void refresh_soon(struct service *s)
{
	if (s->refreshing)
		return;
	s->refreshing = true;
	timer_arm(s->loop->utils, s->refresh_timer, REFRESH_NS);
}

static void on_refresh(void *data, uint64_t expirations)
{
	struct service *s = data;

	s->refreshing = false;
	if (s->metadata == NULL || s->look_again || s->error < 0)
		return;
	drop_metadata(s);
	bind_metadata(s);
}

static void on_global(void *data, uint32_t id, uint32_t permissions, const char *type,
		uint32_t version, const struct spa_dict *props)
{
	struct service *s = data;
	uint64_t serial = 0;

	if (s->enumerated && spa_streq(type, PW_TYPE_INTERFACE_Client))
		refresh_soon(s);
	if (!spa_streq(type, PW_TYPE_INTERFACE_Metadata) || props == NULL ||
	    !spa_streq(spa_dict_lookup(props, PW_KEY_METADATA_NAME), SERVICE_METADATA))
		return;
	/* the service is who was there first: it would not have made another one */
	spa_atou64(spa_dict_lookup(props, PW_KEY_OBJECT_SERIAL), &serial, 10);
	if (s->metadata && serial >= s->metadata_serial)
		return;
	drop_metadata(s);
	s->metadata_id = id;
	s->metadata_serial = serial;
	bind_metadata(s);
	refresh_soon(s);
}

static void on_global_remove(void *data, uint32_t id)
{
	struct service *s = data;

	if (s->metadata == NULL || s->metadata_id != id)
		return;
	s->look_again = true;
	signal_changed(s);
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = on_global,
	.global_remove = on_global_remove,
};

static void drop_registry(struct service *s)
{
	if (s->registry == NULL)
		return;
	spa_hook_remove(&s->registry_listener);
	pw_proxy_destroy((struct pw_proxy *)s->registry);
	s->registry = NULL;
}

static int look(struct service *s)
{
	drop_metadata(s);
	drop_registry(s);
	s->enumerated = false;
	s->registry = pw_core_get_registry(s->core, PW_VERSION_REGISTRY, 0);
	if (s->registry == NULL)
		return -errno;
	spa_zero(s->registry_listener);
	pw_registry_add_listener(s->registry, &s->registry_listener, &registry_events, s);
	settle(s);
	return 0;
}

/* ---- the connection ---- */

static void core_done(void *data, uint32_t id, int seq)
{
	struct service *s = data;

	if (id != PW_ID_CORE || seq != s->sync)
		return;
	s->settled = true;
	s->enumerated = true;
	signal_changed(s);
}

static void core_error(void *data, uint32_t id, int seq, int res, const char *message)
{
	struct service *s = data;

	if (id != PW_ID_CORE)
		return;
	pw_log_debug("seq:%d %s: %s", seq, spa_strerror(res), message);
	s->error = res;
	signal_changed(s);
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.done = core_done,
	.error = core_error,
};

/* outside of the proxies' own events, in which they must not be destroyed */
static void on_event(void *data, uint64_t count)
{
	struct service *s = data;

	if (s->look_again && s->error == 0) {
		s->look_again = false;
		s->error = look(s);
	}
	if (s->error < 0) {
		s->events->lost(s->data, s->error);
	} else if (s->settled) {
		/* (not with each: hundreds come at once) */
		if (s->n_cameras > 0)
			qsort(s->cameras, s->n_cameras, sizeof(*s->cameras), compare_cameras);
		s->events->changed(s->data);
	}
}

static int connect_core(struct service *s, const char *remote)
{
	struct pw_properties *props = NULL;

	if (remote && (props = pw_properties_new(PW_KEY_REMOTE_NAME, remote, NULL)) == NULL)
		return -errno;
	s->core = pw_context_connect(s->context, props, 0);
	/* no socket there, as versions call it; "no such object" is something else here */
	if (s->core == NULL)
		return errno == ENOENT ? -EHOSTDOWN : -errno;
	pw_core_add_listener(s->core, &s->core_listener, &core_events, s);
	return look(s);
}

struct service *service_new(struct pw_loop *loop, const char *remote,
		const struct service_events *events, void *data)
{
	struct service *s;
	int res;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->loop = loop;
	s->events = events;
	s->data = data;
	errno = 0;
	if ((s->event = pw_loop_add_event(loop, on_event, s)) == NULL ||
	    (s->refresh_timer = pw_loop_add_timer(loop, on_refresh, s)) == NULL ||
	    (s->context = pw_context_new(loop, NULL, 0)) == NULL)
		res = errno ? -errno : -ENOMEM;
	else
		res = connect_core(s, remote);
	if (res < 0) {
		service_destroy(s);
		errno = -res;
		return NULL;
	}
	return s;
}

void service_destroy(struct service *s)
{
	if (s == NULL)
		return;
	drop_metadata(s);
	drop_registry(s);
	if (s->core) {
		spa_hook_remove(&s->core_listener);
		pw_core_disconnect(s->core);
	}
	if (s->context)
		pw_context_destroy(s->context);
	if (s->event)
		pw_loop_destroy_source(s->loop, s->event);
	if (s->refresh_timer)
		pw_loop_destroy_source(s->loop, s->refresh_timer);
	free(s->cameras);
	free(s);
}

bool service_is_running(const struct service *s)
{
	return s->metadata != NULL;
}

int service_set(struct service *s, const char *key, const char *setting, const char *value)
{
	char name[LIMIT_ID_LEN + 64];

	if (s->metadata == NULL || s->error < 0)
		return -ENOENT;
	snprintf(name, sizeof(name), "set.%s.%s", key, setting);
	pw_metadata_set_property((struct pw_metadata *)s->metadata, PW_ID_CORE, name, NULL, value);
	settle(s);
	return 0;
}

const struct service_camera *service_cameras(const struct service *s, uint32_t *ret_n)
{
	*ret_n = s->n_cameras;
	return s->cameras;
}
