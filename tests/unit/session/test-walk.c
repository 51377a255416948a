/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>

#include <spa/utils/defs.h>

#include "module/rtp/rtp.h"
#include "module/util/clock.h"
#include "module/util/random.h"
#include "tests/lib/test.h"
#include "tests/unit/session/camera.h"

/*
 * A random walk: users, a hostile camera, a bad network and time do what they
 * like. After each step things must hold that hold always.
 */
static struct cam cam;
static uint64_t seed;

/* xorshift64*: the same walk on every machine */
static uint32_t next(uint32_t n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % n;
}

static void fill(void *dst, size_t len)
{
	uint8_t *p = dst;

	while (len--)
		*p++ = (uint8_t)next(256);
}

static const char * const answers[] = {
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	"",
	"RTSP/1.0 200 OK\r\n\r\n",
	"RTSP/1.0 200 OK\r\nSession: 5e55107\r\nTransport: RTP/AVP;unicast;server_port=1-2\r\n\r\n",
	"RTSP/1.0 200 OK\r\nSession: 5e55107;timeout=5\r\n"
		"Transport: RTP/AVP/TCP;interleaved=7\r\n\r\n",
	"RTSP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nm=audio 0",
	"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n",
	"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n\r\n",
	"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"n\", stale=true\r\n\r\n",
	"RTSP/1.0 404 Not Found\r\n\r\n",
	"RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n",
	"RTSP/1.0 454 Session Not Found\r\n\r\n",
	"RTSP/1.0 455 Method Not Valid in This State\r\n\r\n",
	"RTSP/1.0 461 Unsupported Transport\r\n\r\n",
	"RTSP/1.0 500 Internal Server Error\r\n\r\n",
	"RTSP/1.0 551 Option not supported\r\n\r\n",
	"RTSP/1.0 302 Moved\r\nLocation: rtsp://x/\r\n\r\n",
};

static const char * const says[] = {
	"OPTIONS * RTSP/1.0\r\nCSeq: 77\r\n\r\n",
	"TEARDOWN rtsp://x RTSP/1.0\r\nCSeq: 7\r\n\r\n",
	"REDIRECT rtsp://x RTSP/1.0\r\nCSeq: 7\r\nLocation: rtsp://y\r\n\r\n",
	"RTSP/1.0 200 OK\r\nCSeq: 99999\r\n\r\n",
	"RTSP/1.0 200 OK\r\n\r\n",
	"RTSP/1.0 401 x\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n\r\n",
	"junk", "$", "\r\n\r\n", "RTSP/1.0 abc\r\n\r\n",
};

static void camera_does(struct cam *c)
{
	const char *text;

	switch (next(8)) {
	case 0:
	case 1:
		c->answer[next(CAM_N_METHODS)] = answers[next(SPA_N_ELEMENTS(answers))];
		break;
	case 2:
		memset(c->answer, 0, sizeof(c->answer));
		c->silent = false;
		break;
	case 3:
		fake_net_set_auto(c->net, next(4) ? 0 : next(2) ? 1 : -ECONNREFUSED);
		break;
	case 4:
		if (c->status.state >= FSM_OPTIONS && fake_net_is_open(c->net))
			fake_net_close(c->net, next(2) ? 0 : -ECONNRESET);
		break;
	case 5:
		if (c->status.state >= FSM_OPTIONS && fake_net_is_open(c->net)) {
			text = says[next(SPA_N_ELEMENTS(says))];
			fake_net_say(c->net, text, strlen(text));
		}
		break;
	case 6:
		fake_net_set_window(c->net, next(3) ? SIZE_MAX : next(3000));
		break;
	case 7:
		c->silent = next(4) == 0;
		break;
	}
}

