/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/rtp/rtp.h"
#include "module/util/clock.h"
#include "tests/lib/test.h"
#include "tests/unit/session/camera.h"

static struct cam cam;

/* who is dialled, and how; what it calls itself is fit to be shown. (What is said then is in
 * tests/data/transcripts.) */
static void test_target(void)
{
	struct cam *c = &cam;

	cam_init(c);
	cam_start(c);
	fake_net_set_auto(c->net, 1);
	session_claim(c->session, true);
	vloop_flush(c->loop);
	check_int(c->status.state, FSM_CONNECT);
	check_str(fake_net_target(c->net)->host, CAM_ADDRESS);
	check_int(fake_net_target(c->net)->port, 554);
	check_int(fake_net_target(c->net)->security, NET_PLAIN);
	fake_net_accept(c->net);
	vloop_flush(c->loop);
	check_contains(cam_next(c), "OPTIONS");
	cam_say(c, "RTSP/1.0 200 OK\r\nServer: H\033[1mipcam\r\n\r\n");
	vloop_flush(c->loop);
	check(c->status.server[0] == 'H' && strchr(c->status.server, '\033') == NULL);
	cam_end(c);
}

/* what is heard: pre-roll, then every sample that was played; one time line */
static void test_audio(void)
{
	struct cam *c = &cam;
	struct rtp_header h, first;
	uint32_t silent = 0, loud = 0, n = 0, markers = 0, rtcp = 0;
	struct session_counters counters;

	cam_init(c);
	cam_start(c);
	cam_claim(c, true);
	cam_run(c, 12000);
	cam_claim(c, false);
	cam_run(c, 4000);
	check_int(c->status.state, FSM_IDLE);
	check_str(c->requests, "OPTIONS DESCRIBE SETUP PLAY GET_PARAMETER GET_PARAMETER TEARDOWN");

	for (uint32_t i = 0; i < c->n_frames; i++) {
		const struct cam_frame *f = &c->frames[i];
		if (f->channel == 1) {
			rtcp++;
			continue;
		}
		check_int(f->channel, 0);
		check_int(f->len, RTP_HEADER_LEN + 160);
		check_int(rtp_header_parse(f->data, f->len, &h), RTP_HEADER_LEN);
		if (n == 0)
			first = h;
		check_int(h.pt, 0);
		check_int(h.ssrc, 0x1234abcd);
		check_int((uint16_t)(h.seq - first.seq), n);
		check_int((uint32_t)(h.timestamp - first.timestamp), n * 160);
		markers += h.marker;
		for (uint32_t k = RTP_HEADER_LEN; k < f->len; k++)
			if (f->data[k] == 0xff)
				silent += n < 12;
			else
				loud++;
		n++;
	}
	check_int(silent, 12 * 160);		/* the pre-roll */
	check(markers >= 1 && markers <= 3);
	check(rtcp >= 3);			/* two reports, BYE */
	session_get_counters(c->session, &counters);
	/* the delay of the pre-roll is taken back bit by bit, nothing else is missing */
	check(counters.samples_cut > 800 && counters.samples_cut < 2100);
	loud += (uint32_t)counters.samples_cut;
	/* (and where the wave is cut off, it rises and fades for 4 ms) */
	check(loud >= 12000 * 8 - 320 && loud <= 12000 * 8 + 2 * 32);
	check_int(counters.samples_lost, 0);
	check_int(counters.packets, n);
	check_int(counters.octets, n * 160);
	check_int(counters.sessions_opened, 1);
	check_int(counters.dropped_packets, 0);
	check_int(counters.failures, 0);
	cam_end(c);
}

