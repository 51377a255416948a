/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/target-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <spa/utils/string.h>

#include "module/onvif/xaddr.h"
#include "module/util/text.h"
#include "module/util/uri.h"
#include "tools/pw-onvif/out.h"

static void on_message(void *data, const char *text)
{
	const struct tool *tool = data;

	if (!tool->quiet)
		tool_error("%s", text);
}

static void on_credentials_error(void *data, const char *message)
{
	if (message)
		tool_error("%s", message);
}

static void on_credentials_changed(void *data)
{
	struct target *t = data;

	if (t->waiting && !credentials_are_pending(t->credentials))
		pw_main_loop_quit(t->waiting);
}

static const struct credentials_events credentials_events = {
	CREDENTIALS_VERSION_EVENTS,
	.changed = on_credentials_changed,
	.error = on_credentials_error,
};

static int open_files(struct target *t, struct tool *tool)
{
	const char *warning = NULL;

	if (settings_new(NULL, NULL, on_message, tool, &t->settings) < 0)
		return -ENOMEM;
	t->facts = facts_new_reader(tool->loop->utils, t->settings->state_path[0] ?
			t->settings->state_path : NULL, &warning);
	if (t->facts == NULL)
		return -errno;
	if (warning)
		tool_error("%s", warning);
	/* without a home there is no such file */
	if (t->settings->credentials_path[0] == '\0')
		return 0;
	t->credentials = credentials_new(tool->loop->utils, t->settings->credentials_path,
			&credentials_events, t);
	if (t->credentials == NULL)
		return -errno;
	/* (an answer comes, or the word that there is none: within seconds) */
	if (credentials_are_pending(t->credentials)) {
		t->waiting = tool->main_loop;
		pw_main_loop_run(tool->main_loop);
		t->waiting = NULL;
	}
	return 0;
}

/* ---- who is meant ---- */

bool target_same_address(const char *typed, const char *known)
{
	char host[LIMIT_URI_LEN], urls[XADDR_CANDIDATES][LIMIT_URI_LEN];

	if (known == NULL || known[0] == '\0')
		return false;
	if (spa_streq(typed, known))
		return true;
	/* the port may be left out */
	return xaddr_candidates(NULL, known, host, urls) > 0 &&
		addr_text_equal(str_from(typed), str_from(host));
}

/* a stream's host is what the module calls its camera in what it says */
static bool is_host_of(const char *uri, const char *name)
{
	struct uri u;

	return uri && uri_parse(str_from(uri), &u) == 0 && addr_text_equal(u.host, str_from(name));
}

static bool is_entry(const struct pw_properties *entry, const char *name)
{
	const char *text;

	if ((text = pw_properties_get(entry, "onvif.name")) && strcasecmp(text, name) == 0)
		return true;
	if ((text = pw_properties_get(entry, "onvif.id")) && text_id_equal(text, name))
		return true;
	if (spa_streq(pw_properties_get(entry, "rtsp.uri"), name) ||
	    is_host_of(pw_properties_get(entry, "rtsp.uri"), name))
		return true;
	return target_same_address(name, pw_properties_get(entry, "onvif.address"));
}

static int take_entry(struct target *t, const char *name)
{
	for (uint32_t i = 0; i < t->settings->n_cameras; i++) {
		if (!is_entry(t->settings->cameras[i], name))
			continue;
		t->entry = pw_properties_copy(t->settings->cameras[i]);
		return t->entry ? 0 : -ENOMEM;
	}
	return 0;
}

static void copy_text(const char *text, char *dst, size_t size)
{
	if (text)
		str_copy(str_from(text), dst, size);
}

static bool key_from_uri(const char *text, char *dst, size_t size)
{
	char key[LIMIT_URI_LEN + 16];
	struct uri u;

	if (uri_parse(str_from(text), &u) < 0)
		return false;
	snprintf(key, sizeof(key), STR_FMT "_%u" STR_FMT, STR_ARG(u.host), uri_port(&u), STR_ARG(u.path));
	return text_stable_id(str_from(key), dst, size) > 0;
}

