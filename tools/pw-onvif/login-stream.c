/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/login.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/net/net.h"
#include "module/net/tunnel.h"
#include "module/rtsp/client.h"
#include "module/util/clock.h"
#include "module/util/text.h"
#include "module/util/uri.h"

#define CONNECT_MS	5000u
#define ANSWER_MS	15000u

/* DESCRIBE, without asking for the backchannel: whoever may see the stream has the right password,
 * and some cameras do not answer at all when they are asked for more. */
struct attempt {
	struct tool *tool;
	struct target *t;
	const char *uri, *web_key, *user;
	const struct secret *password;
	struct login_result *result;

	struct net *net;
	struct rtsp_client *client;
	struct spa_source *timer;
	struct uri u;
	char host[LIMIT_HOST_LEN + 1], path[LIMIT_URI_LEN];
	char key[HTTP_TLS_KEY_LEN];	/* of its TLS service, the first that was seen */
	bool sent_login;
};

static bool is_scheme(const struct attempt *a, const char *scheme)
{
	return str_ieq(a->u.scheme, str_from(scheme));
}

static bool is_tls(const struct attempt *a)
{
	return is_scheme(a, "rtsps") || is_scheme(a, "https");
}

static void conclude(struct attempt *a, enum login_verdict verdict, const char *message)
{
	char text[2 * LIMIT_ERROR_LEN] = "";

	a->result->verdict = verdict;
	if (message)
		snprintf(text, sizeof(text), "%.100s: %s", a->host, message);
	text_sanitize(str_from(text), a->result->message, sizeof(a->result->message));
	pw_main_loop_quit(a->tool->main_loop);
}

static void on_trace(void *data, bool sent, struct str text)
{
	struct attempt *a = data;

	a->sent_login |= sent && str_search(text, STR_LIT("\r\nAuthorization: ")) >= 0;
}

static void on_reply(void *data, int res, const struct rtsp_message *reply)
{
	struct attempt *a = data;
	char text[LIMIT_ERROR_LEN];
	const char *reason;

	if (res == -EACCES) {
		conclude(a, LOGIN_REFUSED, NULL);
	} else if (res == -ENOTSUP) {
		reason = rtsp_client_auth_reason(a->client);
		a->result->only_basic = strncmp(reason, "only Basic", 10) == 0;
		conclude(a, LOGIN_UNUSABLE, reason);
	} else if (res == 0 && a->sent_login) {
		if (a->key[0])
			snprintf(a->result->tls_pin, sizeof(a->result->tls_pin), "%s", a->key);
		conclude(a, LOGIN_TAKEN, NULL);
	} else if (res == 0 && reply->status / 100 == 2) {
		conclude(a, LOGIN_NOT_ASKED, NULL);
	} else if (res == 0) {
		snprintf(text, sizeof(text), "it answers %d and asks for no login: is the path of the stream right?",
				reply->status);
		conclude(a, LOGIN_FAILED, text);
	} else if (res != -ECANCELED) {
		conclude(a, LOGIN_FAILED, strerror(-res));
	}
	/* (else closed() comes, with what is known) */
}

static int start(struct attempt *a);

static void on_closed(void *data, int res, const char *message)
{
	struct attempt *a = data;

	if (res == -ENOKEY && a->key[0] == '\0' && str_copy(str_from(message), a->key, sizeof(a->key)) == 0) {
		rtsp_client_destroy(a->client);
		a->client = NULL;
		if ((res = start(a)) < 0)
			conclude(a, LOGIN_FAILED, strerror(-res));
	} else if (res == -EKEYREJECTED) {
		conclude(a, LOGIN_UNTRUSTED, message && strncmp(message, "sha256//", 8) == 0 ?
				"its certificate is not the one that it had before" : message);
	} else {
		conclude(a, LOGIN_UNREACHABLE, message ? message : res < 0 ? strerror(-res) :
				"it closed the connection");
	}
}

static void on_timer(void *data, uint64_t expirations)
{
	conclude(data, LOGIN_UNREACHABLE, "it does not answer");
}

static void on_connected(void *data, const char *address)
{
}

static void on_frame(void *data, uint8_t channel, struct str payload)
{
	/* (nothing was set up) */
}

static void on_request(void *data, const struct rtsp_message *request)
{
}

static const struct rtsp_client_events client_events = {
	RTSP_VERSION_CLIENT_EVENTS,
	.connected = on_connected,
	.frame = on_frame,
	.request = on_request,
	.closed = on_closed,
};

static enum net_security security(const struct attempt *a)
{
	return is_tls(a) ? camera_tls_security(a->t->options.tls_verify) : NET_PLAIN;
}

/* Readable for whoever is at the other end: a key that was known before, or an authority, says who that is. */
static bool may_use_basic(const struct attempt *a, const char *pin)
{
	return a->t->options.basic || (is_tls(a) && (security(a) == NET_TLS_CA ||
			(security(a) == NET_TLS_PIN && (pin || (a->web_key && strcmp(a->key, a->web_key) == 0)))));
}

static int start(struct attempt *a)
{
	const char *pin = target_rtsp_pin(a->t);
	struct rtsp_client_params params = {
		.net = a->net,
		.target = {
			.host = a->host, .port = uri_port(&a->u), .security = security(a),
			.pin = pin ? pin : a->key[0] ? a->key : NULL,
			.connect_timeout_ms = CONNECT_MS,
		},
		.user_agent = "pw-onvif",
		.user = a->user, .password = a->password,
		.allow_basic = may_use_basic(a, pin),
		.trace = on_trace, .trace_data = a,
	};
	struct net_tunnel_target tunnel = { .target = params.target, .path = a->path, .user_agent = "pw-onvif" };
	struct rtsp_request request = { .method = "DESCRIBE", .uri = a->uri, .accept = "application/sdp" };
	int res;

	if (is_scheme(a, "http") || is_scheme(a, "https"))
		params.tunnel = &tunnel;
	if ((res = rtsp_client_new(a->tool->loop->utils, &params, &client_events, a, &a->client)) < 0)
		return res;
	return rtsp_client_send(a->client, &request, on_reply, a);
}

static int run(struct attempt *a)
{
	struct spa_loop_utils *utils = a->tool->loop->utils;
	int res;

	if ((a->net = net_curl_new(utils)) == NULL ||
	    (a->timer = spa_loop_utils_add_timer(utils, on_timer, a)) == NULL)
		return -errno;
	if ((res = start(a)) < 0)
		return res;
	timer_arm(utils, a->timer, ANSWER_MS * NSEC_PER_MSEC);
	return pw_main_loop_run(a->tool->main_loop);
}

int login_verify_stream(struct tool *tool, struct target *t, const char *uri, const char *web_key,
		const char *user, const struct secret *password, struct login_result *ret)
{
	struct attempt a = {
		.tool = tool, .t = t, .uri = uri, .web_key = web_key, .user = user, .password = password, .result = ret,
	};
	int res;

	if ((res = uri_parse(str_from(uri), &a.u)) < 0 ||
	    (res = str_copy(a.u.host, a.host, sizeof(a.host))) < 0 ||
	    (res = str_copy(a.u.path.len > 0 ? a.u.path : STR_LIT("/"), a.path, sizeof(a.path))) < 0)
		return res;
	res = run(&a);
	rtsp_client_destroy(a.client);
	if (a.timer)
		spa_loop_utils_destroy_source(tool->loop->utils, a.timer);
	net_destroy(a.net);
	return res;
}
