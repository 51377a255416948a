/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/util/buf.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/test.h"

#define FAKE_MAX	(64u * 1024u * 1024u)

enum fake_state {
	FAKE_CONNECTING,
	FAKE_ANSWERED,		/* the answer is on its way through the loop */
	FAKE_OPEN,
	FAKE_CLOSED,
};

struct fake_stream {
	struct net_stream stream;
	struct fake_net *f;
	const struct net_stream_events *events;
	void *data;

	enum fake_state state;
	int answer;
	bool end;		/* nothing comes after what is in .in */
	int end_res;
	bool readable;		/* to be told */
	bool blocked;		/* a send() was cut short */
	const char *offered;	/* where the cut off bytes must come from */
	struct buf want;	/* and what they are */
};

struct fake_net {
	struct net net;
	struct spa_loop_utils *loop;
	struct spa_source *event;
	int how;

	uint32_t count;
	struct net_target target;
	char *host, *pin;
	struct buf in;
	struct buf sent;
	size_t chunk;
	size_t window;
	struct fake_stream *current;
};

static void wake(struct fake_net *f)
{
	spa_loop_utils_signal_event(f->loop, f->event);
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
	size_t n = SPA_MIN(size, f->in.len);

	if (s != f->current || s->state != FAKE_OPEN)
		return -ENOTCONN;
	if (n == 0 && s->end) {
		wake(f);
		return s->end_res;
	}
	if (n == 0)
		return -EAGAIN;
	if (f->chunk > 0)
		n = SPA_MIN(n, f->chunk);
	memcpy(data, f->in.data, n);
	buf_consume(&f->in, n);
	return (ssize_t)n;
}

/* the rule that TLS imposes, see net.h */
static void check_offer(struct fake_stream *s, const char *data, size_t size)
{
	if (s->offered == NULL)
		return;
	if (data != s->offered)
		test_fail(__FILE__, __LINE__, "offered bytes moved");
	if (size < s->want.len || memcmp(data, s->want.data, s->want.len))
		test_fail(__FILE__, __LINE__, "offered bytes changed");
}

static ssize_t stream_send(struct net_stream *stream, const void *data, size_t size)
{
	struct fake_stream *s = SPA_CONTAINER_OF(stream, struct fake_stream, stream);
	struct fake_net *f = s->f;
	size_t n = SPA_MIN(size, f->window);

	if (s != f->current || s->state != FAKE_OPEN)
		return -ENOTCONN;
	if (s->end && s->end_res < 0) {
		wake(f);
		return s->end_res;
	}
	check_offer(s, data, size);
	buf_add(&f->sent, data, n);
	if (f->window != SIZE_MAX)
		f->window -= n;

	s->offered = NULL;
	if (n < size) {
		s->blocked = true;
		s->offered = (const char *)data + n;
		buf_reset(&s->want);
		buf_add(&s->want, s->offered, size - n);
	}
	return n > 0 ? (ssize_t)n : -EAGAIN;
}

static void stream_destroy(struct net_stream *stream)
{
	struct fake_stream *s = SPA_CONTAINER_OF(stream, struct fake_stream, stream);

	if (s->f->current == s)
		s->f->current = NULL;
	buf_clear(&s->want);
	free(s);
}

static const struct net_stream_methods stream_methods = {
	NET_VERSION_STREAM_METHODS,
	.recv = stream_recv,
	.send = stream_send,
	.destroy = stream_destroy,
};

/* each step may end in the stream's destruction: false then */
static bool deliver(struct fake_net *f, struct fake_stream *s)
{
	if (s->state == FAKE_ANSWERED) {
		if (s->answer < 0) {
			stream_closed(s, s->answer, "refused by the test");
			return false;
		}
		s->state = FAKE_OPEN;
		s->events->connected(s->data, f->host);
		return true;
	}
	if (s->state != FAKE_OPEN)
		return false;
	if (s->readable) {
		s->readable = false;
		s->events->readable(s->data);
		return true;
	}
	if (s->blocked && f->window > 0) {
		s->blocked = false;
		s->events->writable(s->data);
		return true;
	}
	if (s->end)
		stream_closed(s, s->end_res, s->end_res < 0 ? "broken by the test" : "closed by the peer");
	return false;
}

static void on_event(void *data, uint64_t count)
{
	struct fake_net *f = data;
	struct fake_stream *s = f->current;

	while (s != NULL && s == f->current && deliver(f, s))
		;
}

static int net_fake_connect(struct net *net, const struct net_target *target,
		const struct net_stream_events *events, void *data, struct net_stream **ret)
{
	struct fake_net *f = SPA_CONTAINER_OF(net, struct fake_net, net);
	struct fake_stream *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -ENOMEM;
	s->stream.methods = &stream_methods;
	s->f = f;
	s->events = events;
	s->data = data;
	buf_init(&s->want, FAKE_MAX);

	free(f->host);
	free(f->pin);
	f->target = *target;
	f->target.host = f->host = strdup(target->host);
	f->target.pin = f->pin = target->pin ? strdup(target->pin) : NULL;
	buf_reset(&f->in);
	buf_reset(&f->sent);
	f->window = SIZE_MAX;
	f->count++;
	f->current = s;
	if (f->how <= 0) {
		s->state = FAKE_ANSWERED;
		s->answer = f->how;
		wake(f);
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
	f->window = SIZE_MAX;
	buf_init(&f->in, FAKE_MAX);
	buf_init(&f->sent, FAKE_MAX);
	f->event = spa_loop_utils_add_event(loop, on_event, f);
	return f;
}

void fake_net_destroy(struct fake_net *f)
{
	if (f == NULL)
		return;
	spa_loop_utils_destroy_source(f->loop, f->event);
	buf_clear(&f->in);
	buf_clear(&f->sent);
	free(f->host);
	free(f->pin);
	free(f);
}

struct net *fake_net_get(struct fake_net *f)
{
	return &f->net;
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
	return f->count > 0 ? &f->target : NULL;
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
	wake(f);
}

void fake_net_set_auto(struct fake_net *f, int how)
{
	f->how = how;
}

struct str fake_net_sent(struct fake_net *f)
{
	return buf_str(&f->sent);
}

void fake_net_take(struct fake_net *f, size_t len)
{
	buf_consume(&f->sent, SPA_MIN(len, f->sent.len));
}

void fake_net_say(struct fake_net *f, const void *data, size_t len)
{
	struct fake_stream *s = need(f, FAKE_OPEN, "say");

	buf_add(&f->in, data, len);
	s->readable = true;
	wake(f);
}

void fake_net_set_chunk(struct fake_net *f, size_t chunk)
{
	f->chunk = chunk;
}

void fake_net_set_window(struct fake_net *f, size_t window)
{
	f->window = window;
	wake(f);
}

void fake_net_close(struct fake_net *f, int res)
{
	struct fake_stream *s = need(f, FAKE_OPEN, "close");

	s->end = true;
	s->end_res = res;
	s->readable = true;
	wake(f);
}
