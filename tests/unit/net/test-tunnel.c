/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/net/tunnel.h"
#include "module/util/buf.h"
#include "module/util/random.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/oom.h"
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
	while ((n = net_stream_recv(rig.stream, bytes, sizeof(bytes))) > 0) {
		oom_pause();
		buf_add(&rig.got, bytes, (size_t)n);
		oom_resume();
	}
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

/* every byte */
static void test_transcript(void)
{
	begin(false);
	check_slice(fake_net_sent(rig.net),
		"GET /onvif/1?x=y HTTP/1.0\r\n"
		"Host: 192.0.2.20:8080\r\n"
		"User-Agent: test\r\n"
		"x-sessioncookie: AAAAAAAAAAAAAAAAAAAAAA\r\n"
		"Accept: application/x-rtsp-tunnelled\r\n"
		"Pragma: no-cache\r\n"
		"Cache-Control: no-cache\r\n"
		"\r\n");
	check_int(rig.connected, 0);
	check_int(net_stream_send(rig.stream, "x", 1), -ENOTCONN);
	/* the camera already speaks: it is heard when the tunnel is open */
	say(OK_HEAD "RTSP/1.0 ");
	check_int(fake_net_count(rig.net), 2);
	check_slice(fake_net_sent(rig.net),
		"POST /onvif/1?x=y HTTP/1.0\r\n"
		"Host: 192.0.2.20:8080\r\n"
		"User-Agent: test\r\n"
		"x-sessioncookie: AAAAAAAAAAAAAAAAAAAAAA\r\n"
		"Content-Type: application/x-rtsp-tunnelled\r\n"
		"Content-Length: 32764\r\n"
		"Expires: Sun, 9 Jan 1972 00:00:00 GMT\r\n"
		"Pragma: no-cache\r\n"
		"Cache-Control: no-cache\r\n"
		"\r\n");
	check_int(rig.connected, 1);
	check_str(rig.address, "192.0.2.20");
	check_slice(buf_str(&rig.got), "RTSP/1.0 ");
	check_int(net_stream_send(rig.stream, OPTIONS, strlen(OPTIONS)), strlen(OPTIONS));
	check_body(OPTIONS);
	fake_net_select(rig.net, 0);
	say("200 OK\r\n\r\n");
	check_slice(buf_str(&rig.got), "RTSP/1.0 200 OK\r\n\r\n");
	/* the camera ends it */
	fake_net_close(rig.net, 0);
	vloop_flush(rig.loop);
	check_int(rig.closed, 1);
	check_int(rig.res, 0);
	end();
}

/* whatever is cut where */
static void test_cuts(void)
{
	static const char heads[][80] = {
		OK_HEAD, "HTTP/1.1 200 OK\n\nx", "RTSP/1.0 200 OK\r\nX: y\r\n\r\nx", "HTTP/1.0 200\r\n\r\nx",
	};

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(heads); i++) {
		for (size_t chunk = 1; chunk < 70; chunk += 3) {
			begin(false);
			fake_net_set_chunk(rig.net, chunk);
			say(heads[i]);
			check_int(rig.connected, 1);
			check_slice(buf_str(&rig.got), i == 0 ? "" : "x");
			end();
		}
	}
	/* a POST that takes little: the header, then pieces */
	for (size_t window = 1; window < 120; window += 7) {
		size_t sent = 0, len = strlen(OPTIONS);

		begin(false);
		say(OK_HEAD);
		fake_net_set_window(rig.net, window);
		for (uint32_t turn = 0; sent < 3 * len; turn++) {
			ssize_t n = net_stream_send(rig.stream, OPTIONS + sent % len, len - sent % len);

			check(n > 0 || n == -EAGAIN);
			check(turn < 1000);
			if (n > 0) {
				sent += (size_t)n;
			} else {
				uint32_t before = rig.writable;

				while (rig.writable == before) {
					fake_net_set_window(rig.net, window);
					vloop_flush(rig.loop);
				}
			}
		}
		fake_net_set_window(rig.net, SIZE_MAX);
		vloop_flush(rig.loop);
		check_body(OPTIONS OPTIONS OPTIONS);
		end();
	}
}

