/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * pipewire-onvif-keyring: the only program of ours that is linked with libsecret. What it is asked
 * and how it answers: module/auth/keyring-helper.h. Nobody calls it by hand.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib-unix.h>
#include <libsecret/secret.h>

#include "module/auth/keyring-helper.h"

#define SERVICE		"org.freedesktop.secrets"
/* Signals come in a row. */
#define SETTLE_MS	300
/* An own search may set off some: what comes so soon after it may be an answer to it. */
#define ECHO_MS		1000
/* not every Secret Service tells that it was unlocked */
#define POLL_S		30
#define MAX_REQUEST	(1024 * 1024)

static const SecretSchema schema = {
	.name = "pipewire-onvif.Camera",
	.attributes = {
		{ "id", SECRET_SCHEMA_ATTRIBUTE_STRING },
		{ "address", SECRET_SCHEMA_ATTRIBUTE_STRING },
		{ "user", SECRET_SCHEMA_ATTRIBUTE_STRING },
		{ NULL, 0 },
	},
};

struct request {
	char *data;
	size_t size;
	char **text;	/* NUL terminated parts of data */
	guint n_texts;
};

struct lookup {
	GMainLoop *loop;
	GDBusConnection *bus;
	char **text;		/* id, address, user of each */
	guint n;
	uint8_t *told;		/* what was answered last */
	guint settle, settle_ms;	/* the next look after a signal, and how long that waits */
	int64_t looked_us;		/* when the last one ended */
};

/* ---- answers ---- */

static void write_all(const void *data, size_t size)
{
	const char *p = data;
	ssize_t n;

	while (size > 0) {
		if ((n = write(STDOUT_FILENO, p, size)) <= 0)
			/* nobody wants to know any more */
			exit(1);
		p += n;
		size -= (size_t)n;
	}
}

static void reply(guint index, enum keyring_status status, const char *text)
{
	size_t size = text ? strnlen(text, LIMIT_ERROR_LEN) : 0;
	struct keyring_reply r = { index, status, (uint32_t)size };

	write_all(&r, sizeof(r));
	write_all(text, size);
}

static enum keyring_status failure(const GError *error)
{
	/* (first: any other I/O error is the bus's) */
	if (g_error_matches(error, SECRET_ERROR, SECRET_ERROR_IS_LOCKED) ||
	    g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return KEYRING_LOCKED;
	if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
	    g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
	    g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
	    (error->domain == G_DBUS_ERROR && error->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED &&
	     error->code <= G_DBUS_ERROR_SPAWN_NO_MEMORY) ||
	    error->domain == G_IO_ERROR)
		return KEYRING_ABSENT;
	return KEYRING_FAILED;
}

/* ---- the Secret Service ---- */

/* The same one until it is disconnected. A session is opened as soon as a secret is read or written: there it
 * stays until we end, for libsecret closes none. */
static SecretService *connect_service(GError **error)
{
	return secret_service_get_sync(SECRET_SERVICE_NONE, NULL, error);
}

/* user NULL: whatever user */
static GHashTable *attributes(const char *id, const char *address, const char *user)
{
	if (user == NULL)
		return secret_attributes_build(&schema, "id", id, "address", address, NULL);
	return secret_attributes_build(&schema, "id", id, "address", address, "user", user, NULL);
}

static GList *search(SecretService *service, const char * const *names, bool all, SecretSearchFlags flags, GError **error)
{
	GHashTable *attrs = attributes(names[0], names[1], all ? NULL : names[2]);
	GList *items;

	items = secret_service_search_sync(service, &schema, attrs,
			flags | (all ? SECRET_SEARCH_ALL : SECRET_SEARCH_NONE), NULL, error);
	g_hash_table_unref(attrs);
	return items;
}

/* Something that can be typed, and stored in the file in its place. */
static const char *usable_text(SecretValue *value)
{
	gsize size;
	const char *text = secret_value_get(value, &size);

	return text && size <= LIMIT_CREDENTIAL_LEN && memchr(text, '\0', size) == NULL &&
		g_utf8_validate(text, (gssize)size, NULL) ? text : NULL;
}

/* ---- lookup ---- */

static enum keyring_status find(SecretService *service, const char * const *names, SecretValue **ret)
{
	enum keyring_status status = KEYRING_MISSING;
	GError *error = NULL;
	GList *items = search(service, names, false, SECRET_SEARCH_LOAD_SECRETS, &error);

