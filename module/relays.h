/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_RELAYS_H
#define ONVIF_RELAYS_H

#include <stdbool.h>
#include <stdint.h>

#include <pipewire/pipewire.h>

/*
 * Nodes that pass on what others play: a combined sink, a filter, a loopback. Each
 * is two or more nodes that share a node.link-group, which the registry does not
 * tell: the nodes are asked, those alone that somebody wants to know of, and once.
 * Main thread.
 */
struct relays;

enum relay {
	RELAY_UNKNOWN,	/* it has been asked */
	RELAY_NOT,	/* what it plays is its own */
	RELAY_YES,
};

/** registry must outlive the relays. changed(data, node_id): more is known of this node;
 * never from inside a call of ours. \return NULL with errno */
struct relays *relays_new(struct pw_registry *registry,
		void (*changed)(void *data, uint32_t node_id), void *data);
/** NULL is fine */
void relays_destroy(struct relays *r);

/** Asks the node what it is, and if it is a relay, also what it could be fed by. */
void relays_ask(struct relays *r, uint32_t node_id);
/** A node that was never asked, or is not there, is none. */
enum relay relays_get(struct relays *r, uint32_t node_id);
/** The next node after *cursor (first: 0) that takes sound in for this one.
 * \return its id, or SPA_ID_INVALID when there are no more */
uint32_t relays_next_intake(struct relays *r, uint32_t node_id, uint32_t *cursor);
/** Does the node take sound in for others, as far as is known? */
bool relays_is_intake(struct relays *r, uint32_t node_id);

#endif /* ONVIF_RELAYS_H */
