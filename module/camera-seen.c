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
#include "module/util/clock.h"
#include "module/util/text.h"
#include "module/util/uri.h"

/*
 * Sightings of a camera that is known. A datagram proves nothing: whoever answers
 * with a camera's id at another address gets neither its credentials nor its sound
 * while the camera itself still answers where it was.
 */

/* longer than two probe intervals: it answered there a moment ago */
#define FRESH_NS	(150 * SPA_NSEC_PER_SEC)
#define KICK_NS		(5 * SPA_NSEC_PER_SEC)
/* however many claim to be it: one of them is looked into, then for so long nobody */
#define CLAIM_NS	(5 * SPA_NSEC_PER_SEC)
#define BLOCKED_NS	(60 * SPA_NSEC_PER_SEC)	/* the same, once the user was told */
#define CHANGED_NS	(30 * SPA_NSEC_PER_SEC)

static bool is_pinned_by_entry(struct camera *c)
{
	return c->entry && (pw_properties_get(c->entry, "onvif.address") ||
			pw_properties_get(c->entry, "rtsp.uri"));
}

bool camera_is_proven(struct camera *c)
{
	return camera_is_configured(c) || c->learned || c->queried ||
		c->backchannel != SESSION_BACKCHANNEL_UNKNOWN;
}

bool camera_is_asked(struct camera *c)
{
	return c->query != NULL && !camera_is_proven(c);
}

int camera_get_address(struct camera *c, struct sockaddr_storage *ret)
{
	char host[CAMERA_ADDRESS_LEN];

	if (!camera_is_proven(c) || c->address[0] == '\0')
		return -ENOENT;
	camera_host_of(c->address, host, sizeof(host));
	/* (a name has no numbers before it is asked for) */
	return addr_parse(str_from(host), 0, ret) < 0 ? -ENOENT : 0;
}

static bool same_address(struct camera *c, const struct discovery_device *device)
{
	const char *str = camera_prop(c, "rtsp.uri");
	char host[CAMERA_ADDRESS_LEN];
	struct uri uri;

	if (c->address[0]) {
		camera_host_of(c->address, host, sizeof(host));
		return addr_text_equal(str_from(host), str_from(device->address));
	}
	/* an entry that has nothing but an id is told here where it is */
	return str == NULL || (uri_parse(str_from(str), &uri) == 0 &&
			addr_text_equal(uri.host, str_from(device->address)));
}

/* The old address is dead, the new one answers, and nothing ties the credentials to the old.
 * (It is learned when the camera answers there to them.) */
static void follow(struct camera *c)
{
	pw_log_info("%s (%s): moved from %s to %s", c->name, c->key, c->address, c->moved_address);
	snprintf(c->address, sizeof(c->address), "%s", c->moved_address);
	snprintf(c->xaddr, sizeof(c->xaddr), "%s", c->moved_xaddr);
	snprintf(c->xaddr_tls, sizeof(c->xaddr_tls), "%s", c->moved_xaddr_tls);
	c->http_port = 0;
	c->moved_address[0] = '\0';
	c->moved_blocked = false;
	c->queried = false;
	camera_clear_uris(c);
	c->last_seen = clock_monotonic();
	c->look_failures = 0;
	camera_query_clear(c);
	camera_load_credentials(c);
	camera_update_props(c);
	camera_query_start(c);
}

/* Some never answer with the id that they announce: that says nothing. */
static bool is_another(struct camera *c, const struct device_info *info)
{
	return c->id_confirmed && info && info->id[0] && !text_id_equal(info->id, c->id);
}

/* \return true when the camera is not there any more: nobody, or somebody else answers */
static bool is_gone(struct camera *c, int res, const struct device_info *info)
{
	if (is_another(c, info))
		return true;
	switch (res) {
	case -EKEYREJECTED:
		/* an authority's word on a certificate is another matter: it may have expired */
		return camera_web_pin(c) != NULL;
	case -ETIMEDOUT:
	case -ECONNREFUSED:
	case -ECONNRESET:
	case -EHOSTUNREACH:
	case -EHOSTDOWN:
	case -ENETUNREACH:
		return true;
	}
	return false;
}

