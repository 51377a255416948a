/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spa/utils/defs.h>
#include <spa/utils/json.h>

#include "credentials-file.h"
#include "module/util/addr.h"
#include "module/util/limits.h"
#include "module/util/text.h"

enum key { KEY_ID, KEY_ADDRESS, KEY_USER, KEY_PASSWORD, KEY_KEYRING, KEY_TLS_PIN, N_KEYS };

static const char * const key_names[N_KEYS] = {
	[KEY_ID] = "id",
	[KEY_ADDRESS] = "address",
	[KEY_USER] = "user",
	[KEY_PASSWORD] = "password",
	[KEY_KEYRING] = "password.keyring",
	[KEY_TLS_PIN] = "tls.pin",
};

struct parser {
	const char *data, *end;
	struct conf_error *error;
	struct credential_list list;
};

/* the message may name keys, never values */
static int SPA_PRINTF_FUNC(4, 5) fail(struct parser *p, const char *pos, int res,
		const char *fmt, ...)
{
	va_list args;

	p->error->line = pos ? conf_line(p->data, pos) : 0;
	va_start(args, fmt);
	vsnprintf(p->error->message, sizeof(p->error->message), fmt, args);
	va_end(args);
	return res;
}

static void clear_entry(struct credential_entry *e)
{
	free(e->id);
	free(e->address);
	free(e->user);
	free(e->tls_pin);
	secret_clear(&e->password);
	*e = (struct credential_entry){ 0 };
}

