/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_LINKS_H
#define ONVIF_LINKS_H

#include <stdint.h>

#include <pipewire/pipewire.h>

/*
 * Who plays to our nodes. A stream that is streaming does not tell: an open
 * volume control links from our monitor and makes the node run, a corked player
 * keeps an inactive link. What counts are the links that end in the node, and
 * which of them are active. A link from a filter or a combined sink counts only
 * if one counts that ends in there: it is active while somebody looks at the
 * filter's meter, and it is there all the time. Main thread.
 */
struct links;
struct links_watch;

struct links_counts {
	uint32_t total;		/* links that end in the node, and through which somebody could play */
	uint32_t active;	/* those that audio flows over */
};

/** registry must outlive the links. \return NULL with errno */
struct links *links_new(struct pw_registry *registry);
/** watches may be destroyed before or after; NULL is fine */
void links_destroy(struct links *l);

/** changed(data, counts) comes when the counts of the node's input links change,
 * never from inside this call. \return NULL with errno */
struct links_watch *links_watch_new(struct links *l, uint32_t node_id,
		void (*changed)(void *data, const struct links_counts *counts), void *data);
void links_watch_destroy(struct links_watch *w);

#endif /* ONVIF_LINKS_H */
