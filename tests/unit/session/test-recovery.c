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

static void start_streaming(struct cam *c)
{
	cam_init(c);
	cam_start(c);
	cam_claim(c, true);
	cam_run_to(c, FSM_STREAMING, 1000);
	cam_forget(c);
}

/* octets that are not silence */
static uint32_t heard(const struct cam *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_frames; i++)
		for (uint32_t k = RTP_HEADER_LEN; c->frames[i].channel == 0 && k < c->frames[i].len; k++)
			n += c->frames[i].data[k] != 0xff;
	return n;
}

/* a drop is repaired within a quarter of a second, the second one in a row is not */
static void test_drop(void)
{
	struct cam *c = &cam;
	uint32_t count;

	start_streaming(c);
	cam_run(c, 10000);
	fake_net_close(c->net, -ECONNRESET);
	cam_run(c, 0);
	check_int(c->status.state, FSM_BACKOFF);
	check_int(c->status.public_state, SESSION_CONNECTING);
	check_contains(c->status.error, "broke");
	cam_run_to(c, FSM_PREROLL, 260);
	cam_run_to(c, FSM_STREAMING, 260);
	check_str(c->states, "connecting streaming");
	check_str(c->status.error, "");

	/* now it is away for ten minutes */
	fake_net_close(c->net, 0);
	fake_net_set_auto(c->net, -EHOSTUNREACH);
	count = fake_net_count(c->net);
	cam_run(c, 600000);
	check_int(c->status.public_state, SESSION_OFFLINE);
	check_str(c->states, "connecting streaming offline");
	count = fake_net_count(c->net) - count;
	check(count > 10 && count < 60);

	/* back again: what was said lately is not lost, what is older is */
	fake_net_set_auto(c->net, 0);
	session_kick(c->session);
	c->n_frames = 0;
	cam_run(c, 0);
	check_int(c->status.state, FSM_PREROLL);
	c->playing = false;
	session_claim(c->session, false);
	cam_run_to(c, FSM_IDLE, 12000);
	check(heard(c) > 4900 * 8 && heard(c) < 5300 * 8);
	check_int(vloop_armed_timers(c->loop), 0);
	cam_end(c);
}

/* a minute of streaming makes good for earlier failures */
static void test_proven(void)
{
	struct cam *c = &cam;

	start_streaming(c);
	for (uint32_t i = 0; i < 5; i++) {
		cam_run(c, 61000);
		fake_net_close(c->net, 0);
		cam_run_to(c, FSM_BACKOFF, 20);
		cam_run_to(c, FSM_STREAMING, 600);
	}
	cam_end(c);
}

static void test_busy(void)
{
	struct cam *c = &cam;
	uint32_t last = 0, gap = UINT32_MAX, now = 0;

	cam_init(c);
	c->answer[CAM_SETUP] = "RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n";
	cam_start(c);
	session_claim(c->session, true);
	for (uint32_t n = 1; now < 300000; now += 50) {
		cam_run(c, 50);
		/* an impatient player */
		session_claim(c->session, (now / 50) % 2 || c->status.state == FSM_BACKOFF);
		if (fake_net_count(c->net) > n) {
			if (last)
				gap = SPA_MIN(gap, now - last);
			last = now;
			n = fake_net_count(c->net);
		}
	}
	check(gap >= 5000);
	check_int(c->status.public_state, SESSION_BUSY);
	c->answer[CAM_SETUP] = NULL;
	cam_run_to(c, FSM_STREAMING, 70000);
	cam_end(c);
}

/* What worked before is refused, as Dahua does to a second speaker: it is tried again. */
static void test_refused_for_now(void)
{
	static const enum cam_method methods[] = { CAM_SETUP, CAM_PLAY };
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(methods); i++) {
		start_streaming(c);
		c->answer[methods[i]] = c->answer[CAM_RECORD] = "RTSP/1.0 400 Bad Request\r\n\r\n";
		fake_net_close(c->net, 0);
		cam_run(c, 1000);
		check_int(c->status.state, FSM_BACKOFF);
		check_int(c->status.public_state, SESSION_BUSY);
		check_contains(c->status.error, "400");
		cam_run(c, 60000);
		c->answer[methods[i]] = c->answer[CAM_RECORD] = NULL;
		cam_run_to(c, FSM_STREAMING, 70000);
		cam_end(c);
	}
}

