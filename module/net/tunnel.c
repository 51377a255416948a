/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/net/tunnel.h"
#include "module/net/tunnel-head.h"
#include "module/util/addr.h"
#include "module/util/buf.h"
#include "module/util/compat.h"
#include "module/util/limits.h"
#include "module/util/random.h"

/* QuickTime, live555, ffmpeg and GStreamer say 32767; most servers do not count. For those that
 * do it ends between two groups of base64, however much is sent in one piece. */
#define CONTENT_LENGTH	32764u
/* those that do hang up right behind it; who took so much more does not */
#define RETAIN_LEN	8192u
#define PIECE_LEN	3072u	/* bytes that become one piece of base64, divisible by 3 */
#define COOKIE_LEN	22u
#define NAMES_LEN	3072u	/* host, path, user agent */
#define HEAD_LEN	4096u	/* of a request of ours, with them */
#define OUT_LEN		(HEAD_LEN + RETAIN_LEN + PIECE_LEN * 4 / 3)

enum state {
	STATE_GET,		/* connecting, and waiting for the reply's header */
	STATE_POST,		/* connecting, and sending the request's header */
	STATE_OPEN,
	STATE_REOPEN,		/* another POST for one that is over, now or when there is something to say */
	STATE_ENDED,
};

struct side {
	struct tunnel *t;
	struct net_stream *stream;
	struct buf head;	/* what the web server says, until its end was seen */
	uint32_t interim;
	bool answered;		/* it was */
};

struct tunnel {
	struct net_stream stream;
	struct spa_loop_utils *loop;
	const struct net_stream_events *events;
	void *data;

	struct net *net;
	struct net_target target;
	char *host, *pin, *path, *user_agent;
	bool frames_by_get;
	char cookie[COOKIE_LEN + 1];
	char address[ADDR_STRLEN];

	enum state state;
	struct side get, post;
	struct buf early;	/* RTSP that came before anybody wanted it */
	struct buf out;		/* on its way to POST: stays where it is until it is gone */
	size_t sent;		/* of out */
	size_t head_len;	/* of out, that is no body */
	uint64_t body;		/* sent by this POST */
	uint32_t n_posts;
	struct buf retained;	/* of the body, what is behind CONTENT_LENGTH */
	bool want_write;
	bool in_frame;		/* one went by GET in part */
	bool want_frame;	/* GET takes no more now */

	struct spa_source *deferred;
	int res;
	char message[128];

	uint32_t in_emit;
	bool dead;
};

static void side_clear(struct side *side)
{
	net_stream_destroy(side->stream);
	side->stream = NULL;
	buf_reset(&side->head);
	side->interim = 0;
	side->answered = false;
}

static void tunnel_free(struct tunnel *t)
{
	side_clear(&t->get);
	side_clear(&t->post);
	buf_clear(&t->get.head);
	buf_clear(&t->post.head);
	buf_clear(&t->early);
	buf_clear_secret(&t->out);
	buf_clear_secret(&t->retained);
	if (t->deferred)
		spa_loop_utils_destroy_source(t->loop, t->deferred);
	free(t->host);
	free(t->pin);
	free(t->path);
	free(t->user_agent);
	free(t);
}

static void enter(struct tunnel *t)
{
	t->in_emit++;
}

static void leave(struct tunnel *t)
{
	if (--t->in_emit == 0 && t->dead)
		tunnel_free(t);
}

/* closed() comes from the loop. message may be a side's own. */
static void tunnel_end(struct tunnel *t, int res, const char *message)
{
	if (t->state == STATE_ENDED)
		return;
	t->state = STATE_ENDED;
	t->res = res;
	snprintf(t->message, sizeof(t->message), "%s", message ? message : "");
	spa_loop_utils_signal_event(t->loop, t->deferred);
}

static void on_deferred(void *data, uint64_t count)
{
	struct tunnel *t = data;

	enter(t);
	/* whoever is told may keep the stream for a while: bytes that nobody reads would wake us
	 * again and again */
	side_clear(&t->get);
	side_clear(&t->post);
	t->events->closed(t->data, t->res, t->message);
	leave(t);
}

/* what the web server says to a GET or POST */

