/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_DOCTOR_H
#define ONVIF_TOOL_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "module/settings.h"
#include "module/util/buf.h"
#include "tools/pw-onvif/tool.h"

/* What the checks of `pw-onvif doctor` share. A check looks and says; it mends nothing. */

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARNING,		/* may be meant so, or hinders somebody only */
	DOCTOR_PROBLEM,		/* something does not work */
};

struct doctor {
	struct tool *tool;
	struct settings *settings;	/* NULL: no memory for them */
	struct buf json;		/* the findings so far, with --json */
	uint32_t n_problems, n_warnings;
};

/** Tells a finding. remedy: a sentence that says what to do, without the full stop; NULL: for
 * what is well. What is told is made fit to be shown. */
void doctor_say(struct doctor *d, enum doctor_level level, const char *check, const char *remedy,
		const char *fmt, ...) SPA_PRINTF_FUNC(5, 6);

void doctor_check_pipewire(struct doctor *d);	/* it and its session manager */
void doctor_check_installed(struct doctor *d);	/* module, codec */
void doctor_check_settings(struct doctor *d);	/* reads them for the others */
void doctor_check_credentials(struct doctor *d);
void doctor_check_facts(struct doctor *d);
void doctor_check_network(struct doctor *d);
void doctor_check_firewall(struct doctor *d);
void doctor_check_service(struct doctor *d);	/* and its cameras */

/** Runs a program of the system's and takes what it prints on standard output, cut to size - 1
 * bytes; its standard error goes nowhere.
 * \return its exit status, -ENOENT: there is none, -ETIMEDOUT (then it was ended), -errno */
int doctor_run(const char * const argv[], char *dst, size_t size);

#endif /* ONVIF_TOOL_DOCTOR_H */