/* one that answers nothing at all */
static void test_mute(void)
{
	static const enum cam_method mute[] = { CAM_DESCRIBE, CAM_SETUP, CAM_PLAY };
	static const char * const requests[] = { "OPTIONS DESCRIBE DESCRIBE",
		"OPTIONS DESCRIBE SETUP DESCRIBE SETUP",
		"OPTIONS DESCRIBE SETUP PLAY TEARDOWN" };
	static const char * const names[] = { "DESCRIBE", "SETUP", "PLAY" };
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(mute); i++) {
		cam_init(c);
		c->answer[mute[i]] = c->answer[CAM_TEARDOWN] = "";
		cam_start(c);
		session_claim(c->session, true);
		cam_run(c, 4900);
		check(fake_net_is_open(c->net));
		/* DESCRIBE without Require, SETUP over UDP have their own 5 s */
		cam_run(c, 110 + (mute[i] == CAM_PLAY ? 500 : 5000));
		check_int(c->status.state, FSM_BACKOFF);
		check_str(c->requests, requests[i]);
		check_contains(c->status.error, names[i]);
		check_int(c->status.public_state, SESSION_OFFLINE);
		cam_end(c);
	}
	cam_init(c);
	cam_start(c);
	fake_net_set_auto(c->net, 1);
	session_claim(c->session, true);
	cam_run(c, 5010);
	check_int(c->status.state, FSM_BACKOFF);
	check_contains(c->status.error, "no answer");
	cam_end(c);
}

/* SIGSTOP: the kernel takes some bytes yet, nobody answers */
static void test_stuck(void)
{
	struct cam *c = &cam;
	uint64_t before;

	start_streaming(c);
	cam_run(c, 30000);
	fake_net_set_window(c->net, 4096);
	c->silent = true;
	before = vloop_now(c->loop);
	cam_run_to(c, FSM_BACKOFF, 30000);
	check(vloop_now(c->loop) - before < 8 * SPA_NSEC_PER_SEC);
	check_contains(c->status.error, "not answer any more");
	c->silent = false;
	cam_run_to(c, FSM_STREAMING, 2000);
	cam_end(c);

	/* one that pauses for a while and then goes on is left alone */
	start_streaming(c);
	cam_run(c, 20000);
	for (uint32_t i = 0; i < 10; i++) {
		fake_net_set_window(c->net, 0);
		cam_run(c, 4000);
		fake_net_set_window(c->net, SIZE_MAX);
		cam_run(c, 1000);
	}
	check_int(c->status.state, FSM_STREAMING);
	check_int(fake_net_count(c->net), 1);
	cam_end(c);
}

/* takes audio, never answers a keepalive, and plays on for an hour */
static void test_no_keepalive_answers(void)
{
	struct cam *c = &cam;

	start_streaming(c);
	c->answer[CAM_GET_PARAMETER] = "";
	for (uint32_t i = 0; i < 60; i++) {
		cam_run(c, 60000);
		c->n_frames = 0;
	}
	check_int(fake_net_count(c->net), 1);
	check_int(c->status.state, FSM_STREAMING);
	check(cam_count(c, "GET_PARAMETER") >= 60 * 2);
	cam_end(c);

	/* but one that used to answer does count as dead */
	start_streaming(c);
	cam_run(c, 60000);
	c->answer[CAM_GET_PARAMETER] = "";
	/* after the next keepalive (25 s) and 15 s of asking again */
	cam_run(c, 14000);
	check_int(c->status.state, FSM_STREAMING);
	check_int(fake_net_count(c->net), 1);
	cam_run(c, 28000);
	check_int(fake_net_count(c->net), 2);
	cam_end(c);
}

