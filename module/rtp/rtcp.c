/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/rtp/rtp.h"
#include "module/rtp/wire.h"

/* RFC 3550 6.4: V(2) P RC(5) | type | length in words minus one */
#define VERSION		(2u << 6)
#define VERSION_MASK	(3u << 6)
#define COUNT_MASK	0x1fu
#define HEADER_LEN	4u

#define TYPE_SR		200u
#define TYPE_RR		201u
#define TYPE_SDES	202u
#define TYPE_BYE	203u
#define SDES_CNAME	1u

#define SR_LEN		28u
#define BYE_LEN		8u
#define SENDER_INFO_LEN	20u
#define REPORT_LEN	24u
#define CNAME_MAX	255u

/* seconds from 1900 to 1970 */
#define NTP_OFFSET	UINT64_C(2208988800)

/* 32.32 fixed point seconds since 1900, modulo 2^32 seconds (the era of 2036) */
static uint64_t ntp_from_realtime(uint64_t ns)
{
	uint64_t seconds = ns / SPA_NSEC_PER_SEC + NTP_OFFSET;
	uint64_t fraction = ((ns % SPA_NSEC_PER_SEC) << 32) / SPA_NSEC_PER_SEC;

	return seconds << 32 | fraction;
}

static uint8_t *put_header(uint8_t *p, unsigned int count, unsigned int type, size_t len)
{
	*p++ = (uint8_t)(VERSION | count);
	*p++ = (uint8_t)type;
	return put_be16(p, (uint16_t)(len / 4 - 1));
}

static uint8_t *put_sr(uint8_t *p, const struct rtp_sender *s, uint64_t ntp, uint32_t rtp_now)
{
	p = put_header(p, 0, TYPE_SR, SR_LEN);
	p = put_be32(p, s->ssrc);
	p = put_be32(p, (uint32_t)(ntp >> 32));
	p = put_be32(p, (uint32_t)ntp);
	p = put_be32(p, rtp_now);
	p = put_be32(p, s->packets);
	return put_be32(p, s->octets);
}

static uint8_t *put_sdes(uint8_t *p, size_t len, uint32_t ssrc, const char *cname, size_t cname_len)
{
	uint8_t *end = p + len;

	p = put_header(p, 1, TYPE_SDES, len);
	p = put_be32(p, ssrc);
	*p++ = SDES_CNAME;
	*p++ = (uint8_t)cname_len;
	memcpy(p, cname, cname_len);
	p += cname_len;
	/* the list of items ends with at least one zero (6.5) */
	memset(p, 0, (size_t)(end - p));
	return end;
}

int rtcp_write(const struct rtp_sender *s, uint64_t ntp_realtime_ns, uint32_t rtp_now,
		const char *cname, bool bye, uint8_t *dst, size_t size)
{
	size_t cname_len = cname ? strlen(cname) : 0, sdes_len, len;
	uint8_t *p = dst;

	if (cname_len == 0 || cname_len > CNAME_MAX)
		return -EINVAL;
	sdes_len = SPA_ROUND_UP_N(HEADER_LEN + 4 + 2 + cname_len + 1, 4);
	len = SR_LEN + sdes_len + (bye ? BYE_LEN : 0);
	if (size < len)
		return -ENOSPC;

	p = put_sr(p, s, ntp_from_realtime(ntp_realtime_ns), rtp_now);
	p = put_sdes(p, sdes_len, s->ssrc, cname, cname_len);
	if (bye) {
		p = put_header(p, 1, TYPE_BYE, BYE_LEN);
		p = put_be32(p, s->ssrc);
	}
	return (int)(p - dst);
}

static void parse_report(const uint8_t *p, struct rtcp_report *report)
{
	uint32_t lost = get_be32(p + 4);

	report->fraction_lost = (uint8_t)(lost >> 24);
	/* 24 bits, signed: duplicates make it negative */
	report->total_lost = (int32_t)(lost << 8) >> 8;
	report->jitter = get_be32(p + 12);
	report->lsr = get_be32(p + 16);
	report->dlsr = get_be32(p + 20);
}

/* \return 1 when a block is about ssrc, 0, -EBADMSG */
static int parse_reports(const uint8_t *p, size_t len, unsigned int count, uint32_t ssrc,
		struct rtcp_report *report)
{
	int found = 0;

	if (len < count * REPORT_LEN)
		return -EBADMSG;
	for (; count > 0; count--, p += REPORT_LEN) {
		if (get_be32(p) != ssrc)
			continue;
		parse_report(p, report);
		found = 1;
	}
	return found;
}

/* one packet of a compound, header included */
static int parse_packet(const uint8_t *p, size_t len, uint32_t ssrc, struct rtcp_report *report)
{
	unsigned int count = p[0] & COUNT_MASK;
	size_t skip = HEADER_LEN + 4;

	switch (p[1]) {
	case TYPE_SR:
		skip += SENDER_INFO_LEN;
		SPA_FALLTHROUGH;
	case TYPE_RR:
		if (len < skip)
			return -EBADMSG;
		return parse_reports(p + skip, len - skip, count, ssrc, report);
	case TYPE_BYE:
		if (len < HEADER_LEN + count * 4u)
			return -EBADMSG;
		report->has_bye = true;
		return 1;
	default:
		return 0;
	}
}

int rtcp_parse(const void *data, size_t len, uint32_t ssrc, struct rtcp_report *ret)
{
	struct rtcp_report report = { 0 };
	const uint8_t *p = data;
	int found = 0, res;

	if (len < HEADER_LEN)
		return -EBADMSG;
	while (len > 0) {
		size_t packet_len;

		if (len < HEADER_LEN || (p[0] & VERSION_MASK) != VERSION)
			return -EBADMSG;
		packet_len = (get_be16(p + 2) + 1u) * 4u;
		if (packet_len > len)
			return -EBADMSG;
		res = parse_packet(p, packet_len, ssrc, &report);
		if (res < 0)
			return res;
		found |= res;
		p += packet_len;
		len -= packet_len;
	}
	if (found)
		*ret = report;
	return found;
}

uint32_t rtcp_round_trip_us(const struct rtcp_report *r, uint64_t ntp_realtime_ns)
{
	uint32_t now = (uint32_t)(ntp_from_realtime(ntp_realtime_ns) >> 16);
	int32_t units = (int32_t)(now - r->lsr - r->dlsr);
	uint64_t us;

	/* negative when the clock was set or the camera made dlsr up */
	if (r->lsr == 0 || units < 0)
		return 0;
	us = (uint64_t)units * SPA_USEC_PER_SEC >> 16;
	return (uint32_t)SPA_MIN(us, (uint64_t)UINT32_MAX);
}
