/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include <spa/utils/list.h>

#include "module/auth/auth.h"
#include "module/net/sendq.h"
#include "module/rtsp/client.h"
#include "module/rtsp/request.h"
#include "module/util/buf.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/limits.h"

#define DEFAULT_USER_AGENT	"pipewire-onvif"
#define REQUEST_LEN	(8u * LIMIT_LINE_LEN)
#define RECV_LEN	16384u

struct rtsp_client {
	struct spa_loop_utils *loop;
	const struct rtsp_client_events *events;
	void *data;

	struct net_stream *stream;
	struct spa_source *more;	/* reading was interrupted */
	struct auth *auth;
	char *user_agent;
	void (*trace)(void *data, bool sent, struct str text);
	void *trace_data;

	struct rtsp_parser parser;
	struct sendq queue;
	struct spa_list pending;
	uint32_t cseq;
	uint64_t frames_received;
	bool connected;
	bool logged_in;		/* a request carried a login */
	bool authorized;	/* the one whose reply is being told did */
	bool blocked;		/* writable() will come */
	bool ended;
	uint32_t in_emit;
	bool dead;
};

static void pending_remove(struct pending *p)
{
	spa_list_remove(&p->link);
	pending_free(p);
}

static void client_free(struct rtsp_client *c)
{
	struct pending *p;

	spa_list_consume(p, &c->pending, link)
		pending_remove(p);
	net_stream_destroy(c->stream);
	if (c->more)
		spa_loop_utils_destroy_source(c->loop, c->more);
	rtsp_parser_clear(&c->parser);
	sendq_clear(&c->queue);
	auth_destroy(c->auth);
	free(c->user_agent);
	free(c);
}

/* Events come from between enter() and leave(): a client that is destroyed inside
 * one goes in the outermost leave(). */
static void enter(struct rtsp_client *c)
{
	c->in_emit++;
}

static void leave(struct rtsp_client *c)
{
	if (--c->in_emit == 0 && c->dead)
		client_free(c);
}

static void flush(struct rtsp_client *c)
{
	/* other errors: the stream's closed() follows */
	if (c->connected && !c->ended && !c->blocked)
		c->blocked = sendq_flush(&c->queue, c->stream, clock_monotonic()) == -EAGAIN;
}

/* The callback may send, forget, destroy: p is in no list any more. */
static void complete(struct rtsp_client *c, struct pending *p, int res, const struct rtsp_message *m)
{
	spa_list_remove(&p->link);
	c->authorized = p->authorized;
	if (p->reply)
		p->reply(p->data, res, m);
	pending_free(p);
}

/* The last event. message may belong to the stream. */
static void client_end(struct rtsp_client *c, int res, const char *message)
{
	struct pending *p;

	if (c->ended)
		return;
	c->ended = true;
	while (!c->dead && !spa_list_is_empty(&c->pending)) {
		p = spa_list_first(&c->pending, struct pending, link);
		complete(c, p, -ECANCELED, NULL);
	}
	if (!c->dead)
		c->events->closed(c->data, res, message);
}

static int write_request(struct rtsp_client *c, struct pending *p)
{
	struct buf b;
	int res;

	buf_init(&b, REQUEST_LEN);
	res = pending_write(p, c->cseq++, c->user_agent, c->auth, &b);
	c->logged_in |= p->authorized;
	if (res == 0)
		res = sendq_add_control(&c->queue, b.data, b.len);
	if (res == 0 && c->trace)
		c->trace(c->trace_data, true, buf_str(&b));
	buf_clear_secret(&b);
	return res;
}

static void trace_received(struct rtsp_client *c, const struct rtsp_message *m)
{
	struct buf b;

	if (c->trace == NULL || m->type == RTSP_FRAME)
		return;
	buf_init(&b, LIMIT_RTSP_HEAD_LEN + LIMIT_RTSP_BODY_LEN);
	if (rtsp_message_write(m, &b) == 0)
		c->trace(c->trace_data, false, buf_str(&b));
	buf_clear_secret(&b);
}