static void test_keepalive(void)
{
	/* the first one comes soon: does it answer at all? */
	static const struct { const char *setup; uint32_t first, interval; } rows[] = {
		{ "60", 1, 10 }, { "15", 1, 7 }, { "20", 1, 10 }, { "4", 1, 2 }, { "1", 1, 5 },
		{ "3600", 1, 10 },
	};
	static const char * const refusals[] = { "RTSP/1.0 400 Bad Request\r\n\r\n",
		"RTSP/1.0 405 x\r\n\r\n", "RTSP/1.0 451 x\r\n\r\n", "RTSP/1.0 454 x\r\n\r\n",
		"RTSP/1.0 501 x\r\n\r\n", "RTSP/1.0 551 x\r\n\r\n" };
	struct cam *c = &cam;
	char setup[128];

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		cam_init(c);
		snprintf(setup, sizeof(setup), "RTSP/1.0 200 OK\r\nSession: 5e55107;timeout=%s\r\n\r\n",
				rows[i].setup);
		c->answer[CAM_SETUP] = setup;
		cam_start(c);
		session_claim(c->session, true);
		cam_run(c, rows[i].first * 1000 - 500);
		check_int(cam_count(c, "GET_PARAMETER"), 0);
		cam_run(c, 1500);
		check_int(cam_count(c, "GET_PARAMETER"), 1);
		cam_run(c, rows[i].interval * 3000 + 500);
		check_int(cam_count(c, "GET_PARAMETER"), 4);
		cam_end(c);
	}
	for (uint32_t i = 0; i < SPA_N_ELEMENTS(refusals); i++) {
		start_streaming(c);
		c->answer[CAM_GET_PARAMETER] = refusals[i];
		cam_run(c, 35000);
		check_str(c->requests, "GET_PARAMETER OPTIONS OPTIONS OPTIONS OPTIONS");
		check_int(c->status.state, FSM_STREAMING);
		cam_end(c);
	}
	/* what it says, byte for byte */
	start_streaming(c);
	c->answer[CAM_GET_PARAMETER] = "";
	for (uint32_t i = 0; i < 2600 && strstr(c->requests, "GET") == NULL; i++)
		cam_run(c, 10);
	vloop_run(c->loop, 25000);
	while (cam_next(c)[0] == '\0')
		vloop_run(c->loop, 10);
	check_str(c->last, "GET_PARAMETER rtsp://192.0.2.20/stream/ RTSP/1.0\r\nCSeq: 6\r\n"
			"User-Agent: pipewire-onvif\r\nSession: 5e55107\r\n\r\n");
	cam_end(c);

	/* OPTIONS says 454, too: the session is gone */
	start_streaming(c);
	c->answer[CAM_GET_PARAMETER] = c->answer[CAM_OPTIONS] = "RTSP/1.0 454 x\r\n\r\n";
	cam_run(c, 13000);
	check_str(c->requests, "GET_PARAMETER OPTIONS OPTIONS TEARDOWN DESCRIBE SETUP PLAY OPTIONS");
	cam_end(c);

	/* thingino hangs up on GET_PARAMETER: not twice */
	start_streaming(c);
	c->answer[CAM_GET_PARAMETER] = "";
	while (strstr(c->requests, "GET") == NULL)
		cam_run(c, 10);
	fake_net_close(c->net, 0);
	cam_run(c, 25000);
	check_str(c->requests, "GET_PARAMETER DESCRIBE SETUP PLAY OPTIONS OPTIONS OPTIONS");
	cam_end(c);
}

static void test_linger(void)
{
	struct cam *c = &cam;

	start_streaming(c);
	cam_run(c, 2000);
	cam_claim(c, false);
	cam_run(c, 2900);
	check_int(c->status.state, FSM_LINGER);
	check_int(c->status.public_state, SESSION_STREAMING);
	/* silence flows */
	c->n_frames = 0;
	cam_claim(c, true);
	cam_run(c, 1000);
	check_int(c->status.state, FSM_STREAMING);
	check_int(fake_net_count(c->net), 1);
	cam_claim(c, false);
	cam_run(c, 3600);
	check_int(c->status.state, FSM_IDLE);
	check_str(c->requests, "GET_PARAMETER TEARDOWN");
	/* a claim that comes during TEARDOWN begins anew */
	cam_claim(c, true);
	cam_run_to(c, FSM_STREAMING, 1000);
	c->answer[CAM_TEARDOWN] = "";
	cam_claim(c, false);
	cam_run_to(c, FSM_TEARDOWN, 4000);
	cam_claim(c, true);
	cam_run_to(c, FSM_STREAMING, 1200);
	check_int(fake_net_count(c->net), 3);
	/* the camera hangs up while we linger: nobody misses it */
	cam_claim(c, false);
	cam_run_to(c, FSM_LINGER, 10);
	fake_net_close(c->net, 0);
	cam_run(c, 0);
	check_int(c->status.state, FSM_IDLE);
	check_int(c->status.public_state, SESSION_IDLE);
	check_str(c->status.error, "");
	check_int(vloop_armed_timers(c->loop), 0);
	cam_end(c);
}

