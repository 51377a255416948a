/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/util/text.h"
#include "tests/lib/test.h"

#define FFFD	"\xef\xbf\xbd"

static void test_sanitize(void)
{
	static const struct {
		const char *in, *out;
	} c[] = {
		{ "", "" }, { "Front Door", "Front Door" }, { "  a \t\r\n b  ", "a b" },
		{ "T\xc3\xbcr \xf0\x9f\x93\xb7", "T\xc3\xbcr \xf0\x9f\x93\xb7" },
		{ "a\x1b[31mb\x7f", "a[31mb" }, { "\xc2\x80\xc2\x9f", "" }, { "a\xc2\x85" "b", "a b" },
		{ "\xff\xfe", FFFD FFFD }, { "a\xc3", "a" FFFD }, { "\xc0\xaf", FFFD FFFD },
		{ "\xed\xa0\x80", FFFD FFFD FFFD },
		{ "a\xe2\x80\x8e\xe2\x80\x8f" "b", "ab" },	/* LRM, RLM */
		{ "\xe2\x80\xaa\xe2\x80\xae" "x\xe2\x80\xac", "x" },	/* LRE RLO PDF */
		{ "\xe2\x81\xa6" "x\xe2\x81\xa9", "x" },	/* isolates */
		{ "a\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d\xe2\x81\xa0\xef\xbb\xbf" "b", "ab" },
		{ "a\xe2\x80\xa8" "b\xe2\x80\xa9" "c", "a b c" },	/* line, paragraph separator */
		{ "a\xc2\xa0\xe3\x80\x80" "b", "a b" }, { "a\xc2\xad" "b", "ab" },
		{ "a\xf3\xa0\x81\x81" "b", "ab" },	/* tag */
		{ "a\xef\xbf\xbe\xef\xb7\x90\xf4\x8f\xbf\xbf\xee\x80\x80" "b", "ab" },
		{ "\xef\xbf\xbd", FFFD }, { " \x01 ", "" },
	};
	char dst[64];
	size_t n;

	for (size_t i = 0; i < SPA_N_ELEMENTS(c); i++) {
		n = text_sanitize(str_from(c[i].in), dst, sizeof(dst));
		check_str(dst, c[i].out);
		check_int(n, strlen(c[i].out));
	}
	check_int(text_sanitize(str_make("a\0b", 3), dst, sizeof(dst)), 2);
	check_str(dst, "ab");
}

static void test_cut(void)
{
	char dst[8];

	check_int(text_sanitize(STR_LIT("abcdefgh"), dst, 8), 7);
	check_int(text_sanitize(STR_LIT("abcdef\xc3\xa9"), dst, 8), 6);
	check_str(dst, "abcdef");
	check_int(text_sanitize(STR_LIT("abcde\xc3\xa9"), dst, 8), 7);
	/* no blank at the end, no character that does not belong */
	check_int(text_sanitize(STR_LIT("abcdef g h"), dst, 8), 6);
	check_int(text_sanitize(STR_LIT("abcdef\xc3\xa9x"), dst, 8), 6);
	check_int(text_sanitize(STR_LIT("x"), dst, 1), 0);
	check_str(dst, "");
}

static void test_percent(void)
{
	static const struct {
		const char *in, *out;
	} c[] = {
		{ "Front%20Door", "Front Door" }, { "%c3%BC", "\xc3\xbc" }, { "100%", "100%" },
		{ "%4", "%4" }, { "%zz%41", "%zzA" }, { "a%00b", "a%00b" }, { "%%41", "%A" }, { "+", "+" },
	};
	char dst[32];

	for (size_t i = 0; i < SPA_N_ELEMENTS(c); i++) {
		check_int(text_percent_decode(str_from(c[i].in), dst, sizeof(dst)), strlen(c[i].out));
		check_str(dst, c[i].out);
	}
	check_int(text_percent_decode(STR_LIT("%41%42%43"), dst, 3), 2);
	check_str(dst, "AB");
	check_int(text_percent_decode(STR_LIT("a"), dst, 1), 0);
}

static void test_stable_id(void)
{
	char dst[64], other[64];

	check_int(text_stable_id(STR_LIT("URN:UUID:AB-cd_9"), dst, sizeof(dst)), 7);
	check_str(dst, "ab-cd_9");
	text_stable_id(STR_LIT(" 192.0.2.1_554_/a b\xc3\xa9 "), dst, sizeof(dst));
	check_str(dst, "192_0_2_1_554__a_b__");
	check_int(text_stable_id(STR_LIT(""), dst, sizeof(dst)), 0);
	check_str(dst, "");
	check_int(text_stable_id(STR_LIT("urn:uuid:"), dst, sizeof(dst)), 0);
	check_int(text_stable_id(STR_LIT("..-__"), dst, sizeof(dst)), 0);
	check_str(dst, "");

	/* a longer one ends in a hash of the whole: 31 bytes here */
	check_int(text_stable_id(STR_LIT("0123456789012345678901234567890"), dst, 32), 31);
	check_str(dst, "0123456789012345678901234567890");
	check_int(text_stable_id(STR_LIT("01234567890123456789012345678901"), dst, 32), 31);
	check_int(text_stable_id(STR_LIT("01234567890123456789012345678902"), other, 32), 31);
	check(!strncmp(dst, "01234567890123_", 15) && strcmp(dst, other));
	check_int(text_stable_id(STR_LIT("0123456789"), dst, 5), 4);
	check_int(text_stable_id(STR_LIT("0123456789"), dst, 1), 0);
}

static void test_id_equal(void)
{
	check(text_id_equal("urn:uuid:AB-1", " URN:UUID:ab-1"));
	check(text_id_equal("AB-1", "urn:uuid:ab-1"));
	check(!text_id_equal("urn:uuid:ab-1", "urn:uuid:ab_1"));
	check(!text_id_equal("urn:uuid:ab-1", "urn:uuid:"));
	check(!text_id_equal("", "urn:uuid:ab-1"));
}

static const struct test tests[] = {
	{ "sanitize", test_sanitize }, { "cut", test_cut }, { "percent", test_percent },
	{ "stable id", test_stable_id }, { "id equal", test_id_equal },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
