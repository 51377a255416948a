/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_ADDR_H
#define ONVIF_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "str.h"

#define ADDR_STRLEN	64	/* numeric host with %scope, NUL included */

/** The numeric host of a socket address: no port, no brackets, IPv4-mapped IPv6 as
 * IPv4, link-local IPv6 with %<interface name>. \return 0 or -EINVAL */
int addr_format(const struct sockaddr_storage *ss, char dst[ADDR_STRLEN]);
/** Parses a numeric host (brackets and %scope allowed). \return 0 or -EINVAL when it is not numeric */
int addr_parse(struct str host, uint16_t port, struct sockaddr_storage *ret);
/** same host, ports ignored; IPv4-mapped equals IPv4; scope compared only for link-local */
bool addr_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
/** neither unspecified, loopback, multicast nor broadcast */
bool addr_is_unicast(const struct sockaddr_storage *a);
bool addr_is_loopback(const struct sockaddr_storage *a);
/** the text (numeric) host of two names is the same host; names compare without case */
bool addr_text_equal(struct str a, struct str b);

#endif /* ONVIF_ADDR_H */
