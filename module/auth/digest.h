/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_DIGEST_H
#define ONVIF_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "module/util/secret.h"
#include "module/util/str.h"

#define DIGEST_HEX_LEN	65	/* SHA-256 in hex, with the NUL */

/*
 * The arithmetic of RFC 7616 3.4 (RFC 2617 3.2.2 and, without qop, RFC 2069).
 * Pure; any thread.
 */
enum digest_algorithm {
	DIGEST_MD5,
	DIGEST_SHA512_256,
	DIGEST_SHA256,		/* in order of preference */
};

struct digest_request {
	enum digest_algorithm algorithm;
	bool sess;
	bool qop_auth;
	uint32_t nc;
	struct str user, realm, nonce, cnonce, method, uri;
	const struct secret *password;
};

/** Finds the algorithm of a challenge; empty: MD5.
 * \return 0, -ENOTSUP when it is unknown or libcrypto refuses it (FIPS) */
int digest_find(struct str name, enum digest_algorithm *ret, bool *ret_sess);
/** the name to send, with -sess */
const char *digest_name(enum digest_algorithm algorithm, bool sess);
/** \return 0, -ENOTSUP, -ENOMEM */
int digest_response(const struct digest_request *r, char ret_hex[DIGEST_HEX_LEN]);

#endif /* ONVIF_DIGEST_H */