static void end_by_status(struct tunnel *t, int status)
{
	char text[64] = "the web server does not speak HTTP";

	if (status > 0)
		snprintf(text, sizeof(text), "the web server answered %d", status);
	tunnel_end(t, status == 401 || status == 403 ? -EACCES :
			status == 404 ? -ENOENT : -EPROTO, text);
}

/* \return true when .head begins with a whole header, of *ret bytes */
static bool complete_head(struct side *side, size_t *ret)
{
	char bytes[1024];
	ssize_t n;

	while ((*ret = tunnel_head_end(buf_str(&side->head))) == 0) {
		if ((n = net_stream_recv(side->stream, bytes, sizeof(bytes))) <= 0)
			return false;	/* readable() or closed() follows */
		if (buf_add(&side->head, bytes, (size_t)n) < 0) {
			tunnel_end(side->t, side->head.error, side->head.error == -E2BIG ?
					"the web server says too much" : "out of memory");
			return false;
		}
	}
	return true;
}

/* Reads a reply's header; .head then holds what came behind it. \return true once it is
 * there and says that all is well */
static bool read_head(struct side *side)
{
	struct str head;
	size_t end;
	int status;

	while (complete_head(side, &end)) {
		head = str_make(side->head.data, end);
		status = tunnel_head_status(head);
		if (status / 100 == 1 && side->interim++ < LIMIT_HTTP_INTERIM) {
			buf_consume(&side->head, end);
			continue;
		}
		if (status / 100 != 2)
			end_by_status(side->t, status);
		else if (side == &side->t->get && tunnel_head_is_page(head))
			tunnel_end(side->t, -EPROTO, "the web server answered with a page");
		else
			side->answered = true;
		buf_consume(&side->head, end);
		return side->answered;
	}
	return false;
}

static void drain(struct net_stream *stream)
{
	char bytes[1024];
	size_t len = 0;
	ssize_t n;

	while (len < LIMIT_TUNNEL_DRAIN_LEN && (n = net_stream_recv(stream, bytes, sizeof(bytes))) > 0)
		len += (size_t)n;
}

/* POST: what we say */

static int write_head(struct tunnel *t, bool post)
{
	bool ipv6 = strchr(t->host, ':') != NULL;
	const char *zone = strchr(t->host, '%');
	int host_len = zone ? (int)(zone - t->host) : (int)strlen(t->host);

	buf_printf(&t->out, "%s %s HTTP/1.0\r\nHost: %s%.*s%s:%u\r\nUser-Agent: %s\r\n"
			"x-sessioncookie: %s\r\n", post ? "POST" : "GET", t->path,
			ipv6 ? "[" : "", host_len, t->host, ipv6 ? "]" : "", t->target.port,
			t->user_agent, t->cookie);
	if (post)
		buf_printf(&t->out, "Content-Type: application/x-rtsp-tunnelled\r\n"
				"Content-Length: %u\r\nExpires: Sun, 9 Jan 1972 00:00:00 GMT\r\n",
				CONTENT_LENGTH);
	else
		buf_add_str(&t->out, "Accept: application/x-rtsp-tunnelled\r\n");
	buf_add_str(&t->out, "Pragma: no-cache\r\nCache-Control: no-cache\r\n\r\n");
	t->head_len = t->out.len;
	return t->out.error;
}

/* Servers that count the body take what is behind its end from the next POST. */
static void retain(struct tunnel *t, const char *bytes, size_t n)
{
	size_t before = t->body < CONTENT_LENGTH ? (size_t)(CONTENT_LENGTH - t->body) : 0;

	t->body += n;
	if (t->body > CONTENT_LENGTH + RETAIN_LEN)
		buf_reset(&t->retained);
	else if (n > before)
		buf_add(&t->retained, bytes + before, n - before);
}

/* \return true when nothing waits any more */
static bool flush(struct tunnel *t, struct net_stream *stream)
{
	size_t head;
	ssize_t n;

	while (t->sent < t->out.len) {
		n = net_stream_send(stream, t->out.data + t->sent, t->out.len - t->sent);
		if (n < 0)
			return false;	/* writable() or closed() follows */
		head = SPA_MIN((size_t)n, t->head_len - SPA_MIN(t->sent, t->head_len));
		retain(t, t->out.data + t->sent + head, (size_t)n - head);
		t->sent += (size_t)n;
	}
	buf_reset(&t->out);
	t->sent = t->head_len = 0;
	return true;
}

