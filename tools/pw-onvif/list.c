/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/util/clock.h"
#include "tools/pw-onvif/list-show.h"
#include "tools/pw-onvif/out.h"
#include "tools/pw-onvif/search.h"
#include "tools/pw-onvif/tool.h"

#define SERVICE_TIMEOUT_MS	3000u
#define RETRY_MS		2000u	/* PipeWire may be started later */
#define PROGRESS_MS		200u
#define MAX_JSON		(8u * 1024 * 1024)

struct list {
	struct tool *tool;
	struct search *search;
	struct spa_source *end_timer, *progress_timer;
	uint32_t waited_ms;
	bool progress;			/* there is a line that must go first */
	int status;

	/* --watch */
	struct service *service;
	struct spa_source *retry_timer, *resize;
	char *shown;			/* the last time: what does not change it is not news */
	int absent;			/* why there is no service, as said last */
	char absent_text[LIMIT_ERROR_LEN];
};

static void clear_progress(struct list *l)
{
	if (l->progress)
		fputs("\r\033[K", stderr);
	l->progress = false;
}

static void say(struct list *l, const char *text)
{
	if (l->tool->quiet)
		return;
	clear_progress(l);
	tool_error("%s", text);
}

static void fail(struct list *l, int res)
{
	clear_progress(l);
	tool_error("%s", spa_strerror(res));
	l->status = TOOL_FAILED;
	pw_main_loop_quit(l->tool->main_loop);
}

/* ---- what is shown ---- */

static int format_json(const struct list_content *content, char **ret)
{
	struct buf b;
	int res;

	buf_init(&b, MAX_JSON);
	list_json(&b, content);
	if ((res = buf_add_byte(&b, '\n')) < 0)
		buf_clear(&b);
	else
		*ret = b.data;
	return res;
}

static int format_table(const struct list *l, const struct list_content *content, char **ret)
{
	size_t size;
	FILE *f;
	int res;

	if ((f = open_memstream(ret, &size)) == NULL)
		return -errno;
	res = list_write_table(f, l->tool, content, out_terminal_columns(stdout));
	if (fclose(f) != 0 && res == 0)
		res = -errno;
	if (res < 0)
		free(*ret);
	return res;
}

/* With --watch a terminal shows the newest table only, a file all of them. */
static bool is_screen(const struct list *l)
{
	return l->retry_timer && !l->tool->json && isatty(STDOUT_FILENO);
}

static void show_news(struct list *l, char *text)
{
	if (spa_streq(l->shown, text)) {
		free(text);
		return;
	}
	if (is_screen(l))
		fputs("\033[H\033[2J", stdout);
	else if (l->shown && !l->tool->json)
		fputc('\n', stdout);
	fputs(text, stdout);
	fflush(stdout);
	/* the screen was cleared of it, and it explains the table */
	if (is_screen(l) && l->absent < 0)
		say(l, l->absent_text);
	free(l->shown);
	l->shown = text;
}

static void show(struct list *l, const struct list_content *content)
{
	char *text = NULL;
	int res;

	clear_progress(l);
	res = l->tool->json ? format_json(content, &text) : format_table(l, content, &text);
	if (res < 0)
		fail(l, res);
	else
		show_news(l, text);
}

/* ---- our own search ---- */

static void show_found(struct list *l)
{
	struct list_content content = { 0 };

	content.cameras = search_cameras(l->search, &content.n_cameras);
	show(l, &content);
}

static void on_progress(void *data, uint64_t expirations)
{
	static const char dots[] = "...";
	struct list *l = data;
	uint32_t n, turn = l->waited_ms / PROGRESS_MS % 4;

	l->waited_ms += PROGRESS_MS;
	search_cameras(l->search, &n);
	fprintf(stderr, "\r\033[KLooking for cameras, %u known%.*s", n, (int)turn, dots);
	fflush(stderr);
	l->progress = true;
	timer_arm(l->tool->loop->utils, l->progress_timer, PROGRESS_MS * NSEC_PER_MSEC);
}

static void on_search_end(void *data, uint64_t expirations)
{
	struct list *l = data;

	pw_main_loop_quit(l->tool->main_loop);
}

static void on_search_problem(void *data, const char *text)
{
	say(data, text);
}

static void on_search_changed(void *data)
{
	struct list *l = data;

	if (l->retry_timer && l->absent < 0)
		show_found(l);
}

static const struct search_events search_events = {
	SEARCH_VERSION_EVENTS,
	.changed = on_search_changed,
	.problem = on_search_problem,
};

static bool start_search(struct list *l)
{
	if (l->search == NULL &&
	    (l->search = search_new(l->tool->loop, &search_events, l)) == NULL)
		fail(l, -errno);
	return l->search != NULL;
}

/* once for each reason */
static void say_absent(struct list *l, int res)
{
	if (res == l->absent)
		return;
	l->absent = res;
	snprintf(l->absent_text, sizeof(l->absent_text), "%s%s: this is what is found without logging in. %s",
			res == -ENOENT ? "The service pipewire-onvif does not run" : "No service can be asked, ",
			res == -ENOENT ? "" : service_strerror(res),
			res == -ENOENT ? "Start it: systemctl --user start pipewire-onvif.service" :
			"See `pw-onvif doctor`");
	if (!is_screen(l))
		say(l, l->absent_text);
}

