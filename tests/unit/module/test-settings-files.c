/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <sys/stat.h>
#include <unistd.h>

#include <pipewire/pipewire.h>

#include "tests/unit/module/fixture.h"

#define MAX(n)	"onvif.properties = { onvif.max-cameras = " #n " }\n"
#define CAM(id)	"onvif.cameras = [ { onvif.id = " #id " } ]\n"

static void nothing_configured(void)
{
	struct fixture f;
	char path[128];

	fixture_init(&f);
	fixture_load(&f, NULL, NULL);
	check_int(f.n_messages, 0);
	check(!f.s->discovery && f.s->interfaces == NULL);
	check_int(f.s->probe_interval_ms, 60000);
	check_int(f.s->max_cameras, 128);
	check_int(f.s->expire_s, 86400);
	check_int(f.s->n_cameras, 0);
	snprintf(path, sizeof(path), "%s/config/pipewire/onvif-credentials.conf", f.base);
	check_str(f.s->credentials_path, path);
	snprintf(path, sizeof(path), "%s/state/pipewire/onvif-state.conf", f.base);
	check_str(f.s->state_path, path);

	/* without XDG directories: below the home */
	unsetenv("XDG_CONFIG_HOME");
	setenv("XDG_STATE_HOME", "", 1);
	fixture_write(&f, "home/.config/pipewire/pipewire-onvif.conf.d/a.conf", MAX(5));
	fixture_load(&f, "{ onvif.credentials = \"~/secrets\" }", NULL);
	check_int(f.s->max_cameras, 5);
	snprintf(path, sizeof(path), "%s/home/secrets", f.base);
	check_str(f.s->credentials_path, path);
	snprintf(path, sizeof(path), "%s/home/.local/state/pipewire/onvif-state.conf", f.base);
	check_str(f.s->state_path, path);
	fixture_load(&f, "{ onvif.credentials = secrets }", NULL);
	check_str(f.messages[0], "module arguments:1: `onvif.credentials`: a path that begins with / or ~/");
	fixture_clear(&f);
}

/* each level beats the one before, although its file names sort the other way */
static void order_of_levels(void)
{
	static const char * const files[] = {
		USER "pipewire-onvif.conf",
		"share/pipewire-onvif.conf.d/90-a.conf",
		"local/pipewire-onvif.conf.d/80-a.conf",
		"etc/pipewire-onvif.conf.d/70-a.conf",
		USER_D "10-a.conf",
		USER_D "20-a.conf",
	};
	struct fixture f;
	char text[512];

	fixture_init(&f);
	for (uint32_t i = 0; i < SPA_N_ELEMENTS(files); i++) {
		snprintf(text, sizeof(text), "onvif.properties = { onvif.max-cameras = %u }\n"
				"onvif.cameras = [ { onvif.id = all onvif.name = n%u } { onvif.id = c%u } ]\n"
				"onvif.rules = [ { matches = [ { onvif.model = x } ] "
				"actions = { update-props = { rtp.ptime = %u } } } ]\n", i + 1, i, i, 20 + i);
		fixture_write(&f, files[i], text);
		fixture_load(&f, NULL, NULL);
		check_int(f.n_messages, 0);
		check_int(f.s->max_cameras, i + 1);
		check_int(f.s->n_cameras, i + 2);
		snprintf(text, sizeof(text), "n%u", i);
		check_str(fixture_camera(&f, 0, "onvif.name"), text);
		snprintf(text, sizeof(text), "c%u", i);
		check_str(fixture_camera(&f, i + 1, "onvif.id"), text);
		struct pw_properties *props = fixture_props(&f, NULL, "onvif.model", "x", NULL);
		snprintf(text, sizeof(text), "%u", 20 + i);
		check_str(pw_properties_get(props, "rtp.ptime"), text);
		pw_properties_free(props);
	}
	fixture_load(&f, "{ onvif.max-cameras = 100 onvif.cameras = [ { onvif.id = all onvif.name = args } ] }",
			NULL);
	check_int(f.s->max_cameras, 100);
	check_str(fixture_camera(&f, 0, "onvif.name"), "args");
	fixture_clear(&f);
}

/* only the nearest base file is read, as PipeWire does it */
static void one_base_file(void)
{
	struct fixture f;

	fixture_init(&f);
	fixture_write(&f, "share/pipewire-onvif.conf", MAX(1) CAM(share));
	fixture_load(&f, NULL, NULL);
	check_int(f.s->max_cameras, 1);
	fixture_write(&f, "etc/pipewire-onvif.conf", MAX(2) CAM(etc));
	fixture_load(&f, NULL, NULL);
	check_int(f.s->max_cameras, 2);
	fixture_write(&f, USER "pipewire-onvif.conf", MAX(3) CAM(user));
	fixture_load(&f, NULL, NULL);
	check_int(f.s->max_cameras, 3);
	check_int(f.s->n_cameras, 1);
	check_str(fixture_camera(&f, 0, "onvif.id"), "user");
	fixture_clear(&f);
}

