/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/session/session-impl.h"
#include "module/util/text.h"

/* told "in use": do not hammer (rule 16) */
#define BUSY_FLOOR_MS		5000u
/* Dahua answers 401 when it is out of connections, too */
#define DOUBT_FLOOR_MS		60000u

/* connection */

static void on_connected(void *data, const char *address)
{
	struct session *s = data;

	s->connected = true;
	session_set_text(s->status.address, sizeof(s->status.address), str_from(address));
	session_event(s, FSM_EV_CONNECTED);
}

static void on_frame(void *data, uint8_t channel, struct str payload)
{
	struct session *s = data;

	session_alive_heard(s);
	if (s->id[0] != '\0' && channel == s->media.channel[1])
		session_audio_rtcp(s, payload);
}

static void on_request(void *data, const struct rtsp_message *request)
{
	struct session *s = data;
	char method[32];

	session_alive_heard(s);
	text_sanitize(request->method, method, sizeof(method));
	session_log(s, SPA_LOG_LEVEL_DEBUG, "the camera asks %s", method);
	if (s->id[0] != '\0' && str_eq(request->method, STR_LIT("TEARDOWN"))) {
		s->id[0] = '\0';
		session_set_error(s, "The camera ended the session: it is opened again");
		session_event(s, FSM_EV_CLOSED);
	}
}

/* TLS: who is there? \return SESSION_NO_EVENT: that was not the matter */
static enum fsm_event key_event(struct session *s, int res, const char *message)
{
	if (res == -ENOKEY && s->status.tls_pin[0] == '\0' && message &&
	    strlen(message) < sizeof(s->status.tls_pin)) {
		/* the first time: what is trusted from now on; nothing was sent yet */
		session_set_text(s->status.tls_pin, sizeof(s->status.tls_pin), str_from(message));
		session_log(s, SPA_LOG_LEVEL_INFO, "trusting the key %s", s->status.tls_pin);
		return FSM_EV_AGAIN;
	}
	if (res == -EKEYREJECTED) {
		session_error_key(s, message);
		return FSM_EV_REJECTED;
	}
	return SESSION_NO_EVENT;
}

/* What the end of the connection means for what was under way. */
static enum fsm_event closed_event(struct session *s, int res, const char *message)
{
	enum fsm_event event = SESSION_NO_EVENT;

	if (s->state == FSM_CONNECT)
		event = key_event(s, res, message);
	if (event != SESSION_NO_EVENT)
		return event;
	if (s->state != FSM_TEARDOWN)
		session_error_closed(s, res, message);
	switch (s->state) {
	case FSM_CONNECT:
		/* a host that is away is away on all ports */
		if (res != -EHOSTUNREACH && res != -ENETUNREACH && res != -ENXIO &&
		    session_try_other(s, SESSION_NO_CONNECTION))
			return FSM_EV_AGAIN;
		break;
	case FSM_OPTIONS:
		/* a server that hangs up on OPTIONS is not asked again */
		s->options_known = true;
		return FSM_EV_AGAIN;
	case FSM_DESCRIBE:
		if (session_describe_hung(s) || session_try_other(s, SESSION_NO_CONNECTION))
			return FSM_EV_AGAIN;
		break;
	case FSM_PREROLL:
	case FSM_STREAMING:
		if (session_tunnel_broke(s))
			return FSM_EV_AGAIN;
		break;
	default:
		break;
	}
	return FSM_EV_CLOSED;
}

static void on_closed(void *data, int res, const char *message)
{
	struct session *s = data;

	session_alive_closed(s);
	s->connected = false;
	session_event(s, closed_event(s, res, message));
}

const struct rtsp_client_events session_client_events = {
	.version = RTSP_VERSION_CLIENT_EVENTS,
	.connected = on_connected,
	.frame = on_frame,
	.request = on_request,
	.closed = on_closed,
};

/* requests and what their replies mean */

void session_send_request(struct session *s, const struct rtsp_request *request, rtsp_reply_t reply)
{
	int res = s->client ? rtsp_client_send(s->client, request, reply, s) : -ENOTCONN;

	if (res == 0)
		return;
	session_error_closed(s, res, NULL);
	session_event(s, FSM_EV_CLOSED);
}

static enum fsm_event auth_event(struct session *s, int res)
{
	if (res == -EACCES && s->login_worked && !s->login_doubted) {
		/* once, late: the password may as well have been changed */
		s->login_doubted = true;
		s->backoff_floor_ms = DOUBT_FLOOR_MS;
		session_set_error(s, "The camera refused a login that worked before: it may be out "
				"of connections, it is tried once more in a minute");
		return FSM_EV_BUSY;
	}
	s->status.credentials_refused |= res == -EACCES;
	s->status.auth_unsupported |= res == -ENOTSUP;
	session_error_auth(s, res);
	return FSM_EV_AUTH_FAILED;
}

static enum fsm_event status_event(int status)
{
	switch (status) {
	case 200 ... 299:
		return FSM_EV_OK;
	case 404:
	case 410:
	case 454:
		return FSM_EV_NOT_FOUND;
	case 551:
		return FSM_EV_NO_BACKCHANNEL;
	case 453:
	case 500:
	case 502 ... 504:
		return FSM_EV_BUSY;
	default:
		return FSM_EV_REJECTED;
	}
}

/* sound went to this camera, now or before our restart, the way that we go now */
static bool has_worked(const struct session *s)
{
	return s->route.transport == s->learned.transport || s->route.transport == s->settings.p.learned;
}

