/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/rtsp/sdp.h"
#include "module/util/buf.h"
#include "tests/lib/test.h"

static const struct {
	const char *name;
	const char *preferred;
	struct str text;
	int parse;
	int choose;
	uint32_t media;
	uint8_t pt;
	const char *encoding;
	const char *control;
	const char *offers;
} cases[] = {
	{ "Streaming Specification 5.3.3.1.1", NULL, STR_LIT(
		"v=0\r\no= 2890842807 IN IP4 192.168.0.1\r\nm=video 0 RTP/AVP 26\r\na=control:rtsp://192.168.0.1/video\r\na=recvonly\r\n"
		"m=audio 0 RTP/AVP 0\r\na=control:rtsp://192.168.0.1/audio\r\na=recvonly\r\n"
		"m=audio 0 RTP/AVP 0 97 98 99 100\r\na=control:rtsp://192.168.0.1/audioback\r\na=rtpmap:0 PCMU/8000\r\n"
		"a=rtpmap:97 G726-16/8000\r\na=rtpmap:98 G726-24/8000\r\na=rtpmap:99 G726-32/8000\r\na=rtpmap:100 G726-40/8000\r\na=sendonly\r\n"),
		0, 0, 2, 0, "PCMU", "rtsp://192.168.0.1/audioback", NULL },
	{ "Dahua VTO: eight codecs in one section", NULL, STR_LIT(
		"v=0\r\ns=Media Server\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=control:trackID=0\r\na=recvonly\r\n"
		"m=audio 0 RTP/AVP 104 103 102 8 101 97 100 0\r\na=control:trackID=5\r\na=rtpmap:104 MPEG4-GENERIC/16000\r\n"
		"a=fmtp:104 mode=AAC-hbr\r\na=rtpmap:103 MPEG4-GENERIC/8000\r\na=rtpmap:102 PCMA/16000\r\na=rtpmap:8 PCMA/8000\r\n"
		"a=rtpmap:101 L16/16000\r\na=rtpmap:97 L16/8000\r\na=rtpmap:100 PCMU/16000\r\na=rtpmap:0 PCMU/8000\r\na=sendonly\r\n"),
		0, 0, 1, 0, "PCMU", "trackID=5", NULL },
	{ "the same, A-law wanted", "PCMA", STR_LIT(
		"v=0\nm=audio 0 RTP/AVP 102 8 0\na=control:trackID=5\na=rtpmap:102 PCMA/16000\na=rtpmap:8 PCMA/8000\na=sendonly\n"),
		0, 0, 0, 8, "PCMA", "trackID=5", NULL },
	{ "a dynamic type for PCMU", "auto", STR_LIT(
		"v=0\nm=audio 0 RTP/AVP 8 97\na=rtpmap:97 pcmu/8000/1\na=sendonly\na=control:t"),
		0, 0, 0, 97, "PCMU", "t", NULL },
	{ "H3C: bare c=IN, two maps for one type", NULL, STR_LIT(
		"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=VCP IPC Realtime stream\r\nm=video 0 RTP/AVP 105\r\nc=IN\r\n"
		"a=control:rtsp://192.168.1.1/media/video1/video\r\na=rtpmap:105 H264/90000\r\na=recvonly\r\n"
		"m=audio 0 RTP/AVP 0\r\nc=IN\r\na=control:rtsp://192.168.1.1/media/video1/audio2\r\n"
		"a=rtpmap:0 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=Media_header:MEDIAINFO=494D\r\na=sendonly\r\n"),
		0, 0, 1, 0, "PCMU", "rtsp://192.168.1.1/media/video1/audio2", NULL },
	{ "go2rtc#1279: types listed twice", NULL, STR_LIT(
		"v=0\nm=audio 0 RTP/AVP 0 8 97 98 99 100 98\na=rtpmap:97 G726-16/8000\na=rtpmap:98 mpeg4-generic/8000\n"
		"a=rtpmap:98 G726-24/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:8 G711/8000\na=sendonly\na=control:back"),
		0, 0, 0, 0, "PCMU", "back", NULL },
	{ "Reolink: backchannel is the third track", NULL, STR_LIT(
		"v=0\r\nm=video 0 RTP/AVP 96\r\na=control:track1\r\na=rtpmap:96 H264/90000\r\n"
		"m=audio 0 RTP/AVP 97\r\na=control:track2\r\na=rtpmap:97 MPEG4-GENERIC/16000\r\na=recvonly\r\n"
		"m=audio 0 RTP/AVP 8\r\na=control:track3\r\na=rtpmap:8 PCMA/8000\r\na=sendonly\r\n"),
		0, 0, 2, 8, "PCMA", "track3", NULL },
	{ "one section per codec (prudynt)", NULL, STR_LIT(
		"v=0\nm=audio 0 RTP/AVP 98\na=rtpmap:98 opus/48000/2\na=control:a\na=sendonly\n"
		"m=audio 0 RTP/AVP 8\na=control:b\na=sendonly\nm=audio 0 RTP/AVP 0\na=control:c\na=sendonly\n"),
		0, 0, 2, 0, "PCMU", "c", NULL },
	{ "Tapo: no sendonly track", NULL, STR_LIT("v=0\nm=audio 0 RTP/AVP 8\na=recvonly\na=control:t"), .choose = -ENOENT },
	{ "no direction at all", NULL, STR_LIT("v=0\nm=audio 0 RTP/AVP 8\na=control:t\n"), .choose = -ENOENT },
	{ "sendrecv is no backchannel", NULL, STR_LIT("v=0\nm=audio 0 RTP/AVP 8\na=sendrecv\n"), .choose = -ENOENT },
	{ "CV-RTSPHandler: forward tracks from its own view", NULL, STR_LIT(
		"v=0\nm=video 0 RTP/AVP 96\na=sendonly\na=control:v\nm=audio 0 RTP/AVP 0\na=sendonly\na=control:a\n"), .choose = -ENOENT },
	{ "direction of the session", NULL, STR_LIT("v=0\na=sendonly\nm=audio 0 RTP/AVP 0\n"), 0, 0, 0, 0, "PCMU", "", NULL },
	{ "the session's direction does not beat the section's", NULL, STR_LIT(
		"v=0\na=recvonly\nm=audio 0 RTP/AVP 0\nm=audio 0 RTP/AVP 0\na=sendonly\na=control:*\n"), 0, 0, 1, 0, "PCMU", "*", NULL },
	{ "AAC only (yi-hack)", NULL, STR_LIT(
		"v=0\nm=audio 0 RTP/AVP 97 98\na=rtpmap:97 MPEG4-GENERIC/16000/1\na=rtpmap:98 G726-16/8000\na=sendonly\n"),
		.choose = -ENOTSUP, .offers = "MPEG4-GENERIC/16000, G726-16/8000" },
	{ "A-law wanted, mu-law offered", "PCMA", STR_LIT("v=0\nm=audio 0 RTP/AVP 0\na=sendonly\n"), .choose = -ENOTSUP, .offers = "PCMU/8000" },
	{ "SRTP only", NULL, STR_LIT("v=0\nm=audio 0 RTP/SAVP 0\na=sendonly\n"), .choose = -ENOTSUP, .offers = "PCMU/8000 over RTP/SAVP" },
	{ "AVPF", NULL, STR_LIT("v=0\nm=audio 0 RTP/AVPF 0\na=sendonly\n"), 0, 0, 0, 0, "PCMU", "", NULL },
	{ "wide PCMU and stereo PCMU", NULL, STR_LIT(
		"v=0\nm=audio 0 RTP/AVP 97 98\na=rtpmap:97 PCMU/16000\na=rtpmap:98 PCMU/8000/2\na=sendonly\n"),
		.choose = -ENOTSUP, .offers = "PCMU/16000, PCMU/8000/2" },
	{ "text that is to be seen by a user", NULL, STR_LIT(
		"v=0\nm=audio 0 RTP/AVP 97\na=rtpmap:97 A\x1b[31m\xff/8000\na=sendonly\n"), .choose = -ENOTSUP, .offers = "A?[31m?/8000" },
	{ "invented lines, missing t=, double s=, junk", NULL, STR_LIT(
		"\0\0junk\r\nv=0\r\ns=a\r\ns=b\r\nfoo\r\n=\r\nx\r\nm=vana\r\nm=application/MERCURY 0\r\nm=\r\nc=SM\r\n"
		"m=audio 0 RTP/AVP 0\r\ne=NONE\r\na=\r\na=:\r\na=control : back \r\n a=sendonly\r\n\r\n"),
		0, 0, 3, 0, "PCMU", "back", NULL },
	{ "numbers that are none", NULL, STR_LIT(
		"v=0\nm=audio 0 RTP/AVP 4294967296 -1 128 0x8 97 8\na=rtpmap:4294967393 PCMU/8000\na=rtpmap:97 PCMU/99999999999\n"
		"a=rtpmap:97 PCMU/0\na=rtpmap:97 PCMU/8000/0\na=rtpmap:97 PCMU\na=rtpmap:97 /8000\na=rtpmap:\na=fmtp:\na=sendonly\n"),
		0, 0, 0, 8, "PCMA", "", NULL },
	{ "a map for a type that the section lacks", NULL, STR_LIT(
		"v=0\nm=audio 0 RTP/AVP 97\na=rtpmap:98 PCMU/8000\na=sendonly\n"), .choose = -ENOTSUP, .offers = "" },
	{ "no section", NULL, STR_LIT("v=0\r\ns=x\r\n"), .parse = -EBADMSG },
	{ "nothing", NULL, STR_LIT(""), .parse = -EBADMSG },
	{ "a page", NULL, STR_LIT("<html>m=audio</html>"), .parse = -EBADMSG },
};

