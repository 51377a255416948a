/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "module/net/mcast.h"
#include "module/util/addr.h"
#include "module/util/str.h"

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL	29	/* Linux 4.20 */
#endif

/* some hundred datagrams, with what the kernel adds */
#define RECEIVE_BUFFER	(128 * 1024)

static socklen_t sockaddr_len(const struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int open_udp(int family)
{
	int size = RECEIVE_BUFFER, fd, res;

	if ((fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP)) < 0)
		return -errno;
	if (family == AF_INET6 && (res = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) < 0) {
		close(fd);
		return res;
	}
	/* whatever the machine's default is: it may be megabytes */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static int bind_fd(int fd, const struct sockaddr_storage *ss)
{
	return bind(fd, (const struct sockaddr *)ss, sockaddr_len(ss)) < 0 ? -errno : 0;
}

static bool is_loopback(int fd, uint32_t ifindex)
{
	struct ifreq ifr = { 0 };

	return if_indextoname(ifindex, ifr.ifr_name) != NULL &&
		ioctl(fd, SIOCGIFFLAGS, &ifr) == 0 && (ifr.ifr_flags & IFF_LOOPBACK);
}

static int set_sender(int fd, int family, uint32_t ifindex)
{
	struct sockaddr_storage any = { .ss_family = (sa_family_t)family };
	int res;

	if (family == AF_INET6) {
		if ((res = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)ifindex)) < 0 ||
		    (res = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1)) < 0)
			return res;
	} else {
		struct ip_mreqn mreq = { .imr_ifindex = (int)ifindex };

		/* 127.0.0.1 has host scope and is not chosen: the source would be 0.0.0.0 */
		if (is_loopback(fd, ifindex))
			mreq.imr_address.s_addr = htonl(INADDR_LOOPBACK);
		if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq)) < 0)
			return -errno;
		if ((res = set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1)) < 0)
			return res;
	}
	return bind_fd(fd, &any);
}

int mcast_open_sender(int family, uint32_t ifindex)
{
	int fd, res;

	if ((fd = open_udp(family)) < 0)
		return fd;
	if ((res = set_sender(fd, family, ifindex)) < 0) {
		close(fd);
		return res;
	}
	return fd;
}

static int join(int fd, const struct sockaddr_storage *group, uint32_t ifindex)
{
	struct group_req req;
	int level = group->ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;

	/* with its padding: the kernel copies all of it */
	memset(&req, 0, sizeof(req));
	req.gr_interface = ifindex;
	req.gr_group = *group;
	return setsockopt(fd, level, MCAST_JOIN_GROUP, &req, sizeof(req)) < 0 ? -errno : 0;
}

int mcast_open_receiver(const char *group, uint16_t port, uint32_t ifindex)
{
	struct sockaddr_storage ss;
	int fd, res;

	if ((res = addr_parse(str_from(group), port, &ss)) < 0)
		return res;
	/* bound to the group, not to any address: unicast to this port is for others */
	if (ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&ss)->sin6_scope_id = ifindex;
	if ((fd = open_udp(ss.ss_family)) < 0)
		return fd;
	if ((res = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1)) < 0 ||
	    (res = set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1)) < 0 ||
	    (res = bind_fd(fd, &ss)) < 0 ||
	    (res = join(fd, &ss, ifindex)) < 0) {
		close(fd);
		return res;
	}
	/* without this a socket hears what any process on the host has joined */
	if (ss.ss_family == AF_INET6)
		set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	else
		set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	return fd;
}

int mcast_send(int fd, const char *group, uint16_t port, uint32_t ifindex,
		const void *data, size_t size)
{
	struct sockaddr_storage ss;
	ssize_t n;
	int res;

	if ((res = addr_parse(str_from(group), port, &ss)) < 0)
		return res;
	if (ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&ss)->sin6_scope_id = ifindex;
	n = sendto(fd, data, size, MSG_NOSIGNAL, (struct sockaddr *)&ss, sockaddr_len(&ss));
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EMSGSIZE;
}

ssize_t mcast_recv(int fd, void *data, size_t size, struct sockaddr_storage *ret_from)
{
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	ssize_t n;

	n = recvfrom(fd, data, size, MSG_TRUNC, (struct sockaddr *)&from, &len);
	if (n < 0)
		return -errno;
	*ret_from = from;
	return n;
}
