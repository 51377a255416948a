/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_URI_H
#define ONVIF_URI_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

/*
 * An absolute URI with an authority (RFC 3986 3), as slices of the text that
 * was parsed. host is without the brackets of an IPv6 literal; port is 0 when
 * the text has none; path includes the query and starts with '/' or '?' unless empty.
 */
struct uri {
	struct str scheme;
	struct str userinfo;	/* without '@'; has_userinfo tells empty from none */
	struct str host;
	struct str path;	/* path, query; no fragment */
	uint16_t port;
	bool has_userinfo;
	bool is_ipv6;
};

/** \return 0, -EBADMSG (no such form, control bytes, blanks), -E2BIG (over LIMIT_URI_LEN) */
int uri_parse(struct str s, struct uri *ret);
/** the port, or the default of rtsp (554), rtsps (322), http (80), https (443); else 0 */
uint16_t uri_port(const struct uri *u);
/** Writes scheme://host[:port]path, without userinfo. \return the length, -E2BIG */
int uri_format(const struct uri *u, char *dst, size_t size);

#endif /* ONVIF_URI_H */