static void open_now(struct tunnel *t)
{
	bool again = t->state == STATE_REOPEN;

	t->state = STATE_OPEN;
	if (!again)
		t->events->connected(t->data, t->address);
	if (!t->dead && t->state == STATE_OPEN && t->early.len > 0)
		t->events->readable(t->data);
}

static void go_on(struct tunnel *t)
{
	if (!flush(t, t->post.stream))
		return;
	if (t->state == STATE_POST || t->state == STATE_REOPEN)
		open_now(t);
	if (!t->dead && t->state == STATE_OPEN && t->want_write) {
		t->want_write = false;
		t->events->writable(t->data);
	}
}

static void on_post_connected(void *data, const char *address)
{
	struct tunnel *t = ((struct side *)data)->t;

	enter(t);
	if (strcmp(address, t->address) != 0)
		tunnel_end(t, -EPROTO, "its two connections lead to different hosts");
	else if (t->state != STATE_ENDED)
		go_on(t);
	leave(t);
}

/* Most say nothing, some that all is well, at once or at the end. */
static void hear_post(struct tunnel *t)
{
	if (t->post.answered || read_head(&t->post))
		drain(t->post.stream);
}

static void on_post_readable(void *data)
{
	struct tunnel *t = ((struct side *)data)->t;

	enter(t);
	if (t->state != STATE_ENDED)
		hear_post(t);
	leave(t);
}

static void on_post_writable(void *data)
{
	struct tunnel *t = ((struct side *)data)->t;

	enter(t);
	if (t->state != STATE_ENDED)
		go_on(t);
	leave(t);
}

static int connect_post(struct tunnel *t, struct str body);

/* The next POST goes on where the last one ended, within a group of base64, too: GStreamer's
 * and live555's servers take one with the same cookie for its continuation. */
static void reopen(struct tunnel *t)
{
	struct buf rest;
	int res;

	side_clear(&t->post);
	t->state = STATE_REOPEN;
	buf_init(&rest, OUT_LEN);
	/* what it did not count among its own, and what did not go */
	if ((res = t->retained.error) == 0)
		res = buf_add_slice(&rest, buf_str(&t->retained));
	if (res == 0 && t->sent < t->out.len)
		res = buf_add(&rest, t->out.data + t->sent, t->out.len - t->sent);
	/* else when there is something to say: it may just be the first connection to go
	 * of a camera that ends both */
	if (res == 0 && (rest.len > 0 || t->want_write))
		res = connect_post(t, buf_str(&rest));
	else
		buf_reset(&t->out);
	buf_clear_secret(&rest);
	if (res < 0)
		tunnel_end(t, res, "the second connection cannot be opened again");
}

static void on_post_closed(void *data, int res, const char *message)
{
	struct tunnel *t = ((struct side *)data)->t;
	bool open = t->state == STATE_OPEN || t->state == STATE_REOPEN;

	enter(t);
	if (res < 0)
		tunnel_end(t, res, message);
	else if (!open)
		tunnel_end(t, -EPROTO, "the web server hung up");
	else if (t->body == 0 && t->n_posts > 1)
		tunnel_end(t, -EPIPE, "the web server takes nothing");
	else
		reopen(t);
	leave(t);
}

static const struct net_stream_events post_events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_post_connected,
	.readable = on_post_readable,
	.writable = on_post_writable,
	.closed = on_post_closed,
};

/* body: what it begins with */
static int connect_post(struct tunnel *t, struct str body)
{
	int res;

	buf_reset(&t->retained);
	buf_reset(&t->out);
	t->sent = 0;
	t->body = 0;
	t->n_posts++;
	if ((res = write_head(t, true)) < 0 || (res = buf_add_slice(&t->out, body)) < 0)
		return res;
	return net_connect(t->net, &t->target, &post_events, &t->post, &t->post.stream);
}

/* GET: what the camera says */

static void on_get_connected(void *data, const char *address)
{
	struct tunnel *t = ((struct side *)data)->t;

	enter(t);
	snprintf(t->address, sizeof(t->address), "%s", address);
	flush(t, t->get.stream);
	leave(t);
}

