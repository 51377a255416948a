/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/camera-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/log.h"
#include "module/strangers.h"
#include "module/util/clock.h"
#include "module/util/limits.h"
#include "module/util/text.h"
#include "module/util/uri.h"

/* as the session goes about it: a camera that is switched on is a sink soon after */
#define LOOK_MIN_MS		1000u
#define LOOK_MAX_MS		60000u
#define LOOK_UNSUPPORTED_MS	(24u * 3600u * 1000u)

/* of a login that worked: not more often than this, and not more often in a row */
#define DOUBT_NS		(60 * SPA_NSEC_PER_SEC)

void camera_host_of(const char *address, char *dst, size_t size)
{
	const char *p = address, *end;
	const char *colon = strchr(address, ':');

	if (*p == '[' && (end = strchr(p, ']')) != NULL)
		p++;
	else if (colon && strchr(colon + 1, ':') == NULL)
		end = colon;
	else
		end = p + strlen(p);
	snprintf(dst, size, "%.*s", (int)(end - p), p);
}

/* Without the port, a camera that answers at another one than 80 would seem dead. */
void camera_learn_address(struct camera *c)
{
	char text[CAMERA_ADDRESS_LEN], host[CAMERA_ADDRESS_LEN];
	uint16_t port = c->http_port;
	struct uri uri;

	if (c->address[0] == '\0')
		return;
	snprintf(text, sizeof(text), "%s", c->address);
	if (port == 0 && c->xaddr[0] && uri_parse(str_from(c->xaddr), &uri) == 0)
		port = uri_port(&uri);
	if (port != 0 && port != 80) {
		camera_host_of(c->address, host, sizeof(host));
		snprintf(text, sizeof(text), strchr(host, ':') ? "[%.*s]:%u" : "%.*s:%u",
				(int)sizeof(text) - 10, host, port);
	}
	facts_set(c->env->facts, c->key, "last-address", text);
}

void camera_clear_uris(struct camera *c)
{
	c->uri[0] = c->uri_tls[0] = c->uri_http[0] = '\0';
}

void camera_query_clear(struct camera *c)
{
	device_query_destroy(c->query);
	c->query = NULL;
	device_query_destroy(c->moved_query);
	c->moved_query = NULL;
}

/* ---- what the camera answered ---- */

/* It is known by its id, not by where it is. */
static bool is_known_by_id(struct camera *c)
{
	return c->entry == NULL || pw_properties_get(c->entry, "onvif.id") || c->id_bound;
}

/* \return true when there are credentials for it now that its id is known */
static bool take_id(struct camera *c, const char *id, bool learn)
{
	if (id[0] == '\0')
		return false;
	if (c->id[0] && text_id_equal(c->id, id)) {
		c->id_confirmed = true;
		if (learn)
			facts_set(c->env->facts, c->key, "endpoint", id);
		return false;
	}
	/* (some never answer with the id that they announce) */
	if (c->id[0] && is_known_by_id(c))
		return false;
	/* the first one, or a new one where the old one was */
	snprintf(c->id, sizeof(c->id), "%s", id);
	c->id_confirmed = true;
	facts_set(c->env->facts, c->key, "id", c->id);
	facts_set(c->env->facts, c->key, "endpoint", c->id);
	c->events->renamed(c->data, c);
	return camera_load_credentials(c);
}

static void take_info(struct camera *c, const struct device_info *info)
{
	camera_set_fact(c, "onvif.manufacturer", info->manufacturer);
	camera_set_fact(c, "onvif.model", info->model);
	camera_set_fact(c, "onvif.firmware", info->firmware);
	camera_set_fact(c, "onvif.serial", info->serial);
	camera_set_fact(c, "onvif.hardware", info->hardware);
	camera_set_fact(c, "onvif.location", info->location);
	camera_set_fact(c, "onvif.name", info->name);
	if (info->changed[0])
		pw_log_info("%s (%s): %s", c->name, c->key, info->changed);
	/* it may look well and yet be silent */
	if (info->primacy == DEVICE_PRIMACY_SERVER && !spa_streq(c->hint, info->hint))
		pw_log_warn("%s (%s): %s", c->name, c->key, info->hint);
	snprintf(c->hint, sizeof(c->hint), "%s", info->hint);
}

/* The key of its web service is the same from now on. (Nothing is learned from a datagram alone: a
 * flood of them would push out the rest.) */
static void learn_pin(struct camera *c, int res, const struct device_info *info)
{
	if (info->tls_pin[0] == '\0')
		return;
	if (res == 0 || res == -EACCES || res == -ENOTSUP || c->user)
		facts_set(c->env->facts, c->key, "tls-pin", info->tls_pin);
}

static void set_query_state(struct camera *c, enum session_public_state state, const char *error)
{
	c->query_state = state;
	snprintf(c->query_error, sizeof(c->query_error), "%s", error ? error : "");
	camera_update_state(c);
}

