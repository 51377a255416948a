/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/net/net.h"
#include "module/util/addr.h"
#include "module/util/limits.h"
#include "tests/lib/test.h"
#include "tests/unit/onvif/real-loop.h"

/* The pair against real sockets, on a real loop; the test is the camera. */

#define EF		0xb8
#define MAX_TRIES	64	/* of udp.c */

static const char *const hosts[] = { "127.0.0.1", "::1" };

static struct spa_loop_utils *loop;
static struct net *net;
static struct net_udp *udp;
static int camera[2] = { -1, -1 };
static uint16_t camera_port[2];

enum where { NOWHERE, DATAGRAM, ERROR };

static struct seen {
	enum where destroy_in;
	bool inside;		/* a method of ours is running: nothing may be emitted */
	int n[2], n_errors, last_error;
	size_t len;
	char bytes[LIMIT_UDP_LEN];
} seen;

static void maybe_destroy(enum where where)
{
	check(!seen.inside);
	check(udp != NULL);
	if (seen.destroy_in != where)
		return;
	net_udp_destroy(udp);
	udp = NULL;
}

static void on_datagram(void *data, bool rtcp, const void *bytes, size_t size)
{
	seen.n[rtcp]++;
	seen.len = size;
	check(size <= sizeof(seen.bytes));
	memcpy(seen.bytes, bytes, size);
	maybe_destroy(DATAGRAM);
}

static void on_error(void *data, int res)
{
	seen.n_errors++;
	seen.last_error = res;
	maybe_destroy(ERROR);
}

static const struct net_udp_events events = {
	NET_VERSION_UDP_EVENTS,
	.datagram = on_datagram,
	.error = on_error,
};

/* how often a bind() to a certain port fails, as where somebody else is there */
static int taken, n_binds;

int __real_bind(int fd, const struct sockaddr *sa, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *sa, socklen_t len);

int __wrap_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	/* the port lies at the same place in both families */
	bool certain = ((const struct sockaddr_in *)sa)->sin_port != 0;

	n_binds++;
	if (certain && taken > 0) {
		taken--;
		errno = EADDRINUSE;
		return -1;
	}
	return __real_bind(fd, sa, len);
}

/* a socket of the camera, or of somebody else */
static int open_socket(const char *host, uint16_t *ret_port)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int one = 1, fd;

	check_int(addr_parse(str_from(host), 0, &ss), 0);
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, sizeof(ss)) < 0) {
		if (fd >= 0)
			close(fd);
		test_skip("no %s here", host);
	}
	(void)setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &one, sizeof(one));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &one, sizeof(one));
	check_int(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	*ret_port = ntohs(((struct sockaddr_in *)&ss)->sin_port);
	return fd;
}

static void end(void)
{
	net_udp_destroy(udp);
	udp = NULL;
	for (int i = 0; i < 2; i++) {
		if (camera[i] >= 0)
			close(camera[i]);
		camera[i] = -1;
	}
	net_destroy(net);
	net = NULL;
	if (loop)
		real_loop_destroy();
	loop = NULL;
	taken = 0;
}

static void begin(const char *host)
{
	end();
	seen = (struct seen) { 0 };
	loop = real_loop_new();
	net = net_curl_new(loop);
	check(net != NULL);
	for (int i = 0; i < 2; i++)
		camera[i] = open_socket(host, &camera_port[i]);
	check_int(net_open_udp(net, host, &events, NULL, &udp), 0);
}

static int give(bool rtcp, const char *text)
{
	int res;

	seen.inside = true;
	res = net_udp_send(udp, rtcp, text, strlen(text));
	seen.inside = false;
	return res;
}

static void set_peer(uint16_t rtp_port, uint16_t rtcp_port)
{
	seen.inside = true;
	net_udp_set_peer(udp, rtp_port, rtcp_port);
	seen.inside = false;
}

static void say(int fd, const char *host, uint16_t port, const void *bytes, size_t len)
{
	struct sockaddr_storage ss;

	check_int(addr_parse(str_from(host), port, &ss), 0);
	check_int(sendto(fd, bytes, len, 0, (struct sockaddr *)&ss, sizeof(ss)), len);
}

