/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module/net/addr-watch.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/limits.h"

#define DEBOUNCE_MS	500u
/* a storm that never ends must not postpone the news for ever */
#define MAX_DELAY_MS	5000u
#define FNV_OFFSET	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

struct addr_watch {
	struct spa_loop_utils *loop;
	const struct addr_watch_events *events;
	void *data;

	struct spa_source *io;
	struct spa_source *timer;
	uint64_t first_news;	/* 0: none since the timer fired */

	uint32_t n_interfaces;
	struct net_interface interface[LIMIT_INTERFACES];
	uint64_t fingerprint;
};

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ p[i]) * FNV_PRIME;
	return hash;
}

/* An IPv6 address cannot be used before duplicate address detection ends, and
 * getifaddrs() does not tell; bind() does. */
static bool is_usable(const struct sockaddr *sa)
{
	bool usable;
	int fd;

	if (sa->sa_family != AF_INET6)
		return true;
	if ((fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return false;
	usable = bind(fd, sa, sizeof(struct sockaddr_in6)) == 0;
	close(fd);
	return usable;
}

static struct net_interface *get_interface(struct addr_watch *w, const struct ifaddrs *ifa)
{
	uint32_t index = if_nametoindex(ifa->ifa_name);
	struct net_interface *i;

	if (index == 0 || strlen(ifa->ifa_name) >= sizeof(i->name))
		return NULL;
	for (uint32_t n = 0; n < w->n_interfaces; n++)
		if (w->interface[n].index == index)
			return &w->interface[n];
	if (w->n_interfaces == LIMIT_INTERFACES)
		return NULL;
	i = &w->interface[w->n_interfaces++];
	*i = (struct net_interface) {
		.index = index,
		.loopback = ifa->ifa_flags & IFF_LOOPBACK,
		.multicast = ifa->ifa_flags & IFF_MULTICAST,
	};
	memcpy(i->name, ifa->ifa_name, strlen(ifa->ifa_name) + 1);
	return i;
}

static void add_address(struct addr_watch *w, const struct ifaddrs *ifa)
{
	const struct sockaddr *sa = ifa->ifa_addr;
	struct net_interface *i;

	if (!(ifa->ifa_flags & IFF_UP) || !(ifa->ifa_flags & IFF_RUNNING) || sa == NULL)
		return;
	if ((sa->sa_family != AF_INET && sa->sa_family != AF_INET6) || !is_usable(sa))
		return;
	if ((i = get_interface(w, ifa)) == NULL)
		return;
	w->fingerprint = mix(w->fingerprint, &i->index, sizeof(i->index));
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		i->ipv4 = true;
		w->fingerprint = mix(w->fingerprint, &in->sin_addr, sizeof(in->sin_addr));
	} else {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		i->ipv6 = true;
		w->fingerprint = mix(w->fingerprint, &in6->sin6_addr, sizeof(in6->sin6_addr));
	}
}

static int read_interfaces(struct addr_watch *w)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) < 0)
		return -errno;
	w->n_interfaces = 0;
	w->fingerprint = FNV_OFFSET;
	for (const struct ifaddrs *ifa = list; ifa != NULL; ifa = ifa->ifa_next)
		add_address(w, ifa);
	freeifaddrs(list);
	return 0;
}

static void on_timer(void *data, uint64_t expirations)
{
	struct addr_watch *w = data;
	uint64_t before = w->fingerprint;

	w->first_news = 0;
	/* router advertisements and Wi-Fi statistics are news without a change */
	if (read_interfaces(w) == 0 && w->fingerprint != before)
		w->events->changed(w->data);
}

static void on_io(void *data, int fd, uint32_t mask)
{
	struct addr_watch *w = data;
	uint64_t now = clock_monotonic();
	char buffer[8192];

	/* what it says does not matter, nor what was lost (ENOBUFS) */
	for (int i = 0; i < 64; i++)
		if (recv(fd, buffer, sizeof(buffer), 0) < 0 && errno != ENOBUFS)
			break;
	if (w->first_news == 0)
		w->first_news = now;
	if (now - w->first_news < MAX_DELAY_MS * NSEC_PER_MSEC)
		timer_arm(w->loop, w->timer, DEBOUNCE_MS * NSEC_PER_MSEC);
}

static int open_netlink(void)
{
	struct sockaddr_nl nl = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};
	int fd;

	if ((fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE)) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&nl, sizeof(nl)) < 0) {
		int res = -errno;

		close(fd);
		return res;
	}
	return fd;
}

struct addr_watch *addr_watch_new(struct spa_loop_utils *loop,
		const struct addr_watch_events *events, void *data)
{
	struct addr_watch *w;
	int fd, res;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->loop = loop;
	w->events = events;
	w->data = data;
	/* first the socket, then the list: nothing is missed between */
	if ((fd = open_netlink()) < 0) {
		res = fd;
		goto error;
	}
	if ((w->io = spa_loop_utils_add_io(loop, fd, SPA_IO_IN, true, on_io, w)) == NULL) {
		close(fd);
		res = -ENOMEM;
		goto error;
	}
	if ((w->timer = compat_add_timer(loop, on_timer, w)) == NULL) {
		res = -ENOMEM;
		goto error;
	}
	if ((res = read_interfaces(w)) < 0)
		goto error;
	return w;
error:
	addr_watch_destroy(w);
	errno = -res;
	return NULL;
}

void addr_watch_destroy(struct addr_watch *w)
{
	if (w == NULL)
		return;
	if (w->io)
		spa_loop_utils_destroy_source(w->loop, w->io);
	if (w->timer)
		spa_loop_utils_destroy_source(w->loop, w->timer);
	free(w);
}

uint32_t addr_watch_interfaces(struct addr_watch *w, const struct net_interface **ret)
{
	*ret = w->interface;
	return w->n_interfaces;
}