/* as the module finds its facts: by id, else by address, else by stream */
static void from_entry(struct target *t)
{
	copy_text(pw_properties_get(t->entry, "onvif.id"), t->id, sizeof(t->id));
	copy_text(pw_properties_get(t->entry, "onvif.address"), t->address, sizeof(t->address));
	copy_text(pw_properties_get(t->entry, "rtsp.uri"), t->uri, sizeof(t->uri));
	if (t->id[0])
		snprintf(t->key, sizeof(t->key), "%s", t->id);
	else if (t->address[0])
		copy_text(t->address, t->key, sizeof(t->key));
	else
		key_from_uri(t->uri, t->key, sizeof(t->key));
	if (t->id[0] == '\0')
		copy_text(facts_get(t->facts, t->key, "id"), t->id, sizeof(t->id));
	if (t->address[0] == '\0' && t->uri[0] == '\0')
		copy_text(facts_get(t->facts, t->key, "last-address"), t->address, sizeof(t->address));
}

/* one that the running service knows */
static bool from_service(struct target *t, const char *name)
{
	const struct service_camera *c = target_find_published(t, name);

	if (c == NULL || c->address[0] == '\0')
		return false;
	copy_text(c->id[0] ? c->id : c->key, t->key, sizeof(t->key));
	copy_text(c->id, t->id, sizeof(t->id));
	copy_text(c->address, t->address, sizeof(t->address));
	/* with the port, where that is not the usual one */
	if (target_same_address(c->address, facts_get(t->facts, t->key, "last-address")))
		copy_text(facts_get(t->facts, t->key, "last-address"), t->address, sizeof(t->address));
	/* what was typed says where, at least, if it says more */
	if (target_same_address(c->address, name) && !target_same_address(name, t->address))
		copy_text(name, t->address, sizeof(t->address));
	return true;
}

/* one that discovery found for the module before */
static bool from_facts(struct target *t, const char *name)
{
	const char *key;

	if ((key = facts_find(t->facts, "endpoint", name)) == NULL &&
	    (key = facts_find(t->facts, "id", name)) == NULL &&
	    (key = facts_find(t->facts, "name", name)) == NULL &&
	    (key = facts_find(t->facts, "last-address", name)) == NULL)
		key = facts_get(t->facts, name, "last-address") ? name : NULL;
	if (key == NULL || facts_get(t->facts, key, "last-address") == NULL)
		return false;
	copy_text(key, t->key, sizeof(t->key));
	copy_text(facts_get(t->facts, key, "last-address"), t->address, sizeof(t->address));
	copy_text(facts_get(t->facts, key, "endpoint"), t->id, sizeof(t->id));
	if (t->id[0] == '\0')
		copy_text(facts_get(t->facts, key, "id"), t->id, sizeof(t->id));
	return true;
}

/* \return TOOL_OK, or what is wrong with it, told */
static int from_uri(struct target *t, const char *text)
{
	char host[LIMIT_TEXT_LEN];
	struct uri u;

	if (uri_parse(str_from(text), &u) < 0 ||
	    (!str_ieq(u.scheme, STR_LIT("rtsp")) && !str_ieq(u.scheme, STR_LIT("rtsps")))) {
		/* (not even a part of it: who knows what it holds) */
		tool_error("this is no rtsp:// or rtsps:// address");
		return TOOL_USAGE;
	}
	if (u.has_userinfo) {
		text_sanitize(u.host, host, sizeof(host));
		tool_error("user and password do not belong into an address, where others can read them: "
				"run `pw-onvif login %s`, then leave them out", host);
		return TOOL_USAGE;
	}
	copy_text(text, t->uri, sizeof(t->uri));
	if (!key_from_uri(text, t->key, sizeof(t->key)))
		return TOOL_USAGE;
	return TOOL_OK;
}

static int from_address(struct target *t, const char *name)
{
	char host[LIMIT_URI_LEN], urls[XADDR_CANDIDATES][LIMIT_URI_LEN], shown[LIMIT_TEXT_LEN];

	if (xaddr_candidates(NULL, name, host, urls) > 0 && str_copy(str_from(name), t->key, sizeof(t->key)) == 0) {
		copy_text(name, t->address, sizeof(t->address));
		return TOOL_OK;
	}
	text_sanitize(str_from(name), shown, sizeof(shown));
	tool_error("there is no camera \"%s\": `pw-onvif list` shows those that there are", shown);
	return TOOL_NOT_FOUND;
}

