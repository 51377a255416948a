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
#include "module/util/limits.h"

/* told twice that only DESCRIBE without Require is answered: it was no accident */
#define HANGS_MAX		2u

static void add_control(struct session_controls *c, const char *base, struct str control, bool resolve)
{
	char uri[LIMIT_URI_LEN + 1];

	if (c->n == SESSION_CONTROLS || sdp_control_uri(base, control, resolve, uri, sizeof(uri)) < 0)
		return;
	for (uint32_t i = 0; i < c->n; i++)
		if (strcmp(c->uri[i], uri) == 0)
			return;
	memcpy(c->uri[c->n++], uri, sizeof(uri));
}

/* Appended to the base, query and all (Dahua, VStarcam), or resolved by RFC 3986; the base
 * being what the camera says or, where that is nonsense, what we asked for. */
static void read_control(struct session *s, const char *base, struct str control,
		struct session_controls *ret)
{
	ret->n = 0;
	add_control(ret, base, control, false);
	add_control(ret, base, control, true);
	add_control(ret, s->route.uri, control, false);
	add_control(ret, s->route.uri, control, true);
}

/* Where the session's own control is absolute, it is the base of all (RFC 2326 C.1.1);
 * a relative one, or "*", only names the aggregate. */
static int take_controls(struct session *s, const struct rtsp_message *reply,
		const struct sdp *sdp, const struct sdp_backchannel *bc)
{
	struct session_media *m = &s->media;
	char text[LIMIT_URI_LEN + 1];
	const char *base = str_has_iprefix(sdp->control, STR_LIT("rtsp")) &&
		str_search(sdp->control, STR_LIT("://")) > 0 ? m->base : text;
	int res;

	if ((res = sdp_base_uri(s->route.uri, rtsp_message_header(reply, "Content-Base", 0),
			rtsp_message_header(reply, "Content-Location", 0),
			text, sizeof(text))) < 0 ||
	    (res = sdp_control_uri(text, sdp->control, false, m->base, sizeof(m->base))) < 0)
		return res;
	read_control(s, base, bc->control, &m->control);
	m->n_forward = 0;
	for (uint32_t i = 0; i < sdp->n_media && m->n_forward < LIMIT_FORWARD_TRACKS; i++)
		if (s->settings.p.forward_tracks && i != bc->media &&
		    sdp->media[i].direction != SDP_SENDONLY && sdp->media[i].control.len > 0)
			read_control(s, base, sdp->media[i].control, &m->forward[m->n_forward++]);
	return m->control.n > 0 ? 0 : -EBADMSG;
}

static enum fsm_event no_backchannel(struct session *s, int res, const char *offers)
{
	const char *codec = s->settings.codec;

	if (s->learned.no_require && res == -ENOENT) {
		session_set_error(s, "%s does not answer when it is asked for a backchannel, and "
				"offers none by itself", s->host);
		s->learned.no_require = false;
		if (s->learned.hangs < HANGS_MAX)
			return FSM_EV_CLOSED;
		s->status.backchannel = SESSION_BACKCHANNEL_NO;
		return FSM_EV_NO_BACKCHANNEL;
	}
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

bool session_describe_hung(struct session *s)
{
	if (s->learned.no_require)
		return false;
	session_log(s, SPA_LOG_LEVEL_DEBUG, "no answer to DESCRIBE with Require: without it");
	s->learned.no_require = true;
	s->learned.hangs++;
	return true;
}

/* A header that a server does not know it should ignore, or answer with 551. */
static bool is_require_complaint(int status)
{
	return status == 400 || status == 405 || status == 412 || status == 501 || status == 505;
}

/* \return true when another DESCRIBE follows */
static bool describe_otherwise(struct session *s, const struct rtsp_message *reply)
{
	const struct str *location = rtsp_message_header(reply, "Location", 0);

	if (is_require_complaint(reply->status) && !s->learned.no_require) {
		session_log(s, SPA_LOG_LEVEL_DEBUG, "DESCRIBE with Require is answered %d: without it",
				reply->status);
		s->learned.no_require = true;
		s->learned.hangs = HANGS_MAX;
		session_describe(s);
		session_arm_state_timer(s);
		return true;
	}
	if (reply->status / 100 == 3 && location && session_redirect(s, *location)) {
		session_event(s, FSM_EV_AGAIN);
		return true;
	}
	return false;
}

static void on_describe(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = data;
	enum fsm_event event;

	if (s->state != FSM_DESCRIBE)
		return;
	if (res == 0 && describe_otherwise(s, reply))
		return;
	if ((event = session_reply_event(s, res, reply)) == SESSION_NO_EVENT)
		return;
	if (event == FSM_EV_OK) {
		s->status.auth_unsupported = false;
		event = take_description(s, reply);
		if (event == FSM_EV_OK && !s->learned.no_require)
			s->learned.hangs = 0;
	} else if (event == FSM_EV_NO_BACKCHANNEL) {
		s->status.backchannel = SESSION_BACKCHANNEL_NO;
	}
	session_event(s, event);
}

void session_describe(struct session *s)
{
	/* one chance for OPTIONS: unanswered, it would cost 5 s each time */
	s->options_known = true;
	rtsp_client_forget(s->client, s);
	session_send_request(s, &(struct rtsp_request) {
			.method = "DESCRIBE", .uri = s->route.uri,
			.require_backchannel = !s->learned.no_require,
			.accept = "application/sdp" }, on_describe);
}
