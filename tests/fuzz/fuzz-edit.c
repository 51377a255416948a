/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "module/auth/credentials-edit.h"
#include "module/util/addr.h"
#include "module/util/text.h"
#include "tests/fuzz/fuzz.h"

/* The file of credentials, edited: a byte of flags and a line each for id, address, user, password and
 * key, then the file. Whatever it looks like: what the reader takes can be edited, afterwards it
 * reads what was meant, and nothing else in it is touched, no comment and no blank. */
#define FLAG_REMOVE	1
#define FLAG_ID		2
#define FLAG_ADDRESS	4
#define FLAG_OMIT_ID	8
#define FLAG_PIN	16
#define FLAG_NO_FILE	32
#define FLAG_KEYRING	64

/* ---- a reader of its own ---- */

enum kind { END, BLANK, COMMENT, WORD, MARK };

struct token {
	enum kind kind;
	struct str text;
};

static size_t word_len(struct str s)
{
	size_t n;

	if (s.p[0] != '"') {
		for (n = 0; n < s.len && strchr(" \t\r\n,:=]}", s.p[n]) == NULL; n++)
			;
		return n;
	}
	for (n = 1; n < s.len && s.p[n] != '"'; n++)
		n += s.p[n] == '\\';
	return n + 1;
}

static struct token next(struct str *in)
{
	struct token t = { END, fuzz_take(in, 0) };
	size_t n = 1;

	if (in->len == 0)
		return t;
	if (strchr(" \t\r\n", in->p[0])) {
		t.kind = BLANK;
	} else if (in->p[0] == '#') {
		t.kind = COMMENT;
		while (n < in->len && in->p[n] != '\n' && in->p[n] != '\r')
			n++;
	} else if (strchr("{}[],:=", in->p[0])) {
		t.kind = MARK;
	} else {
		t.kind = WORD;
		n = word_len(*in);
	}
	t.text = fuzz_take(in, n);
	return t;
}

static struct token next_solid(struct str *in)
{
	struct token t;

	while ((t = next(in)).kind == BLANK)
		;
	return t;
}

static bool is_mark(struct token t, char c)
{
	return t.kind == MARK && t.text.p[0] == c;
}

/* ---- nothing else is touched ---- */

/* short is long without one piece of it */
static bool is_piece_less(struct str shorter, struct str longer)
{
	size_t begin = 0, end = 0;

	while (begin < shorter.len && begin < longer.len && shorter.p[begin] == longer.p[begin])
		begin++;
	while (end < shorter.len && end < longer.len &&
	    shorter.p[shorter.len - 1 - end] == longer.p[longer.len - 1 - end])
		end++;
	return shorter.len <= longer.len && begin + end >= shorter.len;
}

/* ' key = "value"', of which a blank may have been taken already, and then follows */
static void skip_added(struct str *in, struct token t)
{
	bool blank_taken = t.kind == WORD;
	int n = blank_taken ? 5 : 6;

	if (!blank_taken)
		fuzz_assert(t.kind == BLANK && (t = next(in)).kind == WORD);
	fuzz_assert(str_eq(t.text, STR_LIT("user")) || str_eq(t.text, STR_LIT("password")) ||
			str_eq(t.text, STR_LIT("tls.pin")));
	fuzz_assert(next(in).kind == BLANK && is_mark(next(in), '=') && next(in).kind == BLANK);
	fuzz_assert((t = next(in)).kind == WORD && t.text.p[0] == '"');
	if (n == 5)
		fuzz_assert(next(in).kind == BLANK);
}

/* values became others, and some were added */
static void check_replaced(struct str before, struct str after)
{
	uint32_t n = 0;

	for (;;) {
		struct token a = next(&before), b = next(&after);

		while (a.kind != b.kind || !str_eq(a.text, b.text)) {
			fuzz_assert(n++ < 3);
			if (a.kind == WORD && b.kind == WORD && b.text.p[0] == '"')
				break;
			skip_added(&after, b);
			b = next(&after);
		}
		if (a.kind == END)
			return;
	}
}

