/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <spa/utils/defs.h>

#include "module/net/curl-loop.h"
#include "module/net/curl-tls.h"
#include "module/net/dscp.h"
#include "module/net/net.h"
#include "module/util/addr.h"
#include "module/util/buf.h"
#include "module/util/compat.h"
#include "module/util/limits.h"
#include "module/util/str.h"

#define CONNECT_TIMEOUT_MS	10000
#define USER_TIMEOUT_MS		12000	/* unacknowledged bytes: the peer is gone */
#define KEEPALIVE_S		10

/* What the kernel holds cannot be dropped any more and is heard late when the
 * network comes back. Measured with a link that went down under 20 ms packets: the
 * kernel took another 0.2 s of G.711; without can_send(), 4.3 s. */
#define UNSENT_BYTES		2048
/* poll() is asked once in so many bytes: what the kernel may hold beyond UNSENT_BYTES */
#define UNASKED_BYTES		1024
#define SEND_BUFFER		(32 * 1024)

struct curl_net {
	struct net net;
	struct spa_loop_utils *loop;
};

struct curl_stream {
	struct net_stream stream;
	struct spa_loop_utils *loop;
	const struct net_stream_events *events;
	void *data;

	struct curl_loop *cl;	/* one each: no connection cache, no shared fate */
	CURL *easy;		/* stays in the multi for the connection's life */
	bool added;
	bool tls;
	struct curl_tls trust;

	int fd;			/* libcurl's: neither closed nor duplicated here */
	struct spa_source *io;
	uint32_t mask;
	size_t unasked;		/* bytes sent since poll() said that there was room */
	struct spa_source *deferred;

	bool ended;		/* closed() is on its way or was emitted */
	int res;
	char message[128];

	uint32_t in_emit;
	bool dead;
};

static void stream_free(struct curl_stream *s)
{
	if (s->io)
		spa_loop_utils_destroy_source(s->loop, s->io);
	if (s->deferred)
		spa_loop_utils_destroy_source(s->loop, s->deferred);
	if (s->added)
		curl_loop_remove(s->cl, s->easy);
	curl_easy_cleanup(s->easy);
	curl_loop_destroy(s->cl);
	free(s);
}

/* a stream that was destroyed inside its events goes when the last of them returns */
static void release(struct curl_stream *s)
{
	if (s->dead && s->in_emit == 0)
		stream_free(s);
}

static void stream_end(struct curl_stream *s, int res, const char *message)
{
	if (s->ended)
		return;
	s->ended = true;
	s->res = res;
	if (message == NULL)
		message = res < 0 ? strerror(-res) : "closed by the camera";
	snprintf(s->message, sizeof(s->message), "%s", message);
	if (s->io) {
		spa_loop_utils_destroy_source(s->loop, s->io);
		s->io = NULL;
	}
	spa_loop_utils_signal_event(s->loop, s->deferred);
}

static void on_deferred(void *data, uint64_t count)
{
	struct curl_stream *s = data;

	s->in_emit++;
	s->events->closed(s->data, s->res, s->message);
	s->in_emit--;
	release(s);
}

static void set_mask(struct curl_stream *s, uint32_t mask)
{
	if (s->io == NULL || s->mask == mask)
		return;
	if (spa_loop_utils_update_io(s->loop, s->io, mask) < 0)
		stream_end(s, -EIO, "the event loop failed");
	else
		s->mask = mask;
}

/* The socket's error, which only one reader gets: before libcurl reads it. */
static int socket_error(struct curl_stream *s)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -errno;
	return -err;
}

static void on_io(void *data, int fd, uint32_t mask)
{
	struct curl_stream *s = data;
	bool hangup = mask & (SPA_IO_ERR | SPA_IO_HUP);
	int err = hangup ? socket_error(s) : 0;

	s->in_emit++;
	if (mask & SPA_IO_OUT) {
		set_mask(s, s->mask & ~SPA_IO_OUT);
		s->events->writable(s->data);
	}
	/* what came before the end is still to be had */
	if (!s->dead && !s->ended && (mask & SPA_IO_IN))
		s->events->readable(s->data);
	if (!s->dead && hangup) {
		if (s->ended && err < 0) {
			s->res = err;
			snprintf(s->message, sizeof(s->message), "%s", strerror(-err));
		}
		stream_end(s, err, NULL);
	}
	s->in_emit--;
	release(s);
}