static void test_choose(void)
{
	struct sdp_backchannel b;
	char offers[128];
	struct sdp sdp;
	size_t i;
	int res;

	for (i = 0; i < SPA_N_ELEMENTS(cases); i++) {
		if ((res = sdp_parse(cases[i].text, &sdp)) != cases[i].parse)
			test_fail(__FILE__, __LINE__, "%s: parsing gave %d", cases[i].name, res);
		if (res < 0)
			continue;
		offers[0] = '\0';
		res = sdp_choose_backchannel(&sdp, cases[i].preferred, &b, offers, sizeof(offers));
		if (res != cases[i].choose)
			test_fail(__FILE__, __LINE__, "%s: choice gave %d", cases[i].name, res);
		if (cases[i].offers)
			check_str(offers, cases[i].offers);
		if (res == 0) {
			if (b.media != cases[i].media || b.pt != cases[i].pt)
				test_fail(__FILE__, __LINE__, "%s: media %u type %u", cases[i].name, b.media, b.pt);
			check_slice(b.encoding, cases[i].encoding);
			check_slice(b.control, cases[i].control);
			check_int(b.clock_rate, 8000);
			check_int(b.channels, 1);
		}
		sdp_clear(&sdp);
	}
}

static void test_fields(void)
{
	static const struct str text = STR_LIT("v=0\na=control:rtsp://h/s\na=control:second\nm=audio 0/2 RTP/AVP 97 0\n"
			"a=fmtp:97 mode=AAC-hbr; x=1 \na=fmtp:97 other\na=rtpmap:97 MPEG4-GENERIC/16000/2\na=inactive\na=sendonly\n");
	struct sdp sdp;

	check_int(sdp_parse(text, &sdp), 0);
	check_slice(sdp.control, "rtsp://h/s");
	check_int(sdp.n_media, 1);
	check_slice(sdp.media[0].type, "audio");
	check_slice(sdp.media[0].protocol, "RTP/AVP");
	check_int(sdp.media[0].direction, SDP_INACTIVE);
	check_int(sdp.media[0].n_maps, 2);
	check_int(sdp.media[0].map[0].pt, 97);
	check_slice(sdp.media[0].map[0].encoding, "MPEG4-GENERIC");
	check_slice(sdp.media[0].map[0].fmtp, "mode=AAC-hbr; x=1");
	check_int(sdp.media[0].map[0].clock_rate, 16000);
	check_int(sdp.media[0].map[0].channels, 2);
	check_slice(sdp.media[0].map[1].encoding, "PCMU");
	sdp_clear(&sdp);
	sdp_clear(&sdp);
}

