/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_REAL_LOOP_H
#define ONVIF_REAL_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <spa/support/loop.h>

/* A loop of libpipewire's, for what needs real sockets. One at a time. */
struct spa_loop_utils *real_loop_new(void);
void real_loop_destroy(void);
/** Turns until *flag reaches wanted or ms have passed. \return true when it did */
bool real_loop_until(const int *flag, int wanted, uint32_t ms);
void real_loop_run(uint32_t ms);

#endif /* ONVIF_REAL_LOOP_H */
