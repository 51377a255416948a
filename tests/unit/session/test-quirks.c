/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/util/clock.h"
#include "tests/lib/test.h"
#include "tests/unit/session/camera.h"

/* What cameras do that the standard does not have, each found out by itself. */

static struct cam cam;

static void start(struct cam *c)
{
	cam_start(c);
	cam_claim(c, true);
}

/* Vikylin hangs on Require; what it offers without it is taken */
static void test_hangs_on_require(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->no_require = true;
	start(c);
	cam_run_to(c, FSM_STREAMING, 6000);
	check_str(c->requests, "OPTIONS DESCRIBE DESCRIBE SETUP PLAY");
	check(strstr(c->last, "Require") == NULL);
	/* remembered: the next time it costs no 5 s */
	cam_forget(c);
	fake_net_close(c->net, 0);
	cam_run_to(c, FSM_BACKOFF, 100);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->requests, "DESCRIBE SETUP PLAY");
	cam_end(c);
}

/* ... and what it does not offer without it, it does not have; but once may be chance */
static void test_hangs_without_backchannel(void)
{
	static const char plain[] = "v=0\r\nm=video 0 RTP/AVP 96\r\na=recvonly\r\na=control:v\r\n";
	struct cam *c = &cam;

	cam_init(c);
	c->no_require = true;
	c->sdp = plain;
	start(c);
	cam_run_to(c, FSM_BACKOFF, 5500);
	check_int(c->status.backchannel, SESSION_BACKCHANNEL_UNKNOWN);
	cam_run_to(c, FSM_BLOCKED, 60000);
	check_int(c->status.backchannel, SESSION_BACKCHANNEL_NO);
	check_int(c->status.public_state, SESSION_UNSUPPORTED);
	check_contains(c->status.error, "does not answer when it is asked for a backchannel");
	check_int(cam_count(c, "DESCRIBE"), 4);
	cam_end(c);

	/* it was chance: it had to think */
	cam_init(c);
	c->no_require = true;
	c->sdp = plain;
	start(c);
	cam_run_to(c, FSM_BACKOFF, 5500);
	c->no_require = false;
	c->sdp = cam_sdp;
	cam_run_to(c, FSM_STREAMING, 6000);
	cam_end(c);
}

/* a server that refuses what it does not know, instead of ignoring it */
static void test_refuses_require(void)
{
	static const char * const answers[] = { "RTSP/1.0 400 Bad Request\r\n\r\n",
		"RTSP/1.0 501 Not Implemented\r\n\r\n" };
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(answers); i++) {
		cam_init(c);
		c->answer[CAM_DESCRIBE] = answers[i];
		start(c);
		vloop_flush(c->loop);
		check_contains(cam_next(c), "OPTIONS");
		cam_say(c, "RTSP/1.0 200 OK\r\n\r\n");
		vloop_flush(c->loop);
		check_contains(cam_next(c), "\r\nRequire: ");
		cam_say(c, answers[i]);
		vloop_flush(c->loop);
		check_contains(cam_next(c), "DESCRIBE");
		check(strstr(c->last, "Require") == NULL);
		/* and then, too: that is what is said */
		cam_say(c, answers[i]);
		cam_run(c, 10);
		check_int(c->status.state, FSM_BLOCKED);
		check_contains(c->status.error, "refused DESCRIBE");
		cam_end(c);
	}
}

