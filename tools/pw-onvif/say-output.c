/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/string.h>

#include "module/util/clock.h"
#include "tools/pw-onvif/player.h"

/* By the output that the running service has for the camera: the session is its own, and whoever
 * else plays there is heard, too. */

#define TICK_MS		20u
#define BLOCK		1024u
/* what passes by itself at times: a camera that just came back, a session that broke */
#define PATIENCE_NS	(3 * SPA_NSEC_PER_SEC)
#define LINK_NS		(5 * SPA_NSEC_PER_SEC)
#define BEGIN_NS	(20 * SPA_NSEC_PER_SEC)
/* on its way through the graph, the service and the camera */
#define LINGER_NS	SPA_NSEC_PER_SEC

struct output {
	struct say *y;
	struct player *player;
	struct service *service;
	struct spa_source *timer;
	struct service_camera camera;	/* as published last */
	char state_before[SERVICE_WORD_LEN];
	uint64_t since;			/* we are there, */
	uint64_t unlinked, bad, silent;	/* it is so; 0: it is not */
	bool began, ended, over;
};

/* the first one counts */
static void SPA_PRINTF_FUNC(3, 4) end(struct output *o, int status, const char *fmt, ...)
{
	struct say *y = o->y;
	va_list args;

	if (!o->over && y->status == TOOL_OK) {
		va_start(args, fmt);
		vsnprintf(y->error, sizeof(y->error), fmt, args);
		va_end(args);
		y->status = status;
	}
	o->over = true;
	pw_main_loop_quit(y->tool->main_loop);
}

/* ---- the sound ---- */

static void read_sound(struct output *o)
{
	int16_t samples[BLOCK];
	uint32_t n;
	int res = 1;

	while (!o->ended && res > 0 && (n = SPA_MIN(player_room(o->player), BLOCK)) > 0) {
		if ((res = sound_read(o->y->sound, samples, n)) > 0)
			player_write(o->player, samples, (uint32_t)res);
		o->ended = res < 0;
	}
	if (res < 0 && res != -ENODATA)
		end(o, TOOL_FAILED, "cannot read on: %s", strerror(-res));
}

/* \return how long something is so, where the time that it began at is kept; 0: it is not */
static uint64_t lasts(uint64_t *since, bool is_so, uint64_t now)
{
	if (!is_so)
		*since = 0;
	else if (*since == 0)
		*since = now;
	return is_so ? now - *since : 0;
}

/* ---- the camera ---- */

/* \return what to end with in this state; TOOL_OK: nothing is wrong */
static int trouble(const char *state)
{
	static const struct { const char *state; int status; } words[] = {
		{ "offline", TOOL_NOT_FOUND }, { "busy", TOOL_BUSY }, { "login-required", TOOL_LOGIN },
		{ "unsupported", TOOL_UNSUPPORTED }, { "rejected", TOOL_FAILED },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(words); i++)
		if (spa_streq(words[i].state, state))
			return words[i].status;
	return TOOL_OK;
}

static void check_camera(struct output *o, uint64_t now)
{
	const struct service_camera *c = &o->camera;
	int status = trouble(c->state);
	/* what it was before we came may be past: it is tried again now */
	bool passes = status == TOOL_NOT_FOUND ||
		(status == TOOL_BUSY && spa_streq(c->state, o->state_before));
	uint64_t bad = lasts(&o->bad, status != TOOL_OK, now);

	if (status == TOOL_OK || (passes && bad < PATIENCE_NS))
		return;
	if (c->error[0])
		end(o, status, "%s", c->error);
	else
		end(o, status, "the running service says of this camera: %s", c->state);
}

static void check_progress(struct output *o, uint64_t now)
{
	bool linked = player_is_linked(o->player);

	if (lasts(&o->unlinked, !linked, now) >= LINK_NS)
		end(o, TOOL_FAILED, "nobody connects it to the camera's output: does a session manager "
				"(WirePlumber) run?");
	else if (!o->began && o->bad == 0 && now - o->since >= BEGIN_NS)
		end(o, TOOL_NOT_FOUND, "the camera does not begin to listen: `pw-onvif probe %s` shows why",
				o->y->t->handle);
	else if (lasts(&o->silent, o->ended && player_waiting(o->player) == 0, now) >= LINGER_NS)
		end(o, TOOL_OK, "%s", "");
}