/* from the camera, to one of our sockets */
static void camera_says(const char *host, bool rtcp, const char *text)
{
	say(camera[rtcp], host, (uint16_t)(udp->port + rtcp), text, strlen(text));
}

static int tclass(struct msghdr *msg)
{
	struct cmsghdr *c;
	int value = 0;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
			return *CMSG_DATA(c);
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
			memcpy(&value, CMSG_DATA(c), sizeof(value));
			return value;
		}
	}
	return -1;
}

/* what the camera got: from that port of ours, marked as media */
static void check_heard(int fd, const char *text, uint16_t from_port)
{
	char bytes[64], control[256];
	struct sockaddr_storage from;
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
		.msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	check_int(poll(&p, 1, 2000), 1);
	check_int(recvmsg(fd, &msg, 0), strlen(text));
	check(memcmp(bytes, text, strlen(text)) == 0);
	check_int(ntohs(((struct sockaddr_in *)&from)->sin_port), from_port);
	check_int(tclass(&msg), EF);
}

static void check_silence(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	check_int(poll(&p, 1, 20), 0);
}

/* sockets of ours at that port, each with the flags that it needs */
static uint32_t count_sockets(uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len;
	uint32_t n = 0;

	for (int fd = 0; fd < 256; fd++) {
		len = sizeof(ss);
		if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0 ||
		    (ss.ss_family != AF_INET && ss.ss_family != AF_INET6) ||
		    ntohs(((struct sockaddr_in *)&ss)->sin_port) != port)
			continue;
		check(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		check(fcntl(fd, F_GETFL) & O_NONBLOCK);
		n++;
	}
	return n;
}

static void talk(const char *host)
{
	struct net_udp_stats stats;

	begin(host);
	check_int(udp->port % 2, 0);
	check_int(count_sockets(udp->port), 1);
	check_int(count_sockets((uint16_t)(udp->port + 1)), 1);
	set_peer(camera_port[0], camera_port[1]);
	check_int(give(false, "sound"), 0);
	check_int(give(true, "report"), 0);
	check_heard(camera[0], "sound", udp->port);
	check_heard(camera[1], "report", (uint16_t)(udp->port + 1));
	camera_says(host, false, "rtp");
	check(real_loop_until(&seen.n[0], 1, 2000));
	check(seen.len == 3 && memcmp(seen.bytes, "rtp", 3) == 0);
	check_int(seen.n[1], 0);
	camera_says(host, true, "rtcp");
	check(real_loop_until(&seen.n[1], 1, 2000));
	check(seen.len == 4 && memcmp(seen.bytes, "rtcp", 4) == 0);
	/* an empty one is one */
	camera_says(host, true, "");
	check(real_loop_until(&seen.n[1], 2, 2000));
	check_int(seen.len, 0);
	net_udp_get_stats(udp, &stats);
	check_int(stats.sent, 2);
	check_int(stats.received, 3);
	check_int(stats.dropped_foreign, 0);
	check_int(seen.n_errors, 0);
	end();
}

static void test_talk(void)
{
	talk(hosts[0]);
}

static void test_talk_ipv6(void)
{
	talk(hosts[1]);
}

static void test_bad_addresses(void)
{
	static const char *const bad[] = { "", "camera", "192.0.2.1:554", "192.0.2", "fe80::1%no-such-if", "::g" };

	begin(hosts[0]);
	for (size_t i = 0; i < SPA_N_ELEMENTS(bad); i++) {
		struct net_udp *none = NULL;

		test_context("%s", bad[i]);
		check_int(net_open_udp(net, bad[i], &events, NULL, &none), -EINVAL);
		check(none == NULL);
	}
	net_udp_destroy(NULL);
	end();
}

