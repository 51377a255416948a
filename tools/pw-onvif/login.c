/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/login.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <spa/utils/string.h>

#include "module/auth/credentials-write.h"
#include "module/util/text.h"
#include "tools/pw-onvif/ask.h"
#include "tools/pw-onvif/out.h"

struct login {
	struct tool *tool;
	const char *name;		/* as it was typed */
	const char *given_user;		/* --user */
	bool from_stdin, no_verify, keyring;

	struct target *t;
	struct secret user, password;	/* (who is known here is nobody's business either) */
	struct login_result result;
	struct credentials_edited edited;
};

/* ---- what is asked of the user ---- */

static int take_answer(int res, const char *what)
{
	switch (res) {
	case 0:
		return TOOL_OK;
	case -EINTR:
		return TOOL_INTERRUPTED;
	case -ENODATA:
		tool_error("no %s was given: nothing is stored", what);
		return TOOL_USAGE;
	case -E2BIG:
		tool_error("the %s is longer than %u bytes: nothing is stored", what, LIMIT_CREDENTIAL_LEN);
		return TOOL_USAGE;
	case -EILSEQ:
		tool_error("the %s contains a NUL byte: nothing is stored", what);
		return TOOL_USAGE;
	default:
		tool_error("the %s cannot be read: %s", what, strerror(-res));
		return TOOL_FAILED;
	}
}

/* \return a status */
static int ask(struct login *l)
{
	bool terminal = isatty(STDIN_FILENO), prompts = terminal && !l->from_stdin;
	char prompt[sizeof(l->t->handle) + 32], message[LIMIT_ERROR_LEN];
	struct credentials_edit edit = { .address = l->t->host, .password = &l->password };
	int status;

	snprintf(prompt, sizeof(prompt), "User for %s: ", l->t->handle);
	if (l->given_user)
		status = take_answer(secret_set(&l->user, l->given_user), "user");
	else
		status = take_answer(ask_line(prompts ? prompt : NULL, false, &l->user), "user");
	snprintf(prompt, sizeof(prompt), "Password (not shown): ");
	if (status == TOOL_OK)
		status = take_answer(ask_line(prompts ? prompt : NULL, terminal, &l->password), "password");
	if (status != TOOL_OK)
		return status;
	/* before it is sent to anybody */
	edit.user = l->user.value;
	if (credentials_check_edit(&edit, message) < 0) {
		tool_error("%s: nothing is stored", message);
		return TOOL_USAGE;
	}
	return TOOL_OK;
}

/* ---- what the camera says to it ---- */

static int refused(const struct login *l)
{
	tool_error("%s refuses this user and password: nothing is stored. Many cameras lock the account after "
			"some tries, and many have users of their own for ONVIF", l->t->handle);
	return TOOL_LOGIN;
}

static int unusable(const struct login *l)
{
	if (l->result.only_basic && l->t->port_found) {
		tool_error("%s knows no other login than Basic, which shows the password to the network: nothing is "
				"stored. Its port is known from the network only: if it is right, log in to %s, with "
				"auth.basic = true in a rule", l->t->handle, l->t->address);
		return TOOL_LOGIN;
	}
	if (l->result.only_basic) {
		tool_error("%s knows no other login than Basic, which shows the password to the network: "
				"nothing is stored. If you trust the network, set auth.basic = true in the camera's "
				"entry of onvif.cameras, or in a rule", l->t->handle);
		return TOOL_LOGIN;
	}
	tool_error("%s: nothing is stored", l->result.message);
	return TOOL_LOGIN;
}

/* \return a status; TOOL_OK: it may be stored */
static int judge(const struct login *l)
{
	switch (l->result.verdict) {
	case LOGIN_TAKEN:
		if (l->result.message[0])
			tool_error("%s took the login, but: %s", l->t->handle, l->result.message);
		return TOOL_OK;
	case LOGIN_REFUSED:
		return refused(l);
	case LOGIN_UNUSABLE:
		return unusable(l);
	case LOGIN_NOT_ASKED:
		tool_error("%s asks nobody for user and password: nothing is stored (--no-verify stores it "
				"all the same)", l->t->handle);
		return TOOL_FAILED;
	case LOGIN_UNREACHABLE:
		tool_error("%s: nothing is stored (--no-verify stores it unverified)", l->result.message);
		return TOOL_NOT_FOUND;
	case LOGIN_UNTRUSTED:
		tool_error("%s: the password was not sent, nothing is stored", l->result.message);
		return TOOL_FAILED;
	default:
		tool_error("%s: nothing is stored", l->result.message);
		return TOOL_FAILED;
	}
}

