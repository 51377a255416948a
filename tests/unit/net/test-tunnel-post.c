/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "tests/unit/net/tunnel-peer.h"

/* what goes up a tunnel, by one POST or several */

#define RETAIN_LEN	8192u	/* of tunnel.c: who took so much more than its length does not count */
#define FRAME_LEN	176u	/* 20 ms of G.711 with both headers */

static struct buf said, heard;

static uint8_t noise(void)
{
	static uint32_t x = 1;

	x = x * 1103515245 + 12345;
	return (uint8_t)(x >> 16);
}

/* all of it must arrive */
static void speak(size_t len, size_t window)
{
	static uint8_t bytes[65536];

	check(len <= sizeof(bytes));
	for (size_t i = 0; i < len; i++)
		bytes[i] = noise();
	buf_add(&said, bytes, len);
	tunnel_offer_all(bytes, len, window);
}

static void begin(void)
{
	buf_clear(&said);
	buf_clear(&heard);
	buf_init(&said, 1 << 24);
	buf_init(&heard, 1 << 24);
	tunnel_begin();
}

static void end(void)
{
	check_int(said.error, 0);
	check_int(heard.len, said.len);
	check(said.len == 0 || memcmp(heard.data, said.data, said.len) == 0);
	tunnel_end();
	buf_clear(&said);
	buf_clear(&heard);
}

/* each length is one piece by itself: padded, decodable without what came before */
static void test_pieces(void)
{
	static const struct {
		const char *text, *base64;
	} t[] = {
		{ "OPTIONS * RTSP/1.0\r\n\r\n", "T1BUSU9OUyAqIFJUU1AvMS4wDQoNCg==" },
		{ "$", "JA==" }, { "$1", "JDE=" }, { "$12", "JDEy" }, { "$123", "JDEyMw==" },
	};

	begin();
	tunnel_up();
	check_int(tunnel_offer("", 0), 0);
	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		ssize_t before = (ssize_t)web_body(1).len;

		check_int(tunnel_offer(t[i].text, strlen(t[i].text)), strlen(t[i].text));
		check_slice(str_make(web_body(1).p + before, web_body(1).len - (size_t)before), t[i].base64);
	}
	tunnel_end();

	begin();
	tunnel_up();
	for (size_t len = 1; len < 300; len++)
		speak(len, 0);
	base64_decode(web_body(1), &heard);
	end();
}

/* more than becomes one piece at once: it goes, or it is told when it can */
static void test_large(void)
{
	static const size_t lengths[] = { PIECE_LEN - 1, PIECE_LEN, PIECE_LEN + 1, 2 * PIECE_LEN, 60000 };
	static const size_t windows[] = { 0, 1, 100, PIECE_LEN * 4 / 3 - 1, PIECE_LEN * 4 / 3 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(lengths); i++)
		for (size_t n = 0; n < SPA_N_ELEMENTS(windows); n++) {
			test_context("%zu bytes, %zu at once", lengths[i], windows[n]);
			begin();
			tunnel_up();
			if (windows[n] > 0)
				fake_net_set_window(web, 0);
			speak(lengths[i], windows[n]);
			/* what is still in the tunnel */
			fake_net_set_window(web, SIZE_MAX);
			vloop_flush(loop);
			base64_decode(web_body(1), &heard);
			/* padding ends a message, and nothing within */
			check(memchr(web_body(1).p, '=', web_body(1).len - 2) == NULL);
			end();
		}
}

/* A web server that takes POST's header by and by, then what we say. */
static void test_slow(void)
{
	for (size_t window = 1; window < 8; window++) {
		begin();
		check_int(tunnel_dial(), 0);
		fake_net_accept(web);
		/* GET's header, too */
		fake_net_set_window(web, window);
		for (int i = 0; i < 1000; i++) {
			vloop_flush(loop);
			fake_net_set_window(web, window);
		}
		check(str_search(fake_net_sent(web), STR_LIT("\r\n\r\n")) > 0);
		web_say(0, GET_OK, strlen(GET_OK), true);
		fake_net_select(web, 1);
		fake_net_accept(web);
		fake_net_set_window(web, window);
		while (user.connected == 0) {
			check(str_search(fake_net_sent(web), STR_LIT("\r\n\r\n")) < 0);
			vloop_flush(loop);
			fake_net_set_window(web, window);
		}
		for (int i = 0; i < 20; i++)
			speak(FRAME_LEN, window);
		fake_net_set_window(web, SIZE_MAX);
		vloop_flush(loop);
		base64_decode(web_body(1), &heard);
		end();
	}
}

