/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/publish.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pipewire/extensions/metadata.h>
#include <pipewire/impl.h>
#include <spa/utils/json.h>
#include <spa/utils/list.h>
#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/log.h"
#include "module/names.h"
#include "module/util/buf.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/limits.h"

#define TYPE_JSON	"Spa:String:JSON"
#define CAMERA		"camera."
#define SET		"set."
#define KEY_LEN		(LIMIT_ID_LEN + 16)
#define COUNTERS_MS	5000u
/* of what others write */
#define MAX_SETTINGS	1024u
#define MAX_KEY_LEN	(KEY_LEN + 64)
#define JSON_LEN	8192u

struct publish {
	struct pw_loop *loop;
	struct pw_impl_metadata *metadata;
	struct spa_hook listener;
	struct pw_proxy *proxy;
	struct spa_hook proxy_listener;
	const struct publish_events *events;
	void *data;

	struct spa_list items;
	struct spa_list settings;
	uint32_t n_settings;
	struct spa_source *event, *timer;
	bool writing;			/* it is us who set a property */
	bool touched;			/* somebody else wrote what is not theirs */
	bool counting;			/* the timer is armed */
};

/* a camera */
struct item {
	struct spa_list link;
	struct camera *camera;
	char key[KEY_LEN];
	char *json;			/* as published, or NULL */
	bool changed, streams;
	bool settled;			/* its settings are published, too */
};

/* "set.<id>.<setting>"; for a moment also a camera's key that somebody else wrote */
struct setting {
	struct spa_list link;
	char *key;
	char *value;			/* NULL: deleted */
	bool changed;
};

/* ---- JSON ---- */

static int add_string(struct buf *b, const char *name, const char *value)
{
	char text[2 * LIMIT_ERROR_LEN + LIMIT_URI_LEN];
	int n = spa_json_encode_string(text, sizeof(text), value ? value : "");

	if (n < 0 || (size_t)n >= sizeof(text))
		n = snprintf(text, sizeof(text), "\"\"");
	return buf_printf(b, ", \"%s\": %s", name, text);
}

static const char *speaker(const struct camera_status *st)
{
	switch (st->backchannel) {
	case SESSION_BACKCHANNEL_YES:
		return "yes";
	case SESSION_BACKCHANNEL_NO:
		return "no";
	default:
		return "unknown";
	}
}

static int add_counters(struct buf *b, struct camera *c)
{
	struct session_counters n;

	camera_get_counters(c, &n);
	return buf_printf(b, ", \"counters\": { \"packets\": %" PRIu64 ", \"octets\": %" PRIu64
			", \"dropped-packets\": %" PRIu64 ", \"samples-lost\": %" PRIu64 ", \"samples-cut\": %" PRIu64
			", \"underruns\": %" PRIu64 ", \"sessions\": %u, \"failures\": %u, \"delay-ms\": %u"
			", \"round-trip-us\": %u, \"jitter\": %u, \"fraction-lost\": %u }",
			n.packets, n.octets, n.dropped_packets, n.samples_lost, n.samples_cut, n.underruns,
			n.sessions_opened, n.failures, n.delay_ms, n.round_trip_us, n.jitter, n.fraction_lost);
}

static int write_json(struct buf *b, struct camera *c, const struct camera_status *st)
{
	/* (each character of it may have to be escaped) */
	char id[2 * LIMIT_ID_LEN + 4];
	const struct { const char *name, *value; } strings[] = {
		{ "name", st->name }, { "address", st->address }, { "manufacturer", st->manufacturer },
		{ "model", st->model }, { "state", session_public_state_name(st->state) },
		{ "error", st->error }, { "speaker", speaker(st) }, { "codec", st->codec },
		{ "transport", st->transport }, { "node", st->has_sink ? st->node_name : "" },
	};
	int res;

	spa_json_encode_string(id, sizeof(id), st->id);
	res = buf_printf(b, "{ \"id\": %s", id);
	for (size_t i = 0; res >= 0 && i < SPA_N_ELEMENTS(strings); i++)
		res = add_string(b, strings[i].name, strings[i].value);
	if (res >= 0)
		res = buf_printf(b, ", \"configured\": %s, \"claimed\": %s, \"last-seen\": %" PRIu64,
				st->configured ? "true" : "false", st->claimed ? "true" : "false",
				(uint64_t)(st->last_seen / SPA_NSEC_PER_SEC));
	if (res >= 0 && st->state == SESSION_STREAMING)
		res = add_counters(b, c);
	return res < 0 ? res : buf_add_str(b, " }");
}