/* every prefix of every text: no read beyond the end (with the sanitizer) */
static void test_cut(void)
{
	struct sdp_backchannel b;
	char offers[16], *copy;
	struct sdp sdp;
	size_t i, len;

	for (i = 0; i < SPA_N_ELEMENTS(cases); i++)
		for (len = 0; len <= cases[i].text.len; len++) {
			check((copy = malloc(len + 1)) != NULL);
			memcpy(copy, cases[i].text.p, len);
			/* no NUL behind it */
			copy = realloc(copy, len ? len : 1);
			if (sdp_parse(str_make(copy, len), &sdp) == 0) {
				sdp_choose_backchannel(&sdp, NULL, &b, offers, sizeof(offers));
				sdp_clear(&sdp);
			}
			free(copy);
		}
}

static void test_limits(void)
{
	struct sdp sdp = { .n_media = 99 };
	struct sdp_backchannel b;
	char offers[20];
	struct buf t;
	uint32_t i, extra;

	for (extra = 0; extra < 2; extra++) {
		sdp.n_media = 99;
		buf_init(&t, 1 << 20);
		for (i = 0; i < LIMIT_SDP_MEDIA + extra; i++)
			buf_add_str(&t, "m=audio 0 RTP/AVP 0\n");
		check_int(sdp_parse(buf_str(&t), &sdp), extra ? -E2BIG : 0);
		if (extra == 0) {
			check_int(sdp.n_media, LIMIT_SDP_MEDIA);
			sdp_clear(&sdp);
		} else {
			check_int(sdp.n_media, 99);
		}
		buf_reset(&t);
		buf_add_str(&t, "m=audio 0 RTP/AVP");
		for (i = 0; i < LIMIT_SDP_RTPMAPS + extra; i++)
			buf_printf(&t, " %u %u", i, i);
		check_int(sdp_parse(buf_str(&t), &sdp), extra ? -E2BIG : 0);
		if (extra == 0)
			sdp_clear(&sdp);
		buf_reset(&t);
		buf_add_str(&t, "m=audio 0 RTP/AVP 0\na=");
		for (i = 0; i < LIMIT_LINE_LEN - 2 + extra; i++)
			buf_add_byte(&t, 'x');
		buf_add_str(&t, "\r\n");
		check_int(sdp_parse(buf_str(&t), &sdp), extra ? -E2BIG : 0);
		if (extra == 0)
			sdp_clear(&sdp);
		buf_clear(&t);
	}
	/* offers are cut between two of them */
	check_int(sdp_parse(STR_LIT("m=audio 0 RTP/AVP 3 9 18 10\na=sendonly\n"), &sdp), 0);
	check_int(sdp_choose_backchannel(&sdp, NULL, &b, offers, sizeof(offers)), -ENOTSUP);
	check_str(offers, "GSM/8000, G722/8000");
	check_int(sdp_choose_backchannel(&sdp, NULL, &b, offers, 19), -ENOTSUP);
	check_str(offers, "GSM/8000");
	check_int(sdp_choose_backchannel(&sdp, NULL, &b, NULL, 0), -ENOTSUP);
	sdp_clear(&sdp);
}

