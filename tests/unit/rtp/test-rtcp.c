/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/rtp/rtp.h"
#include "tests/lib/test.h"

/* 2026-01-01 00:00:00.5 UTC; in NTP time 0xed003780.8 */
#define NOW_NS	(UINT64_C(1767225600) * SPA_NSEC_PER_SEC + SPA_NSEC_PER_SEC / 2)

static const struct rtp_sender sender = {
	.ssrc = 0x11223344, .packets = 50, .octets = 8000, .clock_rate = 8000,
};

static const uint8_t golden[] = {
	0x80, 0xc8, 0x00, 0x06,			/* SR */
	0x11, 0x22, 0x33, 0x44,
	0xed, 0x00, 0x37, 0x80, 0x80, 0x00, 0x00, 0x00,
	0x00, 0x01, 0x02, 0x03,
	0x00, 0x00, 0x00, 0x32, 0x00, 0x00, 0x1f, 0x40,
	0x81, 0xca, 0x00, 0x03,			/* SDES */
	0x11, 0x22, 0x33, 0x44,
	0x01, 0x03, 'a', '@', 'b', 0x00, 0x00, 0x00,
	0x81, 0xcb, 0x00, 0x01,			/* BYE */
	0x11, 0x22, 0x33, 0x44,
};

static void test_write(void)
{
	uint8_t dst[sizeof(golden)];

	memset(dst, 0x55, sizeof(dst));
	check_int(rtcp_write(&sender, NOW_NS, 0x010203, "a@b", false, dst, 43), -ENOSPC);
	check_int(dst[0], 0x55);
	check_int(rtcp_write(&sender, NOW_NS, 0x010203, "a@b", false, dst, 44), 44);
	for (size_t i = 0; i < 44; i++)
		check_int(dst[i], golden[i]);
	check_int(dst[44], 0x55);
	check_int(rtcp_write(&sender, NOW_NS, 0x010203, "a@b", true, dst, 51), -ENOSPC);
	check_int(rtcp_write(&sender, NOW_NS, 0x010203, "a@b", true, dst, 52), 52);
	check(memcmp(dst, golden, sizeof(golden)) == 0);
}

/* the items end with a zero even where they would end on a word (RFC 3550 6.5) */
static void test_cname(void)
{
	static const size_t sizes[][2] = { { 1, 12 }, { 2, 16 }, { 5, 16 }, { 6, 20 }, { 255, 268 } };
	uint8_t dst[400];
	char cname[257];

	for (size_t i = 0; i < SPA_N_ELEMENTS(sizes); i++) {
		size_t n = sizes[i][0], sdes = sizes[i][1];

		memset(cname, 'x', n);
		cname[n] = '\0';
		memset(dst, 0x55, sizeof(dst));
		check_int(rtcp_write(&sender, NOW_NS, 0, cname, false, dst, sizeof(dst)), 28 + sdes);
		check_int((dst[30] << 8) + dst[31], sdes / 4 - 1);
		check_int(dst[28 + 9], n);
		check_int(dst[28 + sdes - 1], 0);
		check_int(dst[28 + 10 + n - 1], 'x');
	}
	memset(cname, 'x', 256);
	cname[256] = '\0';
	check_int(rtcp_write(&sender, NOW_NS, 0, cname, false, dst, sizeof(dst)), -EINVAL);
	check_int(rtcp_write(&sender, NOW_NS, 0, "", false, dst, sizeof(dst)), -EINVAL);
	check_int(rtcp_write(&sender, NOW_NS, 0, NULL, false, dst, sizeof(dst)), -EINVAL);
}

#define US	"\x11\x22\x33\x44"
#define CAM	"\xca\xfe\xca\xfe"
#define BLOCK	"\x40\xff\xff\xfe" "\0\0\1\0" "\0\0\0\x50" "\x37\x80\x80\0" "\0\1\0\0"
#define INFO	"NTP NTP RTP pktsocts"

