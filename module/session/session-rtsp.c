/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/result.h>

#include "module/rtsp/sdp.h"
#include "module/session/session-impl.h"
#include "module/util/text.h"
#include "module/util/uri.h"

/* some cameras answer 401 to a request without User-Agent (go2rtc#235) */
#define USER_AGENT		"pipewire-onvif"
#define CONNECT_TIMEOUT_MS	5000u
#define DEFAULT_TIMEOUT_S	60u
/* told "in use": do not hammer (rule 16) */
#define BUSY_FLOOR_MS		5000u
/* Dahua answers 401 when it is out of connections, too */
#define DOUBT_FLOOR_MS		60000u
#define NO_EVENT		FSM_N_EVENTS

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

static void on_closed(void *data, int res, const char *message)
{
	struct session *s = data;

	session_alive_closed(s);
	s->connected = false;
	if (s->state != FSM_TEARDOWN)
		session_error_closed(s, res, message);
	/* a server that hangs up on OPTIONS shall not be asked again */
	if (s->state == FSM_OPTIONS)
		s->options_known = true;
	session_event(s, FSM_EV_CLOSED);
}

static const struct rtsp_client_events client_events = {
	.version = RTSP_VERSION_CLIENT_EVENTS,
	.connected = on_connected,
	.frame = on_frame,
	.request = on_request,
	.closed = on_closed,
};

void session_rtsp_connect(struct session *s)
{
	const struct session_settings *set = &s->settings;
	struct rtsp_client_params params = {
		.net = s->env.net,
		.user_agent = USER_AGENT,
		.user = set->user,
		.password = &set->password,
		.allow_basic = set->p.allow_basic,
	};
	struct uri u;
	struct str host;
	int res;

	s->host[0] = '\0';
	if (uri_parse(str_from(s->uri), &u) < 0 || !str_ieq(u.scheme, STR_LIT("rtsp"))) {
		session_set_error(s, "Only rtsp:// URIs work yet: set rtsp.uri to one");
		session_event(s, FSM_EV_REJECTED);
		return;
	}
	host = set->address && set->address[0] ? str_from(set->address) : u.host;
	if ((res = str_copy(host, s->host, sizeof(s->host))) < 0)
		goto error;
	params.target = (struct net_target) {
		.host = s->host,
		.port = uri_port(&u),
		.security = NET_PLAIN,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
	};
	res = rtsp_client_new(s->env.loop, &params, &client_events, s, &s->client);
	if (res == 0)
		return;
error:
	s->client = NULL;
	session_set_error(s, "Cannot reach %s: %s", s->host, spa_strerror(res));
	session_event(s, FSM_EV_CLOSED);
}

void session_rtsp_close(struct session *s)
{
	struct rtsp_client_stats stats;

	if (s->client) {
		rtsp_client_get_stats(s->client, &stats);
		s->counters.dropped_packets += stats.frames_dropped;
		rtsp_client_destroy(s->client);
	}
	s->client = NULL;
	s->connected = false;
	explicit_bzero(s->id, sizeof(s->id));
}

/* requests and what their replies mean */

static void send_request(struct session *s, const struct rtsp_request *request, rtsp_reply_t reply)
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

/* \return NO_EVENT: the connection is gone, closed() tells */
static enum fsm_event reply_event(struct session *s, int res, const struct rtsp_message *reply)
{
	const struct str *server;
	enum fsm_event event;

	if (res == -ECANCELED)
		return NO_EVENT;
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
	if (event == FSM_EV_BUSY)
		s->backoff_floor_ms = BUSY_FLOOR_MS;
	if (event != FSM_EV_OK && s->state != FSM_OPTIONS)
		session_error_reply(s, reply);
	return event;
}

static void on_options(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;
	enum fsm_event event = reply_event(s, res, reply);

	if (event == NO_EVENT)
		return;
	s->has_get_parameter = event == FSM_EV_OK && rtsp_public_has(reply, "GET_PARAMETER");
	if (s->state == FSM_OPTIONS)
		session_event(s, event);
}

void session_rtsp_options(struct session *s)
{
	send_request(s, &(struct rtsp_request) { .method = "OPTIONS", .uri = s->uri }, on_options);
}

/* Where the session's own control is absolute, it is the base of all (RFC 2326 C.1.1);
 * a relative one, or "*", only names the aggregate. */
