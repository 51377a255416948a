/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_OOM_H
#define ONVIF_OOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Every allocation failed once. A program that depends on oom_dep sends what it is made
 * of (malloc, calloc, realloc, strdup, strndup) through here, by the linker's --wrap; a
 * library in a shared object keeps its own, unless it takes functions, as xmlMemSetup()
 * and curl_global_init_mem() do: give it oom_malloc() and so on.
 *
 *	static void converse(void *data)
 *	{
 *		... what may not fail: loop, fakes ...
 *		oom_start();
 *		... what is tested: 0 or -ENOMEM, no crash ...
 *		oom_stop();
 *		... check, destroy (the sanitizer tells of leaks) ...
 *	}
 *	n = oom_sweep(OOM_ONCE, converse, NULL);
 *
 * One thread at a time.
 */
enum oom_mode {
	OOM_ONCE,		/* only the n-th fails: what follows must work */
	OOM_FROM_THERE,		/* so do all after it */
};

/** Calls run with the first allocation failing, then the second, until a run in which
 * none was left to fail. A failed check names the allocation.
 * \return how many there were; fails the test where there were none */
uint32_t oom_sweep(enum oom_mode mode, void (*run)(void *data), void *data);

/** Between these allocations fail. They do not nest. */
void oom_start(void);
void oom_stop(void);
/** whether one failed in this run */
bool oom_failed(void);

/** Around what a test does for itself between oom_start() and oom_stop(). They nest. */
void oom_pause(void);
void oom_resume(void);

void *oom_malloc(size_t size);
void *oom_calloc(size_t n, size_t size);
void *oom_realloc(void *p, size_t size);
char *oom_strdup(const char *s);

#endif /* ONVIF_OOM_H */
