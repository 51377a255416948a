/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spa/utils/result.h>

#include "module/auth/credentials.h"
#include "module/auth/facts-file.h"
#include "module/util/conf.h"
#include "tools/pw-onvif/doctor.h"

/* The files that we read and write. Never says a word of what credentials hold. */

#define RESTART	"restart the service: systemctl --user restart pipewire-onvif.service"

static void on_mistake(void *data, const char *text)
{
	doctor_say(data, DOCTOR_PROBLEM, "settings", "Correct it, then " RESTART, "%s", text);
}

void doctor_check_settings(struct doctor *d)
{
	uint32_t problems = d->n_problems;
	int res;

	if ((res = settings_new(NULL, "pipewire-onvif.conf", on_mistake, d, &d->settings)) < 0) {
		doctor_say(d, DOCTOR_PROBLEM, "settings", "Free some memory", "They cannot be read: %s",
				spa_strerror(res));
		return;
	}
	if (!d->settings->discovery && d->settings->n_cameras == 0)
		doctor_say(d, DOCTOR_WARNING, "settings", "Install the shipped pipewire-onvif.conf, or say "
				"onvif.discovery = true in onvif.properties of a file of yours in "
				"~/.config/pipewire/pipewire-onvif.conf.d",
				"No camera is configured, and none is looked for");
	else if (d->n_problems == problems)
		doctor_say(d, DOCTOR_OK, "settings", NULL, "Discovery is %s, cameras configured: %u",
				d->settings->discovery ? "on" : "off", d->settings->n_cameras);
}

/* \return whether there is a file to look into */
static bool check_owner(struct doctor *d, const char *check, const char *path)
{
	char remedy[512];
	struct stat st;

	if (stat(path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			doctor_say(d, DOCTOR_PROBLEM, check, "Let your user read the directories above it",
					"%s cannot be examined: %s", path, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(remedy, sizeof(remedy), "Move it away: mv %s %s.old", path, path);
		doctor_say(d, DOCTOR_PROBLEM, check, remedy, "%s is no regular file", path);
		return false;
	}
	if (st.st_uid != geteuid()) {
		snprintf(remedy, sizeof(remedy), "Run `chown %u %s` as root", (unsigned)geteuid(), path);
		doctor_say(d, DOCTOR_PROBLEM, check, remedy, "%s belongs to another user", path);
	}
	if ((st.st_mode & 077) != 0) {
		snprintf(remedy, sizeof(remedy), "Run `chmod 600 %s`", path);
		doctor_say(d, DOCTOR_PROBLEM, check, remedy, "%s can be read or written by others (mode %04o)",
				path, (unsigned)(st.st_mode & 07777));
	}
	return true;
}

static void check_credentials_text(struct doctor *d, const char *path, const char *data, size_t size)
{
	struct conf_error error = { 0 };
	int res = credentials_check(path, data, size, &error);

	if (res >= 0)
		doctor_say(d, DOCTOR_OK, "credentials", NULL, "%s, logins: %d", path, res);
	else
		doctor_say(d, DOCTOR_PROBLEM, "credentials", "Correct it: until then the logins that were "
				"read before stay in force, and after a restart there are none",
				"%s:%u: %s", path, error.line, error.message[0] ? error.message : spa_strerror(res));
}

/* As who writes it locks it: then the new file is not left over but under way. */
static bool is_being_written(const char *path)
{
	char dir[PATH_MAX];
	bool busy;
	int fd;

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path) + 1, path);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return false;
	busy = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return busy;
}

/* Passwords that `logout` would not know of. (The next login takes its place.) */
static void check_left_over(struct doctor *d, const char *path)
{
	char *target = realpath(path, NULL), new[PATH_MAX], remedy[PATH_MAX + 16];
	int len = snprintf(new, sizeof(new), "%s.new", target ? target : path);

	free(target);
	if (len < 0 || (size_t)len >= sizeof(new) || new[0] != '/' || access(new, F_OK) < 0 || is_being_written(new))
		return;
	snprintf(remedy, sizeof(remedy), "Remove it: rm %s", new);
	doctor_say(d, DOCTOR_WARNING, "credentials", remedy, "%s was left behind when writing the file was cut off: it "
			"holds passwords, and nobody reads it", new);
}

void doctor_check_credentials(struct doctor *d)
{
	const char *path = d->settings ? d->settings->credentials_path : "";
	uint32_t problems = d->n_problems;
	char *data;
	size_t size;
	int res;

	if (path[0])
		check_left_over(d, path);
	if (path[0] == '\0' || !check_owner(d, "credentials", path)) {
		if (d->n_problems == problems)
			doctor_say(d, DOCTOR_OK, "credentials", NULL, "There are none%s%s",
					path[0] ? " in " : "", path);
		return;
	}
	if ((res = conf_read_file(path, &data, &size)) < 0) {
		doctor_say(d, DOCTOR_PROBLEM, "credentials", "Let your user read it, and make it a short file",
				"%s cannot be read: %s", path, spa_strerror(res));
		return;
	}
	check_credentials_text(d, path, data, size);
	explicit_bzero(data, size);
	free(data);
}

static void check_facts_text(struct doctor *d, const char *path, const char *data, size_t size)
{
	struct facts_table table;
	int res;

	facts_table_init(&table);
	res = facts_table_parse(&table, data, size);
	if (res < 0)
		doctor_say(d, DOCTOR_WARNING, "learned-facts", "Leave it: the service puts it aside and learns anew; "
				"certificates of cameras are then trusted as if seen for the first time",
				"%s cannot be understood", path);
	else
		doctor_say(d, DOCTOR_OK, "learned-facts", NULL, "%s, cameras: %u", path, table.n_cameras);
	facts_table_clear(&table);
}

void doctor_check_facts(struct doctor *d)
{
	const char *path = d->settings ? d->settings->state_path : "";
	uint32_t problems = d->n_problems;
	char *data;
	size_t size;
	int res;

	if (path[0] == '\0') {
		doctor_say(d, DOCTOR_WARNING, "learned-facts", "Set HOME or XDG_STATE_HOME",
				"There is no home directory to keep them in");
	} else if (!check_owner(d, "learned-facts", path)) {
		if (d->n_problems == problems)
			doctor_say(d, DOCTOR_OK, "learned-facts", NULL, "There are none yet in %s", path);
	} else if ((res = conf_read_file(path, &data, &size)) < 0) {
		doctor_say(d, DOCTOR_PROBLEM, "learned-facts", "Let your user read and write it",
				"%s cannot be read: %s", path, spa_strerror(res));
	} else {
		check_facts_text(d, path, data, size);
		explicit_bzero(data, size);
		free(data);
	}
}