/* every way to read a control, in the order in which cameras mean it */
static void test_controls(void)
{
	static const struct {
		const char *uri, *base, *control, *wanted;
		uint32_t setups;
	} rows[] = {
		{ "rtsp://192.0.2.20/cam?channel=1&subtype=0", "", "trackID=5",
		  "rtsp://192.0.2.20/cam?channel=1&subtype=0/trackID=5 ", 1 },
		{ "rtsp://192.0.2.20/a/cam?channel=1", "", "trackID=5",
		  "rtsp://192.0.2.20/a/trackID=5 ", 2 },
		/* Content-Base is nonsense */
		{ "rtsp://192.0.2.20/stream", "Content-Base: rtsp://192.0.2.20/no/such/\r\n", "back",
		  "rtsp://192.0.2.20/stream/back ", 2 },
		{ "rtsp://192.0.2.20/a/stream", "Content-Base: rtsp://192.0.2.20/no/such\r\n", "back",
		  "rtsp://192.0.2.20/a/back ", 4 },
		{ "rtsp://192.0.2.20/stream", "", "rtsp://10.1.2.3:8554/x/track3",
		  "rtsp://192.0.2.20/x/track3 ", 1 },
		{ "rtsp://192.0.2.20/stream", "", "", "rtsp://192.0.2.20/stream ", 1 },
		{ "rtsp://192.0.2.20/stream", "", "/back", "rtsp://192.0.2.20/stream/back ", 1 },
		{ "rtsp://192.0.2.20/stream", "", "/back", "rtsp://192.0.2.20/back ", 2 },
	};
	struct cam *c = &cam;
	char sdp[512];

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		cam_init(c);
		snprintf(sdp, sizeof(sdp), "v=0\r\nm=audio 0 RTP/AVP 0\r\na=sendonly\r\n%s%s\r\n",
				rows[i].control[0] ? "a=control:" : "a=x", rows[i].control);
		c->sdp = sdp;
		c->content_base = rows[i].base;
		c->params.uri = rows[i].uri;
		c->control = rows[i].wanted;
		start(c);
		cam_run(c, 500);
		if (c->status.state != FSM_STREAMING)
			test_fail(__FILE__, __LINE__, "row %u: %s: %s", i, c->requests, c->status.error);
		check_int(cam_count(c, "SETUP"), rows[i].setups);
		/* the one that was right comes first the next time */
		cam_forget(c);
		fake_net_close(c->net, 0);
		cam_run_to(c, FSM_BACKOFF, 100);
		cam_run_to(c, FSM_STREAMING, 1000);
		check_int(cam_count(c, "SETUP"), 1);
		cam_end(c);
	}
}

/* thingino's own server */
static void test_record(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->answer[CAM_OPTIONS] = "RTSP/1.0 200 OK\r\nPublic: DESCRIBE, SETUP, PLAY, RECORD, TEARDOWN\r\n\r\n";
	c->answer[CAM_PLAY] = "RTSP/1.0 400 Bad Request\r\n\r\n";
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->requests, "OPTIONS DESCRIBE SETUP PLAY RECORD");
	cam_run(c, 500);
	check(c->n_frames > 20);
	cam_forget(c);
	fake_net_close(c->net, 0);
	cam_run_to(c, FSM_BACKOFF, 100);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->requests, "DESCRIBE SETUP RECORD");
	cam_end(c);
}

/* \return the first request of this method, which waits for its answer */
static const char *answer_until(struct cam *c, const char *method, const char *sdp)
{
	const char *m;
	char text[1024];

	vloop_flush(c->loop);
	while (strncmp(m = cam_next(c), method, strlen(method)) != 0) {
		check(m[0] != '\0');
		if (strncmp(m, "SETUP", 5) == 0)
			snprintf(text, sizeof(text), "RTSP/1.0 200 OK\r\nSession: 5e55107\r\n\r\n");
		else
			snprintf(text, sizeof(text), "RTSP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
					strncmp(m, "DESCRIBE", 8) ? (size_t)0 : strlen(sdp),
					strncmp(m, "DESCRIBE", 8) ? "" : sdp);
		cam_say(c, text);
		vloop_flush(c->loop);
	}
	return m;
}

