/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/util/limits.h"
#include "tests/unit/net/tunnel-peer.h"

/* how a tunnel is opened, and how it fails */

static struct str cookie_of(uint32_t n)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	static const struct str name = STR_LIT("\r\nx-sessioncookie: ");
	struct str sent, cookie;
	ptrdiff_t at;

	fake_net_select(web, n);
	sent = fake_net_sent(web);
	at = str_search(sent, name);
	check(at >= 0);
	cookie = str_make(sent.p + at + name.len, 22);
	check(strspn(cookie.p, allowed) == cookie.len);
	check(cookie.p[cookie.len] == '\r');
	return cookie;
}

static const char get_format[] =
	"GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: %s\r\nx-sessioncookie: %.22s\r\n"
	"Accept: application/x-rtsp-tunnelled\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n\r\n";
static const char post_format[] =
	"POST %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: %s\r\nx-sessioncookie: %.22s\r\n"
	"Content-Type: application/x-rtsp-tunnelled\r\nContent-Length: 32764\r\n"
	"Expires: Sun, 9 Jan 1972 00:00:00 GMT\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n\r\n";

static const struct {
	const char *host;
	uint16_t port;
	const char *host_header, *path, *user_agent;
} requests[] = {
	{ "192.0.2.1", 80, "192.0.2.1:80", "/", "a" },
	{ "camera.example", 8080, "camera.example:8080", "/onvif/x?y=1&z=%20", "pipewire-onvif" },
	{ "2001:db8::1", 443, "[2001:db8::1]:443", "/a", "two words (here)" },
	/* a zone means nothing to the camera (RFC 6874 1) */
	{ "fe80::1%eth0", 554, "[fe80::1]:554", "//a", "" },
};

static void check_target(uint32_t n)
{
	const struct net_target *t;

	fake_net_select(web, n);
	t = fake_net_target(web);
	check_str(t->host, target.target.host);
	check_int(t->port, target.target.port);
	check_int(t->security, target.target.security);
	check_str(t->pin, target.target.pin);
	check_int(t->connect_timeout_ms, target.target.connect_timeout_ms);
}

static void test_requests(void)
{
	char text[1024], pin[] = "sha256//x", host[64], path[64], agent[64], first[22] = { 0 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(requests); i++) {
		test_context("row %zu", i);
		tunnel_begin();
		snprintf(host, sizeof(host), "%s", requests[i].host);
		snprintf(path, sizeof(path), "%s", requests[i].path);
		snprintf(agent, sizeof(agent), "%s", requests[i].user_agent);
		target = (struct net_tunnel_target) { .path = path, .user_agent = agent, .target = {
			.host = host, .port = requests[i].port, .security = NET_TLS_PIN, .pin = pin,
			.connect_timeout_ms = 77 } };
		check_int(tunnel_dial(), 0);
		/* it has its own copies */
		host[0] = path[0] = agent[0] = pin[0] = 'X';
		fake_net_accept(web);
		vloop_flush(loop);
		snprintf(text, sizeof(text), get_format, requests[i].path, requests[i].host_header,
				requests[i].user_agent, cookie_of(0).p);
		check_slice(fake_net_sent(web), text);
		check(memcmp(cookie_of(0).p, first, sizeof(first)) != 0);
		memcpy(first, cookie_of(0).p, sizeof(first));
		web_say(0, GET_OK, strlen(GET_OK), false);

		check_int(fake_net_count(web), 2);
		fake_net_accept(web);
		vloop_flush(loop);
		snprintf(text, sizeof(text), post_format, requests[i].path, requests[i].host_header,
				requests[i].user_agent, first);
		check_slice(fake_net_sent(web), text);
		check_str(user.address, requests[i].host);
		check_int(fake_net_n_open(web), 2);
		host[0] = requests[i].host[0];
		pin[0] = 's';
		check_target(0);
		check_target(1);
		check_int(user.closed + user.readable + user.writable, 0);
		tunnel_end();
	}
}

