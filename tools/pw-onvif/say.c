/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <spa/utils/string.h>

#include "module/util/clock.h"
#include "module/util/text.h"
#include "tools/pw-onvif/out.h"
#include "tools/pw-onvif/sound.h"
#include "tools/pw-onvif/walk.h"
#include "tools/pw-onvif/wav.h"

/* as a graph with this quantum would */
#define BLOCK_MS	20u
#define BLOCK		(SOUND_RATE * BLOCK_MS / 1000u)
#define BLOCKS_MAX	50u	/* behind time: more is not made up for */
#define RING_SAMPLES	16384u
/* what the camera itself still holds back is heard before it is let go */
#define LINGER_MS	1000u
#define BAR_WIDTH	30u
#define JSON_LEN	8192u
#define TONE_HZ		1000.0
#define TONE_LEVEL	-12.0
#define TONE_S		3.0

struct say {
	struct tool *tool;
	struct target *t;
	struct walk *walk;
	struct audio_ring *ring;
	struct sound *sound;
	struct spa_source *timer;
	uint64_t begin;		/* ns, of this connection */
	uint64_t blocks;	/* that were due since then */
	uint64_t played;	/* samples in all */
	uint64_t shown;		/* s */
	bool ended, interrupted, bar;
	int status;
	char error[2 * LIMIT_ERROR_LEN];
};

/* ---- progress ---- */

