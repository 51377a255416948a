/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/login.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/string.h>

#include "module/net/http.h"
#include "module/net/net.h"
#include "module/onvif/device.h"
#include "module/onvif/xaddr.h"
#include "module/util/addr.h"
#include "module/util/text.h"
#include "module/util/uri.h"

#define CONNECT_MS	5000u

/* ---- whom ---- */

static bool is_known(const struct target *t)
{
	return t->entry || t->uri[0] || target_service_camera(t) ||
		facts_get(t->facts, t->key, "last-address");
}

/* \return false: it stays what it is */
static bool resolve(const struct target *t, char *dst, size_t size)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG }, *list;
	struct sockaddr_storage ss = { 0 };
	char host[ADDR_STRLEN];
	bool good;

	if (addr_parse(str_from(t->host), 0, &ss) == 0 || getaddrinfo(t->host, NULL, &hints, &list) != 0)
		return false;
	memcpy(&ss, list->ai_addr, SPA_MIN((size_t)list->ai_addrlen, sizeof(ss)));
	good = addr_format(&ss, host) == 0;
	freeaddrinfo(list);
	if (good && t->port != 80)
		snprintf(dst, size, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, t->port);
	else if (good)
		snprintf(dst, size, "%s", host);
	return good;
}

int login_target(struct tool *tool, const char *name, struct target **ret)
{
	char numeric[TARGET_ADDRESS_LEN];
	int status;

	if ((status = target_new(tool, name, ret)) != TOOL_OK)
		return status;
	if (is_known(*ret) || !resolve(*ret, numeric, sizeof(numeric)))
		return TOOL_OK;
	target_free(*ret);
	return target_new(tool, numeric, ret);
}

const char *login_service_id(const struct target *t)
{
	const char *id = t->entry ? pw_properties_get(t->entry, "onvif.id") : NULL;
	const struct service_camera *c = target_service_camera(t);

	if (id && id[0])
		return id;
	/* (of one that is configured by its address the id is found out each time anew) */
	if (t->entry == NULL && c && !c->configured && c->id[0])
		return c->id;
	/* found by itself, it is learned by the id that it announced */
	if (t->entry == NULL && t->uri[0] == '\0' && facts_get(t->facts, t->key, "last-address") &&
	    strncmp(t->key, t->host, strlen(t->host)) != 0)
		return t->key;
	return NULL;
}

/* ---- asking ---- */

struct query {
	struct tool *tool;
	struct target *t;
	const char *user;
	const struct secret *password;
	struct login_result *result;

	struct http *http;
	struct device_query *query;
	bool tls_tried;
	char stream[LIMIT_URI_LEN], stream_tls[LIMIT_URI_LEN];
	bool https;
};

static void conclude(struct query *q, enum login_verdict verdict)
{
	q->result->verdict = verdict;
	pw_main_loop_quit(q->tool->main_loop);
}

static int start(struct query *q, const char *xaddr);

static int start_tls(struct query *q)
{
	const struct target *t = q->t;
	char url[LIMIT_URI_LEN];

	q->tls_tried = true;
	if (t->port != 80)
		snprintf(url, sizeof(url), "https://%s/onvif/device_service", t->address);
	else
		snprintf(url, sizeof(url), strchr(t->host, ':') ? "https://[%s]/onvif/device_service" :
				"https://%s/onvif/device_service", t->host);
	return start(q, url);
}

/* Who has nobody, or nothing to say, at the place for HTTP may speak HTTPS. */
static bool is_worth_tls(const struct query *q, int res)
{
	return !q->tls_tried && res < 0 && res != -ETIMEDOUT && res != -EACCES && res != -ENOTSUP &&
		res != -EKEYREJECTED && res != -EXDEV && res != -ENOMEM && res != -EBUSY;
}

static enum login_verdict failed(struct query *q, int res, bool refused, const struct device_info *info)
{
	struct login_result *r = q->result;

	/* what failed came after the login */
	if (info && info->logged_in && res != -EKEYREJECTED)
		return LOGIN_TAKEN;
	switch (res) {
	case -EACCES:
		r->only_basic = strstr(r->message, "only Basic is offered, which would show") != NULL;
		return refused ? LOGIN_REFUSED : LOGIN_UNUSABLE;
	case -EKEYREJECTED:
	case -EXDEV:
		return LOGIN_UNTRUSTED;
	case -ENOTSUP:
	case -ENOMEM:
	case -EBUSY:
		return LOGIN_FAILED;
	default:
		return LOGIN_UNREACHABLE;
	}
}

static void take(struct query *q, const struct device_info *info)
{
	struct login_result *r = q->result;

	str_copy(str_from(info->id), r->id, sizeof(r->id));
	if (info->https)
		snprintf(r->tls_pin, sizeof(r->tls_pin), "%s", info->tls_pin);
	q->https = info->https;
	if (info->n_profiles == 0)
		return;
	snprintf(q->stream, sizeof(q->stream), "%s", info->profile[0].uri);
	snprintf(q->stream_tls, sizeof(q->stream_tls), "%s", info->profile[0].uri_tls);
}

static void on_done(void *data, int res, bool refused, const struct device_info *info, const char *message)
{
	struct query *q = data;

	if (is_worth_tls(q, res) && (info == NULL || info->http_port == 0) && start_tls(q) == 0)
		return;
	text_sanitize(str_from(message), q->result->message, sizeof(q->result->message));
	if (info && res != -EXDEV)
		take(q, info);
	if (res != 0)
		conclude(q, failed(q, res, refused, info));
	else
		conclude(q, info->logged_in ? LOGIN_TAKEN : LOGIN_NOT_ASKED);
}

