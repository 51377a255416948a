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
	bool allow_basic;
	uint32_t timeout_ms;
	int64_t clock_offset_s;		/* camera minus us, for WS-UsernameToken */
	bool clock_known;
	/* learned */
	char tls_key[HTTP_TLS_KEY_LEN];	/* NET_TLS_PIN: what the camera showed; "" none yet */
	bool use_token;			/* it wants WS-UsernameToken: no round without */
	bool proven;			/* the credentials were accepted once */
	bool refused;			/* they were not: never tried again */
	uint64_t requests;
};

/** res: 0 with the reply (not a fault). Without: -EACCES credentials are missing or refused
 * (client->refused); -EPERM they were accepted before, this is not permitted; -EREMOTEIO a
 * fault, reply given; -EPROTO no SOAP; or as http_done_t. message: a phrase, NULL with 0.
 * From the loop, once. */
typedef void (*soap_done_t)(void *data, int res, const struct soap_reply *reply, const char *message);

struct soap_call;

/** url and argument are copied. \return 0 or -errno with nothing to cancel */
int soap_call_new(struct soap_client *client, const char *url, enum soap_op op,
		const char *argument, soap_done_t done, void *data, struct soap_call **ret);
/** no callback then; not from, or after, the callback */
void soap_call_cancel(struct soap_call *call);

#endif /* ONVIF_SOAP_CALL_H */
