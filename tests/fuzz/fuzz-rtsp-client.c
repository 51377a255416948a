/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <stdlib.h>

#include <spa/utils/defs.h>

#include "module/rtsp/client.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/vloop.h"

/* A client with credentials and outstanding requests hears the input. Each request must
 * end exactly once, the client too, whatever is said, and the queue stays bounded. */

static uint32_t asked, replied, ended;

static void on_connected(void *data, const char *address)
{
}

static void on_closed(void *data, int res, const char *message)
{
	ended++;
}

static const struct rtsp_client_events events = {
	RTSP_VERSION_CLIENT_EVENTS,
	.connected = on_connected,
	.closed = on_closed,
};

static void on_reply(void *data, int res, const struct rtsp_message *m)
{
	replied++;
}

static void ask(struct rtsp_client *client, const char *method, bool keepalive)
{
	struct rtsp_request r = { .method = method, .uri = "rtsp://192.0.2.1/a", .keepalive = keepalive };

	asked += rtsp_client_send(client, &r, on_reply, NULL) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char value[] = "p";
	const struct secret password = { value };
	struct vloop *v = vloop_new();
	struct fake_net *f = fake_net_new(vloop_utils(v));
	struct rtsp_client_params params = { .net = fake_net_get(f), .user = "u", .password = &password,
		.target = { .host = "192.0.2.1", .port = 554 } };
	struct rtsp_client_stats stats;
	struct rtsp_client *client;
	size_t i;

	asked = replied = ended = 0;
	fake_net_set_auto(f, 0);
	if (rtsp_client_new(vloop_utils(v), &params, &events, NULL, &client) < 0)
		abort();
	vloop_flush(v);
	ask(client, "DESCRIBE", false);
	ask(client, "GET_PARAMETER", true);
	if (size > 0 && data[0] & 1)
		fake_net_set_window(f, 7);
	for (i = 1; i < size && fake_net_is_open(f); i += 1 + data[0] / 2) {
		fake_net_say(f, data + i, SPA_MIN(size - i, 1u + data[0] / 2));
		vloop_flush(v);
		rtsp_client_get_stats(client, &stats);
		if (stats.queued_bytes > 32768)
			abort();
	}
	if (fake_net_is_open(f)) {
		fake_net_close(f, 0);
		vloop_flush(v);
	}
	if (replied != asked || ended != 1)
		abort();
	rtsp_client_destroy(client);
	fake_net_destroy(f);
	vloop_destroy(v);
	return 0;
}
