/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TUNNEL_PEER_H
#define ONVIF_TUNNEL_PEER_H

#include "module/net/tunnel.h"
#include "module/util/buf.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

/* A tunnel in virtual time: its user, and the web server that the test is. */

#define GET_OK		"HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n"
#define CONTENT_LENGTH	32764u	/* of a POST */
#define PIECE_LEN	3072u	/* that becomes one piece of base64 */

enum where { NOWHERE, CONNECTED, READABLE, WRITABLE, CLOSED };

struct tunnel_user {
	struct net_stream *stream;
	enum where destroy_in;
	bool mute;		/* does not read */
	size_t chunk;		/* that it reads at once, 0: much */
	bool inside;		/* a method is running: nothing may be emitted */
	int connected, readable, writable, closed;
	char address[64];
	int res;
	char message[128];
	struct buf in;
};

extern struct tunnel_user user;
extern struct vloop *loop;
extern struct fake_net *web;
extern struct net_tunnel_target target;

/** a new world, and a target in it: http://192.0.2.1/a */
void tunnel_begin(void);
/** fails where something was left open */
void tunnel_end(void);
/** net_tunnel_connect() with target */
int tunnel_dial(void);
/** dials; GET is accepted and answered with GET_OK, POST accepted: 0 and 1 */
void tunnel_up(void);
ssize_t tunnel_offer(const void *data, size_t len);
/** offers until all is taken, giving the web server room by so many bytes (0: has it) */
void tunnel_offer_all(const void *data, size_t len, size_t window);

/** on the n-th connection: each byte by itself if so wanted */
void web_say(uint32_t n, const char *text, size_t len, bool by_byte);
/** what came on the n-th connection behind its request's header; it must have one */
struct str web_body(uint32_t n);

/** decodes base64, in which padding may end any group; fails the test where it is none */
void base64_decode(struct str text, struct buf *ret);

#endif /* ONVIF_TUNNEL_PEER_H */
