/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>

#include <spa/utils/defs.h>

#include "tests/lib/test.h"
#include "tools/pw-onvif/out.h"
#include "tools/pw-onvif/tool.h"

static uint32_t n_errors;

void tool_error(const char *fmt, ...)
{
	n_errors++;
}

static const char * const headings[] = { "NAME", "STATE", "REASON" };

static char *print(const struct out_table *t, bool color, uint32_t columns)
{
	static char text[4096];
	FILE *f = fmemopen(text, sizeof(text), "w");

	check(f != NULL);
	check_int(out_table_print(t, f, color, columns), 0);
	fclose(f);
	return text;
}

static void width(void)
{
	check_int(out_width(STR_LIT("")), 0);
	check_int(out_width(STR_LIT("door")), 4);
	check_int(out_width(STR_LIT("T\xc3\xbcr")), 3);
	check_int(out_width(STR_LIT("\xe9\x96\x80")), 2);		/* a gate, in Japanese */
	check_int(out_width(STR_LIT("e\xcc\x81")), 1);		/* e and a combining acute */
	check_int(out_width(STR_LIT("a\xff" "b")), 3);
}

static void words_of_a_shell(void)
{
	static const struct { const char *text, *word; } rows[] = {
		{ "192.0.2.20:80", "192.0.2.20:80" }, { "Front Door", "\"Front Door\"" }, { "", "\"\"" },
		{ "it's", "\"it's\"" }, { "-rf", "\"-rf\"" }, { "a;b", "\"a;b\"" },
		{ "$(reboot)", "'$(reboot)'" }, { "a`b", "NAME" }, { "it's $1", "NAME" }, { "a\"b", "'a\"b'" }, { "a!!", "'a!!'" },
		{ "0123456789012345678901234567890", "NAME" },
	};
	char word[24];

	for (size_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		out_shell_word(rows[i].text, word, sizeof(word));
		check_str(word, rows[i].word);
	}
}

static void columns_by_what_is_seen(void)
{
	struct out_table *t = out_table_new(headings, 3);

	out_table_add(t, OUT_PLAIN, "\xe9\x96\x80");
	out_table_add(t, OUT_PLAIN, "idle");
	out_table_add(t, OUT_PLAIN, "");
	out_table_add(t, OUT_PLAIN, "Garage");
	out_table_add(t, OUT_PLAIN, "offline");
	out_table_add(t, OUT_PLAIN, NULL);
	check_str(print(t, false, 0),
			"NAME    STATE    REASON\n"
			"\xe9\x96\x80      idle     -\n"
			"Garage  offline  -\n");
	out_table_free(t);
}

static void a_row_that_is_not_complete_is_not_shown(void)
{
	struct out_table *t = out_table_new(headings, 3);

	out_table_add(t, OUT_PLAIN, "Garage");
	check_str(print(t, false, 0), "NAME    STATE  REASON\n");
	out_table_free(t);
}

static void nothing_moves_the_cursor(void)
{
	struct out_table *t = out_table_new(headings, 3);
	char *text;

	out_table_add(t, OUT_PLAIN, "a\033[2Jb\r\nc\xc2\x9b" "1m");
	out_table_add(t, OUT_PLAIN, "\xe2\x80\xae" "x");
	out_table_add(t, OUT_PLAIN, "\007y");
	text = print(t, false, 0);
	for (const char *p = text; *p; p++)
		check(*p == '\n' || (uint8_t)*p >= ' ');
	check(strstr(text, "\xc2\x9b") == NULL);
	check(strstr(text, "\xe2\x80\xae") == NULL);
	out_table_free(t);
}

static void colours_only_where_wanted(void)
{
	struct out_table *t = out_table_new(headings, 1);

	out_table_add(t, OUT_BAD, "offline");
	check_str(print(t, false, 0), "NAME\noffline\n");
	check_str(print(t, true, 0), "\033[1mNAME\033[0m\n\033[31moffline\033[0m\n");
	out_table_free(t);
}

static void a_long_reason_is_continued_below(void)
{
	struct out_table *t = out_table_new(headings, 3);

	out_table_add(t, OUT_PLAIN, "Door");
	out_table_add(t, OUT_PLAIN, "busy");
	out_table_add(t, OUT_PLAIN, "The speaker is in use by another client");
	check_str(print(t, false, 40),
			"NAME  STATE  REASON\n"
			"Door  busy   The speaker is in use by\n"
			"             another client\n");
	/* where there is no room for that, it stands below, */
	check_str(print(t, false, 30),
			"NAME  STATE\n"
			"Door  busy\n"
			"    The speaker is in use by\n"
			"    another client\n");
	out_table_add(t, OUT_PLAIN, "Gate");
	out_table_add(t, OUT_PLAIN, "idle");
	out_table_add(t, OUT_PLAIN, "");
	check_contains(print(t, false, 30), "another client\nGate  idle\n");
	/* where there is none for the others, they stand below each other, and nothing is broken into bits */
	check_str(print(t, false, 10),
			"Door\n"
			"    busy\n"
			"    The speaker is in use by another client\n"
			"Gate\n"
			"    idle\n");
	out_table_free(t);
}

static void json_strings(void)
{
	static const struct {
		const char *text, *json;
	} rows[] = {
		{ "", "\"\"" },
		{ "a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\"" },
		{ "\n\033\x7f", "\"\\u000a\\u001b\\u007f\"" },
		{ "\xc2\x9b", "\"\\u009b\"" },
		{ "\xe2\x80\xae", "\"\\u202e\"" },
		{ "T\xc3\xbcr \xe9\x96\x80", "\"T\xc3\xbcr \xe9\x96\x80\"" },
		{ "a\xff" "b\xc3", "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		struct buf b;

		buf_init(&b, 1024);
		test_context("row %zu", i);
		check_int(out_json_string(&b, str_from(rows[i].text)), 0);
		check_str(b.data, rows[i].json);
		buf_clear(&b);
	}
}

static void json_that_is_too_long_is_an_error(void)
{
	struct buf b;

	buf_init(&b, 8);
	check_int(out_json_member(&b, "name", "Front Door"), -E2BIG);
	n_errors = 0;
	check_int(out_json_print(&b), -E2BIG);
	check_int(n_errors, 1);
	buf_clear(&b);
}

static const struct test tests[] = {
	{ "width", width },
	{ "words_of_a_shell", words_of_a_shell },
	{ "columns_by_what_is_seen", columns_by_what_is_seen },
	{ "a_row_that_is_not_complete_is_not_shown", a_row_that_is_not_complete_is_not_shown },
	{ "nothing_moves_the_cursor", nothing_moves_the_cursor },
	{ "colours_only_where_wanted", colours_only_where_wanted },
	{ "a_long_reason_is_continued_below", a_long_reason_is_continued_below },
	{ "json_strings", json_strings },
	{ "json_that_is_too_long_is_an_error", json_that_is_too_long_is_an_error },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
