/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_FAKE_NET_H
#define ONVIF_FAKE_NET_H

#include "module/net/net.h"
#include "module/util/str.h"

/*
 * A struct net whose peer is the test. Works on a vloop. Everything that the code
 * under test does is recorded; everything that it sees is said by the test.
 */
struct fake_net;

struct fake_net *fake_net_new(struct spa_loop_utils *loop);
void fake_net_destroy(struct fake_net *f);
struct net *fake_net_get(struct fake_net *f);

/** What follows acts on the connection that was made last, or on the n-th ever made (from 0)
 * that this chooses, until the next one is made. Fails the test when it is gone. */
void fake_net_select(struct fake_net *f, uint32_t n);
/** those that are open or connecting */
uint32_t fake_net_n_open(struct fake_net *f);

/** connections made so far; whether the last one is open or connecting */
uint32_t fake_net_count(struct fake_net *f);
bool fake_net_is_open(struct fake_net *f);
const struct net_target *fake_net_target(struct fake_net *f);

/** answers the pending connect */
void fake_net_accept(struct fake_net *f);
void fake_net_refuse(struct fake_net *f, int res);
/** the next connects are answered at once, in the next loop turn: 0 accept, -errno refuse,
 * 1 wait for the test (default) */
void fake_net_set_auto(struct fake_net *f, int how);

/** what the next refusals say; the pointer is kept; NULL: the usual */
void fake_net_set_message(struct fake_net *f, const char *message);

/** whom the next accepted ones reach; the pointer is kept; NULL: the host that was dialled */
void fake_net_set_address(struct fake_net *f, const char *address);

/** what was sent on the last connection and not yet taken; stays when it ends */
struct str fake_net_sent(struct fake_net *f);
void fake_net_take(struct fake_net *f, size_t len);
/** gives bytes to the code under test, from the loop; chunk > 0: at most so many per recv() */
void fake_net_say(struct fake_net *f, const void *data, size_t len);
void fake_net_set_chunk(struct fake_net *f, size_t chunk);
/** room in the peer's socket buffer: send() takes at most so many bytes, then -EAGAIN
 * until more room is made (SIZE_MAX, as at each connect: no limit). Bytes that were cut
 * off and are not offered again from the same address fail the test. */
void fake_net_set_window(struct fake_net *f, size_t window);
/** the peer ends the connection: 0 in order, or -errno */
void fake_net_close(struct fake_net *f, int res);

/* the pair of UDP sockets that was opened last */
#define FAKE_NET_UDP_PORT	50000u	/* of the first pair; the next one has 50002 */

/** pairs that are open; res < 0: the next open_udp() fails so */
uint32_t fake_net_n_udp(struct fake_net *f);
void fake_net_set_udp_error(struct fake_net *f, int res);
/** what set_peer() was told last, and the address of open_udp() */
uint16_t fake_net_udp_peer(struct fake_net *f, bool rtcp);
const char *fake_net_udp_address(struct fake_net *f);
/** takes the oldest datagram that was sent and not yet taken. \return its length, 0: none */
size_t fake_net_udp_take(struct fake_net *f, bool *ret_rtcp, void *dst, size_t size);
/** a datagram from the camera, from the loop; where no port was set it is known then */
void fake_net_udp_say(struct fake_net *f, bool rtcp, const void *data, size_t len);
/** ICMP, from the loop */
void fake_net_udp_fail(struct fake_net *f, int res);

#endif /* ONVIF_FAKE_NET_H */
