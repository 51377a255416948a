/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/target-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/net/net.h"
#include "module/onvif/discovery.h"
#include "module/util/clock.h"
#include "module/util/uri.h"

/*
 * The port of a camera of which only the address is known: by nobody yet, or by a service that has not
 * written it down so far. Where nobody listens at the usual port, the camera is asked for it, as all are who
 * announce themselves. What comes back is hearsay, but it names a port of this host and nothing else. No
 * password goes there in the clear, and login tells which one it is.
 */

#define CONNECT_MS	500u
/* cameras answer within WS-Discovery's half second, and may miss the first question */
#define ANSWER_MS	1500u
#define PROBE_MS	10000u

struct finder {
	struct target *t;
	struct tool *tool;
	uint64_t begin;
	int res;		/* of the connection: -ECONNREFUSED is what we are here for */
	uint16_t port;		/* 0: none was told */
};

static void quit(struct finder *f)
{
	pw_main_loop_quit(f->tool->main_loop);
}

/* ---- the usual port ---- */

static void on_connected(void *data, const char *address)
{
	struct finder *f = data;

	f->res = 0;
	/* (cameras have few connections: it need not be tried once more) */
	f->t->reached = true;
	f->t->reach_ns = clock_monotonic() - f->begin;
	quit(f);
}

static void on_ready(void *data)
{
}

static void on_closed(void *data, int res, const char *message)
{
	struct finder *f = data;

	f->res = res;
	quit(f);
}

static const struct net_stream_events stream_events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_ready,
	.writable = on_ready,
	.closed = on_closed,
};

static bool is_refused(struct finder *f)
{
	const struct net_target target = {
		.host = f->t->host, .port = f->t->port, .connect_timeout_ms = CONNECT_MS,
	};
	struct net *net = net_curl_new(f->tool->loop->utils);
	struct net_stream *stream;

	if (net == NULL)
		return false;
	if (net_connect(net, &target, &stream_events, f, &stream) == 0) {
		pw_main_loop_run(f->tool->main_loop);
		net_stream_destroy(stream);
	}
	net_destroy(net);
	return f->res == -ECONNREFUSED;
}

/* ---- what it says itself ---- */

static void on_device(void *data, const struct discovery_device *device)
{
	struct finder *f = data;
	struct uri u;

	if (!addr_text_equal(str_from(device->address), str_from(f->t->host)) ||
	    uri_parse(str_from(device->xaddr), &u) < 0)
		return;
	f->port = uri_port(&u);
	quit(f);
}

/* (errors: then nothing is found, and what follows says so) */
static const struct discovery_events discovery_events = {
	DISCOVERY_VERSION_EVENTS,
	.match = on_device,
	.hello = on_device,
};

static void on_timeout(void *data, uint64_t expirations)
{
	quit(data);
}

static void ask(struct finder *f)
{
	const struct discovery_params params = {
		.interfaces = f->t->settings->interfaces, .probe_interval_ms = PROBE_MS,
	};
	struct spa_source *timer = pw_loop_add_timer(f->tool->loop, on_timeout, f);
	struct discovery *discovery;

	if (timer == NULL)
		return;
	if ((discovery = discovery_new(f->tool->loop->utils, &params, &discovery_events, f)) != NULL) {
		timer_arm(f->tool->loop->utils, timer, ANSWER_MS * NSEC_PER_MSEC);
		pw_main_loop_run(f->tool->main_loop);
		discovery_destroy(discovery);
	}
	pw_loop_destroy_source(f->tool->loop, timer);
}

/* ---- the target ---- */

static bool is_port_open(const struct target *t)
{
	size_t len = strlen(t->address);
	struct sockaddr_storage ss;

	/* (who answers is known by a numeric address) */
	return t->uri[0] == '\0' && t->entry == NULL && facts_get(t->facts, t->key, "last-address") == NULL &&
		addr_parse(str_from(t->host), 0, &ss) == 0 &&
		(len == strlen(t->host) || (t->address[0] == '[' && t->address[len - 1] == ']'));
}

void target_find_port(struct target *t, struct tool *tool)
{
	struct finder f = { .t = t, .tool = tool, .begin = clock_monotonic() };

	if (!is_port_open(t) || !is_refused(&f))
		return;
	ask(&f);
	if (f.port == 0 || f.port == t->port)
		return;
	snprintf(t->address, sizeof(t->address), strchr(t->host, ':') ? "[%s]:%u" : "%s:%u", t->host, f.port);
	t->port = f.port;
	t->port_found = true;
}