static const struct {
	const char *name;
	const char *data;
	size_t len;
	int res;
	bool report, bye;
} packets[] = {
#define P(name, data, ...)	{ name, data, sizeof(data) - 1, __VA_ARGS__ }
	P("RR about us", "\x81\xc9\0\7" CAM US BLOCK, 1, true, false),
	P("SR about us", "\x81\xc8\0\x0c" CAM INFO US BLOCK, 1, true, false),
	P("RR about another", "\x81\xc9\0\7" CAM CAM BLOCK, 0, false, false),
	P("second block about us", "\x82\xc9\0\x0d" CAM CAM BLOCK US BLOCK, 1, true, false),
	P("RR without blocks", "\x80\xc9\0\1" CAM, 0, false, false),
	P("SR with an extension", "\x80\xc8\0\7" CAM INFO "more", 0, false, false),
	P("compound", "\x81\xc9\0\7" CAM US BLOCK "\x81\xca\0\2" CAM "\1\1x\0", 1, true, false),
	P("RR and BYE", "\x81\xc9\0\7" CAM US BLOCK "\x81\xcb\0\1" CAM, 1, true, true),
	P("BYE alone", "\x81\xcb\0\1" CAM, 1, false, true),
	P("BYE of nobody", "\x80\xcb\0\0", 1, false, true),
	P("BYE with a reason", "\x81\xcb\0\2" CAM "\3bye", 1, false, true),
	P("BYE cut", "\x82\xcb\0\1" CAM, -EBADMSG, false, false),
	P("APP", "\x80\xcc\0\2" CAM "name", 0, false, false),
	P("unknown type", "\x80\xff\0\0", 0, false, false),
	P("count beyond length", "\x82\xc9\0\7" CAM US BLOCK, -EBADMSG, false, false),
	P("31 blocks of none", "\x9f\xc9\0\1" CAM, -EBADMSG, false, false),
	P("RR without sender", "\x80\xc9\0\0", -EBADMSG, false, false),
	P("SR without info", "\x80\xc8\0\1" CAM, -EBADMSG, false, false),
	P("length beyond data", "\x81\xc9\0\x08" CAM US BLOCK, -EBADMSG, false, false),
	P("largest length", "\x81\xc9\xff\xff" CAM US BLOCK, -EBADMSG, false, false),
	P("rest after a packet", "\x80\xc9\0\1" CAM "\x80", -EBADMSG, false, false),
	P("second packet bad", "\x81\xc9\0\7" CAM US BLOCK "\x41\xcb\0\0", -EBADMSG, false, false),
	P("version", "\x41\xc9\0\7" CAM US BLOCK, -EBADMSG, false, false),
	P("short", "\x81\xc9\0", -EBADMSG, false, false),
	P("empty", "", -EBADMSG, false, false),
#undef P
};

static void test_parse(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(packets); i++) {
		struct rtcp_report r = { .jitter = 12345 };
		int res = rtcp_parse(packets[i].data, packets[i].len, 0x11223344, &r);

		if (res != packets[i].res || r.has_bye != packets[i].bye)
			test_fail(__FILE__, __LINE__, "%s: %d, wanted %d",
					packets[i].name, res, packets[i].res);
		if (res <= 0)
			check_int(r.jitter, 12345);
		if (!packets[i].report)
			continue;
		check_int(r.fraction_lost, 0x40);
		check_int(r.total_lost, -2);
		check_int(r.jitter, 0x50);
		check_int(r.lsr, 0x37808000);
		check_int(r.dlsr, 0x10000);
	}
}

static void test_round_trip(void)
{
	/* reported at NOW, held for a second, back after another 0.25 s */
	struct rtcp_report r = { .lsr = 0x37808000, .dlsr = 0x10000 };
	uint64_t now = NOW_NS + SPA_NSEC_PER_SEC + SPA_NSEC_PER_SEC / 4;

	check_int(rtcp_round_trip_us(&r, now), 250000);
	check_int(rtcp_round_trip_us(&r, NOW_NS + SPA_NSEC_PER_SEC), 0);
	check_int(rtcp_round_trip_us(&r, NOW_NS), 0);
	r.lsr -= 8000 << 16;
	check_int(rtcp_round_trip_us(&r, now), UINT32_MAX);
	r.lsr = 0;
	check_int(rtcp_round_trip_us(&r, now), 0);
}

/* what we write is what we could read */
static void test_own(void)
{
	struct rtcp_report r = { .jitter = 1 };

	check_int(rtcp_parse(golden, 44, 0x11223344, &r), 0);
	check_int(rtcp_parse(golden, sizeof(golden), 0x11223344, &r), 1);
	check(r.has_bye);
	check_int(r.jitter, 0);
}

static const struct test tests[] = {
	{ "SR, SDES and BYE are written", test_write },
	{ "CNAME is padded", test_cname },
	{ "compounds are parsed", test_parse },
	{ "round trip", test_round_trip },
	{ "own compound", test_own },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