static const struct {
	const char *base;
	const char *control;
	const char *append;
	const char *resolve;
} controls[] = {
	/* Dahua: query and all */
	{ "rtsp://192.0.2.1:554/cam/realmonitor?channel=1&subtype=0", "trackID=5",
		"rtsp://192.0.2.1:554/cam/realmonitor?channel=1&subtype=0/trackID=5",
		"rtsp://192.0.2.1:554/cam/trackID=5" },
	{ "rtsp://192.0.2.1/a/b/", "trackID=5", "rtsp://192.0.2.1/a/b/trackID=5", "rtsp://192.0.2.1/a/b/trackID=5" },
	/* Verint */
	{ "rtsp://192.0.2.1/live/", "/audio/1", "rtsp://192.0.2.1/live/audio/1", "rtsp://192.0.2.1/audio/1" },
	{ "rtsp://192.0.2.1/live", "/audio/1", "rtsp://192.0.2.1/live/audio/1", "rtsp://192.0.2.1/audio/1" },
	/* two slashes at the end, as some Content-Base has */
	{ "rtsp://192.0.2.1/p//", "t=1", "rtsp://192.0.2.1/p/t=1", "rtsp://192.0.2.1/p//t=1" },
	{ "rtsp://192.0.2.1", "t", "rtsp://192.0.2.1/t", "rtsp://192.0.2.1/t" },
	{ "rtsp://192.0.2.1/", "t", "rtsp://192.0.2.1/t", "rtsp://192.0.2.1/t" },
	{ "rtsp://[2001:db8::1]:8554/x", "stream=2", "rtsp://[2001:db8::1]:8554/x/stream=2", "rtsp://[2001:db8::1]:8554/stream=2" },
	{ "rtsp://192.0.2.1/a", "*", "rtsp://192.0.2.1/a", "rtsp://192.0.2.1/a" },
	{ "rtsp://192.0.2.1/a", " ", "rtsp://192.0.2.1/a", "rtsp://192.0.2.1/a" },
	/* absolute: path and query; the host stays */
	{ "rtsp://192.0.2.1:8554/a", "rtsp://203.0.113.9/b/track3?x=1", "rtsp://192.0.2.1:8554/b/track3?x=1", "rtsp://192.0.2.1:8554/b/track3?x=1" },
	{ "rtsp://192.0.2.1/a", "rtsp://u:p@10.0.0.1:554/b", "rtsp://192.0.2.1/b", "rtsp://192.0.2.1/b" },
	{ "rtsps://192.0.2.1:322/a", "rtsp://192.0.2.1/b", "rtsps://192.0.2.1:322/b", "rtsps://192.0.2.1:322/b" },
	{ "rtsp://192.0.2.1/a", "rtsp://rtsp://10.0.0.1/b", "rtsp://192.0.2.1/b", "rtsp://192.0.2.1/b" },
	{ "rtsp://192.0.2.1/a", "rtsp://::ffff:192.168.1.123/b", "rtsp://192.0.2.1/b", "rtsp://192.0.2.1/b" },
	{ "rtsp://192.0.2.1/a/b?q", "../c/./d?e=../f", "rtsp://192.0.2.1/a/b?q/../c/./d?e=../f", "rtsp://192.0.2.1/c/d?e=../f" },
	{ "rtsp://192.0.2.1/a", "../../..", "rtsp://192.0.2.1/a/../../..", "rtsp://192.0.2.1/" },
	{ "rtsp://192.0.2.1/a/b", ".", "rtsp://192.0.2.1/a/b/.", "rtsp://192.0.2.1/a/" },
	{ "rtsp://192.0.2.1/a/b?q", "?r", "rtsp://192.0.2.1/a/b?q?r", "rtsp://192.0.2.1/a/b?r" },
	{ "rtsp://192.0.2.1/a", "//203.0.113.9/b", "rtsp://192.0.2.1/a/203.0.113.9/b", "rtsp://192.0.2.1/b" },
	/* a colon is not a scheme */
	{ "rtsp://192.0.2.1/a", "track:5", "rtsp://192.0.2.1/a/track:5", "rtsp://192.0.2.1/track:5" },
};