static void test_bad_targets(void)
{
	static char long_path[8192];
	static const struct {
		const char *host, *path, *user_agent;
		int res;
	} t[] = {
		{ "192.0.2.1", "", "a", -EINVAL },
		{ "192.0.2.1", "a", "a", -EINVAL },
		{ "192.0.2.1", "/a b", "a", -EINVAL },
		{ "192.0.2.1", "/a\r\nX: y", "a", -EINVAL },
		{ "192.0.2.1", "/a\177", "a", -EINVAL },
		{ "192.0.2.1", "/a", "a\nX: y", -EINVAL },
		{ "192.0.2.1\r\nX: y", "/a", "a", -EINVAL },
		{ "192.0.2.1", long_path, "a", -E2BIG },
		{ "192.0.2.1", "/a", long_path, -E2BIG },
	};

	memset(long_path, 'a', sizeof(long_path) - 1);
	long_path[0] = '/';
	tunnel_begin();
	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		test_context("row %zu", i);
		target.target.host = t[i].host;
		target.path = t[i].path;
		target.user_agent = t[i].user_agent;
		check_int(tunnel_dial(), t[i].res);
		check(user.stream == NULL);
	}
	check_int(fake_net_count(web), 0);
	tunnel_end();
}

/* What web servers answer to GET; res 0: a tunnel. */
static const struct reply {
	const char *text;
	int res;
	const char *message;
} replies[] = {
	{ GET_OK, 0, NULL },
	{ "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/x-rtsp-tunnelled\r\n"
		"Transfer-Encoding: x\r\nContent-Length: 2147483647\r\n\r\n", 0, NULL },
	{ "RTSP/1.0 200 OK\r\nServer: x\r\n\r\n", 0, NULL },
	{ "HTTP/1.0 200\r\n\r\n", 0, NULL },
	{ "HTTP/1.0 200 OK\n\n", 0, NULL },
	{ "HTTP/1.0 200 OK\nServer: a\nX:\n\n", 0, NULL },
	{ "HTTP/1.0 200 OK\r\nmore junk than header\r\n: \r\n\r\r\n \r\n\r\n", 0, NULL },
	{ "HTTP/1.0 200 OK\r\ncontent-type :text/html\r\nX-Content-Type: text/html\r\n\r\n", 0, NULL },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 0, NULL },

	{ "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>no", -ENOENT, "the web server answered 404" },
	{ "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n", -EACCES, "the web server answered 401" },
	{ "HTTP/1.0 403\n\n", -EACCES, "the web server answered 403" },
	{ "RTSP/1.0 405 Method Not Allowed\r\n\r\n", -EPROTO, "the web server answered 405" },
	{ "HTTP/1.1 301 Moved\r\nLocation: http://192.0.2.66/\r\n\r\n", -EPROTO, "the web server answered 301" },
	{ "HTTP/1.1 500 Oops\r\n\r\n", -EPROTO, "the web server answered 500" },
	{ "HTTP/1.1 599 Oops\r\n\r\n", -EPROTO, "the web server answered 599" },
	{ "HTTP/1.1 600 Oops\r\n\r\n", -EPROTO, "does not speak HTTP" },
	{ "HTTP/1.1 -200 OK\r\n\r\n", -EPROTO, "does not speak HTTP" },
	{ "HTTP/1.1 200OK\r\n\r\n", -EPROTO, "does not speak HTTP" },
	{ "HTTP/1.1\r\n\r\n", -EPROTO, "does not speak HTTP" },
	{ "220 camera FTP server\r\n\r\n", -EPROTO, "does not speak HTTP" },
	{ "a/b 200 OK\r\n\r\n", -EPROTO, "does not speak HTTP" },
	{ "\r\n\r\n", -EPROTO, "does not speak HTTP" },
	{ "\n", -EPROTO, "does not speak HTTP" },
	{ "HTTP/1.1 200 OK\r\nContent-type:  Text/HTML; charset=x\r\n\r\n<html>", -EPROTO, "answered with a page" },
	/* for ever on its way */
	{ "HTTP/1.1 102 X\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 102 X\r\n\r\n"
		"HTTP/1.1 102 X\r\n\r\n", -EPROTO, "the web server answered 102" },
};

