/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/auth/auth.h"
#include "module/auth/credentials.h"
#include "module/auth/credentials-write.h"
#include "module/auth/facts.h"
#include "module/util/conf.h"
#include "tests/lib/oom.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

/* Logins and the files about them, while the n-th allocation fails. */

static char dir[] = "/tmp/onvif-test-XXXXXX";
static char path[64];
static const struct secret password = { (char []) { "p" } };

static void write_file(const char *text)
{
	check_int(conf_write_file(path, 0600, text, strlen(text)), 0);
}

static void authorize(struct auth *a, const char *challenge, bool sent)
{
	struct str value = str_from(challenge);
	enum auth_verdict verdict = auth_challenge(a, &value, 1, sent);
	struct buf b;
	int res;

	if (verdict != AUTH_RETRY) {
		check_int(verdict, AUTH_UNSUPPORTED);
		check(auth_no_memory(a));
		return;
	}
	buf_init(&b, LIMIT_LINE_LEN);
	res = auth_authorize(a, "GET", STR_LIT("/x"), &b);
	check(res == 1 || res == -ENOMEM);
	/* a part of an answer is none */
	if (res == 1)
		check(strstr(b.data, "nonce=") != NULL || strcmp(b.data, "Basic dTpw") == 0);
	buf_clear(&b);
}

static void run_auth(void *data)
{
	struct auth *a;
	struct buf b;
	int res;

	oom_start();
	if ((a = auth_new(true)) == NULL)
		return;
	if ((res = auth_set_credentials(a, "u", &password)) == 0) {
		authorize(a, "Basic realm=\"r\"", false);
		authorize(a, "Digest realm=\"r\\\"\", nonce=\"n\", opaque=\"o\", qop=\"auth\", algorithm=SHA-256", false);
		authorize(a, "Digest realm=\"r\", nonce=\"m\", stale=true, algorithm=MD5-sess", true);
	} else {
		check_int(res, -ENOMEM);
	}
	buf_init(&b, LIMIT_LINE_LEN);
	res = auth_username_token(&b, "u", &password, 1);
	check(res == 0 || res == -ENOMEM);
	oom_stop();
	buf_clear_secret(&b);
	auth_destroy(a);
}

static void test_auth(void)
{
	oom_sweep(OOM_ONCE, run_auth, NULL);
	oom_sweep(OOM_FROM_THERE, run_auth, NULL);
}

static int changes, errors;

static void on_changed(void *data)
{
	changes++;
}

static void on_error(void *data, const char *message)
{
	errors += message != NULL;
}

static const struct credentials_events credentials_events = {
	CREDENTIALS_VERSION_EVENTS,
	.changed = on_changed,
	.error = on_error,
};

static void run_credentials(void *data)
{
	struct vloop *v = vloop_new();
	struct credential found = { 0 };
	struct credentials *c;
	int res;

	changes = errors = 0;
	/* (the loop of the test is not what is looked at) */
	oom_start();
	c = credentials_new(vloop_utils(v), path, &credentials_events, NULL);
	oom_stop();
	if (c == NULL) {
		check(oom_failed() && errno == ENOMEM);
		vloop_destroy(v);
		return;
	}
	vloop_flush(v);
	res = credentials_find(c, "urn:uuid:a", "192.0.2.1", &found);
	/* all of it, or nothing and a word about it: never half of an entry */
	if (res == 0) {
		check_int(changes, 1);
		check_str(found.user, "u \xc3\xa4");
		check_str(found.password->value, "pw");
		check_str(found.tls_pin, "sha256//k");
		check_int(credentials_find(c, "b", NULL, &found), 0);
	} else {
		check(oom_failed());
		check_int(errors, 1);
		check_int(credentials_find(c, "b", NULL, &found), -ENOENT);
	}
	credentials_destroy(c);
	vloop_destroy(v);
}

static void test_credentials(void)
{
	write_file("[ { id = \"urn:uuid:a\" address = 192.0.2.1 user = \"u \\u00e4\" password = pw tls.pin = \"sha256//k\" }\n"
			"{ id = b user = v password = \"\" } ]");
	check(oom_sweep(OOM_ONCE, run_credentials, NULL) > 10);
	check(oom_sweep(OOM_FROM_THERE, run_credentials, NULL) > 10);
}