/* Replies */

static struct pending *find_cseq(struct rtsp_client *c, uint32_t cseq)
{
	struct pending *p;

	spa_list_for_each(p, &c->pending, link)
		if (p->cseq == cseq)
			return p;
	return NULL;
}

static struct pending *oldest(struct rtsp_client *c, bool keepalive)
{
	struct pending *p;

	spa_list_for_each(p, &c->pending, link)
		if (p->reply && p->keepalive == keepalive)
			return p;
	return NULL;
}

/* A Tapo echoes the previous CSeq in its answer to a keepalive, others send none. A
 * reply that says something else than what is asked for is nobody's. */
static struct pending *match(struct rtsp_client *c, const struct rtsp_message *m)
{
	struct pending *p, *waiting = NULL;
	uint32_t n = 0;

	if (m->has_cseq && (p = find_cseq(c, m->cseq)) != NULL)
		return p;
	if (!m->has_cseq)
		return (p = oldest(c, false)) ? p : oldest(c, true);
	spa_list_for_each(p, &c->pending, link) {
		if (p->reply == NULL)
			continue;
		waiting = p;
		n++;
	}
	return n == 1 && waiting->keepalive ? waiting : NULL;
}

static void on_unauthorized(struct rtsp_client *c, struct pending *p, const struct rtsp_message *m)
{
	struct str values[LIMIT_CHALLENGES];
	const struct str *value;
	uint32_t n;
	int res;

	/* Where all else went without, a login is not begun with at good-bye: refused each time,
	 * unnoticed, it would lock the account. */
	if (!c->logged_in && strcmp(p->method, "TEARDOWN") == 0) {
		complete(c, p, -ENOKEY, m);
		return;
	}
	for (n = 0; n < LIMIT_CHALLENGES; n++) {
		if ((value = rtsp_message_header(m, "WWW-Authenticate", n)) == NULL)
			break;
		values[n] = *value;
	}
	switch (auth_challenge(c->auth, values, n, p->authorized)) {
	case AUTH_RETRY:
		if (p->tries < LIMIT_RTSP_TRIES) {
			if ((res = write_request(c, p)) == 0) {
				flush(c);
				return;
			}
			break;
		}
		SPA_FALLTHROUGH;
	case AUTH_REFUSED:
		res = -EACCES;
		break;
	case AUTH_NEED_CREDENTIALS:
		res = -ENOKEY;
		break;
	default:
		res = -ENOTSUP;
		break;
	}
	complete(c, p, res, m);
}

static void on_reply(struct rtsp_client *c, const struct rtsp_message *m)
{
	struct pending *p;

	/* provisional: the final one follows (RFC 2326 7.1.1) */
	if (m->status < 200 || (p = match(c, m)) == NULL)
		return;
	if (m->status == 401 && p->reply)
		on_unauthorized(c, p, m);
	else
		complete(c, p, 0, m);
}

/* RFC 2326 10.1: servers may ask, too, and some cut who does not answer. */
static void answer(struct rtsp_client *c, const struct rtsp_message *m)
{
	static const char *const known[] = { "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE", "OPTIONS" };
	const struct str *value = rtsp_message_header(m, "Session", 0);
	struct rtsp_session session;
	struct buf b;
	size_t i;

	/* a camera that asks and does not read is not written to without end */
	if (c->queue.control_len > LIMIT_RTSP_ANSWERS_LEN)
		return;
	for (i = 0; i < SPA_N_ELEMENTS(known); i++)
		if (str_eq(m->method, str_from(known[i])))
			break;
	buf_init(&b, REQUEST_LEN);
	buf_add_str(&b, i < SPA_N_ELEMENTS(known) ?
			"RTSP/1.0 200 OK\r\n" : "RTSP/1.0 501 Not Implemented\r\n");
	if (m->has_cseq)
		buf_printf(&b, "CSeq: %u\r\n", m->cseq);
	if (value && rtsp_session_parse(*value, &session) == 0)
		buf_printf(&b, "Session: " STR_FMT "\r\n", STR_ARG(session.id));
	if (str_eq(m->method, STR_LIT("OPTIONS")))
		buf_add_str(&b, "Public: OPTIONS, GET_PARAMETER, SET_PARAMETER, ANNOUNCE\r\n");
	buf_printf(&b, "User-Agent: %s\r\n\r\n", c->user_agent);
	if (b.error == 0 && sendq_add_control(&c->queue, b.data, b.len) == 0 && c->trace)
		c->trace(c->trace_data, true, buf_str(&b));
	buf_clear(&b);
	flush(c);
}