enum how { WHOLE, BY_BYTE, READ_BY_BYTE, N_HOW };

static void check_reply(const struct reply *r, enum how how)
{
	tunnel_begin();
	check_int(tunnel_dial(), 0);
	fake_net_accept(web);
	vloop_flush(loop);
	fake_net_set_chunk(web, how == READ_BY_BYTE);
	web_say(0, r->text, strlen(r->text), how == BY_BYTE);
	check_int(user.closed, r->res < 0);
	check_int(user.connected, 0);
	check_int(fake_net_count(web), r->res == 0 ? 2 : 1);
	if (r->res < 0) {
		check_int(user.res, r->res);
		check_contains(user.message, r->message);
	} else {
		fake_net_accept(web);
		vloop_flush(loop);
		check_int(user.connected, 1);
		/* nothing of the header gets through */
		check_int(user.readable, 0);
	}
	tunnel_end();
}

static void test_replies(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(replies); i++)
		for (int how = 0; how < N_HOW; how++) {
			test_context("reply %zu, %d", i, how);
			check_reply(&replies[i], (enum how)how);
		}
}

/* A header, an answer before the question, without end. */
static void test_endless(void)
{
	static char junk[65536];

	memset(junk, 'x', sizeof(junk));
	for (int how = 0; how < 2; how++) {
		tunnel_begin();
		check_int(tunnel_dial(), 0);
		fake_net_accept(web);
		vloop_flush(loop);
		web_say(0, "HTTP/1.0 200 OK\r\n", 17, false);
		web_say(0, junk, sizeof(junk) / (how ? 4 : 1), how);
		check_int(user.res, -E2BIG);
		check_int(user.closed, 1);
		tunnel_end();
	}
	/* as much as may be */
	tunnel_begin();
	check_int(tunnel_dial(), 0);
	fake_net_accept(web);
	vloop_flush(loop);
	web_say(0, "HTTP/1.0 200 OK\r\n", 17, false);
	web_say(0, junk, LIMIT_TUNNEL_HEAD_LEN - 17 - 4, false);
	web_say(0, "\r\n\r\n", 4, false);
	check_int(user.closed, 0);
	check_int(fake_net_count(web), 2);

	/* RTSP before POST is there */
	web_say(0, junk, LIMIT_TUNNEL_EARLY_LEN, false);
	check_int(user.closed, 0);
	web_say(0, "x", 1, false);
	check_int(user.closed, 1);
	check_int(user.res, -E2BIG);
	tunnel_end();

	/* POST's answer */
	tunnel_begin();
	tunnel_up();
	web_say(1, junk, LIMIT_TUNNEL_HEAD_LEN + 1, false);
	check_int(user.res, -E2BIG);
	tunnel_end();
}

/* RTSP in the header's segment, before POST is open, afterwards: in order, and told. */
static void test_early_bytes(void)
{
	static const char early[] = GET_OK "RTSP/1.0 200 OK\r\n\r\n$";

	for (int how = 0; how < 4; how++) {
		test_context("%d", how);
		tunnel_begin();
		user.chunk = how & 1 ? 3 : 0;
		check_int(tunnel_dial(), 0);
		fake_net_accept(web);
		vloop_flush(loop);
		web_say(0, early, sizeof(early) - 1, how & 2);
		web_say(0, "\0\0\1a", 4, how & 2);
		check_int(user.readable, 0);
		check_int(net_stream_recv(user.stream, &(char){ 0 }, 1), -ENOTCONN);
		check_int(tunnel_offer("x", 1), -ENOTCONN);
		fake_net_select(web, 1);
		fake_net_accept(web);
		vloop_flush(loop);
		check_int(user.connected, 1);
		check_int(user.readable, 1);
		web_say(0, "later", 5, how & 2);
		check_int(user.in.len, 20 + 4 + 5);
		check(memcmp(user.in.data, "RTSP/1.0 200 OK\r\n\r\n$\0\0\1alater", 29) == 0);
		tunnel_end();
	}

	/* nobody reads at first */
	tunnel_begin();
	user.mute = true;
	check_int(tunnel_dial(), 0);
	fake_net_accept(web);
	vloop_flush(loop);
	web_say(0, early, sizeof(early) - 1, false);
	fake_net_select(web, 1);
	fake_net_accept(web);
	vloop_flush(loop);
	check_int(user.readable, 1);
	user.mute = false;
	web_say(0, "z", 1, false);
	check_int(user.in.len, 21);
	tunnel_end();
}

