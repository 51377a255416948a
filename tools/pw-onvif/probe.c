/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/string.h>

#include "module/util/text.h"
#include "tools/pw-onvif/nudge.h"
#include "tools/pw-onvif/out.h"
#include "tools/pw-onvif/report.h"
#include "tools/pw-onvif/takeover.h"
#include "tools/pw-onvif/walk.h"

#define JSON_LEN	(256u * 1024u)
/* the stream is torn down at once: nothing waits */
#define RING_SAMPLES	1024u

struct probe {
	struct tool *tool;
	struct target *t;
	struct walk *walk;
	struct audio_ring *ring;
	struct report *report;		/* or NULL */
	const char *report_path;
	bool utf8;
	bool describe_only;
	bool served;			/* the service plays to it: not ours to claim */
	bool interrupted;
	int status;

	struct buf steps, rules;	/* of the JSON */
	char error[2 * LIMIT_ERROR_LEN];
};

/* ---- a person's view ---- */

static const char *mark_text(const struct probe *p, enum walk_mark mark)
{
	static const char * const ascii[] = { [WALK_DONE] = "+", [WALK_DOUBTFUL] = "?", [WALK_FAILED] = "x" };
	static const char * const utf8[] = { [WALK_DONE] = "✓", [WALK_DOUBTFUL] = "?", [WALK_FAILED] = "✗" };

	return p->utf8 ? utf8[mark] : ascii[mark];
}

/* a camera that is away costs seconds */
static void show_under_way(const struct probe *p, const char *label)
{
	if (p->tool->terminal && !p->tool->json && !p->tool->quiet)
		fprintf(stderr, "\r  %-15s%s\r", label, label[0] ? "..." : "   ");
}

static void print_step(struct probe *p, const struct walk_result *r)
{
	static const enum out_style styles[] = {
		[WALK_DONE] = OUT_GOOD, [WALK_DOUBTFUL] = OUT_NOTE, [WALK_FAILED] = OUT_BAD,
	};

	out_styled(stdout, p->tool->color, styles[r->mark], mark_text(p, r->mark));
	printf(" %-15s %5" PRIu64 " ms%s%s\n", walk_step_label(r->step), (r->ns + 500000) / 1000000,
			r->text[0] ? "  " : "", r->text);
	fflush(stdout);
	show_under_way(p, r->mark != WALK_FAILED && r->step + 1 < WALK_N_STEPS ? walk_step_label(r->step + 1) : "");
}

static void print_fact(const char *label, const char *text)
{
	printf("  %-15s           %s\n", label, text);
}

static const char *fact(const struct probe *p, const char *key)
{
	const char *value = pw_properties_get(p->t->props, key);

	return value ? value : "";
}

static void print_known(struct probe *p)
{
	char text[2 * LIMIT_ERROR_LEN];
	const char *firmware = fact(p, "onvif.firmware"), *name = fact(p, "onvif.name");

	if (fact(p, "onvif.model")[0] == '\0')
		return;
	snprintf(text, sizeof(text), "%s %s%s%s%s%s%s", fact(p, "onvif.manufacturer"), fact(p, "onvif.model"),
			firmware[0] ? ", firmware " : "", firmware, name[0] ? " (" : "", name, name[0] ? ")" : "");
	print_fact("camera", text);
}

static void on_rule(void *data, const char *text)
{
	struct probe *p = data;

	if (!p->tool->json)
		print_fact("rule", text);
	buf_add_str(&p->rules, p->rules.len > 0 ? "," : "");
	out_json_string(&p->rules, str_from(text));
}

/* ---- a script's view ---- */

static void json_step(struct probe *p, const struct walk_result *r)
{
	static const char * const results[] = {
		[WALK_DONE] = "ok", [WALK_DOUBTFUL] = "doubtful", [WALK_FAILED] = "failed",
	};
	struct buf *b = &p->steps;

	/* (by hand: a decimal comma is no JSON) */
	buf_printf(b, "%s{\"step\":\"%s\",\"result\":\"%s\",\"ms\":%" PRIu64 ".%03" PRIu64, b->len > 0 ? "," : "",
			walk_step_name(r->step), results[r->mark], r->ns / 1000000, r->ns / 1000 % 1000);
	out_json_member(b, "text", r->text);
	buf_add_byte(b, '}');
}

