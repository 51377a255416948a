/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include <pipewire/pipewire.h>

#include "module/settings-private.h"
#include "module/util/conf.h"

/*
 * The files are found here and not by pw_conf_load_conf(): that merges all of them
 * before anybody can say which file a mistake is in, a missing bracket in one
 * swallows what is in the next, and on 0.3.65 the shipped fragments come last and
 * beat the user's. The places are the ones that it looks in.
 */

#define MAX_LEVELS	4

/* weakest first */
struct levels {
	char *dir[MAX_LEVELS];
	uint32_t n;
};

static char *home_dir(void)
{
	char buffer[4096];
	struct passwd pwd, *result = NULL;
	const char *dir = getenv("HOME");

	if (dir && dir[0])
		return strdup(dir);
	if (getpwuid_r(getuid(), &pwd, buffer, sizeof(buffer), &result) == 0 && result)
		return strdup(result->pw_dir);
	return strdup("");
}

char *settings_home_path(const char *xdg, const char *fallback, const char *name)
{
	const char *dir = getenv(xdg);
	char *home, *path = NULL;

	if (dir && dir[0])
		return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
	if ((home = home_dir()) == NULL || home[0] == '\0')
		return home;
	if (asprintf(&path, "%s/%s%s%s", home, fallback, fallback[0] ? "/" : "", name) < 0)
		path = NULL;
	free(home);
	return path;
}

static int add_level(struct levels *l, char *dir)
{
	if (dir == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < l->n; i++) {
		if (spa_streq(l->dir[i], dir)) {
			free(dir);
			return 0;
		}
	}
	if (dir[0] == '\0' || l->n == MAX_LEVELS)
		free(dir);
	else
		l->dir[l->n++] = dir;
	return 0;
}

static int find_levels(const struct settings_dirs *dirs, struct levels *l)
{
	const char *env = getenv("PIPEWIRE_CONFIG_DIR");
	bool no_config = pw_check_option("no-config", "true");
	int res = 0;

	if (env && !no_config)
		return add_level(l, strdup(env));
	for (size_t i = 0; i < SPA_N_ELEMENTS(dirs->share) && res == 0; i++)
		res = add_level(l, strdup(dirs->share[i]));
	if (res == 0 && !no_config)
		res = add_level(l, strdup(dirs->etc));
	if (res == 0 && !no_config)
		res = add_level(l, settings_home_path("XDG_CONFIG_HOME", ".config", "pipewire"));
	return res;
}

static void clear_levels(struct levels *l)
{
	while (l->n > 0)
		free(l->dir[--l->n]);
}

/* \return false when there is no such file */
static bool read_path(struct settings_build *b, const char *path, bool only_ours)
{
	char *data = NULL;
	size_t size;
	int res;

	if ((res = conf_read_file(path, &data, &size)) == -ENOENT || res == -ENOTDIR)
		return false;
	if (res == -ENOMEM)
		b->error = res;
	else if (res == -E2BIG)
		settings_say(b, path, 0, "longer than %u bytes: not read", LIMIT_CONF_LEN);
	else if (res == -EINVAL)
		settings_say(b, path, 0, "not a file: not read");
	else if (res < 0)
		settings_say(b, path, 0, "cannot be read: %s", spa_strerror(res));
	else if (only_ours && !settings_concerns_us(data, size))
		res = -ENOENT;
	else
		settings_read_text(b, path, data, size, false);
	free(data);
	return res != -ENOENT;
}

static int is_fragment(const struct dirent *d)
{
	return d->d_name[0] != '.' && spa_strendswith(d->d_name, ".conf");
}

/* not alphasort(): the order must not depend on the user's language */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_fragments(struct settings_build *b, const char *dir)
{
	struct dirent **names = NULL;
	char path[PATH_MAX];
	int n, len;

	if ((n = scandir(dir, &names, is_fragment, by_name)) < 0) {
		if (errno == ENOMEM)
			b->error = -ENOMEM;
		else if (errno != ENOENT && errno != ENOTDIR)
			settings_say(b, dir, 0, "cannot be read: %s", spa_strerror(-errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		len = snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		if (len > 0 && (size_t)len < sizeof(path))
			read_path(b, path, false);
		free(names[i]);
	}
	free(names);
}

/* The process of our own looks for cameras because its file says so. A daemon, or
 * pw-cli, that loads the module beside it reads the file, too, but would only find
 * the same cameras again. */
static void read_base(struct settings_build *b, const struct levels *l, const char *config_name)
{
	char path[PATH_MAX];

	b->no_discovery = !spa_streq(config_name, SETTINGS_FILE);
	for (uint32_t i = l->n; i > 0; i--) {
		snprintf(path, sizeof(path), "%s/" SETTINGS_FILE, l->dir[i - 1]);
		if (read_path(b, path, false))
			break;
	}
	b->no_discovery = false;
}

void settings_read_files(struct settings_build *b, const struct settings_dirs *dirs,
		const char *config_name)
{
	struct levels l = { 0 };
	char path[PATH_MAX];

	/* As PipeWire does it: a path means this file, and fragments beside it. */
	if (config_name && config_name[0] == '/' && read_path(b, config_name, true)) {
		snprintf(path, sizeof(path), "%s.d", config_name);
		read_fragments(b, path);
		return;
	}
	if (find_levels(dirs, &l) < 0)
		b->error = -ENOMEM;
	read_base(b, &l, config_name);
	for (uint32_t i = 0; i < l.n; i++) {
		snprintf(path, sizeof(path), "%s/" SETTINGS_FILE ".d", l.dir[i]);
		read_fragments(b, path);
	}
	clear_levels(&l);
}
