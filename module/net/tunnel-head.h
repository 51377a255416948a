/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TUNNEL_HEAD_H
#define ONVIF_TUNNEL_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "module/util/str.h"

/*
 * The header of a web server's reply to a GET or POST of RTSP over HTTP.
 *
 * These functions look at the bytes they are given, copy nothing and keep nothing; any
 * thread.
 */

/** Where a header ends: the bytes up to and with its empty line. 0: not there yet. */
size_t tunnel_head_end(struct str s);

/** The status of "HTTP/1.0 200 OK" or "RTSP/1.0 200 OK" (RFC 7230 section 3.1.2; RFC 2326
 * section 7.1). 0: it is neither. */
int tunnel_head_status(struct str head);

/** Whether the body is text for a person (RFC 7231 section 3.1.1.5): some cameras answer
 * every path with their start page. */
bool tunnel_head_is_page(struct str head);

#endif /* ONVIF_TUNNEL_HEAD_H */
