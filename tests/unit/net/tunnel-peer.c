/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "tests/unit/net/tunnel-peer.h"

struct tunnel_user user;
struct vloop *loop;
struct fake_net *web;
struct net_tunnel_target target;

static void maybe_destroy(enum where where)
{
	check(!user.inside);
	check(user.stream != NULL);
	check_int(user.closed, where == CLOSED);
	check(user.connected == 1 || (where == CLOSED && user.connected == 0));
	if (user.destroy_in != where)
		return;
	net_stream_destroy(user.stream);
	user.stream = NULL;
}

static void on_connected(void *data, const char *address)
{
	user.connected++;
	check_int(str_copy(str_from(address), user.address, sizeof(user.address)), 0);
	maybe_destroy(CONNECTED);
}

static void on_readable(void *data)
{
	char bytes[4096];
	size_t size = user.chunk ? user.chunk : sizeof(bytes);
	ssize_t n;

	user.readable++;
	while (!user.mute && (n = net_stream_recv(user.stream, bytes, size)) > 0)
		buf_add(&user.in, bytes, (size_t)n);
	maybe_destroy(READABLE);
}

static void on_writable(void *data)
{
	user.writable++;
	maybe_destroy(WRITABLE);
}

static void on_closed(void *data, int res, const char *message)
{
	user.closed++;
	user.res = res;
	check_int(str_copy(str_from(message), user.message, sizeof(user.message)), 0);
	/* nothing is left behind it, whenever the owner destroys it */
	check_int(fake_net_n_open(web), 0);
	maybe_destroy(CLOSED);
}

static const struct net_stream_events events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.closed = on_closed,
};

/* after a failed test, too */
static void clear(void)
{
	net_stream_destroy(user.stream);
	buf_clear(&user.in);
	user = (struct tunnel_user) { 0 };
	buf_init(&user.in, 1 << 24);
}

void tunnel_begin(void)
{
	clear();
	/* an earlier test's, which did not come to its end, is lost */
	loop = vloop_new();
	web = fake_net_new(vloop_utils(loop));
	target = (struct net_tunnel_target) {
		.target = { .host = "192.0.2.1", .port = 80, .connect_timeout_ms = 1000 },
		.path = "/a", .user_agent = "test",
	};
}

void tunnel_end(void)
{
	clear();
	vloop_flush(loop);
	check_int(fake_net_n_open(web), 0);
	fake_net_destroy(web);
	vloop_destroy(loop);
}

int tunnel_dial(void)
{
	int res;

	user.inside = true;
	res = net_tunnel_connect(vloop_utils(loop), fake_net_get(web), &target, &events, NULL, &user.stream);
	user.inside = false;
	return res;
}

void tunnel_up(void)
{
	check_int(tunnel_dial(), 0);
	fake_net_accept(web);
	vloop_flush(loop);
	web_say(0, GET_OK, strlen(GET_OK), false);
	check_int(fake_net_count(web), 2);
	check_int(user.connected, 0);
	fake_net_accept(web);
	vloop_flush(loop);
	check_int(user.connected, 1);
}

ssize_t tunnel_offer(const void *data, size_t len)
{
	ssize_t n;

	user.inside = true;
	n = net_stream_send(user.stream, data, len);
	user.inside = false;
	return n;
}

void tunnel_offer_all(const void *data, size_t len, size_t window)
{
	const char *p = data;
	size_t done = 0;
	ssize_t n;
	int turns = 0, writable;

	while (done < len) {
		check(turns++ < 1000000);
		writable = user.writable;
		n = tunnel_offer(p + done, len - done);
		check(n > 0 || n == -EAGAIN);
		done += n > 0 ? (size_t)n : 0;
		if (done == len)
			break;
		/* what was not taken is waited for, as the rule is */
		while (user.writable == writable) {
			check(turns++ < 1000000);
			check_int(user.closed, 0);
			if (window > 0)
				fake_net_set_window(web, window);
			vloop_flush(loop);
		}
	}
}

void web_say(uint32_t n, const char *text, size_t len, bool by_byte)
{
	size_t step = by_byte ? 1 : len;

	for (size_t i = 0; i < len; i += step) {
		/* it need not want to hear the rest */
		if (user.closed || user.stream == NULL)
			return;
		fake_net_select(web, n);
		fake_net_say(web, text + i, step);
		vloop_flush(loop);
	}
}

struct str web_body(uint32_t n)
{
	struct str sent;
	ptrdiff_t end;

	fake_net_select(web, n);
	sent = fake_net_sent(web);
	end = str_search(sent, STR_LIT("\r\n\r\n"));
	check(end >= 0);
	return str_make(sent.p + end + 4, sent.len - (size_t)end - 4);
}

static uint32_t digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	if (at == NULL)
		test_fail(__FILE__, __LINE__, "'%c' is no base64", c);
	return (uint32_t)(at - digits);
}

void base64_decode(struct str text, struct buf *ret)
{
	check_int(text.len % 4, 0);
	for (size_t i = 0; i < text.len; i += 4) {
		const char *p = text.p + i;
		int pad = p[3] == '=' ? p[2] == '=' ? 2 : 1 : 0;
		uint32_t v = digit(p[0]) << 18 | digit(p[1]) << 12 | (pad < 2 ? digit(p[2]) << 6 : 0) |
			(pad < 1 ? digit(p[3]) : 0);
		uint8_t bytes[] = { (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

		check_int(buf_add(ret, bytes, (size_t)(3 - pad)), 0);
	}
}