static struct token next_comment(struct str *in)
{
	struct token t;

	while ((t = next(in)).kind != COMMENT && t.kind != END)
		;
	return t;
}

static void skip_entry(struct str *in)
{
	struct token t;

	while (!is_mark(t = next(in), '}'))
		fuzz_assert(t.kind != END);
	if (in->len > 0 && in->p[0] == ',')
		fuzz_take(in, 1);
}

/* in one entry, keys became others; what is around it stays, and all comments do */
static void check_moved(struct str before, struct str after, uint32_t index)
{
	struct str x = before, y = after;
	struct token a, b;
	uint32_t n = 0;

	do {
		a = next(&before);
		b = next(&after);
		fuzz_assert(a.kind == b.kind && str_eq(a.text, b.text));
		if (is_mark(a, '{') && n++ == index) {
			skip_entry(&before);
			skip_entry(&after);
		}
	} while (a.kind != END);
	do {
		a = next_comment(&x);
		b = next_comment(&y);
		fuzz_assert(a.kind == b.kind && str_eq(a.text, b.text));
	} while (a.kind != END);
}

static bool is_about(const struct credential_entry *e, const char *id, const char *address)
{
	if (e->id && id && !text_id_equal(e->id, id))
		return false;
	if (e->address && address && !addr_text_equal(str_from(e->address), str_from(address)))
		return false;
	return (e->id && id) || (e->address && address);
}

/* the others' words and comments, in their order */
static void check_rest(struct str before, struct str after, const struct credential_list *list,
		const char *id, const char *address)
{
	uint32_t n = 0;
	struct token a, b;

	do {
		a = next_solid(&before);
		if (is_mark(a, '{')) {
			fuzz_assert(n < list->n_entries);
			if (is_about(&list->entries[n++], id, address)) {
				skip_entry(&before);
				continue;
			}
		}
		b = next_solid(&after);
		fuzz_assert(a.kind == b.kind && str_eq(a.text, b.text));
	} while (a.kind != END);
}

/* ---- it reads what was meant ---- */

static struct credential_list parse(struct str text)
{
	struct credential_list list;
	struct conf_error error;
	char *copy = fuzz_copy(text);

	fuzz_assert(credential_list_parse("file", copy, text.len, &list, &error) == 0);
	free(copy);
	return list;
}

static bool same_entry(const struct credential_list *a, uint32_t i, const struct credential_list *b, uint32_t j)
{
	struct credential_list x = { &a->entries[i], 1 }, y = { &b->entries[j], 1 };

	return credential_list_equal(&x, &y);
}

static void check_put(const struct credential_list *before, const struct credential_list *after,
		const struct credentials_edit *edit, const struct credentials_edited *done)
{
	const struct credential_entry *e = NULL, *found;
	uint32_t i, n_changed = 0;

	fuzz_assert(after->n_entries == before->n_entries + !done->replaced);
	for (i = 0; i < after->n_entries; i++) {
		if (after->entries[i].line == done->line && strcmp(after->entries[i].user, edit->user) == 0)
			e = &after->entries[i];
		n_changed += i < before->n_entries && !same_entry(before, i, after, i);
	}
	fuzz_assert(e != NULL && n_changed <= done->replaced);
	fuzz_assert(done->by_id == (e->id != NULL) && done->by_address == (e->address != NULL));
	/* where the id is known it is the one that the module takes */
	if (edit->id == NULL && done->by_id)
		return;
	fuzz_assert((found = credential_list_find(after, edit->id, edit->address)) != NULL);
	fuzz_assert(strcmp(found->user, edit->user) == 0);
	fuzz_assert(strcmp(found->password.value, edit->keyring ? "" : edit->password->value) == 0);
	fuzz_assert((found->keyring != KEYRING_NONE) == edit->keyring);
	fuzz_assert(edit->tls_pin == NULL || strcmp(found->tls_pin, edit->tls_pin) == 0);
}