/* Somebody else talks to our ports: nothing of it is heard, nothing goes there. */
static void foreign(const char *host, const char *other)
{
	struct net_udp_stats stats;
	uint16_t port;
	int stranger;

	begin(host);
	stranger = open_socket(other, &port);
	for (uint16_t i = 0; i < 2; i++)
		say(stranger, other, (uint16_t)(udp->port + i), "evil", 4);
	real_loop_run(50);
	net_udp_get_stats(udp, &stats);
	check_int(stats.dropped_foreign, 2);
	check_int(seen.n[0] + seen.n[1] + seen.n_errors, 0);
	/* above all it is not where we send to from now on */
	check_int(give(false, "sound"), -EDESTADDRREQ);
	check_int(give(true, "report"), -EDESTADDRREQ);

	/* those that came before the camera's port was known */
	say(stranger, other, udp->port, "evil", 4);
	set_peer(camera_port[0], camera_port[1]);
	for (uint16_t i = 0; i < 2; i++)
		say(stranger, other, (uint16_t)(udp->port + i), "evil", 4);
	camera_says(host, true, "rtcp");
	check(real_loop_until(&seen.n[1], 1, 2000));
	real_loop_run(20);
	check_int(seen.n[0], 0);
	check_int(seen.n[1], 1);
	net_udp_get_stats(udp, &stats);
	/* what comes to the RTP port afterwards does not even wake us */
	check_int(stats.dropped_foreign, 4);
	check_int(give(false, "sound"), 0);
	check_heard(camera[0], "sound", udp->port);
	check_silence(stranger);
	close(stranger);
	end();
}

static void test_foreign(void)
{
	foreign(hosts[0], "127.0.0.2");
}

/* the socket takes both families */
static void test_foreign_ipv6(void)
{
	foreign(hosts[1], "127.0.0.1");
}

/* A SETUP reply without server_port: each port is the one that the camera talks from first. */
static void latch(const char *host)
{
	uint16_t port;
	int other;

	begin(host);
	set_peer(0, 0);
	check_int(give(false, "sound"), -EDESTADDRREQ);
	camera_says(host, false, "rtp");
	check(real_loop_until(&seen.n[0], 1, 2000));
	check_int(give(true, "report"), -EDESTADDRREQ);
	check_int(give(false, "sound"), 0);
	check_heard(camera[0], "sound", udp->port);
	camera_says(host, true, "rtcp");
	check(real_loop_until(&seen.n[1], 1, 2000));
	check_int(give(true, "report"), 0);
	check_heard(camera[1], "report", (uint16_t)(udp->port + 1));

	/* not the second; it is the camera's, though, and RTCP may come from anywhere there */
	other = open_socket(host, &port);
	say(other, host, (uint16_t)(udp->port + 1), "rtcp", 4);
	check(real_loop_until(&seen.n[1], 2, 2000));
	check_int(give(true, "report"), 0);
	check_heard(camera[1], "report", (uint16_t)(udp->port + 1));
	check_silence(other);

	/* one known, one not */
	set_peer(camera_port[0], 0);
	check_int(give(false, "sound"), 0);
	check_heard(camera[0], "sound", udp->port);
	check_int(give(true, "report"), -EDESTADDRREQ);
	close(other);
	end();
}

static void test_latch(void)
{
	latch(hosts[0]);
}

static void test_latch_ipv6(void)
{
	latch(hosts[1]);
}

/* set up again: to another port, to none; ours stays */
static void another_port(const char *host)
{
	uint16_t port, local;
	int other;

	begin(host);
	local = udp->port;
	other = open_socket(host, &port);
	set_peer(camera_port[0], camera_port[1]);
	check_int(give(false, "one"), 0);
	check_heard(camera[0], "one", local);
	set_peer(port, port);
	check_int(give(false, "two"), 0);
	check_heard(other, "two", local);
	check_int(give(true, "three"), 0);
	check_heard(other, "three", (uint16_t)(local + 1));
	for (int i = 0; i < 3; i++) {
		set_peer(0, 0);
		check_int(give(false, "sound"), -EDESTADDRREQ);
		check_int(count_sockets(local), 1);
		camera_says(host, false, "rtp");
		check(real_loop_until(&seen.n[0], i + 1, 2000));
		check_int(give(false, "four"), 0);
		check_heard(camera[0], "four", local);
	}
	check_int(seen.n_errors, 0);

	/* somebody took our port in between */
	taken = 1;
	set_peer(0, 0);
	check(real_loop_until(&seen.n_errors, 1, 2000));
	check_int(seen.last_error, -EADDRINUSE);
	close(other);
	end();
}