/* keepalives and reports go out with a packet; they cost no wake-up of their own */
static void test_wakeups(void)
{
	struct cam *c = &cam;
	struct session_counters before, after;
	uint32_t wakeups;

	cam_init(c);
	cam_start(c);
	cam_claim(c, true);
	cam_run(c, 5000);
	check_int(c->status.state, FSM_STREAMING);
	cam_forget(c);
	session_get_counters(c->session, &before);
	wakeups = vloop_wakeups(c->loop);
	cam_run(c, 60000);
	session_get_counters(c->session, &after);
	check(cam_count(c, "GET_PARAMETER") >= 2);
	check(after.packets - before.packets >= 2995);
	check_int(vloop_wakeups(c->loop) - wakeups, after.packets - before.packets);
	cam_end(c);
}

static void test_rtcp(void)
{
	struct cam *c = &cam;
	struct session_counters counters;
	const struct cam_frame *sr = NULL, *last = NULL;
	uint8_t rr[32] = { 0x81, 201, 0, 7, 0, 0, 0, 9, 0x12, 0x34, 0xab, 0xcd,
		64, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 33 };

	cam_init(c);
	cam_start(c);
	cam_claim(c, true);
	cam_run(c, 7000);
	for (uint32_t i = 0; i < c->n_frames; i++)
		if (c->frames[i].channel == 1)
			sr = &c->frames[i];
	check(sr != NULL);
	check_int(sr->data[1], 200);
	check(sr->len > 28 + 8);
	check_int(sr->data[28 + 1], 202);

	/* what the camera reports: LSR is the middle of our NTP time */
	memcpy(rr + 24, sr->data + 8 + 2, 4);
	cam_say_frame(c, 1, rr, sizeof(rr));
	cam_say_frame(c, 0, rr, sizeof(rr));
	cam_say_frame(c, 9, "junk", 4);
	cam_say_frame(c, 1, "junk", 4);
	cam_run(c, 0);
	session_get_counters(c->session, &counters);
	check_int(counters.fraction_lost, 64);
	check_int(counters.jitter, 33);
	check(counters.round_trip_us > 1000000 && counters.round_trip_us < 3000000);

	/* BYE goes before TEARDOWN */
	session_stop(c->session);
	cam_run(c, 10);
	check_int(c->n_stopped, 1);
	last = &c->frames[c->n_frames - 1];
	check_int(last->channel, 1);
	check(memmem(last->data, last->len, "\x81\xcb\x00\x01\x12\x34\xab\xcd", 8) != NULL);
	cam_end(c);
}

