/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TEST_CLIENT_OWNER_H
#define ONVIF_TEST_CLIENT_OWNER_H

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/rtsp/client.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

#define URI	"rtsp://192.0.2.1/a"
#define DIGEST	"WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"

/* An RTSP client, its owner, who takes down what it hears, and a camera by hand. */
static struct vloop *v;
static struct fake_net *f;
static struct rtsp_client *client;
static struct buf told;		/* what the client's owner heard */
static const char *destroy_at;	/* destroys the client in the event of this name */
static struct rtsp_request next;	/* sent from inside the first reply callback */

static inline void heard(const char *event)
{
	if (destroy_at && strcmp(destroy_at, event) == 0) {
		rtsp_client_destroy(client);
		client = NULL;
	}
}

static inline void on_connected(void *data, const char *address)
{
	buf_printf(&told, "connected %s\n", address);
	heard("connected");
}

static inline void on_frame(void *data, uint8_t channel, struct str payload)
{
	buf_printf(&told, "frame %u " STR_FMT "\n", channel, STR_ARG(payload));
	heard("frame");
}

static inline void on_request(void *data, const struct rtsp_message *m)
{
	buf_printf(&told, "request " STR_FMT "\n", STR_ARG(m->method));
	heard("request");
}

static inline void on_closed(void *data, int res, const char *message)
{
	check(message != NULL);
	buf_printf(&told, "closed %d\n", res);
	heard("closed");
}

static const struct rtsp_client_events events = {
	RTSP_VERSION_CLIENT_EVENTS,
	.connected = on_connected,
	.frame = on_frame,
	.request = on_request,
	.closed = on_closed,
};

static inline void on_reply(void *data, int res, const struct rtsp_message *m)
{
	const struct rtsp_request again = next;

	buf_printf(&told, "%s: %d %d\n", (const char *)data, res, m ? m->status : 0);
	if (again.method) {
		next = (struct rtsp_request){ 0 };
		check_int(rtsp_client_send(client, &again, on_reply, (void *)(uintptr_t)"next"), 0);
	}
	heard("reply");
}

static inline void on_trace(void *data, bool sent, struct str text)
{
	buf_printf((struct buf *)data, "%s" STR_FMT "|", sent ? ">" : "<", STR_ARG(text));
}

static struct buf *trace_to;

static inline void begin_as(const char *user, const char *password, bool allow_basic)
{
	struct secret secret = { 0 };
	struct rtsp_client_params params = {
		.target = { .host = "192.0.2.1", .port = 554 },
		.user = user,
		.password = &secret,
		.allow_basic = allow_basic,
		.user_agent = "test",
		.trace = trace_to ? on_trace : NULL,
		.trace_data = trace_to,
	};

	v = vloop_new();
	f = fake_net_new(vloop_utils(v));
	fake_net_set_auto(f, 0);
	params.net = fake_net_get(f);
	buf_init(&told, 1 << 20);
	destroy_at = NULL;
	next = (struct rtsp_request){ 0 };
	check_int(secret_set(&secret, password), 0);
	check_int(rtsp_client_new(vloop_utils(v), &params, &events, NULL, &client), 0);
	secret_clear(&secret);
}

static inline void begin(void)
{
	begin_as(NULL, NULL, false);
	vloop_flush(v);
	check_str(told.data, "connected 192.0.2.1\n");
	buf_reset(&told);
}

static inline void end(void)
{
	rtsp_client_destroy(client);
	client = NULL;
	fake_net_destroy(f);
	vloop_destroy(v);
	buf_clear(&told);
}

static inline int ask_as(const char *method, const char *name, bool keepalive)
{
	struct rtsp_request r = { .method = method, .uri = URI, .keepalive = keepalive };

	return rtsp_client_send(client, &r, on_reply, (void *)(uintptr_t)name);
}

static inline void ask(const char *method)
{
	check_int(ask_as(method, method, false), 0);
}

static inline void say(const char *text)
{
	fake_net_say(f, text, strlen(text));
	vloop_flush(v);
}

static inline void say_status(int status, int cseq, const char *fields)
{
	char text[512];

	if (cseq < 0)
		snprintf(text, sizeof(text), "RTSP/1.0 %d X\r\n%s\r\n", status, fields);
	else
		snprintf(text, sizeof(text), "RTSP/1.0 %d X\r\nCSeq: %d\r\n%s\r\n", status, cseq, fields);
	say(text);
}

#define check_told(text) \
	do { check_str(told.data ? told.data : "", text); buf_reset(&told); } while (0)
#define check_sent(text) \
	do { check_slice(fake_net_sent(f), text); fake_net_take(f, SIZE_MAX); } while (0)

static inline const char *sent(void)
{
	struct str s = fake_net_sent(f);

	return s.len > 0 ? s.p : "";
}

#endif /* ONVIF_TEST_CLIENT_OWNER_H */