/* ---- our keys ---- */

static void set_property(struct publish *p, const char *key, const char *type, const char *value)
{
	p->writing = true;
	pw_impl_metadata_set_property(p->metadata, PW_ID_CORE, key, type, value);
	p->writing = false;
}

static void publish_item(struct publish *p, struct item *it)
{
	struct camera_status st;
	char key[KEY_LEN];
	struct buf b;

	it->changed = false;
	camera_get_status(it->camera, &st);
	it->streams = st.state == SESSION_STREAMING;
	snprintf(key, sizeof(key), CAMERA "%s", st.id);
	/* it was called by its address until it told its id */
	if (it->json && !spa_streq(key, it->key))
		set_property(p, it->key, NULL, NULL);
	buf_init(&b, JSON_LEN);
	if (write_json(&b, it->camera, &st) < 0) {
		pw_log_warn("%s: cannot be published", st.id);
	} else if (!spa_streq(key, it->key) || !spa_streq(it->json, b.data)) {
		snprintf(it->key, sizeof(it->key), "%s", key);
		free(it->json);
		it->json = strdup(b.data);
		set_property(p, key, TYPE_JSON, b.data);
	}
	buf_clear(&b);
}

static void publish_changed(struct publish *p)
{
	struct item *it;
	bool streams = false;

	spa_list_for_each(it, &p->items, link) {
		if (it->changed)
			publish_item(p, it);
		streams |= it->streams;
	}
	if (streams && !p->counting)
		timer_arm(p->loop->utils, p->timer, COUNTERS_MS * NSEC_PER_MSEC);
	p->counting = streams;
}

static void on_timer(void *data, uint64_t expirations)
{
	struct publish *p = data;
	struct item *it;

	p->counting = false;
	spa_list_for_each(it, &p->items, link)
		it->changed |= it->streams;
	publish_changed(p);
}

static struct item *find_item(struct publish *p, struct camera *c)
{
	struct item *it;

	spa_list_for_each(it, &p->items, link)
		if (it->camera == c)
			return it;
	return NULL;
}

void publish_camera(struct publish *p, struct camera *c)
{
	struct item *it = find_item(p, c);

	if (it == NULL) {
		if ((it = calloc(1, sizeof(*it))) == NULL)
			return;
		it->camera = c;
		spa_list_append(&p->items, &it->link);
	}
	it->changed = true;
	pw_loop_signal_event(p->loop, p->event);
}

static void free_item(struct item *it)
{
	spa_list_remove(&it->link);
	free(it->json);
	free(it);
}

/* ---- what others write ---- */

static struct setting *find_setting(struct publish *p, const char *key)
{
	struct setting *w;

	spa_list_for_each(w, &p->settings, link)
		if (spa_streq(w->key, key))
			return w;
	return NULL;
}

static void free_setting(struct publish *p, struct setting *w)
{
	spa_list_remove(&w->link);
	p->n_settings--;
	free(w->key);
	free(w->value);
	free(w);
}

/* value NULL: it goes, as soon as the camera was told */
static void note_setting(struct publish *p, const char *key, const char *value)
{
	struct setting *w = find_setting(p, key);
	char *copy = value ? strdup(value) : NULL;

	if (w == NULL) {
		if (value == NULL || p->n_settings >= MAX_SETTINGS || (w = calloc(1, sizeof(*w))) == NULL)
			goto done;
		spa_list_append(&p->settings, &w->link);
		p->n_settings++;
		if ((w->key = strdup(key)) == NULL) {
			free_setting(p, w);
			goto done;
		}
	}
	free(w->value);
	w->value = copy;
	w->changed = true;
	return;
done:
	free(copy);
}

