/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/camera-private.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/log.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/text.h"
#include "module/util/uri.h"

bool camera_is_configured(struct camera *c)
{
	return c->entry != NULL;
}

const char *camera_prop(struct camera *c, const char *key)
{
	const char *str = pw_properties_get(c->props, key);

	return str && str[0] ? str : NULL;
}

const char *camera_handle(struct camera *c)
{
	const char *uri = camera_prop(c, "rtsp.uri");
	struct uri u;

	/* as an entry of the credentials names it: without a port */
	if (c->address[0]) {
		camera_host_of(c->address, c->handle, sizeof(c->handle));
		return c->handle;
	}
	if (uri == NULL || uri_parse(str_from(uri), &u) < 0 ||
	    str_copy(u.host, c->handle, sizeof(c->handle)) < 0)
		return c->key;
	return c->handle;
}

/* What the name is made of, best first: what the user or the camera says, what it
 * was called before our restart, what is printed on it, where it is. */
static void base_name(struct camera *c, char *dst, size_t size)
{
	const char *name = camera_prop(c, "onvif.name");
	const char *model = camera_prop(c, "onvif.model");
	const char *vendor = camera_prop(c, "onvif.manufacturer");
	char text[2 * LIMIT_TEXT_LEN];
	struct uri uri;

	if (name == NULL)
		name = facts_get(c->env->facts, c->key, "name");
	if (name && text_sanitize(str_from(name), dst, size) > 0)
		return;
	if (model) {
		snprintf(text, sizeof(text), "%s%s%s", vendor ? vendor : "", vendor ? " " : "", model);
		/* cuts between characters */
		text_sanitize(str_from(text), dst, size);
	} else if (c->address[0])
		snprintf(dst, size, "Camera %s", c->address);
	else if (camera_prop(c, "rtsp.uri") && uri_parse(str_from(camera_prop(c, "rtsp.uri")), &uri) == 0)
		snprintf(dst, size, "Camera " STR_FMT, STR_ARG(uri.host));
	else
		snprintf(dst, size, "Camera");
}

static void update_name(struct camera *c)
{
	char base[sizeof(c->base_name)];
	bool renamed;

	base_name(c, base, sizeof(base));
	renamed = !spa_streq(base, c->base_name);
	snprintf(c->base_name, sizeof(c->base_name), "%s", base);
	if (c->show_address && c->address[0] && strstr(base, c->address) == NULL)
		snprintf(c->name, sizeof(c->name), "%s (%s)", base, c->address);
	else
		snprintf(c->name, sizeof(c->name), "%s", base);
	/* (nothing is learned from a datagram: a flood of them would push out the rest) */
	if (camera_prop(c, "onvif.name") && c->queried)
		facts_set(c->env->facts, c->key, "name", base);
	if (renamed)
		c->events->renamed(c->data, c);
}

void camera_update_props(struct camera *c)
{
	struct pw_properties *props;

	if (c->id[0])
		pw_properties_set(c->facts, "onvif.id", c->id);
	if (c->address[0])
		pw_properties_set(c->facts, "onvif.address", c->address);
	if ((props = settings_camera_props(c->env->settings, &c->facts->dict,
			c->entry ? &c->entry->dict : NULL)) == NULL) {
		pw_log_warn("%s: out of memory, settings not applied", c->key);
		return;
	}
	pw_properties_update(props, &c->overrides->dict);
	pw_properties_free(c->props);
	c->props = props;
	update_name(c);
	camera_update_session(c);
	camera_update_node(c);
}

/* "The keyring with the camera's password is locked: unlock it, or run `pw-onvif login 192.0.2.20`" */
static void say_lack(struct camera *c, char *text, size_t size)
{
	const char *reason = keyring_reason(c->keyring);

	if (reason)
		snprintf(text, size, "%c%s, or run `pw-onvif login %.96s`", toupper((uint8_t)reason[0]), reason + 1,
				camera_handle(c));
}