/* it becomes a part of a sentence */
static void cut_full_stop(char *message)
{
	size_t len = strlen(message);

	if (len > 0 && message[len - 1] == '.')
		message[len - 1] = '\0';
}

static int verify(struct login *l)
{
	int res;

	if (l->no_verify)
		return TOOL_OK;
	if (l->tool->terminal && !l->tool->quiet && l->t->port_found)
		fprintf(stderr, "Asking %s, as it announces itself...\n", l->t->address);
	else if (l->tool->terminal && !l->tool->quiet)
		fprintf(stderr, "Asking %s...\n", l->t->handle);
	if ((res = login_verify(l->tool, l->t, l->user.value, &l->password, &l->result)) < 0) {
		tool_error("%s cannot be asked: %s", l->t->handle, strerror(-res));
		return TOOL_FAILED;
	}
	cut_full_stop(l->result.message);
	return judge(l);
}

/* ---- what is stored ---- */

static int show_json(const struct login *l, const char *id)
{
	struct buf b;
	int res;

	buf_init(&b, LIMIT_CONF_LEN);
	buf_add_byte(&b, '{');
	out_json_member(&b, "address", l->edited.by_address ? l->t->host : "");
	out_json_member(&b, "id", l->edited.by_id && id ? id : "");
	out_json_member(&b, "file", l->t->settings->credentials_path);
	buf_printf(&b, ",\"line\":%u,\"replaced\":%s,\"verified\":%s,\"pinned\":%s,\"keyring\":%s}", l->edited.line,
			l->edited.replaced ? "true" : "false", l->no_verify ? "false" : "true",
			l->result.tls_pin[0] ? "true" : "false", l->keyring ? "true" : "false");
	res = out_json_print(&b);
	buf_clear(&b);
	return res < 0 ? TOOL_FAILED : TOOL_OK;
}

/* The camera refused exactly these once, and takes them now: the service does not know. */
static void show_remembered(const struct login *l)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:._-";
	const struct service_camera *c = target_service_camera(l->t);

	if (c == NULL || !facts_is_refused(l->t->facts, l->t->key, l->user.value, &l->password))
		return;
	/* (what goes into a shell is not for a camera to choose) */
	printf("The service was refused these before, and waits to be told: run "
			"`pw-metadata -n onvif 0 set.%s.reconnect true`\n",
			strspn(c->key, plain) == strlen(c->key) ? c->key : "ID");
}

static int show(const struct login *l, const char *id)
{
	const char *path = l->t->settings->credentials_path;
	char host[LIMIT_HOST_LEN + 1], shown_id[LIMIT_ID_LEN];

	if (l->tool->json)
		return show_json(l, id);
	if (l->tool->quiet)
		return TOOL_OK;
	text_sanitize(str_from(l->t->host), host, sizeof(host));
	text_sanitize(str_from(id), shown_id, sizeof(shown_id));
	printf("%s: %s in %s, line %u\n", l->no_verify ? "Not verified" : "Login verified",
			l->edited.replaced ? "replaced" : "stored", path, l->edited.line);
	if (l->keyring)
		printf("The password itself is in the keyring\n");
	if (l->edited.by_id && l->edited.by_address)
		printf("It is sent to the camera %s at %s only\n", shown_id, host);
	else if (l->edited.by_id)
		printf("It is sent to the camera %s, at whatever address that is\n", shown_id);
	else
		printf("It is sent to %s only\n", host);
	if (l->result.tls_pin[0])
		printf("Its certificate is pinned: %s\n", l->result.tls_pin);
	show_remembered(l);
	return TOOL_OK;
}

