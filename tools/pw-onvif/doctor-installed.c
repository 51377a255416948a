/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spa/utils/string.h>

#include "module/util/str.h"
#include "tools/pw-onvif/doctor.h"

/*
 * Module and codec, looked for where libpipewire does: it says "No such file or directory" when
 * a library is there but one that it needs is not.
 */

#define MAX_DEPTH	8u	/* as libpipewire goes down */

static bool find_file(const char *dir, const char *name, uint32_t depth, char path[PATH_MAX])
{
	struct dirent *entry;
	bool found = false;
	DIR *d;

	if (snprintf(path, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		return false;
	if (access(path, R_OK) == 0)
		return true;
	if (depth == 0 || (d = opendir(dir)) == NULL)
		return false;
	while (!found && (entry = readdir(d))) {
		char sub[PATH_MAX];

		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    snprintf(sub, sizeof(sub), "%s/%s", dir, entry->d_name) < PATH_MAX)
			found = find_file(sub, name, depth - 1, path);
	}
	closedir(d);
	return found;
}

static bool find_in_list(const char *list, const char *name, uint32_t depth, char path[PATH_MAX])
{
	struct str rest = str_from(list), part;
	char dir[PATH_MAX];

	while (str_token(&rest, ":", &part) == 0)
		if (str_copy(part, dir, sizeof(dir)) == 0 && find_file(dir, name, depth, path))
			return true;
	return false;
}

static void check_loads(struct doctor *d, const char *check, const char *path, const char *symbol)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	/* dlerror() begins with the path where it is to blame */
	if (handle == NULL)
		doctor_say(d, DOCTOR_PROBLEM, check, "Install what is missing, or this package again",
				"It cannot be loaded: %s", dlerror());
	else if (dlsym(handle, symbol) == NULL)
		doctor_say(d, DOCTOR_PROBLEM, check, "Install this package again",
				"%s is something else", path);
	else
		doctor_say(d, DOCTOR_OK, check, NULL, "%s", path);
	if (handle)
		dlclose(handle);
}

static void check_library(struct doctor *d, const char *check, const char *variable,
		const char *built_in, const char *name, uint32_t depth, const char *symbol)
{
	const char *env = getenv(variable), *list = env ? env : built_in;
	char path[PATH_MAX], remedy[512];

	if (find_in_list(list, name, depth, path)) {
		check_loads(d, check, path, symbol);
		return;
	}
	if (env)
		snprintf(remedy, sizeof(remedy), "Unset %s, or add the directory where it was installed", variable);
	else
		snprintf(remedy, sizeof(remedy), "Install it there, or set %s for PipeWire, too", variable);
	doctor_say(d, DOCTOR_PROBLEM, check, remedy, "%s is not where PipeWire looks: %s", name, list);
}

void doctor_check_installed(struct doctor *d)
{
	check_library(d, "module", "PIPEWIRE_MODULE_DIR", BUILT_IN_MODULE_DIR,
			"libpipewire-module-onvif.so", MAX_DEPTH, "pipewire__module_init");
	check_library(d, "codec", "SPA_PLUGIN_DIR", BUILT_IN_PLUGIN_DIR,
			"onvif/libspa-codec-onvif-g711.so", 0, "spa_handle_factory_enum");
}
