/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/list.h>

#include "module/util/buf.h"
#include "tests/lib/fake-net-impl.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/test.h"

enum fake_state {
	FAKE_CONNECTING,
	FAKE_ANSWERED,		/* the answer is on its way through the loop */
	FAKE_OPEN,
	FAKE_CLOSED,
};

struct fake_stream {
	struct net_stream stream;
	struct spa_list link;
	struct fake_net *f;
	uint32_t index;
	const struct net_stream_events *events;
	void *data;

	struct net_target target;
	char *host, *pin;
	struct buf in;
	struct buf sent;
	size_t window;

	enum fake_state state;
	int answer;
	bool end;		/* nothing comes after what is in .in */
	int end_res;
	bool noticed;		/* that: closed() is on its way */
	bool readable;		/* to be told */
	bool blocked;		/* a send() was cut short */
	const char *offered;	/* where the cut off bytes must come from */
	struct buf want;	/* and what they are */
	bool destroyed;		/* what was sent can still be looked at */
};

void fake_net_wake(struct fake_net *f)
{
	spa_loop_utils_signal_event(f->loop, f->event);
}

static void record_free(struct fake_stream *s)
{
	if (s->f->current == s)
		s->f->current = NULL;
	spa_list_remove(&s->link);
	buf_clear(&s->want);
	buf_clear(&s->in);
	buf_clear(&s->sent);
	free(s->host);
	free(s->pin);
	free(s);
}

static void stream_closed(struct fake_stream *s, int res, const char *message)
{
	s->state = FAKE_CLOSED;
	s->events->closed(s->data, res, message);
}

static ssize_t stream_recv(struct net_stream *stream, void *data, size_t size)
{
	struct fake_stream *s = SPA_CONTAINER_OF(stream, struct fake_stream, stream);
	struct fake_net *f = s->f;
	size_t n = SPA_MIN(size, s->in.len);

	if (s->state != FAKE_OPEN || s->noticed)
		return -ENOTCONN;
	if (n == 0 && s->end) {
		s->noticed = true;
		fake_net_wake(f);
		return s->end_res;
	}
	if (n == 0)
		return -EAGAIN;
	if (f->chunk > 0)
		n = SPA_MIN(n, f->chunk);
	memcpy(data, s->in.data, n);
	buf_consume(&s->in, n);
	return (ssize_t)n;
}

/* the rule that TLS imposes, see net.h */
static void check_offer(struct fake_stream *s, const char *data, size_t size)
{
	if (s->offered == NULL)
		return;
	if (data != s->offered)
		test_fail(__FILE__, __LINE__, "offered bytes moved");
	if (size < s->want.len ||
	    (s->want.len > 0 && memcmp(data, s->want.data, s->want.len)))
		test_fail(__FILE__, __LINE__, "offered bytes changed");
}

static ssize_t stream_send(struct net_stream *stream, const void *data, size_t size)
{
	struct fake_stream *s = SPA_CONTAINER_OF(stream, struct fake_stream, stream);
	size_t n = SPA_MIN(size, s->window);

	if (s->state != FAKE_OPEN || s->noticed)
		return -ENOTCONN;
	if (s->end && s->end_res < 0) {
		s->noticed = true;
		fake_net_wake(s->f);
		return s->end_res;
	}
	check_offer(s, data, size);
	buf_add(&s->sent, data, n);
	if (s->window != SIZE_MAX)
		s->window -= n;

	s->offered = NULL;
	if (n < size) {
		s->blocked = true;
		s->offered = (const char *)data + n;
		buf_reset(&s->want);
		buf_add(&s->want, s->offered, size - n);
	}
	return n > 0 ? (ssize_t)n : -EAGAIN;
}

/* The newest one's record stays until the next is made. */
static void stream_destroy(struct net_stream *stream)
{
	struct fake_stream *s = SPA_CONTAINER_OF(stream, struct fake_stream, stream);

	s->destroyed = true;
	s->state = FAKE_CLOSED;
	if (s->index + 1 != s->f->count)
		record_free(s);
}

static const struct net_stream_methods stream_methods = {
	NET_VERSION_STREAM_METHODS,
	.recv = stream_recv,
	.send = stream_send,
	.destroy = stream_destroy,
};

static struct fake_stream *find(struct fake_net *f, uint32_t index)
{
	struct fake_stream *s;

	spa_list_for_each(s, &f->streams, link)
		if (s->index == index)
			return s;
	return NULL;
}

/* \return true when there is, perhaps, more to tell; s may be gone */
static bool deliver(struct fake_net *f, struct fake_stream *s)
{
	if (s->destroyed)
		return false;
	if (s->state == FAKE_ANSWERED) {
		if (s->answer < 0) {
			stream_closed(s, s->answer, f->message ? f->message : "refused by the test");
			return true;
		}
		s->state = FAKE_OPEN;
		s->events->connected(s->data, f->address ? f->address : s->host);
		return true;
	}
	if (s->state != FAKE_OPEN)
		return false;
	if (s->readable) {
		s->readable = false;
		s->events->readable(s->data);
		return true;
	}
	if (s->blocked && s->window > 0) {
		s->blocked = false;
		s->events->writable(s->data);
		return true;
	}
	if (!s->end)
		return false;
	stream_closed(s, s->end_res, s->end_res < 0 ? "broken by the test" : "closed by the peer");
	return true;
}

/* one thing: what hears it may end connections, and begin new ones */
static bool deliver_streams(struct fake_net *f)
{
	struct fake_stream *s;

	spa_list_for_each(s, &f->streams, link)
		if (deliver(f, s))
			return true;
	return false;
}

