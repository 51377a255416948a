/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include "tests/lib/test.h"

enum result {
	RESULT_NONE,
	RESULT_FAIL,
	RESULT_SKIP,
};

static jmp_buf escape;
static bool running;
static char message[512];
static char context[256];

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;
	int n;

	n = snprintf(message, sizeof(message), "%s:%d: ", file, line);
	va_start(args, fmt);
	if (n >= 0 && (size_t)n < sizeof(message))
		vsnprintf(message + n, sizeof(message) - (size_t)n, fmt, args);
	va_end(args);
	/* a fake of ours in a program that is no test: a fuzz target */
	if (!running) {
		fprintf(stderr, "%s\n", message);
		abort();
	}
	longjmp(escape, RESULT_FAIL);
}

void test_context(const char *fmt, ...)
{
	va_list args;

	context[0] = '\0';
	if (fmt == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
}

uint32_t test_count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	uint32_t n = 0;

	check(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

void test_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	longjmp(escape, RESULT_SKIP);
}

static bool is_wanted(const struct test *test, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strstr(test->name, argv[i]))
			return true;
	return argc < 2;
}

/* TAP has one line per diagnostic: what a peer said may hold line breaks */
static void print_line(char *line)
{
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	printf("# %s\n", line);
}

static void print_message(void)
{
	print_line(message);
	if (context[0] != '\0')
		print_line(context);
}

static bool run(const struct test *test, size_t number)
{
	volatile int result;

	message[0] = context[0] = '\0';
	running = true;
	result = setjmp(escape);
	if (result == RESULT_NONE)
		test->func();
	running = false;

	switch (result) {
	case RESULT_FAIL:
		printf("not ok %zu - %s\n", number, test->name);
		print_message();
		break;
	case RESULT_SKIP:
		printf("ok %zu - %s # SKIP %s\n", number, test->name, message);
		break;
	default:
		printf("ok %zu - %s\n", number, test->name);
		break;
	}
	fflush(stdout);
	return result != RESULT_FAIL;
}

int test_main(const struct test *tests, size_t n, int argc, char **argv)
{
	size_t wanted = 0, number = 0, failed = 0;

	for (size_t i = 0; i < n; i++)
		wanted += is_wanted(&tests[i], argc, argv);

	printf("TAP version 13\n1..%zu%s\n", wanted, wanted ? "" : " # SKIP no such test");
	fflush(stdout);
	for (size_t i = 0; i < n; i++)
		if (is_wanted(&tests[i], argc, argv))
			failed += !run(&tests[i], ++number);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
