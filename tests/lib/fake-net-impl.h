/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_FAKE_NET_IMPL_H
#define ONVIF_FAKE_NET_IMPL_H

#include <spa/utils/list.h>

#include "module/net/net.h"

/* what fake-net.c (connections) and fake-udp.c share */
#define FAKE_MAX	(64u * 1024u * 1024u)

struct fake_stream;

struct fake_net {
	struct net net;
	struct spa_loop_utils *loop;
	struct spa_source *event;
	int how;
	const char *message, *address;
	size_t chunk;

	uint32_t count;
	struct spa_list streams;
	struct fake_stream *current;

	struct spa_list pairs;		/* the newest first */
	uint32_t n_pairs;		/* ever */
	int udp_error;
};

void fake_net_wake(struct fake_net *f);
int fake_net_open_udp(struct net *net, const char *address,
		const struct net_udp_events *events, void *data, struct net_udp **ret);
bool fake_net_deliver_udp(struct fake_net *f);
void fake_net_clear_udp(struct fake_net *f);

#endif /* ONVIF_FAKE_NET_IMPL_H */