/* refusals: the answer to one request, and what becomes of it */
static void test_refusals(void)
{
	static const char no_sendonly[] = "v=0\r\nm=video 0 RTP/AVP 96\r\na=recvonly\r\n"
		"a=control:v\r\nm=audio 0 RTP/AVP 0\r\na=recvonly\r\na=control:a\r\n";
	static const char aac[] = "v=0\r\nm=audio 0 RTP/AVP 104\r\n"
		"a=rtpmap:104 MPEG4-GENERIC/16000\r\na=sendonly\r\na=control:a\r\n";
	static const struct {
		enum cam_method method;
		const char *answer, *sdp;
		enum fsm_state state;
		enum session_public_state public_state;
		enum session_backchannel backchannel;
		const char *error, *requests;
	} rows[] = {
		{ CAM_DESCRIBE, "RTSP/1.0 551 Option not supported\r\n"
			"Unsupported: www.onvif.org/ver20/backchannel\r\n\r\n", NULL,
		  FSM_BLOCKED, SESSION_UNSUPPORTED, SESSION_BACKCHANNEL_NO, "no backchannel",
		  "OPTIONS DESCRIBE" },
		{ CAM_DESCRIBE, NULL, no_sendonly,
		  FSM_BLOCKED, SESSION_UNSUPPORTED, SESSION_BACKCHANNEL_NO, "no backchannel",
		  "OPTIONS DESCRIBE" },
		{ CAM_DESCRIBE, NULL, aac,
		  FSM_BLOCKED, SESSION_UNSUPPORTED, SESSION_BACKCHANNEL_NO, "MPEG4-GENERIC/16000",
		  "OPTIONS DESCRIBE" },
		{ CAM_DESCRIBE, NULL, "junk",
		  FSM_BLOCKED, SESSION_REJECTED, SESSION_BACKCHANNEL_UNKNOWN, "description",
		  "OPTIONS DESCRIBE" },
		{ CAM_DESCRIBE, "RTSP/1.0 401 Unauthorized\r\n"
			"WWW-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n\r\n", NULL,
		  FSM_BLOCKED, SESSION_LOGIN_REQUIRED, SESSION_BACKCHANNEL_UNKNOWN, "run `pw-onvif login 192.0.2.20`",
		  "OPTIONS DESCRIBE" },
		{ CAM_DESCRIBE, "RTSP/1.0 403 Forbidden\r\n\r\n", NULL,
		  FSM_BLOCKED, SESSION_REJECTED, SESSION_BACKCHANNEL_UNKNOWN, "right",
		  "OPTIONS DESCRIBE" },
		{ CAM_DESCRIBE, "RTSP/1.0 302 Moved\r\nLocation: rtsp://203.0.113.1/\r\n\r\n", NULL,
		  FSM_BLOCKED, SESSION_REJECTED, SESSION_BACKCHANNEL_UNKNOWN, "redirects",
		  "OPTIONS DESCRIBE" },
		{ CAM_DESCRIBE, "RTSP/1.0 404 Not Found\r\n\r\n", NULL,
		  FSM_BACKOFF, SESSION_OFFLINE, SESSION_BACKCHANNEL_UNKNOWN, "rtsp.uri",
		  "OPTIONS DESCRIBE" },
		{ CAM_SETUP, "RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n", NULL,
		  FSM_BACKOFF, SESSION_BUSY, SESSION_BACKCHANNEL_YES, "in use",
		  "OPTIONS DESCRIBE SETUP" },
		{ CAM_SETUP, "RTSP/1.0 461 Unsupported Transport\r\n\r\n", NULL,
		  FSM_BLOCKED, SESSION_REJECTED, SESSION_BACKCHANNEL_YES, "TCP as well as over UDP (461)",
		  "OPTIONS DESCRIBE SETUP SETUP" },
		{ CAM_SETUP, "RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP\r\n\r\n", NULL,
		  FSM_BLOCKED, SESSION_REJECTED, SESSION_BACKCHANNEL_YES, "without a session",
		  "OPTIONS DESCRIBE SETUP" },
		{ CAM_PLAY, "RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n", NULL,
		  FSM_BACKOFF, SESSION_BUSY, SESSION_BACKCHANNEL_YES, "in use",
		  "OPTIONS DESCRIBE SETUP PLAY TEARDOWN" },
		{ CAM_PLAY, "RTSP/1.0 400 Bad \033[31mRequest\r\n\r\n", NULL,
		  FSM_BLOCKED, SESSION_REJECTED, SESSION_BACKCHANNEL_YES, "refused PLAY: 400 Bad",
		  "OPTIONS DESCRIBE SETUP PLAY TEARDOWN" },
		{ CAM_PLAY, "RTSP/1.0 500 Internal Server Error\r\n\r\n", NULL,
		  FSM_BACKOFF, SESSION_BUSY, SESSION_BACKCHANNEL_YES, "refused PLAY: 500",
		  "OPTIONS DESCRIBE SETUP PLAY TEARDOWN" },
	};
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		cam_init(c);
		c->answer[CAM_RECORD] = "RTSP/1.0 405 Method Not Allowed\r\n\r\n";
		c->answer[rows[i].method] = rows[i].answer;
		if (rows[i].sdp)
			c->sdp = rows[i].sdp;
		cam_start(c);
		session_claim(c->session, true);
		cam_run(c, 0);
		if (c->status.state != rows[i].state)
			test_fail(__FILE__, __LINE__, "row %u: %s (%s)", i,
					fsm_state_name(c->status.state), c->status.error);
		check_int(c->status.public_state, rows[i].public_state);
		check_int(c->status.backchannel, rows[i].backchannel);
		check_contains(c->status.error, rows[i].error);
		check(strchr(c->status.error, '\033') == NULL);
		check_str(c->requests, rows[i].requests);
		check(!fake_net_is_open(c->net));
		check_int(c->n_frames, 0);
		cam_end(c);
	}
	/* a choice of the user's that the camera does not have */
	cam_init(c);
	c->params.codec = "PCMA";
	cam_start(c);
	session_claim(c->session, true);
	cam_run(c, 0);
	check_contains(c->status.error, "rtp.codec = PCMA, only PCMU/8000");
	/* and then no URI at all */
	c->params.uri = NULL;
	session_update(c->session, &c->params);
	cam_run(c, 0);
	check_int(c->status.public_state, SESSION_REJECTED);
	check_contains(c->status.error, "No stream URI");
	check_int(vloop_armed_timers(c->loop), 0);
	cam_end(c);
}

