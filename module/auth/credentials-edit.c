/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/json.h>

#include "credentials-edit.h"
#include "module/util/addr.h"
#include "module/util/limits.h"
#include "module/util/str.h"
#include "module/util/text.h"

/* What an edit writes; what names the camera is written once, with the entry. */
enum field { FIELD_USER, FIELD_PASSWORD, FIELD_KEYRING, FIELD_TLS_PIN, N_FIELDS };

static const char * const field_names[N_FIELDS] = {
	[FIELD_USER] = "user",
	[FIELD_PASSWORD] = "password",
	[FIELD_KEYRING] = "password.keyring",
	[FIELD_TLS_PIN] = "tls.pin",
};

struct span {
	const char *begin, *end;	/* NULL: there is none */
};

struct entry_spans {
	struct span all;		/* with its braces */
	struct span key[N_FIELDS], value[N_FIELDS];
	const char *last;		/* behind its last value */
};

/* ---- what may be written ---- */

static int check_text(const char *name, const char *value, size_t max, char *message)
{
	struct str rest = str_from(value);
	uint32_t code;

	if (rest.len > max) {
		snprintf(message, LIMIT_ERROR_LEN, "the %s is longer than %zu bytes", name, max);
		return -E2BIG;
	}
	while (rest.len > 0) {
		if (str_utf8(&rest, &code) < 0) {
			snprintf(message, LIMIT_ERROR_LEN, "the %s is not UTF-8", name);
			return -EINVAL;
		}
		if (code < 0x20 || code == 0x7f) {
			snprintf(message, LIMIT_ERROR_LEN, "the %s contains control characters", name);
			return -EINVAL;
		}
	}
	return 0;
}

int credentials_check_edit(const struct credentials_edit *edit, char message[LIMIT_ERROR_LEN])
{
	const struct {
		const char *name, *value;
		size_t max;
	} texts[] = {
		{ "id", edit->id, LIMIT_ID_LEN },
		{ "address", edit->address, LIMIT_CREDENTIAL_LEN },
		{ "user", edit->user, LIMIT_CREDENTIAL_LEN },
		{ "password", edit->password->value, LIMIT_CREDENTIAL_LEN },
		{ "key", edit->tls_pin, LIMIT_CREDENTIAL_LEN },
	};
	size_t i;
	int res;

	for (i = 0; i < SPA_N_ELEMENTS(texts); i++)
		if (texts[i].value &&
		    (res = check_text(texts[i].name, texts[i].value, texts[i].max, message)) < 0)
			return res;
	if (edit->user == NULL || edit->user[0] == '\0') {
		snprintf(message, LIMIT_ERROR_LEN, "the user is empty");
		return -EINVAL;
	}
	return 0;
}

static void add_pair(struct buf *dst, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_add_byte(dst, ' ');
	buf_add_str(dst, key);
	buf_add_str(dst, " = ");
	buf_add_quoted(dst, value);
}

static void add_value(struct buf *dst, enum field f, const char *value)
{
	/* (true is no text) */
	if (f == FIELD_KEYRING)
		buf_add_str(dst, value);
	else
		buf_add_quoted(dst, value);
}

static void add_field(struct buf *dst, enum field f, const char *value)
{
	buf_add_str(dst, field_names[f]);
	buf_add_str(dst, " = ");
	add_value(dst, f, value);
}

static const char *field_value(const struct credentials_edit *edit, enum field f)
{
	switch (f) {
	case FIELD_USER:
		return edit->user;
	case FIELD_PASSWORD:
		return edit->keyring ? NULL : edit->password->value ? edit->password->value : "";
	case FIELD_KEYRING:
		return edit->keyring ? "true" : NULL;
	default:
		return edit->tls_pin;
	}
}

/* ---- whose it is ---- */

/* By what is known on both sides, which must be something. */
bool credentials_is_about(const struct credential_entry *e, const char *id, const char *address)
{
	bool has_id = e->id && id, has_address = e->address && address;

	return (has_id || has_address) && (!has_id || text_id_equal(e->id, id)) &&
		(!has_address || addr_text_equal(str_from(e->address), str_from(address)));
}