static void show_time(char *dst, size_t size, uint64_t samples)
{
	uint64_t s = samples / SOUND_RATE;

	snprintf(dst, size, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
}

static void show_progress(struct say *y)
{
	uint64_t length = sound_length(y->sound), filled;
	char at[32], of[32], bar[BAR_WIDTH + 1];

	if (!y->bar)
		return;
	show_time(at, sizeof(at), y->played);
	if (length == 0) {
		fprintf(stderr, "\r%s ", at);
		return;
	}
	filled = SPA_MIN(y->played * BAR_WIDTH / length, BAR_WIDTH);
	memset(bar, '#', filled);
	memset(bar + filled, '.', BAR_WIDTH - filled);
	bar[BAR_WIDTH] = '\0';
	show_time(of, sizeof(of), length);
	fprintf(stderr, "\r[%s] %s / %s ", bar, at, of);
}

static void end_progress(struct say *y)
{
	if (y->bar && y->played > 0)
		fputc('\n', stderr);
}

/* ---- feeding the session ---- */

/* \return false: that was all */
static bool play_block(struct say *y)
{
	int16_t samples[BLOCK];
	int res = sound_read(y->sound, samples, BLOCK);

	if (res > 0) {
		audio_ring_write(y->ring, samples, (uint32_t)res);
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

static void arm(struct say *y)
{
	timer_arm_at(y->tool->loop->utils, y->timer, y->begin + y->blocks * BLOCK_MS * NSEC_PER_MSEC);
}

static void on_timer(void *data, uint64_t expirations)
{
	struct say *y = data;
	uint64_t due;

	if (!walk_is_playing(y->walk))
		return;
	due = (clock_monotonic() - y->begin) / (BLOCK_MS * NSEC_PER_MSEC) + 1;
	/* (the machine slept) */
	if (due > y->blocks + BLOCKS_MAX)
		y->blocks = due - BLOCKS_MAX;
	while (y->blocks < due && !y->ended) {
		y->blocks++;
		y->ended = !play_block(y);
	}
	show_progress(y);
	if (y->ended)
		walk_finish(y->walk);
	else
		arm(y);
}

/* ---- what happens ---- */

static void on_step(void *data, const struct walk_result *r)
{
	struct say *y = data;

	if (r->mark == WALK_FAILED)
		snprintf(y->error, sizeof(y->error), "%s", r->text);
}

static void on_playing(void *data)
{
	struct say *y = data;

	if (y->ended) {
		walk_finish(y->walk);
		return;
	}
	y->begin = clock_monotonic();
	y->blocks = 0;
	arm(y);
}

static void on_done(void *data, int status)
{
	struct say *y = data;

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

static void on_signal(void *data, int number)
{
	struct say *y = data;

	/* twice: at once */
	if (y->interrupted)
		pw_main_loop_quit(y->tool->main_loop);
	y->interrupted = true;
	y->status = TOOL_INTERRUPTED;
	walk_stop(y->walk, TOOL_INTERRUPTED);
}

static int json_print(struct say *y)
{
	uint64_t ms = y->played * 1000 / SOUND_RATE;
	struct buf b;
	int res;

	buf_init(&b, JSON_LEN);
	buf_add_byte(&b, '{');
	out_json_member(&b, "target", y->t->handle);
	out_json_member(&b, "host", y->t->host);
	out_json_member(&b, "codec", walk_status(y->walk)->codec);
	out_json_member(&b, "transport", walk_status(y->walk)->transport);
	buf_printf(&b, ",\"seconds\":%" PRIu64 ".%03" PRIu64 ",\"status\":%d", ms / 1000, ms % 1000, y->status);
	out_json_member(&b, "error", y->error);
	buf_add_byte(&b, '}');
	res = out_json_print(&b);
	buf_clear(&b);
	return res;
}

static void run_loop(struct say *y)
{
	struct pw_loop *loop = y->tool->loop;
	struct spa_source *interrupt = pw_loop_add_signal(loop, SIGINT, on_signal, y);
	struct spa_source *terminate = pw_loop_add_signal(loop, SIGTERM, on_signal, y);

	if (y->bar)
		fprintf(stderr, "Connecting to %s...\n", y->t->handle);
	pw_main_loop_run(y->tool->main_loop);
	end_progress(y);
	if (interrupt)
		pw_loop_destroy_source(loop, interrupt);
	if (terminate)
		pw_loop_destroy_source(loop, terminate);
}

static int talk(struct say *y)
{
	const struct walk_params params = { .ring = y->ring, .linger_ms = LINGER_MS };
	int res;

	if ((res = walk_new(y->tool, y->t, &params, &walk_events, y, &y->walk)) < 0) {
		tool_error(res == -ENOENT ? "the codec plugin is missing: install pipewire-onvif anew" :
				"out of memory");
		return TOOL_FAILED;
	}
	run_loop(y);
	if (y->tool->json && json_print(y) < 0)
		y->status = TOOL_FAILED;
	else if (!y->tool->json && y->error[0])
		tool_error("%s", y->error);
	walk_destroy(y->walk);
	return y->status;
}

static int say(struct tool *tool, const char *name, struct sound *sound)
{
	struct say y = {
		.tool = tool, .sound = sound, .bar = tool->terminal && !tool->quiet && !tool->json,
	};
	int status;

	if ((status = target_new(tool, name, &y.t)) != TOOL_OK)
		return status;
	if (target_is_served(y.t)) {
		tool_error("the running service plays to this camera: play to its output, `pw-play --target %s FILE`, "
				"or wait until it is done", target_service_camera(y.t)->node);
		target_free(y.t);
		return TOOL_BUSY;
	}
	y.ring = audio_ring_new(RING_SAMPLES);
	y.timer = pw_loop_add_timer(tool->loop, on_timer, &y);
	if (y.ring && y.timer) {
		status = talk(&y);
	} else {
		tool_error("out of memory");
		status = TOOL_FAILED;
	}
	if (y.timer)
		pw_loop_destroy_source(tool->loop, y.timer);
	audio_ring_destroy(y.ring);
	target_free(y.t);
	return status;
}

/* ---- the command line ---- */

struct choice {
	const char *path;	/* NULL: none was named */
	bool tone;
	uint32_t rate;
};

static int open_sound(const struct choice *c, struct sound **ret)
{
	char shown[LIMIT_ERROR_LEN];
	int res;

	if (c->tone)
		res = sound_new_tone(TONE_HZ, TONE_LEVEL, TONE_S, ret);
	else if (c->path == NULL || spa_streq(c->path, "-"))
		res = sound_new_stream(STDIN_FILENO, c->rate, ret);
	else
		res = sound_new_file(c->path, ret);
	if (res >= 0)
		return TOOL_OK;
	text_sanitize(str_from(c->path && !spa_streq(c->path, "-") ? c->path : "standard input"), shown, sizeof(shown));
	if (res == -EBADMSG)
		tool_error("%s is no WAV: make one of it, for instance with `ffmpeg -i FILE -f wav FILE.wav`", shown);
	else if (res == -ENOTSUP)
		tool_error("%s is a WAV of another kind than PCM or float: convert it, for instance with "
				"`ffmpeg -i FILE -c:a pcm_s16le FILE.wav`", shown);
	else
		tool_error("cannot read %s: %s", shown, strerror(-res));
	return TOOL_FAILED;
}

static int take_rate(const char *text, uint32_t *ret)
{
	uint64_t rate;

	if (text == NULL)
		return TOOL_OK;
	if (str_to_uint(str_from(text), WAV_RATE_MAX, &rate) < 0 || rate < WAV_RATE_MIN)
		return tool_usage(&command_say, "--rate is a number of samples per second, from %u to %u",
				WAV_RATE_MIN, WAV_RATE_MAX);
	*ret = (uint32_t)rate;
	return TOOL_OK;
}

static int check_choice(const struct choice *c)
{
	if (c->tone && c->path)
		return tool_usage(&command_say, "a file or --tone, not both");
	if (!c->tone && c->path == NULL && isatty(STDIN_FILENO))
		return tool_usage(&command_say, "what is to be said? A WAV, - or --tone");
	return TOOL_OK;
}

static int run(struct tool *tool, int argc, char *argv[])
{
	static const struct option options[] = {
		TOOL_OPTIONS,
		{ "tone", no_argument, NULL, 't' },
		{ "rate", required_argument, NULL, 'R' },
		{ NULL, 0, NULL, 0 },
	};
	struct choice choice = { .rate = SOUND_RATE };
	const char *rate = NULL;
	struct sound *sound;
	int c, status;

	while ((c = getopt_long(argc, argv, TOOL_SHORT_OPTIONS, options, NULL)) != -1) {
		if (c == 't')
			choice.tone = true;
		else if (c == 'R')
			rate = optarg;
		else if ((status = tool_option(tool, &command_say, c, optarg)) >= 0)
			return status;
	}
	if (optind == argc || optind + 2 < argc)
		return tool_usage(&command_say, optind == argc ? "to which camera?" : "one sound at a time");
	choice.path = argv[optind + 1];
	if ((status = take_rate(rate, &choice.rate)) != TOOL_OK ||
	    (status = check_choice(&choice)) != TOOL_OK || (status = open_sound(&choice, &sound)) != TOOL_OK)
		return status;
	status = say(tool, argv[optind], sound);
	sound_free(sound);
	return status;
}

const struct command command_say = {
	.name = "say",
	.arguments = "[OPTION...] ADDRESS[:PORT]|NAME|rtsp://... [FILE|-]",
	.summary = "Play a sound to a camera, without PipeWire",
	.help =
		"FILE is a WAV: PCM or float, of any rate and number of channels. - or no FILE\n"
		"is standard input: a WAV, too, or raw samples of 16 bits, little endian, mono:\n"
		"    espeak-ng --stdout \"Somebody is at the door\" | pw-onvif say 192.0.2.20\n"
		"\n"
		"  --tone           a tone of 1000 Hz instead, for 3 s, at -12 dBFS\n"
		"  --rate N         the rate of raw samples (8000)\n"
		"  --json           one object: target, host, codec, transport, seconds, status,\n"
		"                   error\n"
		"  --quiet          no progress\n"
		"\n"
		"Exit status: 0 all was sent, 1 something is wrong, 2 wrong command line, 3 not\n"
		"found or not reached, 4 login needed or refused, 5 speaker in use, 6 no speaker\n"
		"of use, 130 interrupted\n",
	.run = run,
};
