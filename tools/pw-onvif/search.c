/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/string.h>

#include "module/auth/facts-file.h"
#include "module/onvif/discovery.h"
#include "module/settings.h"
#include "module/util/clock.h"
#include "module/util/conf.h"
#include "module/util/text.h"
#include "module/util/uri.h"

#define PROBE_INTERVAL_MS	10000u

struct search {
	const struct search_events *events;
	void *data;
	struct settings *settings;
	struct facts_table facts;
	struct discovery *discovery;
	struct service_camera *cameras;		/* LIMIT_CAMERAS_MAX of them */
	uint32_t n_cameras;
};

static void problem(void *data, const char *text)
{
	struct search *s = data;

	s->events->problem(s->data, text);
}

/* ---- what was learned earlier ---- */

static void read_facts(struct search *s)
{
	char *text;
	size_t size;

	facts_table_init(&s->facts);
	if (s->settings->state_path[0] == '\0' ||
	    conf_read_file(s->settings->state_path, &text, &size) < 0)
		return;
	/* only a help; `doctor` is the one who has an opinion on this file */
	if (facts_table_parse(&s->facts, text, size) < 0) {
		facts_table_clear(&s->facts);
		facts_table_init(&s->facts);
	}
	free(text);
}

static void add_facts(struct search *s, struct service_camera *c)
{
	const struct facts_camera *f = c->id[0] ? facts_table_find(&s->facts, c->id) : NULL;
	const char *speaker = f ? f->values[FACT_BACKCHANNEL] : NULL;

	if (speaker)
		c->speaker = spa_streq(speaker, "true") ? SERVICE_SPEAKER_YES : SERVICE_SPEAKER_NO;
	if (f && c->name[0] == '\0' && f->values[FACT_NAME])
		text_sanitize(str_from(f->values[FACT_NAME]), c->name, sizeof(c->name));
}

/* ---- the configured ones ---- */

static void set_text(char *dst, size_t size, const char *text)
{
	if (text)
		text_sanitize(str_from(text), dst, size);
}

#define SET(c, member, text)	set_text((c)->member, sizeof((c)->member), text)

static void set_uri_host(struct service_camera *c, const char *text)
{
	struct uri uri;

	if (text && uri_parse(str_from(text), &uri) == 0)
		text_sanitize(uri.host, c->address, sizeof(c->address));
}

static struct service_camera *add_camera(struct search *s)
{
	if (s->n_cameras == LIMIT_CAMERAS_MAX)
		return NULL;
	return &s->cameras[s->n_cameras++];
}

static void add_configured(struct search *s)
{
	const struct spa_dict *entry;
	struct service_camera *c;

	for (uint32_t i = 0; i < s->settings->n_cameras; i++) {
		entry = &s->settings->cameras[i]->dict;
		if ((c = add_camera(s)) == NULL)
			return;
		c->configured = true;
		SET(c, id, spa_dict_lookup(entry, "onvif.id"));
		SET(c, name, spa_dict_lookup(entry, "onvif.name"));
		SET(c, manufacturer, spa_dict_lookup(entry, "onvif.manufacturer"));
		SET(c, model, spa_dict_lookup(entry, "onvif.model"));
		set_uri_host(c, spa_dict_lookup(entry, "rtsp.uri"));
		SET(c, address, spa_dict_lookup(entry, "onvif.address"));
		add_facts(s, c);
	}
}

/* ---- those that answer ---- */

/* host or host:port or [host]:port, without the port */
static struct str without_port(const char *text)
{
	struct str s = str_from(text), rest = s;
	struct sockaddr_storage ss;
	ptrdiff_t end = str_find(s, s.len > 0 && s.p[0] == '[' ? ']' : ':');

	if (end < 0 || addr_parse(s, 0, &ss) == 0)
		return s;
	if (s.p[0] != '[')
		return str_make(s.p, (size_t)end);
	rest.p++;
	rest.len = (size_t)end - 1;
	return rest;
}

static struct service_camera *find_camera(struct search *s, const struct discovery_device *device)
{
	struct str address = str_from(device->address);

	for (uint32_t i = 0; i < s->n_cameras; i++)
		if (s->cameras[i].id[0] && text_id_equal(s->cameras[i].id, device->id))
			return &s->cameras[i];
	for (uint32_t i = 0; i < s->n_cameras; i++)
		if (s->cameras[i].configured && s->cameras[i].id[0] == '\0' &&
		    addr_text_equal(without_port(s->cameras[i].address), address))
			return &s->cameras[i];
	return NULL;
}

/* one that answers at several addresses is shown with the one that people type */
static bool is_better_address(const struct service_camera *c, const struct discovery_device *device)
{
	return c->address[0] == '\0' ||
		(!c->configured && strchr(c->address, ':') && !strchr(device->address, ':'));
}

static void on_device(void *data, const struct discovery_device *device)
{
	struct search *s = data;
	struct service_camera *c = find_camera(s, device);

	if (c == NULL && (c = add_camera(s)) == NULL)
		return;
	if (c->id[0] == '\0')
		SET(c, id, device->id);
	if (is_better_address(c, device))
		SET(c, address, device->address);
	if (c->name[0] == '\0')
		SET(c, name, device->name);
	if (c->model[0] == '\0')
		SET(c, model, device->hardware);
	c->last_seen = clock_realtime() / SPA_NSEC_PER_SEC;
	add_facts(s, c);
	s->events->changed(s->data);
}

static void on_error(void *data, const char *message)
{
	if (message)
		problem(data, message);
}

static void on_flood(void *data, uint64_t dropped, uint32_t seconds)
{
	problem(data, "somebody on the network sends more announcements than are looked at: the list may lack cameras");
}

/* (a bye could be anybody's: what answered is shown) */
static const struct discovery_events discovery_events = {
	DISCOVERY_VERSION_EVENTS,
	.match = on_device,
	.hello = on_device,
	.error = on_error,
	.flood = on_flood,
};

static int start(struct search *s, struct pw_loop *loop)
{
	struct discovery_params params = { .probe_interval_ms = PROBE_INTERVAL_MS };
	int res;

	if ((s->cameras = calloc(LIMIT_CAMERAS_MAX, sizeof(*s->cameras))) == NULL)
		return -errno;
	/* as the process of its own would read them: somebody asks us to look */
	if ((res = settings_new(NULL, "pipewire-onvif.conf", problem, s, &s->settings)) < 0)
		return res;
	read_facts(s);
	add_configured(s);
	params.interfaces = s->settings->interfaces;
	s->discovery = discovery_new(loop->utils, &params, &discovery_events, s);
	return s->discovery ? 0 : -errno;
}

struct search *search_new(struct pw_loop *loop, const struct search_events *events, void *data)
{
	struct search *s;
	int res;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->events = events;
	s->data = data;
	facts_table_init(&s->facts);
	if ((res = start(s, loop)) < 0) {
		search_destroy(s);
		errno = -res;
		return NULL;
	}
	return s;
}

void search_destroy(struct search *s)
{
	if (s == NULL)
		return;
	discovery_destroy(s->discovery);
	facts_table_clear(&s->facts);
	settings_free(s->settings);
	free(s->cameras);
	free(s);
}

const struct service_camera *search_cameras(const struct search *s, uint32_t *ret_n)
{
	*ret_n = s->n_cameras;
	return s->cameras;
}