/* a sound that ended before the camera was ready is heard whole */
static void test_short_sound(void)
{
	struct cam *c = &cam;

	cam_init(c);
	fake_net_set_auto(c->net, 1);
	cam_start(c);
	cam_claim(c, true);
	cam_run(c, 300);
	cam_claim(c, false);
	cam_run(c, 1000);
	check_int(c->status.state, FSM_CONNECT);
	fake_net_accept(c->net);
	cam_run_to(c, FSM_LINGER, 500);
	cam_run_to(c, FSM_IDLE, 5000);
	/* (and where the wave is cut off, it rises and fades for 4 ms) */
	check(heard(c) >= 290 * 8 && heard(c) <= 308 * 8);
	check_str(c->requests, "OPTIONS DESCRIBE SETUP PLAY GET_PARAMETER TEARDOWN");

	/* not for ever */
	cam_claim(c, true);
	cam_run(c, 300);
	cam_claim(c, false);
	cam_run(c, 5300);
	check(c->status.state == FSM_IDLE);
	check_int(vloop_armed_timers(c->loop), 0);

	/* and nothing is held where there was no sound */
	session_claim(c->session, true);
	session_claim(c->session, false);
	cam_run(c, 0);
	check_int(c->status.state, FSM_IDLE);
	cam_end(c);

	/* the tail of a sound that waits is played before the linger's time begins */
	cam_init(c);
	c->params.linger_ms = 100;
	fake_net_set_auto(c->net, 1);
	cam_start(c);
	cam_claim(c, true);
	cam_run(c, 3000);
	fake_net_accept(c->net);
	cam_run_to(c, FSM_STREAMING, 500);
	cam_claim(c, false);
	cam_run_to(c, FSM_IDLE, 6000);
	{
		struct session_counters counters;

		session_get_counters(c->session, &counters);
		check(heard(c) + counters.samples_cut >= 3240 * 8);
		check_int(counters.samples_lost, 0);
	}
	cam_end(c);
}

static void test_silence(void)
{
	struct cam *c = &cam;

	cam_init(c);
	c->params.silence_ms = 2000;
	c->params.linger_ms = 1000;
	cam_start(c);
	cam_claim(c, true);
	cam_run(c, 5000);
	check_int(c->status.state, FSM_STREAMING);
	c->sample = 0;
	cam_run(c, 2600);
	check_int(c->status.state, FSM_LINGER);
	c->sample = 500;
	cam_run(c, 500);
	check_int(c->status.state, FSM_STREAMING);
	c->sample = 0;
	cam_run(c, 60000);
	check_int(c->status.state, FSM_IDLE);
	check_str(c->requests, "OPTIONS DESCRIBE SETUP PLAY GET_PARAMETER GET_PARAMETER TEARDOWN");
	c->sample = 500;
	cam_run_to(c, FSM_STREAMING, 1000);
	c->sample = 0;
	cam_run(c, 10000);
	cam_claim(c, false);
	cam_run(c, 10);
	check_int(c->status.state, FSM_IDLE);
	check_int(vloop_armed_timers(c->loop), 0);
	cam_end(c);
}

static void test_requests(void)
{
	static const char options[] = "OPTIONS * RTSP/1.0\r\nCSeq: 77\r\n\r\n";
	static const char teardown[] = "TEARDOWN rtsp://x/ RTSP/1.0\r\nCSeq: 78\r\nSession: 5e55107\r\n\r\n";
	struct cam *c = &cam;
	struct str sent;

	start_streaming(c);
	fake_net_say(c->net, options, strlen(options));
	vloop_flush(c->loop);
	sent = fake_net_sent(c->net);
	check(str_search(sent, STR_LIT("RTSP/1.0 200 OK\r\nCSeq: 77\r\n")) >= 0);
	fake_net_take(c->net, sent.len);
	check_int(c->status.state, FSM_STREAMING);
	fake_net_say(c->net, teardown, strlen(teardown));
	vloop_flush(c->loop);
	check_int(c->status.state, FSM_BACKOFF);
	check(!fake_net_is_open(c->net));
	cam_run_to(c, FSM_STREAMING, 1000);
	cam_end(c);
}

