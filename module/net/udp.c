/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/net/dscp.h"
#include "module/net/net.h"
#include "module/util/addr.h"
#include "module/util/compat.h"
#include "module/util/limits.h"

/*
 * RTP's socket is connected to the camera's port once that is known: the kernel then keeps
 * out everybody else and passes on what ICMP says. RTCP's is not: some cameras report from
 * another port than the one that they named, and some listen on none, which does not matter.
 */

/* of so many ephemeral ports one is even and has a free neighbour */
#define MAX_TRIES	64u

struct half {
	struct udp *udp;
	bool rtcp;
	int fd;
	struct spa_source *source;
	struct sockaddr_storage peer;	/* port 0: not known yet */
	bool bound;			/* it is */
	bool connected;
};

struct udp {
	struct net_udp udp;
	struct spa_loop_utils *loop;
	const struct net_udp_events *events;
	void *data;

	struct half half[2];
	struct net_udp_stats stats;
	struct spa_source *deferred;
	int error;		/* that a send() got */

	uint32_t in_emit;
	bool dead;
};

static socklen_t sockaddr_len(const struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static void set_port(struct sockaddr_storage *ss, uint16_t port)
{
	if (ss->ss_family == AF_INET6)
		((struct sockaddr_in6 *)ss)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)ss)->sin_port = htons(port);
}

static uint16_t get_port(const struct sockaddr_storage *ss)
{
	return ntohs(ss->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)ss)->sin6_port :
			((const struct sockaddr_in *)ss)->sin_port);
}

static void udp_free(struct udp *u)
{
	for (uint32_t i = 0; i < SPA_N_ELEMENTS(u->half); i++) {
		if (u->half[i].source)
			spa_loop_utils_destroy_source(u->loop, u->half[i].source);
		if (u->half[i].fd >= 0)
			close(u->half[i].fd);
	}
	if (u->deferred)
		spa_loop_utils_destroy_source(u->loop, u->deferred);
	free(u);
}

static void release(struct udp *u)
{
	if (u->dead && u->in_emit == 0)
		udp_free(u);
}

/* told from the loop: whoever caused it is in the middle of something */
static void emit_error(struct udp *u, int res)
{
	u->error = res;
	spa_loop_utils_signal_event(u->loop, u->deferred);
}

/* A port that the kernel chose is lost with the connection. */
static void disconnect(struct half *h)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage local = { .ss_family = h->peer.ss_family };

	h->connected = false;
	set_port(&local, h->udp->udp.port);
	if (connect(h->fd, &nobody, sizeof(nobody)) < 0 ||
	    (bind(h->fd, (struct sockaddr *)&local, sockaddr_len(&local)) < 0 && errno != EINVAL))
		emit_error(h->udp, -errno);
}

static void bind_peer(struct half *h, uint16_t port)
{
	set_port(&h->peer, port);
	h->bound = port != 0;
	if (h->rtcp)
		return;
	/* without it all works as well, but a closed port is not noticed */
	if (h->bound && connect(h->fd, (struct sockaddr *)&h->peer, sockaddr_len(&h->peer)) == 0)
		h->connected = true;
	else if (h->connected)
		disconnect(h);
}

static void tell_error(struct udp *u, int res)
{
	if (u->events->error)
		u->events->error(u->data, res);
}

/* \return false when there is nothing more to read */
static bool receive(struct half *h)
{
	struct udp *u = h->udp;
	uint8_t bytes[LIMIT_UDP_LEN];
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	ssize_t n;

	n = recvfrom(h->fd, bytes, sizeof(bytes), MSG_TRUNC, (struct sockaddr *)&from, &len);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return false;
	if (n < 0) {
		tell_error(u, -errno);
		return true;
	}
	if (!addr_same_host(&from, &h->peer)) {
		u->stats.dropped_foreign++;
		return true;
	}
	if (!h->bound)
		bind_peer(h, get_port(&from));
	if ((size_t)n > sizeof(bytes)) {
		u->stats.dropped_long++;
		return true;
	}
	u->stats.received++;
	u->events->datagram(u->data, h->rtcp, bytes, (size_t)n);
	return true;
}

static void on_io(void *data, int fd, uint32_t mask)
{
	struct half *h = data;
	struct udp *u = h->udp;

	u->in_emit++;
	for (uint32_t i = 0; i < LIMIT_UDP_PER_TURN && !u->dead && receive(h); i++)
		;
	u->in_emit--;
	release(u);
}

