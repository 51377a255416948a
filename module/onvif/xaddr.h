/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_XADDR_H
#define ONVIF_XADDR_H

#include "module/util/limits.h"
#include "module/util/str.h"

/*
 * Only the address that answered is dialled. A camera's XAddrs may name 0.0.0.0, an
 * address behind a NAT, or another host on purpose: of such a URI the scheme, the port
 * and the path are believed, never the host. Pure.
 */

/** Writes url with its scheme in lower case, without userinfo, and its host replaced by
 * host (numeric, or a name; a %scope is left out: the caller dials host itself).
 * \return 0, -EBADMSG no such URI, -ENOTSUP neither http(s) nor rtsp(s), -E2BIG, -EINVAL: host
 * is none */
int xaddr_pin(struct str url, const char *host, char dst[LIMIT_URI_LEN]);

/** Picks from a blank-separated list, of which the first LIMIT_XADDRS count: the http
 * one at host itself, else https at host, else the first http, else the first https one,
 * pinned to host. \return 0, -ENOENT */
int xaddr_choose(struct str xaddrs, const char *host, char dst[LIMIT_URI_LEN]);

/** Picks the https one: at host itself, else the first, pinned to host. \return 0, -ENOENT */
int xaddr_choose_tls(struct str xaddrs, const char *host, char dst[LIMIT_URI_LEN]);

/** Makes an http URL an https one with the port of base where base is https; both are pinned.
 * One that would be too long then, becomes "". */
void xaddr_keep_tls(char url[LIMIT_URI_LEN], const char *base);

#define XADDR_CANDIDATES	3u

/** Where the device service may be, pinned, most likely first: xaddr itself (or NULL), then
 * the usual paths beside it. address: "host", "host:port" (the port counts where there is no
 * xaddr; 443: https), "[v6]:port", "v6%scope"; NULL: the host of xaddr. ret_host: what to dial.
 * \return their number, -EINVAL no address, -EBADMSG no URI */
int xaddr_candidates(const char *xaddr, const char *address, char ret_host[LIMIT_URI_LEN],
		char ret_url[XADDR_CANDIDATES][LIMIT_URI_LEN]);

#endif /* ONVIF_XADDR_H */