/* its credentials, to its address */
static bool is_bound(struct camera *c)
{
	return c->user && c->address_bound;
}

/* whether it can be told by its key who is at the new address */
static bool can_prove(struct camera *c)
{
	return c->moved_xaddr_tls[0] || strncmp(c->moved_xaddr, "https:", 6) == 0;
}

/* what was said about a move does not hold any more */
static void forget_move(struct camera *c)
{
	c->moved_address[0] = '\0';
	if (!c->moved_blocked)
		return;
	c->moved_blocked = false;
	c->query_state = SESSION_IDLE;
	c->query_error[0] = '\0';
	camera_update_state(c);
}

/* for pw-onvif, which knows nothing of what only a datagram said */
static const char *moved_handle(struct camera *c, char *dst, size_t size)
{
	struct uri uri;
	uint16_t port = 80;

	if (uri_parse(str_from(c->moved_xaddr), &uri) == 0)
		port = uri_port(&uri);
	if (port == 80)
		return c->moved_address;
	snprintf(dst, size, strchr(c->moved_address, ':') ? "[%s]:%u" : "%s:%u", c->moved_address, port);
	return dst;
}

static void block_move(struct camera *c, enum session_public_state state)
{
	char handle[CAMERA_ADDRESS_LEN + 8];

	c->moved_blocked = true;
	c->query_state = state;
	if (state == SESSION_LOGIN_REQUIRED)
		snprintf(c->query_error, sizeof(c->query_error),
				"The camera moved to %s: if that is right, run `pw-onvif login %s`",
				c->moved_address, moved_handle(c, handle, sizeof(handle)));
	else
		snprintf(c->query_error, sizeof(c->query_error),
				"Somebody at %s claims to be this camera, but does not show its certificate",
				c->moved_address);
	camera_update_state(c);
}

static void deny_move(struct camera *c)
{
	c->moved_denied = clock_monotonic();
	forget_move(c);
}

/* Who answers at the new address, as far as that can be told without logging in. */
static bool is_itself(struct camera *c, int res, const struct device_info *info)
{
	if (is_another(c, info))
		return false;
	/* whatever it says: it says so with the right key */
	if (camera_web_pin(c))
		return info && info->tls_pin[0] && (res == 0 || res == -EACCES || res == -ENOTSUP);
	return res == 0 || res == -EACCES;
}

static void on_new_address_done(void *data, int res, bool refused,
		const struct device_info *info, const char *message)
{
	struct camera *c = data;
	struct device_query *query = c->moved_query;

	c->moved_query = NULL;
	if (is_itself(c, res, info)) {
		follow(c);
	} else {
		pw_log(c->moved_denied ? SPA_LOG_LEVEL_DEBUG : SPA_LOG_LEVEL_INFO,
				"%s: somebody at %s claims to be it, but is not: %s", c->key,
				c->moved_address, message ? message : spa_strerror(res));
		deny_move(c);
	}
	device_query_destroy(query);
}

/* The old address is dead. A datagram can come from any address, though: only one that answers
 * is worth leaving the old for, and, where the camera is known by its key, shows that. */
static void check_move(struct camera *c)
{
	bool keyed = camera_web_pin(c) || facts_get(c->env->facts, c->key, "tls-pin-rtsp");

	if (is_bound(c))
		block_move(c, SESSION_LOGIN_REQUIRED);
	else if (keyed && (camera_web_pin(c) == NULL || !can_prove(c)))
		block_move(c, c->user ? SESSION_LOGIN_REQUIRED : SESSION_REJECTED);
	else if (camera_query_new_address(c, on_new_address_done) < 0)
		deny_move(c);
}

static void on_old_address_done(void *data, int res, bool refused,
		const struct device_info *info, const char *message)
{
	struct camera *c = data;
	struct device_query *query = c->moved_query;

	c->moved_query = NULL;
	if (!is_gone(c, res, info)) {
		/* said once: a camera with two addresses is one of them every minute */
		pw_log(c->moved_denied ? SPA_LOG_LEVEL_DEBUG : SPA_LOG_LEVEL_INFO,
				"%s: somebody at %s claims to be it, but it still answers at %s",
				c->key, c->moved_address, c->address);
		c->last_seen = clock_monotonic();
		deny_move(c);
	} else {
		check_move(c);
	}
	device_query_destroy(query);
}

