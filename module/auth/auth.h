/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_AUTH_H
#define ONVIF_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "module/util/buf.h"
#include "module/util/limits.h"
#include "module/util/secret.h"
#include "module/util/str.h"

/*
 * HTTP and RTSP authentication (RFC 7616, 2617, 7617, 2326 11.5) as a client.
 * One struct auth per camera service and connection: nonces never cross service
 * paths (Hikvision binds them to the URL). No I/O, no clock; any one thread.
 *
 * Rules: of all challenges SHA-256 Digest before MD5 Digest before Basic; Basic
 * only where allowed, and never once this object saw Digest; an algorithm or qop
 * that we lack is skipped. One attempt per credentials: a 401 to a request that
 * carried them is final unless stale=true (3 in a row are final too) or the nonce
 * was accepted before: two auth_authorize() without an auth_challenge() in between
 * say so. AUTH_REFUSED stays until auth_set_credentials().
 */
enum auth_verdict {
	AUTH_RETRY,		/* send again with auth_authorize() */
	AUTH_NEED_CREDENTIALS,	/* there are none */
	AUTH_REFUSED,		/* these were tried; do not try them again */
	AUTH_UNSUPPORTED,	/* nothing on offer that we may use (Basic without leave,
				 * unknown scheme or algorithm, a malformed challenge) */
};

struct auth;

/** \return NULL with errno */
struct auth *auth_new(bool allow_basic);
void auth_destroy(struct auth *auth);

/** Copies the credentials; NULL user: none. An empty password is legal (Xiaovv).
 * Forgets nonces and verdicts. \return 0, -ENOMEM, -EINVAL (control bytes in user) */
int auth_set_credentials(struct auth *auth, const char *user, const struct secret *password);

/** Takes all WWW-Authenticate values of one 401. sent_authorization: the request
 * it answers carried our Authorization. */
enum auth_verdict auth_challenge(struct auth *auth, const struct str *values, uint32_t n_values,
		bool sent_authorization);

/** Appends the value of an Authorization header for one request; appends nothing
 * where no challenge is known yet, or none for this URI where nonces are bound to it. nc counts
 * up per nonce, cnonce is fresh.
 * uri: exactly the request's target (path for HTTP, whole URI for RTSP).
 * \return 1 when something was appended, 0, -errno */
int auth_authorize(struct auth *auth, const char *method, struct str uri, struct buf *dst);

/** Each URI needs a nonce of its own. Found out at the cost of one 401, which the camera
 * may count: whoever makes another auth for the same camera passes it on. */
void auth_set_nonce_per_uri(struct auth *auth);
bool auth_has_nonce_per_uri(const struct auth *auth);

/** a phrase for AUTH_UNSUPPORTED ("only Basic is offered", ...); never NULL */
const char *auth_reason(const struct auth *auth);
/** AUTH_UNSUPPORTED was for want of memory */
bool auth_no_memory(const struct auth *auth);
/** true once any Digest challenge was seen */
bool auth_saw_digest(const struct auth *auth);

/** Appends a wsse:Security header block (WS-UsernameToken, PasswordDigest =
 * Base64(SHA-1(nonce + created + password)), 16-byte nonce, milliseconds):
 * for legacy devices that offered no Digest challenge.
 * realtime_ns: our clock plus the camera's offset. \return 0 or -errno */
int auth_username_token(struct buf *dst, const char *user, const struct secret *password,
		uint64_t realtime_ns);

/** Hex of HMAC-SHA-256 over the parts, each after its length (64 bit, big endian);
 * for the learned facts. \return 0 or -errno */
int auth_keyed_hash(const void *key, size_t key_len, const struct str *parts, uint32_t n_parts,
		char ret_hex[65]);

#endif /* ONVIF_AUTH_H */