static void test_another_port(void)
{
	another_port(hosts[0]);
}

static void test_another_port_ipv6(void)
{
	another_port(hosts[1]);
}

/* Nobody listens at the camera. */
static void icmp(const char *host)
{
	int n;

	begin(host);
	close(camera[0]);
	camera[0] = -1;
	set_peer(camera_port[0], camera_port[0]);
	check_int(give(false, "sound"), 0);
	check(real_loop_until(&seen.n_errors, 1, 2000));
	check_int(seen.last_error, -ECONNREFUSED);

	/* a send() that comes before the loop takes the error away from it: not lost either */
	n = seen.n_errors;
	check_int(give(false, "sound"), 0);
	check_int(give(false, "sound"), -ECONNREFUSED);
	check_int(seen.n_errors, n);
	check(real_loop_until(&seen.n_errors, n + 1, 2000));
	check_int(seen.last_error, -ECONNREFUSED);

	/* at another one somebody does */
	real_loop_run(20);
	set_peer(camera_port[1], camera_port[1]);
	n = seen.n_errors;
	check_int(give(false, "sound"), 0);
	real_loop_run(20);
	check_int(seen.n_errors, n);
	end();

	/* RTCP that nobody wants does not matter */
	begin(host);
	close(camera[1]);
	camera[1] = -1;
	set_peer(camera_port[0], camera_port[1]);
	for (int i = 0; i < 3; i++) {
		check_int(give(true, "report"), 0);
		real_loop_run(10);
	}
	check_int(seen.n_errors, 0);
	end();
}

static void test_icmp(void)
{
	icmp(hosts[0]);
}

static void test_icmp_ipv6(void)
{
	icmp(hosts[1]);
}

/* the camera's own tracks: who listens to them does not care */
static void test_no_error_event(void)
{
	static const struct net_udp_events deaf = { NET_VERSION_UDP_EVENTS, .datagram = on_datagram };

	begin(hosts[0]);
	net_udp_destroy(udp);
	check_int(net_open_udp(net, hosts[0], &deaf, NULL, &udp), 0);
	close(camera[0]);
	camera[0] = -1;
	set_peer(camera_port[0], 0);
	check_int(give(false, "sound"), 0);
	check_int(give(false, "sound"), -ECONNREFUSED);
	check_int(give(false, "sound"), 0);
	real_loop_run(20);
	end();
}

static void test_limits(void)
{
	static const char too_long[65536];
	static const char bytes[LIMIT_UDP_LEN + 1];
	struct net_udp_stats stats;
	int n;

	begin(hosts[0]);
	set_peer(camera_port[0], camera_port[1]);
	say(camera[0], hosts[0], udp->port, bytes, LIMIT_UDP_LEN);
	check(real_loop_until(&seen.n[0], 1, 2000));
	check_int(seen.len, LIMIT_UDP_LEN);
	say(camera[0], hosts[0], udp->port, bytes, LIMIT_UDP_LEN + 1);
	real_loop_run(20);
	check_int(seen.n[0], 1);
	net_udp_get_stats(udp, &stats);
	check_int(stats.received, 1);
	check_int(stats.dropped_long, 1);
	check_int(stats.dropped_foreign, 0);

	/* more than one turn's worth: others are not kept waiting, nothing is lost */
	for (uint32_t i = 0; i < 3 * LIMIT_UDP_PER_TURN; i++)
		say(camera[0], hosts[0], udp->port, "x", 1);
	for (int turns = 0; seen.n[0] < 1 + 3 * (int)LIMIT_UDP_PER_TURN; turns++) {
		check(turns < 1000);
		n = seen.n[0];
		real_loop_until(&seen.n[0], n + 1, 1000);
		check(seen.n[0] - n <= (int)LIMIT_UDP_PER_TURN);
	}

	/* what no datagram can hold */
	check_int(net_udp_send(udp, false, too_long, sizeof(too_long)), -EMSGSIZE);
	end();
}

