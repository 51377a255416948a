/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/net/tunnel.h"
#include "module/util/buf.h"
#include "module/util/random.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

#define OK_HEAD		"HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n"
#define OPTIONS		"OPTIONS rtsp://192.0.2.20/a RTSP/1.0\r\nCSeq: 1\r\n\r\n"
#define POST_LENGTH	32764u

/* A tunnel, the web server that the test is, and what came of it. */
static struct rig {
	struct vloop *loop;
	struct fake_net *net;
	struct net_stream *stream;
	uint32_t connected, readable, writable, closed;
	int res;
	char message[128], address[64];
	struct buf got;			/* by the caller */
	uint32_t events, destroy_in;	/* 0: not */
} rig;

static bool gone(void)
{
	if (++rig.events != rig.destroy_in)
		return false;
	net_stream_destroy(rig.stream);
	rig.stream = NULL;
	return true;
}

static void on_connected(void *data, const char *address)
{
	rig.connected++;
	snprintf(rig.address, sizeof(rig.address), "%s", address);
	gone();
}

static void on_readable(void *data)
{
	char bytes[64];
	ssize_t n;

	rig.readable++;
	if (gone())
		return;
	while ((n = net_stream_recv(rig.stream, bytes, sizeof(bytes))) > 0)
		buf_add(&rig.got, bytes, (size_t)n);
}

static void on_writable(void *data)
{
	rig.writable++;
	gone();
}

static void on_closed(void *data, int res, const char *message)
{
	rig.closed++;
	rig.res = res;
	snprintf(rig.message, sizeof(rig.message), "%s", message);
	gone();
}

static const struct net_stream_events events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.closed = on_closed,
};

static void fill(void *dst, size_t len)
{
	memset(dst, 0, len);
}

static int dig(bool frames_by_get)
{
	const struct net_tunnel_target target = {
		.target = { .host = "192.0.2.20", .port = 8080 },
		.path = "/onvif/1?x=y",
		.user_agent = "test",
		.frames_by_get = frames_by_get,
	};

	return net_tunnel_connect(vloop_utils(rig.loop), fake_net_get(rig.net), &target, &events,
			NULL, &rig.stream);
}

static void begin(bool frames_by_get)
{
	rig = (struct rig) { .destroy_in = rig.destroy_in };
	random_set_source(fill);
	buf_init(&rig.got, 1u << 20);
	rig.loop = vloop_new();
	rig.net = fake_net_new(vloop_utils(rig.loop));
	fake_net_set_auto(rig.net, 0);
	check_int(dig(frames_by_get), 0);
	vloop_flush(rig.loop);
}

static void end(void)
{
	net_stream_destroy(rig.stream);
	rig.stream = NULL;
	check_int(fake_net_n_open(rig.net), 0);
	fake_net_destroy(rig.net);
	vloop_destroy(rig.loop);
	buf_clear(&rig.got);
	random_set_source(NULL);
}

static void say(const char *text)
{
	fake_net_say(rig.net, text, strlen(text));
	vloop_flush(rig.loop);
}

static int value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = strchr(digits, c);

	return p && c ? (int)(p - digits) : -1;
}

/* what groups of base64 hold; each piece may end in padding */
static void decode(struct str s, struct buf *dst)
{
	check_int(s.len % 4, 0);
	for (size_t i = 0; i < s.len; i += 4) {
		int n = s.p[i + 2] == '=' ? 1 : s.p[i + 3] == '=' ? 2 : 3;
		uint32_t v = 0;

		for (int k = 0; k < 4; k++)
			v = v << 6 | (uint32_t)(k <= n ? value(s.p[i + (size_t)k]) : 0);
		for (int k = 0; k < n; k++)
			buf_add_byte(dst, (uint8_t)(v >> (16 - 8 * k)));
	}
}

static struct str body_of_post(void)
{
	struct str sent = fake_net_sent(rig.net);
	ptrdiff_t at = str_search(sent, STR_LIT("\r\n\r\n"));

