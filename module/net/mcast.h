/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_MCAST_H
#define ONVIF_MCAST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * UDP sockets for link-local multicast, one interface at a time: the route table would
 * send everything to the default interface, or into a bridge or a tunnel. All sockets
 * are non-blocking and close-on-exec; the caller closes them. Any one thread.
 */

/** A socket on an ephemeral port that sends multicast out of one interface, with a TTL of 1.
 * family: AF_INET or AF_INET6 (which loopback has no multicast route for). \return the descriptor or -errno */
int mcast_open_sender(int family, uint32_t ifindex);

/** A socket bound to group and port, shared with others on this host (SO_REUSEADDR,
 * SO_REUSEPORT), that hears the group on one interface and nothing else.
 * \return the descriptor or -errno */
int mcast_open_receiver(const char *group, uint16_t port, uint32_t ifindex);

/** \return 0 or -errno; -EMSGSIZE a partial send */
int mcast_send(int fd, const char *group, uint16_t port, uint32_t ifindex,
		const void *data, size_t size);

/** Receives one datagram. \return its length (more than size when it was cut), -EAGAIN, -errno */
ssize_t mcast_recv(int fd, void *data, size_t size, struct sockaddr_storage *ret_from);

#endif /* ONVIF_MCAST_H */