static void describe_failure(struct curl_stream *s, CURLcode code)
{
	const char *message;
	long os_errno = 0;
	int res, trust;

	curl_easy_getinfo(s->easy, CURLINFO_OS_ERRNO, &os_errno);
	res = curl_loop_errno(code, os_errno);
	if ((trust = curl_tls_failure(&s->trust, code, &message)) < 0)
		stream_end(s, trust, message);
	else if (code == CURLE_COULDNT_RESOLVE_HOST)
		stream_end(s, res, "host name not found");
	else if (code == CURLE_OPERATION_TIMEDOUT)
		stream_end(s, res, "no answer in time");
	else if (code == CURLE_COULDNT_CONNECT)
		stream_end(s, res, NULL);
	else
		stream_end(s, res, curl_easy_strerror(code));
}

static int peer_address(int fd, char dst[ADDR_STRLEN])
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	if (getpeername(fd, (struct sockaddr *)&ss, &len) < 0)
		return -errno;
	return addr_format(&ss, dst);
}

static void on_done(void *data, CURL *easy, CURLcode code)
{
	struct curl_stream *s = data;
	char address[ADDR_STRLEN];
	curl_socket_t fd = CURL_SOCKET_BAD;
	int res;

	if (s->ended)
		return;
	if (code != CURLE_OK) {
		describe_failure(s, code);
		return;
	}
	curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd == CURL_SOCKET_BAD) {
		stream_end(s, -ENOTCONN, NULL);
		return;
	}
	/* the peer may have gone between its answer and now */
	if ((res = peer_address(fd, address)) < 0) {
		stream_end(s, res, NULL);
		return;
	}
	s->fd = fd;
	s->mask = SPA_IO_IN | SPA_IO_HUP | SPA_IO_ERR;
	s->io = spa_loop_utils_add_io(s->loop, fd, s->mask, false, on_io, s);
	if (s->io == NULL) {
		stream_end(s, -errno, NULL);
		return;
	}
	s->in_emit++;
	s->events->connected(s->data, address);
	/* TLS may have read on behind the handshake, where the loop does not see it */
	if (!s->dead && !s->ended && s->tls)
		s->events->readable(s->data);
	s->in_emit--;
	release(s);
}

static const struct curl_loop_events loop_events = {
	NET_VERSION_CURL_LOOP_EVENTS,
	.done = on_done,
};

static int transfer_error(struct curl_stream *s, CURLcode code)
{
	long os_errno = 0;
	int res;

	curl_easy_getinfo(s->easy, CURLINFO_OS_ERRNO, &os_errno);
	if ((res = curl_loop_errno(code, os_errno)) == -EAGAIN)
		res = -ECONNRESET;
	stream_end(s, res, NULL);
	return res;
}

static ssize_t stream_recv(struct net_stream *stream, void *data, size_t size)
{
	struct curl_stream *s = SPA_CONTAINER_OF(stream, struct curl_stream, stream);
	CURLcode code;
	size_t n = 0;

	if (s->ended || s->io == NULL)
		return -ENOTCONN;
	code = curl_easy_recv(s->easy, data, size, &n);
	if (code == CURLE_AGAIN)
		return -EAGAIN;
	if (code != CURLE_OK)
		return transfer_error(s, code);
	if (n == 0)
		stream_end(s, 0, NULL);
	return (ssize_t)n;
}

/* send() fills whole segments beyond TCP_NOTSENT_LOWAT; only poll() goes by it. */
static bool can_send(struct curl_stream *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };

	if (s->unasked > 0 && s->unasked < UNASKED_BYTES)
		return true;
	s->unasked = 0;
	return poll(&p, 1, 0) != 0;
}

/* The socket is the place for what is not encrypted: libcurl looks up, at each call, whose it
 * is, which is a tenth of what a packet costs. */
