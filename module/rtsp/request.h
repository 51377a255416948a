/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_RTSP_REQUEST_H
#define ONVIF_RTSP_REQUEST_H

#include <spa/utils/list.h>

#include "module/auth/auth.h"
#include "module/rtsp/client.h"
#include "module/util/buf.h"

/* A request that was sent and waits for its reply; what a second try needs of it. */
struct pending {
	struct spa_list link;
	char method[32];
	char *uri;
	struct buf fields;	/* headers that a second try repeats */
	uint32_t cseq;		/* of the last try */
	uint32_t tries;
	bool authorized;	/* the last try carried Authorization */
	bool keepalive;
	rtsp_reply_t reply;	/* NULL: forgotten */
	void *data;
};

/** Checks and copies a request. \return 0, -EINVAL (control bytes), -E2BIG, -ENOMEM */
int pending_new(const struct rtsp_request *request, rtsp_reply_t reply, void *data,
		struct pending **ret);
void pending_free(struct pending *p);

/** Appends the request as it goes out (RFC 2326 6), with Authorization as far as auth
 * knows a challenge. dst then holds a secret. \return 0 or -errno */
int pending_write(struct pending *p, uint32_t cseq, const char *user_agent, struct auth *auth,
		struct buf *dst);

#endif /* ONVIF_RTSP_REQUEST_H */
