/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "conf.h"
#include "limits.h"
#include "str.h"

/* what may come next inside a container */
enum expect {
	EXPECT_KEY,	/* in an object: a key or the end */
	EXPECT_SEP,	/* after a key: '=' or ':' or the value */
	EXPECT_VALUE,	/* after '=': the value */
	EXPECT_ITEM,	/* in an array: a value or the end */
	EXPECT_NOTHING,	/* after the outermost container */
};

struct frame {
	char open;		/* '{' or '['; 0: the text itself */
	uint32_t line;
	uint32_t key_line;	/* of the key that waits for its value */
	enum expect expect;
};

struct check {
	struct str cur;
	uint32_t line;
	struct conf_error *error;
	struct frame stack[LIMIT_CONF_DEPTH];
	uint32_t depth;		/* of the innermost frame; 0 is the text itself */
};

static int SPA_PRINTF_FUNC(3, 4) fail(struct check *c, uint32_t line, const char *fmt, ...)
{
	va_list args;

	c->error->line = line;
	va_start(args, fmt);
	vsnprintf(c->error->message, sizeof(c->error->message), fmt, args);
	va_end(args);
	return -EBADMSG;
}

static struct frame *top(struct check *c)
{
	return &c->stack[c->depth];
}

static char peek(const struct check *c)
{
	return c->cur.len > 0 ? c->cur.p[0] : '\0';
}

static void advance(struct check *c, size_t n)
{
	c->cur = str_make(c->cur.p + n, c->cur.len - n);
}

static char closer(char open)
{
	return open == '{' ? '}' : ']';
}

static int missing_value(struct check *c, const struct frame *f)
{
	return fail(c, f->key_line, "a key has no value, or a value with blanks has no quotes");
}

/* A value is complete (or a key, where one is due). */
static int take_word(struct check *c)
{
	struct frame *f = top(c);

	switch (f->expect) {
	case EXPECT_KEY:
		f->expect = EXPECT_SEP;
		f->key_line = c->line;
		return 0;
	case EXPECT_SEP:
	case EXPECT_VALUE:
		f->expect = EXPECT_KEY;
		return 0;
	case EXPECT_ITEM:
		return 0;
	case EXPECT_NOTHING:
		break;
	}
	return fail(c, c->line, "text after the end of the outermost '%c'", closer(c->stack[0].open));
}

static int check_open(struct check *c, char open)
{
	struct frame *f = top(c);
	/* a file may be one object or one array instead of bare pairs */
	bool whole = c->depth == 0 && f->expect == EXPECT_KEY && f->key_line == 0;
	int res;

	if (whole) {
		f->expect = EXPECT_NOTHING;
		f->open = open;
	} else if (f->expect == EXPECT_KEY) {
		return fail(c, c->line, "'%c' where a key is due", open);
	} else if ((res = take_word(c)) < 0) {
		return res;
	}
	if (c->depth + 1 >= LIMIT_CONF_DEPTH)
		return fail(c, c->line, "more than %u brackets inside each other", LIMIT_CONF_DEPTH - 1);
	c->depth++;
	*top(c) = (struct frame){
		.open = open,
		.line = c->line,
		.expect = open == '{' ? EXPECT_KEY : EXPECT_ITEM,
	};
	advance(c, 1);
	return 0;
}

static int check_close(struct check *c, char close)
{
	struct frame *f = top(c);

	if (c->depth == 0)
		return fail(c, c->line, "'%c' closes nothing", close);
	if (closer(f->open) != close)
		return fail(c, c->line, "'%c' where the '%c' of line %u must be closed first",
				close, f->open, f->line);
	if (f->expect == EXPECT_SEP || f->expect == EXPECT_VALUE)
		return missing_value(c, f);
	c->depth--;
	advance(c, 1);
	return 0;
}

static int check_separator(struct check *c, char sep)
{
	struct frame *f = top(c);

	if (f->expect == EXPECT_SEP && sep != ',') {
		f->expect = EXPECT_VALUE;
	} else if (f->expect == EXPECT_SEP || f->expect == EXPECT_VALUE) {
		return missing_value(c, f);
	} else if (sep != ',' && f->expect == EXPECT_ITEM) {
		return fail(c, c->line, "'%c' inside the '[' of line %u: is a ']' missing before it?",
				sep, f->line);
	} else if (sep != ',') {
		return fail(c, c->line, "'%c' without a key before it: is a value missing, "
				"or does one need quotes?", sep);
	}
	advance(c, 1);
	return 0;
}

