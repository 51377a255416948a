/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Preloaded into the process that runs the module: everything that its process()
 * callback does between taking a buffer and giving it back is watched. Memory
 * functions and locks are interposed; system calls are caught by the kernel
 * (syscall user dispatch). The first offence is named and ends the process.
 *
 * RT_GUARD_SELFTEST=malloc|lock|syscall commits that offence: a guard that cannot
 * fail proves nothing.
 */

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <pipewire/stream.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH	59
#define PR_SYS_DISPATCH_ON		1
#endif
#define SELECTOR_ALLOW	0
#define SELECTOR_BLOCK	1

static __thread volatile char selector __attribute__((tls_model("initial-exec")));
static __thread bool inside __attribute__((tls_model("initial-exec")));
static __thread int dispatch __attribute__((tls_model("initial-exec")));	/* 0 not yet, 1 on, -1 not to be had */
static atomic_ulong callbacks;
static atomic_bool no_dispatch;

static void offence(const char *what)
{
	char text[128];
	ssize_t written;
	int n;

	selector = SELECTOR_ALLOW;
	inside = false;
	n = snprintf(text, sizeof(text), "rt-guard: VIOLATION: %s in process()\n", what);
	written = write(2, text, (size_t)n);
	_exit(written == n ? 86 : 87);
}

static void on_sigsys(int number, siginfo_t *info, void *context)
{
	char text[48];

	selector = SELECTOR_ALLOW;
	snprintf(text, sizeof(text), "system call %d", info->si_syscall);
	offence(text);
}

static void watch_thread(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	action.sa_sigaction = on_sigsys;
	sigaction(SIGSYS, &action, NULL);
	dispatch = prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector) == 0 ? 1 : -1;
	if (dispatch < 0)
		atomic_store(&no_dispatch, true);
}

static void selftest(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	const char *what = getenv("RT_GUARD_SELFTEST");

	if (what == NULL)
		return;
	if (!strcmp(what, "malloc"))
		free(malloc(64));
	else if (!strcmp(what, "lock"))
		pthread_mutex_lock(&lock);
	else if (!strcmp(what, "syscall"))
		(void)getppid();
}

struct pw_buffer *pw_stream_dequeue_buffer(struct pw_stream *stream)
{
	static struct pw_buffer *(*real)(struct pw_stream *);
	struct pw_buffer *b;

	if (real == NULL)
		real = dlsym(RTLD_NEXT, "pw_stream_dequeue_buffer");
	if (dispatch == 0)
		watch_thread();
	b = real(stream);
	if (b != NULL) {
		atomic_fetch_add(&callbacks, 1);
		inside = true;
		if (dispatch > 0)
			selector = SELECTOR_BLOCK;
		selftest();
	}
	return b;
}

int pw_stream_queue_buffer(struct pw_stream *stream, struct pw_buffer *buffer)
{
	static int (*real)(struct pw_stream *, struct pw_buffer *);

	selector = SELECTOR_ALLOW;
	inside = false;
	if (real == NULL)
		real = dlsym(RTLD_NEXT, "pw_stream_queue_buffer");
	return real(stream, buffer);
}

#define GUARD(what)	do { if (inside) offence(what); } while (0)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

void *malloc(size_t size)
{
	GUARD("malloc");
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	GUARD("calloc");
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	GUARD("realloc");
	return __libc_realloc(p, size);
}

void free(void *p)
{
	GUARD("free");
	__libc_free(p);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	static int (*real)(pthread_mutex_t *);

	GUARD("pthread_mutex_lock");
	if (real == NULL)
		real = dlsym(RTLD_NEXT, "pthread_mutex_lock");
	return real(mutex);
}

__attribute__((destructor)) static void report(void)
{
	fprintf(stderr, "rt-guard: %lu callbacks watched, system calls %s\n",
			atomic_load(&callbacks), atomic_load(&no_dispatch) ? "not watched" : "watched");
}