/* The one that is in force. Where the id is not known to us it may still be to the module. */
const struct credential_entry *credentials_edit_find(const struct credential_list *list,
		const struct credentials_edit *edit)
{
	uint32_t i;

	for (i = 0; edit->id == NULL && i < list->n_entries; i++)
		if (list->entries[i].id && credentials_is_about(&list->entries[i], NULL, edit->address))
			return &list->entries[i];
	return credential_list_find(list, edit->id, edit->address);
}

/* ---- where it is ---- */

/* past what stands between values */
static const char *skip_blank(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '#')
			while (p < end && *p != '\n' && *p != '\r')
				p++;
		if (p >= end || strchr(" \t\r\n,", *p) == NULL)
			break;
	}
	return p;
}

static void find_values(struct spa_json *it, struct entry_spans *e)
{
	const char *key, *pos;
	char name[64];
	int key_len, len;

	while ((key_len = spa_json_next(it, &key)) > 0 && (len = spa_json_next(it, &pos)) > 0) {
		/* (the reader took it: the key is one of its own) */
		spa_json_parse_stringn(key, SPA_MIN(key_len, (int)sizeof(name) - 1), name, sizeof(name));
		e->last = pos + len;
		for (int f = 0; f < N_FIELDS; f++)
			if (strcmp(name, field_names[f]) == 0) {
				e->key[f] = (struct span) { key, key + key_len };
				e->value[f] = (struct span) { pos, pos + len };
			}
	}
}

/* Where entry n and the list end. \return false: not where they should be */
static bool find_entry(const char *data, size_t size, uint32_t n, struct entry_spans *ret)
{
	const char *end = data + size, *pos;
	struct spa_json file, list, it;
	int len;

	spa_json_init(&file, data, size);
	if ((len = spa_json_next(&file, &pos)) <= 0 || !spa_json_is_array(pos, len))
		return false;
	spa_json_enter(&file, &list);
	do {
		if ((len = spa_json_next(&list, &pos)) <= 0 || !spa_json_is_object(pos, len))
			return false;
		*ret = (struct entry_spans){ .all.begin = pos };
		spa_json_enter(&list, &it);
		find_values(&it, ret);
		if (ret->last == NULL)
			return false;
		ret->all.end = skip_blank(ret->last, end) + 1;
		if (ret->all.end > end || ret->all.end[-1] != '}')
			return false;
	} while (n-- > 0);
	return true;
}

/* The ']' of the list. \return NULL: there is no list in it yet */
static const char *find_list_end(const char *data, size_t size, uint32_t n_entries)
{
	const char *end = data + size, *p;
	struct entry_spans e;

	if (n_entries > 0)
		p = find_entry(data, size, n_entries - 1, &e) ? e.all.end : end;
	else if ((p = skip_blank(data, end)) < end && *p == '[')
		p++;
	p = skip_blank(p, end);
	return p < end && *p == ']' ? p : NULL;
}

static const char *line_begin(const char *data, const char *p)
{
	while (p > data && p[-1] != '\n')
		p--;
	return p;
}

static bool is_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p == end;
}

/* ---- the edits ---- */

static void add_span(struct buf *dst, const char *begin, const char *end)
{
	buf_add(dst, begin, (size_t)(end - begin));
}

/* What is done to a field of an entry that is there. */
struct change {
	struct span old;	/* NULL: it comes behind the last value */
	enum field field;
	const char *value;	/* NULL: old goes */
	bool whole;		/* key and value */
};

/* The password, or where it is: it takes the other's place, and never are there both. */
static uint32_t change_password(const struct entry_spans *e, const struct credentials_edit *edit, struct change *c)
{
	enum field f = edit->keyring ? FIELD_KEYRING : FIELD_PASSWORD;
	enum field other = edit->keyring ? FIELD_PASSWORD : FIELD_KEYRING;
	struct span pair = { e->key[other].begin, e->value[other].end };
	bool has = e->value[f].begin != NULL;

	c[0] = (struct change) { has ? e->value[f] : pair, f, field_value(edit, f), !has };
	if (!has || pair.begin == NULL)
		return 1;
	c[1] = (struct change) { .old = pair, .field = other };
	return 2;
}

