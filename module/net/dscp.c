/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include "module/net/dscp.h"

#define DSCP_EF		46

void dscp_set_media(int fd)
{
	int tos = DSCP_EF << 2;

	/* one of them does not belong to the socket's family; a container may forbid either */
	(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
}
