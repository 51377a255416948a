/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/net/tunnel.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/vloop.h"

/*
 * A web server that is the input: per step a byte that says what it does (low 3 bits: says
 * something on the newest connection, or on the first; ends one; takes little; the caller
 * sends), one that says how much, and the bytes that it says. closed() comes once and last,
 * nothing goes out before GET was answered, connections stay few.
 */
#define CONNECTIONS_MAX	40u

static struct net_stream *stream;
static uint32_t connected, closed;
static size_t at_byte, left;	/* of the message, that must be offered again */
static char sink[4096];

static void on_connected(void *data, const char *address)
{
	if (connected++ > 0 || closed > 0)
		abort();
}

static void on_readable(void *data)
{
	if (!connected || closed)
		abort();
	while (net_stream_recv(stream, sink, sizeof(sink)) > 0)
		;
}

static void on_writable(void *data)
{
	if (!connected || closed)
		abort();
}

static void on_closed(void *data, int res, const char *message)
{
	if (closed++ > 0 || message == NULL || strlen(message) > 200)
		abort();
}

static const struct net_stream_events events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.closed = on_closed,
};

static void end_one(struct fake_net *f, int res)
{
	if (fake_net_is_open(f))
		fake_net_close(f, res);
}

static void act(struct fake_net *f, uint8_t what, const uint8_t *data, size_t len)
{
	static const char message[4000] = "$";
	ssize_t n;

	switch (what & 7) {
	case 0:
	case 1:
		if (fake_net_is_open(f))
			fake_net_say(f, data, len);
		break;
	case 2:
		end_one(f, 0);
		break;
	case 3:
		end_one(f, -ECONNRESET);
		break;
	case 4:
		fake_net_set_window(f, len);
		break;
	case 5:
		fake_net_set_window(f, SIZE_MAX);
		break;
	default:
		if (left == 0) {
			at_byte = what >> 7;
			left = 1 + len * 15;
		}
		n = net_stream_send(stream, message + at_byte, left);
		if (n > 0 && (!connected || (size_t)n > left))
			abort();
		if (n > 0) {
			at_byte += (size_t)n;
			left -= (size_t)n;
		}
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vloop *v = vloop_new();
	struct fake_net *f = fake_net_new(vloop_utils(v));
	const struct net_tunnel_target target = {
		.target = { .host = "192.0.2.1", .port = 80 }, .path = "/x", .user_agent = "test",
		.frames_by_get = size > 0 && data[0] & 1,
	};
	size_t at = 1, len;

	connected = closed = 0;
	left = 0;
	fake_net_set_auto(f, 0);
	if (net_tunnel_connect(vloop_utils(v), fake_net_get(f), &target, &events, NULL, &stream) < 0)
		abort();
	vloop_flush(v);
	while (at + 1 < size && !closed && fake_net_count(f) < CONNECTIONS_MAX) {
		uint8_t what = data[at];

		len = SPA_MIN((size_t)data[at + 1], size - at - 2);
		act(f, what, data + at + 2, len);
		at += 2 + ((what & 7) < 2 ? len : 0);
		vloop_flush(v);
		if (fake_net_n_open(f) > 2)
			abort();
	}
	net_stream_destroy(stream);
	if (fake_net_n_open(f) > 0)
		abort();
	fake_net_destroy(f);
	vloop_destroy(v);
	return 0;
}
