/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/channels.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <spa/utils/defs.h>
#include <spa/utils/list.h>

#include "module/net/mcast.h"
#include "module/onvif/wsd.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/limits.h"

/* Then the loop's other sources have their turn. Of a flood no more is read than this each
 * 10 ms: what comes in between waits in the socket's buffer, or is dropped by the kernel,
 * which does it best. */
#define PAUSE_MS		10u

/* Listeners too are one for each interface: an IPv6 one is bound to its own, and a
 * socket may join no more than 20 groups (igmp_max_memberships). */
struct channel {
	struct spa_list link;
	struct channels *cs;
	struct spa_source *source;
	int fd;
	int family;
	uint32_t ifindex;
	bool loopback;
	bool listener;
	bool paused;		/* more came than was wanted */
	bool stale;
};

struct channels {
	struct spa_loop_utils *loop;
	struct spa_source *pause_timer;
	channels_receive_t receive;
	void *data;
	struct spa_list list;
};

static void channel_free(struct channel *c)
{
	spa_list_remove(&c->link);
	spa_loop_utils_destroy_source(c->cs->loop, c->source);
	free(c);
}

static void pause_reading(struct channel *c)
{
	struct channels *cs = c->cs;

	if (spa_loop_utils_update_io(cs->loop, c->source, 0) < 0)
		return;
	c->paused = true;
	timer_arm(cs->loop, cs->pause_timer, PAUSE_MS * NSEC_PER_MSEC);
}

static void on_pause_timer(void *data, uint64_t expirations)
{
	struct channels *cs = data;
	struct channel *c;
	bool again = false;

	spa_list_for_each(c, &cs->list, link) {
		if (c->paused)
			c->paused = spa_loop_utils_update_io(cs->loop, c->source, SPA_IO_IN) < 0;
		again |= c->paused;
	}
	if (again)
		timer_arm(cs->loop, cs->pause_timer, PAUSE_MS * NSEC_PER_MSEC);
}

static void on_readable(void *data, int fd, uint32_t mask)
{
	struct channel *c = data;
	struct channels *cs = c->cs;
	char buffer[LIMIT_DATAGRAM_LEN];
	enum channels_next next;
	bool slow = false;

	for (uint32_t i = 0; i < LIMIT_DATAGRAMS_PER_TURN; i++) {
		struct channels_datagram d = { .to_group = c->listener, .loopback = c->loopback };
		ssize_t n = mcast_recv(fd, buffer, sizeof(buffer), &d.from);

		if (n == -EAGAIN || n == -EWOULDBLOCK)
			break;
		if (n < 0)
			continue;	/* an ICMP error that an earlier send got */
		d.is_long = (size_t)n > sizeof(buffer);
		d.data = str_make(buffer, SPA_MIN((size_t)n, sizeof(buffer)));
		if ((next = cs->receive(cs->data, &d)) == CHANNELS_GONE)
			return;
		slow |= next == CHANNELS_SLOW_DOWN;
	}
	if (slow)
		pause_reading(c);
}

static const char *group_of(int family)
{
	return family == AF_INET6 ? WSD_GROUP_IPV6 : WSD_GROUP_IPV4;
}

static int open_channel(struct channels *cs, int family, const struct net_interface *i, bool listener)
{
	struct channel *c;
	int fd;

	fd = listener ? mcast_open_receiver(group_of(family), WSD_PORT, i->index) :
		mcast_open_sender(family, i->index);
	if (fd < 0)
		return fd;
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return -ENOMEM;
	}
	*c = (struct channel) { .cs = cs, .fd = fd, .family = family, .ifindex = i->index,
		.loopback = i->loopback, .listener = listener };
	c->source = spa_loop_utils_add_io(cs->loop, fd, SPA_IO_IN, true, on_readable, c);
	if (c->source == NULL) {
		close(fd);
		free(c);
		return -ENOMEM;
	}
	spa_list_append(&cs->list, &c->link);
	return 0;
}

static int keep_channel(struct channels *cs, int family, const struct net_interface *i, bool listener)
{
	struct channel *c;

	spa_list_for_each(c, &cs->list, link) {
		if (c->family == family && c->ifindex == i->index && c->listener == listener) {
			c->stale = false;
			return 0;
		}
	}
	return open_channel(cs, family, i, listener);
}

static bool is_selected(const struct net_interface *i, const char *names)
{
	struct str list = str_from(names), name;

	if (names == NULL)
		return i->multicast && !i->loopback;
	while (str_token(&list, " ,\t", &name) == 0)
		if (str_eq(name, str_from(i->name)))
			return true;
	return false;
}

static int keep_interface(struct channels *cs, const struct net_interface *i)
{
	int res = 0;

	if (i->ipv4) {
		keep_channel(cs, AF_INET, i, false);
		res = keep_channel(cs, AF_INET, i, true);
	}
	/* IPv6 alone may be missing, as in many containers */
	if (i->ipv6) {
		keep_channel(cs, AF_INET6, i, false);
		keep_channel(cs, AF_INET6, i, true);
	}
	return res;
}

uint32_t channels_update(struct channels *cs, const struct net_interface *list, uint32_t n,
		const char *names, int *ret_listen_error)
{
	struct channel *c, *t;
	uint32_t senders = 0;
	int error = 0, res;

	spa_list_for_each(c, &cs->list, link)
		c->stale = true;
	for (uint32_t i = 0; i < n; i++)
		if (is_selected(&list[i], names) && (res = keep_interface(cs, &list[i])) < 0)
			error = res;
	spa_list_for_each_safe(c, t, &cs->list, link) {
		if (c->stale)
			channel_free(c);
		else if (!c->listener)
			senders++;
	}
	*ret_listen_error = error;
	return senders;
}

uint32_t channels_send(struct channels *cs, const void *data, size_t size)
{
	struct channel *c;
	uint32_t n = 0;

	/* where it fails an interface is on its way up or down: its change is news */
	spa_list_for_each(c, &cs->list, link)
		if (!c->listener && mcast_send(c->fd, group_of(c->family), WSD_PORT,
				c->ifindex, data, size) == 0)
			n++;
	return n;
}

struct channels *channels_new(struct spa_loop_utils *loop, channels_receive_t receive, void *data)
{
	struct channels *cs = calloc(1, sizeof(*cs));

	if (cs == NULL)
		return NULL;
	cs->loop = loop;
	cs->receive = receive;
	cs->data = data;
	spa_list_init(&cs->list);
	if ((cs->pause_timer = compat_add_timer(loop, on_pause_timer, cs)) == NULL) {
		free(cs);
		return NULL;
	}
	return cs;
}

void channels_destroy(struct channels *cs)
{
	struct channel *c;

	if (cs == NULL)
		return;
	spa_list_consume(c, &cs->list, link)
		channel_free(c);
	spa_loop_utils_destroy_source(cs->loop, cs->pause_timer);
	free(cs);
}
