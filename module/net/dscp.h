/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_DSCP_H
#define ONVIF_DSCP_H

/** Marks what a socket sends, IPv4 or IPv6, as Expedited Forwarding (RFC 3246, RFC 4594 4.1:
 * telephony), which Wi-Fi maps to its voice queue. Best effort. Any thread. */
void dscp_set_media(int fd);

#endif /* ONVIF_DSCP_H */