static void test_control(void)
{
	char uri[256];
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(controls); i++) {
		check_int(sdp_control_uri(controls[i].base, str_from(controls[i].control), false, uri, sizeof(uri)),
				strlen(controls[i].append));
		check_str(uri, controls[i].append);
		check_int(sdp_control_uri(controls[i].base, str_from(controls[i].control), true, uri, sizeof(uri)),
				strlen(controls[i].resolve));
		check_str(uri, controls[i].resolve);
	}
	check_int(str_copy(STR_LIT("kept"), uri, sizeof(uri)), 0);
	check_int(sdp_control_uri("rtsp://h/a", STR_LIT("a b"), false, uri, sizeof(uri)), -EBADMSG);
	check_int(sdp_control_uri("rtsp://h/a", STR_LIT("a\r\nX: y"), false, uri, sizeof(uri)), -EBADMSG);
	check_int(sdp_control_uri("rtsp://h/a", STR_LIT("a\0b"), true, uri, sizeof(uri)), -EBADMSG);
	check_int(sdp_control_uri("rtsp://h/a", STR_LIT("\xff"), true, uri, sizeof(uri)), -EBADMSG);
	check_int(sdp_control_uri("/a", STR_LIT("b"), true, uri, sizeof(uri)), -EBADMSG);
	check_int(sdp_control_uri("rtsp://h/a", STR_LIT("b"), false, uri, 12), -E2BIG);
	check_str(uri, "kept");
	check_int(sdp_control_uri("rtsp://h/a", STR_LIT("b"), false, uri, 13), 12);
}

