/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/util/str.h"
#include "tests/lib/test.h"

static void test_compare(void)
{
	check_slice(str_from(NULL), "");
	check(str_eq(STR_LIT("a"), STR_LIT("a")) && !str_eq(STR_LIT("a"), STR_LIT("A")));
	check(str_ieq(STR_LIT("WWW-x"), STR_LIT("www-X")) && !str_ieq(STR_LIT("@"), STR_LIT("`")));
	check(!str_ieq(STR_LIT("["), STR_LIT("{")) && !str_ieq(STR_LIT("a"), STR_LIT("ab")));
	check(str_has_prefix(STR_LIT("abc"), STR_LIT("ab")) && !str_has_prefix(STR_LIT("a"), STR_LIT("ab")));
	check(str_has_iprefix(STR_LIT("ABc"), STR_LIT("ab")) && str_has_prefix(STR_LIT("a"), STR_LIT("")));
	check_int(str_find(STR_LIT("abc"), 'c'), 2);
	check_int(str_find(STR_LIT("abc"), 'd'), -1);
	check_int(str_find(str_make(NULL, 0), 'd'), -1);
	check_int(str_search(STR_LIT("a\r\n\r\nb"), STR_LIT("\r\n\r\n")), 1);
	check_int(str_search(STR_LIT("ab"), STR_LIT("abc")), -1);
	check_int(str_search(STR_LIT("ab"), STR_LIT("")), 0);
	check_slice(str_trim(STR_LIT(" \t\r\na b\n ")), "a b");
	check_slice(str_trim(STR_LIT(" \t ")), "");
	check(str_has_token(STR_LIT("OPTIONS, describe ,PLAY"), ',', STR_LIT("DESCRIBE")));
	check(!str_has_token(STR_LIT("OPTIONSX"), ',', STR_LIT("OPTIONS")));
}

static void test_copy(void)
{
	char dst[4] = "xyz", *d;

	check_int(str_copy(STR_LIT("abcd"), dst, sizeof(dst)), -E2BIG);
	check_str(dst, "xyz");
	check_int(str_copy(STR_LIT("abc"), dst, sizeof(dst)), 0);
	check_str(dst, "abc");
	check_int(str_copy(STR_LIT(""), dst, 0), -E2BIG);
	d = str_dup(STR_LIT("abc"));
	check_str(d, "abc");
	free(d);
	check(str_dup(str_make("", SIZE_MAX)) == NULL);
}

static void test_until(void)
{
	struct str cur = STR_LIT("abc:d"), s = STR_LIT("?");

	check_int(str_until(&cur, ':', 2, &s), -E2BIG);
	check_int(str_until(&cur, ';', 100, &s), -EBADMSG);
	check_int(str_until(&cur, ';', 2, &s), -E2BIG);
	check_slice(s, "?");
	check_slice(cur, "abc:d");
	check_int(str_until(&cur, ':', 3, &s), 0);
	check_slice(s, "abc");
	check_int(str_char(&cur, ';'), -EBADMSG);
	check_int(str_char(&cur, ':'), 0);
	check_slice(cur, "d");
	check_int(str_char(&cur, 'd'), 0);
	check_int(str_char(&cur, 'd'), -EBADMSG);
}

static void test_line(void)
{
	static const struct {
		const char *text;
		size_t max;
		int res;
		const char *line, *rest;
	} c[] = {
		{ "abc\r\nx", 3, 0, "abc", "x" },
		{ "abc\nx", 3, 0, "abc", "x" },
		{ "\r\n", 0, 0, "", "" },
		{ "\n", 0, 0, "", "" },
		{ "a\rb\r\n", 10, 0, "a\rb", "" },
		{ "abc", 3, -EAGAIN, NULL, NULL },
		{ "abc\r", 3, -EAGAIN, NULL, NULL },
		{ "", 3, -EAGAIN, NULL, NULL },
		{ "abcd", 3, -E2BIG, NULL, NULL },
		{ "abcd\n", 3, -E2BIG, NULL, NULL },
		{ "abc\rd", 3, -E2BIG, NULL, NULL },
		{ "abcd\r\n", 3, -E2BIG, NULL, NULL },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(c); i++) {
		struct str cur = str_from(c[i].text), s = STR_LIT("?");

		check_int(str_line(&cur, c[i].max, &s), c[i].res);
		check_slice(s, c[i].res ? "?" : c[i].line);
		check_slice(cur, c[i].res ? c[i].text : c[i].rest);
	}
	struct str cur = STR_LIT("a\n"), s;
	check_int(str_line(&cur, SIZE_MAX, &s), 0);
}

