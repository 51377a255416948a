/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/result.h>

#include "module/session/session-impl.h"
#include "module/util/text.h"

const char *session_public_state_name(enum session_public_state state)
{
	static const char * const names[] = {
		[SESSION_IDLE] = "idle", [SESSION_CONNECTING] = "connecting",
		[SESSION_STREAMING] = "streaming", [SESSION_OFFLINE] = "offline",
		[SESSION_BUSY] = "busy", [SESSION_LOGIN_REQUIRED] = "login-required",
		[SESSION_UNSUPPORTED] = "unsupported", [SESSION_REJECTED] = "rejected",
	};
	return (uint32_t)state < SPA_N_ELEMENTS(names) ? names[state] : "?";
}

static enum session_public_state blocked_state(const struct session *s)
{
	switch (s->cause) {
	case FSM_EV_AUTH_FAILED:
		return SESSION_LOGIN_REQUIRED;
	case FSM_EV_NO_BACKCHANNEL:
		return SESSION_UNSUPPORTED;
	default:
		return SESSION_REJECTED;
	}
}

static enum session_public_state public_state(const struct session *s)
{
	switch (s->state) {
	case FSM_PREROLL:
		return SESSION_CONNECTING;
	case FSM_STREAMING:
	case FSM_LINGER:
		return SESSION_STREAMING;
	case FSM_TEARDOWN:
		return s->status.public_state;
	case FSM_BLOCKED:
		return blocked_state(s);
	default:
		break;
	}
	if (s->troubled)
		return s->trouble == FSM_EV_BUSY ? SESSION_BUSY : SESSION_OFFLINE;
	return s->state == FSM_IDLE ? SESSION_IDLE : SESSION_CONNECTING;
}

void session_fill_status(struct session *s)
{
	s->status.public_state = public_state(s);
	s->status.state = s->state;
	s->status.login = s->settings.p.login;
}

void session_set_text(char *dst, size_t size, struct str text)
{
	size_t len = text_sanitize(text, dst, size);

	memset(dst + len, 0, size - len);
}

void session_set_error(struct session *s, const char *fmt, ...)
{
	char text[2 * LIMIT_ERROR_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* cuts between characters, and a peer's words may be in it */
	session_set_text(s->status.error, sizeof(s->status.error), str_from(text));
	session_log(s, SPA_LOG_LEVEL_INFO, "%s", s->status.error);
}

void session_clear_error(struct session *s)
{
	memset(s->status.error, 0, sizeof(s->status.error));
}

void session_error_auth(struct session *s, int res)
{
	switch (res) {
	case -ENOKEY:
		if (s->settings.user)
			session_set_error(s, "The password for %s goes only to the tls.pin that its entry "
					"in onvif-credentials.conf names, and here is no TLS: set "
					"rtsp.transport = tls", s->host);
		else
			session_set_error(s, "The camera wants a user and password: run `pw-onvif login %s`",
					s->host);
		break;
	case -EACCES:
		session_set_error(s, "The camera refused the user or password: run `pw-onvif login %s`",
				s->host);
		break;
	default:
		session_set_error(s, "The camera offers no login that may be used: %s. For a camera "
				"that has only Basic, set auth.basic = true",
				s->client ? rtsp_client_auth_reason(s->client) : "");
		break;
	}
}

static const char *request_name(enum fsm_state state)
{
	switch (state) {
	case FSM_OPTIONS:
		return "OPTIONS";
	case FSM_DESCRIBE:
		return "DESCRIBE";
	case FSM_SETUP:
		return "SETUP";
	case FSM_PLAY:
		return "PLAY";
	default:
		return "a keepalive";
	}
}

/* 461 */
static void error_transport(struct session *s)
{
	enum session_transport t = s->route.transport;
	uint32_t both = 1u << SESSION_TRANSPORT_TCP | 1u << SESSION_TRANSPORT_UDP;

	s->route.refused |= 1u << t;
	/* the tunnel was the last resort: why the usual ways are none says more */
	if (s->route.last_error[0] && (t == SESSION_TRANSPORT_HTTP || t == SESSION_TRANSPORT_HTTPS))
		memcpy(s->status.error, s->route.last_error, sizeof(s->status.error));
	else if ((s->route.refused & both) == both)
		session_set_error(s, "The camera refuses RTP over TCP as well as over UDP (461): "
				"see what it allows in its settings");
	else
		session_set_error(s, "The camera refuses RTP over %s (461): %s",
				t == SESSION_TRANSPORT_UDP ? "UDP" : "the RTSP connection",
				s->settings.p.transport == SESSION_TRANSPORT_AUTO ?
				"see what it allows in its settings" : "set rtsp.transport = auto");
}

void session_error_reply(struct session *s, const struct rtsp_message *reply)
{
	char reason[64];
	const char *request = request_name(s->state);

	text_sanitize(reply->reason, reason, sizeof(reason));
	switch (reply->status) {
	case 403:
		session_set_error(s, "The camera does not allow this user to talk (%s: 403): "
				"give the user the right to audio or operator rights", request);
		break;
	case 404:
	case 410:
		session_set_error(s, "The camera does not know the stream %s: check rtsp.uri", s->uri);
		break;
	case 453:
		session_set_error(s, "The speaker is in use by another client: it is tried again");
		break;
	case 454:
		session_set_error(s, "The camera ended the session: it is opened again");
		break;
	case 461:
		error_transport(s);
		break;
	case 551:
		session_set_error(s, "This camera offers no backchannel (551): it has no speaker, "
				"or its audio output is off in its settings");
		break;
	default:
		if (reply->status >= 300 && reply->status < 400)
			session_set_error(s, "The camera redirects to another host (%d), which is "
					"not followed: set rtsp.uri to it", reply->status);
		else
			session_set_error(s, "The camera refused %s: %d %s", request,
					reply->status, reason);
		break;
	}
}

void session_error_closed(struct session *s, int res, const char *message)
{
	if (s->state == FSM_CONNECT)
		session_set_error(s, "Cannot reach %s: %s", s->host,
				message && message[0] ? message : spa_strerror(res));
	else if (res < 0)
		session_set_error(s, "The connection to %s broke: %s", s->host,
				message && message[0] ? message : spa_strerror(res));
	else
		session_set_error(s, "%s closed the connection", s->host);
}

void session_error_key(struct session *s, const char *key)
{
	if (s->settings.p.tls == NET_TLS_CA)
		session_set_error(s, "Nobody vouches for the certificate of %s (%s): set "
				"tls.verify = pin to trust it as it is", s->host, key ? key : "");
	else
		session_set_error(s, "The certificate of %s is not the one that it had before: if the "
				"camera was reset or replaced, put its new key into its entry in "
				"onvif-credentials.conf: tls.pin = \"%s\"", s->host, key ? key : "");
}

void session_error_timeout(struct session *s)
{
	switch (s->state) {
	case FSM_RESOLVE:
		session_set_error(s, "The camera does not answer ONVIF requests");
		break;
	case FSM_CONNECT:
		session_set_error(s, "Cannot reach %s: no answer", s->host);
		break;
	case FSM_DESCRIBE:
	case FSM_SETUP:
	case FSM_PLAY:
		session_set_error(s, "%s does not answer %s", s->host, request_name(s->state));
		break;
	default:
		/* OPTIONS may stay unanswered; others wait on purpose */
		break;
	}
}