static int json_print(struct probe *p)
{
	struct buf b;
	int res;

	buf_init(&b, JSON_LEN);
	buf_add_byte(&b, '{');
	out_json_member(&b, "target", p->t->handle);
	out_json_member(&b, "host", p->t->host);
	out_json_member(&b, "id", p->t->id);
	out_json_member(&b, "name", fact(p, "onvif.name"));
	out_json_member(&b, "manufacturer", fact(p, "onvif.manufacturer"));
	out_json_member(&b, "model", fact(p, "onvif.model"));
	out_json_member(&b, "firmware", fact(p, "onvif.firmware"));
	out_json_member(&b, "codec", walk_status(p->walk)->codec);
	out_json_member(&b, "transport", walk_status(p->walk)->transport);
	buf_printf(&b, ",\"rules\":[");
	buf_add_slice(&b, buf_str(&p->rules));
	buf_printf(&b, "],\"steps\":[");
	buf_add_slice(&b, buf_str(&p->steps));
	buf_printf(&b, "],\"status\":%d", p->status);
	out_json_member(&b, "error", p->error);
	buf_add_byte(&b, '}');
	res = p->steps.error < 0 ? p->steps.error : p->rules.error < 0 ? p->rules.error : out_json_print(&b);
	buf_clear(&b);
	return res;
}

/* ---- what happens ---- */

static void on_step(void *data, const struct walk_result *r)
{
	struct probe *p = data;

	if (r->mark == WALK_FAILED)
		snprintf(p->error, sizeof(p->error), "%s", r->text);
	if (p->report)
		report_step(p->report, r);
	if (p->tool->json)
		json_step(p, r);
	else if (!p->tool->quiet || r->mark == WALK_FAILED)
		print_step(p, r);
}

static void on_known(void *data)
{
	struct probe *p = data;

	if (p->tool->json) {
		target_rules(p->t, on_rule, p);
	} else if (!p->tool->quiet) {
		print_known(p);
		target_rules(p->t, on_rule, p);
	}
}

static void on_trace(void *data, bool sent, struct str text)
{
	struct probe *p = data;

	if (p->report)
		report_trace(p->report, sent, text);
}

static void on_playing(void *data)
{
	struct probe *p = data;

	walk_stop(p->walk, TOOL_OK);
}

static void on_done(void *data, int status)
{
	struct probe *p = data;

	p->status = status;
	show_under_way(p, "");
	pw_main_loop_quit(p->tool->main_loop);
}

static const struct walk_events walk_events = {
	WALK_VERSION_EVENTS,
	.step = on_step,
	.known = on_known,
	.trace = on_trace,
	.playing = on_playing,
	.done = on_done,
};

static void on_signal(void *data, int number)
{
	struct probe *p = data;

	/* twice: at once */
	if (p->interrupted)
		pw_main_loop_quit(p->tool->main_loop);
	p->interrupted = true;
	p->status = TOOL_INTERRUPTED;
	walk_stop(p->walk, TOOL_INTERRUPTED);
}

static int write_report(struct probe *p)
{
	int res = report_write(p->report, p->report_path, p->t, p->walk);

	if (res == -EEXIST)
		tool_error("%s is there already, and stays as it is: give another name", p->report_path);
	else if (res < 0)
		tool_error("cannot write %s: %s", p->report_path, strerror(-res));
	else if (!p->tool->json && !p->tool->quiet)
		printf("The report is in %s: read it before you pass it on.\n", p->report_path);
	return res < 0 ? TOOL_FAILED : TOOL_OK;
}

static int walk_it(struct probe *p)
{
	const struct walk_params params = {
		.ring = p->ring,
		.served = p->served && !p->describe_only,
		.describe_only = p->describe_only || p->served,
	};
	struct spa_source *interrupt, *terminate;
	int res;

	if ((res = walk_new(p->tool, p->t, &params, &walk_events, p, &p->walk)) < 0) {
		tool_error(res == -ENOENT ? "the codec plugin is missing: install pipewire-onvif anew" :
				"out of memory");
		return TOOL_FAILED;
	}
	interrupt = pw_loop_add_signal(p->tool->loop, SIGINT, on_signal, p);
	terminate = pw_loop_add_signal(p->tool->loop, SIGTERM, on_signal, p);
	show_under_way(p, walk_step_label(p->t->options.uri ? WALK_CONNECT : WALK_REACH));
	pw_main_loop_run(p->tool->main_loop);
	if (interrupt)
		pw_loop_destroy_source(p->tool->loop, interrupt);
	if (terminate)
		pw_loop_destroy_source(p->tool->loop, terminate);
	if (p->tool->json && json_print(p) < 0)
		p->status = TOOL_FAILED;
	if (p->report && write_report(p) != TOOL_OK && p->status == TOOL_OK)
		p->status = TOOL_FAILED;
	walk_destroy(p->walk);
	return p->status;
}

