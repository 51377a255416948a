/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <ftw.h>
#include <stdarg.h>
#include <unistd.h>

#include "module/util/conf.h"
#include "tests/unit/module/fixture.h"

static void set_env(const char *key, const char *base, const char *dir)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", base, dir);
	check_int(setenv(key, path, 1), 0);
}

void fixture_init(struct fixture *f)
{
	*f = (struct fixture) { .base = "/tmp/onvif-settings-XXXXXX" };
	check(mkdtemp(f->base) != NULL);
	snprintf(f->etc, sizeof(f->etc), "%s/etc", f->base);
	snprintf(f->share, sizeof(f->share), "%s/share", f->base);
	snprintf(f->our_share, sizeof(f->our_share), "%s/local", f->base);
	unsetenv("PIPEWIRE_CONFIG_DIR");
	set_env("HOME", f->base, "home");
	set_env("XDG_CONFIG_HOME", f->base, "config");
	set_env("XDG_STATE_HOME", f->base, "state");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void fixture_clear(struct fixture *f)
{
	settings_free(f->s);
	f->s = NULL;
	nftw(f->base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void fixture_write(struct fixture *f, const char *path, const char *text)
{
	char full[192];

	snprintf(full, sizeof(full), "%s/%s", f->base, path);
	check_int(conf_write_file(full, 0600, text, strlen(text)), 0);
}

static void on_message(void *data, const char *text)
{
	struct fixture *f = data;
	size_t n = strlen(f->base);

	check(f->n_messages < SPA_N_ELEMENTS(f->messages));
	if (strncmp(text, f->base, n) == 0 && text[n] == '/')
		text += n + 1;
	snprintf(f->messages[f->n_messages++], sizeof(f->messages[0]), "%s", text);
}

void fixture_load(struct fixture *f, const char *args, const char *config_name)
{
	struct settings_dirs dirs = { .etc = f->etc, .share = { f->share, f->our_share } };

	settings_free(f->s);
	f->s = NULL;
	f->n_messages = 0;
	check_int(settings_new_in(&dirs, args, config_name, on_message, f, &f->s), 0);
}

void fixture_load_text(struct fixture *f, const char *text)
{
	fixture_write(f, FILE_U, text);
	fixture_load(f, NULL, NULL);
}

const char *fixture_camera(struct fixture *f, uint32_t i, const char *key)
{
	check(i < f->s->n_cameras);
	return pw_properties_get(f->s->cameras[i], key);
}

struct pw_properties *fixture_props(struct fixture *f, const struct spa_dict *entry, ...)
{
	struct pw_properties *facts = pw_properties_new(NULL, NULL), *props;
	const char *key;
	va_list args;

	va_start(args, entry);
	while ((key = va_arg(args, const char *)) != NULL)
		pw_properties_set(facts, key, va_arg(args, const char *));
	va_end(args);
	props = settings_camera_props(f->s, &facts->dict, entry);
	check(props != NULL);
	pw_properties_free(facts);
	return props;
}
