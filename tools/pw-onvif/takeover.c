/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/takeover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <spa/utils/string.h>

#include "module/util/clock.h"
#include "tools/pw-onvif/ask.h"

/* for so long, and again before that is over */
#define RELEASE_S	"10"
#define RENEW_NS	(3 * SPA_NSEC_PER_SEC)
#define RELEASE_NS	(3 * SPA_NSEC_PER_SEC)
#define GIVE_BACK_NS	SPA_NSEC_PER_SEC

struct takeover {
	struct tool *tool;
	struct service *service;
	struct spa_source *timer;
	char key[LIMIT_ID_LEN];
	enum { ASK_IT, WAIT, HAVE_IT, GIVE_BACK } state;
	int res;
};

static void quit(struct takeover *o, int res)
{
	o->res = res;
	pw_main_loop_quit(o->tool->main_loop);
}

static void arm(struct takeover *o, uint64_t ns)
{
	timer_arm(o->tool->loop->utils, o->timer, ns);
}

static bool is_free(const struct takeover *o)
{
	uint32_t n;
	const struct service_camera *c = service_cameras(o->service, &n);

	for (uint32_t i = 0; i < n; i++)
		if (spa_streq(c[i].key, o->key))
			return !c[i].claimed && !spa_streq(c[i].state, "streaming") &&
				!spa_streq(c[i].state, "connecting");
	return true;
}

static void on_changed(void *data)
{
	struct takeover *o = data;

	switch (o->state) {
	case ASK_IT:
		o->state = WAIT;
		service_set(o->service, o->key, "release", RELEASE_S);
		break;
	case WAIT:
		if (is_free(o)) {
			o->state = HAVE_IT;
			quit(o, 0);
		}
		break;
	case HAVE_IT:
		break;
	case GIVE_BACK:
		quit(o, 0);
		break;
	}
}

static void on_lost(void *data, int res)
{
	struct takeover *o = data;

	/* (who is gone has let go) */
	if (o->state != HAVE_IT)
		quit(o, res);
}

static const struct service_events service_events = {
	SERVICE_VERSION_EVENTS,
	.changed = on_changed,
	.lost = on_lost,
};

static void on_timer(void *data, uint64_t expirations)
{
	struct takeover *o = data;

	if (o->state != HAVE_IT) {
		quit(o, -ETIMEDOUT);
	} else if (service_set(o->service, o->key, "release", RELEASE_S) == 0) {
		arm(o, RENEW_NS);
	}
}

/* \return TOOL_OK: yes */
static int ask(const struct command *command)
{
	struct secret answer = { 0 };
	int status = TOOL_BUSY;
	int res;

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return tool_usage(command, "the service plays to it: --take-over asks first, and there is no "
				"terminal to ask on");
	res = ask_line("The service plays to it. Take it over? [y/N] ", false, &answer);
	if (res == 0 && (spa_streq(answer.value, "y") || spa_streq(answer.value, "Y") ||
	    spa_streq(answer.value, "yes")))
		status = TOOL_OK;
	secret_clear(&answer);
	return res == -EINTR ? TOOL_INTERRUPTED : status;
}

static int take(struct takeover *o)
{
	struct tool *tool = o->tool;

	if ((o->timer = pw_loop_add_timer(tool->loop, on_timer, o)) == NULL ||
	    (o->service = service_new(tool->loop, tool->remote, &service_events, o)) == NULL)
		return -errno;
	arm(o, RELEASE_NS);
	pw_main_loop_run(tool->main_loop);
	if (o->res == 0)
		arm(o, RENEW_NS);
	return o->res;
}

static void free_takeover(struct takeover *o)
{
	service_destroy(o->service);
	if (o->timer)
		pw_loop_destroy_source(o->tool->loop, o->timer);
	free(o);
}

int takeover_new(struct tool *tool, const struct command *command, const struct target *t,
		struct takeover **ret)
{
	const struct service_camera *c = target_service_camera(t);
	struct takeover *o;
	int status, res;

	*ret = NULL;
	if (c == NULL)
		return TOOL_OK;
	if (c->claimed && (status = ask(command)) != TOOL_OK)
		return status;
	if ((o = calloc(1, sizeof(*o))) == NULL) {
		tool_error("out of memory");
		return TOOL_FAILED;
	}
	o->tool = tool;
	tool_keep_signals();
	snprintf(o->key, sizeof(o->key), "%s", c->key);
	if ((res = take(o)) < 0) {
		tool_error("the service does not let go of it: %s", service_strerror(res));
		free_takeover(o);
		return TOOL_BUSY;
	}
	*ret = o;
	return TOOL_OK;
}

void takeover_end(struct takeover *o)
{
	if (o == NULL)
		return;
	o->state = GIVE_BACK;
	if (service_set(o->service, o->key, "release", "0") == 0) {
		arm(o, GIVE_BACK_NS);
		pw_main_loop_run(o->tool->main_loop);
	}
	free_takeover(o);
}