	if (error) {
		status = failure(error);
		g_printerr("pipewire-onvif-keyring: %s\n", error->message);
		g_clear_error(&error);
		/* (it may be another one by now, which knows nothing of our session) */
		secret_service_disconnect();
	} else if (items && secret_item_get_locked(items->data)) {
		status = KEYRING_LOCKED;
	} else if (items && (*ret = secret_item_get_secret(items->data)) != NULL) {
		status = usable_text(*ret) ? KEYRING_FOUND : KEYRING_FAILED;
	}
	g_list_free_full(items, g_object_unref);
	return status;
}

static void look_for(struct lookup *l, SecretService *service, guint i, enum keyring_status none)
{
	SecretValue *value = NULL;
	enum keyring_status status = service ?
		find(service, (const char * const *)&l->text[3 * i], &value) : none;

	if (status != l->told[i])
		reply(i, status, status == KEYRING_FOUND ? usable_text(value) : NULL);
	l->told[i] = (uint8_t)status;
	if (value)
		secret_value_unref(value);
}

/* \return whether that was all */
static bool look(struct lookup *l)
{
	enum keyring_status none = KEYRING_NONE;
	GError *error = NULL;
	SecretService *service = connect_service(&error);
	bool all = true;

	if (service == NULL)
		none = failure(error);
	for (guint i = 0; i < l->n; i++) {
		if (l->told[i] != KEYRING_FOUND)
			look_for(l, service, i, none);
		all = all && l->told[i] == KEYRING_FOUND;
	}
	g_clear_error(&error);
	g_clear_object(&service);
	l->looked_us = g_get_monotonic_time();
	return all;
}

static gboolean on_settled(gpointer data)
{
	struct lookup *l = data;

	l->settle = 0;
	if (look(l))
		g_main_loop_quit(l->loop);
	return G_SOURCE_REMOVE;
}

static gboolean on_poll(gpointer data)
{
	struct lookup *l = data;

	if (look(l))
		g_main_loop_quit(l->loop);
	return G_SOURCE_CONTINUE;
}

/* A service that answers each search with signals is asked less and less often, down to what is done
 * without any; and at once again when one comes that is no answer. */
static void look_soon(struct lookup *l)
{
	bool echo = g_get_monotonic_time() - l->looked_us < ECHO_MS * G_TIME_SPAN_MILLISECOND;

	if (l->settle && (echo || l->settle_ms == SETTLE_MS))
		return;
	if (l->settle)
		g_source_remove(l->settle);
	l->settle_ms = echo ? MIN(2 * l->settle_ms, POLL_S * 1000) : SETTLE_MS;
	l->settle = g_timeout_add(l->settle_ms, on_settled, l);
}

static void on_signal(GDBusConnection *bus, const char *sender, const char *path, const char *interface,
		const char *name, GVariant *parameters, gpointer data)
{
	look_soon(data);
}

static void on_appeared(GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
	look_soon(data);
}

/* With one that is restarted, what was agreed on before is void. */
static void on_vanished(GDBusConnection *bus, const char *name, gpointer data)
{
	secret_service_disconnect();
}

static gboolean on_reader_gone(gint fd, GIOCondition condition, gpointer data)
{
	struct lookup *l = data;

	g_main_loop_quit(l->loop);
	return G_SOURCE_REMOVE;
}

static int lookup(const struct request *r)
{
	struct lookup l = { .text = r->text, .n = r->n_texts / 3, .settle_ms = SETTLE_MS };
	GError *error = NULL;

	l.told = g_malloc0(l.n + 1);
	l.bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, &error);
	g_clear_error(&error);
	l.loop = g_main_loop_new(NULL, FALSE);
	/* (listened before the first look, or what happens in between is missed) */
	if (l.bus) {
		g_dbus_connection_signal_subscribe(l.bus, SERVICE, NULL, NULL, NULL, NULL,
				G_DBUS_SIGNAL_FLAGS_NONE, on_signal, &l, NULL);
		g_bus_watch_name_on_connection(l.bus, SERVICE, G_BUS_NAME_WATCHER_FLAGS_NONE,
				on_appeared, on_vanished, &l, NULL);
	}
	g_unix_fd_add(STDOUT_FILENO, G_IO_ERR, on_reader_gone, &l);
	g_timeout_add_seconds(POLL_S, on_poll, &l);
	if (!look(&l))
		g_main_loop_run(l.loop);
	g_main_loop_unref(l.loop);
	g_clear_object(&l.bus);
	g_free(l.told);
	return 0;
}