static const char digest[] = "RTSP/1.0 401 Unauthorized\r\n"
	"WWW-Authenticate: Basic realm=\"x\"\r\n"
	"WWW-Authenticate: Digest realm=\"x\", nonce=\"abc\", qop=\"auth\"\r\n\r\n";

static void test_login(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.user = "user";
	c->params.password = &c->password;
	cam_start(c);
	session_claim(c->session, true);
	vloop_flush(c->loop);
	check_contains(cam_next(c), "OPTIONS");
	cam_say(c, digest);
	vloop_flush(c->loop);
	check_contains(cam_next(c), "Authorization: Digest username=\"user\"");
	check(strstr(c->last, CAM_PASSWORD) == NULL);
	check(strstr(c->last, "Basic") == NULL);
	cam_say(c, "RTSP/1.0 200 OK\r\n\r\n");
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(c->requests, "OPTIONS OPTIONS DESCRIBE SETUP PLAY");
	check(!c->status.credentials_refused);
	cam_end(c);
}

/* a wrong password is sent once, whatever happens, until something changes */
static void test_wrong_password(void)
{
	struct cam *c = &cam;
	struct session_params params;
	struct secret other = { 0 };

	cam_init(c);
	c->params.user = "user";
	c->params.password = &c->password;
	c->answer[CAM_DESCRIBE] = digest;
	cam_start(c);
	session_claim(c->session, true);
	cam_run(c, 100);
	check_int(c->status.state, FSM_BLOCKED);
	check_int(c->status.public_state, SESSION_LOGIN_REQUIRED);
	check(c->status.credentials_refused);
	check_contains(c->status.error, "refused the user or password");
	check_str(c->requests, "OPTIONS DESCRIBE DESCRIBE");
	check_int(vloop_armed_timers(c->loop), 0);

	for (uint32_t i = 0; i < 20; i++) {
		session_claim(c->session, i % 2);
		session_kick(c->session);
		session_probe(c->session);
		session_update(c->session, &c->params);
		cam_run(c, 60000);
	}
	check_int(cam_count(c, "DESCRIBE"), 2);
	check_int(fake_net_count(c->net), 1);

	/* a new one is tried, whether somebody plays or not */
	params = c->params;
	secret_set(&other, "other");
	params.password = &other;
	session_claim(c->session, false);
	check_int(session_update(c->session, &params), 0);
	cam_run(c, 100);
	check_int(c->status.state, FSM_BLOCKED);
	check_int(cam_count(c, "DESCRIBE"), 4);
	/* as is a user's request to try again, with success this time */
	c->answer[CAM_DESCRIBE] = NULL;
	session_retry(c->session);
	cam_run(c, 100);
	check_int(c->status.state, FSM_IDLE);
	check(!c->status.credentials_refused);
	check_str(c->status.error, "");
	check_int(c->status.public_state, SESSION_IDLE);
	secret_clear(&other);
	cam_end(c);
}

