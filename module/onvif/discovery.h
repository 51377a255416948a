/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_DISCOVERY_H
#define ONVIF_DISCOVERY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <spa/support/loop.h>

#include "module/util/addr.h"
#include "module/util/limits.h"

/*
 * WS-Discovery (April 2005; ONVIF Core 7) as a client: probes on every suitable
 * interface, IPv4 and IPv6, and again on those that appear later; listens for
 * Hello and Bye. Hearsay: what comes from here is checked before it is believed.
 * Main thread; events come from the loop. No answer is ever sent to anybody.
 */
struct discovery;

/* one answer, sanitised */
struct discovery_device {
	char id[LIMIT_ID_LEN];		/* endpoint reference */
	char address[ADDR_STRLEN];	/* numeric source of the datagram */
	char xaddr[LIMIT_URI_LEN];	/* device service; its host is the datagram's source, or
					 * replaced by it; http before https */
	char xaddr_tls[LIMIT_URI_LEN];	/* the https one where there is one, likewise; or "" */
	char name[LIMIT_NAME_LEN];	/* from the scopes, or "" */
	char hardware[LIMIT_TEXT_LEN];
	char location[LIMIT_TEXT_LEN];
	uint32_t metadata_version;
	bool is_nvt;			/* dn:NetworkVideoTransmitter or tds:Device among its Types */
};

struct discovery_events {
#define DISCOVERY_VERSION_EVENTS	0
	uint32_t version;
	/** a ProbeMatch to a probe of ours: every time (also repeats: a sign of life) */
	void (*match)(void *data, const struct discovery_device *device);
	/** unsolicited, spoofable: a hint to look */
	void (*hello)(void *data, const struct discovery_device *device);
	void (*bye)(void *data, const char *id, const char *address);
	/** the set of interfaces or addresses changed (the probes go out by themselves) */
	void (*network_changed)(void *data);
	/** one sentence: no interface, no permission, ... NULL: fine again */
	void (*error)(void *data, const char *message);
	/** Somebody sends more than is looked at: so many were dropped in so many s. Soon
	 * after it begins, then less and less often. */
	void (*flood)(void *data, uint64_t dropped, uint32_t seconds);
	/** Fills in the addresses of up to max cameras that answered for themselves: a flood from
	 * elsewhere does not keep them from being heard. Asked for at most once a second,
	 * from inside the reading of a datagram. May be NULL. \return their number */
	uint32_t (*known)(void *data, struct sockaddr_storage *address, uint32_t max);
};

struct discovery_params {
	const char *interfaces;		/* space or comma separated names, NULL: all suitable
					 * (up, multicast, not loopback); "lo" only by name */
	uint32_t probe_interval_ms;	/* 60000 */
};

struct discovery_counters {
	uint64_t probes, datagrams, dropped_rate, dropped_malformed, dropped_unrelated;
};

/** Starts probing at once. \return NULL with errno */
struct discovery *discovery_new(struct spa_loop_utils *loop, const struct discovery_params *params,
		const struct discovery_events *events, void *data);
void discovery_destroy(struct discovery *d);
/** Probes soon: at once, unless it was asked for often of late. */
void discovery_probe(struct discovery *d);
void discovery_get_counters(struct discovery *d, struct discovery_counters *ret);

#endif /* ONVIF_DISCOVERY_H */
