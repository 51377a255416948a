/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "tests/lib/fake-net-impl.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/test.h"

struct datagram {
	struct spa_list link;
	bool rtcp;
	int error;		/* to be told: ICMP */
	size_t len;
	uint8_t data[];
};

struct pair {
	struct net_udp udp;
	struct spa_list link;
	struct fake_net *f;
	const struct net_udp_events *events;
	void *data;
	char address[64];
	uint16_t peer[2];
	bool bound[2];
	struct spa_list sent, said;
	struct net_udp_stats stats;
};

static int add(struct spa_list *list, bool rtcp, int error, const void *data, size_t len)
{
	struct datagram *d = malloc(sizeof(*d) + len);

	if (d == NULL)
		return -ENOMEM;
	*d = (struct datagram){ .rtcp = rtcp, .error = error, .len = len };
	if (len > 0)
		memcpy(d->data, data, len);
	spa_list_append(list, &d->link);
	return 0;
}

static void clear(struct spa_list *list)
{
	struct datagram *d;

	spa_list_consume(d, list, link) {
		spa_list_remove(&d->link);
		free(d);
	}
}

static void pair_free(struct pair *p)
{
	spa_list_remove(&p->link);
	clear(&p->sent);
	clear(&p->said);
	free(p);
}

static void set_peer(struct net_udp *udp, uint16_t rtp_port, uint16_t rtcp_port)
{
	struct pair *p = SPA_CONTAINER_OF(udp, struct pair, udp);

	p->peer[0] = rtp_port;
	p->peer[1] = rtcp_port;
	p->bound[0] = rtp_port != 0;
	p->bound[1] = rtcp_port != 0;
}

static int send_one(struct net_udp *udp, bool rtcp, const void *data, size_t size)
{
	struct pair *p = SPA_CONTAINER_OF(udp, struct pair, udp);
	int res;

	if (!p->bound[rtcp])
		return -EDESTADDRREQ;
	if ((res = add(&p->sent, rtcp, 0, data, size)) == 0)
		p->stats.sent++;
	return res;
}

static void get_stats(struct net_udp *udp, struct net_udp_stats *ret)
{
	*ret = SPA_CONTAINER_OF(udp, struct pair, udp)->stats;
}

static void destroy(struct net_udp *udp)
{
	pair_free(SPA_CONTAINER_OF(udp, struct pair, udp));
}

static const struct net_udp_methods methods = {
	NET_VERSION_UDP_METHODS,
	.set_peer = set_peer,
	.send = send_one,
	.get_stats = get_stats,
	.destroy = destroy,
};

int fake_net_open_udp(struct net *net, const char *address,
		const struct net_udp_events *events, void *data, struct net_udp **ret)
{
	struct fake_net *f = SPA_CONTAINER_OF(net, struct fake_net, net);
	struct pair *p;

	if (f->udp_error < 0)
		return f->udp_error;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return -ENOMEM;
	p->udp.methods = &methods;
	p->udp.port = (uint16_t)(FAKE_NET_UDP_PORT + 2 * (f->n_pairs++ % 1000));
	p->f = f;
	p->events = events;
	p->data = data;
	snprintf(p->address, sizeof(p->address), "%s", address);
	spa_list_init(&p->sent);
	spa_list_init(&p->said);
	spa_list_prepend(&f->pairs, &p->link);
	*ret = &p->udp;
	return 0;
}

/* one; its receiver may destroy the pair */
bool fake_net_deliver_udp(struct fake_net *f)
{
	struct datagram *d;
	struct pair *p;

	spa_list_for_each(p, &f->pairs, link) {
		if (spa_list_is_empty(&p->said))
			continue;
		d = spa_list_first(&p->said, struct datagram, link);
		spa_list_remove(&d->link);
		if (d->error < 0) {
			if (p->events->error)
				p->events->error(p->data, d->error);
		} else {
			p->bound[d->rtcp] = true;
			p->stats.received++;
			p->events->datagram(p->data, d->rtcp, d->data, d->len);
		}
		free(d);
		return true;
	}
	return false;
}

void fake_net_clear_udp(struct fake_net *f)
{
	struct pair *p;

	spa_list_consume(p, &f->pairs, link)
		pair_free(p);
}

static struct pair *need(struct fake_net *f)
{
	if (spa_list_is_empty(&f->pairs))
		test_fail(__FILE__, __LINE__, "no UDP sockets");
	return spa_list_first(&f->pairs, struct pair, link);
}

uint32_t fake_net_n_udp(struct fake_net *f)
{
	struct pair *p;
	uint32_t n = 0;

	spa_list_for_each(p, &f->pairs, link)
		n++;
	return n;
}

void fake_net_set_udp_error(struct fake_net *f, int res)
{
	f->udp_error = res;
}

uint16_t fake_net_udp_peer(struct fake_net *f, bool rtcp)
{
	return need(f)->peer[rtcp];
}

const char *fake_net_udp_address(struct fake_net *f)
{
	return need(f)->address;
}

size_t fake_net_udp_take(struct fake_net *f, bool *ret_rtcp, void *dst, size_t size)
{
	struct datagram *d;
	struct pair *p;
	size_t len;

	spa_list_for_each(p, &f->pairs, link) {
		if (spa_list_is_empty(&p->sent))
			continue;
		d = spa_list_first(&p->sent, struct datagram, link);
		spa_list_remove(&d->link);
		len = SPA_MIN(d->len, size);
		memcpy(dst, d->data, len);
		*ret_rtcp = d->rtcp;
		free(d);
		return len;
	}
	return 0;
}

void fake_net_udp_say(struct fake_net *f, bool rtcp, const void *data, size_t len)
{
	check_int(add(&need(f)->said, rtcp, 0, data, len), 0);
	fake_net_wake(f);
}

void fake_net_udp_fail(struct fake_net *f, int res)
{
	check_int(add(&need(f)->said, false, res, NULL, 0), 0);
	fake_net_wake(f);
}