/* Dahua: 401 when it is out of connections */
static void test_doubted_login(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.user = "user";
	c->params.password = &c->password;
	cam_start(c);
	session_claim(c->session, true);
	vloop_flush(c->loop);
	check_contains(cam_next(c), "OPTIONS");
	cam_say(c, digest);
	cam_run_to(c, FSM_STREAMING, 1000);
	fake_net_close(c->net, 0);
	c->answer[CAM_DESCRIBE] = digest;
	cam_run(c, 1000);
	check_int(c->status.state, FSM_BACKOFF);
	check_int(c->status.public_state, SESSION_BUSY);
	check(!c->status.credentials_refused);
	check_int(cam_count(c, "DESCRIBE"), 3);
	cam_run(c, 58000);
	check_int(cam_count(c, "DESCRIBE"), 3);
	cam_run(c, 20000);
	check_int(c->status.state, FSM_BLOCKED);
	check(c->status.credentials_refused);
	check_int(cam_count(c, "DESCRIBE"), 5);
	cam_end(c);
}

/* It describes itself to everybody: that is no word on the password. */
static void test_open_describe(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.user = "user";
	c->params.password = &c->password;
	c->answer[CAM_SETUP] = digest;
	cam_start(c);
	session_claim(c->session, true);
	cam_run(c, 300000);
	check_int(c->status.state, FSM_BLOCKED);
	check_int(c->status.public_state, SESSION_LOGIN_REQUIRED);
	check(c->status.credentials_refused);
	check_int(cam_count(c, "SETUP"), 2);
	cam_end(c);
}

static void test_basic(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.user = "user";
	c->params.password = &c->password;
	c->answer[CAM_OPTIONS] = "RTSP/1.0 401 Unauthorized\r\n"
		"WWW-Authenticate: Basic realm=\"x\"\r\n\r\n";
	cam_start(c);
	session_claim(c->session, true);
	cam_run(c, 0);
	check_int(c->status.public_state, SESSION_LOGIN_REQUIRED);
	check(c->status.auth_unsupported && !c->status.credentials_refused);
	check_contains(c->status.error, "auth.basic");
	check_str(c->requests, "OPTIONS");
	c->params.allow_basic = true;
	session_update(c->session, &c->params);
	cam_run(c, 0);
	check_contains(c->requests, "OPTIONS OPTIONS OPTIONS");
	cam_end(c);
}

/* OPTIONS matters little */
static void test_options(void)
{
	static const char * const answers[] = { "RTSP/1.0 405 Method Not Allowed\r\n\r\n",
		"RTSP/1.0 404 Not Found\r\n\r\n", "RTSP/1.0 500 Error\r\n\r\n", "" };
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(answers); i++) {
		cam_init(c);
		c->answer[CAM_OPTIONS] = answers[i];
		cam_start(c);
		session_claim(c->session, true);
		cam_run_to(c, FSM_STREAMING, 6000);
		check_str(c->requests, "OPTIONS DESCRIBE SETUP PLAY");
		/* once per firmware */
		fake_net_close(c->net, 0);
		cam_run_to(c, FSM_BACKOFF, 100);
		cam_run_to(c, FSM_STREAMING, 1000);
		check_str(c->requests, "OPTIONS DESCRIBE SETUP PLAY DESCRIBE SETUP PLAY");
		cam_end(c);
	}
	/* one that hangs up on it is not asked again */
	cam_init(c);
	c->answer[CAM_OPTIONS] = "";
	cam_start(c);
	session_claim(c->session, true);
	cam_run(c, 100);
	fake_net_close(c->net, 0);
	cam_run_to(c, FSM_STREAMING, 3000);
	check_str(c->requests, "OPTIONS DESCRIBE SETUP PLAY");
	cam_end(c);
}

