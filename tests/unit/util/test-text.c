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
		/* terminals: C0 and C1 (CSI, OSC), 7-bit and 8-bit */
		{ "\x1b]0;t\x07x", "]0;tx" }, { "\xc2\x9b" "31m", "31m" }, { "\xc2\x9d" "0;t\xc2\x9c", "0;t" },
		{ "\x9b" "31m", FFFD "31m" }, { "a\bb\x0e\x0f" "c", "abc" },
		/* longer than needed, beyond the end, halves of pairs (CESU-8), stray ends */
		{ "\xe0\x80\xaf", FFFD FFFD FFFD }, { "\xf0\x80\x80\xaf", FFFD FFFD FFFD FFFD },
		{ "\xc0\x80", FFFD FFFD }, { "\xc1\xbf", FFFD FFFD }, { "\xe0\x9f\xbf", FFFD FFFD FFFD },
		{ "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD }, { "\xf8\x88\x80\x80\x80", FFFD FFFD FFFD FFFD FFFD },
		{ "\xed\xa0\xbd\xed\xb8\x80", FFFD FFFD FFFD FFFD FFFD FFFD }, { "\x80\xbf", FFFD FFFD },
		{ "\xe2\x82", FFFD FFFD }, { "\xf0\x9f\x93" "a", FFFD FFFD FFFD "a" },
		/* direction: ALM, all embeddings and isolates; the letters themselves stay */
		{ "a\xd8\x9c" "b", "ab" }, { "\xe2\x80\xab" "a\xe2\x80\xad" "b", "ab" },
		{ "\xe2\x81\xa7" "a\xe2\x81\xa8" "b", "ab" }, { "\xd7\x90\xd8\xa7", "\xd7\x90\xd8\xa7" },
		/* not to be seen: Hangul fillers, Khmer, Mongolian, joiners, selectors, invisible operators */
		{ "a\xe1\x85\x9f\xe1\x85\xa0\xe3\x85\xa4\xef\xbe\xa0" "b", "ab" },
		{ "a\xe1\x9e\xb4\xe1\x9e\xb5\xe1\xa0\x8b\xe1\xa0\x8e" "b", "ab" },
		{ "a\xcd\x8f\xef\xb8\x80\xef\xb8\x8f\xf3\xa0\x84\x80" "b", "ab" },
		{ "a\xe2\x81\xa1\xe2\x81\xa4\xe2\x81\xaa\xe2\x81\xaf\xef\xbf\xb9\xef\xbf\xbb" "b", "ab" },
		/* blank without being white space, in a row one */
		{ "a\xe2\xa0\x80\xe1\x9a\x80\xe2\x80\xaf\xe2\x81\x9f" "b", "a b" },
		/* noncharacters at the end of a plane, private use, tags */
		{ "a\xf0\x9f\xbf\xbe\xf0\x9f\xbf\xbf\xf2\xbf\xbf\xbf" "b", "ab" },
		{ "a\xef\xa3\xbf\xf3\xb0\x80\x80\xf4\x80\x80\x80" "b", "ab" },
		{ "a\xf3\xa0\x80\x81\xf3\xa0\x81\xbf" "b", "ab" },
		/* what breaks out of quotes is the business of those who quote */
		{ "\"}],\\{ a = b #'`$(x)%n", "\"}],\\{ a = b #'`$(x)%n" },
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

/* whatever comes in: what goes out is valid, without control, and stays what it is */
static void test_sanitize_anything(void)
{
	static const char spice[] = "\x00\x1b\x7f\x80\x9b\xbf\xc2\xc3\xe2\xed\xef\xf0\xf4\xff \"a";
	char in[48], out[40], again[40];
	uint32_t seed = 1, c;

	for (int round = 0; round < 200000; round++) {
		size_t size = 1 + (size_t)round % sizeof(out), len;
		struct str cur;

		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * 1664525u + 1013904223u;
			in[i] = seed >> 31 ? spice[(seed >> 8) % (sizeof(spice) - 1)] : (char)(seed >> 16);
		}
		len = text_sanitize(str_make(in, (size_t)round % sizeof(in)), out, size);
		check(len < size && len == strlen(out));
		for (cur = str_make(out, len); cur.len > 0;) {
			check_int(str_utf8(&cur, &c), 0);
			check(c >= ' ' && (c < 0x7f || c > 0x9f) && (c < 0x2028 || c > 0x202e));
		}
		check_int(text_sanitize(str_make(out, len), again, sizeof(again)), len);
		check_str(again, out);
	}
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
	{ "sanitize", test_sanitize }, { "sanitize anything", test_sanitize_anything }, { "cut", test_cut }, { "percent", test_percent },
	{ "stable id", test_stable_id }, { "id equal", test_id_equal },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
