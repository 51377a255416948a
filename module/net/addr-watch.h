/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_ADDR_WATCH_H
#define ONVIF_ADDR_WATCH_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <spa/support/loop.h>

/*
 * The host's network interfaces and their addresses, and news of their changes
 * (rtnetlink). Main thread.
 */
struct net_interface {
	uint32_t index;
	char name[IF_NAMESIZE];
	bool loopback;
	bool multicast;
	bool ipv4;		/* has an address that can be used */
	bool ipv6;		/* likewise, duplicate address detection done */
};

struct addr_watch_events {
#define NET_VERSION_ADDR_WATCH_EVENTS	0
	uint32_t version;
	/** Interfaces or addresses are not what they were; 500 ms after the last of a
	 * burst of changes. The watch may be destroyed inside. */
	void (*changed)(void *data);
};

struct addr_watch;

/** \return NULL with errno */
struct addr_watch *addr_watch_new(struct spa_loop_utils *loop,
		const struct addr_watch_events *events, void *data);
void addr_watch_destroy(struct addr_watch *w);

/** Those that are up, the first LIMIT_INTERFACES; valid until changed() */
uint32_t addr_watch_interfaces(struct addr_watch *w, const struct net_interface **ret);

#endif /* ONVIF_ADDR_WATCH_H */