static void test_token(void)
{
	struct str cur = STR_LIT(" ,a,, b c,"), s;

	check_int(str_token(&cur, ", ", &s), 0);
	check_slice(s, "a");
	check_int(str_token(&cur, ", ", &s), 0);
	check_slice(s, "b");
	check_int(str_token(&cur, ",", &s), 0);
	check_slice(s, " c");
	check_int(str_token(&cur, ",", &s), -ENOENT);
	check_slice(s, " c");
}

static void test_numbers(void)
{
	static const struct {
		const char *text;
		uint64_t max;
		int res;
		uint64_t v;
	} c[] = {
		{ "0", 0, 0, 0 }, { "1", 0, -ERANGE, 0 }, { "007", 7, 0, 7 }, { "8", 7, -ERANGE, 0 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
		{ "99999999999999999999999999", UINT64_MAX, -ERANGE, 0 },
		{ "", 9, -EBADMSG, 0 }, { "-1", 9, -EBADMSG, 0 }, { "+1", 9, -EBADMSG, 0 },
		{ " 1", 9, -EBADMSG, 0 }, { "1 ", 9, -EBADMSG, 0 }, { "1a", 9, -EBADMSG, 0 },
	};
	struct str cur;
	uint64_t v;

	for (size_t i = 0; i < SPA_N_ELEMENTS(c); i++) {
		v = 77;
		check_int(str_to_uint(str_from(c[i].text), c[i].max, &v), c[i].res);
		check(v == (c[i].res ? 77 : c[i].v));
	}
	cur = STR_LIT("12:fFg");
	check_int(str_uint(&cur, 11, &v), -ERANGE);
	check_slice(cur, "12:fFg");
	check_int(str_uint(&cur, 12, &v), 0);
	check_int(str_char(&cur, ':'), 0);
	check_int(str_hex(&cur, 0xfe, &v), -ERANGE);
	check_int(str_hex(&cur, 0xff, &v), 0);
	check_int(v, 0xff);
	check_int(str_hex(&cur, 0xff, &v), -EBADMSG);
}

static void test_utf8(void)
{
	static const struct {
		const char *text;
		uint32_t code;	/* 0: malformed */
	} c[] = {
		{ "a", 'a' }, { "\x7f", 0x7f }, { "\xc2\x80", 0x80 }, { "\xdf\xbf", 0x7ff },
		{ "\xe0\xa0\x80", 0x800 }, { "\xef\xbf\xbf", 0xffff }, { "\xed\x9f\xbf", 0xd7ff },
		{ "\xf0\x90\x80\x80", 0x10000 }, { "\xf4\x8f\xbf\xbf", 0x10ffff },
		{ "\x80", 0 }, { "\xbf", 0 }, { "\xc0\xaf", 0 }, { "\xc1\xbf", 0 }, { "\xc3", 0 },
		{ "\xc3(", 0 }, { "\xe0\x9f\xbf", 0 }, { "\xe2\x82", 0 }, { "\xe2\x82(", 0 },
		{ "\xed\xa0\x80", 0 }, { "\xed\xbf\xbf", 0 }, { "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf4\x90\x80\x80", 0 }, { "\xf8\x88\x80\x80\x80", 0 }, { "\xfe", 0 }, { "\xff", 0 },
	};
	uint32_t v;

	for (size_t i = 0; i < SPA_N_ELEMENTS(c); i++) {
		struct str cur = str_from(c[i].text);

		v = 0;
		check_int(str_utf8(&cur, &v), c[i].code ? 0 : -EBADMSG);
		check_int(v, c[i].code);
		check_int(cur.len, c[i].code ? 0 : strlen(c[i].text));
	}
	check_int(str_utf8(&(struct str){ "", 0 }, &v), -ENOENT);
}

static const struct test tests[] = {
	{ "compare", test_compare }, { "copy", test_copy }, { "until", test_until },
	{ "line", test_line }, { "token", test_token }, { "numbers", test_numbers },
	{ "utf8", test_utf8 },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
