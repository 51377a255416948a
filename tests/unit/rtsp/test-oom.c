/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/rtsp/client.h"
#include "module/rtsp/sdp.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/oom.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

/* A whole conversation, again and again, in which the n-th allocation fails: it may
 * end early, but neither crash nor leak (the sanitizer looks). */

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
	struct sdp sdp;

	replied++;
	if (m && m->body.len > 0 && sdp_parse(m->body, &sdp) == 0)
		sdp_clear(&sdp);
}

static void ask(struct rtsp_client *client, const char *method)
{
	struct rtsp_request r = { .method = method, .uri = "rtsp://192.0.2.1/a", .accept = "application/sdp",
		.session = "12", .require_backchannel = true };
	int res = rtsp_client_send(client, &r, on_reply, NULL);

	check(res == 0 || res == -ENOMEM || res == -ENOTCONN);
	asked += res == 0;
}

static void say(struct fake_net *f)
{
	static const char answers[] =
		"RTSP/1.0 401 X\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n\r\n"
		"$\0\0\4abcdOPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n"
		"RTSP/1.0 200 X\r\nCSeq: 2\r\nContent-Length: 24\r\n\r\nv=0\nm=audio 0 RTP/AVP 0\n";

	oom_pause();
	fake_net_say(f, answers, sizeof(answers) - 1);
	oom_resume();
}

static void converse(struct vloop *v, struct fake_net *f, const struct secret *password)
{
	struct rtsp_client_params params = {
		.net = fake_net_get(f),
		.target = { .host = "192.0.2.1", .port = 554 },
		.user = "u",
		.password = password,
	};
	struct rtsp_client *client;
	int res;

	asked = replied = ended = 0;
	if ((res = rtsp_client_new(vloop_utils(v), &params, &events, NULL, &client)) < 0) {
		check_int(res, -ENOMEM);
		return;
	}
	vloop_flush(v);
	ask(client, "DESCRIBE");
	if (fake_net_is_open(f))
		say(f);
	vloop_flush(v);
	ask(client, "PLAY");
	res = rtsp_client_send_frame(client, 0, "abc", 3);
	check(res == 0 || res == -ENOMEM || res == -ENOTCONN);
	vloop_flush(v);
	if (fake_net_is_open(f)) {
		fake_net_close(f, 0);
		vloop_flush(v);
	}
	check_int(replied, asked);
	check_int(ended, 1);
	rtsp_client_destroy(client);
}

static void run(void *data)
{
	struct vloop *v = vloop_new();
	struct fake_net *f = fake_net_new(vloop_utils(v));

	fake_net_set_auto(f, 0);
	oom_start();
	converse(v, f, data);
	oom_stop();
	fake_net_destroy(f);
	vloop_destroy(v);
}

static void test_every_allocation(void)
{
	struct secret password = { 0 };

	check_int(secret_set(&password, "p"), 0);
	check(oom_sweep(OOM_ONCE, run, &password) > 20);
	check(oom_sweep(OOM_FROM_THERE, run, &password) > 5);
	secret_clear(&password);
}

static const struct test tests[] = {
	{ "every allocation", test_every_allocation },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