static void answer_session(struct camera *c, int res, const char *message)
{
	if (!c->resolving)
		return;
	c->resolving = false;
	if (c->session)
		media_session_resolved(c->session, res, res == 0 ? c->uri : NULL, message);
}

static enum session_public_state failure_state(int res)
{
	switch (res) {
	case -EACCES:
		return SESSION_LOGIN_REQUIRED;
	case -ENOTSUP:
		return SESSION_UNSUPPORTED;
	case -EKEYREJECTED:
		return SESSION_REJECTED;
	case -EBUSY:
		return SESSION_BUSY;
	default:
		return SESSION_OFFLINE;
	}
}

/* Dahua says 401 when too many are connected: what it took before is no wrong password by that,
 * unless it is so time and again. \return true when it is */
static bool is_refused_at_last(struct camera *c)
{
	c->doubted = clock_monotonic();
	return ++c->doubts >= LIMIT_LOGIN_DOUBTS;
}

/* Another camera is where it was: nothing of ours is for that one. */
static void leave_address(struct camera *c)
{
	c->queried = false;
	camera_clear_uris(c);
	camera_update_session(c);
}

static void query_failed(struct camera *c, int res, bool refused, const char *message)
{
	if (res == -EBUSY && is_refused_at_last(c)) {
		res = -EACCES;
		refused = true;
	}
	if (res == -EXDEV)
		leave_address(c);
	if (refused && c->user && !c->refused) {
		c->refused = true;
		facts_set_refused(c->env->facts, c->key, c->user, &c->password);
		camera_update_session(c);
	}
	if (res == -EACCES || res == -ENOTSUP) {
		c->last_seen = clock_monotonic();
		camera_learn_address(c);
	}
	/* (where it went was said already) */
	if (!c->moved_blocked)
		set_query_state(c, failure_state(res), message ? message : spa_strerror(res));
	answer_session(c, res, c->query_error);
	camera_look_later(c);
}

static void query_succeeded(struct camera *c, const struct device_info *info)
{
	c->queried = true;
	c->doubts = 0;
	if (info->logged_in)
		c->worked_login = c->login;
	c->last_seen = clock_monotonic();
	camera_learn_address(c);
	snprintf(c->uri, sizeof(c->uri), "%s", info->profile[0].uri);
	snprintf(c->uri_tls, sizeof(c->uri_tls), "%s", info->profile[0].uri_tls);
	snprintf(c->uri_http, sizeof(c->uri_http), "%s", info->profile[0].uri_http);
	camera_update_props(c);
	set_query_state(c, SESSION_IDLE, NULL);
	if (c->resolving)
		answer_session(c, 0, NULL);
	else
		camera_look(c);
	camera_update_sink(c);
}

static void on_query_done(void *data, int res, bool refused, const struct device_info *info,
		const char *message)
{
	struct camera *c = data;
	struct device_query *query = c->query;
	bool login = false;

	c->query = NULL;
	if (info && res != -EXDEV) {
		if (info->http_port) {
			c->http_port = info->http_port;
			c->https = info->https;
		}
		learn_pin(c, res, info);
		take_info(c, info);
		login = take_id(c, info->id, res == 0 || c->user);
		if (res != 0)
			camera_update_props(c);
	}
	pw_log_debug("%s: device query: %s%s%s", c->key, spa_strerror(res),
			message ? ": " : "", message ? message : "");
	if (login)
		camera_use_credentials(c);
	else if (res == 0 && info && info->n_profiles == 0)
		query_failed(c, -ENOTSUP, false, info->hint[0] ? info->hint :
				"The camera offers no stream that could carry sound to it.");
	else if (res == 0 && info)
		query_succeeded(c, info);
	else
		query_failed(c, res < 0 ? res : -EIO, refused, message);
	device_query_destroy(query);
}

static void on_changing(void *data, const char *what)
{
	struct camera *c = data;

	pw_log_info("%s (%s): onvif.configure is true: going to %s", c->name, c->key, what);
}

/* where it is asked */
struct place {
	const char *address, *xaddr, *xaddr_tls;
};

/* Who gives a key with a password wants it sent to that key and to nobody else: where no
 * HTTPS is announced it is looked for at the address as it was given, or at the usual port. */
static const char *https_url(const struct place *place, char *dst, size_t size)
{
	char host[CAMERA_ADDRESS_LEN];
	bool has_port;

	if (strncmp(place->xaddr, "https:", 6) == 0)
		return place->xaddr;
	camera_host_of(place->address, host, sizeof(host));
	has_port = place->xaddr[0] == '\0' && strlen(host) != strlen(place->address);
	snprintf(dst, size, strchr(host, ':') && !has_port ? "https://[%s]/onvif/device_service" :
			"https://%s/onvif/device_service", has_port ? place->address : host);
	return dst;
}

