/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_HTTP_H
#define ONVIF_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include <spa/support/loop.h>

#include "module/net/net.h"
#include "module/util/limits.h"
#include "module/util/str.h"

/*
 * One HTTP POST at a time to a camera, asynchronous. A vtable: libcurl's multi
 * interface in the product (http-curl.c), a script in tests. No redirect, no
 * proxy, no netrc, no decompression, at most LIMIT_SOAP_LEN of body.
 * Authentication is the caller's: it reads the challenges and sends the header.
 */
#define HTTP_TLS_KEY_LEN	80u	/* "sha256//base64" with the NUL */

struct http_request {
	const char *url;		/* http: or https:, without userinfo; copied */
	const char *address;		/* numeric host that must be dialled whatever the URL says, or NULL */
	const char *content_type;	/* copied */
	const char *authorization;	/* value of the Authorization header, or NULL; copied, wiped */
	enum net_security security;	/* https only; NET_PLAIN counts as NET_TLS_PIN there */
	const char *pin;		/* NET_TLS_PIN: "sha256//base64", several with ';' between; or NULL */
	const void *body;		/* copied */
	size_t body_len;
	uint32_t timeout_ms;
};

struct http_response {
	int status;			/* 100..599 */
	struct str body;		/* valid inside the callback only, like all of this */
	struct str challenge[LIMIT_CHALLENGES];	/* values of WWW-Authenticate, in order */
	uint32_t n_challenges;
	struct str content_type;
	const char *tls_key;		/* with NET_TLS_PIN: the peer's "sha256//base64"; else NULL */
	uint64_t date;			/* Date header in s since 1970, 0 when absent or unreadable */
};

/** res is 0 with a response, or -errno (-ETIMEDOUT, -ECONNREFUSED, -EHOSTUNREACH,
 * -E2BIG, ...) with NULL and a short English phrase. Nothing was sent with -ENOKEY: NET_TLS_PIN
 * without a pin, message is the server's key "sha256//..."; and with -EKEYREJECTED: message is the
 * key seen instead of the pinned one or, with NET_TLS_CA, what is wrong with the certificate.
 * Comes from the loop, once; never after cancel. */
typedef void (*http_done_t)(void *data, int res, const struct http_response *response,
		const char *message);

struct http;
struct http_call;
struct http_methods {
#define HTTP_VERSION_METHODS	0
	uint32_t version;
	/** \return 0 or -errno with nothing to cancel */
	int (*post)(struct http *http, const struct http_request *request,
			http_done_t done, void *data, struct http_call **ret);
	/** the callback will not come; the call is freed. Not from, or after, its callback. */
	void (*cancel)(struct http *http, struct http_call *call);
	void (*destroy)(struct http *http);
};
struct http {
	const struct http_methods *methods;
};

/** \return NULL with errno */
struct http *http_curl_new(struct spa_loop_utils *loop);

static inline int http_post(struct http *http, const struct http_request *request,
		http_done_t done, void *data, struct http_call **ret)
{
	return http->methods->post(http, request, done, data, ret);
}
static inline void http_cancel(struct http *http, struct http_call *call)
{
	http->methods->cancel(http, call);
}
static inline void http_destroy(struct http *http)
{
	if (http)
		http->methods->destroy(http);
}

#endif /* ONVIF_HTTP_H */
