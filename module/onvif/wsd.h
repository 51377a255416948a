/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_WSD_H
#define ONVIF_WSD_H

#include <stdbool.h>
#include <stdint.h>

#include "module/util/buf.h"
#include "module/util/limits.h"
#include "module/util/str.h"

/*
 * WS-Discovery messages (April 2005, not 1.1) as SOAP 1.2 over UDP. Pure.
 */
#define WSD_PORT		3702
#define WSD_GROUP_IPV4		"239.255.255.250"
#define WSD_GROUP_IPV6		"ff02::c"

enum wsd_type {
	WSD_TYPE_NVT,		/* dn:NetworkVideoTransmitter: what cameras before 2011 know */
	WSD_TYPE_DEVICE,	/* tds:Device: what ONVIF Core 7.3.3.1 demands */
};

/** Writes a Probe. message_id: "urn:uuid:...". One line, no prolog, one type only: some
 * cameras parse no better than that (onvif-rs PR#61, openhab#9022). \return 0 or -errno */
int wsd_write_probe(struct buf *dst, enum wsd_type type, const char *message_id);

enum wsd_kind {
	WSD_PROBE_MATCHES,
	WSD_HELLO,
	WSD_BYE,
};

/* slices of the document */
struct wsd_target {
	struct str id;		/* endpoint reference, never empty */
	struct str scopes;
	struct str xaddrs;	/* may be empty */
	uint32_t metadata_version;
	bool is_nvt;		/* tds:Device or dn:NetworkVideoTransmitter among its Types */
};

struct wsd_message {
	enum wsd_kind kind;
	struct str relates_to;	/* empty in Hello and Bye */
	uint32_t n_targets;
	struct wsd_target target[LIMIT_WSD_MATCHES];
	struct xml_doc *doc;
};

/** \return 0 (then wsd_message_clear()), -EBADMSG, -E2BIG, -ENOTSUP another message */
int wsd_parse(struct str datagram, struct wsd_message *ret);
void wsd_message_clear(struct wsd_message *m);

#endif /* ONVIF_WSD_H */