/* What names the camera in its entry, before and after, and what was there before. */
struct place {
	struct keyring_ref ref;
	char id[LIMIT_ID_LEN + 1], address[LIMIT_CREDENTIAL_LEN + 1];
	bool was_in_keyring;
};

static int take_name(const char *name, char *dst, size_t size, const char **ret)
{
	*ret = name ? dst : NULL;
	return name ? str_copy(str_from(name), dst, size) : 0;
}

static int find_place(struct login *l, const struct credentials_edit *edit, struct place *ret)
{
	char message[CREDENTIALS_MESSAGE_LEN];
	const struct credential_entry *old;
	struct credential_file file;
	int res;

	if (credential_file_read(l->t->settings->credentials_path, &file, message) < 0) {
		tool_error("%s", message);
		return TOOL_FAILED;
	}
	old = credentials_edit_find(&file.list, edit);
	res = take_name(old ? old->id : edit->omit_id ? NULL : edit->id, ret->id, sizeof(ret->id), &ret->ref.id);
	if (res == 0)
		res = take_name(old ? old->address : edit->address, ret->address, sizeof(ret->address),
				&ret->ref.address);
	ret->ref.user = edit->user;
	ret->was_in_keyring = old && old->keyring != KEYRING_NONE;
	credential_file_clear(&file);
	if (res == 0)
		return TOOL_OK;
	tool_error("the name of %s is too long: nothing is stored", l->t->handle);
	return TOOL_FAILED;
}

static int put_into_keyring(struct login *l, const struct place *p)
{
	const struct service_camera *c = target_service_camera(l->t);
	const char *name = c ? c->name : facts_get(l->t->facts, l->t->key, "name");
	char text[LIMIT_TEXT_LEN], label[LIMIT_TEXT_LEN + LIMIT_HOST_LEN + 64], message[LIMIT_ERROR_LEN];

	/* (as it is shown among all that somebody keeps there) */
	if (name && text_sanitize(str_from(name), text, sizeof(text)) > 0)
		snprintf(label, sizeof(label), "Password of camera %s (%s)", text, l->t->host);
	else
		snprintf(label, sizeof(label), "Password of camera %s", l->t->host);
	if (login_keyring_store(&p->ref, label, &l->password, message) == 0)
		return TOOL_OK;
	tool_error("%s: nothing is stored", message);
	return TOOL_FAILED;
}

/* What no entry refers to any more. */
static void clean_keyring(const struct login *l, const struct place *p)
{
	struct keyring_ref ref = p->ref;
	char message[LIMIT_ERROR_LEN];

	if (!p->was_in_keyring && !l->keyring)
		return;
	if (!l->keyring)
		ref.user = NULL;
	if (login_keyring_forget(&ref, message) < 0)
		tool_error("the password of before is still in the keyring: %s", message);
}

/* Not in the middle of it; what ends us then does so right after. */
static int write_entry(struct login *l, const struct credentials_edit *edit, char *message)
{
	sigset_t all, old;
	int res;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	res = credentials_put(l->t->settings->credentials_path, edit, &l->edited, message);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return res;
}