static const struct {
	const char *request;
	const char *base;
	const char *location;
	const char *uri;
} bases[] = {
	{ "rtsp://192.0.2.1/a", NULL, NULL, "rtsp://192.0.2.1/a" },
	{ "rtsp://192.0.2.1/a", "rtsp://192.0.2.1/b/", "rtsp://192.0.2.1/c/", "rtsp://192.0.2.1/b/" },
	{ "rtsp://192.0.2.1/a", NULL, "rtsp://192.0.2.1/c/", "rtsp://192.0.2.1/c/" },
	{ "rtsp://192.0.2.1/a", " ", "rtsp://192.0.2.1/c/", "rtsp://192.0.2.1/c/" },
	/* Reolink: another path, the port dropped */
	{ "rtsp://192.0.2.1:8554/h264Preview_01_sub", "rtsp://192.0.2.1/Preview_01_sub/", NULL, "rtsp://192.0.2.1:8554/Preview_01_sub/" },
	{ "rtsp://192.0.2.1/a", "rtsp://::ffff:192.168.1.123/onvif/profile.1/", NULL, "rtsp://192.0.2.1/onvif/profile.1/" },
	{ "rtsp://192.0.2.1/a", "rtsp://rtsp://192.0.2.1", NULL, "rtsp://192.0.2.1" },
	{ "rtsp://192.0.2.1/a", "rtsp://rtsp://192.0.2.1/b", NULL, "rtsp://192.0.2.1/b" },
	{ "rtsp://192.0.2.1/a", "192.168.253.220:1935/", NULL, "rtsp://192.0.2.1/" },
	{ "rtsp://192.0.2.1/a", "192.168.253.220/b", NULL, "rtsp://192.0.2.1/b" },
	{ "rtsp://192.0.2.1/a", "::ffff:192.168.1.123/b", NULL, "rtsp://192.0.2.1/b" },
	{ "rtsp://192.0.2.1/a", "rtsp://10.9.8.7/p//", NULL, "rtsp://192.0.2.1/p//" },
	{ "rtsp://192.0.2.1/a", "/b/", NULL, "rtsp://192.0.2.1/b/" },
	{ "rtsp://192.0.2.1/x/a", NULL, "b", "rtsp://192.0.2.1/x/b" },
	{ "rtsp://192.0.2.1/a", "rtsp://192.0.2.1/b\r\nX: y", NULL, "rtsp://192.0.2.1/a" },
	{ "rtsps://cam.example:322/a", "rtsp://192.0.2.1:554/a?b=1&c=2/", NULL, "rtsps://cam.example:322/a?b=1&c=2/" },
};

static void test_base(void)
{
	struct str base, location;
	char uri[256];
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(bases); i++) {
		base = str_from(bases[i].base);
		location = str_from(bases[i].location);
		check_int(sdp_base_uri(bases[i].request, bases[i].base ? &base : NULL,
				bases[i].location ? &location : NULL, uri, sizeof(uri)), strlen(bases[i].uri));
		check_str(uri, bases[i].uri);
	}
	check_int(sdp_base_uri("rtsp://192.0.2.1/a", NULL, NULL, uri, 18), -E2BIG);
}

static const struct test tests[] = {
	{ "choice", test_choose },
	{ "fields", test_fields },
	{ "cut anywhere", test_cut },
	{ "limits", test_limits },
	{ "control", test_control },
	{ "base", test_base },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
