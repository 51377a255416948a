/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_FAKE_HTTP_H
#define ONVIF_FAKE_HTTP_H

#include "module/net/http.h"

/*
 * A struct http whose peer is the test: either a handler that answers in the next turn of
 * the loop, or the test itself, one answer at a time. http_destroy() frees it.
 */
struct fake_http;

struct fake_http_request {
	char *url, *address, *content_type, *authorization, *pin, *body;	/* NULL as given */
	enum net_security security;
	uint32_t timeout_ms;
};

struct fake_http_reply {
	int res;			/* -errno: no answer; but for message the rest does not matter then */
	const char *message;		/* NULL: "told to fail" */
	int status;
	const char *body;		/* NULL: empty */
	const char *challenge[LIMIT_CHALLENGES];	/* up to the first NULL */
	uint64_t date;
};

/** loop NULL: without handlers */
struct fake_http *fake_http_new(struct spa_loop_utils *loop);
struct http *fake_http_get(struct fake_http *f);

/** \return false to leave the request unanswered (then fake_http_answer()) */
typedef bool (*fake_http_handler_t)(void *data, const struct fake_http_request *request,
		struct fake_http_reply *reply);
void fake_http_set_handler(struct fake_http *f, fake_http_handler_t handler, void *data);

/** The key of the TLS server, NULL: there is none (the default): https ends in -ECONNREFUSED.
 * Where it is not trusted no request reaches the handler. */
void fake_http_set_tls_key(struct fake_http *f, const char *key);

/** requests so far, and how many of them wait for an answer */
uint32_t fake_http_count(struct fake_http *f);
uint32_t fake_http_pending(struct fake_http *f);
/** the last one made; valid until the next */
const struct fake_http_request *fake_http_last(struct fake_http *f);
/** answers the oldest that waits */
void fake_http_answer(struct fake_http *f, const struct fake_http_reply *reply);
/** the next post() calls return this */
void fake_http_set_post_error(struct fake_http *f, int res);

#endif /* ONVIF_FAKE_HTTP_H */
