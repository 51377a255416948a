/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_PRESENCE_H
#define ONVIF_PRESENCE_H

#include <sys/socket.h>

#include <pipewire/pipewire.h>

/*
 * Is it still there? Opens a TCP connection and closes it: no request, no login, and it
 * wakes up nothing that a camera would log. For cameras that no datagram tells of. Main thread.
 */
struct presence;

/** res: 0 or -errno (-ETIMEDOUT after three seconds). From the loop, once. */
typedef void (*presence_done_t)(void *data, int res);

/** address: with the port. \return 0 or -errno with nothing to cancel */
int presence_new(struct pw_loop *loop, const struct sockaddr_storage *address,
		presence_done_t done, void *data, struct presence **ret);
/** no callback then; not from, or after, the callback; NULL is fine */
void presence_cancel(struct presence *p);

#endif /* ONVIF_PRESENCE_H */