void camera_update_state(struct camera *c)
{
	enum session_public_state state = c->query_state;
	char text[LIMIT_ERROR_LEN], error[LIMIT_ERROR_LEN];

	snprintf(text, sizeof(text), "%s", c->query_error);
	if (c->session && (c->status.public_state != SESSION_IDLE || c->status.error[0]) &&
	    !((c->query_state == SESSION_LOGIN_REQUIRED || c->query_state == SESSION_REJECTED) &&
	      c->status.public_state == SESSION_OFFLINE)) {
		state = c->status.public_state;
		snprintf(text, sizeof(text), "%s", c->status.error);
	}
	if (state == SESSION_IDLE && c->absent < 0) {
		state = SESSION_OFFLINE;
		snprintf(text, sizeof(text), "Cannot reach %.96s: %s", camera_handle(c), spa_strerror(c->absent));
	}
	if (text[0] == '\0')
		snprintf(text, sizeof(text), "%s", c->setting_error);
	if (text[0] == '\0' && c->released)
		snprintf(text, sizeof(text), "It is left to another program for a while, as that asked");
	if (state == SESSION_UNSUPPORTED && c->hint[0])
		snprintf(text, sizeof(text), "%s", c->hint);
	if (state == SESSION_LOGIN_REQUIRED && camera_lacks_password(c) && !c->moved_blocked)
		say_lack(c, text, sizeof(text));
	else if (state == SESSION_LOGIN_REQUIRED && c->refused)
		snprintf(text, sizeof(text), "The camera refuses this user and password: run "
				"`pw-onvif login %.96s`", camera_handle(c));
	else if (state == SESSION_LOGIN_REQUIRED && c->user == NULL && !c->moved_blocked)
		snprintf(text, sizeof(text), "The camera wants a user and password: run "
				"`pw-onvif login %.96s`", camera_handle(c));
	/* a camera's words may be in it, cut in the middle of a character */
	text_sanitize(str_from(text), error, sizeof(error));
	if (state == c->state && spa_streq(error, c->error))
		return;
	/* what waits for the user is a warning: nobody looks for an info */
	if (state != c->state || error[0])
		pw_log(state == SESSION_LOGIN_REQUIRED || state == SESSION_REJECTED ?
				SPA_LOG_LEVEL_WARN : SPA_LOG_LEVEL_INFO,
				"%s (%s): %s -> %s%s%s", c->name, c->key, session_public_state_name(c->state),
				session_public_state_name(state), error[0] ? ": " : "", error);
	c->state = state;
	snprintf(c->error, sizeof(c->error), "%s", error);
	camera_update_node(c);
}

static struct camera *new_camera(const struct camera_env *env,
		const struct camera_events *events, void *data)
{
	struct camera *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->env = env;
	c->events = events;
	c->data = data;
	c->facts = pw_properties_new(NULL, NULL);
	c->overrides = pw_properties_new(NULL, NULL);
	c->props = pw_properties_new(NULL, NULL);
	c->look_timer = compat_add_timer(env->loop->utils, camera_on_look_timer, c);
	c->sink_timer = compat_add_timer(env->loop->utils, camera_on_sink_timer, c);
	c->release_timer = compat_add_timer(env->loop->utils, camera_on_release_timer, c);
	if (c->facts == NULL || c->overrides == NULL || c->props == NULL ||
	    c->look_timer == NULL || c->sink_timer == NULL || c->release_timer == NULL) {
		camera_destroy(c);
		return NULL;
	}
	c->last_seen = c->since = clock_monotonic();
	return c;
}

/* Runs the rules for the first time and starts to look; from the loop. */
static void start(struct camera *c)
{
	const char *endpoint = facts_get(c->env->facts, c->key, "endpoint");

	c->id_confirmed = endpoint && c->id[0] && text_id_equal(endpoint, c->id);
	camera_load_credentials(c);
	camera_update_props(c);
	c->query_state = camera_login_state(c);
	if (c->query_state != SESSION_IDLE) {
		camera_update_state(c);
	}
	timer_arm(c->env->loop->utils, c->look_timer, 0);
	c->look_armed = true;
}

