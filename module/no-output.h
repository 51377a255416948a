/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_NO_OUTPUT_H
#define ONVIF_NO_OUTPUT_H

#include <stdbool.h>

#include <pipewire/pipewire.h>

/*
 * A session manager makes the only sink the default output, whatever its
 * priority: without a sound card the desktop's bleeps would come out of a camera.
 * While every other sink is a camera, this keeps a null sink that wins over them.
 * Main thread, one per connection.
 */
struct no_output;

/** settled(data): no_output_is_settled() or no_output_is_calm() may have become true.
 * \return NULL with errno */
struct no_output *no_output_new(struct pw_loop *loop, struct pw_core *core, struct pw_registry *registry,
		void (*settled)(void *data), void *data);
void no_output_destroy(struct no_output *n);

/** The registry has listed what is there: decide from now on. */
void no_output_ready(struct no_output *n);
/** there are camera sinks, or are going to be */
void no_output_want(struct no_output *n, bool wanted);
/** A camera's sink may be created: it will not become the default output. */
bool no_output_is_settled(struct no_output *n);
/** Who is linked to a camera now was not put there because the real output went a
 * moment ago: between the two a session manager sees cameras only. */
bool no_output_is_calm(struct no_output *n);
/** There is a real output without a priority, as those that `pactl load-module` makes: for
 * WirePlumber 0.4 it comes after one of priority 0, which cameras have otherwise, and 0.5
 * takes either. settled(data) tells of a change, too. */
bool no_output_is_contested(struct no_output *n);

#endif /* ONVIF_NO_OUTPUT_H */