static int compare_changes(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	/* what is new comes last, in the order of the fields */
	if (x->old.begin && y->old.begin)
		return x->old.begin < y->old.begin ? -1 : x->old.begin > y->old.begin;
	if (x->old.begin || y->old.begin)
		return x->old.begin ? -1 : 1;
	return (int)x->field - (int)y->field;
}

/* Only values change; those that the entry lacks come behind its last one. */
static void replace_entry(const char *data, size_t size, const struct entry_spans *e,
		const struct credentials_edit *edit, struct buf *dst)
{
	struct change changes[N_FIELDS + 1];
	const char *from = data;
	uint32_t n;

	n = change_password(e, edit, changes);
	changes[n++] = (struct change) { e->value[FIELD_USER], FIELD_USER, edit->user, false };
	if (edit->tls_pin)
		changes[n++] = (struct change) { e->value[FIELD_TLS_PIN], FIELD_TLS_PIN, edit->tls_pin, false };
	qsort(changes, n, sizeof(*changes), compare_changes);
	for (struct change *c = changes; c < changes + n; c++) {
		add_span(dst, from, c->old.begin ? c->old.begin : SPA_MAX(e->last, from));
		if (c->old.begin == NULL)
			buf_add_byte(dst, ' ');
		if (c->value && (c->whole || c->old.begin == NULL))
			add_field(dst, c->field, c->value);
		else if (c->value)
			add_value(dst, c->field, c->value);
		from = c->old.begin ? c->old.end : SPA_MAX(e->last, from);
	}
	add_span(dst, from, data + size);
}

static void add_entry(struct buf *dst, const struct credentials_edit *edit)
{
	buf_add_byte(dst, '{');
	if (!edit->omit_id)
		add_pair(dst, "id", edit->id);
	add_pair(dst, "address", edit->address);
	for (enum field f = 0; f < N_FIELDS; f++) {
		if (field_value(edit, f) == NULL)
			continue;
		buf_add_byte(dst, ' ');
		add_field(dst, f, field_value(edit, f));
	}
	buf_add_str(dst, " }");
}

/* A line of its own, in front of the line of the list's end if that is alone on it. */
static void append_entry(const char *data, size_t size, const char *list_end,
		const struct credentials_edit *edit, struct buf *dst)
{
	const char *at = line_begin(data, list_end);
	bool alone = at > data && is_blank(at, list_end);

	if (!alone)
		at = list_end;
	add_span(dst, data, at);
	buf_add_str(dst, alone ? "    " : "\n    ");
	add_entry(dst, edit);
	buf_add_byte(dst, '\n');
	add_span(dst, at, data + size);
}

static void add_list(const char *data, size_t size, const struct credentials_edit *edit, struct buf *dst)
{
	if (data == NULL)
		buf_add_str(dst, "# Users and passwords of cameras, for pipewire-onvif and pw-onvif.\n"
				"# Readable by its owner only (chmod 600), or it is not read at all.\n");
	else
		buf_add(dst, data, size);
	if (size > 0 && data[size - 1] != '\n')
		buf_add_byte(dst, '\n');
	buf_add_str(dst, "[\n    ");
	add_entry(dst, edit);
	buf_add_str(dst, "\n]\n");
}

/* the whole line where nothing else is on it, no comment either */
static void widen_to_line(const char *data, const char *end, struct span *s)
{
	const char *begin = line_begin(data, s->begin), *stop;

	if (s->end < end && *s->end == ',')
		s->end++;
	stop = memchr(s->end, '\n', (size_t)(end - s->end));
	if (stop && is_blank(begin, s->begin) && is_blank(s->end, stop))
		*s = (struct span) { begin, stop + 1 };
}

