/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pipewire/pipewire.h>

#include "module/net/net.h"
#include "module/util/addr.h"
#include "module/util/buf.h"
#include "module/util/clock.h"
#include "tests/lib/test.h"

/* libcurl against real sockets, on a real loop */

enum where { NOWHERE, CONNECTED, READABLE, WRITABLE, CLOSED };

struct peer {
	struct net_stream *stream;
	enum where destroy_in;
	bool mute;		/* do not read */
	int connected, readable, writable, closed;
	bool inside;		/* connect() or another method is running */
	int res;
	char address[ADDR_STRLEN];
	char message[128];
	struct buf in;
	bool end;
};

static struct pw_loop *loop;
static struct net *net;
static struct peer peer;

static void maybe_destroy(struct peer *p, enum where where)
{
	check(!p->inside);
	check(p->stream != NULL);
	check(p->closed == (where == CLOSED));
	if (p->destroy_in == where) {
		net_stream_destroy(p->stream);
		p->stream = NULL;
	}
}

static void on_connected(void *data, const char *address)
{
	struct peer *p = data;

	p->connected++;
	check_int(str_copy(str_from(address), p->address, sizeof(p->address)), 0);
	maybe_destroy(p, CONNECTED);
}

static void on_readable(void *data)
{
	struct peer *p = data;
	char bytes[4096];
	ssize_t n;

	p->readable++;
	while (!p->mute && (n = net_stream_recv(p->stream, bytes, sizeof(bytes))) != -EAGAIN) {
		p->end = n == 0;
		if (n <= 0)
			break;
		buf_add(&p->in, bytes, (size_t)n);
	}
	maybe_destroy(p, READABLE);
}

static void on_writable(void *data)
{
	struct peer *p = data;

	p->writable++;
	maybe_destroy(p, WRITABLE);
}

static void on_closed(void *data, int res, const char *message)
{
	struct peer *p = data;

	p->closed++;
	p->res = res;
	check_int(str_copy(str_from(message), p->message, sizeof(p->message)), 0);
	maybe_destroy(p, CLOSED);
}

static const struct net_stream_events events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.closed = on_closed,
};

static void begin(void)
{
	if (loop == NULL) {
		loop = pw_loop_new(NULL);
		pw_loop_enter(loop);
		net = net_curl_new(loop->utils);
		check(net != NULL);
	}
	net_stream_destroy(peer.stream);
	buf_clear(&peer.in);
	peer = (struct peer){ .res = 1 };
	buf_init(&peer.in, 1 << 24);
}

static void turn(void)
{
	check(pw_loop_iterate(loop, 10) >= 0);
}

#define run_until(cond) \
	do { uint64_t _end = clock_monotonic() + 20 * SPA_NSEC_PER_SEC; \
		while (!(cond) && clock_monotonic() < _end) turn(); \
		check(cond); } while (0)

static void run_ms(uint32_t ms)
{
	uint64_t end = clock_monotonic() + ms * NSEC_PER_MSEC;

	while (clock_monotonic() < end)
		turn();
}

static int listen_on(const char *host, int backlog, uint16_t *ret_port)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd;

	check_int(addr_parse(str_from(host), 0, &ss), 0);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	check(fd >= 0);
	if (bind(fd, (struct sockaddr *)&ss, ss.ss_family == AF_INET6 ?
			sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in)) < 0) {
		close(fd);
		test_skip("no %s here", host);
	}
	check_int(listen(fd, backlog), 0);
	check_int(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	/* the port lies at the same place in both families */
	*ret_port = ntohs(((struct sockaddr_in *)&ss)->sin_port);
	return fd;
}

static int dial_full(const char *host, uint16_t port, enum net_security security, const char *pin, uint32_t timeout)
{
	struct net_target target = { .host = host, .port = port, .security = security,
		.pin = pin, .connect_timeout_ms = timeout };
	int res;

	peer.inside = true;
	res = net_connect(net, &target, &events, &peer, &peer.stream);
	peer.inside = false;
	return res;
}

