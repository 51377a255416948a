/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/util/conf.h"
#include "module/util/str.h"
#include "tests/lib/oom.h"
#include "tests/lib/test.h"

static const struct {
	const char *text;
	uint32_t line;		/* 0 with no message: good */
	const char *message;
} cases[] = {
	{ "", 0, NULL }, { " \n# x", 0, NULL }, { "{}", 0, NULL }, { "[]", 0, NULL }, { "{ }\n# c\n", 0, NULL },
	{ "a = b", 0, NULL }, { "a b c d", 0, NULL }, { "a=b,c:d", 0, NULL },
	{ "{ \"a\": [ 1, 2.5, true, null, ], \"b\": { \"c\": \"\\u00e4\\n\" }, }", 0, NULL },
	{ "a = [ { b = c } [ d ] e \"f\" ] g {h i}", 0, NULL },
	{ "a = b # c ] } \"\nd = \"# no comment\"", 0, NULL },
	{ "a\r\n=\r\nb\r\n", 0, NULL }, { "a = \"x\"#c", 0, NULL }, { "a = \"T\xc3\xbcr\"", 0, NULL },
	/* what the design is about: a ']' that is missing swallows the next section */
	{ "onvif.cameras = [\n{ a = b }\n\nonvif.rules = [\n]\n", 4, "'=' inside the '[' of line 1: is a ']' missing" },
	{ "onvif.cameras = [ { a = b }\n", 1, "this '[' is never closed" },
	{ "a = [\n { b = c ]", 2, "']' where the '{' of line 2 must be closed first" },
	{ "a = {\n b = [ c }", 2, "'}' where the '[' of line 2" },
	{ "{\n{", 2, "'{' where a key is due" },
	{ "a = b }", 1, "'}' closes nothing" }, { "\n]", 2, "']' closes nothing" },
	{ "{ } }", 1, "'}' closes nothing" }, { "{ a = b }\nc = d", 2, "text after the end of the outermost '}'" },
	{ "[ ] [ ]", 1, "text after the end of the outermost ']'" }, { "[ ] = ", 1, "without a key" },
	{ "a = b\n{ c = d }", 2, "'{' where a key is due" },
	{ "a\n\n", 1, "a key has no value" }, { "{ a = }", 1, "a key has no value" },
	{ "{ a\n, b = c }", 1, "a key has no value" }, { "a = , b = c", 1, "a key has no value" },
	{ "a = = b", 1, "a key has no value" }, { "a =\nb = c", 2, "without a key before it" },
	{ "= a", 1, "without a key" }, { "a = urn:uuid:x", 1, "does one need quotes" },
	{ "[ a : b ]", 1, "':' inside the '['" },
	{ "a = \"b\nc = d", 1, "a quote is not closed" }, { "\n\na = \"b", 3, "a quote is not closed" },
	{ "a = \"b\\", 1, "escape" }, { "a = \"\\x\"", 1, "escape" }, { "a = \"\\u12g4\"", 1, "escape" },
	{ "a = \"\\u0000\"", 1, "escape" }, { "a = \"\\u12\"", 1, "escape" },
	{ "a = \"\t\"", 1, "control character" }, { "a = \"\xff\"", 1, "not UTF-8" },
	{ "a = \"b\"c", 1, "right after a closing quote" }, { "a = \"b\"\"c\"", 1, "right after" },
	{ "a = b\"c\"", 1, "'\"' inside a word" }, { "a{ b = c }", 1, "'{' inside a word" },
	{ "a = b#c", 1, "'#' inside a word" }, { "a = b\\c", 1, "special character" },
	{ "a = b\xc3\xbc", 1, "special character" }, { "a = \x01", 1, "special character" },
	{ "\xef\xbb\xbf" "a = b", 1, "byte order mark" },
};

static void test_check(void)
{
	struct conf_error e;

	for (size_t i = 0; i < SPA_N_ELEMENTS(cases); i++) {
		int res;

		e = (struct conf_error){ 0 };
		res = conf_check("file", cases[i].text, strlen(cases[i].text), &e);
		if (res != (cases[i].message ? -EBADMSG : 0))
			test_fail(__FILE__, __LINE__, "%d for %s (%s)", res, cases[i].text, e.message);
		if (cases[i].message == NULL)
			continue;
		check_contains(e.message, cases[i].message);
		check_int(e.line, cases[i].line);
		check_str(e.file, "file");
	}
	check_int(conf_check("f", "a =\nb\0c", 7, &e), -EBADMSG);
	check_int(e.line, 2);
	check_contains(e.message, "NUL");
}

static void test_limits(void)
{
	char *big = malloc(LIMIT_CONF_LEN + 1);
	struct conf_error e;
	char deep[200];

	memset(big, ' ', LIMIT_CONF_LEN + 1);
	check_int(conf_check("f", big, LIMIT_CONF_LEN, &e), 0);
	check_int(conf_check("f", big, LIMIT_CONF_LEN + 1, &e), -EBADMSG);
	free(big);
	memset(deep, '[', 63);
	memset(deep + 63, ']', 63);
	check_int(conf_check("f", deep, 126, &e), 0);
	memset(deep, '[', 64);
	memset(deep + 64, ']', 64);
	check_int(conf_check("f", deep, 128, &e), -EBADMSG);
	check_contains(e.message, "brackets inside each other");
	memset(deep, '[', sizeof(deep));
	check_int(conf_check("f", deep, sizeof(deep), &e), -EBADMSG);
}

