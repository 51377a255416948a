/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_REDACT_H
#define ONVIF_TOOL_REDACT_H

#include "module/util/buf.h"
#include "module/util/str.h"

/*
 * Takes out of a text what must not get into a bug report: logins, nonces, userinfo, passwords
 * in addresses, serial numbers, MAC addresses and UUIDs, public addresses. Pure.
 */
#define REDACT_KNOWN	8u

struct redact {
	/* whole words to be taken out wherever they stand, in any case: user, password, serial number */
	const char *known[REDACT_KNOWN];
	uint32_t n_known;
};

/** NULL, "" and what there is no room for are left out; \return false: no room */
bool redact_add(struct redact *r, const char *known);
/** Appends what may be read by others. \return 0 or dst's error */
int redact_text(const struct redact *r, struct str text, struct buf *dst);
/** As redact_text(), but only userinfo and the passwords and users of addresses: for the user's
 * own screen. */
int redact_logins(struct str text, struct buf *dst);

#endif /* ONVIF_TOOL_REDACT_H */
