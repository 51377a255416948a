/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_H
#define ONVIF_TOOL_H

#include <stdbool.h>

#include <pipewire/pipewire.h>

/* What the commands of pw-onvif share. One thread. */

/* Exit statuses: part of the interface, listed in pw-onvif(1) */
enum tool_status {
	TOOL_OK = 0,
	TOOL_FAILED = 1,	/* something is wrong, and was said */
	TOOL_USAGE = 2,		/* the command line is */
	TOOL_NOT_FOUND = 3,	/* no such camera, or it cannot be reached */
	TOOL_LOGIN = 4,		/* it wants user and password, or refused them */
	TOOL_BUSY = 5,		/* its speaker is in use */
	TOOL_UNSUPPORTED = 6,	/* it has no speaker that can be used */
	TOOL_INTERRUPTED = 130,
};

struct tool {
	struct pw_main_loop *main_loop;
	struct pw_loop *loop;
	const char *remote;	/* --remote, or NULL */
	bool json;		/* --json: one JSON document (a line each with --watch), nothing else */
	bool color;		/* standard output is a terminal, NO_COLOR is not set, TERM is not dumb */
	bool terminal;		/* standard error is one: progress may be shown there */
	bool quiet;
};

struct command {
	const char *name;
	const char *arguments;	/* for the usage line */
	const char *summary;
	const char *help;	/* its options and what else is to be known; fits a screen */
	/** argv[0] is the command's name. \return an enum tool_status */
	int (*run)(struct tool *tool, int argc, char *argv[]);
};

extern const struct command command_list, command_probe, command_login, command_logout,
	command_say, command_doctor;

/** Says what is wrong with the command line, on standard error. \return TOOL_USAGE */
int tool_usage(const struct command *command, const char *fmt, ...) SPA_PRINTF_FUNC(2, 3);
/** "pw-onvif: ...", on standard error */
void tool_error(const char *fmt, ...) SPA_PRINTF_FUNC(1, 2);

/** SIGINT and SIGTERM are for pw_loop_add_signal() from now on: threads that are begun later,
 * by PipeWire, would else take them, and end us. */
void tool_keep_signals(void);

/** Options that every command knows (--json, --quiet, --remote NAME, --help): to be put into its
 * own array for getopt_long(). */
#define TOOL_OPTIONS							\
	{ "json", no_argument, NULL, 'J' },				\
	{ "quiet", no_argument, NULL, 'q' },				\
	{ "remote", required_argument, NULL, 'r' },			\
	{ "help", no_argument, NULL, 'h' }
#define TOOL_SHORT_OPTIONS	"qr:h"
/** What getopt_long() found and the command does not know itself. \return < 0: go on; else the
 * status to end with */
int tool_option(struct tool *tool, const struct command *command, int option, const char *argument);

#endif /* ONVIF_TOOL_H */
