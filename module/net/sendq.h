/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SENDQ_H
#define ONVIF_SENDQ_H

#include <stdint.h>

#include <spa/utils/list.h>

#include "module/net/net.h"
#include "module/util/limits.h"

/*
 * What waits to be sent on one connection. Frames go out whole, in order:
 * control frames (requests, answers) before media that was not begun. When the
 * peer is slow the oldest media goes; control frames never do. A frame of which
 * bytes were offered to the stream stays, and stays where it is, until it is
 * gone: TLS demands it, and half a '$' frame would shift all that follow.
 */
struct sendq {
	struct spa_list frames;
	uint32_t len;		/* bytes not yet sent */
	uint32_t control_len;	/* of these, in control frames */
	uint64_t media_sent, media_dropped;	/* frames */
	uint64_t bytes_sent;
};

void sendq_init(struct sendq *q);
/** forgets everything; contents of control frames (credentials) are overwritten */
void sendq_clear(struct sendq *q);

/** Copies one control frame. \return 0, -ENOMEM, -E2BIG (LIMIT_SENDQ_LEN in control frames) */
int sendq_add_control(struct sendq *q, const void *data, size_t len);
/** Copies one media frame, header and payload; now is CLOCK_MONOTONIC in ns. Drops older
 * media over LIMIT_SENDQ_LEN or LIMIT_SENDQ_MEDIA_MS.
 * \return 0 (also when the frame itself found no room: it counts as dropped), -ENOMEM, -E2BIG
 * (longer than any queue) */
int sendq_add_media(struct sendq *q, const void *header, size_t header_len,
		const void *payload, size_t len, uint64_t now);

/** Drops all media that was not begun. */
void sendq_drop_media(struct sendq *q);

/** Sends as much as the stream takes, leaving out media that is too old by now.
 * \return 0 when nothing is left, -EAGAIN, -errno */
int sendq_flush(struct sendq *q, struct net_stream *stream, uint64_t now);

#endif /* ONVIF_SENDQ_H */