/* While it holds anything it takes nothing, and says when that has changed. */
static void test_writable(void)
{
	begin();
	tunnel_up();
	fake_net_select(web, 1);
	fake_net_set_window(web, 2);
	check_int(tunnel_offer("abc", 3), 3);
	check_int(user.writable, 0);
	check_int(tunnel_offer("def", 3), -EAGAIN);
	check_int(tunnel_offer("def", 3), -EAGAIN);
	fake_net_set_window(web, 1);
	vloop_flush(loop);
	check_int(user.writable, 0);
	fake_net_set_window(web, 1);
	vloop_flush(loop);
	check_int(user.writable, 1);
	fake_net_set_window(web, SIZE_MAX);
	check_int(tunnel_offer("def", 3), 3);
	vloop_flush(loop);
	/* nobody waits */
	check_int(user.writable, 1);
	check_slice(web_body(1), "YWJjZGVm");
	tunnel_end();
}

/* the n-th connection ends in order; what it took before */
static struct buf close_post(uint32_t n)
{
	struct buf body;

	buf_init(&body, 1 << 24);
	buf_add_slice(&body, web_body(n));
	fake_net_close(web, 0);
	vloop_flush(loop);
	check_int(user.closed, 0);
	return body;
}

static void drop_post(uint32_t n)
{
	struct buf body = close_post(n);

	buf_clear(&body);
}

static void check_cookies_equal(uint32_t a, uint32_t b)
{
	static const struct str name = STR_LIT("x-sessioncookie: ");
	struct str first, second;
	char cookie[22];

	fake_net_select(web, a);
	first = fake_net_sent(web);
	check(str_search(first, name) > 0);
	memcpy(cookie, first.p + str_search(first, name) + name.len, sizeof(cookie));
	fake_net_select(web, b);
	second = fake_net_sent(web);
	check(str_has_prefix(second, STR_LIT("POST /a HTTP/1.0\r\n")));
	check(str_search(second, name) > 0);
	check(memcmp(cookie, second.p + str_search(second, name) + name.len, sizeof(cookie)) == 0);
}

/* It is over early, as some web servers have limits of their own, and again. */
static void test_ended_early(void)
{
	struct buf body;
	uint32_t n;

	begin();
	tunnel_up();
	speak(FRAME_LEN, 0);
	for (n = 1; n < 5; n++) {
		speak(FRAME_LEN, 0);
		body = close_post(n);
		base64_decode(buf_str(&body), &heard);
		buf_clear(&body);
		/* not before there is something to say: the camera may be about to end all of it */
		vloop_run(loop, 1000);
		check_int(fake_net_count(web), n + 1);
		check_int(fake_net_n_open(web), 1);
		web_say(0, "heard", 5, false);
		check_int(user.in.len, 5 * n);

		speak(FRAME_LEN, 0);
		check_int(fake_net_count(web), n + 2);
		/* the rest waits until it is open */
		check_int(tunnel_offer("x", 1), -EAGAIN);
		check_int(user.writable, (int)n - 1);
		web_say(0, "", 0, false);
		fake_net_select(web, n + 1);
		fake_net_accept(web);
		vloop_flush(loop);
		check_int(user.writable, (int)n);
		check_cookies_equal(0, n + 1);
	}
	check_int(user.connected, 1);
	base64_decode(web_body(n), &heard);
	end();
}

/* It ends while some of what it was given waits. */
static void test_ended_meanwhile(void)
{
	struct buf body;

	for (size_t taken = 4; taken < 240; taken++) {
		test_context("%zu bytes taken", taken);
		begin();
		tunnel_up();
		fake_net_select(web, 1);
		fake_net_set_window(web, taken);
		speak(FRAME_LEN, 0);
		check_int(tunnel_offer("x", 1), taken < 236 ? -EAGAIN : 1);
		if (taken >= 236)
			buf_add(&said, "x", 1);
		body = close_post(1);
		check_int(body.len, SPA_MIN(taken, 240u));
		/* at once */
		check_int(fake_net_count(web), 3);
		fake_net_select(web, 2);
		fake_net_accept(web);
		vloop_flush(loop);
		if (taken < 236)
			check_int(user.writable, 1);
		buf_add_slice(&body, web_body(2));
		base64_decode(buf_str(&body), &heard);
		buf_clear(&body);
		end();
	}
}

