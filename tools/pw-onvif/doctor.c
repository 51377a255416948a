/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/doctor.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "module/util/text.h"
#include "tools/pw-onvif/out.h"

#define MAX_JSON	(1024u * 1024)
#define MAX_TEXT	1024u

static const struct {
	const char *name;
	enum out_style style;
} levels[] = {
	[DOCTOR_OK] = { "ok", OUT_GOOD },
	[DOCTOR_WARNING] = { "warning", OUT_NOTE },
	[DOCTOR_PROBLEM] = { "problem", OUT_BAD },
};

static void print(const struct doctor *d, enum doctor_level level, const char *check,
		const char *text, const char *remedy)
{
	const char *end = text[0] && text[strlen(text) - 1] == '?' ? " " : ". ";

	if (d->tool->quiet && level == DOCTOR_OK)
		return;
	out_styled(stdout, d->tool->color, levels[level].style, levels[level].name);
	printf("%*s%s: %s%s%s\n", (int)(9 - strlen(levels[level].name)), "", check, text,
			remedy[0] ? end : "", remedy);
	fflush(stdout);
}

static void add_json(struct doctor *d, enum doctor_level level, const char *check,
		const char *text, const char *remedy)
{
	if (d->json.len > 0)
		buf_add_byte(&d->json, ',');
	buf_add_byte(&d->json, '{');
	out_json_member(&d->json, "check", check);
	out_json_member(&d->json, "level", levels[level].name);
	out_json_member(&d->json, "text", text);
	out_json_member(&d->json, "remedy", remedy);
	buf_add_byte(&d->json, '}');
}

void doctor_say(struct doctor *d, enum doctor_level level, const char *check, const char *remedy,
		const char *fmt, ...)
{
	char text[MAX_TEXT], clean[MAX_TEXT], clean_remedy[MAX_TEXT];
	va_list args;
	size_t len;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	len = text_sanitize(str_from(text), clean, sizeof(clean));
	/* what others said may be a whole sentence */
	if (len > 0 && clean[len - 1] == '.')
		clean[len - 1] = '\0';
	text_sanitize(str_from(remedy), clean_remedy, sizeof(clean_remedy));
	if (level == DOCTOR_PROBLEM)
		d->n_problems++;
	else if (level == DOCTOR_WARNING)
		d->n_warnings++;
	if (d->tool->json)
		add_json(d, level, check, clean, clean_remedy);
	else
		print(d, level, check, clean, clean_remedy);
}

static int print_json(const struct doctor *d)
{
	struct buf b;
	int res;

	buf_init(&b, MAX_JSON + MAX_TEXT);
	buf_printf(&b, "{\"problems\":%u,\"warnings\":%u,\"findings\":[", d->n_problems, d->n_warnings);
	buf_add_slice(&b, buf_str(&d->json));
	buf_add_str(&b, "]}");
	if (d->json.error)
		b.error = d->json.error;
	res = out_json_print(&b);
	buf_clear(&b);
	return res;
}

static int examine(struct tool *tool)
{
	static void (* const checks[])(struct doctor *d) = {
		/* the settings first: others need them */
		doctor_check_settings,
		doctor_check_credentials,
		doctor_check_facts,
		doctor_check_installed,
		doctor_check_pipewire,
		doctor_check_network,
		doctor_check_firewall,
		doctor_check_service,
	};
	struct doctor d = { .tool = tool };
	int res = 0;

	buf_init(&d.json, MAX_JSON);
	for (size_t i = 0; i < SPA_N_ELEMENTS(checks); i++)
		checks[i](&d);
	if (tool->json)
		res = print_json(&d);
	buf_clear(&d.json);
	settings_free(d.settings);
	return res < 0 || d.n_problems > 0 ? TOOL_FAILED : TOOL_OK;
}

static int run(struct tool *tool, int argc, char *argv[])
{
	static const struct option options[] = { TOOL_OPTIONS, { NULL, 0, NULL, 0 } };
	int c, status;

	while ((c = getopt_long(argc, argv, TOOL_SHORT_OPTIONS, options, NULL)) != -1)
		if ((status = tool_option(tool, &command_doctor, c, optarg)) >= 0)
			return status;
	if (optind < argc)
		return tool_usage(&command_doctor, "what is \"%s\"?", argv[optind]);
	return examine(tool);
}

const struct command command_doctor = {
	.name = "doctor",
	.arguments = "[--json] [--quiet] [--remote NAME]",
	.summary = "Check this machine and say what to do about what is wrong",
	.help =
"      --json          one object, {\"problems\": NUMBER, \"warnings\": NUMBER,\n"
"                      \"findings\": [{\"check\", \"level\", \"text\", \"remedy\"}, ...]}\n"
"  -q, --quiet         only what is not well\n"
"  -r, --remote NAME   of the PipeWire to talk to\n"
"  -h, --help\n"
"\n"
"A line for each finding: ok, warning or problem, what it is about, what was\n"
"found and what to do. Nothing is changed. The exit status is 1 when there is a\n"
"problem.\n",
	.run = run,
};