static void config_dir_replaces_all(void)
{
	struct fixture f;
	char path[128];

	fixture_init(&f);
	fixture_write(&f, "share/pipewire-onvif.conf", MAX(1));
	fixture_write(&f, USER_D "a.conf", CAM(user));
	fixture_write(&f, "other/pipewire-onvif.conf", MAX(4));
	fixture_write(&f, "other/pipewire-onvif.conf.d/a.conf", CAM(other));
	snprintf(path, sizeof(path), "%s/other", f.base);
	setenv("PIPEWIRE_CONFIG_DIR", path, 1);
	fixture_load(&f, NULL, NULL);
	check_int(f.s->max_cameras, 4);
	check_int(f.s->n_cameras, 1);
	check_str(fixture_camera(&f, 0, "onvif.id"), "other");
	/* no such directory: nothing, not the others */
	setenv("PIPEWIRE_CONFIG_DIR", "/nowhere", 1);
	fixture_load(&f, NULL, NULL);
	check_int(f.s->max_cameras, 128);
	check_int(f.n_messages, 0);
	fixture_clear(&f);
}

/* own process, daemon and pw-cli: the same files, whatever the host reads */
static void three_modes(void)
{
	static const char * const hosts[] = { "pipewire-onvif.conf", "pipewire.conf", "client.conf", NULL };
	struct fixture f;

	fixture_init(&f);
	fixture_write(&f, "share/pipewire-onvif.conf", MAX(9) CAM(share));
	fixture_write(&f, USER_D "a.conf", CAM(user));
	fixture_write(&f, USER "pipewire.conf", MAX(1) CAM(daemon));
	fixture_write(&f, USER "client.conf", MAX(2) CAM(client));
	for (size_t i = 0; i < SPA_N_ELEMENTS(hosts); i++) {
		fixture_load(&f, "{ onvif.cameras = [ { onvif.id = args } ] }", hosts[i]);
		check_int(f.n_messages, 0);
		check_int(f.s->max_cameras, 9);
		check_int(f.s->n_cameras, 3);
		check_str(fixture_camera(&f, 0, "onvif.id"), "share");
		check_str(fixture_camera(&f, 1, "onvif.id"), "user");
		check_str(fixture_camera(&f, 2, "onvif.id"), "args");
	}
	fixture_clear(&f);
}

#define DISCOVERY(v)	"onvif.properties = { onvif.discovery = " #v " onvif.max-cameras = 7 }\n"

/* the shipped file's word on discovery is for the process that it describes */
static void discovery_in_base(void)
{
	static const char * const bases[] = { "share/", "etc/", USER };
	char path[128];
	struct fixture f;

	for (size_t i = 0; i < SPA_N_ELEMENTS(bases); i++) {
		fixture_init(&f);
		snprintf(path, sizeof(path), "%spipewire-onvif.conf", bases[i]);
		fixture_write(&f, path, DISCOVERY(true));
		fixture_load(&f, NULL, "pipewire-onvif.conf");
		check(f.s->discovery);
		fixture_load(&f, NULL, "pipewire.conf");
		check(!f.s->discovery);
		check_int(f.s->max_cameras, 7);
		fixture_load(&f, NULL, "/nowhere/pipewire-onvif.conf");
		check(!f.s->discovery);
		fixture_load(&f, NULL, NULL);
		check(!f.s->discovery);
		fixture_load(&f, "{ onvif.discovery = true }", "pipewire.conf");
		check(f.s->discovery);
		fixture_write(&f, FILE_U, DISCOVERY(true));
		fixture_load(&f, NULL, "pipewire.conf");
		check(f.s->discovery);
		fixture_write(&f, FILE_U, DISCOVERY(false));
		fixture_load(&f, NULL, "pipewire-onvif.conf");
		check(!f.s->discovery);
		check_int(f.n_messages, 0);
		fixture_clear(&f);
	}
	fixture_init(&f);
	fixture_write(&f, "my/own.conf", DISCOVERY(true));
	snprintf(path, sizeof(path), "%s/my/own.conf", f.base);
	fixture_load(&f, NULL, path);
	check(f.s->discovery);
	fixture_clear(&f);
}

/* pipewire -c /a/path.conf */
static void host_file_by_path(void)
{
	struct fixture f;
	char path[128];

	fixture_init(&f);
	fixture_write(&f, USER_D "a.conf", CAM(user));
	fixture_write(&f, "my/own.conf", "context.modules = [ ]\n" MAX(6));
	fixture_write(&f, "my/own.conf.d/a.conf", CAM(mine));
	snprintf(path, sizeof(path), "%s/my/own.conf", f.base);
	fixture_load(&f, NULL, path);
	check_int(f.s->max_cameras, 6);
	check_int(f.s->n_cameras, 1);
	check_str(fixture_camera(&f, 0, "onvif.id"), "mine");
	/* a daemon's own file says nothing of us, or is gone meanwhile */
	fixture_write(&f, "my/own.conf", "context.modules = [ ]\n");
	fixture_load(&f, NULL, path);
	check_str(fixture_camera(&f, 0, "onvif.id"), "user");
	fixture_load(&f, NULL, "/nowhere/x.conf");
	check_str(fixture_camera(&f, 0, "onvif.id"), "user");
	fixture_clear(&f);
}