/* each end of each connection, at each stage */
enum stage { GET_DIALLED, GET_ASKED, POST_DIALLED, OPEN };
enum end { REFUSED, ENDED, BROKEN, ELSEWHERE };

static const struct failure {
	enum stage stage;
	uint32_t n;		/* of the connection */
	enum end end;
	int how, res;
	const char *message;
} failures[] = {
	{ GET_DIALLED, 0, REFUSED, -ECONNREFUSED, -ECONNREFUSED, "the message" },
	{ GET_DIALLED, 0, REFUSED, -ENOKEY, -ENOKEY, "the message" },
	{ GET_DIALLED, 0, REFUSED, -EKEYREJECTED, -EKEYREJECTED, "the message" },
	{ GET_DIALLED, 0, REFUSED, -ETIMEDOUT, -ETIMEDOUT, "the message" },
	{ GET_ASKED, 0, ENDED, 0, -EPROTO, "the web server hung up" },
	{ GET_ASKED, 0, BROKEN, -ECONNRESET, -ECONNRESET, "broken by the test" },
	{ POST_DIALLED, 1, REFUSED, -ECONNREFUSED, -ECONNREFUSED, "the message" },
	/* another camera answers at the same address, for example */
	{ POST_DIALLED, 1, REFUSED, -EKEYREJECTED, -EKEYREJECTED, "the message" },
	{ POST_DIALLED, 1, ELSEWHERE, 0, -EPROTO, "different hosts" },
	{ POST_DIALLED, 0, ENDED, 0, -EPROTO, "the web server hung up" },
	{ POST_DIALLED, 0, BROKEN, -EHOSTUNREACH, -EHOSTUNREACH, "broken by the test" },
	{ OPEN, 0, ENDED, 0, 0, "closed by the peer" },
	{ OPEN, 0, BROKEN, -ECONNRESET, -ECONNRESET, "broken by the test" },
	{ OPEN, 1, BROKEN, -EPIPE, -EPIPE, "broken by the test" },
};

static void reach(enum stage stage)
{
	if (stage == OPEN) {
		tunnel_up();
		return;
	}
	check_int(tunnel_dial(), 0);
	if (stage == GET_DIALLED)
		return;
	fake_net_accept(web);
	vloop_flush(loop);
	if (stage == POST_DIALLED)
		web_say(0, GET_OK, strlen(GET_OK), false);
}

static void fail(const struct failure *f)
{
	fake_net_select(web, f->n);
	switch (f->end) {
	case REFUSED:
		fake_net_set_message(web, "the message");
		fake_net_refuse(web, f->how);
		break;
	case ELSEWHERE:
		fake_net_set_address(web, "192.0.2.66");
		fake_net_accept(web);
		break;
	default:
		fake_net_close(web, f->how);
		break;
	}
	vloop_flush(loop);
}

static void test_failures(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(failures); i++) {
		const struct failure *f = &failures[i];

		for (int destroy = 0; destroy < 2; destroy++) {
			test_context("failure %zu", i);
			tunnel_begin();
			reach(f->stage);
			user.destroy_in = destroy ? CLOSED : NOWHERE;
			fail(f);
			check_int(user.closed, 1);
			check_int(user.res, f->res);
			check_contains(user.message, f->message);
			check_int(user.connected, f->stage == OPEN);
			/* closed() came from the loop and stays the last that is heard */
			if (user.stream) {
				check_int(tunnel_offer("x", 1), -ENOTCONN);
				check_int(net_stream_recv(user.stream, &(char){ 0 }, 1), -ENOTCONN);
			}
			vloop_run(loop, 60000);
			check_int(user.closed, 1);
			/* nothing of ours reached the stranger */
			if (f->end == ELSEWHERE)
				check_int(fake_net_sent(web).len, 0);
			tunnel_end();
		}
	}
}

