/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TEST_H
#define ONVIF_TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A small TAP-speaking test runner. A test program is a table of functions:
 *	int main(int argc, char **argv) { return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv); }
 * An argument runs only the tests whose name contains it. A failed check prints
 * file, line and both values, and ends that test (longjmp); others go on.
 */
struct test {
	const char *name;
	void (*func)(void);
};
int test_main(const struct test *tests, size_t n, int argc, char **argv);

void test_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
/** what a failed check tells besides itself, until the next call or the end of the test: which
 * row, which round; NULL: nothing */
void test_context(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** how many file descriptors this process has */
uint32_t test_count_fds(void);
void test_skip(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#define check(cond) \
	do { if (!(cond)) test_fail(__FILE__, __LINE__, "%s", #cond); } while (0)
#define check_int(a, b) \
	do { long long _a = (long long)(a), _b = (long long)(b); if (_a != _b) \
		test_fail(__FILE__, __LINE__, "%s is %lld, wanted %s = %lld", #a, _a, #b, _b); } while (0)
#define check_str(a, b) \
	do { const char *_a = (a), *_b = (b); if (!_a || !_b || strcmp(_a, _b)) \
		test_fail(__FILE__, __LINE__, "%s is \"%s\", wanted \"%s\"", #a, _a ? _a : "(null)", _b ? _b : "(null)"); } while (0)
#define check_contains(a, b) \
	do { const char *_a = (a), *_b = (b); if (!_a || !strstr(_a, _b)) \
		test_fail(__FILE__, __LINE__, "%s is \"%s\", lacks \"%s\"", #a, _a ? _a : "(null)", _b); } while (0)
#define check_slice(a, b) \
	do { struct str _a = (a); const char *_b = (b); if (_a.len != strlen(_b) || memcmp(_a.p, _b, _a.len)) \
		test_fail(__FILE__, __LINE__, "%s is \"%.*s\", wanted \"%s\"", #a, (int)_a.len, _a.p, _b); } while (0)

#endif /* ONVIF_TEST_H */
