/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SOAP_CALL_H
#define ONVIF_SOAP_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "module/net/http.h"
#include "module/onvif/soap.h"
#include "module/util/secret.h"

/*
 * One SOAP operation with as many HTTP requests as it takes to log in: without
 * credentials first; then HTTP Digest where that is demanded; WS-UsernameToken only where
 * no Digest was offered. A nonce serves one request: Hikvision binds it to the path, and
 * Dahua counts a second use as a failed login. A TLS key that nobody named is asked for
 * first, by a handshake after which nothing is sent, and must be the same from then on.
 *
 * A token is of the camera's time. Where that is doubtful (some call local time UTC) and the first
 * token is refused, a second one is tried with the other clock: never more, accounts get locked.
 * Main thread.
 */
struct soap_client {
	/* set by the owner, who keeps all of it alive */
	struct http *http;
	const char *address;		/* numeric host to dial, NULL: the URL's */
	enum net_security security;	/* of https URLs */
	const char *pin;		/* NET_TLS_PIN: the key, or NULL: the first one that is seen */
	const char *user;		/* NULL: none */
	const struct secret *password;
	bool allow_basic;		/* also without TLS that is verified */
	uint32_t timeout_ms;
	int64_t clock_offset_s;		/* camera minus us, by what it says itself; for WS-UsernameToken */
	bool clock_known;
	bool hold_login;		/* not now: what wants one is -EACCES */
	bool worked_before;		/* the credentials did, at this camera: see -EBUSY */
	/* learned */
	char tls_key[HTTP_TLS_KEY_LEN];	/* NET_TLS_PIN: what the camera showed; "" none yet */
	bool use_token;			/* it wants WS-UsernameToken: no round without */
	bool proven;			/* the credentials were accepted once */
	bool refused;			/* they were not: never tried again */
	bool shut_out;			/* HTTP said 401 although they were: no rights, or too many connected (Dahua) */
	int64_t header_offset_s;	/* camera minus us, by its Date headers */
	bool header_known;
	int64_t token_offset_s;		/* the clock that tokens are to be of, once it was tried */
	bool token_tried;
	uint32_t refused_tokens;
	uint64_t requests;
};

/** res: 0 with the reply (not a fault). Without: -EACCES credentials are missing or refused
 * (client->refused); -EPERM they were accepted by this client before, this is not permitted; -EBUSY they
 * worked before, but not now: Dahua says 401 when too many are connected; -EREMOTEIO a fault, reply
 * given; -EPROTO no SOAP; or as http_done_t. message: a phrase, NULL with 0. From the loop, once. */
typedef void (*soap_done_t)(void *data, int res, const struct soap_reply *reply, const char *message);

struct soap_call;

/** url and argument are copied. \return 0 or -errno with nothing to cancel */
int soap_call_new(struct soap_client *client, const char *url, enum soap_op op,
		const char *argument, soap_done_t done, void *data, struct soap_call **ret);
/** no callback then; not from, or after, the callback */
void soap_call_cancel(struct soap_call *call);

#endif /* ONVIF_SOAP_CALL_H */
