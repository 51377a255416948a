/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/net/addr-watch.h"
#include "module/onvif/budget.h"
#include "module/onvif/channels.h"
#include "module/onvif/discovery.h"
#include "module/onvif/scopes.h"
#include "module/onvif/wsd.h"
#include "module/onvif/xaddr.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/limits.h"
#include "module/util/random.h"
#include "module/util/text.h"

/* SOAP-over-UDP 1.1, 3.3 and appendix A */
#define MULTICAST_UDP_REPEAT	1u
#define UDP_MIN_DELAY_MS	50u
#define UDP_MAX_DELAY_MS	250u
#define UDP_UPPER_DELAY_MS	500u

#define MIN_INTERVAL_MS		1000u	/* between two rounds, whatever asks for them */
/* Anybody can say Hello, and every device on the network answers a probe: rounds that
 * somebody asks for follow each other so often, and at once so many times */
#define ASKED_INTERVAL_MS	10000u
#define ASKED_BURST		3u
#define REPLY_MS		20000u	/* how long an answer is related to its probe */
#define DUPLICATE_MS		2000u	/* the same answer through a second socket */
#define KNOWN_MS		1000u	/* how long the addresses of known cameras are believed */
#define FLOOD_MIN_MS		2000u	/* until a flood is told */
#define FLOOD_MAX_MS		3600000u
#define N_TYPES			2u
#define MESSAGE_ID_LEN		(UUID_STRLEN + 9u)

struct probe {
	char message_id[MESSAGE_ID_LEN];
	enum wsd_type type;
	uint64_t expires;	/* 0: unused */
};

struct seen {
	uint64_t hash;
	uint64_t time;
};

struct discovery {
	struct spa_loop_utils *loop;
	const struct discovery_events *events;
	void *data;

	char *interfaces;
	uint64_t interval;
	struct addr_watch *watch;
	struct channels *channels;

	struct spa_source *round_timer;
	uint64_t last_round;
	struct spa_source *repeat_timer;
	uint32_t repeats;
	uint32_t repeat_delay_ms;
	struct probe probe[LIMIT_LIVE_PROBES];
	uint32_t n_probes;	/* ever */

	uint64_t next_round;
	bool asked_for;		/* the next round, by somebody */
	struct bucket asked;
	struct budget budget;
	uint64_t known_time;
	struct seen seen[LIMIT_SEEN];
	struct discovery_counters counters;

	struct spa_source *flood_timer;
	uint32_t flood_ms;	/* between two reports; 0: there is no flood */
	uint64_t flood_dropped;	/* at the last report */

	const char *error;	/* the one reported */
	uint32_t in_emit;
	bool dead;
};