/* ---- what came of it is what was meant, or it is not written ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_as_wanted(const struct credential_entry *e, const struct credentials_edit *edit,
		const struct credential_entry *old)
{
	struct secret none = { (char []) { "" } };

	return same_text(e->id, old ? old->id : edit->omit_id ? NULL : edit->id) &&
		same_text(e->address, old ? old->address : edit->address) &&
		same_text(e->user, edit->user) &&
		same_text(e->tls_pin, edit->tls_pin || !old ? edit->tls_pin : old->tls_pin) &&
		e->keyring == (edit->keyring ? KEYRING_ASKED : KEYRING_NONE) &&
		secret_equal(&e->password, edit->password->value && !edit->keyring ? edit->password : &none);
}

static int check_put(const struct credential_list *old, uint32_t at, const struct credentials_edit *edit,
		const struct buf *text, uint32_t *ret_line)
{
	struct credential_list list;
	struct conf_error error;
	bool good;
	uint32_t i;
	int res;

	if ((res = credential_list_parse("", text->data, text->len, &list, &error)) < 0)
		return res;
	good = list.n_entries == SPA_MAX(old->n_entries, at + 1);
	for (i = 0; good && i < list.n_entries; i++)
		good = i == at ? is_as_wanted(&list.entries[i], edit, at < old->n_entries ? &old->entries[at] : NULL) :
			credential_list_equal(&(struct credential_list){ &list.entries[i], 1 },
					&(struct credential_list){ &old->entries[i], 1 });
	if (good)
		*ret_line = list.entries[at].line;
	credential_list_clear(&list);
	return good ? 0 : -EBADMSG;
}

int credentials_edit_put(const char *data, size_t size, const struct credential_list *list,
		const struct credentials_edit *edit, struct buf *dst, struct credentials_edited *ret)
{
	const struct credential_entry *old = credentials_edit_find(list, edit);
	uint32_t at = old ? (uint32_t)(old - list->entries) : list->n_entries, line;
	const char *list_end;
	struct entry_spans e;
	int res;

	if (old) {
		if (!find_entry(data, size, at, &e))
			return -EBADMSG;
		replace_entry(data, size, &e, edit, dst);
	} else if (data && (list_end = find_list_end(data, size, list->n_entries)) != NULL) {
		append_entry(data, size, list_end, edit, dst);
	} else {
		add_list(data, size, edit, dst);
	}
	if (dst->error < 0)
		return dst->error;
	if ((res = check_put(list, at, edit, dst, &line)) < 0)
		return res;
	*ret = (struct credentials_edited) {
		.line = line,
		.replaced = old != NULL,
		.by_id = old ? old->id != NULL : edit->id && !edit->omit_id,
		.by_address = old ? old->address != NULL : edit->address != NULL,
	};
	return 0;
}

static int check_removed(const struct credential_list *old, const char *id, const char *address,
		const struct buf *text)
{
	struct credential_list list;
	struct conf_error error;
	bool good = true;
	uint32_t i, n = 0;
	int res;

	if ((res = credential_list_parse("", buf_str(text).p, text->len, &list, &error)) < 0)
		return res;
	for (i = 0; good && i < old->n_entries; i++) {
		if (credentials_is_about(&old->entries[i], id, address))
			continue;
		good = n < list.n_entries &&
			credential_list_equal(&(struct credential_list){ &list.entries[n], 1 },
					&(struct credential_list){ &old->entries[i], 1 });
		n++;
	}
	good = good && n == list.n_entries;
	credential_list_clear(&list);
	return good ? 0 : -EBADMSG;
}

int credentials_edit_remove(const char *data, size_t size, const struct credential_list *list,
		const char *id, const char *address, struct buf *dst)
{
	const char *from = data;
	struct entry_spans e;
	int n = 0, res;
	uint32_t i;

	for (i = 0; i < list->n_entries; i++) {
		if (!credentials_is_about(&list->entries[i], id, address))
			continue;
		if (!find_entry(data, size, i, &e))
			return -EBADMSG;
		widen_to_line(data, data + size, &e.all);
		add_span(dst, from, SPA_MAX(from, e.all.begin));
		from = e.all.end;
		n++;
	}
	if (n == 0)
		return 0;
	add_span(dst, from, data + size);
	if (dst->error < 0)
		return dst->error;
	res = check_removed(list, id, address, dst);
	return res < 0 ? res : n;
}