/* c->cur stands on the backslash. \return the length of the escape or 0 */
static size_t escape_len(struct str s)
{
	struct str hex;
	uint64_t v;

	if (s.len < 2)
		return 0;
	if (str_find(STR_LIT("\"\\/bfnrt"), s.p[1]) >= 0)
		return 2;
	if (s.p[1] != 'u' || s.len < 6)
		return 0;
	hex = str_make(s.p + 2, 4);
	return str_hex(&hex, UINT16_MAX, &v) == 0 && hex.len == 0 && v != 0 ? 6 : 0;
}

static int check_string(struct check *c)
{
	uint32_t code;
	size_t n;
	int res;

	if ((res = take_word(c)) < 0)
		return res;
	advance(c, 1);
	while (c->cur.len > 0 && peek(c) != '"') {
		if (peek(c) == '\\') {
			if ((n = escape_len(c->cur)) == 0)
				return fail(c, c->line, "'\\' begins no known escape: write '\\\\'");
			advance(c, n);
		} else if (peek(c) == '\n' || peek(c) == '\r') {
			return fail(c, c->line, "a quote is not closed on its line");
		} else if (str_utf8(&c->cur, &code) < 0) {
			return fail(c, c->line, "the text is not UTF-8");
		} else if (code < 0x20 || code == 0x7f) {
			return fail(c, c->line, "a control character inside quotes");
		}
	}
	if (c->cur.len == 0)
		return fail(c, c->line, "a quote is not closed on its line");
	advance(c, 1);
	if (c->cur.len > 0 && str_find(STR_LIT(" \t\r\n,:=]}#"), peek(c)) < 0)
		return fail(c, c->line, "text right after a closing quote");
	return 0;
}

static int check_bare(struct check *c)
{
	size_t n;
	int res;

	if ((res = take_word(c)) < 0)
		return res;
	for (n = 0; n < c->cur.len && str_find(STR_LIT(" \t\r\n,:=]}"), c->cur.p[n]) < 0; n++) {
		char b = c->cur.p[n];

		/* PipeWire versions differ in where such a word ends */
		if (b == '"' || b == '#' || b == '{' || b == '[')
			return fail(c, c->line, "'%c' inside a word: put a blank before it, or the word in quotes", b);
		if (b == '\\' || b <= ' ' || b == 0x7f)
			return fail(c, c->line, "a word with a special character needs quotes");
	}
	advance(c, n);
	return 0;
}

static int check_next(struct check *c)
{
	char b = peek(c);

	switch (b) {
	case '\n':
		c->line++;
		SPA_FALLTHROUGH;
	case ' ':
	case '\t':
	case '\r':
		advance(c, 1);
		return 0;
	case '#':
		while (c->cur.len > 0 && peek(c) != '\n' && peek(c) != '\r')
			advance(c, 1);
		return 0;
	case '{':
	case '[':
		return check_open(c, b);
	case '}':
	case ']':
		return check_close(c, b);
	case ',':
	case ':':
	case '=':
		return check_separator(c, b);
	case '"':
		return check_string(c);
	default:
		return check_bare(c);
	}
}

static int check_end(struct check *c)
{
	struct frame *f = top(c);

	if (c->depth > 0)
		return fail(c, f->line, "this '%c' is never closed", f->open);
	if (f->expect == EXPECT_SEP || f->expect == EXPECT_VALUE)
		return missing_value(c, f);
	return 0;
}

int conf_check(const char *file, const char *data, size_t size, struct conf_error *error)
{
	struct check c = { .cur = str_make(data, size), .line = 1, .error = error };
	const char *nul = size ? memchr(data, '\0', size) : NULL;
	int res;

	c.stack[0].expect = EXPECT_KEY;
	error->file = file;
	if (size > LIMIT_CONF_LEN)
		return fail(&c, 0, "longer than %u bytes", LIMIT_CONF_LEN);
	if (nul != NULL)
		return fail(&c, conf_line(data, nul), "a NUL byte: this is no text");
	if (str_has_prefix(c.cur, STR_LIT("\xef\xbb\xbf")))
		return fail(&c, 1, "begins with a byte order mark: save it as UTF-8 without one");
	while (c.cur.len > 0)
		if ((res = check_next(&c)) < 0)
			return res;
	return check_end(&c);
}

uint32_t conf_line(const char *data, const char *pos)
{
	uint32_t line = 1;

	for (; data < pos; data++)
		line += *data == '\n';
	return line;
}