static void user_does(struct cam *c)
{
	switch (next(10)) {
	case 0:
	case 1:
	case 2:
		cam_claim(c, true);
		break;
	case 3:
	case 4:
		cam_claim(c, false);
		break;
	case 5:
		c->sample = next(2) ? 0 : 700;
		break;
	case 6:
		if (next(2))
			session_probe(c->session);
		else
			session_release(c->session);
		break;
	case 7:
		if (next(2))
			session_kick(c->session);
		else
			session_retry(c->session);
		break;
	case 8:
		c->params.user = next(2) ? "user" : NULL;
		c->params.password = c->params.user ? &c->password : NULL;
		c->params.address = next(2) ? "192.0.2.21" : NULL;
		c->params.uri = next(4) ? CAM_URI : NULL;
		c->params.can_resolve = next(2);
		c->params.silence_ms = next(2) * 1000;
		c->params.codec = next(2) ? "PCMA" : NULL;
		check_int(session_update(c->session, &c->params), 0);
		break;
	case 9:
		session_resolved(c->session, next(2) ? 0 : next(2) ? -EACCES : next(2) ? -ENOTSUP :
				-ETIMEDOUT, next(4) ? CAM_URI : "x", next(2) ? "why" : NULL);
		break;
	}
}

/* what was sent in this step: RTP only where PLAY was answered */
static void check_frames(struct cam *c)
{
	for (uint32_t i = 0; i < c->n_frames; i++)
		check(c->frames[i].len >= 8 && (c->frames[i].data[0] & 0xc0) == 0x80);
	c->n_frames = 0;
}

static void check_always(struct cam *c)
{
	const struct session_status *st = &c->status;

	check_frames(c);
	check((uint32_t)st->state < FSM_N_STATES);
	if (st->state == FSM_IDLE || st->state == FSM_BACKOFF || st->state == FSM_BLOCKED ||
	    st->state == FSM_RESOLVE)
		check(!fake_net_is_open(c->net));
	if (st->state >= FSM_OPTIONS && st->state <= FSM_TEARDOWN)
		check(fake_net_is_open(c->net));
	if (st->state == FSM_IDLE && !c->playing)
		check_int(vloop_armed_timers(c->loop), 0);
	if (st->state == FSM_BLOCKED) {
		check(vloop_armed_timers(c->loop) <= 1);
		check(st->error[0] != '\0');
		check(st->public_state == SESSION_LOGIN_REQUIRED ||
			st->public_state == SESSION_UNSUPPORTED ||
			st->public_state == SESSION_REJECTED);
	} else {
		/* who waits, waits for something */
		check(st->state == FSM_IDLE || vloop_armed_timers(c->loop) > 0);
	}
	if (st->state == FSM_STREAMING || st->state == FSM_LINGER) {
		check_int(st->public_state, SESSION_STREAMING);
		check(st->error[0] == '\0');
	}
	if (st->state == FSM_BACKOFF)
		check(st->error[0] != '\0');
}

static void walk(uint64_t start, uint32_t steps)
{
	struct cam *c = &cam;
	uint32_t seen = 0;

	seed = start;
	random_set_source(fill);
	cam_init(c);
	cam_start(c);
	for (uint32_t i = 0; i < steps; i++) {
		switch (next(3)) {
		case 0:
			camera_does(c);
			break;
		case 1:
			user_does(c);
			break;
		case 2:
			break;
		}
		if (next(500) == 0) {
			/* a day, in which the camera does not even read */
			vloop_run(c->loop, 1000 * next(c->status.state == FSM_BLOCKED ? 100000 : 50));
			c->n_frames = 0;
		}
		cam_run(c, next(6) ? 10 * next(30) : next(4) ? 10 * next(300) : 10 * next(1000));
		seen |= 1u << c->status.state;
		check_always(c);
		c->requests[0] = '\0';
	}
	if (steps >= 10000)
		check_int(seen, (1u << FSM_N_STATES) - 1);

	session_stop(c->session);
	cam_run(c, 510);
	check_int(c->n_stopped, 1);
	check_int(c->status.state, FSM_IDLE);
	check_int(vloop_armed_timers(c->loop), 0);
	cam_end(c);
	random_set_source(NULL);
}

static void test_short_walks(void)
{
	for (uint64_t i = 1; i <= 200; i++)
		walk(i * UINT64_C(0x9e3779b97f4a7c15), 200);
}

static void test_long_walk(void)
{
	walk(UINT64_C(0x6f6e766966), 60000);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "short walks", test_short_walks },
		{ "long walk", test_long_walk },
	};
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