static void on_deferred(void *data, uint64_t count)
{
	struct udp *u = data;

	u->in_emit++;
	tell_error(u, u->error);
	u->in_emit--;
	release(u);
}

static void udp_set_peer(struct net_udp *udp, uint16_t rtp_port, uint16_t rtcp_port)
{
	struct udp *u = SPA_CONTAINER_OF(udp, struct udp, udp);

	bind_peer(&u->half[0], rtp_port);
	bind_peer(&u->half[1], rtcp_port);
}

static int udp_send(struct net_udp *udp, bool rtcp, const void *data, size_t size)
{
	struct udp *u = SPA_CONTAINER_OF(udp, struct udp, udp);
	struct half *h = &u->half[rtcp];
	ssize_t n;

	if (!h->bound)
		return -EDESTADDRREQ;
	n = sendto(h->fd, data, size, MSG_NOSIGNAL, (struct sockaddr *)&h->peer,
			sockaddr_len(&h->peer));
	if (n >= 0) {
		u->stats.sent++;
		return 0;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
		return -EAGAIN;
	/* perhaps what ICMP said about an earlier one, which recv() will not tell any more */
	emit_error(u, -errno);
	return u->error;
}

static void udp_get_stats(struct net_udp *udp, struct net_udp_stats *ret)
{
	*ret = SPA_CONTAINER_OF(udp, struct udp, udp)->stats;
}

static void udp_destroy(struct net_udp *udp)
{
	struct udp *u = SPA_CONTAINER_OF(udp, struct udp, udp);

	if (u->dead)
		return;
	u->dead = true;
	release(u);
}

static const struct net_udp_methods udp_methods = {
	NET_VERSION_UDP_METHODS,
	.set_peer = udp_set_peer,
	.send = udp_send,
	.get_stats = udp_get_stats,
	.destroy = udp_destroy,
};

/* \return the descriptor or -errno; port 0: any, which *ret_port then tells */
static int open_socket(int family, uint16_t port, uint16_t *ret_port)
{
	struct sockaddr_storage ss = { .ss_family = (sa_family_t)family };
	socklen_t len = sizeof(ss);
	int fd, res;

	if ((fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP)) < 0)
		return -errno;
	set_port(&ss, port);
	if (bind(fd, (struct sockaddr *)&ss, sockaddr_len(&ss)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) < 0) {
		res = -errno;
		close(fd);
		return res;
	}
	dscp_set_media(fd);
	*ret_port = get_port(&ss);
	return fd;
}

/* RTP at an even port, RTCP at the next (RFC 3550 11) */
static int open_pair(struct udp *u, int family)
{
	uint16_t port, next;
	int fd, res = -EADDRINUSE;

	for (uint32_t i = 0; i < MAX_TRIES; i++) {
		if ((fd = open_socket(family, 0, &port)) < 0)
			return fd;
		if (port % 2 == 0 && (res = open_socket(family, port + 1, &next)) >= 0) {
			u->half[0].fd = fd;
			u->half[1].fd = res;
			u->udp.port = port;
			return 0;
		}
		close(fd);
	}
	return res < 0 ? res : -EADDRINUSE;
}

int net_udp_new(struct spa_loop_utils *loop, const char *address,
		const struct net_udp_events *events, void *data, struct net_udp **ret)
{
	struct sockaddr_storage peer;
	struct udp *u;
	int res;

	if ((res = addr_parse(str_from(address), 0, &peer)) < 0)
		return res;
	if ((u = calloc(1, sizeof(*u))) == NULL)
		return -ENOMEM;
	u->udp.methods = &udp_methods;
	u->loop = loop;
	u->events = events;
	u->data = data;
	u->half[0].fd = u->half[1].fd = -1;
	res = -ENOMEM;
	if ((u->deferred = compat_add_event(loop, on_deferred, u)) == NULL)
		goto error;
	if ((res = open_pair(u, peer.ss_family)) < 0)
		goto error;
	for (uint32_t i = 0; i < SPA_N_ELEMENTS(u->half); i++) {
		struct half *h = &u->half[i];

		h->udp = u;
		h->rtcp = i == 1;
		h->peer = peer;
		h->source = spa_loop_utils_add_io(loop, h->fd, SPA_IO_IN, false, on_io, h);
		if (h->source == NULL) {
			res = -ENOMEM;
			goto error;
		}
	}
	*ret = &u->udp;
	return 0;
error:
	udp_free(u);
	return res;
}
