/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "tests/lib/oom.h"
#include "tests/lib/test.h"

/* far more than anything here allocates in one run */
#define SWEEP_MAX	1000000u

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static struct {
	enum oom_mode mode;
	uint32_t nth;
	uint32_t seen;		/* allocations since oom_start() */
	uint32_t paused;
	bool armed, started, failed;
} oom;

static bool fails(void)
{
	bool now;

	if (!oom.armed || oom.paused > 0)
		return false;
	oom.seen++;
	now = oom.mode == OOM_ONCE ? oom.seen == oom.nth : oom.seen >= oom.nth;
	oom.failed |= now;
	if (now)
		errno = ENOMEM;
	return now;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}

void *oom_malloc(size_t size)
{
	return __wrap_malloc(size);
}

void *oom_calloc(size_t n, size_t size)
{
	return __wrap_calloc(n, size);
}

void *oom_realloc(void *p, size_t size)
{
	return __wrap_realloc(p, size);
}

char *oom_strdup(const char *s)
{
	return __wrap_strdup(s);
}

void oom_start(void)
{
	oom.seen = 0;
	oom.armed = oom.started = true;
}

void oom_stop(void)
{
	oom.armed = false;
}

bool oom_failed(void)
{
	return oom.failed;
}

void oom_pause(void)
{
	oom.paused++;
}

void oom_resume(void)
{
	oom.paused--;
}

uint32_t oom_sweep(enum oom_mode mode, void (*run)(void *data), void *data)
{
	uint32_t n = 0;

	do {
		memset(&oom, 0, sizeof(oom));
		oom.mode = mode;
		oom.nth = ++n;
		test_context("allocation %u fails%s", n, mode == OOM_ONCE ? "" : ", and all that follow");
		run(data);
		oom_stop();
		check(oom.started);
	} while (oom.failed && n < SWEEP_MAX);
	test_context(NULL);
	check(n > 1 && n < SWEEP_MAX);
	return n - 1;
}
