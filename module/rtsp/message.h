/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_RTSP_MESSAGE_H
#define ONVIF_RTSP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "module/util/buf.h"
#include "module/util/limits.h"
#include "module/util/str.h"

/* What arrives on an RTSP connection: replies, server requests and '$' frames,
 * in any order (RFC 2326 6, 7, 10.12). */
enum rtsp_item {
	RTSP_REPLY,
	RTSP_REQUEST,
	RTSP_FRAME,
};

struct rtsp_header {
	struct str name;
	struct str value;	/* unfolded, trimmed */
};

/* Slices point into the parser's buffer: valid until the next parser call. */
struct rtsp_message {
	enum rtsp_item type;
	int status;		/* RTSP_REPLY: 100..599 */
	struct str reason;
	struct str method;	/* RTSP_REQUEST */
	struct str uri;
	bool has_cseq;
	uint32_t cseq;
	struct rtsp_header header[LIMIT_HEADERS];
	uint32_t n_headers;
	struct str body;	/* RTSP_FRAME: the payload */
	uint8_t channel;	/* RTSP_FRAME */
};

/** The n-th (from 0) header of a name, any case. \return NULL when there is none */
const struct str *rtsp_message_header(const struct rtsp_message *m, const char *name, uint32_t n);

/* Linear in what is fed, however it is cut: nothing is looked at twice from its
 * start. All fields but .skipped and .junk are private. */
struct rtsp_parser {
	struct buf in;
	size_t pos;		/* the current item begins here */
	size_t consumed;	/* bytes of the item handed out last */
	size_t scan;		/* from pos: no line end before it */
	size_t line;		/* from pos: the line, with its folds, under way */
	size_t head_len;	/* 0: the end of the headers was not seen yet */
	size_t body_len;
	bool started;		/* the start line is good */
	size_t skipped;		/* junk since the last good item */
	uint64_t junk;		/* junk in all, for the log */
};

void rtsp_parser_init(struct rtsp_parser *p);
void rtsp_parser_clear(struct rtsp_parser *p);
/** Adds received bytes. \return 0, -ENOMEM, -E2BIG */
int rtsp_parser_feed(struct rtsp_parser *p, const void *data, size_t len);
/** The next whole item. Between items anything that is no start line and no '$' is
 * skipped, up to LIMIT_RTSP_RESYNC_LEN; a frame right behind junk must look like RTP.
 * \return 1 with *ret filled, 0 when more bytes are needed, -EBADMSG (malformed beyond
 * resynchronising), -E2BIG (over a limit): then the connection is of no more use */
int rtsp_parser_next(struct rtsp_parser *p, struct rtsp_message *ret);

/** Appends a reply or a request as text. \return 0 or dst's error */
int rtsp_message_write(const struct rtsp_message *m, struct buf *dst);

/* Session: id[;timeout=s] (RFC 2326 12.37) */
struct rtsp_session {
	struct str id;
	uint32_t timeout;	/* s; 60 when absent or nonsense; at least 1 */
};
/** \return 0, -EBADMSG (no id, or one with control bytes) */
int rtsp_session_parse(struct str value, struct rtsp_session *ret);

/* Transport of a SETUP reply (RFC 2326 12.39); several, comma separated: the first usable */
struct rtsp_transport {
	bool is_tcp;		/* interleaved given, or RTP/AVP/TCP */
	bool has_channel;
	uint8_t channel[2];	/* RTP, RTCP; a single number means n, n+1 */
	bool has_server_port;
	uint16_t server_port[2];
	struct str source;	/* host, or empty */
	bool has_ssrc;
	uint32_t ssrc;		/* hexadecimal, 0x tolerated */
};
/** A malformed parameter counts as absent. \return 0, -EBADMSG (empty), -ENOTSUP (multicast,
 * SRTP or unknown only) */
int rtsp_transport_parse(struct str value, struct rtsp_transport *ret);

/** true if a Public (or Allow) header lists method */
bool rtsp_public_has(const struct rtsp_message *reply, const char *method);

#endif /* ONVIF_RTSP_MESSAGE_H */
