/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "tests/lib/oom.h"
#include "tests/lib/test.h"
#include "tests/unit/session/camera.h"

/*
 * A whole session, again and again, in which the n-th allocation fails: it neither crashes
 * nor leaks (the sanitizer looks), and once there is memory it plays.
 */
#define MAX_FRAMES	20000u

static const char digest[] = "RTSP/1.0 401 Unauthorized\r\n"
	"WWW-Authenticate: Digest realm=\"x\", nonce=\"abc\", qop=\"auth\"\r\n\r\n";

static struct cam cam;

/* as cam_claim(), without memory of the test's own */
static void prepare(struct cam *c)
{
	cam_init(c);
	c->frames = malloc(MAX_FRAMES * sizeof(*c->frames));
	check(c->frames != NULL);
	c->frames_size = MAX_FRAMES;
}

/* connect, log in, stream, change the settings, stream again */
static void play(struct cam *c)
{
	struct session_counters counters;

	c->params.user = "user";
	c->params.password = &c->password;
	c->answer[CAM_OPTIONS] = digest;
	if (cam_try_start(c) < 0)
		return;
	cam_claim(c, true);
	cam_run(c, 0);
	c->answer[CAM_OPTIONS] = NULL;
	cam_run(c, 600);
	c->params.uri = "rtsp://192.0.2.20/other";
	session_update(c->session, &c->params);
	cam_run(c, 600);
	session_get_counters(c->session, &counters);
}

static void run(void *data)
{
	const enum session_transport *transport = data;
	struct cam *c = &cam;
	bool started;

	prepare(c);
	c->params.transport = *transport;
	oom_start();
	play(c);
	oom_stop();
	started = c->session != NULL;
	check(started || oom_failed());
	if (started) {
		c->answer[CAM_OPTIONS] = NULL;
		/* settings that found no memory are said once more; what was refused for want of
		 * memory is tried again */
		check_int(session_update(c->session, &c->params), 0);
		if (c->status.state == FSM_BLOCKED)
			session_retry(c->session);
		cam_run_to(c, FSM_STREAMING, 70000);
		session_stop(c->session);
		cam_run(c, 600);
		check_int(c->n_stopped, 1);
	}
	cam_end(c);
}

static void sweep(enum session_transport transport)
{
	check(oom_sweep(OOM_ONCE, run, &transport) > 50);
	check(oom_sweep(OOM_FROM_THERE, run, &transport) > 20);
}

static void test_tcp(void)
{
	sweep(SESSION_TRANSPORT_TCP);
}

static void test_udp(void)
{
	sweep(SESSION_TRANSPORT_UDP);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "over TCP", test_tcp },
		{ "over UDP", test_udp },
	};
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