static void on_item(struct rtsp_client *c, const struct rtsp_message *m)
{
	trace_received(c, m);
	switch (m->type) {
	case RTSP_REPLY:
		on_reply(c, m);
		break;
	case RTSP_REQUEST:
		answer(c, m);
		if (c->events->request)
			c->events->request(c->data, m);
		break;
	case RTSP_FRAME:
		c->frames_received++;
		if (c->events->frame)
			c->events->frame(c->data, m->channel, m->body);
		break;
	}
}

/* \return 0 to go on, or that there is nothing more to read now */
static int read_once(struct rtsp_client *c)
{
	uint8_t data[RECV_LEN];
	struct rtsp_message m;
	ssize_t n;
	int res;

	/* at the end and after an error the stream's closed() follows */
	if ((n = net_stream_recv(c->stream, data, sizeof(data))) <= 0)
		return -EAGAIN;
	if ((res = rtsp_parser_feed(&c->parser, data, (size_t)n)) == 0)
		while (!c->dead && !c->ended && (res = rtsp_parser_next(&c->parser, &m)) > 0)
			on_item(c, &m);
	if (c->dead || c->ended)
		return -EAGAIN;
	if (res < 0) {
		net_stream_destroy(c->stream);
		c->stream = NULL;
		client_end(c, res, res == -ENOMEM ? "out of memory" : "the camera does not speak RTSP");
		return -EAGAIN;
	}
	return 0;
}

static void on_readable(void *data)
{
	struct rtsp_client *c = data;
	uint32_t i;

	enter(c);
	for (i = 0; i < LIMIT_RTSP_READS_PER_TURN && !c->ended && read_once(c) == 0; i++)
		;
	if (i == LIMIT_RTSP_READS_PER_TURN && !c->dead)
		spa_loop_utils_signal_event(c->loop, c->more);
	leave(c);
}

static void on_more(void *data, uint64_t count)
{
	on_readable(data);
}

static void on_connected(void *data, const char *address)
{
	struct rtsp_client *c = data;

	enter(c);
	c->connected = true;
	c->events->connected(c->data, address);
	if (!c->dead)
		flush(c);
	leave(c);
}

static void on_writable(void *data)
{
	struct rtsp_client *c = data;

	c->blocked = false;
	flush(c);
}

static void on_closed(void *data, int res, const char *message)
{
	struct rtsp_client *c = data;

	enter(c);
	client_end(c, res, message);
	leave(c);
}

static const struct net_stream_events stream_events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.closed = on_closed,
};