#define emit(d, method, ...) \
	do { \
		(d)->in_emit++; \
		if (!(d)->dead && (d)->events->method) \
			(d)->events->method((d)->data, ##__VA_ARGS__); \
		(d)->in_emit--; \
	} while (0)

static void discovery_free(struct discovery *d);

/* Ends an entry from the loop: \return true when a callback destroyed us */
static bool leave(struct discovery *d)
{
	if (!d->dead || d->in_emit > 0)
		return false;
	discovery_free(d);
	return true;
}

/*
 * Receiving
 */

static void update_known(struct discovery *d, uint64_t now)
{
	struct sockaddr_storage address[LIMIT_CAMERAS_MAX];
	uint32_t n;

	if (d->events->known == NULL ||
	    (d->known_time != 0 && now - d->known_time < KNOWN_MS * NSEC_PER_MSEC))
		return;
	d->known_time = now;
	n = d->events->known(d->data, address, LIMIT_CAMERAS_MAX);
	budget_set_known(&d->budget, address, n);
}

static void on_flood_timer(void *data, uint64_t expirations)
{
	struct discovery *d = data;
	uint64_t dropped = d->counters.dropped_rate - d->flood_dropped;
	uint32_t ms = d->flood_ms;

	d->flood_dropped = d->counters.dropped_rate;
	d->flood_ms = 0;
	if (dropped > 0) {
		d->flood_ms = SPA_MIN(2 * ms, FLOOD_MAX_MS);
		timer_arm(d->loop, d->flood_timer, d->flood_ms * NSEC_PER_MSEC);
		emit(d, flood, dropped, ms / (uint32_t)MSEC_PER_SEC);
	}
	leave(d);
}

static void drop_for_rate(struct discovery *d)
{
	d->counters.dropped_rate++;
	if (d->flood_ms != 0)
		return;
	d->flood_ms = FLOOD_MIN_MS;
	timer_arm(d->loop, d->flood_timer, FLOOD_MIN_MS * NSEC_PER_MSEC);
}

static bool is_ours(struct discovery *d, struct str relates_to, uint64_t now)
{
	for (uint32_t i = 0; i < LIMIT_LIVE_PROBES; i++)
		if (d->probe[i].expires > now &&
		    str_ieq(relates_to, str_from(d->probe[i].message_id)))
			return true;
	return false;
}

static uint64_t hash(uint64_t h, const char *s)
{
	do
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	while (*s++ != '\0');
	return h;
}

static bool is_duplicate(struct discovery *d, enum wsd_kind kind, const char *id,
		const char *address, uint64_t now)
{
	uint64_t h = hash(hash(UINT64_C(0xcbf29ce484222325) + kind, id), address);
	struct seen *s = &d->seen[h % LIMIT_SEEN];

	if (s->hash == h && s->time != 0 && now - s->time < DUPLICATE_MS * NSEC_PER_MSEC)
		return true;
	*s = (struct seen) { h, now };
	return false;
}

static int fill_device(const struct wsd_target *t, const char *address, struct discovery_device *ret)
{
	struct scopes scopes = { 0 };
	char id[LIMIT_ID_LEN];

	memset(ret, 0, sizeof(*ret));
	text_sanitize(t->id, id, sizeof(id));
	/* an id is compared and stored: one that cannot be shown as it is, is none */
	if (!str_eq(t->id, str_from(id)))
		return -EBADMSG;
	scopes_add_list(&scopes, t->scopes);
	str_copy(str_from(id), ret->id, sizeof(ret->id));
	str_copy(str_from(address), ret->address, sizeof(ret->address));
	xaddr_choose(t->xaddrs, address, ret->xaddr);
	xaddr_choose_tls(t->xaddrs, address, ret->xaddr_tls);
	memcpy(ret->name, scopes.name, sizeof(ret->name));
	memcpy(ret->hardware, scopes.hardware, sizeof(ret->hardware));
	memcpy(ret->location, scopes.location, sizeof(ret->location));
	ret->metadata_version = t->metadata_version;
	ret->is_nvt = t->is_nvt;
	return 0;
}

static void handle_target(struct discovery *d, enum wsd_kind kind, const struct wsd_target *t,
		const char *address, uint64_t now)
{
	struct discovery_device device;

	if (fill_device(t, address, &device) < 0)
		d->counters.dropped_malformed++;
	else if (is_duplicate(d, kind, device.id, address, now))
		return;
	else if (kind == WSD_PROBE_MATCHES)
		emit(d, match, &device);
	else if (kind == WSD_HELLO)
		emit(d, hello, &device);
	else
		emit(d, bye, device.id, device.address);
}

static void handle_message(struct discovery *d, bool to_group, const char *address,
		const struct wsd_message *m, uint64_t now)
{
	/* a Hello to a sender's port was made to measure; a match on 3702 answers another's probe */
	bool expected = m->kind == WSD_PROBE_MATCHES ?
		!to_group && is_ours(d, m->relates_to, now) : to_group;

	if (!expected) {
		d->counters.dropped_unrelated++;
		return;
	}
	for (uint32_t i = 0; i < m->n_targets && !d->dead; i++)
		handle_target(d, m->kind, &m->target[i], address, now);
}

/* \return false when there are more than are looked at */
static bool handle_datagram(struct discovery *d, const struct channels_datagram *datagram)
{
	uint64_t now = clock_monotonic();
	char address[ADDR_STRLEN];
	struct wsd_message m;
	int res;

	d->counters.datagrams++;
	update_known(d, now);
	if (!budget_take(&d->budget, &datagram->from, !datagram->to_group, now)) {
		drop_for_rate(d);
		return false;
	}
	if ((!addr_is_unicast(&datagram->from) &&
	     !(addr_is_loopback(&datagram->from) && datagram->loopback)) ||
	    addr_format(&datagram->from, address) < 0) {
		d->counters.dropped_unrelated++;
		return true;
	}
	res = datagram->is_long ? -E2BIG : wsd_parse(datagram->data, &m);
	if (res < 0) {
		/* port 3702 also hears everybody's probes */
		if (res == -ENOTSUP)
			d->counters.dropped_unrelated++;
		else
			d->counters.dropped_malformed++;
		return true;
	}
	handle_message(d, datagram->to_group, address, &m, now);
	wsd_message_clear(&m);
	return true;
}

static enum channels_next on_datagram(void *data, const struct channels_datagram *datagram)
{
	struct discovery *d = data;
	bool looked_at;

	d->in_emit++;
	looked_at = handle_datagram(d, datagram);
	d->in_emit--;
	if (leave(d))
		return CHANNELS_GONE;
	return looked_at ? CHANNELS_GO_ON : CHANNELS_SLOW_DOWN;
}

static const char *find_error(struct discovery *d, uint32_t n_senders, int listen_error)
{
	if (n_senders == 0)
		return d->interfaces ?
			"None of the interfaces in onvif.interfaces is up: no camera can be found." :
			"There is no network to look for cameras in.";
	switch (listen_error) {
	case 0:
		return NULL;
	case -EACCES:
	case -EPERM:
		return "Not permitted to listen on UDP port 3702: cameras that come and go are noticed late.";
	case -EADDRINUSE:
		return "Another program keeps UDP port 3702 for itself: cameras that come and go are noticed late.";
	default:
		return "Cannot listen on UDP port 3702: cameras that come and go are noticed late.";
	}
}

static void update_error(struct discovery *d, const char *error)
{
	if (error == d->error)
		return;
	d->error = error;
	emit(d, error, error);
}

/*
 * Probing
 */

static void send_probe(struct discovery *d, const struct probe *p)
{
	struct buf b;

	buf_init(&b, LIMIT_DATAGRAM_LEN);
	if (wsd_write_probe(&b, p->type, p->message_id) == 0)
		d->counters.probes += channels_send(d->channels, b.data, b.len);
	buf_clear(&b);
}

static void arm_repeat(struct discovery *d)
{
	timer_arm(d->loop, d->repeat_timer, d->repeat_delay_ms * NSEC_PER_MSEC);
	d->repeat_delay_ms = SPA_MIN(2 * d->repeat_delay_ms, UDP_UPPER_DELAY_MS);
}

static void on_repeat(void *data, uint64_t expirations)
{
	struct discovery *d = data;

	for (uint32_t i = 0; i < N_TYPES; i++)
		send_probe(d, &d->probe[(d->n_probes - N_TYPES + i) % LIMIT_LIVE_PROBES]);
	if (--d->repeats > 0)
		arm_repeat(d);
}

static void arm_round(struct discovery *d, uint64_t delay)
{
	uint64_t now = clock_monotonic(), since = now - d->last_round;
	uint64_t gap = MIN_INTERVAL_MS * NSEC_PER_MSEC;

	if (d->last_round != 0 && since < gap)
		delay = SPA_MAX(delay, gap - since);
	d->next_round = now + delay;
	timer_arm(d->loop, d->round_timer, delay);
}

static void on_round(void *data, uint64_t expirations)
{
	struct discovery *d = data;
	const struct net_interface *list;
	uint32_t n = addr_watch_interfaces(d->watch, &list);
	int listen_error;

	d->last_round = clock_monotonic();
	if (d->asked_for)
		bucket_take(&d->asked, d->last_round);
	d->asked_for = false;
	n = channels_update(d->channels, list, n, d->interfaces, &listen_error);
	for (uint32_t i = 0; i < N_TYPES; i++) {
		struct probe *p = &d->probe[d->n_probes++ % LIMIT_LIVE_PROBES];

		memcpy(p->message_id, "urn:uuid:", 9);
		random_uuid(p->message_id + 9);
		p->type = (enum wsd_type)i;
		p->expires = d->last_round + REPLY_MS * NSEC_PER_MSEC;
		send_probe(d, p);
	}
	d->repeats = MULTICAST_UDP_REPEAT;
	d->repeat_delay_ms = UDP_MIN_DELAY_MS + random_below(UDP_MAX_DELAY_MS - UDP_MIN_DELAY_MS + 1);
	arm_repeat(d);
	arm_round(d, d->interval);
	update_error(d, find_error(d, n, listen_error));
	leave(d);
}

static void on_changed(void *data)
{
	struct discovery *d = data;

	arm_round(d, 0);
	emit(d, network_changed);
	leave(d);
}

static const struct addr_watch_events watch_events = {
	NET_VERSION_ADDR_WATCH_EVENTS,
	.changed = on_changed,
};

void discovery_probe(struct discovery *d)
{
	uint64_t now = clock_monotonic(), wait = bucket_wait(&d->asked, now);

	d->asked_for = true;
	if (now + wait < d->next_round)
		arm_round(d, wait);
}

void discovery_get_counters(struct discovery *d, struct discovery_counters *ret)
{
	*ret = d->counters;
}

static void discovery_free(struct discovery *d)
{
	channels_destroy(d->channels);
	addr_watch_destroy(d->watch);
	if (d->round_timer)
		spa_loop_utils_destroy_source(d->loop, d->round_timer);
	if (d->repeat_timer)
		spa_loop_utils_destroy_source(d->loop, d->repeat_timer);
	if (d->flood_timer)
		spa_loop_utils_destroy_source(d->loop, d->flood_timer);
	free(d->interfaces);
	free(d);
}

struct discovery *discovery_new(struct spa_loop_utils *loop, const struct discovery_params *params,
		const struct discovery_events *events, void *data)
{
	struct discovery *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	d->loop = loop;
	d->events = events;
	d->data = data;
	d->interval = SPA_MAX(params->probe_interval_ms, MIN_INTERVAL_MS) * NSEC_PER_MSEC;
	budget_init(&d->budget, clock_monotonic());
	bucket_init(&d->asked, ASKED_INTERVAL_MS * NSEC_PER_MSEC, ASKED_BURST, clock_monotonic());

	if ((params->interfaces && (d->interfaces = strdup(params->interfaces)) == NULL) ||
	    (d->channels = channels_new(loop, on_datagram, d)) == NULL ||
	    (d->watch = addr_watch_new(loop, &watch_events, d)) == NULL ||
	    (d->round_timer = compat_add_timer(loop, on_round, d)) == NULL ||
	    (d->repeat_timer = compat_add_timer(loop, on_repeat, d)) == NULL ||
	    (d->flood_timer = compat_add_timer(loop, on_flood_timer, d)) == NULL) {
		int err = errno ? errno : ENOMEM;

		discovery_free(d);
		errno = err;
		return NULL;
	}
	arm_round(d, 0);
	return d;
}

void discovery_destroy(struct discovery *d)
{
	if (d == NULL || d->dead)
		return;
	d->dead = true;
	leave(d);
}