static void end_early(struct tunnel *t)
{
	tunnel_end(t, t->early.error, t->early.error == -E2BIG ?
			"the camera says too much before it is asked" : "out of memory");
}

/* before it is wanted: left where it is, it would wake us again and again */
static void read_early(struct tunnel *t)
{
	char bytes[1024];
	ssize_t n;

	while ((n = net_stream_recv(t->get.stream, bytes, sizeof(bytes))) > 0)
		if (buf_add(&t->early, bytes, (size_t)n) < 0) {
			end_early(t);
			return;
		}
}

static void begin_post(struct tunnel *t)
{
	int res;

	/* RTSP may have come right behind */
	if (buf_add_slice(&t->early, buf_str(&t->get.head)) < 0) {
		end_early(t);
		return;
	}
	buf_reset(&t->get.head);
	t->state = STATE_POST;
	if ((res = connect_post(t, STR_LIT(""))) < 0)
		tunnel_end(t, res, "the second connection cannot be opened");
	else
		read_early(t);
}

static void on_get_readable(void *data)
{
	struct tunnel *t = ((struct side *)data)->t;

	enter(t);
	if (t->state == STATE_OPEN || t->state == STATE_REOPEN)
		t->events->readable(t->data);
	else if (t->state == STATE_GET && read_head(&t->get))
		begin_post(t);
	else if (t->state == STATE_POST)
		read_early(t);
	leave(t);
}

static void on_get_writable(void *data)
{
	struct tunnel *t = ((struct side *)data)->t;

	enter(t);
	if (t->state == STATE_GET) {
		flush(t, t->get.stream);
	} else if (t->state != STATE_ENDED && t->want_frame) {
		t->want_frame = false;
		t->events->writable(t->data);
	}
	leave(t);
}

static void on_get_closed(void *data, int res, const char *message)
{
	struct tunnel *t = ((struct side *)data)->t;

	enter(t);
	if ((t->state == STATE_GET || t->state == STATE_POST) && res == 0)
		tunnel_end(t, -EPROTO, "the web server hung up");
	else
		tunnel_end(t, res, message);
	leave(t);
}

static const struct net_stream_events get_events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_get_connected,
	.readable = on_get_readable,
	.writable = on_get_writable,
	.closed = on_get_closed,
};

/* the stream that both are */

static ssize_t tunnel_recv(struct net_stream *stream, void *data, size_t size)
{
	struct tunnel *t = SPA_CONTAINER_OF(stream, struct tunnel, stream);
	size_t n = SPA_MIN(size, t->early.len);

	if (t->state != STATE_OPEN && t->state != STATE_REOPEN)
		return -ENOTCONN;
	if (n == 0)
		return net_stream_recv(t->get.stream, data, size);
	memcpy(data, t->early.data, n);
	buf_consume(&t->early, n);
	return (ssize_t)n;
}

/* begins another POST. \return what of it, or -errno */
static ssize_t send_by_new_post(struct tunnel *t, const void *data, size_t size)
{
	size_t n = SPA_MIN(size, PIECE_LEN);
	struct buf body;
	int res;

	buf_init(&body, OUT_LEN);
	if ((res = buf_add_base64(&body, data, n)) == 0)
		res = connect_post(t, buf_str(&body));
	buf_clear_secret(&body);
	if (res < 0)
		tunnel_end(t, res, "the second connection cannot be opened again");
	return res < 0 ? res : (ssize_t)n;
}

/* Piece by piece, each without padding but the last: some servers decode message by message.
 * \return bytes taken, or -errno */
static ssize_t send_pieces(struct tunnel *t, const char *data, size_t size)
{
	size_t n, done = 0;
	int res;

	/* what goes to one that has just ended is lost */
	hear_post(t);
	if (t->state != STATE_OPEN)
		return -ENOTCONN;
	while (done < size && flush(t, t->post.stream)) {
		n = SPA_MIN(size - done, PIECE_LEN);
		if ((res = buf_add_base64(&t->out, data + done, n)) < 0) {
			tunnel_end(t, res, "out of memory");
			return res;
		}
		done += n;
	}
	flush(t, t->post.stream);
	return done > 0 ? (ssize_t)done : -EAGAIN;
}