int rtsp_client_new(struct spa_loop_utils *loop, const struct rtsp_client_params *params,
		const struct rtsp_client_events *events, void *data, struct rtsp_client **ret)
{
	struct rtsp_client *c;
	int res;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return -ENOMEM;
	c->loop = loop;
	c->events = events;
	c->data = data;
	c->cseq = 1;
	c->trace = params->trace;
	c->trace_data = params->trace_data;
	spa_list_init(&c->pending);
	rtsp_parser_init(&c->parser);
	sendq_init(&c->queue);

	c->user_agent = str_dup(str_from(params->user_agent ? params->user_agent : DEFAULT_USER_AGENT));
	c->auth = auth_new(params->allow_basic);
	c->more = compat_add_event(loop, on_more, c);
	if (c->user_agent == NULL || c->auth == NULL || c->more == NULL) {
		res = -ENOMEM;
		goto error;
	}
	if (params->nonce_per_uri)
		auth_set_nonce_per_uri(c->auth);
	if (params->user &&
	    (res = auth_set_credentials(c->auth, params->user, params->password)) < 0)
		goto error;
	res = params->tunnel ?
		net_tunnel_connect(loop, params->net, params->tunnel, &stream_events, c, &c->stream) :
		net_connect(params->net, &params->target, &stream_events, c, &c->stream);
	if (res < 0)
		goto error;
	*ret = c;
	return 0;
error:
	client_free(c);
	return res;
}

void rtsp_client_destroy(struct rtsp_client *c)
{
	if (c == NULL || c->dead)
		return;
	c->dead = true;
	enter(c);
	leave(c);
}

/* Requests */

static void count_pending(struct rtsp_client *c, uint32_t *ret_waiting, uint32_t *ret_forgotten)
{
	struct pending *p;

	*ret_waiting = *ret_forgotten = 0;
	spa_list_for_each(p, &c->pending, link)
		(*(p->reply ? ret_waiting : ret_forgotten))++;
}

int rtsp_client_send(struct rtsp_client *c, const struct rtsp_request *request,
		rtsp_reply_t reply, void *reply_data)
{
	uint32_t waiting, forgotten;
	struct pending *p;
	int res;

	if (c->ended || c->dead)
		return -ENOTCONN;
	count_pending(c, &waiting, &forgotten);
	if (waiting >= LIMIT_RTSP_PENDING)
		return -EBUSY;
	if ((res = pending_new(request, reply, reply_data, &p)) < 0)
		return res;
	if ((res = write_request(c, p)) < 0) {
		pending_free(p);
		return res;
	}
	spa_list_append(&c->pending, &p->link);
	flush(c);
	return 0;
}

void rtsp_client_forget(struct rtsp_client *c, void *reply_data)
{
	uint32_t waiting, forgotten;
	struct pending *p, *t;

	spa_list_for_each(p, &c->pending, link)
		if (p->data == reply_data)
			p->reply = NULL;
	count_pending(c, &waiting, &forgotten);
	spa_list_for_each_safe(p, t, &c->pending, link)
		if (p->reply == NULL && forgotten > LIMIT_RTSP_FORGOTTEN) {
			pending_remove(p);
			forgotten--;
		}
}

int rtsp_client_send_frame(struct rtsp_client *c, uint8_t channel, const void *payload, size_t len)
{
	const uint8_t header[] = { '$', channel, (uint8_t)(len >> 8), (uint8_t)len };
	int res;

	if (!c->connected || c->ended || c->dead)
		return -ENOTCONN;
	if (len > UINT16_MAX)
		return -E2BIG;
	res = sendq_add_media(&c->queue, header, sizeof(header), payload, len, clock_monotonic());
	if (res == 0)
		flush(c);
	return res;
}

void rtsp_client_drop_frames(struct rtsp_client *c)
{
	sendq_drop_media(&c->queue);
}

void rtsp_client_get_stats(struct rtsp_client *c, struct rtsp_client_stats *ret)
{
	*ret = (struct rtsp_client_stats){
		.frames_sent = c->queue.media_sent,
		.frames_dropped = c->queue.media_dropped,
		.bytes_sent = c->queue.bytes_sent,
		.frames_received = c->frames_received,
		.queued_bytes = c->queue.len,
	};
}

bool rtsp_client_has_nonce_per_uri(struct rtsp_client *c)
{
	return auth_has_nonce_per_uri(c->auth);
}

bool rtsp_client_reply_authorized(struct rtsp_client *c)
{
	return c->authorized;
}

const char *rtsp_client_auth_reason(struct rtsp_client *c)
{
	return auth_reason(c->auth);
}