static int take_controls(struct session *s, const struct rtsp_message *reply,
		const struct sdp *sdp, const struct sdp_backchannel *bc)
{
	struct session_media *m = &s->media;
	char base[LIMIT_URI_LEN + 1];
	bool absolute = str_has_iprefix(sdp->control, STR_LIT("rtsp://"));
	int res;

	if ((res = sdp_base_uri(s->uri, rtsp_message_header(reply, "Content-Base", 0),
			rtsp_message_header(reply, "Content-Location", 0),
			base, sizeof(base))) < 0 ||
	    (res = sdp_control_uri(base, sdp->control, false, m->base, sizeof(m->base))) < 0 ||
	    (res = sdp_control_uri(absolute ? m->base : base, bc->control, false,
			m->control, sizeof(m->control))) < 0)
		return res;
	res = sdp_control_uri(absolute ? m->base : base, bc->control, true,
			m->control_resolved, sizeof(m->control_resolved));
	if (res < 0 || strcmp(m->control, m->control_resolved) == 0)
		m->control_resolved[0] = '\0';
	return 0;
}

static enum fsm_event no_backchannel(struct session *s, int res, const char *offers)
{
	const char *codec = s->settings.codec;

	s->status.backchannel = SESSION_BACKCHANNEL_NO;
	if (res == -ENOTSUP && codec && codec[0] && strcmp(codec, "auto") != 0)
		session_set_error(s, "The camera's speaker does not take rtp.codec = %s, only %s: "
				"set it to auto", codec, offers);
	else if (res == -ENOTSUP)
		session_set_error(s, "The camera's speaker takes no codec that we have (PCMU, PCMA), "
				"only %s: choose G.711 for audio output in its settings", offers);
	else
		session_set_error(s, "This camera offers no backchannel: it has no speaker, or "
				"its audio output is off in its settings");
	return FSM_EV_NO_BACKCHANNEL;
}

static enum fsm_event take_description(struct session *s, const struct rtsp_message *reply)
{
	struct session_media *m = &s->media;
	struct sdp_backchannel bc;
	struct sdp sdp;
	char offers[LIMIT_TEXT_LEN] = "", codec[sizeof(s->status.codec)];
	enum fsm_event event = FSM_EV_REJECTED;
	int res;

	if ((res = sdp_parse(reply->body, &sdp)) < 0) {
		session_set_error(s, "The camera's description of its stream cannot be read (%s)",
				spa_strerror(res));
		return event;
	}
	res = sdp_choose_backchannel(&sdp, s->settings.codec, &bc, offers, sizeof(offers));
	if (res == 0)
		res = session_audio_find_codec(s, bc.encoding, bc.clock_rate, &m->codec, &m->info);
	if (res < 0) {
		event = no_backchannel(s, res, offers);
	} else if (take_controls(s, reply, &sdp, &bc) < 0) {
		session_set_error(s, "The camera's description names no usable control URI");
	} else {
		m->pt = bc.pt;
		s->status.backchannel = SESSION_BACKCHANNEL_YES;
		snprintf(codec, sizeof(codec), "%.*s/%u", STR_ARG(bc.encoding), bc.clock_rate);
		session_set_text(s->status.codec, sizeof(s->status.codec), str_from(codec));
		event = FSM_EV_OK;
	}
	sdp_clear(&sdp);
	return event;
}

static void on_describe(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;
	enum fsm_event event = reply_event(s, res, reply);

	if (event == NO_EVENT || s->state != FSM_DESCRIBE)
		return;
	if (event == FSM_EV_OK) {
		s->login_worked = s->settings.user != NULL;
		s->login_doubted = false;
		s->status.credentials_refused = s->status.auth_unsupported = false;
		event = take_description(s, reply);
	} else if (event == FSM_EV_NO_BACKCHANNEL) {
		s->status.backchannel = SESSION_BACKCHANNEL_NO;
	}
	s->setup_resolved = false;
	session_event(s, event);
}

void session_rtsp_describe(struct session *s)
{
	/* one chance for OPTIONS: unanswered, it would cost 5 s each time */
	s->options_known = true;
	rtsp_client_forget(s->client, s);
	send_request(s, &(struct rtsp_request) {
			.method = "DESCRIBE", .uri = s->uri,
			.require_backchannel = true,
			.accept = "application/sdp" }, on_describe);
}