bool camera_moved_login(struct camera *c)
{
	struct credential cred;
	char host[CAMERA_ADDRESS_LEN];

	camera_host_of(c->moved_address, host, sizeof(host));
	if (credentials_find(c->env->credentials, c->id[0] ? c->id : NULL, host, &cred) == 0 &&
	    cred.address != NULL) {
		follow(c);
		return true;
	}
	/* they are not tied to the old address any more: is it still dead? */
	return !is_bound(c) && c->moved_query == NULL &&
		camera_query_old_address(c, on_old_address_done) == 0;
}

static void seen_elsewhere(struct camera *c, const struct discovery_device *device)
{
	uint64_t now = clock_monotonic(), pause = c->moved_blocked ? BLOCKED_NS : CLAIM_NS;

	if (c->moved_query)
		return;
	/* two address families, two networks: the usual and innocent case */
	if (is_pinned_by_entry(c) || c->state == SESSION_STREAMING || c->state == SESSION_CONNECTING ||
	    (c->moved_checked && now - c->moved_checked < pause) ||
	    (c->queried && c->state != SESSION_OFFLINE && now - c->last_seen < FRESH_NS))
		return;
	c->moved_checked = now;
	snprintf(c->moved_address, sizeof(c->moved_address), "%s", device->address);
	snprintf(c->moved_xaddr, sizeof(c->moved_xaddr), "%s", device->xaddr);
	snprintf(c->moved_xaddr_tls, sizeof(c->moved_xaddr_tls), "%s", device->xaddr_tls);
	if (camera_query_old_address(c, on_old_address_done) < 0)
		c->moved_address[0] = '\0';
}

/* A new MetadataVersion: it is asked again, but not as often as somebody forges one. */
static bool is_changed(struct camera *c, const struct discovery_device *device)
{
	uint64_t now = clock_monotonic();

	if (c->metadata_version == 0 || device->metadata_version == c->metadata_version ||
	    (c->last_changed && now - c->last_changed < CHANGED_NS))
		return false;
	c->last_changed = now;
	c->metadata_version = device->metadata_version;
	return true;
}

bool camera_was_announced_as(struct camera *c, const char *id)
{
	return c->id[0] == '\0' && c->announced[0] && text_id_equal(c->announced, id);
}

void camera_seen(struct camera *c, const struct discovery_device *device)
{
	bool changed, login;

	if (!same_address(c, device)) {
		seen_elsewhere(c, device);
		return;
	}
	changed = is_changed(c, device);
	camera_is_there(c);
	c->events->changed(c->data, c);
	/* it is back where it was */
	if (c->moved_blocked)
		forget_move(c);
	/* (its id is what it says itself, when it is asked) */
	snprintf(c->announced, sizeof(c->announced), "%s", device->id);
	camera_take_device(c, device);
	if (!is_pinned_by_entry(c))
		snprintf(c->address, sizeof(c->address), "%s", device->address);
	login = camera_load_credentials(c);
	camera_update_props(c);
	if (login) {
		camera_use_credentials(c);
		return;
	}
	if (c->query || c->state == SESSION_LOGIN_REQUIRED || c->state == SESSION_STREAMING)
		return;
	if ((changed && camera_prop(c, "rtsp.uri") == NULL) || !camera_has_uri(c))
		camera_query_start(c);
	else if (c->state == SESSION_OFFLINE)
		camera_kick(c);
}

void camera_kick(struct camera *c)
{
	uint64_t now = clock_monotonic();

	/* a Hello can be forged: not faster than a camera could want it */
	if (c->last_kick && now - c->last_kick < KICK_NS)
		return;
	c->last_kick = now;
	c->look_failures = 0;
	if (c->session)
		media_session_kick(c->session);
	if (c->backchannel != SESSION_BACKCHANNEL_YES && c->state != SESSION_LOGIN_REQUIRED)
		camera_look(c);
}
