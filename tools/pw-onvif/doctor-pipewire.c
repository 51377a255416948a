/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pipewire/extensions/metadata.h>

#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/util/clock.h"
#include "module/util/str.h"
#include "tools/pw-onvif/doctor.h"
#include "tools/pw-onvif/service.h"

#define TIMEOUT_MS	3000u
#define NEEDED		"0.3.65"

/* one look around the graph */
struct look {
	struct tool *tool;
	int sync, res;
	char version[32];
	char session_manager[64];
	bool default_metadata;		/* whoever made it manages */
};

static void on_info(void *data, const struct pw_core_info *info)
{
	struct look *l = data;

	str_copy(str_from(info->version), l->version, sizeof(l->version));
}

static void on_done(void *data, uint32_t id, int seq)
{
	struct look *l = data;

	if (id != PW_ID_CORE || seq != l->sync)
		return;
	l->res = 0;
	pw_main_loop_quit(l->tool->main_loop);
}

static void on_error(void *data, uint32_t id, int seq, int res, const char *message)
{
	struct look *l = data;

	if (id != PW_ID_CORE)
		return;
	l->res = res == -EPIPE ? -ECONNREFUSED : res;
	pw_main_loop_quit(l->tool->main_loop);
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.info = on_info,
	.done = on_done,
	.error = on_error,
};

static void on_global(void *data, uint32_t id, uint32_t permissions, const char *type,
		uint32_t version, const struct spa_dict *props)
{
	struct look *l = data;
	const char *name;
	struct str cur, word;

	if (props == NULL)
		return;
	name = spa_dict_lookup(props, PW_KEY_APP_NAME);
	if (spa_streq(type, PW_TYPE_INTERFACE_Client) && name &&
	    (spa_strstartswith(name, "WirePlumber") || spa_streq(name, "pipewire-media-session"))) {
		/* of its two connections one is called "WirePlumber [export]" */
		cur = str_from(name);
		if (str_token(&cur, " ", &word) == 0)
			str_copy(word, l->session_manager, sizeof(l->session_manager));
	}
	if (spa_streq(type, PW_TYPE_INTERFACE_Metadata) &&
	    spa_streq(spa_dict_lookup(props, PW_KEY_METADATA_NAME), "default"))
		l->default_metadata = true;
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = on_global,
};

static void on_timeout(void *data, uint64_t expirations)
{
	struct look *l = data;

	pw_main_loop_quit(l->tool->main_loop);
}

static int look_around(struct look *l, struct pw_core *core)
{
	struct spa_hook core_listener = { 0 }, registry_listener = { 0 };
	struct pw_registry *registry;
	struct spa_source *timer;

	if ((timer = pw_loop_add_timer(l->tool->loop, on_timeout, l)) == NULL)
		return -errno;
	l->res = -ETIMEDOUT;
	pw_core_add_listener(core, &core_listener, &core_events, l);
	if ((registry = pw_core_get_registry(core, PW_VERSION_REGISTRY, 0))) {
		pw_registry_add_listener(registry, &registry_listener, &registry_events, l);
		l->sync = pw_core_sync(core, PW_ID_CORE, 0);
		timer_arm(l->tool->loop->utils, timer, TIMEOUT_MS * NSEC_PER_MSEC);
		pw_main_loop_run(l->tool->main_loop);
		spa_hook_remove(&registry_listener);
		pw_proxy_destroy((struct pw_proxy *)registry);
	} else {
		l->res = -errno;
	}
	spa_hook_remove(&core_listener);
	pw_loop_destroy_source(l->tool->loop, timer);
	return l->res;
}

static int look(struct look *l)
{
	struct pw_properties *props = NULL;
	struct pw_context *context;
	struct pw_core *core;
	int res;

	if (l->tool->remote && (props = pw_properties_new(PW_KEY_REMOTE_NAME, l->tool->remote, NULL)) == NULL)
		return -errno;
	if ((context = pw_context_new(l->tool->loop, NULL, 0)) == NULL) {
		res = -errno;
		pw_properties_free(props);
		return res;
	}
	if ((core = pw_context_connect(context, props, 0)) == NULL) {
		res = errno == ENOENT ? -EHOSTDOWN : -errno;
	} else {
		res = look_around(l, core);
		pw_core_disconnect(core);
	}
	pw_context_destroy(context);
	return res;
}

static void parse_version(const char *text, uint64_t ret[3])
{
	struct str cur = str_from(text);

	memset(ret, 0, 3 * sizeof(ret[0]));
	for (uint32_t i = 0; i < 3; i++)
		if (str_uint(&cur, UINT32_MAX, &ret[i]) < 0 || str_char(&cur, '.') < 0)
			return;
}

static bool is_older(const char *version, const char *needed)
{
	uint64_t a[3], b[3];

	parse_version(version, a);
	parse_version(needed, b);
	for (uint32_t i = 0; i < 3; i++)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}

static const char *not_running_remedy(void)
{
	if (getenv("SUDO_USER"))
		return "Run this as the user whose desktop it is, without sudo";
	if (getenv("XDG_RUNTIME_DIR") == NULL && getenv("PIPEWIRE_RUNTIME_DIR") == NULL)
		return "Run this in your session: XDG_RUNTIME_DIR is not set here";
	return "Start it: systemctl --user start pipewire.service";
}

static void say_version(struct doctor *d, const struct look *l)
{
	if (is_older(l->version, NEEDED))
		doctor_say(d, DOCTOR_PROBLEM, "PipeWire", "Update it: " NEEDED " is needed",
				"Version %s runs", l->version);
	else
		doctor_say(d, DOCTOR_OK, "PipeWire", NULL, "Version %s runs (library here: %s)", l->version,
				pw_get_library_version());
}

static void say_session_manager(struct doctor *d, const struct look *l)
{
	if (l->session_manager[0])
		doctor_say(d, DOCTOR_OK, "session-manager", NULL, "%s", l->session_manager);
	else if (l->default_metadata)
		doctor_say(d, DOCTOR_OK, "session-manager", NULL, "One that is not known here");
	else
		doctor_say(d, DOCTOR_PROBLEM, "session-manager",
				"Start one: systemctl --user enable --now wireplumber.service",
				"None runs: nothing that plays is linked to an output");
}

void doctor_check_pipewire(struct doctor *d)
{
	struct look l = { .tool = d->tool };
	int res;

	if ((res = look(&l)) == -ETIMEDOUT)
		doctor_say(d, DOCTOR_PROBLEM, "PipeWire", "Restart it: systemctl --user restart pipewire.service",
				"It runs but does not answer");
	else if (res < 0)
		doctor_say(d, DOCTOR_PROBLEM, "PipeWire", not_running_remedy(), "It cannot be asked: %s",
				service_strerror(res));
	else
		say_version(d, &l);
	if (res == 0)
		say_session_manager(d, &l);
}
