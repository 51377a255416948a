/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_PLAYER_H
#define ONVIF_TOOL_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include <pipewire/pipewire.h>

/*
 * A stream that plays to one output and to no other: mono samples, from a ring, in the data
 * thread; silence while it is not told to go, and where the ring is empty. Main thread, but for
 * what is said.
 */
struct player;

struct player_events {
#define PLAYER_VERSION_EVENTS	0
	uint32_t version;
	/** player_is_linked() changed */
	void (*linked)(void *data);
	/** it is over; text: half a sentence. The player must not be destroyed inside. */
	void (*failed)(void *data, const char *text);
};

/** node: the output's node.name. \return 0 or -errno (-EHOSTDOWN: no PipeWire) */
int player_new(struct pw_loop *loop, const char *remote, const char *node, uint32_t rate,
		const struct player_events *events, void *data, struct player **ret);
/** at once; NULL is fine */
void player_destroy(struct player *p);

/** samples that it takes now */
uint32_t player_room(struct player *p);
/** at most player_room() samples */
void player_write(struct player *p, const int16_t *samples, uint32_t n);
/** samples that wait in the ring */
uint32_t player_waiting(struct player *p);
/** of what was written, in all, so much was passed on */
uint64_t player_played(struct player *p);
void player_go(struct player *p, bool go);
/** to the output that is meant */
bool player_is_linked(const struct player *p);

#endif /* ONVIF_TOOL_PLAYER_H */
