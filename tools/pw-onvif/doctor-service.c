/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/string.h>

#include "tools/pw-onvif/doctor.h"
#include "tools/pw-onvif/out.h"
#include "tools/pw-onvif/service.h"

#define TIMEOUT_MS	3000u
#define UNIT		"pipewire-onvif.service"
#define LOG		"journalctl --user -u " UNIT

/* ---- why it does not run ---- */

static bool has_line(const char *text, const char *line)
{
	struct str rest = str_from(text), l;

	while (str_token(&rest, "\n", &l) == 0)
		if (str_eq(l, str_from(line)))
			return true;
	return false;
}

static void say_unit(struct doctor *d)
{
	static const char * const argv[] = { "systemctl", "--user", "show", "-p", "LoadState", "-p",
		"ActiveState", "-p", "UnitFileState", UNIT, NULL };
	char text[1024];

	if (doctor_run(argv, text, sizeof(text)) != 0)
		doctor_say(d, DOCTOR_PROBLEM, "service", "Start it in your session: "
				"systemctl --user enable --now " UNIT ", or without systemd "
				"`pipewire -c pipewire-onvif.conf`", "It does not run");
	else if (has_line(text, "LoadState=not-found"))
		doctor_say(d, DOCTOR_PROBLEM, "service", "Install this package again, then run "
				"`systemctl --user daemon-reload` and `systemctl --user enable --now " UNIT "`",
				"The unit " UNIT " is not installed where systemd looks");
	else if (has_line(text, "ActiveState=failed"))
		doctor_say(d, DOCTOR_PROBLEM, "service", "Its log says why: " LOG,
				"The unit " UNIT " ended with an error");
	else if (has_line(text, "ActiveState=active"))
		doctor_say(d, DOCTOR_PROBLEM, "service", "Its log says why: " LOG,
				"The unit " UNIT " is active, but nothing of it is seen in this PipeWire");
	else if (has_line(text, "LoadState=masked"))
		doctor_say(d, DOCTOR_PROBLEM, "service", "Run `systemctl --user unmask " UNIT "`, then "
				"`systemctl --user enable --now " UNIT "`", "The unit " UNIT " is masked");
	else
		doctor_say(d, DOCTOR_PROBLEM, "service", "Start it: systemctl --user enable --now " UNIT,
				"It does not run%s", has_line(text, "UnitFileState=enabled") ?
				", though it is enabled" : "");
}

/* ---- its cameras ---- */

static enum doctor_level state_level(const char *state)
{
	if (spa_streq(state, "offline") || spa_streq(state, "login-required") || spa_streq(state, "rejected"))
		return DOCTOR_PROBLEM;
	if (spa_streq(state, "busy") || spa_streq(state, "unsupported"))
		return DOCTOR_WARNING;
	return DOCTOR_OK;
}

static void format_remedy(const struct service_camera *c, char *dst, size_t size)
{
	char target[2 * LIMIT_ID_LEN];

	out_shell_word(c->address[0] ? c->address : c->name[0] ? c->name : c->id, target, sizeof(target));
	/* the service may have said it already */
	if (strstr(c->error, "pw-onvif "))
		dst[0] = '\0';
	else if (spa_streq(c->state, "login-required"))
		snprintf(dst, size, "Run `pw-onvif login %s`", target);
	else if (spa_streq(c->state, "offline"))
		snprintf(dst, size, "Check its power and network, then run `pw-onvif probe %s`", target);
	else if (spa_streq(c->state, "busy"))
		snprintf(dst, size, "End the other client that speaks, often the maker's app");
	else if (spa_streq(c->state, "unsupported"))
		snprintf(dst, size, "If it has a speaker, run `pw-onvif probe %s` to see what it offers", target);
	else if (spa_streq(c->state, "rejected"))
		snprintf(dst, size, "Run `pw-onvif probe %s` to see what it refuses", target);
	else
		dst[0] = '\0';
}

static void say_camera(struct doctor *d, const struct service_camera *c)
{
	const char *name = c->name[0] ? c->name : c->id;
	enum doctor_level level = state_level(c->state);
	char remedy[512];

	format_remedy(c, remedy, sizeof(remedy));
	doctor_say(d, level, "camera", remedy, "%s%s%s%s is %s%s%s", name, c->address[0] ? " (" : "",
			c->address, c->address[0] ? ")" : "", c->state[0] ? c->state : "in an unknown state",
			c->error[0] ? ": " : "", c->error);
}

static void say_cameras(struct doctor *d, const struct service_camera *cameras, uint32_t n)
{
	doctor_say(d, DOCTOR_OK, "service", NULL, "It runs, cameras known: %u", n);
	if (n == 0)
		doctor_say(d, DOCTOR_WARNING, "camera", "Look above for what keeps cameras from answering; one "
				"that cannot be discovered is configured by its address (onvif.cameras)",
				"The service knows none");
	for (uint32_t i = 0; i < n; i++)
		say_camera(d, &cameras[i]);
}

void doctor_check_service(struct doctor *d)
{
	struct service_camera *cameras = NULL;
	uint32_t n = 0;
	int res;

	res = service_snapshot(d->tool->main_loop, d->tool->remote, TIMEOUT_MS, &cameras, &n);
	if (res == -ENOENT)
		say_unit(d);
	else if (res == -ETIMEDOUT)
		doctor_say(d, DOCTOR_PROBLEM, "service", "Restart it: systemctl --user restart " UNIT,
				"It does not answer");
	else if (res < 0)
		doctor_say(d, DOCTOR_WARNING, "service", "Mend that first", "It cannot be asked: %s",
				service_strerror(res));
	else
		say_cameras(d, cameras, n);
	free(cameras);
}