static void on_event(void *data, uint64_t count)
{
	struct fake_net *f = data;

	while (deliver_streams(f) || fake_net_deliver_udp(f))
		;
}

static void drop_records(struct fake_net *f)
{
	struct fake_stream *s, *t;

	spa_list_for_each_safe(s, t, &f->streams, link)
		if (s->destroyed)
			record_free(s);
}

static int net_fake_connect(struct net *net, const struct net_target *target,
		const struct net_stream_events *events, void *data, struct net_stream **ret)
{
	struct fake_net *f = SPA_CONTAINER_OF(net, struct fake_net, net);
	struct fake_stream *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -ENOMEM;
	if ((s->host = strdup(target->host)) == NULL ||
	    (target->pin && (s->pin = strdup(target->pin)) == NULL)) {
		free(s->host);
		free(s);
		return -ENOMEM;
	}
	drop_records(f);
	s->stream.methods = &stream_methods;
	s->f = f;
	s->events = events;
	s->data = data;
	s->window = SIZE_MAX;
	buf_init(&s->want, FAKE_MAX);
	buf_init(&s->in, FAKE_MAX);
	buf_init(&s->sent, FAKE_MAX);
	s->target = *target;
	s->target.host = s->host;
	s->target.pin = s->pin;
	s->index = f->count++;
	spa_list_append(&f->streams, &s->link);
	f->current = s;
	if (f->how <= 0) {
		s->state = FAKE_ANSWERED;
		s->answer = f->how;
		fake_net_wake(f);
	}
	*ret = &s->stream;
	return 0;
}

/* the test owns it, whoever was lent the struct net */
static void net_fake_destroy(struct net *net)
{
}

static const struct net_methods net_methods = {
	NET_VERSION_METHODS,
	.connect = net_fake_connect,
	.open_udp = fake_net_open_udp,
	.destroy = net_fake_destroy,
};

struct fake_net *fake_net_new(struct spa_loop_utils *loop)
{
	struct fake_net *f = calloc(1, sizeof(*f));

	if (f == NULL)
		abort();
	f->net.methods = &net_methods;
	f->loop = loop;
	f->how = 1;
	spa_list_init(&f->streams);
	spa_list_init(&f->pairs);
	f->event = spa_loop_utils_add_event(loop, on_event, f);
	return f;
}

void fake_net_destroy(struct fake_net *f)
{
	struct fake_stream *s;

	if (f == NULL)
		return;
	spa_loop_utils_destroy_source(f->loop, f->event);
	spa_list_consume(s, &f->streams, link)
		record_free(s);
	fake_net_clear_udp(f);
	free(f);
}

struct net *fake_net_get(struct fake_net *f)
{
	return &f->net;
}

void fake_net_select(struct fake_net *f, uint32_t n)
{
	if ((f->current = find(f, n)) == NULL)
		test_fail(__FILE__, __LINE__, "connection %u is gone", n);
}

uint32_t fake_net_n_open(struct fake_net *f)
{
	struct fake_stream *s;
	uint32_t n = 0;

	spa_list_for_each(s, &f->streams, link)
		n += s->state != FAKE_CLOSED;
	return n;
}

uint32_t fake_net_count(struct fake_net *f)
{
	return f->count;
}

bool fake_net_is_open(struct fake_net *f)
{
	return f->current != NULL && f->current->state != FAKE_CLOSED;
}

const struct net_target *fake_net_target(struct fake_net *f)
{
	return f->current ? &f->current->target : NULL;
}

static struct fake_stream *need(struct fake_net *f, enum fake_state state, const char *what)
{
	if (f->current == NULL || f->current->state != state)
		test_fail(__FILE__, __LINE__, "%s: no such connection", what);
	return f->current;
}

void fake_net_accept(struct fake_net *f)
{
	fake_net_refuse(f, 0);
}

void fake_net_refuse(struct fake_net *f, int res)
{
	struct fake_stream *s = need(f, FAKE_CONNECTING, "answer");

	s->state = FAKE_ANSWERED;
	s->answer = res;
	fake_net_wake(f);
}

void fake_net_set_message(struct fake_net *f, const char *message)
{
	f->message = message;
}

void fake_net_set_address(struct fake_net *f, const char *address)
{
	f->address = address;
}

void fake_net_set_auto(struct fake_net *f, int how)
{
	f->how = how;
}

struct str fake_net_sent(struct fake_net *f)
{
	return f->current ? buf_str(&f->current->sent) : str_make("", 0);
}

void fake_net_take(struct fake_net *f, size_t len)
{
	if (f->current)
		buf_consume(&f->current->sent, SPA_MIN(len, f->current->sent.len));
}

void fake_net_say(struct fake_net *f, const void *data, size_t len)
{
	struct fake_stream *s = need(f, FAKE_OPEN, "say");

	buf_add(&s->in, data, len);
	s->readable = true;
	fake_net_wake(f);
}

void fake_net_set_chunk(struct fake_net *f, size_t chunk)
{
	f->chunk = chunk;
}

void fake_net_set_window(struct fake_net *f, size_t window)
{
	if (f->current)
		f->current->window = window;
	fake_net_wake(f);
}

void fake_net_close(struct fake_net *f, int res)
{
	struct fake_stream *s = need(f, FAKE_OPEN, "close");

	s->end = true;
	s->end_res = res;
	s->readable = true;
	fake_net_wake(f);
}