static const enum fsm_state reachable[] = {
	FSM_IDLE, FSM_RESOLVE, FSM_CONNECT, FSM_OPTIONS, FSM_DESCRIBE, FSM_SETUP, FSM_PLAY,
	FSM_PREROLL, FSM_STREAMING, FSM_LINGER, FSM_TEARDOWN, FSM_BACKOFF, FSM_BLOCKED,
};

static void bring_to(struct cam *c, enum fsm_state state)
{
	static const enum cam_method mute[FSM_N_STATES] = {
		[FSM_OPTIONS] = CAM_OPTIONS, [FSM_DESCRIBE] = CAM_DESCRIBE,
		[FSM_SETUP] = CAM_SETUP, [FSM_PLAY] = CAM_PLAY, [FSM_TEARDOWN] = CAM_TEARDOWN,
	};

	cam_init(c);
	if (state == FSM_RESOLVE) {
		c->params.uri = NULL;
		c->params.can_resolve = true;
	}
	if (state == FSM_CONNECT)
		fake_net_set_auto(c->net, 1);
	if (state == FSM_BACKOFF)
		fake_net_set_auto(c->net, -ENETUNREACH);
	if (mute[state] || state == FSM_OPTIONS)
		c->answer[mute[state]] = "";
	if (state == FSM_BLOCKED)
		c->answer[CAM_DESCRIBE] = "RTSP/1.0 551 x\r\n\r\n";
	cam_start(c);
	if (state == FSM_IDLE)
		return;
	cam_claim(c, true);
	if (state == FSM_LINGER || state == FSM_TEARDOWN) {
		cam_run_to(c, FSM_STREAMING, 1000);
		cam_claim(c, false);
	}
	cam_run_to(c, state, 5000);
}

static void test_stop(void)
{
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(reachable); i++) {
		enum fsm_state state = reachable[i];
		bool open = state >= FSM_PLAY && state <= FSM_TEARDOWN;

		bring_to(c, state);
		check_int(c->n_stopped, 0);
		session_stop(c->session);
		session_stop(c->session);
		check_int(c->n_stopped, 0);	/* from the loop, and at once where nothing is open */
		cam_run(c, open ? 510 : 0);
		check_int(c->n_stopped, 1);
		check_int(cam_count(c, "TEARDOWN"), open);
		check(c->status.state == FSM_IDLE);
		check(!fake_net_is_open(c->net));
		check_int(vloop_armed_timers(c->loop), 0);
		/* nothing starts it again */
		session_claim(c->session, true);
		session_probe(c->session);
		session_kick(c->session);
		session_retry(c->session);
		c->params.address = "192.0.2.99";
		session_update(c->session, &c->params);
		session_resolved(c->session, 0, CAM_URI, NULL);
		cam_run(c, 1000);
		check(c->status.state == FSM_IDLE);
		check_int(c->n_stopped, 1);
		cam_end(c);
	}
}

/* somebody else wants the camera: from every state it is left at once, with a good-bye where
 * there is something to say it to, and taken again when it is claimed again */
static void test_release(void)
{
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(reachable); i++) {
		enum fsm_state state = reachable[i];
		bool open = state >= FSM_PLAY && state <= FSM_TEARDOWN;

		bring_to(c, state);
		session_release(c->session);
		session_release(c->session);
		memset(c->answer, 0, sizeof(c->answer));
		/* (what SETUP says is needed for TEARDOWN: it is waited for, here in vain) */
		cam_run(c, state == FSM_SETUP ? 15000 : open ? 510 : 0);
		/* what blocks it blocks it still */
		check(c->status.state == (state == FSM_BLOCKED ? FSM_BLOCKED : FSM_IDLE));
		check_int(cam_count(c, "TEARDOWN"), open);
		check(!fake_net_is_open(c->net));
		cam_end(c);
	}
}

