/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/camera-private.h"

#include <errno.h>

#include "module/log.h"
#include "module/util/clock.h"
#include "module/util/uri.h"

/* A camera that nobody plays to, and of which no datagram tells, is looked for now and then:
 * that it has gone is to be seen before somebody speaks to it. */

/* a packet may be lost, and a camera may be busy */
#define MISSES	2u

void camera_is_there(struct camera *c)
{
	c->last_seen = clock_monotonic();
	c->missed = 0;
	if (c->absent == 0)
		return;
	c->absent = 0;
	camera_update_state(c);
}

static void on_presence(void *data, int res)
{
	struct camera *c = data;

	c->presence = NULL;
	if (res == 0) {
		camera_is_there(c);
	} else if (++c->missed >= MISSES && res != c->absent) {
		c->absent = res;
		camera_update_state(c);
	}
}

/* where its stream is, by the numbers that we know for it */
static int find_place(struct camera *c, struct sockaddr_storage *ret)
{
	const char *text = camera_prop(c, "rtsp.uri");
	char host[CAMERA_ADDRESS_LEN];
	struct uri uri;

	if (uri_parse(str_from(text ? text : c->uri), &uri) < 0)
		return -ENOENT;
	if (c->status.address[0])
		return addr_parse(str_from(c->status.address), uri_port(&uri), ret);
	if (c->address[0]) {
		camera_host_of(c->address, host, sizeof(host));
		return addr_parse(str_from(host), uri_port(&uri), ret);
	}
	return addr_parse(uri.host, uri_port(&uri), ret);
}

uint64_t camera_check_presence(struct camera *c, uint64_t interval_ns)
{
	/* (one that answers probes has its answer heard first) */
	uint64_t now = clock_monotonic(), due = c->last_seen + interval_ns + interval_ns / 8;
	struct sockaddr_storage address;
	int res;

	if (c->claimed || c->sink == NULL || (c->state != SESSION_IDLE && c->absent == 0) ||
	    find_place(c, &address) < 0)
		return UINT64_MAX;
	if (c->absent < 0)
		due = SPA_MAX(due, c->looked + interval_ns);
	/* cameras that are due at about the same time share a wake-up */
	if (now + interval_ns / 16 < due)
		return due;
	if (c->presence == NULL) {
		c->looked = now;
		res = presence_new(c->env->loop, &address, on_presence, c, &c->presence);
		if (res < 0 && res != -ENOMEM)
			on_presence(c, res);
	}
	/* two misses in a row are noticed within two intervals */
	return now + interval_ns / 4;
}
