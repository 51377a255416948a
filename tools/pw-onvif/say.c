/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/say.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <spa/utils/string.h>

#include "module/util/text.h"
#include "tools/pw-onvif/nudge.h"
#include "tools/pw-onvif/out.h"
#include "tools/pw-onvif/takeover.h"
#include "tools/pw-onvif/wav.h"

#define BAR_WIDTH	30u
#define BAR_MIN		5u
#define BAR_REST	8u	/* the brackets and blanks around it, and a column to spare */
#define JSON_LEN	8192u
#define TONE_HZ		1000.0
#define TONE_LEVEL	-12.0
#define TONE_S		3.0

struct choice {
	const char *path;	/* NULL: none was named */
	bool tone;
	bool take_over;
	uint32_t rate;
};

/* ---- progress ---- */

static void show_time(char *dst, size_t size, uint64_t s)
{

	snprintf(dst, size, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
}

void say_show_progress(struct say *y)
{
	uint64_t length = sound_length(y->sound), width = BAR_WIDTH, filled;
	char at[32], of[32], bar[BAR_WIDTH + 1];
	uint32_t columns = out_terminal_columns(stderr);

	if (!y->bar)
		return;
	show_time(at, sizeof(at), y->played / sound_rate(y->sound));
	if (length == 0) {
		fprintf(stderr, "\r%s ", at);
		return;
	}
	show_time(of, sizeof(of), length / sound_rate(y->sound));
	/* (what goes into the next line stays there) */
	if (columns > 0)
		width = SPA_CLAMP((int64_t)columns - (int64_t)(strlen(at) + strlen(of) + BAR_REST), 0, (int64_t)BAR_WIDTH);
	if (width < BAR_MIN) {
		fprintf(stderr, "\r%s\033[K", at);
		return;
	}
	filled = SPA_MIN(y->played * width / length, width);
	memset(bar, '#', filled);
	memset(bar + filled, '.', width - filled);
	bar[width] = '\0';
	fprintf(stderr, "\r[%s] %s / %s \033[K", bar, at, of);
}

static void end_progress(struct say *y)
{
	if (y->bar && y->played > 0)
		fputc('\n', stderr);
}

/* ---- one of the two ways ---- */

struct stop {
	struct say *y;
	void (*stop)(void *data);
	void *data;
};

static void on_signal(void *data, int number)
{
	struct stop *s = data;

	/* twice: at once */
	if (s->y->interrupted)
		pw_main_loop_quit(s->y->tool->main_loop);
	else
		s->stop(s->data);
	s->y->interrupted = true;
	s->y->status = TOOL_INTERRUPTED;
}

void say_run_loop(struct say *y, void (*stop)(void *data), void *data)
{
	struct pw_loop *loop = y->tool->loop;
	struct stop s = { .y = y, .stop = stop, .data = data };
	struct spa_source *interrupt = pw_loop_add_signal(loop, SIGINT, on_signal, &s);
	struct spa_source *terminate = pw_loop_add_signal(loop, SIGTERM, on_signal, &s);

	if (y->bar)
		fprintf(stderr, "Connecting to %s...\n", y->t->handle);
	pw_main_loop_run(y->tool->main_loop);
	end_progress(y);
	if (interrupt)
		pw_loop_destroy_source(loop, interrupt);
	if (terminate)
		pw_loop_destroy_source(loop, terminate);
}

static int json_print(struct say *y)
{
	uint64_t ms = y->played * 1000 / sound_rate(y->sound);
	struct buf b;
	int res;

	buf_init(&b, JSON_LEN);
	buf_add_byte(&b, '{');
	out_json_member(&b, "target", y->t->handle);
	out_json_member(&b, "host", y->t->host);
	out_json_member(&b, "node", y->node ? y->node : "");
	out_json_member(&b, "codec", y->codec);
	out_json_member(&b, "transport", y->transport);
	buf_printf(&b, ",\"seconds\":%" PRIu64 ".%03" PRIu64 ",\"status\":%d", ms / 1000, ms % 1000, y->status);
	out_json_member(&b, "error", y->error);
	buf_add_byte(&b, '}');
	res = out_json_print(&b);
	buf_clear(&b);
	return res;
}

/* \return whether there is something to tell */
static bool say_it(struct say *y, bool take_over)
{
	const struct service_camera *c = target_output(y->t);
	struct takeover *taken = NULL;
	char node[2 * LIMIT_ID_LEN];
	bool told;

	if (!take_over && c)
		return say_by_output(y, c);
	if (take_over) {
		y->status = takeover_new(y->tool, &command_say, y->t, &taken);
	} else if (target_is_served(y->t)) {
		/* a stream of a camera that it knows by another */
		out_shell_word(target_service_camera(y->t)->node, node, sizeof(node));
		tool_error("the running service plays to this camera: play to its output, `pw-play --target %s FILE`, "
				"or wait until it is done", node);
		y->status = TOOL_BUSY;
	}
	if (y->status != TOOL_OK)
		return false;
	told = say_direct(y);
	takeover_end(taken);
	if (y->status == TOOL_OK)
		nudge_service(y->tool, y->t);
	return told;
}

static int say(struct tool *tool, const char *name, struct sound *sound, bool take_over)
{
	struct say y = {
		.tool = tool, .sound = sound, .bar = tool->terminal && !tool->quiet && !tool->json,
	};
	int status;

	if ((status = target_new(tool, name, &y.t)) != TOOL_OK)
		return status;
	if (say_it(&y, take_over)) {
		if (tool->json && json_print(&y) < 0)
			y.status = TOOL_FAILED;
		else if (!tool->json && y.error[0])
			tool_error("%s", y.error);
	}
	target_free(y.t);
	return y.status;
}

/* ---- the command line ---- */

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
		{ "take-over", no_argument, NULL, 'T' },
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
		else if (c == 'T')
			choice.take_over = true;
		else if ((status = tool_option(tool, &command_say, c, optarg)) >= 0)
			return status;
	}
	if (optind == argc || optind + 2 < argc)
		return tool_usage(&command_say, optind == argc ? "to which camera?" : "one sound at a time");
	choice.path = argv[optind + 1];
	if ((status = take_rate(rate, &choice.rate)) != TOOL_OK ||
	    (status = check_choice(&choice)) != TOOL_OK || (status = open_sound(&choice, &sound)) != TOOL_OK)
		return status;
	status = say(tool, argv[optind], sound, choice.take_over);
	sound_free(sound);
	return status;
}