/* host and port, of what is known by now */
static int take_place(struct target *t)
{
	char host[LIMIT_URI_LEN], urls[XADDR_CANDIDATES][LIMIT_URI_LEN];
	struct uri u;

	if (t->uri[0]) {
		if (uri_parse(str_from(t->uri), &u) < 0 || str_copy(u.host, t->host, sizeof(t->host)) < 0)
			return TOOL_USAGE;
		t->port = uri_port(&u);
		return TOOL_OK;
	}
	if (t->address[0] == '\0') {
		tool_error("it is not known where %s is: `pw-onvif list` looks for it; else give its address",
				t->handle);
		return TOOL_NOT_FOUND;
	}
	if (xaddr_candidates(NULL, t->address, host, urls) <= 0 || uri_parse(str_from(urls[0]), &u) < 0 ||
	    str_copy(str_from(host), t->host, sizeof(t->host)) < 0) {
		tool_error("%s: this is no address", t->handle);
		return TOOL_USAGE;
	}
	t->port = uri_port(&u);
	return TOOL_OK;
}

/* What is typed, or the host of a stream, so that a shell takes it as one word */
static void make_handle(struct target *t, const char *name)
{
	char text[LIMIT_HOST_LEN + 1];
	struct uri u;

	if (uri_parse(str_from(name), &u) == 0)
		text_sanitize(u.host, text, sizeof(text));
	else
		text_sanitize(str_from(name), text, sizeof(text));
	out_shell_word(text, t->handle, sizeof(t->handle));
}

static int find(struct target *t, const char *name)
{
	int res;

	if (name[0] == '\0') {
		tool_error("an empty name is no camera's");
		return TOOL_USAGE;
	}
	/* (first: what may hold a password is not looked at any further) */
	if (strstr(name, "://")) {
		if ((res = from_uri(t, name)) != TOOL_OK)
			return res;
		make_handle(t, name);
		if (take_entry(t, name) < 0)
			return TOOL_FAILED;
	} else {
		make_handle(t, name);
		if (take_entry(t, name) < 0)
			return TOOL_FAILED;
		if (t->entry)
			from_entry(t);
		else if (!from_service(t, name) && !from_facts(t, name) && (res = from_address(t, name)) != TOOL_OK)
			return res;
	}
	return take_place(t);
}

/* ---- its login ---- */

/* Who answers elsewhere than where the camera was is not yet that camera. */
static bool may_be_elsewhere(const struct target *t, const struct credential *cred)
{
	const char *key, *last;

	if (cred->address || t->uri[0])
		return true;
	if ((key = facts_find(t->facts, "endpoint", t->id)) == NULL)
		key = t->id;
	last = facts_get(t->facts, key, "last-address");
	return last == NULL || target_same_address(t->host, last) || target_same_address(t->address, last);
}

static bool load_credentials(struct target *t)
{
	struct credential cred;
	char *user = NULL, *pin = NULL;

	if (t->credentials == NULL ||
	    credentials_find(t->credentials, t->id[0] ? t->id : NULL, t->host, &cred) < 0)
		return false;
	if (!may_be_elsewhere(t, &cred)) {
		t->denied = true;
		return false;
	}
	if ((cred.user && (user = strdup(cred.user)) == NULL) ||
	    (cred.tls_pin && (pin = strdup(cred.tls_pin)) == NULL) ||
	    (cred.user && secret_copy(&t->password, cred.password) < 0)) {
		free(user);
		free(pin);
		return false;
	}
	free(t->user);
	free(t->tls_pin);
	t->user = user;
	t->tls_pin = pin;
	t->keyring = cred.keyring == KEYRING_FOUND ? KEYRING_NONE : cred.keyring;
	if (t->keyring != KEYRING_NONE) {
		/* (nobody is sent an empty one in its place) */
		free(user);
		t->user = user = NULL;
	}
	t->refused = user && facts_is_refused(t->facts, t->key, user, &t->password);
	return user || pin;
}

/* ---- settings and rules ---- */