/* ---- store, forget ---- */

static void reply_error(GError *error)
{
	reply(0, failure(error), error->message);
	g_clear_error(&error);
}

/* Somebody at a desktop may be asked to unlock it: it was he who called. */
static int store(const struct request *r)
{
	GError *error = NULL;
	GHashTable *attrs = attributes(r->text[0], r->text[1], r->text[2]);
	SecretService *service = connect_service(&error);
	SecretValue *value = secret_value_new(r->text[4], -1, "text/plain");

	if (service && secret_service_store_sync(service, &schema, attrs, SECRET_COLLECTION_DEFAULT,
			r->text[3], value, NULL, &error))
		reply(0, KEYRING_FOUND, NULL);
	else if (error)
		reply_error(error);
	else
		reply(0, KEYRING_LOCKED, NULL);
	secret_value_unref(value);
	g_hash_table_unref(attrs);
	g_clear_object(&service);
	return 0;
}

static bool is_user(SecretItem *item, const char *user)
{
	GHashTable *attrs = secret_item_get_attributes(item);
	bool same = user && g_strcmp0(g_hash_table_lookup(attrs, "user"), user) == 0;

	g_hash_table_unref(attrs);
	return same;
}

static enum keyring_status remove_items(GList *items, const char *but_user, GError **error)
{
	for (GList *i = items; i; i = i->next) {
		if (is_user(i->data, but_user))
			continue;
		if (secret_item_get_locked(i->data))
			return KEYRING_LOCKED;
		if (!secret_item_delete_sync(i->data, NULL, error))
			return KEYRING_FAILED;
	}
	return KEYRING_FOUND;
}

/* of one camera */
static int forget(const struct request *r, const char *but_user)
{
	enum keyring_status status = KEYRING_FAILED;
	GError *error = NULL;
	SecretService *service = connect_service(&error);
	GList *items = NULL;

	if (service)
		items = search(service, (const char * const *)r->text, true, SECRET_SEARCH_UNLOCK, &error);
	if (error == NULL)
		status = remove_items(items, but_user, &error);
	if (error)
		reply_error(error);
	else
		reply(0, status, NULL);
	g_list_free_full(items, g_object_unref);
	g_clear_object(&service);
	return 0;
}

/* ---- the call ---- */

/* \return whether it is whole strings */
static bool read_request(struct request *r)
{
	ssize_t n;

	r->data = g_malloc(MAX_REQUEST);
	while ((n = read(STDIN_FILENO, r->data + r->size, MAX_REQUEST - r->size)) > 0)
		r->size += (size_t)n;
	if (n < 0 || r->size == 0 || r->data[r->size - 1] != '\0')
		return false;
	for (size_t i = 0; i < r->size; i++)
		r->n_texts += r->data[i] == '\0';
	r->text = g_new(char *, r->n_texts);
	for (size_t at = 0, i = 0; at < r->size; at += strlen(r->data + at) + 1)
		r->text[i++] = r->data + at;
	return true;
}

static int run(const char *verb, const struct request *r)
{
	if (strcmp(verb, "lookup") == 0 && r->n_texts % 3 == 0)
		return lookup(r);
	if (strcmp(verb, "store") == 0 && r->n_texts == 5)
		return store(r);
	if (strcmp(verb, "forget") == 0 && r->n_texts == 2)
		return forget(r, NULL);
	if (strcmp(verb, "forget-others") == 0 && r->n_texts == 3)
		return forget(r, r->text[2]);
	return 2;
}

int main(int argc, char *argv[])
{
	const struct rlimit none = { 0, 0 };
	struct request r = { 0 };
	int status = 2;

	/* passwords are in no core dump */
	setrlimit(RLIMIT_CORE, &none);
	if (argc == 2 && read_request(&r))
		status = run(argv[1], &r);
	else
		fputs("pipewire-onvif-keyring is called by pw-onvif and by the PipeWire module\n", stderr);
	if (r.data)
		explicit_bzero(r.data, r.size);
	g_free(r.data);
	g_free(r.text);
	return status;
}