static int start_query(struct camera *c, const struct place *place, bool login, device_done_t done,
		struct device_query **ret)
{
	char host[CAMERA_ADDRESS_LEN], url[LIMIT_URI_LEN];
	struct device_query_params params = {
		.xaddr = place->xaddr[0] ? place->xaddr : NULL,
		.address = place->address,
		.pin = camera_web_pin(c),
		.expect_id = c->id_confirmed && is_known_by_id(c) ? c->id : NULL,
		.worked_before = c->worked_login != 0 && c->worked_login == c->login,
	};
	struct camera_options o;

	camera_options_parse(&c->props->dict, &o);
	params.profile = o.profile;
	params.allow_basic = o.basic;
	params.want_tls_uri = o.transport == CAMERA_TRANSPORT_AUTO || o.transport == CAMERA_TRANSPORT_TLS;
	params.want_http_uri = o.transport == CAMERA_TRANSPORT_AUTO ||
		o.transport == CAMERA_TRANSPORT_HTTP || o.transport == CAMERA_TRANSPORT_HTTPS;
	params.security = camera_tls_security(o.tls_verify);
	/* both are open: TLS only where it can be told whose it is, it is broken in many */
	if (place->xaddr_tls[0] && (params.pin || params.security == NET_TLS_CA))
		params.xaddr = place->xaddr_tls;
	else if (c->tls_pin)
		params.xaddr = https_url(place, url, sizeof(url));
	if (params.xaddr) {
		camera_host_of(place->address, host, sizeof(host));
		params.address = host;
	}
	if (login) {
		params.configure = o.configure;
		params.changing = on_changing;
	}
	if (login && c->user && !c->refused && !camera_lacks_password(c)) {
		params.user = c->user;
		params.password = &c->password;
	}
	return device_query_new(c->env->loop->utils, c->env->http, &params, done, c, ret);
}

static int query_here(struct camera *c, bool login, device_done_t done, struct device_query **ret)
{
	return start_query(c, &(struct place) { c->address, c->xaddr, c->xaddr_tls }, login, done, ret);
}

void camera_query_start(struct camera *c)
{
	int res;

	if (c->query)
		return;
	if (camera_lacks_password(c)) {
		camera_look(c);
		return;
	}
	if (c->refused) {
		query_failed(c, -EACCES, false, NULL);
		return;
	}
	/* it may have been too much for it */
	if (c->doubts > 0 && clock_monotonic() - c->doubted < DOUBT_NS) {
		answer_session(c, -EBUSY, c->query_error);
		camera_look_later(c);
		return;
	}
	/* forged announcements do not make us dial the whole network */
	if (!camera_is_proven(c) && !strangers_may_ask(c->env->strangers)) {
		camera_look_later(c);
		return;
	}
	if (c->address[0] == '\0' || (res = query_here(c, true, on_query_done, &c->query)) == -ENOENT)
		query_failed(c, -EHOSTUNREACH, false, "The camera's address is not known yet.");
	else if (res < 0)
		query_failed(c, res, false, NULL);
}

int camera_query_old_address(struct camera *c, device_done_t done)
{
	return query_here(c, false, done, &c->moved_query);
}

int camera_query_new_address(struct camera *c, device_done_t done)
{
	return start_query(c, &(struct place) { c->moved_address, c->moved_xaddr, c->moved_xaddr_tls }, false,
			done, &c->moved_query);
}

/* ---- when to look ---- */

void camera_look(struct camera *c)
{
	timer_disarm(c->env->loop->utils, c->look_timer);
	c->look_armed = false;
	if (c->query)
		return;
	if (c->refused || camera_lacks_password(c)) {
		set_query_state(c, camera_login_state(c), NULL);
		answer_session(c, -EACCES, c->error);
		return;
	}
	if (!camera_has_uri(c) || c->resolving) {
		camera_query_start(c);
		return;
	}
	if (c->backchannel == SESSION_BACKCHANNEL_YES || camera_ensure_session(c) < 0)
		return;
	media_session_probe(c->session);
}

static bool may_look(struct camera *c)
{
	if (c->query || c->refused || camera_lacks_password(c) || c->backchannel == SESSION_BACKCHANNEL_YES)
		return false;
	/* not by itself: a login, a settled fact, or the session is at it */
	return c->state != SESSION_LOGIN_REQUIRED && c->state != SESSION_CONNECTING &&
		c->state != SESSION_STREAMING;
}

void camera_look_later(struct camera *c)
{
	uint64_t ms = SPA_MIN((uint64_t)LOOK_MIN_MS << SPA_MIN(c->look_failures, 6u), LOOK_MAX_MS);

	if (c->look_armed || !may_look(c))
		return;
	if (c->state == SESSION_UNSUPPORTED)
		ms = LOOK_UNSUPPORTED_MS;
	else if (c->doubts > 0)
		ms = LOOK_MAX_MS;
	else
		c->look_failures++;
	c->look_armed = true;
	timer_arm(c->env->loop->utils, c->look_timer, ms * NSEC_PER_MSEC);
}

void camera_on_look_timer(void *data, uint64_t expirations)
{
	struct camera *c = data;

	c->look_armed = false;
	camera_look(c);
	camera_update_sink(c);
}