/* Its end has come, and was not told yet: nothing more is given to it. */
static void test_ended_unnoticed(void)
{
	struct buf body;

	for (size_t len = 1; len <= 3 * PIECE_LEN; len += 500) {
		begin();
		tunnel_up();
		speak(FRAME_LEN, 0);
		fake_net_select(web, 1);
		buf_init(&body, 1 << 24);
		buf_add_slice(&body, web_body(1));
		fake_net_close(web, 0);
		fake_net_set_auto(web, 0);
		speak(len, 0);
		check_int(user.closed, 0);
		vloop_flush(loop);
		check_int(fake_net_count(web), 3);
		buf_add_slice(&body, web_body(2));
		base64_decode(buf_str(&body), &heard);
		buf_clear(&body);
		end();
	}
}

/* A web server that counts: it takes what its Content-Length says, also within a group of
 * base64, drops what comes behind it and hangs up. */
static void test_counted(void)
{
	struct buf body;

	for (size_t more = 0; more < 1500; more += 7) {
		test_context("%zu bytes more", more);
		begin();
		tunnel_up();
		while (web_body(1).len < CONTENT_LENGTH + more)
			speak(FRAME_LEN, 0);
		body = close_post(1);
		body.len = CONTENT_LENGTH;
		if (fake_net_count(web) == 2)
			speak(FRAME_LEN, 0);
		check_int(fake_net_count(web), 3);
		fake_net_select(web, 2);
		fake_net_accept(web);
		vloop_flush(loop);
		speak(FRAME_LEN, 0);
		buf_add_slice(&body, web_body(2));
		base64_decode(buf_str(&body), &heard);
		buf_clear(&body);
		end();
	}
}

/* and again: the second one begins with what the first did not take */
static void test_counted_again(void)
{
	struct buf bodies, body;
	uint32_t n;

	begin();
	tunnel_up();
	buf_init(&bodies, 1 << 24);
	for (n = 1; n < 4; n++) {
		while (web_body(n).len <= CONTENT_LENGTH)
			speak(FRAME_LEN, 0);
		body = close_post(n);
		buf_add(&bodies, body.data, CONTENT_LENGTH);
		buf_clear(&body);
		check_int(fake_net_count(web), n + 2);
		fake_net_select(web, n + 1);
		fake_net_accept(web);
		vloop_flush(loop);
	}
	buf_add_slice(&bodies, web_body(n));
	base64_decode(buf_str(&bodies), &heard);
	buf_clear(&bodies);
	end();
}

/* One that took much more than its Content-Length does not count: all of it was taken. */
static void test_not_counted(void)
{
	struct buf body;

	begin();
	tunnel_up();
	while (web_body(1).len <= CONTENT_LENGTH + RETAIN_LEN)
		speak(FRAME_LEN, 0);
	body = close_post(1);
	check_int(fake_net_count(web), 2);
	speak(FRAME_LEN, 0);
	fake_net_select(web, 2);
	fake_net_accept(web);
	vloop_flush(loop);
	buf_add_slice(&body, web_body(2));
	base64_decode(buf_str(&body), &heard);
	buf_clear(&body);
	end();
}

/* One that takes nothing twice will never. */
static void test_takes_nothing(void)
{
	/* before anything was said: once is fine */
	begin();
	tunnel_up();
	drop_post(1);
	speak(FRAME_LEN, 0);
	check_int(fake_net_count(web), 3);
	fake_net_select(web, 2);
	fake_net_accept(web);
	vloop_flush(loop);
	base64_decode(web_body(2), &heard);
	end();

	/* the second one takes its header, and goes */
	begin();
	tunnel_up();
	drop_post(1);
	check_int(tunnel_offer("abc", 3), 3);
	fake_net_select(web, 2);
	fake_net_accept(web);
	fake_net_set_window(web, 16);
	vloop_flush(loop);
	fake_net_close(web, 0);
	vloop_flush(loop);
	check_int(user.closed, 1);
	check_int(user.res, -EPIPE);
	check_str(user.message, "the web server takes nothing");
	tunnel_end();
}

