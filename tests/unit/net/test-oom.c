/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/net/tunnel.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/oom.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

/* A tunnel's whole life, and a pair of UDP sockets, in which the n-th allocation fails:
 * -ENOMEM, at once or by closed(); neither crash nor leak (the sanitizer looks). */

static struct life {
	struct vloop *loop;
	struct fake_net *web;
	struct net_stream *stream;
	int connected, closed, res;
} life;

static void on_connected(void *data, const char *address)
{
	life.connected++;
}

static void on_readable(void *data)
{
	char bytes[64];

	while (net_stream_recv(life.stream, bytes, sizeof(bytes)) > 0)
		;
}

static void on_writable(void *data)
{
}

static void on_closed(void *data, int res, const char *message)
{
	life.closed++;
	life.res = res;
}

static const struct net_stream_events events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.closed = on_closed,
};

enum act { ACCEPT, SAY, CLOSE };

/* the web server's part; what it is made of may not fail */
static void act(enum act what, uint32_t n, const char *text)
{
	bool there = fake_net_n_open(life.web) > 0 && fake_net_count(life.web) > n;

	oom_pause();
	if (there && life.closed == 0) {
		fake_net_select(life.web, n);
		if (what == ACCEPT)
			fake_net_accept(life.web);
		else if (what == SAY)
			fake_net_say(life.web, text, strlen(text));
		else
			fake_net_close(life.web, 0);
	}
	oom_resume();
	vloop_flush(life.loop);
}

/* so much that a POST's Content-Length is used up, and something is over */
static void speak(void)
{
	static const char frame[176];
	ssize_t n;

	for (int i = 0; i < 150; i++) {
		n = net_stream_send(life.stream, frame, sizeof(frame));
		check(n == sizeof(frame) || n == -EAGAIN || n == -ENOMEM || n == -ENOTCONN);
	}
	vloop_flush(life.loop);
}

static void converse(void)
{
	struct net_tunnel_target target = {
		.target = { .host = "192.0.2.1", .port = 443, .security = NET_TLS_PIN, .pin = "sha256//x" },
		.path = "/a", .user_agent = "test",
	};
	int res;

	res = net_tunnel_connect(vloop_utils(life.loop), fake_net_get(life.web), &target, &events, NULL,
			&life.stream);
	if (res < 0) {
		check_int(res, -ENOMEM);
		return;
	}
	act(ACCEPT, 0, NULL);
	act(SAY, 0, "HTTP/1.0 200 OK\r\n\r\nearly");
	act(SAY, 0, "more");
	act(ACCEPT, 1, NULL);
	if (life.connected) {
		speak();
		act(SAY, 1, "HTTP/1.0 200 OK\r\n\r\nthank you");
		act(CLOSE, 1, NULL);
		act(ACCEPT, 2, NULL);
		speak();
		act(CLOSE, 0, NULL);
	}
	/* it ends here unless memory was short */
	check_int(life.closed, 1);
	check(life.res == 0 || life.res == -ENOMEM);
	check(life.res == 0 || oom_failed());
	net_stream_destroy(life.stream);
}

static void run_tunnel(void *data)
{
	life = (struct life) { .loop = vloop_new() };
	life.web = fake_net_new(vloop_utils(life.loop));
	oom_start();
	converse();
	oom_stop();
	check_int(fake_net_n_open(life.web), 0);
	fake_net_destroy(life.web);
	vloop_destroy(life.loop);
}

static void run_udp(void *data)
{
	static const struct net_udp_events udp_events = { NET_VERSION_UDP_EVENTS };
	uint32_t fds = test_count_fds();
	struct vloop *loop = vloop_new();
	struct net_udp *udp = NULL;
	int res;

	oom_start();
	res = net_udp_new(vloop_utils(loop), "127.0.0.1", &udp_events, NULL, &udp);
	oom_stop();
	check_int(res, oom_failed() ? -ENOMEM : 0);
	check_int(udp != NULL, res == 0);
	net_udp_destroy(udp);
	check_int(test_count_fds(), fds);
	vloop_destroy(loop);
}

static void test_tunnel(void)
{
	check(oom_sweep(OOM_ONCE, run_tunnel, NULL) > 20);
	check(oom_sweep(OOM_FROM_THERE, run_tunnel, NULL) > 20);
}

static void test_udp(void)
{
	check(oom_sweep(OOM_ONCE, run_udp, NULL) >= 4);
}

static const struct test tests[] = {
	{ "tunnel", test_tunnel },
	{ "UDP", test_udp },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