/* every prefix of every case, from memory that ends there */
static void test_truncated(void)
{
	struct conf_error e;

	for (size_t i = 0; i < SPA_N_ELEMENTS(cases); i++) {
		for (size_t n = 0; n < strlen(cases[i].text); n++) {
			char *copy = malloc(n ? n : 1);

			memcpy(copy, cases[i].text, n);
			int res = conf_check("f", copy, n, &e);
			free(copy);
			check(res == 0 || res == -EBADMSG);
		}
	}
}

static void test_line(void)
{
	const char *text = "a\nb\n\nc";

	check_int(conf_line(text, text), 1);
	check_int(conf_line(text, text + 2), 2);
	check_int(conf_line(text, text + 5), 4);
}

static void test_file(void)
{
	char dir[] = "/tmp/onvif-test-XXXXXX", path[128], link[128];
	size_t size = 7, big = LIMIT_CONF_LEN;
	char *data = NULL, *text;
	struct stat st;

	check(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/a/b/f", dir);
	snprintf(link, sizeof(link), "%s/l", dir);
	check_int(conf_read_file(path, &data, &size), -ENOENT);
	check_int(conf_read_file(dir, &data, &size), -EINVAL);
	check(data == NULL && size == 7);
	check_int(conf_write_file(path, 0600, "abc", 3), 0);
	check_int(stat(path, &st), 0);
	check_int(st.st_mode, S_IFREG | 0600);
	check_int(conf_read_file(path, &data, &size), 0);
	check_int(size, 3);
	check_str(data, "abc");
	free(data);
	check_int(symlink(path, link), 0);
	check_int(conf_write_file(link, 0644, "", 0), 0);
	check_int(lstat(link, &st), 0);
	check(S_ISLNK(st.st_mode));
	check_int(conf_read_file(path, &data, &size), 0);
	check_int(size, 0);
	check_str(data, "");
	free(data);

	text = malloc(big + 1);
	memset(text, 'x', big + 1);
	check_int(conf_write_file(path, 0600, text, big), 0);
	check_int(conf_read_file(path, &data, &size), 0);
	check_int(size, big);
	free(data);
	check_int(conf_write_file(path, 0600, text, big + 1), 0);
	check_int(conf_read_file(path, &data, &size), -E2BIG);
	free(text);

	/* what fails leaves no temporary file behind */
	unlink(link);
	unlink(path);
	check_int(mkdir(path, 0700), 0);
	check(conf_write_file(path, 0600, "x", 1) < 0);
	check_int(rmdir(path), 0);
	*strrchr(path, '/') = '\0';
	check_int(rmdir(path), 0);
	*strrchr(path, '/') = '\0';
	check_int(rmdir(path), 0);
	check_int(rmdir(dir), 0);
	/* a path that goes through a file */
	check_int(conf_write_file("/dev/null/x", 0600, "x", 1), -ENOTDIR);
}

static void test_suggest(void)
{
	static const char * const known[] = {
		"onvif.discovery", "onvif.interfaces", "tls.pin", "user", "id", "session.hold.ms",
	};
	static const struct {
		const char *word, *meant;
	} c[] = {
		{ "onvif.discvoery", "onvif.discovery" }, { "onvif.interface", "onvif.interfaces" },
		{ "Tls_Pin", "tls.pin" }, { "pin", "tls.pin" }, { "username", "user" }, { "usr", "user" },
		{ "session-hold-ms", "session.hold.ms" }, { "session.hold", "session.hold.ms" },
		{ "", NULL }, { "zzz", NULL }, { "colour", NULL },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(c); i++) {
		const char *s = conf_suggest(c[i].word, known, SPA_N_ELEMENTS(known));

		check_str(s ? s : "none", c[i].meant ? c[i].meant : "none");
	}
	check(conf_suggest("x", NULL, 0) == NULL);
}

static void run_without_memory(void *path)
{
	char *data = NULL;
	size_t size = 0;
	int res;

	oom_start();
	res = conf_write_file(path, 0600, "new", 3);
	check(res == 0 || (res == -ENOMEM && oom_failed()));
	res = conf_read_file(path, &data, &size);
	oom_stop();
	check(res == 0 || (res == -ENOMEM && oom_failed() && data == NULL));
	if (res == 0)
		check_slice(str_make(data, size), "new");
	free(data);
}

static void test_memory(void)
{
	char path[] = "/tmp/onvif-test-XXXXXX";
	int fd = mkstemp(path);

	check(fd >= 0);
	close(fd);
	check_int(oom_sweep(OOM_ONCE, run_without_memory, path), 1);
	unlink(path);
}

static const struct test tests[] = {
	{ "check", test_check }, { "limits", test_limits }, { "truncated", test_truncated },
	{ "line", test_line }, { "file", test_file }, { "suggest", test_suggest },
	{ "without memory", test_memory },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
