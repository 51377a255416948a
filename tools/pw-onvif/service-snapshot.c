/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/result.h>

#include "module/util/clock.h"
#include "tools/pw-onvif/service.h"

struct snapshot {
	struct pw_main_loop *main_loop;
	int res;
};

static void finish(struct snapshot *shot, int res)
{
	shot->res = res;
	pw_main_loop_quit(shot->main_loop);
}

static void on_changed(void *data)
{
	finish(data, 0);
}

static void on_lost(void *data, int res)
{
	finish(data, res == -EPIPE ? -ECONNREFUSED : res);
}

static const struct service_events events = {
	SERVICE_VERSION_EVENTS,
	.changed = on_changed,
	.lost = on_lost,
};

static void on_timeout(void *data, uint64_t expirations)
{
	finish(data, -ETIMEDOUT);
}

static int copy_cameras(const struct service *s, struct service_camera **ret, uint32_t *ret_n)
{
	const struct service_camera *cameras;
	struct service_camera *copy = NULL;
	uint32_t n;

	if (!service_is_running(s))
		return -ENOENT;
	cameras = service_cameras(s, &n);
	if (n > 0) {
		if ((copy = calloc(n, sizeof(*copy))) == NULL)
			return -ENOMEM;
		memcpy(copy, cameras, n * sizeof(*copy));
	}
	*ret = copy;
	*ret_n = n;
	return 0;
}

int service_snapshot(struct pw_main_loop *main_loop, const char *remote, uint32_t timeout_ms,
		struct service_camera **ret, uint32_t *ret_n)
{
	struct pw_loop *loop = pw_main_loop_get_loop(main_loop);
	struct snapshot shot = { .main_loop = main_loop, .res = -ETIMEDOUT };
	struct spa_source *timer;
	struct service *s;

	if ((timer = pw_loop_add_timer(loop, on_timeout, &shot)) == NULL)
		return -errno;
	if ((s = service_new(loop, remote, &events, &shot)) == NULL) {
		shot.res = -errno;
	} else {
		timer_arm(loop->utils, timer, timeout_ms * NSEC_PER_MSEC);
		pw_main_loop_run(main_loop);
		if (shot.res == 0)
			shot.res = copy_cameras(s, ret, ret_n);
		service_destroy(s);
	}
	pw_loop_destroy_source(loop, timer);
	return shot.res;
}

const char *service_strerror(int res)
{
	switch (res) {
	case -ENOENT:
		return "the service does not run";
	case -EHOSTDOWN:
		return "PipeWire does not run";
	case -ECONNREFUSED:
		return "PipeWire does not answer: it may have just ended";
	case -ETIMEDOUT:
		return "PipeWire, or the service, does not answer";
	case -EACCES:
	case -EPERM:
		return "PipeWire does not let us in";
	default:
		return spa_strerror(res);
	}
}