/* what may come at any time, in every state */
static void test_anytime(void)
{
	struct cam *c = &cam;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(reachable); i++)
		for (uint32_t what = 0; what < 9; what++) {
			bring_to(c, reachable[i]);
			switch (what) {
			case 0:
				session_kick(c->session);
				break;
			case 1:
				session_retry(c->session);
				break;
			case 2:
				c->params.address = "192.0.2.21";
				check_int(session_update(c->session, &c->params), 0);
				break;
			case 3:
				cam_claim(c, false);
				break;
			case 4:
				session_probe(c->session);
				break;
			case 5:
				session_resolved(c->session, 0, CAM_URI, NULL);
				break;
			case 6:
				if (fake_net_is_open(c->net) && reachable[i] != FSM_CONNECT)
					fake_net_close(c->net, -ECONNRESET);
				break;
			case 7:
				session_destroy(c->session);
				c->session = NULL;
				break;
			case 8:
				session_release(c->session);
				/* it is claimed by whoever claimed it before */
				session_claim(c->session, true);
				break;
			}
			cam_run(c, 100);
			/* from anywhere it gets back to work */
			memset(c->answer, 0, sizeof(c->answer));
			fake_net_set_auto(c->net, 0);
			if (c->session) {
				cam_claim(c, true);
				session_retry(c->session);
				cam_run(c, 20);
				if (c->status.state == FSM_CONNECT)
					fake_net_accept(c->net);
				if (c->status.state == FSM_RESOLVE)
					session_resolved(c->session, 0, CAM_URI, NULL);
				cam_run_to(c, FSM_STREAMING, 12000);
			}
			cam_end(c);
		}
}

static void test_destroy_in_event(void)
{
	struct cam *c = &cam;

	for (int n = 1; n < 40; n++) {
		cam_init(c);
		c->params.can_resolve = true;
		c->params.uri = n % 2 ? CAM_URI : NULL;
		c->destroy_in = n;
		cam_start(c);
		cam_claim(c, true);
		for (uint32_t i = 0; i < 6 && c->session; i++) {
			cam_run(c, 0);
			if (c->session)
				session_resolved(c->session, 0, CAM_URI, NULL);
			cam_run(c, 500);
			if (c->session && fake_net_is_open(c->net) && i % 2)
				fake_net_close(c->net, 0);
			if (c->session && i == 4)
				session_stop(c->session);
		}
		if (c->session == NULL)
			check_int(vloop_armed_timers(c->loop), 0);
		cam_run(c, 1000);
		cam_end(c);
	}
}

/* bytes in pieces, and a camera that talks junk */
static void test_chunks(void)
{
	struct cam *c = &cam;

	for (size_t chunk = 1; chunk < 40; chunk += 7) {
		cam_init(c);
		fake_net_set_chunk(c->net, chunk);
		cam_start(c);
		cam_claim(c, true);
		cam_run_to(c, FSM_STREAMING, 2000);
		cam_end(c);
	}
	start_streaming(c);
	for (uint32_t i = 0; i < 40 && fake_net_is_open(c->net); i++) {
		char junk[4096];

		memset(junk, 'x', sizeof(junk));
		fake_net_say(c->net, junk, sizeof(junk));
		cam_run(c, 10);
	}
	check_int(fake_net_count(c->net), 1);
	check_int(c->status.state, FSM_BACKOFF);
	cam_run_to(c, FSM_STREAMING, 1000);
	cam_end(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "drop", test_drop },
		{ "proven", test_proven },
		{ "busy", test_busy },
		{ "refused for now", test_refused_for_now },
		{ "mute", test_mute },
		{ "stuck", test_stuck },
		{ "no keepalive answers", test_no_keepalive_answers },
		{ "keepalive", test_keepalive },
		{ "linger", test_linger },
		{ "short sound", test_short_sound },
		{ "silence", test_silence },
		{ "requests", test_requests },
		{ "stop", test_stop },
		{ "release", test_release },
		{ "anytime", test_anytime },
		{ "destroy in event", test_destroy_in_event },
		{ "chunks", test_chunks },
	};
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