const struct command command_say = {
	.name = "say",
	.arguments = "[OPTION...] ADDRESS[:PORT]|NAME|rtsp://... [FILE|-]",
	.summary = "Play a sound to a camera, with PipeWire or without",
	.help =
		"FILE is a WAV: PCM or float, of any rate and number of channels. - or no FILE\n"
		"is standard input: a WAV, too, or raw samples of 16 bits, little endian, mono:\n"
		"    espeak-ng --stdout \"Somebody is at the door\" | pw-onvif say 192.0.2.20\n"
		"Where the service has an output for the camera, that is played to, and others\n"
		"may play there as well; else the camera itself.\n"
		"\n"
		"  --tone           a tone of 1000 Hz instead, for 3 s, at -12 dBFS\n"
		"  --rate N         the rate of raw samples (8000)\n"
		"  --take-over      to the camera itself: the service lets go of it meanwhile.\n"
		"                   Asks first, if the service plays to it\n"
		"  --json           one object: target, host, node (the output), codec,\n"
		"                   transport, seconds, status, error\n"
		"  --quiet          no progress\n"
		"\n"
		"Exit status: 0 all was sent, 1 something is wrong, 2 wrong command line, 3 not\n"
		"found or not reached, 4 login needed or refused, 5 speaker in use, 6 no speaker\n"
		"of use, 130 interrupted\n",
	.run = run,
};