/* what is no tunnel */
static void test_refusals(void)
{
	static const struct {
		const char *head, *message;
		int res;
	} rows[] = {
		{ "HTTP/1.1 404 Not Found\r\n\r\n", "the web server answered 404", -ENOENT },
		{ "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n",
		  "the web server answered 401", -EACCES },
		{ "HTTP/1.1 403 Forbidden\r\n\r\n", "the web server answered 403", -EACCES },
		{ "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "the web server answered 302", -EPROTO },
		{ "HTTP/1.1 500\r\n\r\n", "the web server answered 500", -EPROTO },
		{ "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-type:text/html;charset=x\r\n\r\n<html>",
		  "the web server answered with a page", -EPROTO },
		{ "SSH-2.0-OpenSSH\r\n\r\n", "the web server does not speak HTTP", -EPROTO },
		{ "\r\n\r\n", "the web server does not speak HTTP", -EPROTO },
		{ "HTTP/1.1 4294967496 OK\r\n\r\n", "the web server does not speak HTTP", -EPROTO },
	};

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		begin(false);
		say(rows[i].head);
		check_int(rig.connected, 0);
		check_int(rig.closed, 1);
		check_int(rig.res, rows[i].res);
		check_str(rig.message, rows[i].message);
		end();
		/* the POST too may be refused */
		if (i < 5) {
			begin(false);
			say(OK_HEAD);
			say(rows[i].head);
			check_int(rig.closed, 1);
			check_int(rig.res, rows[i].res);
			end();
		}
	}
	/* endless */
	begin(false);
	for (uint32_t i = 0; i < 2000 && !rig.closed; i++)
		say("X: y\r\n");
	check_int(rig.res, -E2BIG);
	end();
	/* hung up */
	begin(false);
	fake_net_close(rig.net, 0);
	vloop_flush(rig.loop);
	check_int(rig.res, -EPROTO);
	end();
	begin(false);
	say(OK_HEAD);
	fake_net_close(rig.net, -ECONNRESET);
	vloop_flush(rig.loop);
	check_int(rig.closed, 1);
	check_int(rig.res, -ECONNRESET);
	end();
}

static void test_targets(void)
{
	static const struct { const char *host, *path, *wanted; int res; } rows[] = {
		{ "2001:db8::1", "/", "GET / HTTP/1.0\r\nHost: [2001:db8::1]:80\r\n", 0 },
		{ "fe80::1%lo", "/x", "GET /x HTTP/1.0\r\nHost: [fe80::1]:80\r\n", 0 },
		{ "camera.example", "/", "GET / HTTP/1.0\r\nHost: camera.example:80\r\n", 0 },
		{ "192.0.2.1", "/a b", "", -EINVAL },
		{ "192.0.2.1", "/a\r\nX: y", "", -EINVAL },
		{ "192.0.2.1", "", "", -EINVAL },
	};

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		struct net_tunnel_target target = { .target = { .host = rows[i].host, .port = 80 },
			.path = rows[i].path, .user_agent = "test" };

		begin(false);
		net_stream_destroy(rig.stream);
		rig.stream = NULL;
		check_int(net_tunnel_connect(vloop_utils(rig.loop), fake_net_get(rig.net), &target,
				&events, NULL, &rig.stream), rows[i].res);
		vloop_flush(rig.loop);
		if (rows[i].res == 0)
			check(str_has_prefix(fake_net_sent(rig.net), str_from(rows[i].wanted)));
		end();
	}
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

static void converse(void)
{
	say(OK_HEAD);
	if (rig.stream && rig.connected) {
		fake_net_set_window(rig.net, 5);
		net_stream_send(rig.stream, OPTIONS, strlen(OPTIONS));
		if (rig.stream)
			net_stream_send(rig.stream, OPTIONS, strlen(OPTIONS));
		fake_net_set_window(rig.net, SIZE_MAX);
		vloop_flush(rig.loop);
		if (rig.stream && !rig.closed && fake_net_n_open(rig.net) == 2 && fake_net_count(rig.net) == 2) {
			fake_net_select(rig.net, 0);
			say("RTSP/1.0 200 OK\r\n\r\n");
		}
		if (rig.stream && !rig.closed && fake_net_n_open(rig.net) == 2 && fake_net_count(rig.net) == 2) {
			fake_net_close(rig.net, -ECONNRESET);
			vloop_flush(rig.loop);
		}
	}
}

static void test_destroy(void)
{
	uint32_t most;

	rig.destroy_in = 0;
	begin(false);
	converse();
	check_int(rig.closed, 1);
	most = rig.events;
	end();
	check(most >= 4);
	for (uint32_t i = 1; i <= most; i++) {
		rig.destroy_in = i;
		begin(false);
		converse();
		check(rig.stream == NULL);
		check_int(rig.events, i);
		end();
	}
	rig.destroy_in = 0;
}

static void run_without_memory(void *data)
{
	int res;

	begin(false);
	net_stream_destroy(rig.stream);
	rig.stream = NULL;
	oom_start();
	res = dig(false);
	check(res == 0 || res == -ENOMEM);
	if (res == 0) {
		vloop_flush(rig.loop);
		if (fake_net_is_open(rig.net))
			converse();
	}
	oom_stop();
	end();
}

static void test_oom(void)
{
	check(oom_sweep(OOM_ONCE, run_without_memory, NULL) > 5);
	check(oom_sweep(OOM_FROM_THERE, run_without_memory, NULL) > 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "transcript", test_transcript },
		{ "cuts", test_cuts },
		{ "refusals", test_refusals },
		{ "targets", test_targets },
		{ "used up", test_used_up },
		{ "frames by GET", test_frames_by_get },
		{ "destroy in each event", test_destroy },
		{ "every allocation failed", test_oom },
	};
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
