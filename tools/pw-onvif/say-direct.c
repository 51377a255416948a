/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/util/clock.h"
#include "tools/pw-onvif/walk.h"

/* as a graph with this quantum would */
#define BLOCK_MS	20u
#define BLOCK		(SOUND_RATE * BLOCK_MS / 1000u)
#define BLOCKS_MAX	50u	/* behind time: more is not made up for */
#define RING_SAMPLES	16384u
/* what the camera itself still holds back is heard before it is let go */
#define LINGER_MS	1000u

struct direct {
	struct say *y;
	struct walk *walk;
	struct audio_ring *ring;
	struct spa_source *timer;
	uint64_t begin;		/* ns, of this connection */
	uint64_t blocks;	/* that were due since then */
	bool ended;
};

/* ---- feeding the session ---- */

/* \return false: that was all */
static bool play_block(struct direct *d)
{
	struct say *y = d->y;
	int16_t samples[BLOCK];
	int res = sound_read(y->sound, samples, BLOCK);

	if (res > 0) {
		audio_ring_write(d->ring, samples, (uint32_t)res);
		y->played += (uint32_t)res;
	}
	if (res >= 0)
		return true;
	if (res != -ENODATA) {
		snprintf(y->error, sizeof(y->error), "cannot read on: %s", strerror(-res));
		y->status = TOOL_FAILED;
	}
	return false;
}

static void arm(struct direct *d)
{
	timer_arm_at(d->y->tool->loop->utils, d->timer, d->begin + d->blocks * BLOCK_MS * NSEC_PER_MSEC);
}

static void on_timer(void *data, uint64_t expirations)
{
	struct direct *d = data;
	uint64_t due;

	if (!walk_is_playing(d->walk))
		return;
	due = (clock_monotonic() - d->begin) / (BLOCK_MS * NSEC_PER_MSEC) + 1;
	/* (the machine slept) */
	if (due > d->blocks + BLOCKS_MAX)
		d->blocks = due - BLOCKS_MAX;
	while (d->blocks < due && !d->ended) {
		d->blocks++;
		d->ended = !play_block(d);
	}
	say_show_progress(d->y);
	if (d->ended)
		walk_finish(d->walk);
	else
		arm(d);
}

/* ---- what happens ---- */

static void on_step(void *data, const struct walk_result *r)
{
	struct direct *d = data;

	if (r->mark == WALK_FAILED)
		snprintf(d->y->error, sizeof(d->y->error), "%s", r->text);
}

static void on_playing(void *data)
{
	struct direct *d = data;

	if (d->ended) {
		walk_finish(d->walk);
		return;
	}
	d->begin = clock_monotonic();
	d->blocks = 0;
	arm(d);
}

static void on_done(void *data, int status)
{
	struct say *y = ((struct direct *)data)->y;

	if (y->status == TOOL_OK)
		y->status = status;
	pw_main_loop_quit(y->tool->main_loop);
}

static const struct walk_events walk_events = {
	WALK_VERSION_EVENTS,
	.step = on_step,
	.playing = on_playing,
	.done = on_done,
};

static void on_stop(void *data)
{
	struct direct *d = data;

	walk_stop(d->walk, TOOL_INTERRUPTED);
}

static bool talk(struct direct *d)
{
	const struct walk_params params = { .ring = d->ring, .linger_ms = LINGER_MS };
	struct say *y = d->y;
	int res;

	if ((res = walk_new(y->tool, y->t, &params, &walk_events, d, &d->walk)) < 0) {
		tool_error(res == -ENOENT ? "the codec plugin is missing: install pipewire-onvif anew" :
				"out of memory");
		return false;
	}
	say_run_loop(y, on_stop, d);
	snprintf(y->codec, sizeof(y->codec), "%s", walk_status(d->walk)->codec);
	snprintf(y->transport, sizeof(y->transport), "%s", walk_status(d->walk)->transport);
	walk_destroy(d->walk);
	return true;
}

bool say_direct(struct say *y)
{
	struct direct d = { .y = y };
	bool began = false;

	d.ring = audio_ring_new(RING_SAMPLES);
	d.timer = pw_loop_add_timer(y->tool->loop, on_timer, &d);
	if (d.ring && d.timer)
		began = talk(&d);
	else
		tool_error("out of memory");
	if (d.timer)
		pw_loop_destroy_source(y->tool->loop, d.timer);
	audio_ring_destroy(d.ring);
	if (!began)
		y->status = TOOL_FAILED;
	return began;
}