/* From inside the metadata's own doings: acted on later. */
static int on_property(void *data, uint32_t subject, const char *key, const char *type, const char *value)
{
	struct publish *p = data;
	struct setting *w;

	if (p->writing || subject != PW_ID_CORE)
		return 0;
	if (key == NULL) {
		spa_list_for_each(w, &p->settings, link)
			note_setting(p, w->key, NULL);
	} else if (spa_strstartswith(key, SET) && strlen(key) < MAX_KEY_LEN &&
	    (value == NULL || strlen(value) < LIMIT_URI_LEN)) {
		note_setting(p, key, value);
	} else if (spa_strstartswith(key, CAMERA) && strlen(key) < MAX_KEY_LEN) {
		/* (goes again, whatever it says) */
		note_setting(p, key, value ? "" : NULL);
	}
	p->touched |= key == NULL || spa_strstartswith(key, CAMERA);
	pw_loop_signal_event(p->loop, p->event);
	return 0;
}

static const struct pw_impl_metadata_events metadata_events = {
	PW_VERSION_IMPL_METADATA_EVENTS,
	.property = on_property,
};

/* A camera's key is ours alone: as it was before. */
static void restore(struct publish *p)
{
	struct item *it;

	p->touched = false;
	spa_list_for_each(it, &p->items, link)
		if (it->json)
			set_property(p, it->key, TYPE_JSON, it->json);
}

/* the camera that "set.<id>.<setting>" is about; an id may have dots in it */
static struct item *find_target(struct publish *p, const char *key, const char **ret_setting)
{
	const char *rest = key + strlen(SET);
	struct item *it;

	spa_list_for_each(it, &p->items, link) {
		const char *id = it->key + strlen(CAMERA);
		size_t len = strlen(id);

		if (it->json && strncmp(rest, id, len) == 0 && rest[len] == '.') {
			*ret_setting = rest + len + 1;
			return it;
		}
	}
	return NULL;
}

/* if it comes back, it is told again */
static void forget_target(struct publish *p, struct item *it)
{
	struct setting *w;
	const char *name;

	spa_list_for_each(w, &p->settings, link)
		w->changed |= find_target(p, w->key, &name) == it;
}

void publish_camera_removed(struct publish *p, struct camera *c)
{
	struct item *it = find_item(p, c);

	if (it == NULL)
		return;
	forget_target(p, it);
	if (it->json)
		set_property(p, it->key, NULL, NULL);
	free_item(it);
}

/* there is no such camera, or restore() has been at work: its key says what it should */
static void drop_forged(struct publish *p, struct setting *w)
{
	struct item *it;
	bool ours = false;

	spa_list_for_each(it, &p->items, link)
		ours |= it->json && spa_streq(it->key, w->key);
	if (!ours && w->value)
		set_property(p, w->key, NULL, NULL);
	free_setting(p, w);
}

/* What was set before PipeWire was started again is still in force. */
static void show_settings(struct publish *p, struct item *it)
{
	const struct spa_dict *settings = camera_get_overrides(it->camera);
	const struct spa_dict_item *item;
	struct setting *w;
	char key[MAX_KEY_LEN];

	it->settled = true;
	spa_dict_for_each(item, settings) {
		snprintf(key, sizeof(key), SET "%s.%s", it->key + strlen(CAMERA), item->key);
		if (find_setting(p, key))
			continue;
		note_setting(p, key, item->value);
		if ((w = find_setting(p, key)) == NULL)
			continue;
		w->changed = false;
		set_property(p, key, NULL, item->value);
	}
}