/* xaddr NULL: at the usual places */
static int start(struct query *q, const char *xaddr)
{
	struct target *t = q->t;
	struct device_query_params params = {
		.xaddr = xaddr,
		.address = xaddr ? t->host : t->address,
		.profile = t->options.profile,
		.expect_id = target_expect_id(t),
		.user = q->user,
		.password = q->password,
		.allow_basic = t->options.basic,
		.want_tls_uri = true,
		.security = camera_tls_security(t->options.tls_verify),
		.pin = target_web_pin(t),
	};

	device_query_destroy(q->query);
	q->query = NULL;
	return device_query_new(q->tool->loop->utils, q->http, &params, on_done, q, &q->query);
}

/* An entry with a key wants its password sent to that key and to nobody else. */
static int ask(struct query *q)
{
	int res;

	if ((q->http = http_curl_new(q->tool->loop->utils)) == NULL)
		return -errno;
	res = q->t->tls_pin ? start_tls(q) : start(q, NULL);
	return res < 0 ? res : pw_main_loop_run(q->tool->main_loop);
}

/* ---- the key of its other TLS service ---- */

struct peek {
	struct tool *tool;
	char key[HTTP_TLS_KEY_LEN];
};

static void on_peek_closed(void *data, int res, const char *message)
{
	struct peek *p = data;

	/* (a handshake, and nothing was sent) */
	if (res == -ENOKEY)
		str_copy(str_from(message), p->key, sizeof(p->key));
	pw_main_loop_quit(p->tool->main_loop);
}

/* (it does not get so far, for no key is trusted) */
static void on_peek_connected(void *data, const char *address)
{
}

static void on_peek_ready(void *data)
{
}

static const struct net_stream_events peek_events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_peek_connected,
	.readable = on_peek_ready,
	.writable = on_peek_ready,
	.closed = on_peek_closed,
};

/* A key in the entry counts for RTSP over TLS, too: where that has a key of its own, both are
 * named, or its sound would be refused from now on. */
static void add_stream_key(struct query *q)
{
	struct login_result *r = q->result;
	struct peek p = { .tool = q->tool };
	char host[LIMIT_HOST_LEN + 1];
	struct net_stream *stream;
	struct net *net;
	struct uri u;
	size_t len;

	if (!q->https || r->tls_pin[0] == '\0' || uri_parse(str_from(q->stream_tls), &u) < 0 ||
	    str_copy(u.host, host, sizeof(host)) < 0 || (net = net_curl_new(q->tool->loop->utils)) == NULL)
		return;
	if (net_connect(net, &(struct net_target) { .host = host, .port = uri_port(&u),
			.security = NET_TLS_PIN, .connect_timeout_ms = CONNECT_MS }, &peek_events, &p, &stream) == 0) {
		pw_main_loop_run(q->tool->main_loop);
		net_stream_destroy(stream);
	}
	net_destroy(net);
	len = strlen(r->tls_pin);
	if (p.key[0] && !spa_streq(p.key, r->tls_pin))
		snprintf(r->tls_pin + len, sizeof(r->tls_pin) - len, ";%s", p.key);
}

/* ---- the whole ---- */

/* The sound needs the stream. Some ask there in another way, or have other users, or ask nowhere else. */
static int verify_stream(struct query *q)
{
	struct login_result *r = q->result, stream = { 0 };
	const char *web_key = q->https ? r->tls_pin : NULL;
	int res;

	res = login_verify_stream(q->tool, q->t, q->stream, web_key, q->user, q->password, &stream);
	if (res == 0 && stream.verdict == LOGIN_UNUSABLE && q->stream_tls[0]) {
		spa_zero(stream);
		res = login_verify_stream(q->tool, q->t, q->stream_tls, web_key, q->user, q->password, &stream);
	}
	if (res < 0)
		return res;
	/* (what else may be wrong with it is no matter of the login) */
	if (r->verdict == LOGIN_TAKEN && stream.verdict != LOGIN_REFUSED && stream.verdict != LOGIN_UNUSABLE)
		return 0;
	/* a key in the entry would be one for all that it has */
	if (r->verdict == LOGIN_NOT_ASKED)
		r->tls_pin[0] = '\0';
	r->verdict = stream.verdict;
	r->only_basic = stream.only_basic;
	memcpy(r->message, stream.message, sizeof(r->message));
	return 0;
}

int login_verify(struct tool *tool, struct target *t, const char *user, const struct secret *password,
		struct login_result *ret)
{
	struct query q = { .tool = tool, .t = t, .user = user, .password = password, .result = ret };
	int res;

	spa_zero(*ret);
	if (t->uri[0] || t->options.uri)
		return login_verify_stream(tool, t, t->uri[0] ? t->uri : t->options.uri, NULL, user, password, ret);
	res = ask(&q);
	device_query_destroy(q.query);
	http_destroy(q.http);
	if (res < 0)
		return res;
	if ((ret->verdict == LOGIN_TAKEN || ret->verdict == LOGIN_NOT_ASKED) && q.stream[0])
		res = verify_stream(&q);
	if (res == 0 && ret->verdict == LOGIN_TAKEN)
		add_stream_key(&q);
	return res;
}
