/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_COMPAT_H
#define ONVIF_COMPAT_H

#include <errno.h>	/* for the macros of spa/support/loop.h */
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <spa/support/loop.h>

/* What differs between the versions of PipeWire that we work with. */

/* PipeWire 1.6 (seen in 1.6.9) frees a source that got no descriptor, but leaves it in the
 * list of its loop: where the process has none left, it is not even asked. */
static inline bool compat_has_descriptor(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/** as spa_loop_utils_add_event(). \return NULL with errno */
static inline struct spa_source *compat_add_event(struct spa_loop_utils *loop,
		spa_source_event_func_t func, void *data)
{
	return compat_has_descriptor() ? spa_loop_utils_add_event(loop, func, data) : NULL;
}

/** as spa_loop_utils_add_timer(). \return NULL with errno */
static inline struct spa_source *compat_add_timer(struct spa_loop_utils *loop,
		spa_source_timer_func_t func, void *data)
{
	return compat_has_descriptor() ? spa_loop_utils_add_timer(loop, func, data) : NULL;
}

#endif /* ONVIF_COMPAT_H */