static void test_destroy(void)
{
	uint32_t fds;

	begin(hosts[0]);
	end();
	fds = test_count_fds();
	for (int rtcp = 0; rtcp < 2; rtcp++) {
		begin(hosts[0]);
		seen.destroy_in = DATAGRAM;
		for (int i = 0; i < 3; i++)
			camera_says(hosts[0], rtcp, "x");
		check(real_loop_until(&seen.n[rtcp], 1, 2000));
		real_loop_run(20);
		check(udp == NULL);
		check_int(seen.n[rtcp], 1);
		end();
		check_int(test_count_fds(), fds);
	}
	/* in an error: the loop's, and that of a send() */
	for (int twice = 0; twice < 2; twice++) {
		begin(hosts[0]);
		seen.destroy_in = ERROR;
		close(camera[0]);
		camera[0] = -1;
		set_peer(camera_port[0], 0);
		check_int(give(false, "x"), 0);
		if (twice)
			check_int(give(false, "x"), -ECONNREFUSED);
		check(real_loop_until(&seen.n_errors, 1, 2000));
		real_loop_run(20);
		check_int(seen.n_errors, 1);
		end();
		check_int(test_count_fds(), fds);
	}
	/* with things to be told: they are not */
	begin(hosts[0]);
	close(camera[0]);
	camera[0] = -1;
	camera_says(hosts[0], true, "x");
	set_peer(camera_port[0], 0);
	check_int(give(false, "x"), 0);
	check_int(give(false, "x"), -ECONNREFUSED);
	net_udp_destroy(udp);
	udp = NULL;
	real_loop_run(20);
	check_int(seen.n_errors + seen.n[1], 0);
	end();
	check_int(test_count_fds(), fds);
}

/* an even port, and the next one */
static void test_no_pair(void)
{
	struct net_udp *other = NULL;
	struct rlimit limit, few;
	uint32_t fds;

	begin(hosts[0]);
	/* the neighbour is taken, again and again */
	fds = test_count_fds();
	taken = 5;
	check_int(net_open_udp(net, hosts[0], &events, NULL, &other), 0);
	check_int(taken, 0);
	check(other->port != udp->port && other->port % 2 == 0);
	net_udp_destroy(other);
	other = NULL;
	check_int(test_count_fds(), fds);

	/* for ever */
	taken = INT32_MAX;
	n_binds = 0;
	check_int(net_open_udp(net, hosts[0], &events, NULL, &other), -EADDRINUSE);
	check(other == NULL);
	check(n_binds >= MAX_TRIES && n_binds <= 2 * MAX_TRIES);
	check_int(test_count_fds(), fds);

	/* no descriptors: for any, for the second */
	taken = 0;
	check_int(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (rlim_t more = 0; more < 3; more++) {
		int next = dup(0);

		check(next >= 0);
		close(next);
		few = (struct rlimit) { .rlim_cur = (rlim_t)next + more, .rlim_max = limit.rlim_max };
		check_int(setrlimit(RLIMIT_NOFILE, &few), 0);
		n_binds = net_open_udp(net, hosts[0], &events, NULL, &other);
		check_int(setrlimit(RLIMIT_NOFILE, &limit), 0);
		check(n_binds < 0);
		check(other == NULL);
		check_int(test_count_fds(), fds);
	}
	end();
}

static const struct test tests[] = {
	{ "talk", test_talk },
	{ "talk, IPv6", test_talk_ipv6 },
	{ "bad addresses", test_bad_addresses },
	{ "foreign sources", test_foreign },
	{ "foreign sources, IPv6", test_foreign_ipv6 },
	{ "ports by the first datagram", test_latch },
	{ "ports by the first datagram, IPv6", test_latch_ipv6 },
	{ "another port", test_another_port },
	{ "another port, IPv6", test_another_port_ipv6 },
	{ "nobody listens", test_icmp },
	{ "nobody listens, IPv6", test_icmp_ipv6 },
	{ "no error event", test_no_error_event },
	{ "limits", test_limits },
	{ "destroyed anywhere", test_destroy },
	{ "no pair of ports", test_no_pair },
};

int main(int argc, char **argv)
{
	int res = test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);

	end();
	return res;
}
