/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/session/session-impl.h"

static void send_setup(struct session *s);

static const struct session_controls *track_controls(const struct session *s)
{
	return s->setup.track < s->media.n_forward ? &s->media.forward[s->setup.track] :
		&s->media.control;
}

static bool is_backchannel(const struct session *s)
{
	return s->setup.track >= s->media.n_forward;
}

static int take_session(struct session *s, const struct rtsp_message *reply)
{
	const struct str *value = rtsp_message_header(reply, "Session", 0);
	struct rtsp_session session;

	if (value == NULL || rtsp_session_parse(*value, &session) < 0 ||
	    str_copy(session.id, s->id, sizeof(s->id)) < 0)
		return -EBADMSG;
	s->alive.timeout_s = session.timeout;
	return 0;
}

static enum fsm_event other_transport(struct session *s, const char *wants)
{
	session_set_error(s, "The camera answers with RTP over %s, which was not asked for: set "
			"rtsp.transport to it", wants);
	return session_try_other(s, SESSION_NO_TRANSPORT) ? FSM_EV_AGAIN : FSM_EV_REJECTED;
}

/* RFC 2326 12.39. Where it sends from (source=) is no place to send to: only the address
 * that answered is. */
static enum fsm_event take_transport(struct session *s, const struct rtsp_message *reply)
{
	const struct str *value = rtsp_message_header(reply, "Transport", 0);
	struct session_media *m = &s->media;
	struct rtsp_transport t = { 0 };

	m->channel[0] = 0;
	m->channel[1] = 1;
	m->ssrc = 0;
	/* none, or one that cannot be read: it agreed to what was asked for */
	if (value == NULL || rtsp_transport_parse(*value, &t) < 0)
		t.is_tcp = s->udp == NULL;
	if (t.is_tcp != (s->udp == NULL))
		return other_transport(s, t.is_tcp ? "TCP" : "UDP");
	if (t.has_ssrc)
		m->ssrc = t.ssrc;
	if (t.has_channel)
		memcpy(m->channel, t.channel, sizeof(m->channel));
	if (s->udp == NULL)
		return FSM_EV_OK;
	/* smolrtsp names no port: what it sends, if it does, tells */
	if (!t.has_server_port && !(s->route.tried & SESSION_TRANSPORT_BIT(SESSION_TRANSPORT_TCP)) &&
	    session_try_other(s, SESSION_NO_TRANSPORT))
		return FSM_EV_AGAIN;
	session_udp_bind(s, t.has_server_port ? t.server_port[0] : 0,
			t.has_server_port ? t.server_port[1] : 0);
	return FSM_EV_OK;
}

/* 400, 404, 451, 454, 455, 503: what servers say to a control URI that they build otherwise
 * (Dahua, VStarcam want it appended, query and all; RFC 3986 servers do not) */
static bool is_uri_complaint(int status)
{
	return status == 400 || status == 404 || status == 451 || status == 454 ||
		status == 455 || status == 503;
}

/* \return true when another SETUP follows on this connection */
static bool setup_otherwise(struct session *s, const struct rtsp_message *reply)
{
	if (reply->status / 100 == 2)
		return false;
	if (is_uri_complaint(reply->status) && s->setup.control + 1 < track_controls(s)->n) {
		s->setup.control++;
	} else if (!is_backchannel(s)) {
		/* what is not for us may be missing */
		session_log(s, SPA_LOG_LEVEL_DEBUG, "SETUP of one of the camera's own tracks: %d",
				reply->status);
		s->setup.track++;
		s->setup.control = 0;
	} else if (reply->status == 461) {
		session_error_reply(s, reply);
		if (!session_try_other(s, SESSION_NO_TRANSPORT))
			return false;
		/* to another connection? */
		if (s->route.transport != SESSION_TRANSPORT_TCP &&
		    s->route.transport != SESSION_TRANSPORT_UDP) {
			session_event(s, FSM_EV_AGAIN);
			return true;
		}
		session_udp_close(s);
	} else {
		return false;
	}
	send_setup(s);
	session_arm_state_timer(s);
	return true;
}

static enum fsm_event take_setup(struct session *s, const struct rtsp_message *reply)
{
	if (take_session(s, reply) < 0) {
		session_set_error(s, "The camera answered SETUP without a session");
		s->id[0] = '\0';
		return FSM_EV_REJECTED;
	}
	if (!is_backchannel(s)) {
		s->setup.track++;
		s->setup.control = 0;
		send_setup(s);
		session_arm_state_timer(s);
		return SESSION_NO_EVENT;
	}
	s->learned.control = s->setup.control;
	return take_transport(s, reply);
}

static void on_setup(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;
	enum fsm_event event;

	if (s->state != FSM_SETUP)
		return;
	if (res == 0 && setup_otherwise(s, reply))
		return;
	event = session_reply_event(s, res, reply);
	if (event == FSM_EV_OK)
		event = take_setup(s, reply);
	if (event != SESSION_NO_EVENT)
		session_event(s, event);
}

/* \return 0 or -errno */
static int offer_transport(struct session *s, char *dst, size_t size)
{
	uint16_t port;
	int res;

	if (s->route.transport != SESSION_TRANSPORT_UDP) {
		/* the backchannel is on 0-1 */
		uint32_t channel = is_backchannel(s) ? 0 : 2 + 2 * s->setup.track;

		snprintf(dst, size, "RTP/AVP/TCP;unicast;interleaved=%u-%u", channel, channel + 1);
		return 0;
	}
	if ((res = session_udp_open(s)) < 0)
		return res;
	port = is_backchannel(s) ? s->udp->port : session_udp_open_forward(s, s->setup.track);
	snprintf(dst, size, "RTP/AVP;unicast;client_port=%u-%u", port, port + 1);
	return port != 0 ? 0 : -EMFILE;
}

static void send_setup(struct session *s)
{
	const struct session_controls *c;
	char transport[64];
	int res;

	while (!is_backchannel(s) && track_controls(s)->n == 0)
		s->setup.track++;
	c = track_controls(s);
	if ((res = offer_transport(s, transport, sizeof(transport))) < 0) {
		session_set_error(s, "Cannot open UDP sockets: %s", strerror(-res));
		session_event(s, FSM_EV_CLOSED);
		return;
	}
	session_send_request(s, &(struct rtsp_request) {
			.method = "SETUP",
			.uri = c->uri[s->setup.control < c->n ? s->setup.control : 0],
			.session = s->id[0] ? s->id : NULL,
			.require_backchannel = is_backchannel(s) && !s->learned.no_require,
			.transport = transport }, on_setup);
}

void session_setup(struct session *s)
{
	s->setup.track = 0;
	s->setup.control = s->media.n_forward == 0 && s->learned.control < s->media.control.n ?
		s->learned.control : 0;
	send_setup(s);
}