	check(str_has_prefix(sent, STR_LIT("POST /onvif/1?x=y HTTP/1.0\r\n")) && at > 0);
	return str_make(sent.p + at + 4, sent.len - (size_t)at - 4);
}

static void check_body(const char *wanted)
{
	struct buf b;

	buf_init(&b, 1u << 20);
	decode(body_of_post(), &b);
	check_slice(buf_str(&b), wanted);
	buf_clear(&b);
}

static void send_all(const char *data, size_t len)
{
	for (size_t at = 0; at < len; ) {
		ssize_t n = net_stream_send(rig.stream, data + at, len - at);

		check(n > 0);
		at += (size_t)n;
	}
}

/* A server that counts hangs up behind the last byte of the body; what was sent since is
 * not lost. One that does not count goes on. */
static void test_used_up(void)
{
	static char data[40000];
	struct buf first, all;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 251);
	for (uint32_t extra = 0; extra < 600; extra += 59) {
		size_t len = 176 * (POST_LENGTH / 236 + 1) + extra;

		begin(false);
		buf_init(&first, 1u << 20);
		buf_init(&all, 1u << 20);
		say(OK_HEAD);
		for (size_t at = 0; at < len; at += 176)
			send_all(data + at, SPA_MIN(len - at, 176u));
		check(body_of_post().len > POST_LENGTH);
		buf_add(&first, body_of_post().p, POST_LENGTH);
		fake_net_close(rig.net, 0);
		vloop_flush(rig.loop);
		check_int(fake_net_count(rig.net), 3);
		check_int(rig.closed, 0);
		check_int(rig.connected, 1);
		decode(buf_str(&first), &all);
		decode(body_of_post(), &all);
		check_int(all.len, len);
		check(memcmp(all.data, data, len) == 0);
		send_all("next", 4);
		buf_reset(&all);
		decode(body_of_post(), &all);
		check(memcmp(all.data + all.len - 4, "next", 4) == 0);
		buf_clear(&first);
		buf_clear(&all);
		end();
	}
	/* hung up between two messages, long before: another one when there is something to say */
	begin(false);
	say(OK_HEAD);
	send_all(data, 1500);
	fake_net_close(rig.net, 0);
	vloop_flush(rig.loop);
	check_int(fake_net_count(rig.net), 2);
	send_all(OPTIONS, strlen(OPTIONS));
	vloop_flush(rig.loop);
	check_int(fake_net_count(rig.net), 3);
	check_body(OPTIONS);
	check_int(rig.closed, 0);
	end();
}

/* Streaming Specification 2.10 */
static void test_frames_by_get(void)
{
	static const char frame[] = "$\0\0\4abcd";

	begin(true);
	say(OK_HEAD);
	send_all(OPTIONS, strlen(OPTIONS));
	check_body(OPTIONS);
	fake_net_select(rig.net, 0);
	fake_net_take(rig.net, 10000);
	send_all(frame, 8);
	check(fake_net_sent(rig.net).len == 8 && memcmp(fake_net_sent(rig.net).p, frame, 8) == 0);
	/* in part: its rest does not look like a frame */
	fake_net_set_window(rig.net, 3);
	check_int(net_stream_send(rig.stream, frame, 8), 3);
	check_int(net_stream_send(rig.stream, frame + 3, 5), -EAGAIN);
	fake_net_set_window(rig.net, SIZE_MAX);
	vloop_flush(rig.loop);
	check_int(rig.writable, 1);
	check_int(net_stream_send(rig.stream, frame + 3, 5), 5);
	check_int(fake_net_sent(rig.net).len, 16);
	send_all(OPTIONS, strlen(OPTIONS));
	fake_net_select(rig.net, 1);
	check_body(OPTIONS OPTIONS);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "used up", test_used_up },
		{ "frames by GET", test_frames_by_get },
	};
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