static int write_file(struct login *l, const struct credentials_edit *edit, const struct place *p)
{
	char message[CREDENTIALS_MESSAGE_LEN];

	if (write_entry(l, edit, message) < 0) {
		tool_error("%s", message);
		return TOOL_FAILED;
	}
	if (l->keyring && (l->edited.by_id != (p->ref.id != NULL) || l->edited.by_address != (p->ref.address != NULL))) {
		tool_error("%s was edited at the same moment: log in once more", l->t->settings->credentials_path);
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

/* First the keyring, then the file that refers to it, then what it referred to before. Who is killed in between
 * leaves the old file, and what that refers to is there: the old password, or, of the same user, the new one,
 * which the camera has just taken. What nobody refers to does no harm, and goes with the next login of this kind.
 * The other way round, the file would refer to what is not there. */
static int store(struct login *l)
{
	const char *service_id = login_service_id(l->t);
	const char *told = l->result.id[0] ? l->result.id : l->t->id[0] ? l->t->id : NULL;
	struct credentials_edit edit = {
		.id = service_id ? service_id : told,
		.address = l->t->host,
		/* An id that the service does not call it by would never match: the address will. */
		.omit_id = service_id == NULL || (l->result.id[0] && !text_id_equal(service_id, l->result.id)),
		.user = l->user.value,
		.password = &l->password,
		.keyring = l->keyring,
		.tls_pin = l->result.tls_pin[0] && l->t->tls_pin == NULL ? l->result.tls_pin : NULL,
	};
	struct place place;
	int status;

	if ((status = find_place(l, &edit, &place)) == TOOL_OK && l->keyring)
		status = put_into_keyring(l, &place);
	if (status == TOOL_OK)
		status = write_file(l, &edit, &place);
	if (status == TOOL_OK) {
		clean_keyring(l, &place);
		status = show(l, edit.id);
	}
	explicit_bzero(&place, sizeof(place));
	return status;
}

/* A file that cannot be written is told before anything is asked. */
static int check_file(const struct target *t)
{
	char message[CREDENTIALS_MESSAGE_LEN];
	struct credential_file file;

	if (t->settings->credentials_path[0] == '\0') {
		tool_error("there is no home directory to store it in");
		return TOOL_FAILED;
	}
	if (credential_file_read(t->settings->credentials_path, &file, message) < 0) {
		tool_error("%s", message);
		return TOOL_FAILED;
	}
	credential_file_clear(&file);
	return TOOL_OK;
}

static int login(struct login *l)
{
	int status;

	if ((status = login_target(l->tool, l->name, &l->t)) == TOOL_OK &&
	    (status = check_file(l->t)) == TOOL_OK &&
	    (status = ask(l)) == TOOL_OK &&
	    (status = verify(l)) == TOOL_OK)
		status = store(l);
	secret_clear(&l->user);
	secret_clear(&l->password);
	target_free(l->t);
	return status;
}

static int run(struct tool *tool, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "user", required_argument, NULL, 'u' },
		{ "stdin", no_argument, NULL, 's' },
		{ "keyring", no_argument, NULL, 'k' },
		{ "no-verify", no_argument, NULL, 'n' },
		TOOL_OPTIONS,
		{ 0 },
	};
	struct login l = { .tool = tool };
	int c, status;

	while ((c = getopt_long(argc, argv, "u:" TOOL_SHORT_OPTIONS, options, NULL)) != -1) {
		if (c == 'u')
			l.given_user = optarg;
		else if (c == 's')
			l.from_stdin = true;
		else if (c == 'k')
			l.keyring = true;
		else if (c == 'n')
			l.no_verify = true;
		else if ((status = tool_option(tool, &command_login, c, optarg)) >= 0)
			return status;
	}
	if (argc - optind != 1)
		return tool_usage(&command_login, argc > optind ? "one camera at a time, and no password "
				"among the arguments, where others can read it" : "which camera?");
	if (l.keyring && !keyring_is_supported())
		return tool_usage(&command_login, "--keyring is not possible: this was built without libsecret");
	l.name = argv[optind];
	return login(&l);
}

const struct command command_login = {
	.name = "login",
	.arguments = "[OPTION...] ADDRESS|NAME|rtsp://...",
	.summary = "Store user and password of a camera, after trying them",
	.help =
		"User and password are asked for, tried at that camera (once: many lock the\n"
		"account after some wrong tries) and, if it takes them, stored in\n"
		"~/.config/pipewire/onvif-credentials.conf, which only you may read. The running\n"
		"service takes note by itself: the output appears within seconds.\n"
		"\n"
		"  -u, --user USER   the user; only the password is asked for\n"
		"      --stdin       read them from standard input without asking, one line\n"
		"                    each; so it is where that is no terminal\n"
		"      --keyring     keep the password in the keyring of the desktop (Secret\n"
		"                    Service); the file says only that it is there\n"
		"      --no-verify   store them without asking the camera\n"
		"\n"
		"The entry names the camera's address, and its id where the service knows it by\n"
		"that: nobody else is sent the password. If the camera was asked over HTTPS, its\n"
		"certificate is pinned. An entry that is there keeps all but user and password.\n"
		"\n"
		"Exit status: 0 stored, 3 not reached, 4 refused, 1 and 2 other errors; nothing\n"
		"is stored then.\n",
	.run = run,
};