static int dial(const char *host, uint16_t port)
{
	return dial_full(host, port, NET_PLAIN, NULL, 5000);
}

/* connects and returns the server's end */
static int pair(void)
{
	uint16_t port;
	int l = listen_on("127.0.0.1", 4, &port), fd = -1;

	check_int(dial("127.0.0.1", port), 0);
	run_until((fd >= 0 || (fd = accept4(l, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) && peer.connected);
	close(l);
	return fd;
}

static ssize_t offer(const void *data, size_t size)
{
	ssize_t n;

	peer.inside = true;
	n = net_stream_send(peer.stream, data, size);
	peer.inside = false;
	return n;
}

static void test_talk(void)
{
	uint32_t fds;
	char bytes[64];
	int fd;

	begin();
	fds = test_count_fds();
	fd = pair();
	check_str(peer.address, "127.0.0.1");
	check_int(peer.connected, 1);
	check_int(offer("hello", 5), 5);
	run_ms(20);
	check_int(read(fd, bytes, sizeof(bytes)), 5);
	check_int(write(fd, "world", 5), 5);
	run_until(peer.in.len == 5);
	check_str(peer.in.data, "world");
	/* nothing is written when there is nothing to tell: no busy loop */
	peer.readable = 0;
	run_ms(50);
	check_int(peer.readable, 0);
	check_int(peer.writable, 0);
	net_stream_destroy(peer.stream);
	peer.stream = NULL;
	/* the socket is closed at once */
	check_int(read(fd, bytes, sizeof(bytes)), 0);
	close(fd);
	check_int(test_count_fds(), fds);
}

static void test_names(void)
{
	static const char *const hosts[] = { "127.0.0.1", "::1", "localhost" };
	uint16_t port;
	size_t i;
	int l, fd;

	/* a desktop's proxy must not be asked */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	for (i = 0; i < SPA_N_ELEMENTS(hosts); i++) {
		begin();
		l = listen_on(i == 2 ? "127.0.0.1" : hosts[i], 4, &port);
		check_int(dial(hosts[i], port), 0);
		run_until(peer.connected || peer.closed);
		check(peer.connected);
		check_str(peer.address, i == 2 ? "127.0.0.1" : hosts[i]);
		fd = accept(l, NULL, NULL);
		check(fd >= 0);
		close(fd);
		close(l);
	}
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void test_bad_targets(void)
{
	static const char *const hosts[] = { "", "a b", "a/b", "u@h", "h:1:x/", "127.0.0.1%lo", "a\r\nb", "[::1]", "a?b", "a#b" };
	size_t i;

	begin();
	for (i = 0; i < SPA_N_ELEMENTS(hosts); i++)
		check_int(dial(hosts[i], 80), -EINVAL);
	check_int(dial("127.0.0.1", 0), -EINVAL);
	check(peer.stream == NULL);
}

static void test_failures(void)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	uint16_t port;
	int l, fill[8];
	size_t i;

	/* refused */
	begin();
	l = listen_on("127.0.0.1", 1, &port);
	close(l);
	check_int(dial("127.0.0.1", port), 0);
	run_until(peer.closed);
	check_int(peer.res, -ECONNREFUSED);
	check_str(peer.message, "Connection refused");
	check_int(peer.connected, 0);
	run_ms(20);
	check_int(peer.closed, 1);
	check_int(net_stream_send(peer.stream, "x", 1), -ENOTCONN);
	check_int(net_stream_recv(peer.stream, fill, 1), -ENOTCONN);

	/* unknown */
	begin();
	check_int(dial("no-such-camera.invalid", 554), 0);
	run_until(peer.closed);
	check_int(peer.res, -ENXIO);
	check_str(peer.message, "host name not found");

	/* mute: a full backlog does not answer */
	begin();
	l = listen_on("127.0.0.1", 0, &port);
	check_int(getsockname(l, (struct sockaddr *)&sin, &len), 0);
	for (i = 0; i < SPA_N_ELEMENTS(fill); i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(fill[i], (struct sockaddr *)&sin, sizeof(sin));
	}
	check_int(dial_full("127.0.0.1", port, NET_PLAIN, NULL, 300), 0);
	run_until(peer.closed);
	check_int(peer.res, -ETIMEDOUT);
	check_str(peer.message, "no answer in time");
	for (i = 0; i < SPA_N_ELEMENTS(fill); i++)
		close(fill[i]);
	close(l);
}

static void test_peer_ends(void)
{
	struct linger linger = { 1, 0 };
	int fd;

	/* in order, while nothing is sent */
	begin();
	fd = pair();
	check_int(write(fd, "bye", 3), 3);
	close(fd);
	run_until(peer.closed);
	check_int(peer.res, 0);
	check_str(peer.in.data, "bye");
	check(peer.end);

	/* reset, while nothing is sent */
	begin();
	fd = pair();
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
	run_until(peer.closed);
	check_int(peer.res, -ECONNRESET);
	check_str(peer.message, "Connection reset by peer");

	/* the same with an owner that does not read */
	begin();
	fd = pair();
	peer.mute = true;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
	run_until(peer.closed);
	check_int(peer.res, -ECONNRESET);

	/* noticed by a send() */
	begin();
	fd = pair();
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
	while (offer("x", 1) == 1)
		;
	check_int(peer.closed, 0);
	run_until(peer.closed);
	check(peer.res < 0);
	run_ms(20);
	check_int(peer.closed, 1);

	/* half closed: the camera sends no more */
	begin();
	fd = pair();
	shutdown(fd, SHUT_WR);
	run_until(peer.closed);
	check_int(peer.res, 0);
	close(fd);
}

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

static void test_stalled_reader(void)
{
	static uint8_t out[2 << 20], in[65536];
	size_t sent = 0, got = 0, i;
	int again = 0, cut = 0, fd;
	ssize_t n;

	for (i = 0; i < sizeof(out); i++)
		out[i] = pattern(i);
	begin();
	fd = pair();
	while ((n = offer(out + sent, sizeof(out) - sent)) > 0)
		sent += (size_t)n;
	check_int(n, -EAGAIN);
	check(sent < sizeof(out));
	/* no writable() while the reader sleeps, and no busy loop */
	peer.writable = 0;
	run_ms(60);
	check(peer.writable <= 2);
	while (got < sizeof(out)) {
		while ((n = read(fd, in, sizeof(in))) > 0)
			for (i = 0; i < (size_t)n; i++)
				check(in[i] == pattern(got++));
		turn();
		if (!peer.writable || sent == sizeof(out))
			continue;
		peer.writable = 0;
		while (sent < sizeof(out) && (n = offer(out + sent, SPA_MIN(sizeof(out) - sent, 100000u))) > 0) {
			cut += n < 100000;
			sent += (size_t)n;
		}
		again += n == -EAGAIN;
	}
	check_int(sent, sizeof(out));
	check(again > 0 && cut > 0);
	close(fd);
}

/* what a hung network may deliver late, see net-curl.c */
static void test_little_is_unsent(void)
{
	static const uint8_t packet[176];
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int l, fd, small = 4096;
	size_t sent = 0;
	uint16_t port;

	begin();
	l = listen_on("127.0.0.1", 4, &port);
	/* a camera's small window */
	setsockopt(l, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	check_int(getsockname(l, (struct sockaddr *)&sin, &len), 0);
	check_int(dial("127.0.0.1", port), 0);
	run_until(peer.connected);
	fd = accept(l, NULL, NULL);
	while (sent < 1 << 20 && offer(packet, sizeof(packet)) == (ssize_t)sizeof(packet)) {
		sent += sizeof(packet);
		turn();
	}
	printf("# %zu bytes of 176-byte packets went to a peer that does not read\n", sent);
	check(sent < 16384);
	close(fd);
	close(l);
}

static void test_destroy(void)
{
	enum where where;
	uint64_t start;
	uint32_t fds;
	uint16_t port;
	int fd, l;

	begin();
	fds = test_count_fds();
	for (where = CONNECTED; where <= CLOSED; where++) {
		static uint8_t bytes[1 << 20];

		begin();
		peer.destroy_in = where;
		fd = pair();
		if (where == WRITABLE) {
			while (offer(bytes, sizeof(bytes)) > 0)
				;
			while (peer.stream != NULL) {
				while (read(fd, bytes, sizeof(bytes)) > 0)
					;
				turn();
			}
		} else if (where == READABLE) {
			check_int(write(fd, "x", 1), 1);
		}
		close(fd);
		run_until(peer.stream == NULL);
		run_ms(20);
		check_int(peer.closed, where == CLOSED);
	}
	/* in closed() of a failed connect */
	begin();
	peer.destroy_in = CLOSED;
	l = listen_on("127.0.0.1", 1, &port);
	close(l);
	check_int(dial("127.0.0.1", port), 0);
	run_until(peer.stream == NULL);

	/* before anything happened; while the name is looked up, without waiting for that */
	begin();
	start = clock_monotonic();
	check_int(dial("127.0.0.1", port), 0);
	net_stream_destroy(peer.stream);
	check_int(dial("no-such-camera.invalid", 554), 0);
	turn();
	net_stream_destroy(peer.stream);
	peer.stream = NULL;
	run_ms(20);
	check_int(peer.closed + peer.connected, 0);
	check(clock_monotonic() - start < SPA_NSEC_PER_SEC);
	/* the resolver's thread ends by itself */
	run_until(test_count_fds() <= fds);
}

/* The media goes there: marked for it in both families, from the first segment on. */
static void test_dscp(void)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };

	for (size_t i = 0; i < SPA_N_ELEMENTS(hosts); i++) {
		struct sockaddr_storage ss = { 0 };
		uint16_t port;
		int l, n = 0;

		begin();
		l = listen_on(hosts[i], 4, &port);
		check_int(dial(hosts[i], port), 0);
		run_until(peer.connected);
		for (int fd = 0; fd < 256; fd++) {
			socklen_t len = sizeof(ss);
			int tos = 0;

			/* others' sockets may have shorter addresses */
			memset(&ss, 0, sizeof(ss));
			if (getpeername(fd, (struct sockaddr *)&ss, &len) < 0 ||
			    ntohs(((struct sockaddr_in *)&ss)->sin_port) != port)
				continue;
			n++;
			len = sizeof(tos);
			check_int(getsockopt(fd, i ? IPPROTO_IPV6 : IPPROTO_IP, i ? IPV6_TCLASS : IP_TOS,
					&tos, &len), 0);
			check_int(tos, 46 << 2);
		}
		check_int(n, 1);
		close(l);
	}
}

static const struct test tests[] = {
	{ "talk", test_talk },
	{ "names and addresses, no proxy", test_names },
	{ "bad targets", test_bad_targets },
	{ "failures", test_failures },
	{ "the peer ends", test_peer_ends },
	{ "stalled reader", test_stalled_reader },
	{ "little is unsent", test_little_is_unsent },
	{ "destroyed anywhere", test_destroy },
	{ "DSCP", test_dscp },
};

int main(int argc, char **argv)
{
	int res;

	pw_init(&argc, &argv);
	res = test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
	net_stream_destroy(peer.stream);
	buf_clear(&peer.in);
	net_destroy(net);
	if (loop) {
		pw_loop_leave(loop);
		pw_loop_destroy(loop);
	}
	pw_deinit();
	return res;
}