enum fsm_event session_reply_event(struct session *s, int res, const struct rtsp_message *reply)
{
	const struct str *server;
	enum fsm_event event;

	if (res == -ECANCELED)
		return SESSION_NO_EVENT;
	session_alive_heard(s);
	if (reply && (server = rtsp_message_header(reply, "Server", 0)) != NULL)
		session_set_text(s->status.server, sizeof(s->status.server), *server);

	if (res == -EACCES || res == -ENOKEY || (res == -ENOTSUP && reply && reply->status == 401))
		return auth_event(s, res);
	if (res < 0 || reply == NULL) {
		session_error_closed(s, res, NULL);
		return FSM_EV_CLOSED;
	}
	event = status_event(reply->status);
	/* (many describe themselves to everybody: that says nothing of a password) */
	if (event == FSM_EV_OK && rtsp_client_reply_authorized(s->client)) {
		s->login_worked = true;
		s->login_doubted = false;
		s->status.credentials_refused = false;
	}
	/* Dahua refuses a second speaker with anything; what worked before will again */
	if (event == FSM_EV_REJECTED && has_worked(s) && reply->status != 403 &&
	    (s->state == FSM_SETUP || s->state == FSM_PLAY))
		event = FSM_EV_BUSY;
	if (event == FSM_EV_BUSY)
		s->backoff_floor_ms = BUSY_FLOOR_MS;
	if (event != FSM_EV_OK && s->state != FSM_OPTIONS)
		session_error_reply(s, reply);
	return event;
}

static void on_options(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;
	enum fsm_event event = session_reply_event(s, res, reply);

	if (event == SESSION_NO_EVENT)
		return;
	s->has_get_parameter = event == FSM_EV_OK && rtsp_public_has(reply, "GET_PARAMETER");
	s->no_record = event == FSM_EV_OK && rtsp_public_has(reply, "PLAY") &&
		!rtsp_public_has(reply, "RECORD");
	if (s->state == FSM_OPTIONS)
		session_event(s, event);
}

void session_options(struct session *s)
{
	session_send_request(s, &(struct rtsp_request) { .method = "OPTIONS", .uri = s->route.uri }, on_options);
}

void session_take_timeout(struct session *s, const struct rtsp_message *reply)
{
	const struct str *value = rtsp_message_header(reply, "Session", 0);
	struct rtsp_session session;

	/* without a parameter it says nothing new, and not 60 s */
	if (value && str_find(*value, ';') >= 0 && rtsp_session_parse(*value, &session) == 0)
		s->alive.timeout_s = session.timeout;
}

static const char *aggregate(const struct session *s)
{
	return s->learned.track_uri && s->media.n_forward == 0 ?
		s->media.control.uri[s->learned.control] : s->media.base;
}

/* \return true when another one follows */
static bool play_otherwise(struct session *s, int status)
{
	switch (status) {
	case 400:
	case 405:
	case 455:
	case 501:
		/* thingino's own server takes sound only after RECORD (thingino#1365) */
		if (s->learned.record || s->no_record)
			return false;
		s->learned.record = true;
		break;
	case 404:
	case 459:
	case 460:
		if (s->learned.track_uri)
			return false;
		s->learned.track_uri = true;
		break;
	default:
		return false;
	}
	session_play(s);
	session_arm_state_timer(s);
	return true;
}

/* \return what PLAY, or what took its place, came to */
static enum fsm_event play_event(struct session *s, int res, const struct rtsp_message *reply)
{
	/* what PLAY led to says more than what RECORD does */
	bool second = s->learned.record || s->learned.track_uri;
	char error[LIMIT_ERROR_LEN];
	enum fsm_event event;

	memcpy(error, s->status.error, sizeof(error));
	event = session_reply_event(s, res, reply);
	if (event == FSM_EV_OK) {
		session_take_timeout(s, reply);
		session_set_text(s->status.transport, sizeof(s->status.transport),
				str_from(session_transport_name(s->route.transport)));
	} else if (second && res == 0 && error[0]) {
		memcpy(s->status.error, error, sizeof(error));
		s->learned.record = s->learned.track_uri = false;
	}
	return event;
}

static void on_play(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;
	enum fsm_event event;

	if (s->state != FSM_PLAY)
		return;
	if (res == 0 && reply->status / 100 != 2) {
		if (!s->learned.record && !s->learned.track_uri)
			session_error_reply(s, reply);
		if (play_otherwise(s, reply->status))
			return;
	}
	if ((event = play_event(s, res, reply)) != SESSION_NO_EVENT)
		session_event(s, event);
}

void session_play(struct session *s)
{
	session_send_request(s, &(struct rtsp_request) {
			.method = s->learned.record ? "RECORD" : "PLAY", .uri = aggregate(s),
			.session = s->id, .require_backchannel = !s->learned.no_require,
			.range = "npt=0.000-" }, on_play);
}

static void on_teardown(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;

	if (res != -ECANCELED && s->state == FSM_TEARDOWN)
		session_event(s, FSM_EV_OK);
}

void session_teardown(struct session *s)
{
	/* PLAY's reply, should it still come, is not TEARDOWN's */
	rtsp_client_forget(s->client, s);
	/* requests go before sound that waits: it would arrive when nobody expects any more */
	rtsp_client_drop_frames(s->client);
	session_send_request(s, &(struct rtsp_request) {
			.method = "TEARDOWN", .uri = aggregate(s),
			.session = s->id, .require_backchannel = !s->learned.no_require }, on_teardown);
}