static void arguments(void)
{
	struct fixture f;

	fixture_init(&f);
	fixture_write(&f, FILE_U, "onvif.properties = { onvif.discovery = true }\n");
	fixture_load(&f, "", NULL);
	check(f.s->discovery);
	fixture_load(&f, " onvif.discovery = false remote.name = other ", NULL);
	check(!f.s->discovery);
	check_int(f.n_messages, 0);
	fixture_load(&f, "{ onvif.properties = { onvif.discovery = false } }", NULL);
	check(!f.s->discovery);
	fixture_load(&f, "{ onvif.properties = { onvif.expire.s = 60 } onvif.expire.s = 61 }", NULL);
	check_int(f.s->expire_s, 61);
	fixture_load(&f, "{ onvif.discovery = null }", NULL);
	check(!f.s->discovery);
	fixture_load(&f, "{ rtp.ptim = 20\nrtp.ptime = 20\nonvif.kameras = [ ]\nonvif.discovery = 1 }", NULL);
	check_int(f.n_messages, 4);
	check_str(f.messages[0], "module arguments:1: unknown key `rtp.ptim`: did you mean `rtp.ptime`?");
	check_str(f.messages[1], "module arguments:2: `rtp.ptime` belongs into "
			"an entry of onvif.cameras or the update-props of a rule");
	check_str(f.messages[2], "module arguments:3: unknown key `onvif.kameras`: did you mean `onvif.cameras`?");
	check_str(f.messages[3], "module arguments:4: `onvif.discovery` = `1`: true or false");
	fixture_load(&f, "{ onvif.discovery = false", NULL);
	check_str(f.messages[0], "module arguments:1: this '{' is never closed. "
			"Nothing in the arguments is used");
	check(f.s->discovery);
	fixture_clear(&f);
}

/* PipeWire would read the next section as part of the open one, without a word */
static void missing_bracket_costs_one_file(void)
{
	struct fixture f;

	fixture_init(&f);
	fixture_write(&f, USER_D "10-open.conf", "onvif.rules = [\n    { matches = [ { onvif.model = \"X\" } ]\n"
			"onvif.properties = { onvif.discovery = false }\n");
	fixture_write(&f, USER_D "20-whole.conf", "onvif.properties = { onvif.discovery = true }\n");
	fixture_write(&f, "etc/pipewire-onvif.conf.d/a.conf", CAM(etc));
	fixture_load(&f, NULL, NULL);
	check_int(f.n_messages, 1);
	check_contains(f.messages[0], USER_D "10-open.conf:");
	check_contains(f.messages[0], "Nothing in this file is used");
	check(f.s->discovery);
	check_int(f.s->n_cameras, 1);
	fixture_clear(&f);
}

static void not_readable(void)
{
	struct fixture f;
	struct buf b;
	char path[160];

	fixture_init(&f);
	fixture_write(&f, USER_D "x.conf.bak", "nonsense }");
	fixture_write(&f, USER_D ".x.conf", "nonsense }");
	fixture_load(&f, NULL, NULL);
	check_int(f.n_messages, 0);

	snprintf(path, sizeof(path), "%s/" USER_D "a.conf", f.base);
	check_int(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/" USER_D "b.conf", f.base);
	check_int(symlink("/nowhere/at/all", path), 0);
	snprintf(path, sizeof(path), "%s/" USER_D "c.conf", f.base);
	check_int(mkfifo(path, 0600), 0);
	buf_init(&b, 2 * LIMIT_CONF_LEN);
	for (uint32_t i = 0; i <= LIMIT_CONF_LEN; i++)
		buf_add_byte(&b, ' ');
	fixture_write(&f, USER_D "d.conf", b.data);
	buf_clear(&b);
	fixture_write(&f, USER_D "e.conf", MAX(3));
	fixture_load(&f, NULL, NULL);
	check_int(f.n_messages, 3);
	check_str(f.messages[0], USER_D "a.conf: not a file: not read");
	check_str(f.messages[1], USER_D "c.conf: not a file: not read");
	check_str(f.messages[2], USER_D "d.conf: longer than 1048576 bytes: not read");
	check_int(f.s->max_cameras, 3);

	snprintf(path, sizeof(path), "%s/" USER_D "e.conf", f.base);
	check_int(chmod(path, 0), 0);
	fixture_load(&f, NULL, NULL);
	if (geteuid() != 0)
		check_str(f.messages[3], USER_D "e.conf: cannot be read: Permission denied");
	fixture_clear(&f);
}

static const struct test tests[] = {
	{ "nothing configured", nothing_configured },
	{ "base < share < etc < home < arguments", order_of_levels },
	{ "one base file", one_base_file },
	{ "PIPEWIRE_CONFIG_DIR replaces all", config_dir_replaces_all },
	{ "the same in all three modes", three_modes },
	{ "discovery in the base file", discovery_in_base },
	{ "the host's file by path", host_file_by_path },
	{ "module arguments", arguments },
	{ "a missing bracket costs one file", missing_bracket_costs_one_file },
	{ "what cannot be read", not_readable },
};

int main(int argc, char **argv)
{
	pw_init(NULL, NULL);
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
