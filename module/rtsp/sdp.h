/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SDP_H
#define ONVIF_SDP_H

#include <stdbool.h>
#include <stdint.h>

#include "module/util/limits.h"
#include "module/util/str.h"

/* The description that DESCRIBE returns (RFC 4566), as much of it as the choice
 * of a backchannel needs. Slices point into the parsed text. */
enum sdp_direction {
	SDP_NONE,		/* no direction attribute */
	SDP_RECVONLY,		/* camera to us (ONVIF: the client's view) */
	SDP_SENDONLY,		/* us to camera */
	SDP_SENDRECV,
	SDP_INACTIVE,
};

struct sdp_rtpmap {
	uint8_t pt;		/* 0..127 */
	struct str encoding;	/* "PCMU", also for static types without a=rtpmap */
	uint32_t clock_rate;
	uint8_t channels;	/* 1 when absent */
	struct str fmtp;	/* or empty */
};

struct sdp_media {
	struct str type;	/* "audio", "video", ... */
	struct str protocol;	/* "RTP/AVP" */
	enum sdp_direction direction;	/* own, or the session's */
	struct str control;	/* or empty */
	struct sdp_rtpmap map[LIMIT_SDP_RTPMAPS];
	uint32_t n_maps;
};

struct sdp {
	struct str control;	/* session level, or empty */
	struct sdp_media *media;	/* malloc()ed, n_media of them */
	uint32_t n_media;
};

/** Tolerant where cameras are known to err (facts: bare c=IN, missing t=, duplicate
 * s=, junk before the first m=, unknown lines), strict on numbers.
 * \return 0, -EBADMSG (no m= line, not SDP), -E2BIG, -ENOMEM */
int sdp_parse(struct str text, struct sdp *ret);
void sdp_clear(struct sdp *sdp);

/* The chosen backchannel */
struct sdp_backchannel {
	uint32_t media;		/* index */
	uint8_t pt;
	struct str encoding;	/* "PCMU" or "PCMA" */
	uint32_t clock_rate;
	uint8_t channels;
	struct str control;
};

/** Chooses where and what to send: an audio section marked sendonly, unless a video
 * section is sendonly too (a camera that marks its forward tracks from its own
 * view: facts 2.1 "CV-RTSPHandler"); PCMU/8000 before PCMA/8000, or what preferred
 * ("PCMU", "PCMA"; NULL or "auto": any) names. A static payload type means what
 * RFC 3551 says, whatever contradictory rtpmaps claim (H3C).
 * \return 0; -ENOENT: no backchannel; -ENOTSUP: a backchannel without a codec that
 * we have: *ret_offers then gets a list such as "MPEG4-GENERIC/16000, G726-16/8000"
 * (cut to size) */
int sdp_choose_backchannel(const struct sdp *sdp, const char *preferred,
		struct sdp_backchannel *ret, char *ret_offers, size_t size);

/** The URI of a control attribute (RFC 2326 C.1.1 as cameras mean it): absolute ones
 * keep only path and query (the host and port stay base's), relative ones are
 * appended to base, query and all, with exactly one '/' between; empty or "*" is base.
 * resolve: true uses RFC 3986 5.2 instead of appending, for cameras that answer the
 * appended one with 400, 404, 451, 455, 503.
 * base: the URI of the request, or Content-Base with its path only.
 * \return the length, -E2BIG, -EBADMSG */
int sdp_control_uri(const char *base, struct str control, bool resolve, char *dst, size_t size);

/** The base for controls: Content-Base, else Content-Location, else the request's URI;
 * of the headers only path and query are taken (host and port are pinned to request's).
 * \return the length, -E2BIG */
int sdp_base_uri(const char *request_uri, const struct str *content_base,
		const struct str *content_location, char *dst, size_t size);

#endif /* ONVIF_SDP_H */