/* append first, resolve where that is not understood */
static void test_control_uri(void)
{
	static const char query_sdp[] = "v=0\r\nm=audio 0 RTP/AVP 8\r\n"
		"a=sendonly\r\na=control:trackID=5\r\n";
	struct cam *c = &cam;

	cam_init(c);
	c->params.uri = "rtsp://192.0.2.20/cam/realmonitor?channel=1";
	c->sdp = query_sdp;
	c->content_base = "";
	c->answer[CAM_SETUP] = "";
	cam_start(c);
	session_claim(c->session, true);
	cam_run(c, 0);
	check_int(c->status.state, FSM_SETUP);
	check_str(c->status.codec, "PCMA/8000");
	check_contains(c->requests, "SETUP");
	check_str(c->requests, "OPTIONS DESCRIBE SETUP");
	cam_run(c, 4000);
	/* the camera complains late: the second try has its own 5 s */
	snprintf(c->last, sizeof(c->last), "SETUP x\r\nCSeq: 3\r\n\r\n");
	cam_say(c, "RTSP/1.0 455 Method Not Valid in This State\r\n\r\n");
	vloop_flush(c->loop);
	check_contains(cam_next(c), "SETUP rtsp://192.0.2.20/cam/trackID=5 RTSP/1.0\r\n");
	vloop_run(c->loop, 4000);
	check_int(c->status.state, FSM_SETUP);
	cam_say(c, "RTSP/1.0 455 Method Not Valid in This State\r\n\r\n");
	cam_run(c, 0);
	/* only once */
	check_str(c->requests, "OPTIONS DESCRIBE SETUP SETUP");
	check_int(c->status.public_state, SESSION_REJECTED);
	cam_end(c);
}

static void test_params(void)
{
	static const struct { const char *uri; int res; } rows[] = {
		{ "rtsp://user:" CAM_PASSWORD "@192.0.2.20/", -EINVAL },
		{ "rtsp://@192.0.2.20/", -EINVAL },
		{ "no uri", -EINVAL },
		{ "rtsp:///path", -EINVAL },
		{ NULL, 0 },
		{ "rtsps://192.0.2.20/", 0 },
		{ "http://192.0.2.20/", 0 },
		{ "https://192.0.2.20/", 0 },
		{ "ftp://192.0.2.20/", -EINVAL },
	};
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		struct session_env env;
		struct session *s = NULL;

		cam_init(c);
		env = (struct session_env) {
			.loop = vloop_utils(c->loop), .net = fake_net_get(c->net),
			.pacer = c->pacer, .cname = "x",
		};
		c->params.uri = rows[i].uri;
		check_int(session_new(&env, &c->params, c->ring, NULL, NULL, &s), rows[i].res);
		if (rows[i].res < 0)
			check(s == NULL);
		session_destroy(s);
		cam_end(c);
	}
	session_destroy(NULL);

	cam_init(c);
	cam_start(c);
	session_claim(c->session, true);
	/* settings that are no good change nothing */
	c->params.uri = "rtsp://user:pw@192.0.2.20/";
	check_int(session_update(c->session, &c->params), -EINVAL);
	c->params.uri = "rtsp://cam.example:8554/x";
	c->params.address = "2001:db8::1";
	check_int(session_update(c->session, &c->params), 0);
	cam_run_to(c, FSM_STREAMING, 1000);
	check_str(fake_net_target(c->net)->host, "2001:db8::1");
	check_int(fake_net_target(c->net)->port, 8554);
	cam_end(c);

	/* none at all */
	cam_init(c);
	c->params.uri = NULL;
	cam_start(c);
	session_claim(c->session, true);
	cam_run(c, 0);
	check_int(c->status.state, FSM_BLOCKED);
	check_contains(c->status.error, "rtsp.uri");
	cam_end(c);
}

