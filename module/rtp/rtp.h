/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_RTP_H
#define ONVIF_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RTP and RTCP packets (RFC 3550 5.1, 6.4, 6.5, 6.6; RFC 3551). Pure. */
#define RTP_HEADER_LEN	12u

struct rtp_header {
	bool marker;
	uint8_t pt;
	uint16_t seq;
	uint32_t timestamp;
	uint32_t ssrc;
};
/** \return RTP_HEADER_LEN, -ENOSPC, -EINVAL (pt > 127) */
int rtp_header_write(const struct rtp_header *h, uint8_t *dst, size_t size);
/** \return the offset of the payload (CSRCs and extension skipped), -EBADMSG */
int rtp_header_parse(const void *data, size_t len, struct rtp_header *ret);

/* One outgoing stream's state */
struct rtp_sender {
	uint32_t ssrc;
	uint16_t seq;		/* of the next packet */
	uint32_t timestamp;	/* of the next packet */
	uint8_t pt;
	uint32_t clock_rate;
	uint32_t packets;	/* sent, RFC 3550 6.4.1 */
	uint32_t octets;	/* payload octets sent */
	bool marker;		/* the next packet starts a talkspurt */
};
/** random SSRC (unless given, non-zero), sequence number and timestamp (RFC 3550 5.1) */
void rtp_sender_init(struct rtp_sender *s, uint8_t pt, uint32_t clock_rate, uint32_t ssrc);
/** Writes the next packet's header before payload already in place and advances;
 * samples: clock ticks in this packet. \return RTP_HEADER_LEN or -errno */
int rtp_sender_packet(struct rtp_sender *s, uint8_t *dst, size_t size,
		size_t payload_len, uint32_t samples);
/** time passes without a packet (one was dropped before it had a header) */
void rtp_sender_skip(struct rtp_sender *s, uint32_t samples);

/** A compound SR + SDES CNAME (+ BYE). ntp_realtime_ns: wall clock in ns since 1970;
 * rtp_now: the RTP timestamp of that instant. cname: UTF-8, at most 255 bytes.
 * \return the length, -ENOSPC, -EINVAL */
int rtcp_write(const struct rtp_sender *s, uint64_t ntp_realtime_ns, uint32_t rtp_now,
		const char *cname, bool bye, uint8_t *dst, size_t size);

struct rtcp_report {		/* a report block about our SSRC */
	uint8_t fraction_lost;	/* /256 */
	int32_t total_lost;
	uint32_t jitter;	/* clock ticks */
	uint32_t lsr, dlsr;	/* RFC 3550 6.4.1; 1/65536 s */
	bool has_bye;		/* the camera said BYE */
};
/** Looks through a compound packet for a report about ssrc, or a BYE.
 * \return 1 found, 0 nothing about us, -EBADMSG */
int rtcp_parse(const void *data, size_t len, uint32_t ssrc, struct rtcp_report *ret);
/** round trip in microseconds from a report's lsr, dlsr; 0 when it has none */
uint32_t rtcp_round_trip_us(const struct rtcp_report *r, uint64_t ntp_realtime_ns);

#endif /* ONVIF_RTP_H */