/* One frame by GET, or what is left of it: each is offered whole, and then its rest. */
static ssize_t send_frame(struct tunnel *t, const void *data, size_t size)
{
	ssize_t n = net_stream_send(t->get.stream, data, size);

	if (n >= 0)
		t->in_frame = (size_t)n < size;
	if (n == -EAGAIN || (n >= 0 && (size_t)n < size))
		t->want_frame = true;
	return n;
}

static ssize_t tunnel_send(struct net_stream *stream, const void *data, size_t size)
{
	struct tunnel *t = SPA_CONTAINER_OF(stream, struct tunnel, stream);
	ssize_t n = -EAGAIN;

	if (t->state != STATE_OPEN && t->state != STATE_REOPEN)
		return -ENOTCONN;
	if (size == 0)
		return 0;
	if (t->frames_by_get && (t->in_frame || *(const char *)data == '$'))
		return send_frame(t, data, size);
	if (t->state == STATE_OPEN)
		n = send_pieces(t, data, size);
	else if (t->post.stream == NULL)
		n = send_by_new_post(t, data, size);
	if (n == -EAGAIN || (n > 0 && (size_t)n < size))
		t->want_write = true;
	return n;
}

static void tunnel_destroy(struct net_stream *stream)
{
	struct tunnel *t = SPA_CONTAINER_OF(stream, struct tunnel, stream);

	if (t->dead)
		return;
	t->dead = true;
	enter(t);
	leave(t);
}

static const struct net_stream_methods tunnel_methods = {
	NET_VERSION_STREAM_METHODS,
	.recv = tunnel_recv,
	.send = tunnel_send,
	.destroy = tunnel_destroy,
};

static void make_cookie(char dst[COOKIE_LEN + 1])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	for (uint32_t i = 0; i < COOKIE_LEN; i++)
		dst[i] = digits[random_below(sizeof(digits) - 1)];
	dst[COOKIE_LEN] = '\0';
}

/* within a request's line: no control bytes; first: the least that is one of the others */
static bool is_plain(const char *s, char first)
{
	for (; *s; s++)
		if ((unsigned char)*s < (unsigned char)first || *s == 0x7f)
			return false;
	return true;
}

static int set_target(struct tunnel *t, const struct net_tunnel_target *target)
{
	const char *host = target->target.host;

	if (target->path[0] != '/' || !is_plain(target->path, '!') || !is_plain(host, '!') ||
	    !is_plain(target->user_agent, ' '))
		return -EINVAL;
	if (strlen(host) + strlen(target->path) + strlen(target->user_agent) > NAMES_LEN)
		return -E2BIG;
	t->target = target->target;
	if ((t->host = strdup(host)) == NULL ||
	    (target->target.pin && (t->pin = strdup(target->target.pin)) == NULL) ||
	    (t->path = strdup(target->path)) == NULL ||
	    (t->user_agent = strdup(target->user_agent)) == NULL)
		return -ENOMEM;
	t->target.host = t->host;
	t->target.pin = t->pin;
	t->frames_by_get = target->frames_by_get;
	make_cookie(t->cookie);
	return write_head(t, false);
}

int net_tunnel_connect(struct spa_loop_utils *loop, struct net *net,
		const struct net_tunnel_target *target,
		const struct net_stream_events *events, void *data, struct net_stream **ret)
{
	struct tunnel *t;
	int res;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return -ENOMEM;
	t->stream.methods = &tunnel_methods;
	t->loop = loop;
	t->net = net;
	t->events = events;
	t->data = data;
	t->get.t = t->post.t = t;
	buf_init(&t->get.head, LIMIT_TUNNEL_HEAD_LEN);
	buf_init(&t->post.head, LIMIT_TUNNEL_HEAD_LEN);
	buf_init(&t->early, LIMIT_TUNNEL_EARLY_LEN);
	buf_init(&t->out, OUT_LEN);
	buf_init(&t->retained, RETAIN_LEN);
	res = -ENOMEM;
	if ((t->deferred = compat_add_event(loop, on_deferred, t)) == NULL ||
	    (res = set_target(t, target)) < 0 ||
	    (res = net_connect(net, &t->target, &get_events, &t->get, &t->get.stream)) < 0) {
		tunnel_free(t);
		return res;
	}
	*ret = &t->stream;
	return 0;
}
