/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_RTSP_CLIENT_H
#define ONVIF_RTSP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "module/net/net.h"
#include "module/net/tunnel.h"
#include "module/rtsp/message.h"
#include "module/util/secret.h"

/*
 * An RTSP 1.0 client on one connection (RFC 2326; Streaming Specification 5.3):
 * requests with their replies (also late, with wrong CSeq, or none), server
 * requests answered, interleaved frames in both directions, authentication.
 * It knows no session: what to send when is module/session's. No timers of its
 * own. One thread, that of the loop. May be destroyed inside any event.
 */
struct rtsp_client;

struct rtsp_client_events {
#define RTSP_VERSION_CLIENT_EVENTS	0
	uint32_t version;
	void (*connected)(void *data, const char *address);
	/** an interleaved frame from the camera */
	void (*frame)(void *data, uint8_t channel, struct str payload);
	/** the camera asked something (already answered): ANNOUNCE, REDIRECT, TEARDOWN
	 * matter to the session, the rest is for the log */
	void (*request)(void *data, const struct rtsp_message *request);
	/** last event: the connection failed or ended (res as net_stream_events.closed);
	 * outstanding requests have been completed with -ECANCELED before */
	void (*closed)(void *data, int res, const char *message);
};

struct rtsp_client_params {
	struct net *net;
	struct net_target target;	/* copied */
	const struct net_tunnel_target *tunnel;	/* in place of target: RTSP over HTTP; or NULL */
	const char *user_agent;
	const char *user;		/* NULL: no credentials */
	const struct secret *password;
	bool allow_basic;
	bool nonce_per_uri;		/* as rtsp_client_has_nonce_per_uri() said before */
	/** The conversation, message by message, without frames: what is sent as it is sent, what came
	 * as it was understood. Logins are in it: not for a log. May be NULL. */
	void (*trace)(void *data, bool sent, struct str text);
	void *trace_data;
};

/** Starts connecting. \return 0 or -errno */
int rtsp_client_new(struct spa_loop_utils *loop, const struct rtsp_client_params *params,
		const struct rtsp_client_events *events, void *data, struct rtsp_client **ret);
/** Closes at once (no TEARDOWN); NULL is fine. No event comes any more. */
void rtsp_client_destroy(struct rtsp_client *client);

/** res: 0 with the final reply of any status but 401 (1xx are skipped), or
 * -EACCES with the 401 when credentials were refused, -ENOKEY with the 401 when
 * there are none, -ENOTSUP with the 401 when no scheme is usable (or another -errno
 * with it when the answer could not be sent); -ECANCELED with NULL when the
 * connection ended. Comes from the loop, once. */
typedef void (*rtsp_reply_t)(void *data, int res, const struct rtsp_message *reply);

struct rtsp_request {
	const char *method;
	const char *uri;
	const char *session;		/* Session id or NULL */
	bool require_backchannel;	/* Require: www.onvif.org/ver20/backchannel */
	const char *accept;		/* or NULL */
	const char *transport;		/* or NULL */
	const char *range;		/* or NULL */
	bool keepalive;			/* its reply may be missing or carry a wrong CSeq: it
					 * is matched only if nothing else waits, and no later
					 * reply is taken for it */
};

/** Sends a request (queued behind what is being sent, before media; before the
 * connection is made it waits for it). A 401 is answered once with credentials.
 * \return 0; -ENOTCONN after the end, -EINVAL (control bytes in a field), -EBUSY (too many
 * outstanding), -E2BIG, -ENOMEM (no callback then) */
int rtsp_client_send(struct rtsp_client *client, const struct rtsp_request *request,
		rtsp_reply_t reply, void *reply_data);

/** Forgets a callback (for instance of a request given up by a timer). Its late reply
 * is still known for its own and taken for no other's. */
void rtsp_client_forget(struct rtsp_client *client, void *reply_data);

/** Queues one interleaved frame: '$', channel, length and payload go out whole or
 * not at all. When the peer is slow the oldest unsent media frames are dropped
 * (LIMIT_SENDQ_*); a frame of which a byte was offered is never dropped.
 * \return 0 (a frame dropped at once counts in the stats), -ENOTCONN, -E2BIG (over
 * 65535 bytes, or longer than the queue), -ENOMEM */
int rtsp_client_send_frame(struct rtsp_client *client, uint8_t channel,
		const void *payload, size_t len);

/** Drops the frames that wait for a slow peer: what follows ends the session. */
void rtsp_client_drop_frames(struct rtsp_client *client);

struct rtsp_client_stats {
	uint64_t frames_sent, frames_dropped, bytes_sent, frames_received;
	uint32_t queued_bytes;
};
void rtsp_client_get_stats(struct rtsp_client *client, struct rtsp_client_stats *ret);

/** the camera binds nonces to URIs: the next client need not find out again */
bool rtsp_client_has_nonce_per_uri(struct rtsp_client *client);
/** inside a reply: the request carried a login; an answer of 200 says something about it then */
bool rtsp_client_reply_authorized(struct rtsp_client *client);
/** the reason that the last 401 could not be answered; never NULL */
const char *rtsp_client_auth_reason(struct rtsp_client *client);

#endif /* ONVIF_RTSP_CLIENT_H */
