/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TUNNEL_H
#define ONVIF_TUNNEL_H

#include "module/net/net.h"

/*
 * RTSP tunnelled over HTTP or HTTPS (Streaming Specification 5.1.1.4; the form is Apple's, of
 * 2001): what the camera says comes as the endless reply to a GET, what we say goes as the
 * endless body of a POST, in base64. Both connections together are one net_stream.
 */
struct net_tunnel_target {
	struct net_target target;	/* the web server; NET_TLS_* for HTTPS */
	const char *path;		/* of the stream, with its query: "/onvif/1?x=y" */
	const char *user_agent;
	/** '$' frames go by the GET's connection, as they are: so Streaming Specification 2.10
	 * had it for the backchannel. Each send() must then begin with a frame or a message. */
	bool frames_by_get;
};

/** As net_connect(); all is copied. Besides what that says, closed() has -EPROTO, -ENOENT (404)
 * or -EACCES (401, 403) and "the web server answered ..." when there is no tunnel here.
 * connect_timeout_ms is for each of the two connections; how long the web server may think
 * about its answer is the caller's business. A POST that the server ends in order is followed
 * by another one, unless that was one, and nothing went.
 * \return 0; -EINVAL (control bytes, a path with blanks or without its '/'), -E2BIG, -errno */
int net_tunnel_connect(struct spa_loop_utils *loop, struct net *net,
		const struct net_tunnel_target *target,
		const struct net_stream_events *events, void *data, struct net_stream **ret);

#endif /* ONVIF_TUNNEL_H */
