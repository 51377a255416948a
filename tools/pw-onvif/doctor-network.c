/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spa/utils/string.h>

#include "module/net/addr-watch.h"
#include "module/net/mcast.h"
#include "module/util/addr.h"
#include "module/util/str.h"
#include "tools/pw-onvif/doctor.h"

#define WSD_GROUP	"239.255.255.250"
#define WSD_PORT	3702

static void on_changed(void *data)
{
	/* one look is enough */
}

static const struct addr_watch_events watch_events = {
	NET_VERSION_ADDR_WATCH_EVENTS,
	.changed = on_changed,
};

/* as discovery chooses */
static bool is_wanted(const struct doctor *d, const struct net_interface *i)
{
	struct str rest = str_from(d->settings ? d->settings->interfaces : NULL), name;

	if (rest.len == 0)
		return !i->loopback && i->multicast;
	while (str_token(&rest, " ,", &name) == 0)
		if (str_eq(name, str_from(i->name)))
			return true;
	return false;
}

/* The kernel looks for the way when a socket is connected; nothing is sent.
 * \return 0 or -errno */
static int find_route(uint32_t ifindex)
{
	struct sockaddr_storage to;
	int fd, res = 0;

	if (addr_parse(STR_LIT(WSD_GROUP), WSD_PORT, &to) < 0)
		return -EINVAL;
	if ((fd = mcast_open_sender(AF_INET, ifindex)) < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(struct sockaddr_in)) < 0)
		res = -errno;
	close(fd);
	return res;
}

static void check_interface(struct doctor *d, const struct net_interface *i)
{
	char remedy[256];
	int res;

	if (!i->ipv4) {
		doctor_say(d, DOCTOR_WARNING, "network", "Give it an IPv4 address if the cameras are there",
				"%s has only IPv6: so must the cameras", i->name);
		return;
	}
	if ((res = find_route(i->index)) == 0) {
		doctor_say(d, DOCTOR_OK, "network", NULL, "%s has a way to " WSD_GROUP, i->name);
		return;
	}
	snprintf(remedy, sizeof(remedy), "Add one: ip route add 224.0.0.0/4 dev %s", i->name);
	doctor_say(d, DOCTOR_PROBLEM, "network", remedy, "%s has no way to " WSD_GROUP
			", which cameras listen to: %s", i->name, strerror(-res));
}

/* names in onvif.interfaces that there are not */
static void check_names(struct doctor *d, const struct net_interface *list, uint32_t n)
{
	struct str rest = str_from(d->settings ? d->settings->interfaces : NULL), name;

	while (str_token(&rest, " ,", &name) == 0) {
		bool found = false;

		for (uint32_t i = 0; i < n; i++)
			found |= str_eq(name, str_from(list[i].name));
		if (!found)
			doctor_say(d, DOCTOR_WARNING, "network", "Correct onvif.interfaces, or bring it up",
					"onvif.interfaces names " STR_FMT ", which is not up or has no address", STR_ARG(name));
	}
}

void doctor_check_network(struct doctor *d)
{
	const struct net_interface *list;
	struct addr_watch *w;
	uint32_t n, n_wanted = 0;

	if ((w = addr_watch_new(d->tool->loop->utils, &watch_events, d)) == NULL) {
		doctor_say(d, DOCTOR_PROBLEM, "network", "Allow AF_NETLINK sockets",
				"The interfaces cannot be listed: %s", strerror(errno));
		return;
	}
	n = addr_watch_interfaces(w, &list);
	for (uint32_t i = 0; i < n; i++) {
		if (!is_wanted(d, &list[i]))
			continue;
		check_interface(d, &list[i]);
		n_wanted++;
	}
	check_names(d, list, n);
	if (n_wanted == 0)
		doctor_say(d, DOCTOR_PROBLEM, "network", "Connect to the network that the cameras are in",
				"No interface is up that can multicast and has an address: no camera can be discovered");
	addr_watch_destroy(w);
}