static void search_once(struct list *l, int res)
{
	struct pw_loop *loop = l->tool->loop;
	uint32_t n;

	say_absent(l, res);
	l->end_timer = pw_loop_add_timer(loop, on_search_end, l);
	l->progress_timer = pw_loop_add_timer(loop, on_progress, l);
	if (l->end_timer == NULL || l->progress_timer == NULL || !start_search(l)) {
		l->status = TOOL_FAILED;
		return;
	}
	timer_arm(loop->utils, l->end_timer, SEARCH_TIME_MS * NSEC_PER_MSEC);
	if (l->tool->terminal && !l->tool->quiet)
		on_progress(l, 0);
	pw_main_loop_run(l->tool->main_loop);
	if (l->status != TOOL_OK)
		return;
	show_found(l);
	search_cameras(l->search, &n);
	if (n == 0)
		say(l, "No camera answered: run `pw-onvif doctor`");
}

static void list_once(struct list *l)
{
	struct list_content content = { .service = true };
	struct service_camera *cameras = NULL;
	int res;

	res = service_snapshot(l->tool->main_loop, l->tool->remote, SERVICE_TIMEOUT_MS, &cameras,
			&content.n_cameras);
	if (res == -ENOMEM) {
		fail(l, res);
	} else if (res < 0) {
		search_once(l, res);
	} else {
		content.cameras = cameras;
		show(l, &content);
		if (content.n_cameras == 0)
			say(l, "The service knows no camera (yet): see `pw-onvif doctor`");
		free(cameras);
	}
}

/* ---- --watch ---- */

static void try_service(struct list *l);

static void on_service_changed(void *data)
{
	struct list_content content = { .service = true };
	struct list *l = data;

	if (!service_is_running(l->service)) {
		say_absent(l, -ENOENT);
		if (start_search(l))
			show_found(l);
		return;
	}
	search_destroy(l->search);
	l->search = NULL;
	l->absent = 0;
	content.cameras = service_cameras(l->service, &content.n_cameras);
	show(l, &content);
}

static void wait_for_service(struct list *l, int res)
{
	say_absent(l, res);
	if (start_search(l))
		show_found(l);
	timer_arm(l->tool->loop->utils, l->retry_timer, RETRY_MS * NSEC_PER_MSEC);
}

static void on_service_lost(void *data, int res)
{
	struct list *l = data;

	service_destroy(l->service);
	l->service = NULL;
	wait_for_service(l, res == -EPIPE ? -EHOSTDOWN : res);
}

static const struct service_events service_events = {
	SERVICE_VERSION_EVENTS,
	.changed = on_service_changed,
	.lost = on_service_lost,
};

static void try_service(struct list *l)
{
	l->service = service_new(l->tool->loop, l->tool->remote, &service_events, l);
	if (l->service == NULL)
		wait_for_service(l, -errno);
}

static void on_retry(void *data, uint64_t expirations)
{
	try_service(data);
}

/* the same, as the terminal is now */
static void on_resize(void *data, int number)
{
	struct list *l = data;

	if (l->shown == NULL)
		return;
	free(l->shown);
	l->shown = NULL;
	if (l->service)
		on_service_changed(l);
	else if (l->search)
		show_found(l);
}

static void list_watch(struct list *l)
{
	if ((l->retry_timer = pw_loop_add_timer(l->tool->loop, on_retry, l)) == NULL) {
		fail(l, -errno);
		return;
	}
	/* (before there are threads that would take it) */
	if (is_screen(l))
		l->resize = pw_loop_add_signal(l->tool->loop, SIGWINCH, on_resize, l);
	try_service(l);
	if (l->status == TOOL_OK)
		pw_main_loop_run(l->tool->main_loop);
}

/* ---- the command ---- */

static void finish(struct list *l)
{
	struct spa_source *sources[] = { l->end_timer, l->progress_timer, l->retry_timer, l->resize };

	search_destroy(l->search);
	service_destroy(l->service);
	for (size_t i = 0; i < SPA_N_ELEMENTS(sources); i++)
		if (sources[i])
			pw_loop_destroy_source(l->tool->loop, sources[i]);
	free(l->shown);
}

static int run(struct tool *tool, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "watch", no_argument, NULL, 'w' },
		TOOL_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	struct list l = { .tool = tool };
	bool watch = false;
	int c, status;

	while ((c = getopt_long(argc, argv, "w" TOOL_SHORT_OPTIONS, options, NULL)) != -1) {
		if (c == 'w')
			watch = true;
		else if ((status = tool_option(tool, &command_list, c, optarg)) >= 0)
			return status;
	}
	if (optind < argc)
		return tool_usage(&command_list, "what is \"%s\"?", argv[optind]);
	if (watch)
		list_watch(&l);
	else
		list_once(&l);
	finish(&l);
	return l.status;
}

const struct command command_list = {
	.name = "list",
	.arguments = "[--watch] [--json] [--quiet] [--remote NAME]",
	.summary = "Show the cameras, whether they have a speaker, and their state",
	.help =
"  -w, --watch         go on, and show what changes; end it with Ctrl-C\n"
"      --json          one line, {\"service\": BOOLEAN, \"cameras\": [...]};\n"
"                      with --watch a line for each change\n"
"  -q, --quiet         no word on standard error unless something fails\n"
"  -r, --remote NAME   of the PipeWire to talk to\n"
"  -h, --help\n"
"\n"
"The cameras are those that the running service knows. Where it does not run,\n"
"those that are configured or answer a search of 4 seconds; nobody logs in.\n"
"\n"
"STATE is idle, connecting, streaming, offline, busy, login-required,\n"
"unsupported or rejected; REASON says why a camera cannot be played to.\n",
	.run = run,
};