/* A password that is in the keyring: known why it is not there, or nothing is known of its entry. */
static void run_keyring(void *data)
{
	struct vloop *v = vloop_new();
	struct credential found = { 0 };
	struct credentials *c;

	changes = errors = 0;
	oom_start();
	if ((c = credentials_new(vloop_utils(v), path, &credentials_events, NULL)) != NULL)
		vloop_run(v, 1);
	oom_stop();
	if (c && credentials_find(c, "a", NULL, &found) == 0) {
		check(changes > 0);
		check_str(found.password->value, "");
		check(found.keyring == KEYRING_UNSUPPORTED || (oom_failed() && found.keyring == KEYRING_FAILED));
	} else {
		check(oom_failed());
	}
	credentials_destroy(c);
	vloop_destroy(v);
}

static void test_keyring(void)
{
	setenv("ONVIF_KEYRING_HELPER", "/nonexistent", 1);
	write_file("[ { id = a user = u password.keyring = true } ]");
	check(oom_sweep(OOM_ONCE, run_keyring, NULL) > 10);
	check(oom_sweep(OOM_FROM_THERE, run_keyring, NULL) > 10);
}

#define WRITTEN	"[\n{ id = b user = v }\n{ id = c user = w password = old }\n]\n"

static void check_file(const char *text)
{
	char *data;
	size_t size;

	check_int(conf_read_file(path, &data, &size), 0);
	check_str(data, text);
	free(data);
}

/* It is done, or nothing is done to the file and a sentence says why. */
static void run_write(void *data)
{
	const struct credentials_edit edit = { .id = "c", .user = "u", .password = &password, .tls_pin = "sha256//k" };
	char message[CREDENTIALS_MESSAGE_LEN] = "";
	struct credentials_edited edited;
	int res, removed;

	write_file(WRITTEN);
	oom_start();
	res = credentials_put(path, &edit, &edited, message);
	oom_pause();
	if (res < 0) {
		check(oom_failed() && message[0] != '\0');
		check_file(WRITTEN);
	} else {
		check_int(edited.line, 3);
		check_file("[\n{ id = b user = v }\n{ id = c user = \"u\" password = \"p\" tls.pin = \"sha256//k\" }\n]\n");
	}
	oom_resume();
	removed = credentials_remove(path, "c", NULL, message);
	oom_stop();
	if (removed < 0)
		check(oom_failed() && message[0] != '\0');
	else
		check_file("[\n{ id = b user = v }\n]\n");
}

static void test_write(void)
{
	check(oom_sweep(OOM_ONCE, run_write, NULL) > 20);
	check(oom_sweep(OOM_FROM_THERE, run_write, NULL) > 20);
}

static void use_facts(struct vloop *v, struct facts *f)
{
	int res[] = {
		facts_set(f, "a", "transport", "udp"),
		facts_set(f, "new", "name", "n"),
		facts_set_refused(f, "b", "u", &password),
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(res); i++)
		check(res[i] == 0 || res[i] == -ENOMEM);
	vloop_run(v, 5000);
}

static void run_facts(void *data)
{
	struct vloop *v = vloop_new();
	const char *warning = NULL;
	struct facts *f;

	write_file("{ key = \"0000000000000000000000000000000000000000000000000000000000000000\""
			" cameras = { a = { name = \"x y\" transport = tcp refused = abc } } }");
	oom_start();
	if ((f = facts_new(vloop_utils(v), path, &warning)) == NULL)
		check(errno == ENOMEM);
	else
		use_facts(v, f);
	facts_destroy(f);
	oom_stop();
	check(warning == NULL);
	vloop_destroy(v);
	/* what was learned is not lost by that */
	v = vloop_new();
	f = facts_new(vloop_utils(v), path, &warning);
	check(f != NULL && warning == NULL);
	check_str(facts_get(f, "a", "name"), "x y");
	if (!oom_failed()) {
		check_str(facts_get(f, "a", "transport"), "udp");
		check_str(facts_get(f, "new", "name"), "n");
		check(facts_is_refused(f, "b", "u", &password));
	}
	facts_destroy(f);
	vloop_destroy(v);
}

static void test_facts(void)
{
	check(oom_sweep(OOM_ONCE, run_facts, NULL) > 10);
	check(oom_sweep(OOM_FROM_THERE, run_facts, NULL) > 10);
}

static const struct test tests[] = {
	{ "logins", test_auth },
	{ "credentials", test_credentials },
	{ "passwords in the keyring", test_keyring },
	{ "written credentials", test_write },
	{ "facts", test_facts },
};

int main(int argc, char **argv)
{
	int res;

	check(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/file", dir);
	res = test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
	unlink(path);
	rmdir(dir);
	return res;
}