/* no aggregate control: PLAY and TEARDOWN name the track */
static void test_track_uri(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.linger_ms = 100;
	start(c);
	answer_until(c, "PLAY ", cam_sdp);
	cam_say(c, "RTSP/1.0 459 Aggregate Operation Not Allowed\r\n\r\n");
	vloop_flush(c->loop);
	check_contains(cam_next(c), "PLAY rtsp://192.0.2.20/stream/back RTSP/1.0");
	cam_say(c, "RTSP/1.0 200 OK\r\nSession: 5e55107\r\n\r\n");
	vloop_run(c->loop, 1300);
	check_contains(cam_next(c), " rtsp://192.0.2.20/stream RTSP/1.0");
	cam_claim(c, false);
	vloop_run(c->loop, 150);
	check_contains(cam_next(c), "TEARDOWN rtsp://192.0.2.20/stream/back RTSP/1.0");
	cam_end(c);
}

/* for cameras that need their own tracks set up, too: theirs first, on channels of their own */
static void test_forward_tracks(void)
{
	static const char sdp[] = "v=0\r\na=control:*\r\n"
		"m=video 0 RTP/AVP 96\r\na=recvonly\r\na=control:v\r\n"
		"m=audio 0 RTP/AVP 0\r\na=recvonly\r\na=control:a\r\n"
		"m=audio 0 RTP/AVP 0\r\na=sendonly\r\na=control:back\r\n";
	struct cam *c = &cam;

	for (uint32_t udp = 0; udp < 2; udp++) {
		cam_init(c);
		c->sdp = sdp;
		c->params.forward_tracks = true;
		c->params.transport = udp ? SESSION_TRANSPORT_UDP : SESSION_TRANSPORT_AUTO;
		start(c);
		cam_run_to(c, FSM_STREAMING, 1000);
		check_str(c->requests, "OPTIONS DESCRIBE SETUP SETUP SETUP PLAY");
		check_int(fake_net_n_udp(c->net), udp ? 3 : 0);
		cam_run(c, 500);
		check(c->n_frames > 20);
		check_int(c->frames[0].channel, 0);
		cam_end(c);
	}

	/* all in one session */
	cam_init(c);
	c->params.forward_tracks = true;
	start(c);
	check_contains(answer_until(c, "SETUP ", sdp), "SETUP rtsp://192.0.2.20/stream/v RTSP/1.0");
	for (uint32_t i = 0; i < 2; i++) {
		cam_say(c, "RTSP/1.0 200 OK\r\nSession: 5e55107\r\n\r\n");
		vloop_flush(c->loop);
		check_contains(cam_next(c), "\r\nSession: 5e55107\r\n");
	}
	cam_end(c);

	/* what is not for us may be missing */
	cam_init(c);
	c->sdp = sdp;
	c->params.forward_tracks = true;
	c->control = "rtsp://192.0.2.20/stream/back";
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	cam_end(c);
}

/* EvoStream: OPTIONS does not keep a session, GET_PARAMETER does, which it does not list */
static void test_only_get_parameter(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->answer[CAM_OPTIONS] = "RTSP/1.0 200 OK\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n";
	start(c);
	cam_run_to(c, FSM_STREAMING, 1000);
	cam_run(c, 59000);
	check_int(cam_count(c, "GET_PARAMETER"), 0);
	fake_net_close(c->net, 0);
	cam_run_to(c, FSM_BACKOFF, 100);
	cam_run_to(c, FSM_STREAMING, 1000);
	cam_forget(c);
	cam_run(c, 15000);
	check(cam_count(c, "GET_PARAMETER") >= 2);
	check_int(cam_count(c, "OPTIONS"), 0);
	cam_end(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "hangs on Require", test_hangs_on_require },
		{ "hangs on Require, no backchannel", test_hangs_without_backchannel },
		{ "refuses Require", test_refuses_require },
		{ "controls", test_controls },
		{ "RECORD", test_record },
		{ "no aggregate", test_track_uri },
		{ "forward tracks", test_forward_tracks },
		{ "only GET_PARAMETER", test_only_get_parameter },
	};
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