static int update_props(struct target *t)
{
	struct pw_properties *props;

	props = settings_camera_props(t->settings, &t->told->dict, t->entry ? &t->entry->dict : NULL);
	if (props == NULL)
		return -ENOMEM;
	pw_properties_free(t->props);
	t->props = props;
	camera_options_parse(&props->dict, &t->options);
	/* (that is for a camera, and whoever answered may have named another service of its host) */
	t->options.basic = t->options.basic && !t->port_found;
	return 0;
}

static void tell(struct target *t, const char *key, const char *value)
{
	if (value[0])
		pw_properties_set(t->told, key, value);
}

static int init_props(struct target *t)
{
	const char *name = facts_get(t->facts, t->key, "name");

	if ((t->told = pw_properties_new(NULL, NULL)) == NULL)
		return -ENOMEM;
	tell(t, "onvif.id", t->id);
	/* (as the service has it: the port is in an entry only) */
	tell(t, "onvif.address", t->entry ? t->address : t->host);
	tell(t, "rtsp.uri", t->uri);
	if (name)
		tell(t, "onvif.name", name);
	return update_props(t);
}

bool target_take_info(struct target *t, const struct device_info *info)
{
	bool had_login = t->user != NULL;

	tell(t, "onvif.manufacturer", info->manufacturer);
	tell(t, "onvif.model", info->model);
	tell(t, "onvif.firmware", info->firmware);
	tell(t, "onvif.serial", info->serial);
	tell(t, "onvif.hardware", info->hardware);
	tell(t, "onvif.location", info->location);
	tell(t, "onvif.name", info->name);
	if (t->id[0] == '\0' && info->id[0]) {
		snprintf(t->id, sizeof(t->id), "%s", info->id);
		tell(t, "onvif.id", t->id);
		if (facts_find(t->facts, "endpoint", t->id))
			copy_text(facts_find(t->facts, "endpoint", t->id), t->key, sizeof(t->key));
		load_credentials(t);
	}
	if (update_props(t) < 0)
		tool_error("out of memory: some settings are not used");
	return !had_login && t->user;
}

void target_take_server(struct target *t, const char *server)
{
	if (server[0] == '\0' || spa_streq(server, pw_properties_get(t->told, "rtsp.server")))
		return;
	tell(t, "rtsp.server", server);
	if (update_props(t) < 0)
		tool_error("out of memory: some settings are not used");
}

/* ---- trust ---- */

const char *target_web_pin(const struct target *t)
{
	if (t->options.tls_verify != CAMERA_TLS_VERIFY_PIN)
		return NULL;
	return t->tls_pin ? t->tls_pin : facts_get(t->facts, t->key, "tls-pin");
}

const char *target_rtsp_pin(const struct target *t)
{
	return t->tls_pin ? t->tls_pin : facts_get(t->facts, t->key, "tls-pin-rtsp");
}

const char *target_expect_id(const struct target *t)
{
	const char *endpoint = facts_get(t->facts, t->key, "endpoint");

	/* who is configured by address may be another camera by now */
	if (t->entry && pw_properties_get(t->entry, "onvif.id") == NULL)
		return NULL;
	return endpoint && t->id[0] && text_id_equal(endpoint, t->id) ? t->id : NULL;
}

/* ---- object ---- */

int target_new(struct tool *tool, const char *name, struct target **ret)
{
	struct target *t = calloc(1, sizeof(*t));
	int res;

	if (t == NULL || (res = open_files(t, tool)) < 0) {
		tool_error("cannot read the settings: %s", strerror(t ? -res : ENOMEM));
		target_free(t);
		return TOOL_FAILED;
	}
	target_ask_service(t, tool);
	if ((res = find(t, name)) != TOOL_OK) {
		target_free(t);
		return res;
	}
	target_find_port(t, tool);
	if (init_props(t) < 0) {
		tool_error("out of memory");
		target_free(t);
		return TOOL_FAILED;
	}
	load_credentials(t);
	*ret = t;
	return TOOL_OK;
}

void target_free(struct target *t)
{
	if (t == NULL)
		return;
	pw_properties_free(t->entry);
	pw_properties_free(t->told);
	pw_properties_free(t->props);
	credentials_destroy(t->credentials);
	facts_destroy(t->facts);
	settings_free(t->settings);
	secret_clear(&t->password);
	free(t->user);
	free(t->tls_pin);
	free(t->published);
	free(t);
}