void session_take_timeout(struct session *s, const struct rtsp_message *reply)
{
	const struct str *value = rtsp_message_header(reply, "Session", 0);
	struct rtsp_session session;

	/* without a parameter it says nothing new, and not 60 s */
	if (value && str_find(*value, ';') >= 0 && rtsp_session_parse(*value, &session) == 0)
		s->alive.timeout_s = session.timeout;
}

static enum fsm_event take_setup(struct session *s, const struct rtsp_message *reply)
{
	struct session_media *m = &s->media;
	const struct str *value = rtsp_message_header(reply, "Session", 0);
	struct rtsp_session session;
	struct rtsp_transport t;

	if (value == NULL || rtsp_session_parse(*value, &session) < 0 ||
	    str_copy(session.id, s->id, sizeof(s->id)) < 0 || s->id[0] == '\0') {
		session_set_error(s, "The camera answered SETUP without a session");
		s->id[0] = '\0';
		return FSM_EV_REJECTED;
	}
	s->alive.timeout_s = session.timeout;
	m->channel[0] = 0;
	m->channel[1] = 1;
	m->ssrc = 0;

	/* no Transport: it agreed to what was asked for */
	value = rtsp_message_header(reply, "Transport", 0);
	if (value == NULL)
		return FSM_EV_OK;
	if (rtsp_transport_parse(*value, &t) < 0 || !t.is_tcp) {
		session_set_error(s, "The camera wants RTP over UDP, which is not supported yet: "
				"enable RTP over TCP in its settings");
		return FSM_EV_REJECTED;
	}
	if (t.has_channel)
		memcpy(m->channel, t.channel, sizeof(m->channel));
	if (t.has_ssrc)
		m->ssrc = t.ssrc;
	return FSM_EV_OK;
}

/* 400, 404, 451, 455, 503: what servers say to a control URI that they build otherwise
 * (Dahua, VStarcam want it appended, query and all; RFC 3986 servers do not) */
static bool is_uri_complaint(int status)
{
	return status == 400 || status == 404 || status == 451 || status == 455 || status == 503;
}

static void on_setup(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;
	enum fsm_event event;

	if (s->state != FSM_SETUP)
		return;
	if (res == 0 && is_uri_complaint(reply->status) && !s->setup_resolved &&
	    s->media.control_resolved[0] != '\0') {
		s->setup_resolved = true;
		session_rtsp_setup(s);
		session_arm_state_timer(s);
		return;
	}
	event = reply_event(s, res, reply);
	if (event == NO_EVENT)
		return;
	if (event == FSM_EV_OK)
		event = take_setup(s, reply);
	if (event == FSM_EV_OK)
		session_set_text(s->status.transport, sizeof(s->status.transport), STR_LIT("tcp"));
	session_event(s, event);
}

void session_rtsp_setup(struct session *s)
{
	send_request(s, &(struct rtsp_request) {
			.method = "SETUP",
			.uri = s->setup_resolved ? s->media.control_resolved : s->media.control,
			.require_backchannel = true,
			.transport = "RTP/AVP/TCP;unicast;interleaved=0-1" }, on_setup);
}

static void on_play(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;
	enum fsm_event event = reply_event(s, res, reply);

	if (event == NO_EVENT || s->state != FSM_PLAY)
		return;
	if (event == FSM_EV_OK)
		session_take_timeout(s, reply);
	session_event(s, event);
}

void session_rtsp_play(struct session *s)
{
	send_request(s, &(struct rtsp_request) {
			.method = "PLAY", .uri = s->media.base,
			.session = s->id, .require_backchannel = true,
			.range = "npt=0.000-" }, on_play);
}

static void on_teardown(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;

	if (res != -ECANCELED && s->state == FSM_TEARDOWN)
		session_event(s, FSM_EV_OK);
}

void session_rtsp_teardown(struct session *s)
{
	/* PLAY's reply, should it still come, is not TEARDOWN's */
	rtsp_client_forget(s->client, s);
	send_request(s, &(struct rtsp_request) {
			.method = "TEARDOWN", .uri = s->media.base,
			.session = s->id, .require_backchannel = true }, on_teardown);
}
