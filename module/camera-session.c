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

bool camera_has_uri(struct camera *c)
{
	return c->uri[0] || camera_prop(c, "rtsp.uri");
}

static const char *text_or_null(const char *s)
{
	return s[0] ? s : NULL;
}

static void fill_params(struct camera *c, struct session_params *p)
{
	struct facts *f = c->env->facts;
	struct camera_options o;

	camera_options_parse(&c->props->dict, &o);
	*p = (struct session_params) {
		/* a resolved URI already has the address that answered */
		.uri = o.uri ? o.uri : text_or_null(c->uri),
		/* who names a stream means that one */
		.uri_tls = o.uri ? NULL : text_or_null(c->uri_tls),
		.uri_http = o.uri ? NULL : text_or_null(c->uri_http),
		.http_port = c->https ? 0 : c->http_port,
		.https_port = c->https ? c->http_port : 0,
		.can_resolve = o.uri == NULL,
		.transport = (enum session_transport)o.transport,
		.learned = session_transport_find(facts_get(f, c->key, "transport")),
		.tls = camera_tls_security(o.tls_verify),
		.tls_pin = c->tls_pin ? c->tls_pin : facts_get(f, c->key, "tls-pin-rtsp"),
		.forward_tracks = o.forward_tracks,
		.allow_basic = o.basic,
		.codec = o.codec,
		.ptime_ms = o.ptime_ms,
		.preroll_ms = o.preroll_ms,
		.hold_ms = o.hold_ms,
		.linger_ms = o.linger_ms,
		.silence_ms = o.silence_ms,
		.reconnect_min_ms = o.reconnect_min_ms,
		.reconnect_max_ms = o.reconnect_max_ms,
	};
	/* what was refused is not offered again: cameras lock the account */
	if (c->user && !c->refused && !camera_lacks_password(c)) {
		p->user = c->user;
		p->password = &c->password;
		p->login = c->login;
		/* (over HTTPS, by its key, it was found out that it is the camera) */
		p->login_by_tls = c->tls_pin && !(c->queried && c->https);
	}
}

static void take_facts(struct camera *c, const struct session_status *st)
{
	struct facts *f = c->env->facts;

	if (st->backchannel != SESSION_BACKCHANNEL_UNKNOWN) {
		c->backchannel = st->backchannel;
		facts_set(f, c->key, "backchannel",
				st->backchannel == SESSION_BACKCHANNEL_YES ? "true" : "false");
	}
	if (st->transport[0])
		facts_set(f, c->key, "transport", st->transport);
	if (st->tls_pin[0] && facts_get(f, c->key, "tls-pin-rtsp") == NULL) {
		facts_set(f, c->key, "tls-pin-rtsp", st->tls_pin);
		camera_update_session(c);
	}
	/* it works, even where it could not be asked: that would be shown for ever after */
	if (st->public_state == SESSION_STREAMING && c->query_state == SESSION_OFFLINE) {
		c->query_state = SESSION_IDLE;
		c->query_error[0] = '\0';
	}
	if (st->state >= FSM_OPTIONS && st->state <= FSM_TEARDOWN)
		camera_is_there(c);
	/* (not those before, of which the session tells late) */
	if (st->credentials_refused && st->login == c->login && c->user && !c->refused) {
		c->refused = true;
		facts_set_refused(f, c->key, c->user, &c->password);
		/* without them from now on: a Hello must not make it try them again */
		camera_update_session(c);
	}
}

static void on_status(void *data, const struct session_status *status)
{
	struct camera *c = data;
	const char *server = pw_properties_get(c->facts, "rtsp.server");

	c->status = *status;
	take_facts(c, status);
	if (status->server[0] && !spa_streq(server, status->server)) {
		pw_properties_set(c->facts, "rtsp.server", status->server);
		camera_update_props(c);
	}
	camera_update_state(c);
	camera_update_node(c);
	camera_update_sink(c);
	/* what the last one had to wait is nothing to the next */
	if (status->state == FSM_IDLE)
		camera_tell_latency(c, 0);
	camera_look_later(c);
}

static void on_resolve(void *data)
{
	struct camera *c = data;

	c->resolving = true;
	camera_query_start(c);
}

static void on_counters(void *data, const struct session_counters *counters)
{
	struct camera *c = data;

	if (c->status.state == FSM_STREAMING)
		camera_tell_latency(c, counters->delay_ms);
}

static const struct media_session_events session_events = {
	MEDIA_VERSION_SESSION_EVENTS,
	.status = on_status,
	.resolve = on_resolve,
	.counters = on_counters,
};

int camera_ensure_session(struct camera *c)
{
	struct session_params params;
	int res;

	if (c->session)
		return 0;
	fill_params(c, &params);
	spa_zero(c->status);
	res = media_session_new(c->env->media, c->key, &params, &session_events, c, &c->session);
	if (res < 0)
		pw_log_warn("%s: can't make a session: %s", c->key, spa_strerror(res));
	return res;
}

void camera_update_session(struct camera *c)
{
	struct session_params params;

	if (c->session == NULL)
		return;
	fill_params(c, &params);
	if (media_session_update(c->session, &params) < 0)
		pw_log_warn("%s: out of memory, the session keeps its old settings", c->key);
}

void camera_end_session(struct camera *c)
{
	media_session_destroy(c->session);
	c->session = NULL;
	c->resolving = false;
	spa_zero(c->status);
}
