/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/rtp/rtp.h"
#include "module/util/random.h"
#include "tests/lib/test.h"

static void fill_ff(void *dst, size_t len)
{
	memset(dst, 0xff, len);
}

static void fill_00(void *dst, size_t len)
{
	memset(dst, 0, len);
}

static void test_write(void)
{
	static const uint8_t golden[] = {
		0x80, 0x88, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, 0x01, 0x02, 0x03, 0x04,
	};
	struct rtp_header h = {
		.marker = true, .pt = 8, .seq = 0x1234,
		.timestamp = 0xdeadbeef, .ssrc = 0x01020304,
	};
	uint8_t dst[13];

	memset(dst, 0x55, sizeof(dst));
	check_int(rtp_header_write(&h, dst, 11), -ENOSPC);
	check_int(dst[0], 0x55);
	check_int(rtp_header_write(&h, dst, 12), 12);
	check(memcmp(dst, golden, 12) == 0);
	check_int(dst[12], 0x55);
	h.marker = false;
	h.pt = 127;
	check_int(rtp_header_write(&h, dst, 13), 12);
	check_int(dst[1], 0x7f);
	h.pt = 128;
	check_int(rtp_header_write(&h, dst, 12), -EINVAL);
}

#define FIXED	"\x12\x34\xde\xad\xbe\xef\x01\x02\x03\x04"

static const struct {
	const char *name;
	const char *data;
	size_t len;
	int res;
} packets[] = {
#define P(name, data, res)	{ name, data, sizeof(data) - 1, res }
	P("header only", "\x80\x88" FIXED, 12),
	P("payload", "\x80\x08" FIXED "abc", 12),
	P("one CSRC", "\x81\x08" FIXED "CCCCabc", 16),
	P("one CSRC missing", "\x81\x08" FIXED "CCC", -EBADMSG),
	P("15 CSRC missing", "\x8f\x08" FIXED "CCCC", -EBADMSG),
	P("empty extension", "\x90\x08" FIXED "\xbe\xde\0\0p", 16),
	P("extension of a word", "\x90\x08" FIXED "\xbe\xde\0\1wwww", 20),
	P("extension too long", "\x90\x08" FIXED "\xbe\xde\0\1www", -EBADMSG),
	P("extension far too long", "\x90\x08" FIXED "\xbe\xde\xff\xffwww", -EBADMSG),
	P("extension without length", "\x90\x08" FIXED "\xbe\xde\0", -EBADMSG),
	P("CSRC and extension", "\x91\x08" FIXED "CCCC\xbe\xde\0\1wwww", 24),
	P("padding", "\xa0\x08" FIXED "a\0\0\3", 12),
	P("all padding", "\xa0\x08" FIXED "\0\2", 12),
	P("padding of 0", "\xa0\x08" FIXED "a\0", -EBADMSG),
	P("padding beyond payload", "\xa0\x08" FIXED "a\3", -EBADMSG),
	P("padding without payload", "\xa0\x08" FIXED, -EBADMSG),
	P("version 1", "\x40\x08" FIXED, -EBADMSG),
	P("version 3", "\xc0\x08" FIXED, -EBADMSG),
	P("short", "\x80\x08\x12\x34\xde\xad\xbe\xef\x01\x02\x03", -EBADMSG),
	P("empty", "", -EBADMSG),
#undef P
};

static void test_parse(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(packets); i++) {
		struct rtp_header h = { .pt = 99 };
		int res = rtp_header_parse(packets[i].data, packets[i].len, &h);

		if (res != packets[i].res)
			test_fail(__FILE__, __LINE__, "%s: %d, wanted %d",
					packets[i].name, res, packets[i].res);
		check_int(h.pt, res < 0 ? 99 : 8);
		if (res < 0)
			continue;
		check_int(h.marker, i == 0);
		check_int(h.seq, 0x1234);
		check_int(h.timestamp, 0xdeadbeefu);
		check_int(h.ssrc, 0x01020304);
	}
}

static void test_sender(void)
{
	struct rtp_sender s;
	struct rtp_header h;
	uint8_t packet[RTP_HEADER_LEN + 160];

	random_set_source(fill_ff);
	rtp_sender_init(&s, 0, 8000, 0);
	random_set_source(NULL);
	check_int(s.ssrc, UINT32_MAX);
	check_int(s.seq, UINT16_MAX);
	check_int(s.timestamp, UINT32_MAX);
	check_int(s.clock_rate, 8000);

	memset(packet, 0x2a, sizeof(packet));
	check_int(rtp_sender_packet(&s, packet, sizeof(packet) - 1, 160, 160), -ENOSPC);
	check_int(rtp_sender_packet(&s, packet, 5, 160, 160), -ENOSPC);
	check_int(rtp_sender_packet(&s, packet, sizeof(packet), 160, 160), 12);
	check_int(packet[12], 0x2a);
	check_int(rtp_header_parse(packet, sizeof(packet), &h), 12);
	check(h.marker);
	check_int(h.pt, 0);
	check_int(h.seq, UINT16_MAX);
	check_int(h.timestamp, UINT32_MAX);

	/* sequence number and timestamp wrap */
	rtp_sender_skip(&s, 320);
	check_int(rtp_sender_packet(&s, packet, sizeof(packet), 160, 160), 12);
	check_int(rtp_header_parse(packet, sizeof(packet), &h), 12);
	check(!h.marker);
	check_int(h.seq, 0);
	check_int(h.timestamp, 160 + 320 - 1);
	check_int(s.packets, 2);
	check_int(s.octets, 320);

	s.marker = true;
	s.pt = 200;
	check_int(rtp_sender_packet(&s, packet, sizeof(packet), 160, 160), -EINVAL);
	check_int(s.packets, 2);
	check(s.marker);
}

static void test_ssrc(void)
{
	struct rtp_sender s, t;

	rtp_sender_init(&s, 8, 8000, 0xcafe);
	check_int(s.ssrc, 0xcafe);
	random_set_source(fill_00);
	rtp_sender_init(&s, 8, 8000, 0);
	random_set_source(NULL);
	check(s.ssrc != 0);
	rtp_sender_init(&s, 8, 8000, 0);
	rtp_sender_init(&t, 8, 8000, 0);
	check(s.ssrc != t.ssrc || s.timestamp != t.timestamp);
}

static const struct test tests[] = {
	{ "header is written", test_write },
	{ "header is parsed", test_parse },
	{ "a sender counts and wraps", test_sender },
	{ "SSRC is given or random", test_ssrc },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
