/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What the keyring's own window does: keyring-door lock | unlock | state | items. The password that
 * unlocks is read from standard input; of the items that are ours, a line each: label, id, address, user,
 * with tabs between. For GNOME Keyring's collection "login".
 */

#include <stdio.h>
#include <string.h>

#include <gio/gio.h>
#include <libsecret/secret.h>

#define SERVICE		"org.freedesktop.secrets"
#define ROOT		"/org/freedesktop/secrets"
#define COLLECTION	ROOT "/collection/login"
#define SCHEMA		"pipewire-onvif.Camera"

static GVariant *call(GDBusConnection *bus, const char *path, const char *interface, const char *method,
		GVariant *args, GError **error)
{
	return g_dbus_connection_call_sync(bus, SERVICE, path, interface, method, args, NULL,
			G_DBUS_CALL_FLAGS_NO_AUTO_START, 5000, NULL, error);
}

static GVariant *lock(GDBusConnection *bus, GError **error)
{
	const char *const paths[] = { COLLECTION, NULL };

	return call(bus, ROOT, "org.freedesktop.Secret.Service", "Lock",
			g_variant_new("(@ao)", g_variant_new_objv(paths, -1)), error);
}

static GVariant *unlock(GDBusConnection *bus, GError **error)
{
	GVariant *none = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, "", 0, 1), *value;
	g_autoptr(GVariant) opened = NULL;
	g_autofree char *session = NULL;
	char password[256];
	size_t len = fread(password, 1, sizeof(password), stdin);

	opened = call(bus, ROOT, "org.freedesktop.Secret.Service", "OpenSession",
			g_variant_new("(sv)", "plain", g_variant_new_string("")), error);
	if (opened == NULL)
		return NULL;
	g_variant_get(opened, "(vo)", NULL, &session);
	value = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, password, len, 1);
	/* (as its own daemon calls it when somebody logs in) */
	return call(bus, ROOT, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface", "UnlockWithMasterPassword",
			g_variant_new("(o(o@ay@ays))", COLLECTION, session, none, value, "text/plain"), error);
}

static GVariant *state(GDBusConnection *bus, GError **error)
{
	GVariant *got = call(bus, COLLECTION, "org.freedesktop.DBus.Properties", "Get",
			g_variant_new("(ss)", "org.freedesktop.Secret.Collection", "Locked"), error);
	g_autoptr(GVariant) value = NULL;

	if (got) {
		g_variant_get(got, "(v)", &value);
		puts(g_variant_get_boolean(value) ? "locked" : "open");
	}
	return got;
}

static int items(GError **error)
{
	g_autoptr(SecretService) service = secret_service_get_sync(SECRET_SERVICE_NONE, NULL, error);
	g_autoptr(GHashTable) attrs = g_hash_table_new(g_str_hash, g_str_equal);
	GList *found = NULL;

	g_hash_table_insert(attrs, (gpointer) "xdg:schema", (gpointer) SCHEMA);
	if (service)
		found = secret_service_search_sync(service, NULL, attrs, SECRET_SEARCH_ALL, NULL, error);
	for (GList *i = found; i; i = i->next) {
		g_autoptr(GHashTable) names = secret_item_get_attributes(i->data);
		g_autofree char *label = secret_item_get_label(i->data);

		printf("%s\t%s\t%s\t%s\n", label, (char *)g_hash_table_lookup(names, "id"),
				(char *)g_hash_table_lookup(names, "address"), (char *)g_hash_table_lookup(names, "user"));
	}
	g_list_free_full(found, g_object_unref);
	return *error ? 1 : 0;
}

int main(int argc, char *argv[])
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, &error);
	const char *what = argc == 2 ? argv[1] : "";
	g_autoptr(GVariant) done = NULL;

	if (bus && strcmp(what, "items") == 0 && items(&error) == 0)
		return 0;
	if (bus && strcmp(what, "lock") == 0)
		done = lock(bus, &error);
	else if (bus && strcmp(what, "unlock") == 0)
		done = unlock(bus, &error);
	else if (bus && strcmp(what, "state") == 0)
		done = state(bus, &error);
	if (done)
		return 0;
	fprintf(stderr, "keyring-door: %s\n", error ? error->message : "lock, unlock, state or items?");
	return 1;
}