/* host_port_path of a stream URI */
static int key_from_uri(const char *text, char *dst, size_t size)
{
	char long_key[LIMIT_URI_LEN + 16];
	struct uri uri;
	int res;

	if ((res = uri_parse(str_from(text), &uri)) < 0)
		return res;
	snprintf(long_key, sizeof(long_key), STR_FMT "_%u" STR_FMT, STR_ARG(uri.host), uri_port(&uri),
			STR_ARG(uri.path));
	return text_stable_id(str_from(long_key), dst, size) > 0 ? 0 : -EINVAL;
}

int camera_new_configured(const struct camera_env *env, const struct spa_dict *entry,
		const struct camera_events *events, void *data, struct camera **ret)
{
	const char *id = spa_dict_lookup(entry, "onvif.id");
	const char *address = spa_dict_lookup(entry, "onvif.address");
	const char *uri = spa_dict_lookup(entry, "rtsp.uri");
	const char *last;
	struct camera *c;
	int res = 0;

	if ((c = new_camera(env, events, data)) == NULL)
		return -ENOMEM;
	if ((c->entry = pw_properties_new_dict(entry)) == NULL) {
		res = -ENOMEM;
	} else if (id && id[0]) {
		if ((res = str_copy(str_from(id), c->id, sizeof(c->id))) == 0)
			snprintf(c->key, sizeof(c->key), "%s", c->id);
	} else if (address && address[0]) {
		res = str_copy(str_from(address), c->key, sizeof(c->key));
	} else if (uri && uri[0]) {
		res = key_from_uri(uri, c->key, sizeof(c->key));
	} else {
		res = -EINVAL;
	}
	if (res == 0 && address && address[0])
		res = str_copy(str_from(address), c->address, sizeof(c->address));
	if (res < 0) {
		camera_destroy(c);
		return res;
	}
	if (c->id[0] == '\0' && (last = facts_get(env->facts, c->key, "id")))
		str_copy(str_from(last), c->id, sizeof(c->id));
	if (c->address[0] == '\0' && uri == NULL && (last = facts_get(env->facts, c->key, "last-address")))
		str_copy(str_from(last), c->address, sizeof(c->address));
	start(c);
	*ret = c;
	return 0;
}

void camera_set_fact(struct camera *c, const char *key, const char *value)
{
	if (value[0])
		pw_properties_set(c->facts, key, value);
}

/* What an unauthenticated datagram says counts until the camera itself was asked. */
void camera_take_device(struct camera *c, const struct discovery_device *device)
{
	if (!c->queried) {
		camera_set_fact(c, "onvif.name", device->name);
		camera_set_fact(c, "onvif.hardware", device->hardware);
		camera_set_fact(c, "onvif.location", device->location);
	}
	/* where it answers is left only when it no longer does */
	if (!c->queried || c->state == SESSION_OFFLINE) {
		snprintf(c->xaddr, sizeof(c->xaddr), "%s", device->xaddr);
		snprintf(c->xaddr_tls, sizeof(c->xaddr_tls), "%s", device->xaddr_tls);
	}
	if (c->metadata_version == 0)
		c->metadata_version = device->metadata_version;
}

int camera_new_discovered(const struct camera_env *env, const struct discovery_device *device,
		const struct camera_events *events, void *data, struct camera **ret)
{
	char host[CAMERA_ADDRESS_LEN];
	const char *last;
	struct camera *c;

	if ((c = new_camera(env, events, data)) == NULL)
		return -ENOMEM;
	snprintf(c->id, sizeof(c->id), "%s", device->id);
	snprintf(c->key, sizeof(c->key), "%s", device->id);
	/* Where it was before our restart is where it still is, until that is disproved. */
	last = facts_get(env->facts, c->key, "last-address");
	c->learned = last != NULL;
	camera_host_of(last ? last : device->address, host, sizeof(host));
	if (addr_text_equal(str_from(host), str_from(device->address))) {
		snprintf(c->address, sizeof(c->address), "%s", device->address);
		camera_take_device(c, device);
	} else {
		str_copy(str_from(last), c->address, sizeof(c->address));
	}
	start(c);
	*ret = c;
	return 0;
}