static ssize_t send_plain(struct curl_stream *s, const void *data, size_t size)
{
	ssize_t n;

	do {
		n = send(s->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return 0;
	n = -errno;
	stream_end(s, (int)n, NULL);
	return n;
}

static ssize_t send_tls(struct curl_stream *s, const void *data, size_t size)
{
	size_t n = 0;
	CURLcode code = curl_easy_send(s->easy, data, size, &n);

	if (code != CURLE_OK && code != CURLE_AGAIN)
		return transfer_error(s, code);
	return (ssize_t)n;
}

static ssize_t stream_send(struct net_stream *stream, const void *data, size_t size)
{
	struct curl_stream *s = SPA_CONTAINER_OF(stream, struct curl_stream, stream);
	ssize_t n = 0;

	if (s->ended || s->io == NULL)
		return -ENOTCONN;
	if (size == 0)
		return 0;
	if (can_send(s))
		n = s->tls ? send_tls(s, data, size) : send_plain(s, data, size);
	if (n < 0)
		return n;
	s->unasked += (size_t)n;
	if ((size_t)n < size) {
		s->unasked = 0;
		set_mask(s, s->mask | SPA_IO_OUT);
	}
	return n > 0 ? n : -EAGAIN;
}

static void stream_destroy(struct net_stream *stream)
{
	struct curl_stream *s = SPA_CONTAINER_OF(stream, struct curl_stream, stream);

	if (s->dead)
		return;
	s->dead = true;
	release(s);
}

static const struct net_stream_methods stream_methods = {
	NET_VERSION_STREAM_METHODS,
	.recv = stream_recv,
	.send = stream_send,
	.destroy = stream_destroy,
};

static void set_int(int fd, int level, int name, int value)
{
	/* an old kernel may lack one of them; none is vital */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

static int socket_options(void *data, curl_socket_t fd, curlsocktype purpose)
{
	set_int(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
	set_int(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
	set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
	dscp_set_media(fd);
	return CURL_SOCKOPT_OK;
}

static bool host_valid(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";
	size_t len = strlen(host);

	return len > 0 && len <= LIMIT_HOST_LEN && strspn(host, allowed) == len;
}

/* RFC 3986 3.2.2, RFC 6874 (scope) */
static int target_url(const struct net_target *target, struct buf *url)
{
	struct str host = str_from(target->host);
	ptrdiff_t scope = str_find(host, '%');
	bool ipv6 = str_find(host, ':') >= 0;

	if (!host_valid(target->host) || target->port == 0 || (scope >= 0 && !ipv6))
		return -EINVAL;
	buf_add_str(url, target->security == NET_PLAIN ? "http://" : "https://");
	if (ipv6)
		buf_add_byte(url, '[');
	buf_add_slice(url, scope < 0 ? host : str_make(host.p, (size_t)scope));
	if (scope >= 0) {
		buf_add_str(url, "%25");
		buf_add_str(url, host.p + scope + 1);
	}
	if (ipv6)
		buf_add_byte(url, ']');
	return buf_printf(url, ":%u", target->port);
}

static int stream_setup(struct curl_stream *s, const struct net_target *target)
{
	uint32_t timeout = target->connect_timeout_ms;
	CURL *easy = s->easy;
	CURLcode code;
	struct buf url;
	int res;

	buf_init(&url, LIMIT_HOST_LEN + 32);
	if ((res = target_url(target, &url)) < 0)
		goto done;
	code = curl_easy_setopt(easy, CURLOPT_URL, url.data);
	if (code == CURLE_OK && target->security != NET_PLAIN)
		code = curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	if (code != CURLE_OK) {
		res = curl_loop_errno(code, 0);
		goto done;
	}
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* it is never used: what is received goes into buffers of ours */
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 1024L);
	/* a desktop's http_proxy must not see camera traffic */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout ? (long)timeout : CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, socket_options);
	res = curl_tls_set(&s->trust, easy, target->security, target->pin);
done:
	buf_clear(&url);
	return res;
}

static int curl_connect(struct net *net, const struct net_target *target,
		const struct net_stream_events *events, void *data, struct net_stream **ret)
{
	struct curl_net *n = SPA_CONTAINER_OF(net, struct curl_net, net);
	struct curl_stream *s;
	int res;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -ENOMEM;
	s->stream.methods = &stream_methods;
	s->loop = n->loop;
	s->events = events;
	s->data = data;
	s->fd = -1;
	s->tls = target->security != NET_PLAIN;
	s->cl = curl_loop_new(n->loop, &loop_events, s);
	s->easy = curl_easy_init();
	s->deferred = compat_add_event(n->loop, on_deferred, s);
	if (s->cl == NULL || s->easy == NULL || s->deferred == NULL) {
		res = -ENOMEM;
		goto error;
	}
	if ((res = stream_setup(s, target)) < 0 || (res = curl_loop_add(s->cl, s->easy)) < 0)
		goto error;
	s->added = true;
	*ret = &s->stream;
	return 0;
error:
	stream_free(s);
	return res;
}

static int curl_open_udp(struct net *net, const char *address,
		const struct net_udp_events *events, void *data, struct net_udp **ret)
{
	struct curl_net *n = SPA_CONTAINER_OF(net, struct curl_net, net);

	return net_udp_new(n->loop, address, events, data, ret);
}

static void curl_net_destroy(struct net *net)
{
	free(SPA_CONTAINER_OF(net, struct curl_net, net));
}

static const struct net_methods net_methods = {
	NET_VERSION_METHODS,
	.connect = curl_connect,
	.open_udp = curl_open_udp,
	.destroy = curl_net_destroy,
};

struct net *net_curl_new(struct spa_loop_utils *loop)
{
	struct curl_net *n;
	int res;

	if ((res = curl_loop_global_init()) < 0) {
		errno = -res;
		return NULL;
	}
	if ((n = calloc(1, sizeof(*n))) == NULL)
		return NULL;
	n->net.methods = &net_methods;
	n->loop = loop;
	return &n->net;
}
