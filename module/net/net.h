/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_NET_H
#define ONVIF_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <spa/support/loop.h>

/*
 * A connected byte stream to a camera, and what opens one. A vtable: libcurl's
 * CONNECT_ONLY behind it in the product (net-curl.c), a script in tests.
 *
 * One thread: that of the loop. Nothing is emitted from inside connect(); all
 * events come from the loop. A stream may be destroyed inside any of its events.
 */
enum net_security {
	NET_PLAIN,
	NET_TLS_PIN,		/* accept only the key of .pin; none yet: report it */
	NET_TLS_CA,
	NET_TLS_NONE,		/* encrypted, not authenticated */
};

struct net_target {
	const char *host;	/* numeric address (with %scope) or name; no brackets */
	uint16_t port;
	enum net_security security;
	const char *pin;	/* "sha256//base64", or NULL */
	uint32_t connect_timeout_ms;
};

struct net_stream_events {
#define NET_VERSION_STREAM_EVENTS	0
	uint32_t version;
	/** once; address is the numeric peer that answered */
	void (*connected)(void *data, const char *address);
	/** there may be bytes: recv() until -EAGAIN */
	void (*readable)(void *data);
	/** after a send() that took less than it was given */
	void (*writable)(void *data);
	/** connecting failed or the connection is gone: res is -errno, 0 when the
	 * peer closed in order; message is a short English phrase. The last event; it
	 * follows, from the loop, every recv() of 0 and every failed recv() or send().
	 * -ENOKEY: NET_TLS_PIN without a pin; message is then the key's "sha256//..."
	 * -EKEYREJECTED: another key than the pinned one (message: that key), or a certificate
	 * that no authority vouches for */
	void (*closed)(void *data, int res, const char *message);
};

struct net_stream;
struct net_stream_methods {
#define NET_VERSION_STREAM_METHODS	0
	uint32_t version;
	/** \return bytes received, 0 at the end of the stream, -EAGAIN, -errno */
	ssize_t (*recv)(struct net_stream *stream, void *data, size_t size);
	/** Offers bytes. After a short count or -EAGAIN the same bytes must be
	 * offered again from the same address (TLS): writable() tells when.
	 * \return bytes taken, -EAGAIN, -errno */
	ssize_t (*send)(struct net_stream *stream, const void *data, size_t size);
	void (*destroy)(struct net_stream *stream);
};
struct net_stream {
	const struct net_stream_methods *methods;
};

/* RTP and RTCP over UDP: two sockets (RFC 3550 11) that only the camera reaches. */
struct net_udp_events {
#define NET_VERSION_UDP_EVENTS	0
	uint32_t version;
	/** from the peer's address; rtcp: on the second socket */
	void (*datagram)(void *data, bool rtcp, const void *bytes, size_t size);
	/** what ICMP said about what was sent to the RTP port (-ECONNREFUSED: nobody listens
	 * there), or why it could not be sent; may repeat. May be NULL */
	void (*error)(void *data, int res);
};

struct net_udp_stats {
	uint64_t sent, received;
	uint64_t dropped_foreign;	/* from other hosts */
	uint64_t dropped_long;		/* over LIMIT_UDP_LEN */
};

struct net_udp;
struct net_udp_methods {
#define NET_VERSION_UDP_METHODS	0
	uint32_t version;
	/** Where to send to, at the peer's address. 0: not known; then it is the source
	 * port of the first datagram that comes from there. */
	void (*set_peer)(struct net_udp *udp, uint16_t rtp_port, uint16_t rtcp_port);
	/** \return 0, -EAGAIN (dropped), -EDESTADDRREQ (no port is known yet), -errno */
	int (*send)(struct net_udp *udp, bool rtcp, const void *data, size_t size);
	void (*get_stats)(struct net_udp *udp, struct net_udp_stats *ret);
	void (*destroy)(struct net_udp *udp);
};
struct net_udp {
	const struct net_udp_methods *methods;
	uint16_t port;		/* local, even; RTCP is at port + 1 */
};

struct net;
struct net_methods {
#define NET_VERSION_METHODS	0
	uint32_t version;
	/** Starts connecting. events and data must outlive the stream; target is copied.
	 * \return 0 or -errno with nothing to destroy */
	int (*connect)(struct net *net, const struct net_target *target,
			const struct net_stream_events *events, void *data,
			struct net_stream **ret);
	/** address: the camera's, numeric. Events come from the loop; the pair may be
	 * destroyed inside them. \return 0 or -errno with nothing to destroy */
	int (*open_udp)(struct net *net, const char *address,
			const struct net_udp_events *events, void *data,
			struct net_udp **ret);
	void (*destroy)(struct net *net);
};
struct net {
	const struct net_methods *methods;
};

/** The libcurl implementation. Knows no proxy, no redirect, no netrc.
 * \return NULL with errno */
struct net *net_curl_new(struct spa_loop_utils *loop);

static inline int net_connect(struct net *net, const struct net_target *target,
		const struct net_stream_events *events, void *data, struct net_stream **ret)
{
	return net->methods->connect(net, target, events, data, ret);
}
static inline int net_open_udp(struct net *net, const char *address,
		const struct net_udp_events *events, void *data, struct net_udp **ret)
{
	return net->methods->open_udp(net, address, events, data, ret);
}
static inline void net_destroy(struct net *net)
{
	if (net)
		net->methods->destroy(net);
}
static inline ssize_t net_stream_recv(struct net_stream *s, void *data, size_t size)
{
	return s->methods->recv(s, data, size);
}
static inline ssize_t net_stream_send(struct net_stream *s, const void *data, size_t size)
{
	return s->methods->send(s, data, size);
}
static inline void net_stream_destroy(struct net_stream *s)
{
	if (s)
		s->methods->destroy(s);
}
static inline void net_udp_set_peer(struct net_udp *u, uint16_t rtp_port, uint16_t rtcp_port)
{
	u->methods->set_peer(u, rtp_port, rtcp_port);
}
static inline int net_udp_send(struct net_udp *u, bool rtcp, const void *data, size_t size)
{
	return u->methods->send(u, rtcp, data, size);
}
static inline void net_udp_get_stats(struct net_udp *u, struct net_udp_stats *ret)
{
	u->methods->get_stats(u, ret);
}
static inline void net_udp_destroy(struct net_udp *u)
{
	if (u)
		u->methods->destroy(u);
}

/** the pair of net_curl_new()'s open_udp() */
int net_udp_new(struct spa_loop_utils *loop, const char *address,
		const struct net_udp_events *events, void *data, struct net_udp **ret);

#endif /* ONVIF_NET_H */