/* Nothing is played before the camera listens: what waited would be taken back in cuts. */
static void update_go(struct output *o)
{
	bool listens = spa_streq(o->camera.state, "streaming");

	player_go(o->player, listens && player_is_linked(o->player));
	if (!listens)
		return;
	o->began |= player_is_linked(o->player);
	snprintf(o->y->codec, sizeof(o->y->codec), "%s", o->camera.codec);
	snprintf(o->y->transport, sizeof(o->y->transport), "%s", o->camera.transport);
}

static void on_timer(void *data, uint64_t expirations)
{
	struct output *o = data;
	uint64_t now = clock_monotonic();

	if (o->over)
		return;
	read_sound(o);
	o->y->played = player_played(o->player);
	if (o->y->played > 0)
		say_show_progress(o->y);
	check_camera(o, now);
	check_progress(o, now);
	timer_arm(o->y->tool->loop->utils, o->timer, TICK_MS * NSEC_PER_MSEC);
}

static const struct service_camera *find(struct output *o)
{
	uint32_t n;
	const struct service_camera *cameras = service_cameras(o->service, &n);

	for (uint32_t i = 0; i < n; i++)
		if (spa_streq(cameras[i].key, o->camera.key))
			return &cameras[i];
	return NULL;
}

static void on_changed(void *data)
{
	struct output *o = data;
	const struct service_camera *c = find(o);

	if (!service_is_running(o->service))
		end(o, TOOL_FAILED, "the running service ended");
	else if (c == NULL || !spa_streq(c->node, o->camera.node))
		end(o, TOOL_FAILED, "the running service has no output for this camera any more");
	else
		o->camera = *c;
	update_go(o);
}

static void on_lost(void *data, int res)
{
	end(data, TOOL_FAILED, "%s", service_strerror(res));
}

static const struct service_events service_events = {
	SERVICE_VERSION_EVENTS,
	.changed = on_changed,
	.lost = on_lost,
};

static void on_linked(void *data)
{
	update_go(data);
}

static void on_failed(void *data, const char *text)
{
	end(data, TOOL_FAILED, "cannot play to the camera's output: %s", text);
}

static const struct player_events player_events = {
	PLAYER_VERSION_EVENTS,
	.linked = on_linked,
	.failed = on_failed,
};

static void on_stop(void *data)
{
	end(data, TOOL_INTERRUPTED, "%s", "");
}

static int begin(struct output *o)
{
	struct tool *tool = o->y->tool;
	int res;

	if ((o->timer = pw_loop_add_timer(tool->loop, on_timer, o)) == NULL)
		return -errno;
	if ((res = sound_use_own_rate(o->y->sound)) < 0)
		return res;
	o->service = service_new(tool->loop, tool->remote, &service_events, o);
	if (o->service == NULL)
		return -errno;
	return player_new(tool->loop, tool->remote, o->camera.node, sound_rate(o->y->sound),
			&player_events, o, &o->player);
}

bool say_by_output(struct say *y, const struct service_camera *camera)
{
	struct output o = { .y = y, .camera = *camera, .since = clock_monotonic() };
	int res;

	tool_keep_signals();
	res = begin(&o);
	snprintf(o.state_before, sizeof(o.state_before), "%s", camera->state);
	y->node = camera->node;
	if (res >= 0) {
		timer_arm(y->tool->loop->utils, o.timer, TICK_MS * NSEC_PER_MSEC);
		say_run_loop(y, on_stop, &o);
		y->played = player_played(o.player);
	} else {
		tool_error("cannot play to the camera's output: %s", service_strerror(res));
		y->status = TOOL_FAILED;
	}
	player_destroy(o.player);
	service_destroy(o.service);
	if (o.timer)
		pw_loop_destroy_source(y->tool->loop, o.timer);
	return res >= 0;
}
