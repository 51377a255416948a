/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/out.h"

#include <errno.h>
#include <locale.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <spa/utils/defs.h>

#include "tools/pw-onvif/tool.h"

static const char * const style_codes[] = {
	[OUT_PLAIN] = "",
	[OUT_GOOD] = "\033[32m",
	[OUT_NOTE] = "\033[33m",
	[OUT_BAD] = "\033[31m",
	[OUT_DIM] = "\033[2m",
	[OUT_BOLD] = "\033[1m",
};

#define STYLE_END	"\033[0m"

static uint32_t char_width(uint32_t c)
{
	int width = wcwidth((wchar_t)c);

	return width < 0 ? 1 : (uint32_t)width;
}

/* The user's locale may be "C", in which wcwidth() knows nothing. */
uint32_t out_width(struct str s)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), old = (locale_t)0;
	uint32_t c, width = 0;
	int res;

	if (utf8 != (locale_t)0)
		old = uselocale(utf8);
	while ((res = str_utf8(&s, &c)) != -ENOENT) {
		width += res == 0 ? char_width(c) : 1;
		if (res < 0)
			s = str_make(s.p + 1, s.len - 1);
	}
	if (utf8 != (locale_t)0) {
		uselocale(old);
		freelocale(utf8);
	}
	return width;
}

uint32_t out_terminal_columns(FILE *f)
{
	struct winsize size;

	if (!isatty(fileno(f)) || ioctl(fileno(f), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

void out_styled(FILE *f, bool color, enum out_style style, const char *text)
{
	if (color && style != OUT_PLAIN)
		fprintf(f, "%s%s" STYLE_END, style_codes[style], text);
	else
		fputs(text, f);
}

void out_shell_word(const char *text, char *dst, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@%+=-/";
	const char *quote = NULL;
	int len;

	if (text[0] != '\0' && text[0] != '-' && text[strspn(text, plain)] == '\0')
		quote = "";
	/* what means something between these */
	else if (text[strcspn(text, "\"$`\\!")] == '\0')
		quote = "\"";
	/* (a '`' does not, but commands are told between two of them) */
	else if (text[strcspn(text, "'`")] == '\0')
		quote = "'";
	len = quote ? snprintf(dst, size, "%s%s%s", quote, text, quote) : -1;
	/* cut, it would not end where it should */
	if (len < 0 || (size_t)len >= size)
		snprintf(dst, size, "NAME");
}

/* C0 and C1 controls, and what reorders or hides text: harmless to a parser, but JSON is
 * looked at in terminals, too */
static bool is_escaped(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
		(c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

int out_json_string(struct buf *b, struct str s)
{
	struct str at = s;
	uint32_t c;
	int res;

	buf_add_byte(b, '"');
	while ((res = str_utf8(&s, &c)) != -ENOENT) {
		if (res < 0) {
			buf_add_str(b, "\xef\xbf\xbd");
			s = str_make(s.p + 1, s.len - 1);
		} else if (c == '"' || c == '\\') {
			buf_add_byte(b, '\\');
			buf_add_byte(b, (uint8_t)c);
		} else if (is_escaped(c)) {
			buf_printf(b, "\\u%04x", (unsigned)c);
		} else {
			buf_add(b, at.p, (size_t)(s.p - at.p));
		}
		at = s;
	}
	return buf_add_byte(b, '"');
}

int out_json_member(struct buf *b, const char *name, const char *value)
{
	if (b->len > 0 && b->data[b->len - 1] != '{')
		buf_add_byte(b, ',');
	out_json_string(b, str_from(name));
	buf_add_byte(b, ':');
	return out_json_string(b, str_from(value));
}

int out_json_print(struct buf *b)
{
	if (b->error) {
		tool_error("the output is too long, or there is no memory for it");
		return b->error;
	}
	fwrite(b->data, 1, b->len, stdout);
	fputc('\n', stdout);
	fflush(stdout);
	return 0;
}