void credential_list_clear(struct credential_list *list)
{
	uint32_t i;

	for (i = 0; i < list->n_entries; i++)
		clear_entry(&list->entries[i]);
	free(list->entries);
	*list = (struct credential_list){ 0 };
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool credential_list_equal(const struct credential_list *a, const struct credential_list *b)
{
	uint32_t i;

	if (a->n_entries != b->n_entries)
		return false;
	for (i = 0; i < a->n_entries; i++) {
		const struct credential_entry *x = &a->entries[i], *y = &b->entries[i];

		if (!same_text(x->id, y->id) || !same_text(x->address, y->address) ||
		    !same_text(x->user, y->user) || !same_text(x->tls_pin, y->tls_pin) ||
		    x->keyring != y->keyring || !secret_equal(&x->password, &y->password))
			return false;
	}
	return true;
}

static bool has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((uint8_t)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

/* { address = a user = u my-password }: what stands there alone may be one */
static bool is_followed_by_value(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p < end && (*p == '=' || *p == ':');
}

static int parse_key(struct parser *p, const char *pos, int len, bool after_password,
		enum key *ret)
{
	char raw[64], shown[64];
	const char *meant;
	uint32_t i;

	if (len >= (int)sizeof(raw))
		return fail(p, pos, -EBADMSG, "an unknown key");
	spa_json_parse_stringn(pos, len, raw, sizeof(raw));
	for (i = 0; i < N_KEYS; i++) {
		if (strcmp(raw, key_names[i]) == 0) {
			*ret = (enum key)i;
			return 0;
		}
	}
	/* { password = my secret ... }, { password = "my" secret "..." }: the rest of a password */
	if (after_password)
		return fail(p, pos, -EBADMSG, "an unknown key after a password: a password with blanks "
				"needs quotes, a quote in it \\\"");
	if (!is_followed_by_value(pos + len, p->end))
		return fail(p, pos, -EBADMSG, "an unknown key: use id, address, user, password, "
				"password.keyring or tls.pin, each followed by = and its value");
	text_sanitize(str_from(raw), shown, sizeof(shown));
	if ((meant = conf_suggest(raw, key_names, N_KEYS)) != NULL)
		return fail(p, pos, -EBADMSG, "unknown key \"%s\": did you mean \"%s\"?",
				shown, meant);
	return fail(p, pos, -EBADMSG, "unknown key \"%s\": use id, address, user, password, "
			"password.keyring or tls.pin", shown);
}

/* one or several, for services with keys of their own */
static bool pins_valid(const char *value)
{
	struct str rest = str_from(value), pin;

	while (str_token(&rest, ";", &pin) == 0)
		if (!str_has_prefix(pin, STR_LIT("sha256//")))
			return false;
	return value[0] != ';';
}

static int check_value(struct parser *p, const char *pos, enum key key, const char *value)
{
	size_t len = strlen(value), max = key == KEY_ID ? LIMIT_ID_LEN : LIMIT_CREDENTIAL_LEN;

	if (len > max)
		return fail(p, pos, -E2BIG, "%s is longer than %zu bytes", key_names[key], max);
	if (key == KEY_PASSWORD)
		return 0;
	if (len == 0)
		return fail(p, pos, -EBADMSG, "%s is empty", key_names[key]);
	if (has_control(value))
		return fail(p, pos, -EBADMSG, "%s contains control characters", key_names[key]);
	if (key == KEY_KEYRING && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return fail(p, pos, -EBADMSG, "password.keyring must be true or false: the password itself "
				"is in the keyring");
	if (key == KEY_TLS_PIN && !pins_valid(value))
		return fail(p, pos, -EBADMSG, "tls.pin must begin with \"sha256//\", each of several "
				"with ';' between");
	return 0;
}

/* One entry in the making. */
struct draft {
	struct credential_entry e;
	char *keyring;		/* as it is written */
};

static int store_value(struct parser *p, struct draft *d, enum key key, const char *pos, int len)
{
	struct credential_entry *e = &d->e;
	char **texts[] = {
		[KEY_ID] = &e->id, [KEY_ADDRESS] = &e->address, [KEY_USER] = &e->user,
		[KEY_PASSWORD] = &e->password.value, [KEY_KEYRING] = &d->keyring, [KEY_TLS_PIN] = &e->tls_pin,
	};
	char *value;
	int res;

	if (*texts[key] != NULL)
		return fail(p, pos, -EBADMSG, "%s is given twice in one entry", key_names[key]);
	if (spa_json_is_container(pos, len))
		return fail(p, pos, -EBADMSG, "%s must be a text", key_names[key]);
	/* calloc(): clear and free must find the end */
	if ((value = calloc(1, (size_t)len + 1)) == NULL)
		return -ENOMEM;
	spa_json_parse_stringn(pos, len, value, len + 1);
	if ((res = check_value(p, pos, key, value)) < 0) {
		explicit_bzero(value, (size_t)len + 1);
		free(value);
		return res;
	}
	*texts[key] = value;
	return 0;
}

static int parse_pairs(struct parser *p, struct spa_json *it, struct draft *d)
{
	bool after_password = false;
	enum key key = KEY_ID;
	const char *pos;
	int len, res;

	while ((len = spa_json_next(it, &pos)) > 0) {
		if ((res = parse_key(p, pos, len, after_password, &key)) < 0)
			return res;
		if ((len = spa_json_next(it, &pos)) <= 0)
			return fail(p, pos, -EBADMSG, "%s has no value", key_names[key]);
		if ((res = store_value(p, d, key, pos, len)) < 0)
			return res;
		after_password |= key == KEY_PASSWORD;
	}
	return 0;
}

static int check_entry(struct parser *p, const char *pos, const struct credential_entry *e)
{
	uint32_t i;

	if (e->id == NULL && e->address == NULL)
		return fail(p, pos, -EBADMSG, "an entry needs an id, an address, or both: "
				"which camera is it for?");
	if (e->user == NULL)
		return fail(p, pos, -EBADMSG, "an entry has no user");
	if (e->keyring != KEYRING_NONE && e->password.value)
		return fail(p, pos, -EBADMSG, "an entry has a password, and password.keyring = true: remove one");
	for (i = 0; i < p->list.n_entries; i++) {
		const struct credential_entry *o = &p->list.entries[i];

		if (!o->id == !e->id && !o->address == !e->address &&
		    (!e->id || text_id_equal(o->id, e->id)) &&
		    (!e->address || addr_text_equal(str_from(o->address), str_from(e->address))))
			return fail(p, pos, -EBADMSG, "this entry and the one in line %u are for "
					"the same camera: remove one", o->line);
	}
	return 0;
}

static int parse_entry(struct parser *p, struct spa_json *list, const char *pos)
{
	struct draft d = { .e.line = conf_line(p->data, pos) };
	struct credential_entry *grown, *e = &d.e;
	struct spa_json it;
	int res;

	spa_json_enter(list, &it);
	if ((res = parse_pairs(p, &it, &d)) < 0)
		goto error;
	if (d.keyring && strcmp(d.keyring, "true") == 0)
		e->keyring = KEYRING_ASKED;
	if ((res = check_entry(p, pos, e)) < 0)
		goto error;
	if (p->list.n_entries >= LIMIT_CREDENTIALS) {
		res = fail(p, pos, -E2BIG, "more than %u entries", LIMIT_CREDENTIALS);
		goto error;
	}
	/* what moves here are pointers; the secrets themselves stay in place */
	grown = realloc(p->list.entries, (p->list.n_entries + 1) * sizeof(*e));
	if (grown == NULL || (e->password.value == NULL && secret_set(&e->password, "") < 0)) {
		if (grown != NULL)
			p->list.entries = grown;
		res = -ENOMEM;
		goto error;
	}
	p->list.entries = grown;
	p->list.entries[p->list.n_entries++] = *e;
	free(d.keyring);
	return 0;

error:
	clear_entry(e);
	free(d.keyring);
	return res;
}

static int parse_list(struct parser *p, size_t size)
{
	struct spa_json file, list;
	const char *pos;
	int len, res;

	spa_json_init(&file, p->data, size);
	len = spa_json_next(&file, &pos);
	/* libspa takes a comment on a last line without an end for a word */
	if (len <= 0 || *pos == '#')
		return 0;
	if (!spa_json_is_array(pos, len))
		return fail(p, pos, -EBADMSG, "the file must be a list: [ { id = ... user = ... } ]");
	spa_json_enter(&file, &list);
	while ((len = spa_json_next(&list, &pos)) > 0) {
		if (!spa_json_is_object(pos, len))
			return fail(p, pos, -EBADMSG, "every entry must be in braces: { ... }");
		if ((res = parse_entry(p, &list, pos)) < 0)
			return res;
	}
	return 0;
}

int credential_list_parse(const char *file, const char *data, size_t size,
		struct credential_list *ret, struct conf_error *error)
{
	struct parser p = { .data = data, .end = data + size, .error = error };
	int res;

	if ((res = conf_check(file, data, size, error)) < 0)
		return res;
	error->file = file;
	if ((res = parse_list(&p, size)) < 0) {
		if (res == -ENOMEM)
			fail(&p, NULL, res, "out of memory");
		credential_list_clear(&p.list);
		return res;
	}
	*ret = p.list;
	return 0;
}

/* 0: no match; id and address beat id alone, which beats address alone */
static int rank(const struct credential_entry *e, const char *id, const char *address)
{
	if (e->id != NULL && (id == NULL || !text_id_equal(e->id, id)))
		return 0;
	if (e->address != NULL && (address == NULL ||
	    !addr_text_equal(str_from(e->address), str_from(address))))
		return 0;
	return (e->id ? 2 : 0) + (e->address ? 1 : 0);
}

const struct credential_entry *credential_list_find(const struct credential_list *list,
		const char *id, const char *address)
{
	const struct credential_entry *best = NULL;
	int r, best_rank = 0;
	uint32_t i;

	for (i = 0; i < list->n_entries; i++) {
		if ((r = rank(&list->entries[i], id, address)) > best_rank) {
			best = &list->entries[i];
			best_rank = r;
		}
	}
	return best;
}

static int SPA_PRINTF_FUNC(2, 3) refuse(char message[CREDENTIALS_MESSAGE_LEN], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, CREDENTIALS_MESSAGE_LEN, fmt, args);
	va_end(args);
	return -EACCES;
}

static int check_owner(const char *path, int fd, struct stat *st, char *message)
{
	if (fstat(fd, st) < 0)
		return refuse(message, "%s cannot be examined: %s", path, strerror(errno));
	if (!S_ISREG(st->st_mode))
		return refuse(message, "%s is no regular file: remove it and write the "
				"credentials into a file of that name", path);
	if (st->st_uid != geteuid())
		return refuse(message, "%s belongs to another user: run `chown %u %s`",
				path, (unsigned int)geteuid(), path);
	if ((st->st_mode & 077) != 0)
		return refuse(message, "%s can be read or written by others: run `chmod 600 %s`",
				path, path);
	return 0;
}

static int read_fd(const char *path, int fd, struct credential_file *f, char *message)
{
	struct conf_error error = { 0 };
	int res;

	if ((res = check_owner(path, fd, &f->st, message)) < 0)
		return res;
	if ((res = conf_read_fd(fd, &f->data, &f->size)) < 0)
		return refuse(message, "%s cannot be read: %s", path, strerror(-res));
	res = credential_list_parse(path, f->data, f->size, &f->list, &error);
	if (res < 0 && error.line > 0)
		return refuse(message, "%s:%u: %s", path, error.line, error.message);
	if (res < 0)
		return refuse(message, "%s: %s", path, error.message);
	return 0;
}

void credential_file_clear(struct credential_file *file)
{
	credential_list_clear(&file->list);
	if (file->data != NULL)
		explicit_bzero(file->data, file->size);
	free(file->data);
	*file = (struct credential_file){ 0 };
}

int credential_file_read(const char *path, struct credential_file *ret,
		char message[CREDENTIALS_MESSAGE_LEN])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), res;
	struct credential_file f = { 0 };

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return refuse(message, "%s cannot be opened: %s", path, strerror(errno));
	res = fd < 0 ? 0 : read_fd(path, fd, &f, message);
	if (fd >= 0)
		close(fd);
	if (res < 0)
		credential_file_clear(&f);
	else
		*ret = f;
	return res;
}
