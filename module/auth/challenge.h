/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CHALLENGE_H
#define ONVIF_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>

#include "module/util/str.h"

/*
 * What a server asks for in WWW-Authenticate (RFC 7235 4.1, RFC 7616 3.3), as
 * slices of the header's value. Quoted strings are without their quotes and with
 * their escapes: as they are sent back.
 */
enum challenge_scheme {
	CHALLENGE_OTHER,
	CHALLENGE_BASIC,
	CHALLENGE_DIGEST,
};

struct challenge {
	enum challenge_scheme scheme;
	bool malformed;
	bool stale;
	bool algorithm_quoted;	/* against RFC 7616 3.3, but then its reader may want it so, too */
	struct str realm, nonce, opaque, algorithm, qop;	/* .p NULL: absent */
};

/** Takes the next of the challenges in one header value.
 * \return 0, -ENOENT at the end */
int challenge_next(struct str *cur, struct challenge *ret);

#endif /* ONVIF_CHALLENGE_H */
