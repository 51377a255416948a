/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/rtp/rtp.h"
#include "module/rtp/wire.h"
#include "module/util/random.h"

/* RFC 3550 5.1: V(2) P X CC(4) | M PT(7) | sequence | timestamp | SSRC */
#define VERSION		(2u << 6)
#define VERSION_MASK	(3u << 6)
#define PADDING		0x20u
#define EXTENSION	0x10u
#define CC_MASK		0x0fu
#define MARKER		0x80u
#define PT_MASK		0x7fu

int rtp_header_write(const struct rtp_header *h, uint8_t *dst, size_t size)
{
	if (h->pt > PT_MASK)
		return -EINVAL;
	if (size < RTP_HEADER_LEN)
		return -ENOSPC;
	dst[0] = VERSION;
	dst[1] = (uint8_t)((h->marker ? MARKER : 0) | h->pt);
	put_be16(dst + 2, h->seq);
	put_be32(dst + 4, h->timestamp);
	put_be32(dst + 8, h->ssrc);
	return RTP_HEADER_LEN;
}

int rtp_header_parse(const void *data, size_t len, struct rtp_header *ret)
{
	const uint8_t *p = data;
	size_t offset;

	if (len < RTP_HEADER_LEN || len > INT32_MAX || (p[0] & VERSION_MASK) != VERSION)
		return -EBADMSG;
	offset = RTP_HEADER_LEN + (p[0] & CC_MASK) * 4u;
	if (p[0] & EXTENSION) {
		if (len < offset + 4)
			return -EBADMSG;
		offset += 4 + get_be16(p + offset + 2) * 4u;
	}
	if (len < offset)
		return -EBADMSG;
	/* the last octet counts the padding, itself included */
	if ((p[0] & PADDING) && (p[len - 1] == 0 || p[len - 1] > len - offset))
		return -EBADMSG;
	*ret = (struct rtp_header) {
		.marker = p[1] & MARKER,
		.pt = p[1] & PT_MASK,
		.seq = get_be16(p + 2),
		.timestamp = get_be32(p + 4),
		.ssrc = get_be32(p + 8),
	};
	return (int)offset;
}

void rtp_sender_init(struct rtp_sender *s, uint8_t pt, uint32_t clock_rate, uint32_t ssrc)
{
	*s = (struct rtp_sender) {
		.ssrc = ssrc,
		.seq = (uint16_t)random_u32(),
		.timestamp = random_u32(),
		.pt = pt,
		.clock_rate = clock_rate,
		.marker = true,
	};
	/* 0 is what "no SSRC given" looks like everywhere else */
	if (s->ssrc == 0)
		s->ssrc = random_u32() | 1u;
}

int rtp_sender_packet(struct rtp_sender *s, uint8_t *dst, size_t size,
		size_t payload_len, uint32_t samples)
{
	struct rtp_header h = {
		.marker = s->marker,
		.pt = s->pt,
		.seq = s->seq,
		.timestamp = s->timestamp,
		.ssrc = s->ssrc,
	};
	int res;

	if (size < RTP_HEADER_LEN || size - RTP_HEADER_LEN < payload_len)
		return -ENOSPC;
	res = rtp_header_write(&h, dst, size);
	if (res < 0)
		return res;
	s->seq++;
	s->timestamp += samples;
	s->packets++;
	s->octets += (uint32_t)payload_len;
	s->marker = false;
	return res;
}

void rtp_sender_skip(struct rtp_sender *s, uint32_t samples)
{
	s->timestamp += samples;
}