void camera_destroy(struct camera *c)
{
	if (c == NULL)
		return;
	camera_end_sink(c);
	camera_end_session(c);
	camera_query_clear(c);
	presence_cancel(c->presence);
	if (c->look_timer)
		pw_loop_destroy_source(c->env->loop, c->look_timer);
	if (c->sink_timer)
		pw_loop_destroy_source(c->env->loop, c->sink_timer);
	if (c->release_timer)
		pw_loop_destroy_source(c->env->loop, c->release_timer);
	secret_clear(&c->password);
	free(c->user);
	free(c->tls_pin);
	pw_properties_free(c->entry);
	pw_properties_free(c->facts);
	pw_properties_free(c->overrides);
	pw_properties_free(c->props);
	free(c);
}

/* The entry's address, which may have a port, against the device service's. */
static bool same_service(const char *address, const struct discovery_device *device)
{
	struct uri uri;
	char host_port[CAMERA_ADDRESS_LEN];

	if (addr_text_equal(str_from(address), str_from(device->address)))
		return true;
	if (uri_parse(str_from(device->xaddr), &uri) < 0)
		return false;
	snprintf(host_port, sizeof(host_port), uri.is_ipv6 ? "[" STR_FMT "]:%u" : STR_FMT ":%u",
			STR_ARG(uri.host), uri_port(&uri));
	return spa_streq(host_port, address);
}

const char *camera_key(struct camera *c)
{
	return c->key;
}

bool camera_has_id(struct camera *c, const char *id)
{
	return c->id[0] && text_id_equal(c->id, id);
}

const char *camera_base_name(struct camera *c)
{
	return c->base_name;
}

bool camera_matches(struct camera *c, const struct discovery_device *device)
{
	const char *str;
	struct uri uri;

	if (camera_has_id(c, device->id))
		return true;
	/* what an entry names counts: its id may have been learned from a forged datagram */
	if (c->id[0] && (c->entry == NULL || pw_properties_get(c->entry, "onvif.id")))
		return false;
	if (c->address[0])
		return same_service(c->address, device);
	str = camera_prop(c, "rtsp.uri");
	return str && uri_parse(str_from(str), &uri) == 0 &&
		addr_text_equal(uri.host, str_from(device->address));
}

void camera_core_ready(struct camera *c)
{
	camera_update_sink(c);
}

void camera_core_lost(struct camera *c)
{
	camera_end_sink(c);
	camera_end_session(c);
	camera_look_later(c);
	camera_update_state(c);
}

void camera_show_address(struct camera *c, bool show)
{
	if (show == c->show_address)
		return;
	c->show_address = show;
	update_name(c);
	camera_update_node(c);
}

uint64_t camera_is_hearsay(struct camera *c)
{
	return !camera_is_configured(c) && c->user == NULL && c->sink == NULL && !c->queried &&
		c->state == SESSION_OFFLINE ? c->last_seen : 0;
}

bool camera_is_expired(struct camera *c, uint64_t expire_ns)
{
	return !camera_is_configured(c) && c->user == NULL && c->counts.total == 0 && !c->claimed &&
		clock_monotonic() - c->last_seen > expire_ns;
}

void camera_get_status(struct camera *c, struct camera_status *ret)
{
	uint64_t age = clock_monotonic() - c->last_seen;

	*ret = (struct camera_status) {
		.id = c->id[0] ? c->id : c->key,
		.name = c->name,
		.address = c->address,
		.model = camera_prop(c, "onvif.model"),
		.manufacturer = camera_prop(c, "onvif.manufacturer"),
		.node_name = c->node_name,
		.state = c->state,
		.error = c->error,
		.codec = c->status.codec,
		.transport = c->status.transport,
		.backchannel = c->backchannel,
		.last_seen = c->last_seen == c->since ? 0 : clock_realtime() - age,
		.has_sink = c->sink != NULL,
		.claimed = c->claimed,
		.links = c->counts.total,
		.configured = c->entry != NULL,
	};
}

void camera_get_counters(struct camera *c, struct session_counters *ret)
{
	spa_zero(*ret);
	if (c->session)
		media_session_get_counters(c->session, ret);
}