static void take_settings(struct publish *p)
{
	struct setting *w, *tmp;
	const char *name;
	struct item *it;

	spa_list_for_each(it, &p->items, link)
		if (it->json && !it->settled)
			show_settings(p, it);
	spa_list_for_each_safe(w, tmp, &p->settings, link) {
		if (spa_strstartswith(w->key, CAMERA)) {
			drop_forged(p, w);
			continue;
		}
		/* (a camera may come later) */
		if (!w->changed || ((it = find_target(p, w->key, &name)) == NULL && w->value))
			continue;
		w->changed = false;
		if (it && p->events->set(p->data, it->camera, name, w->value) > 0) {
			set_property(p, w->key, NULL, NULL);
			free_setting(p, w);
		} else if (w->value == NULL) {
			free_setting(p, w);
		}
	}
}

static void on_event(void *data, uint64_t count)
{
	struct publish *p = data;

	if (p->touched)
		restore(p);
	publish_changed(p);
	take_settings(p);
}

/* ---- the object ---- */

static void proxy_bound(void *data, uint32_t global_id)
{
	struct publish *p = data;

	p->events->bound(p->data, global_id);
}

static void proxy_destroyed(void *data)
{
	struct publish *p = data;

	spa_hook_remove(&p->proxy_listener);
	p->proxy = NULL;
}

static void proxy_error(void *data, int seq, int res, const char *message)
{
	pw_log_warn("can't publish what is known of the cameras: %s (%s)", spa_strerror(res), message);
}

static const struct pw_proxy_events proxy_events = {
	PW_VERSION_PROXY_EVENTS,
	.bound = proxy_bound,
	.destroy = proxy_destroyed,
	.error = proxy_error,
};

static int export(struct publish *p, struct pw_context *context, struct pw_core *core)
{
	/* (nameless, it would be a second "default") */
	const struct spa_dict_item items[] = { SPA_DICT_ITEM_INIT(PW_KEY_METADATA_NAME, NAME_METADATA) };

	p->metadata = pw_context_create_metadata(context, NAME_METADATA, NULL, 0);
	if (p->metadata == NULL)
		return -errno;
	pw_impl_metadata_add_listener(p->metadata, &p->listener, &metadata_events, p);
	/* (the pw_impl_metadata itself would be an object that hears nothing) */
	p->proxy = pw_core_export(core, PW_TYPE_INTERFACE_Metadata, &SPA_DICT_INIT_ARRAY(items),
			pw_impl_metadata_get_implementation(p->metadata), 0);
	if (p->proxy == NULL)
		return -errno;
	pw_proxy_add_listener(p->proxy, &p->proxy_listener, &proxy_events, p);
	return 0;
}

struct publish *publish_new(struct pw_context *context, struct pw_core *core,
		const struct publish_events *events, void *data)
{
	struct publish *p;
	int res = -ENOMEM;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->loop = pw_context_get_main_loop(context);
	p->events = events;
	p->data = data;
	spa_list_init(&p->items);
	spa_list_init(&p->settings);
	if ((p->event = compat_add_event(p->loop->utils, on_event, p)) == NULL ||
	    (p->timer = compat_add_timer(p->loop->utils, on_timer, p)) == NULL ||
	    (res = export(p, context, core)) < 0) {
		publish_destroy(p);
		errno = -res;
		return NULL;
	}
	return p;
}

void publish_destroy(struct publish *p)
{
	struct setting *w;
	struct item *it;

	if (p == NULL)
		return;
	if (p->proxy)
		pw_proxy_destroy(p->proxy);
	if (p->metadata) {
		spa_hook_remove(&p->listener);
		pw_impl_metadata_destroy(p->metadata);
	}
	spa_list_consume(it, &p->items, link)
		free_item(it);
	spa_list_consume(w, &p->settings, link)
		free_setting(p, w);
	if (p->event)
		pw_loop_destroy_source(p->loop, p->event);
	if (p->timer)
		pw_loop_destroy_source(p->loop, p->timer);
	free(p);
}