static int walk_freely(struct probe *p, bool take_over)
{
	struct takeover *taken = NULL;
	int status;

	if (take_over && (status = takeover_new(p->tool, &command_probe, p->t, &taken)) != TOOL_OK)
		return status;
	p->served = target_is_served(p->t) && taken == NULL;
	status = walk_it(p);
	takeover_end(taken);
	if (status == TOOL_OK && !p->served && nudge_service(p->tool, p->t) && !p->tool->json && !p->tool->quiet)
		print_fact("service", "had given it up, and looks again now");
	return status;
}

static int probe(struct tool *tool, const char *name, const char *report_path, bool describe_only,
		bool take_over)
{
	struct probe p = {
		.tool = tool, .report_path = report_path, .describe_only = describe_only,
		.utf8 = spa_streq(nl_langinfo(CODESET), "UTF-8"),
	};
	int status;

	if ((status = target_new(tool, name, &p.t)) != TOOL_OK)
		return status;
	buf_init(&p.steps, JSON_LEN / 2);
	buf_init(&p.rules, JSON_LEN / 4);
	p.ring = audio_ring_new(RING_SAMPLES);
	p.report = report_path ? report_new() : NULL;
	if (p.ring && (p.report || report_path == NULL)) {
		status = walk_freely(&p, take_over && !describe_only);
	} else {
		tool_error("out of memory");
		status = TOOL_FAILED;
	}
	report_free(p.report);
	audio_ring_destroy(p.ring);
	buf_clear(&p.steps);
	buf_clear(&p.rules);
	target_free(p.t);
	return status;
}

static int run(struct tool *tool, int argc, char *argv[])
{
	static const struct option options[] = {
		TOOL_OPTIONS,
		{ "no-play", no_argument, NULL, 'n' },
		{ "report", required_argument, NULL, 'o' },
		{ "take-over", no_argument, NULL, 'T' },
		{ NULL, 0, NULL, 0 },
	};
	const char *report_path = NULL;
	bool describe_only = false, take_over = false;
	int c, status;

	while ((c = getopt_long(argc, argv, TOOL_SHORT_OPTIONS, options, NULL)) != -1) {
		if (c == 'n')
			describe_only = true;
		else if (c == 'o')
			report_path = optarg;
		else if (c == 'T')
			take_over = true;
		else if ((status = tool_option(tool, &command_probe, c, optarg)) >= 0)
			return status;
	}
	if (optind + 1 != argc)
		return tool_usage(&command_probe, optind == argc ? "which camera?" : "one camera at a time");
	return probe(tool, argv[optind], report_path, describe_only, take_over);
}

const struct command command_probe = {
	.name = "probe",
	.arguments = "[OPTION...] ADDRESS[:PORT]|NAME|rtsp://...",
	.summary = "Go the whole way to a camera's speaker, and show where it ends",
	.help =
		"One line for each step, with its time. It stops at the first that fails, and\n"
		"says why, and what to do. Nothing is heard: the camera is let go as soon as it\n"
		"listens. A user and password are tried once at most.\n"
		"\n"
		"  --no-play        stop before the speaker is claimed\n"
		"  --take-over      where the service plays to it: ask, and have it let go\n"
		"  --report FILE    write what a bug report needs to a new file: the steps,\n"
		"                   the conversation; no passwords, serial numbers, addresses\n"
		"  --json           one object: target, host, id, name, manufacturer, model,\n"
		"                   firmware, codec, transport, rules, steps (step, result, ms,\n"
		"                   text), status, error\n"
		"  --quiet          only the step that failed\n"
		"\n"
		"Exit status: 0 it works, 1 something is wrong, 2 wrong command line, 3 not\n"
		"found or not reached, 4 login needed or refused, 5 in use, 6 no speaker of use,\n"
		"130 interrupted\n",
	.run = run,
};