/* the second POST fails as any connection may */
static void test_not_opened_again(void)
{
	static const struct {
		int refused;
		const char *reply, *address;
		int res;
		const char *message;
	} t[] = {
		{ -ECONNREFUSED, NULL, NULL, -ECONNREFUSED, "refused" },
		{ -EKEYREJECTED, NULL, NULL, -EKEYREJECTED, "refused" },
		{ 0, "HTTP/1.1 404 Not Found\r\n\r\n", NULL, -ENOENT, "the web server answered 404" },
		{ 0, NULL, "192.0.2.66", -EPROTO, "different hosts" },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		test_context("row %zu", i);
		begin();
		tunnel_up();
		drop_post(1);
		check_int(tunnel_offer("abc", 3), 3);
		fake_net_select(web, 2);
		fake_net_set_address(web, t[i].address);
		fake_net_refuse(web, t[i].refused);
		vloop_flush(loop);
		if (t[i].reply)
			web_say(2, t[i].reply, strlen(t[i].reply), false);
		check_int(user.closed, 1);
		check_int(user.res, t[i].res);
		check_contains(user.message, t[i].message);
		if (t[i].address)
			check_int(fake_net_sent(web).len, 0);
		tunnel_end();
	}
}

/* The camera ends both: POST goes first, and nobody dials it again. */
static void test_both_end(void)
{
	begin();
	tunnel_up();
	fake_net_select(web, 1);
	fake_net_close(web, 0);
	fake_net_select(web, 0);
	fake_net_close(web, 0);
	vloop_flush(loop);
	check_int(user.closed, 1);
	check_int(user.res, 0);
	check_int(fake_net_count(web), 2);
	tunnel_end();
}

/* from outside, and inside events, while there is no POST, or one is being opened */
static void test_destroy_meanwhile(void)
{
	for (int stage = 0; stage < 5; stage++) {
		test_context("%d", stage);
		begin();
		tunnel_up();
		drop_post(1);
		if (stage > 0) {
			check_int(tunnel_offer("abc", 3), 3);
			check_int(tunnel_offer("def", 3), -EAGAIN);
			fake_net_select(web, 2);
		}
		if (stage == 2) {
			user.destroy_in = WRITABLE;
			fake_net_accept(web);
		} else if (stage == 3) {
			user.destroy_in = CLOSED;
			fake_net_refuse(web, -ECONNREFUSED);
		} else if (stage == 4) {
			user.destroy_in = READABLE;
			web_say(0, "x", 1, false);
		}
		if (stage >= 2) {
			vloop_flush(loop);
			check(user.stream == NULL);
		}
		tunnel_end();
	}
}

/* what was early and unread is told first, when the next POST is there; then nothing more is */
static void test_destroy_with_early_bytes(void)
{
	begin();
	user.mute = true;
	check_int(tunnel_dial(), 0);
	fake_net_accept(web);
	vloop_flush(loop);
	web_say(0, GET_OK "early", strlen(GET_OK) + 5, false);
	fake_net_accept(web);
	vloop_flush(loop);
	check_int(user.readable, 1);
	drop_post(1);
	check_int(tunnel_offer("abc", 3), 3);
	check_int(tunnel_offer("def", 3), -EAGAIN);
	user.destroy_in = READABLE;
	fake_net_select(web, 2);
	fake_net_accept(web);
	vloop_flush(loop);
	check(user.stream == NULL);
	check_int(user.readable, 2);
	check_int(user.writable, 0);
	tunnel_end();
}

static const struct test tests[] = {
	{ "pieces", test_pieces },
	{ "large", test_large },
	{ "slow", test_slow },
	{ "writable", test_writable },
	{ "ended early", test_ended_early },
	{ "ended meanwhile", test_ended_meanwhile },
	{ "ended unnoticed", test_ended_unnoticed },
	{ "counted", test_counted },
	{ "counted again", test_counted_again },
	{ "not counted", test_not_counted },
	{ "takes nothing", test_takes_nothing },
	{ "not opened again", test_not_opened_again },
	{ "both end", test_both_end },
	{ "destroyed meanwhile", test_destroy_meanwhile },
	{ "destroyed with early bytes", test_destroy_with_early_bytes },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
