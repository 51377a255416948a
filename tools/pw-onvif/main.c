/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <getopt.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <spa/utils/defs.h>
#include <spa/utils/string.h>

#include "tools/pw-onvif/tool.h"

static const struct command * const commands[] = {
	&command_list,
	&command_probe,
	&command_login,
	&command_logout,
	&command_say,
	&command_doctor,
};

void tool_error(const char *fmt, ...)
{
	va_list args;

	fputs("pw-onvif: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

int tool_usage(const struct command *command, const char *fmt, ...)
{
	va_list args;

	fputs("pw-onvif: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, " (see pw-onvif %s%s--help)\n", command ? command->name : "",
			command ? " " : "");
	return TOOL_USAGE;
}

void tool_keep_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int help(const struct command *command)
{
	if (command) {
		printf("Usage: pw-onvif %s %s\n%s.\n\n%s", command->name, command->arguments,
				command->summary, command->help);
		return TOOL_OK;
	}
	printf("Usage: pw-onvif COMMAND [ARGUMENT...]\n"
		"Loudspeakers of ONVIF cameras: see, try, log in, understand.\n\n");
	for (size_t i = 0; i < SPA_N_ELEMENTS(commands); i++)
		printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
	printf("\nEvery command knows --json, --quiet, --remote NAME (of the PipeWire to talk to)\n"
		"and --help.\n");
	return TOOL_OK;
}

int tool_option(struct tool *tool, const struct command *command, int option, const char *argument)
{
	switch (option) {
	case 'J':
		tool->json = true;
		return -1;
	case 'q':
		tool->quiet = true;
		return -1;
	case 'r':
		tool->remote = argument;
		return -1;
	case 'h':
		return help(command);
	default:
		/* getopt_long() said what is wrong */
		return TOOL_USAGE;
	}
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(commands); i++)
		if (spa_streq(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static bool wants_color(void)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
		!spa_streq(term, "dumb");
}

static int run(const struct command *command, int argc, char *argv[])
{
	struct tool tool = { .color = wants_color(), .terminal = isatty(STDERR_FILENO) };
	/* passwords, typed or read, are in no core dump */
	const struct rlimit none = { 0, 0 };
	int status;

	setrlimit(RLIMIT_CORE, &none);
	pw_init(NULL, NULL);
	/* (its logger buffers lines: progress, which is no whole line, would come at the end) */
	setvbuf(stderr, NULL, _IONBF, 0);
	tool.main_loop = pw_main_loop_new(NULL);
	if (tool.main_loop == NULL) {
		tool_error("out of memory");
		return TOOL_FAILED;
	}
	tool.loop = pw_main_loop_get_loop(tool.main_loop);
	status = command->run(&tool, argc, argv);
	pw_main_loop_destroy(tool.main_loop);
	pw_deinit();
	if (fflush(stdout) != 0 && status == TOOL_OK)
		status = TOOL_FAILED;
	return status;
}

int main(int argc, char *argv[])
{
	const struct command *command;

	setlocale(LC_ALL, "");
	if (argc < 2)
		return help(NULL) == TOOL_OK ? TOOL_USAGE : TOOL_FAILED;
	if (spa_streq(argv[1], "--help") || spa_streq(argv[1], "-h") || spa_streq(argv[1], "help"))
		return help(argc > 2 ? find_command(argv[2]) : NULL);
	if (spa_streq(argv[1], "--version")) {
		printf("pw-onvif %s\nCompiled with libpipewire %s\nLinked with libpipewire %s\n",
			PACKAGE_VERSION, pw_get_headers_version(), pw_get_library_version());
		return TOOL_OK;
	}
	if ((command = find_command(argv[1])) == NULL)
		return tool_usage(NULL, "there is no command \"%s\"", argv[1]);
	return run(command, argc - 1, argv + 1);
}