static void test_probe(void)
{
	struct cam *c = &cam;

	cam_init(c);
	cam_start(c);
	session_probe(c->session);
	cam_run(c, 0);
	check_int(c->status.state, FSM_IDLE);
	check_int(c->status.backchannel, SESSION_BACKCHANNEL_YES);
	check_str(c->requests, "OPTIONS DESCRIBE");
	check_str(c->states, "connecting idle");
	check_int(vloop_armed_timers(c->loop), 0);
	check_int(c->n_frames, 0);

	/* nobody there: offline, until it is */
	fake_net_set_auto(c->net, -ECONNREFUSED);
	session_probe(c->session);
	cam_run(c, 0);
	check_int(c->status.public_state, SESSION_OFFLINE);
	check_contains(c->status.error, "Cannot reach 192.0.2.20: ");
	cam_run(c, 600000);
	check(fake_net_count(c->net) > 60 && fake_net_count(c->net) < 300);
	check_str(c->states, "connecting idle offline");
	fake_net_set_auto(c->net, 0);
	session_kick(c->session);
	cam_run(c, 0);
	check_int(c->status.public_state, SESSION_IDLE);
	check_str(c->status.error, "");

	/* somebody plays meanwhile: the probe goes on as a session */
	session_probe(c->session);
	session_claim(c->session, true);
	cam_run_to(c, FSM_STREAMING, 1000);
	session_probe(c->session);
	session_claim(c->session, false);
	cam_run_to(c, FSM_IDLE, 5000);
	cam_end(c);
}

static void test_resolve(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.uri = NULL;
	c->params.can_resolve = true;
	cam_start(c);
	session_claim(c->session, true);
	check_int(c->n_resolve, 0);	/* never from inside a call */
	cam_run(c, 0);
	check_int(c->n_resolve, 1);
	session_resolved(c->session, 0, "rtsp://u:" CAM_PASSWORD "@192.0.2.20/onvif", NULL);
	cam_run_to(c, FSM_STREAMING, 1000);

	/* the URI went stale: asked again */
	fake_net_close(c->net, 0);
	c->answer[CAM_DESCRIBE] = "RTSP/1.0 404 Not Found\r\n\r\n";
	cam_run(c, 10000);
	check_int(c->n_resolve, 2);
	session_resolved(c->session, -ETIMEDOUT, NULL, "");
	cam_run(c, 0);
	check_int(c->status.state, FSM_BACKOFF);
	c->answer[CAM_DESCRIBE] = NULL;
	/* the old one is better than none */
	cam_run_to(c, FSM_STREAMING, 61000);
	check_int(c->n_resolve, 2);
	cam_end(c);

	cam_init(c);
	c->params.uri = NULL;
	c->params.can_resolve = true;
	cam_start(c);
	session_claim(c->session, true);
	cam_run(c, 0);
	session_resolved(c->session, -EACCES, NULL, "log in");
	cam_run(c, 0);
	check_int(c->status.public_state, SESSION_LOGIN_REQUIRED);
	check_str(c->status.error, "log in");
	session_retry(c->session);
	cam_run(c, 0);
	check_int(c->n_resolve, 2);
	session_resolved(c->session, -ENOTSUP, NULL, "no speaker");
	cam_run(c, 0);
	check_int(c->status.public_state, SESSION_UNSUPPORTED);
	check_int(c->status.backchannel, SESSION_BACKCHANNEL_NO);
	/* daily */
	cam_run(c, 24 * 3600 * 1000 - 100000);
	check_int(c->n_resolve, 2);
	cam_run(c, 101000);
	check_int(c->n_resolve, 3);
	/* no answer is one, too, after a while */
	cam_run(c, 31000);
	check_int(c->status.public_state, SESSION_OFFLINE);
	session_resolved(c->session, 0, "not a uri", NULL);
	cam_run(c, 0);
	cam_end(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "target", test_target },
		{ "audio", test_audio },
		{ "wake-ups", test_wakeups },
		{ "rtcp", test_rtcp },
		{ "refusals", test_refusals },
		{ "login", test_login },
		{ "wrong password", test_wrong_password },
		{ "doubted login", test_doubted_login },
		{ "a description for everybody", test_open_describe },
		{ "basic", test_basic },
		{ "options", test_options },
		{ "control uri", test_control_uri },
		{ "params", test_params },
		{ "probe", test_probe },
		{ "resolve", test_resolve },
	};
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
