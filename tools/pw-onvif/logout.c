/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/login.h"

#include <getopt.h>
#include <stdio.h>

#include "module/auth/credentials-write.h"
#include "module/util/text.h"
#include "tools/pw-onvif/out.h"

/* whose entries, in which file */
struct whose {
	const char *path;
	char id[LIMIT_ID_LEN], address[LIMIT_HOST_LEN + 1];
	char handle[2 * LIMIT_NAME_LEN + LIMIT_HOST_LEN];
};

/* An id that the file names needs nobody who knows it. \return a status */
static int find_by_id(struct tool *tool, const char *name, const char *path, struct whose *ret)
{
	char message[CREDENTIALS_MESSAGE_LEN];
	struct credential_file file;
	int status = TOOL_NOT_FOUND;

	if (credential_file_read(path, &file, message) < 0) {
		tool_error("%s", message);
		return TOOL_FAILED;
	}
	for (uint32_t i = 0; i < file.list.n_entries && status != TOOL_OK; i++)
		if (file.list.entries[i].id && text_id_equal(file.list.entries[i].id, name) &&
		    str_copy(str_from(name), ret->id, sizeof(ret->id)) == 0)
			status = TOOL_OK;
	credential_file_clear(&file);
	text_sanitize(str_from(name), ret->handle, sizeof(ret->handle));
	return status;
}

static int find(struct tool *tool, const char *name, const struct settings *settings, struct whose *ret)
{
	const char *id;
	struct target *t;
	int status;

	if ((status = find_by_id(tool, name, settings->credentials_path, ret)) != TOOL_NOT_FOUND)
		return status;
	if ((status = login_target(tool, name, &t)) != TOOL_OK)
		return status;
	id = login_service_id(t);
	snprintf(ret->id, sizeof(ret->id), "%s", id ? id : t->id);
	snprintf(ret->address, sizeof(ret->address), "%s", t->host);
	snprintf(ret->handle, sizeof(ret->handle), "%s", t->handle);
	target_free(t);
	return TOOL_OK;
}

static int show(const struct tool *tool, const struct whose *w, int n)
{
	struct buf b;
	int res;

	if (!tool->json) {
		if (!tool->quiet)
			printf("Removed %s for %s from %s\n", n == 1 ? "the entry" : "all entries", w->handle, w->path);
		return TOOL_OK;
	}
	buf_init(&b, LIMIT_CONF_LEN);
	buf_add_byte(&b, '{');
	out_json_member(&b, "address", w->address);
	out_json_member(&b, "id", w->id);
	out_json_member(&b, "file", w->path);
	buf_printf(&b, ",\"removed\":%d}", n);
	res = out_json_print(&b);
	buf_clear(&b);
	return res < 0 ? TOOL_FAILED : TOOL_OK;
}

/* What the entries refer to goes before they do: who is killed in between finds them, and all is done
 * the next time. \return 0 or -errno: something is left */
static int clean_keyring(const struct whose *w)
{
	char message[CREDENTIALS_MESSAGE_LEN];
	const struct credential_entry *e;
	struct credential_file file;
	int res = 0, err;

	/* (what is wrong with it is told by who edits it) */
	if (credential_file_read(w->path, &file, message) < 0)
		return 0;
	for (e = file.list.entries; e < file.list.entries + file.list.n_entries; e++) {
		if (e->keyring == KEYRING_NONE ||
		    !credentials_is_about(e, w->id[0] ? w->id : NULL, w->address[0] ? w->address : NULL))
			continue;
		if ((err = login_keyring_forget(&(struct keyring_ref) { e->id, e->address, NULL }, message)) < 0) {
			tool_error("the password for %s is still in the keyring: %s, and remove it there", w->handle, message);
			res = err;
		}
	}
	credential_file_clear(&file);
	return res;
}

static int logout(struct tool *tool, const struct whose *w)
{
	char message[CREDENTIALS_MESSAGE_LEN];
	int left = clean_keyring(w);
	int n = credentials_remove(w->path, w->id[0] ? w->id : NULL, w->address[0] ? w->address : NULL, message);

	if (n < 0) {
		tool_error("%s", message);
		return TOOL_FAILED;
	}
	if (n == 0) {
		tool_error("there is no user and password for %s in %s", w->handle, w->path);
		return TOOL_NOT_FOUND;
	}
	n = show(tool, w, n);
	return left < 0 ? TOOL_FAILED : n;
}

static void ignore(void *data, const char *text)
{
	/* (target_new() tells it) */
}

static int run(struct tool *tool, int argc, char *argv[])
{
	static const struct option options[] = {
		TOOL_OPTIONS,
		{ 0 },
	};
	struct settings *settings;
	struct whose w = { 0 };
	int c, status;

	while ((c = getopt_long(argc, argv, TOOL_SHORT_OPTIONS, options, NULL)) != -1)
		if ((status = tool_option(tool, &command_logout, c, optarg)) >= 0)
			return status;
	if (argc - optind != 1)
		return tool_usage(&command_logout, argc > optind ? "one camera at a time" : "which camera?");
	if (settings_new(NULL, NULL, ignore, NULL, &settings) < 0) {
		tool_error("out of memory");
		return TOOL_FAILED;
	}
	w.path = settings->credentials_path;
	if ((status = find(tool, argv[optind], settings, &w)) == TOOL_OK)
		status = logout(tool, &w);
	settings_free(settings);
	return status;
}

const struct command command_logout = {
	.name = "logout",
	.arguments = "ADDRESS|NAME|ID",
	.summary = "Forget user and password of a camera",
	.help =
		"Removes every entry that lets us log in to this camera from\n"
		"~/.config/pipewire/onvif-credentials.conf, and its password from the keyring if\n"
		"it is there; all else in it stays as it is.\n"
		"The running service takes note by itself: an output that nothing plays to goes.\n"
		"\n"
		"Exit status: 0 removed, 3 there was none, 1 and 2 other errors.\n",
	.run = run,
};