static void put(struct str text, const struct credential_list *list, const struct credentials_edit *edit)
{
	const struct credential_entry *old;
	struct credentials_edited done;
	struct credential_list after;
	struct buf dst;
	int res;

	buf_init(&dst, LIMIT_CONF_LEN);
	res = credentials_edit_put(text.p, text.len, list, edit, &dst, &done);
	fuzz_assert(res == 0 || (res == -E2BIG && list->n_entries == LIMIT_CREDENTIALS));
	if (res == 0) {
		after = parse(buf_str(&dst));
		check_put(list, &after, edit, &done);
		old = credentials_edit_find(list, edit);
		fuzz_assert(done.replaced == (old != NULL));
		if (old && (edit->keyring || str_search(text, STR_LIT("keyring")) >= 0))
			check_moved(text, buf_str(&dst), (uint32_t)(old - list->entries));
		else if (old)
			check_replaced(text, buf_str(&dst));
		else
			fuzz_assert(text.p == NULL || is_piece_less(text, buf_str(&dst)));
		credential_list_clear(&after);
	}
	buf_clear_secret(&dst);
}

static void drop(struct str text, const struct credential_list *list, const char *id, const char *address)
{
	struct credential_list after;
	uint32_t i, n = 0;
	struct buf dst;
	int res;

	buf_init(&dst, LIMIT_CONF_LEN);
	for (i = 0; i < list->n_entries; i++)
		n += is_about(&list->entries[i], id, address);
	res = credentials_edit_remove(text.p, text.len, list, id, address, &dst);
	fuzz_assert(res == (int)n);
	if (res > 0) {
		after = parse(buf_str(&dst));
		fuzz_assert(after.n_entries == list->n_entries - n);
		for (i = n = 0; i < list->n_entries; i++)
			if (!is_about(&list->entries[i], id, address))
				fuzz_assert(same_entry(list, i, &after, n++));
		if (res == 1)
			fuzz_assert(is_piece_less(buf_str(&dst), text));
		check_rest(text, buf_str(&dst), list, id, address);
		credential_list_clear(&after);
	}
	buf_clear_secret(&dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_make((const char *)data, size);
	uint8_t flags = fuzz_byte(&in);
	char *line[5], *text = NULL;
	char message[LIMIT_ERROR_LEN];
	struct credential_list list = { 0 };
	struct conf_error error = { 0 };
	struct secret password;

	for (int i = 0; i < 5; i++) {
		struct str s = fuzz_until(&in, '\n');

		fuzz_assert((line[i] = strndup(s.p ? s.p : "", s.len)) != NULL);
	}
	password.value = line[3];
	struct credentials_edit edit = {
		.id = flags & FLAG_ID ? line[0] : NULL,
		.address = flags & FLAG_ADDRESS ? line[1] : NULL,
		.omit_id = flags & FLAG_OMIT_ID && flags & FLAG_ADDRESS,
		.user = line[2], .password = &password,
		.keyring = flags & FLAG_KEYRING,
		.tls_pin = flags & FLAG_PIN ? line[4] : NULL,
	};
	bool named = (edit.id && edit.id[0]) || (edit.address && edit.address[0]);
	bool wrong = (edit.id && edit.id[0] == '\0') || (edit.address && edit.address[0] == '\0') ||
		(edit.tls_pin && strncmp(edit.tls_pin, "sha256//", 8) != 0) || strchr(line[4], ';');

	if (flags & FLAG_NO_FILE)
		in = str_make(NULL, 0);
	else
		text = fuzz_copy(in);
	if (named && !wrong && (text == NULL || credential_list_parse("file", text, in.len, &list, &error) == 0)) {
		if (flags & FLAG_REMOVE)
			drop(str_make(text, in.len), &list, edit.id, edit.address);
		else if (credentials_check_edit(&edit, message) == 0)
			put(str_make(text, in.len), &list, &edit);
		credential_list_clear(&list);
	}
	free(text);
	for (int i = 0; i < 5; i++)
		free(line[i]);
	return 0;
}