/* A message of POST's web server ends it, or does not; what it says more is nobody's. */
static const struct reply post_replies[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\n\n\nHTTP/1.1 404 no\r\n\r\n", 0, NULL },
	{ "HTTP/1.1 100 Continue\r\n\r\n", 0, NULL },
	{ "HTTP/1.0 204\n\n", 0, NULL },
	{ "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", 0, NULL },
	{ "HTTP/1.1 404 Not Found\r\n\r\n", -ENOENT, "the web server answered 404" },
	{ "HTTP/1.1 401 Unauthorized\r\n\r\n", -EACCES, "the web server answered 401" },
	{ "HTTP/1.1 413 Too Large\r\n\r\n", -EPROTO, "the web server answered 413" },
	{ "HTTP/1.1 302 Found\r\n\r\n", -EPROTO, "the web server answered 302" },
	{ "<html>\n\n", -EPROTO, "the web server does not speak HTTP" },
};

static void test_post_replies(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(post_replies); i++)
		for (int how = 0; how < N_HOW; how++) {
			const struct reply *r = &post_replies[i];

			test_context("reply %zu, %d", i, how);
			tunnel_begin();
			tunnel_up();
			fake_net_set_chunk(web, how == READ_BY_BYTE);
			web_say(1, r->text, strlen(r->text), how == BY_BYTE);
			check_int(user.closed, r->res < 0);
			if (r->res < 0) {
				check_int(user.res, r->res);
				check_contains(user.message, r->message);
			} else {
				web_say(0, "alive", 5, false);
				check_int(user.in.len, 5);
				check_int(tunnel_offer("abc", 3), 3);
				check_slice(web_body(1), "YWJj");
			}
			tunnel_end();
		}
}

/* from outside at each stage, inside each event */
static void test_destroy(void)
{
	static const char early[] = GET_OK "x";

	for (int stage = GET_DIALLED; stage <= OPEN; stage++) {
		tunnel_begin();
		reach((enum stage)stage);
		net_stream_destroy(user.stream);
		user.stream = NULL;
		vloop_run(loop, 60000);
		check_int(fake_net_n_open(web), 0);
		check_int(user.closed, 0);
		tunnel_end();
	}
	for (int where = CONNECTED; where <= READABLE; where++) {
		tunnel_begin();
		user.destroy_in = (enum where)where;
		reach(GET_ASKED);
		web_say(0, early, sizeof(early) - 1, false);
		fake_net_accept(web);
		vloop_flush(loop);
		check(user.stream == NULL);
		check_int(user.readable, where == READABLE);
		check_int(fake_net_n_open(web), 0);
		tunnel_end();
	}
	tunnel_begin();
	tunnel_up();
	user.destroy_in = READABLE;
	web_say(0, "xy", 2, true);
	check(user.stream == NULL);
	check_int(user.in.len, 1);
	tunnel_end();

	tunnel_begin();
	tunnel_up();
	user.destroy_in = WRITABLE;
	fake_net_select(web, 1);
	fake_net_set_window(web, 1);
	check_int(tunnel_offer("abc", 3), 3);
	check_int(tunnel_offer("abc", 3), -EAGAIN);
	fake_net_set_window(web, SIZE_MAX);
	vloop_flush(loop);
	check(user.stream == NULL);
	check_int(user.writable, 1);
	tunnel_end();
}

static const struct test tests[] = {
	{ "requests", test_requests },
	{ "bad targets", test_bad_targets },
	{ "replies", test_replies },
	{ "without end", test_endless },
	{ "early bytes", test_early_bytes },
	{ "failures", test_failures },
	{ "replies to POST", test_post_replies },
	{ "destroyed anywhere", test_destroy },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
