/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CHANNELS_H
#define ONVIF_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <spa/support/loop.h>

#include "module/net/addr-watch.h"
#include "module/util/str.h"

/*
 * The sockets of WS-Discovery: for each interface and family one that probes go out of and
 * their answers come back to, and one that listens to the group. Main thread.
 */
struct channels;

struct channels_datagram {
	struct str data;	/* cut when longer than LIMIT_DATAGRAM_LEN: then is_long */
	bool is_long;
	bool to_group;		/* came to the listener: nobody asked for it */
	bool loopback;		/* by a loopback interface */
	struct sockaddr_storage from;
};

enum channels_next {
	CHANNELS_GO_ON,
	CHANNELS_SLOW_DOWN,	/* more come than are wanted */
	CHANNELS_GONE,		/* the channels are, or are about to be, destroyed */
};

/** From the loop. */
typedef enum channels_next (*channels_receive_t)(void *data, const struct channels_datagram *datagram);

/** \return NULL with errno */
struct channels *channels_new(struct spa_loop_utils *loop, channels_receive_t receive, void *data);
void channels_destroy(struct channels *cs);

/** Opens what is missing and closes what is gone. names: as discovery_params.interfaces.
 * *ret_listen_error: 0 or why an IPv4 listener is missing. \return the number of senders */
uint32_t channels_update(struct channels *cs, const struct net_interface *list, uint32_t n,
		const char *names, int *ret_listen_error);
/** Sends to the group by every interface. \return the number of datagrams sent */
uint32_t channels_send(struct channels *cs, const void *data, size_t size);

#endif /* ONVIF_CHANNELS_H */
