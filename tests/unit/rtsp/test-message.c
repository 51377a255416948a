/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <time.h>

#include <spa/utils/defs.h>

#include "module/rtsp/message.h"
#include "tests/lib/test.h"

/* what came out, as text: "R200 c3 b5", "Q OPTIONS * c1 b0", "$2 4", "E-74" */
static void describe(const struct rtsp_message *m, struct buf *out)
{
	uint32_t i;

	switch (m->type) {
	case RTSP_REPLY:
		buf_printf(out, "R%d|" STR_FMT "|", m->status, STR_ARG(m->reason));
		break;
	case RTSP_REQUEST:
		buf_printf(out, "Q" STR_FMT "|" STR_FMT "|", STR_ARG(m->method), STR_ARG(m->uri));
		break;
	case RTSP_FRAME:
		buf_printf(out, "$%u|%zu\n", m->channel, m->body.len);
		return;
	}
	if (m->has_cseq)
		buf_printf(out, "c%u|", m->cseq);
	for (i = 0; i < m->n_headers; i++)
		buf_printf(out, STR_FMT "=" STR_FMT "|",
				STR_ARG(m->header[i].name), STR_ARG(m->header[i].value));
	buf_printf(out, "b%zu:", m->body.len);
	buf_add_slice(out, m->body);
	buf_add_byte(out, '\n');
}

static int drain(struct rtsp_parser *p, struct buf *out)
{
	struct rtsp_message m;
	int res;

	while ((res = rtsp_parser_next(p, &m)) > 0)
		describe(&m, out);
	if (res < 0)
		buf_printf(out, "E%d\n", res);
	return res;
}

/* one cut, or pieces of a size */
static void run(struct str in, size_t cut, size_t piece, struct buf *out)
{
	struct rtsp_parser p;
	size_t at = 0, n;

	rtsp_parser_init(&p);
	while (at < in.len) {
		n = piece > 0 ? SPA_MIN(piece, in.len - at) : (at < cut ? cut : in.len) - at;
		check_int(rtsp_parser_feed(&p, in.p + at, n), 0);
		at += n;
		if (drain(&p, out) < 0)
			break;
	}
	rtsp_parser_clear(&p);
}

static const struct {
	const char *name;
	struct str in;
	const char *out;
} cases[] = {
	{ "plain reply", STR_LIT("RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 12;timeout=60\r\n\r\n"),
		"R200|OK|c3|CSeq=3|Session=12;timeout=60|b0:\n" },
	{ "body", STR_LIT("RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 5\r\n\r\nv=0\r\n"),
		"R200|OK|c3|CSeq=3|Content-Length=5|b5:v=0\r\n\n" },
	{ "no reason", STR_LIT("RTSP/1.0 200\r\nCSeq: 3\r\n\r\n"), "R200||c3|CSeq=3|b0:\n" },
	{ "blank reason", STR_LIT("RTSP/1.0 404 \r\n\r\n"), "R404||b0:\n" },
	{ "lines end in LF", STR_LIT("RTSP/1.0 401 Unauthorized\ncseq:4\nWWW-Authenticate: Basic\n\n"),
		"R401|Unauthorized|c4|cseq=4|WWW-Authenticate=Basic|b0:\n" },
	{ "folded", STR_LIT("RTSP/1.0 200 OK\r\nPublic: OPTIONS,\r\n\tPLAY,\r\n  SETUP\r\nCSeq: 1\r\n\r\n"),
		"R200|OK|c1|Public=OPTIONS,  \tPLAY,    SETUP|CSeq=1|b0:\n" },
	{ "folded, LF", STR_LIT("RTSP/1.0 200 OK\nPublic: A,\n B\n\n"), "R200|OK|Public=A,  B|b0:\n" },
	{ "fold after the start line", STR_LIT("RTSP/1.0 200 OK\r\n CSeq: 8\r\n\r\n"), "R200|OK|c8|CSeq=8|b0:\n" },
	{ "line without colon", STR_LIT("RTSP/1.0 200 OK\r\nhello\r\n: x\r\nCSeq : 9 \r\n\r\n"),
		"R200|OK|c9|CSeq=9|b0:\n" },
	{ "twice the same length", STR_LIT("RTSP/1.0 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nab"),
		"R200|OK|Content-Length=2|content-length=2|b2:ab\n" },
	{ "lengths differ", STR_LIT("RTSP/1.0 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"), "E-74\n" },
	{ "length negative", STR_LIT("RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n"), "E-74\n" },
	{ "length hexadecimal", STR_LIT("RTSP/1.0 200 OK\r\nContent-Length: 0x10\r\n\r\n"), "E-74\n" },
	{ "length with a sign", STR_LIT("RTSP/1.0 200 OK\r\nContent-Length: +1\r\n\r\n"), "E-74\n" },
	{ "length empty", STR_LIT("RTSP/1.0 200 OK\r\nContent-Length:\r\n\r\n"), "E-74\n" },
	{ "length too large", STR_LIT("RTSP/1.0 200 OK\r\nContent-Length: 65537\r\n\r\n"), "E-7\n" },
	{ "length beyond 64 bits", STR_LIT("RTSP/1.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"), "E-7\n" },
	{ "CSeq is no number", STR_LIT("RTSP/1.0 200 OK\r\nCSeq: x\r\n\r\n"), "R200|OK|CSeq=x|b0:\n" },
	{ "CSeq too large", STR_LIT("RTSP/1.0 200 OK\r\nCSeq: 4294967296\r\n\r\n"), "R200|OK|CSeq=4294967296|b0:\n" },
	{ "server request", STR_LIT("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"), "QOPTIONS|*|c1|CSeq=1|b0:\n" },
	{ "server request with body", STR_LIT("SET_PARAMETER rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 1\r\n\r\nx"),
		"QSET_PARAMETER|rtsp://h/|c1|CSeq=1|Content-Length=1|b1:x\n" },
	{ "frame", STR_LIT("$\x02\x00\x04zzzz"), "$2|4\n" },
	{ "empty frame", STR_LIT("$\xff\x00\x00$\x00\x00\x01$"), "$255|0\n$0|1\n" },
	{ "a frame that looks like a reply", STR_LIT("$\x00\x00\x13RTSP/1.0 200 OK\r\n\r\nRTSP/1.0 201 OK\r\n\r\n"),
		"$0|19\nR201|OK|b0:\n" },
	{ "frames between messages", STR_LIT("$\0\0\2abRTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n$\1\0\1xOPTIONS * RTSP/1.0\r\n\r\n"),
		"$0|2\nR200|OK|c1|CSeq=1|b0:\n$1|1\nQOPTIONS|*|b0:\n" },
	{ "a dollar in a body", STR_LIT("RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n$\0\0\1aRTSP/1.0 200 OK\r\n\r\n"),
		NULL },
	{ "empty lines between", STR_LIT("\r\n\r\n\nRTSP/1.0 200 OK\r\n\r\n\r\nRTSP/1.0 201 OK\r\n\r\n"),
		"R200|OK|b0:\nR201|OK|b0:\n" },
	{ "junk before a reply", STR_LIT("xyz\0\1RTSP/1.0 200 OK\r\n\r\n"), "R200|OK|b0:\n" },
	{ "junk before a frame", STR_LIT("zz$\x02\x00\x02\x80\x08"), "$2|2\n" },
	{ "junk with a false frame", STR_LIT("zz$\xf0\x01\x01$\x02\x00\x02\x80\x08"), "$2|2\n" },
	{ "junk with a frame that is no RTP", STR_LIT("zz$\x02\x00\x02\x12\x34RTSP/1.0 200 OK\r\n\r\n"), "R200|OK|b0:\n" },
	{ "a version that is none", STR_LIT("RTSP/x 200 OK\r\n\r\nRTSP/1.0 200 OK\r\n\r\n"), "R200|OK|b0:\n" },
	{ "a status of four digits", STR_LIT("RTSP/1.0 2000 OK\r\nCSeq: 1\r\n\r\nRTSP/1.0 201 OK\r\n\r\n"), "R201|OK|b0:\n" },
	{ "status out of range", STR_LIT("RTSP/1.0 099 OK\r\n\r\nRTSP/1.0 600 OK\r\n\r\nRTSP/1.0 599 OK\r\n\r\n"), "R599|OK|b0:\n" },
	{ "a request that is none", STR_LIT("HELLO there\r\nOPTIONS * RTSP/1.0\r\n\r\n"), "QOPTIONS|*|b0:\n" },
	{ "HTTP", STR_LIT("HTTP/1.1 400 Bad Request\r\n\r\n"), "" },
	{ "RTSP 2.0", STR_LIT("RTSP/2.0 200 OK\r\n\r\n"), "R200|OK|b0:\n" },
};

static void test_cases(void)
{
	struct buf whole, cut;
	size_t i, at;

	for (i = 0; i < SPA_N_ELEMENTS(cases); i++) {
		buf_init(&whole, 65536);
		run(cases[i].in, cases[i].in.len, 0, &whole);
		if (cases[i].out != NULL && !str_eq(buf_str(&whole), str_from(cases[i].out)))
			test_fail(__FILE__, __LINE__, "%s: got \"%s\"", cases[i].name, whole.data ? whole.data : "");
		for (at = 0; at <= cases[i].in.len; at++) {
			buf_init(&cut, 65536);
			/* the last rounds: pieces of 1, 2, 3... bytes */
			run(cases[i].in, at, 0, &cut);
			if (!str_eq(buf_str(&cut), buf_str(&whole)))
				test_fail(__FILE__, __LINE__, "%s cut at %zu", cases[i].name, at);
			buf_reset(&cut);
			run(cases[i].in, 0, at + 1, &cut);
			if (!str_eq(buf_str(&cut), buf_str(&whole)))
				test_fail(__FILE__, __LINE__, "%s in pieces of %zu", cases[i].name, at + 1);
			buf_clear(&cut);
		}
		buf_clear(&whole);
	}
}

/* a session as a GStreamer server and a camera with everything wrong would have it */
static const char transcript[] =
	"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\n"
	"WWW-Authenticate: Basic realm=\"a\"\r\n\r\n"
	"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Base: rtsp://192.0.2.1/a//\r\nContent-Type: application/sdp\r\n"
	"Content-Length: 46\r\n\r\nv=0\r\nm=audio 0 RTP/AVP 0\r\na=sendonly\r\n$$$$$$$$"
	"$\0\0\6\x80\0\0\0\0\0"
	"ANNOUNCE rtsp://192.0.2.1/a RTSP/1.0\r\nCSeq: 77\r\nContent-Length: 3\r\n\r\nabc"
	"\r\n"
	"RTSP/1.0 200 OK\nCSeq: 3\nTransport: RTP/AVP/TCP;unicast;\n\tinterleaved=2-3\n\n"
	"$\1\0\2\x81\xc8"
	"garbage$"
	"RTSP/1.0 200\r\nCSeq: 4\r\n\r\n";

static void test_transcript(void)
{
	struct str in = str_make(transcript, sizeof(transcript) - 1);
	struct buf whole, cut;
	size_t at;

	buf_init(&whole, 65536);
	run(in, in.len, 0, &whole);
	check_contains(whole.data, "R401|Unauthorized|c1|");
	check_contains(whole.data, "b46:v=0");
	check_contains(whole.data, "\n$0|6\nQANNOUNCE|rtsp://192.0.2.1/a|c77|");
	check_contains(whole.data, "Transport=RTP/AVP/TCP;unicast; \tinterleaved=2-3|");
	check_contains(whole.data, "\n$1|2\nR200||c4|");
	for (at = 0; at <= in.len; at++) {
		buf_init(&cut, 65536);
		run(in, at, 0, &cut);
		check(str_eq(buf_str(&cut), buf_str(&whole)));
		buf_clear(&cut);
	}
	for (at = 1; at < 64; at++) {
		buf_init(&cut, 65536);
		run(in, 0, at, &cut);
		check(str_eq(buf_str(&cut), buf_str(&whole)));
		buf_clear(&cut);
	}
	buf_clear(&whole);
}

static void add_repeated(struct buf *b, char c, size_t n)
{
	while (n-- > 0)
		buf_add_byte(b, (uint8_t)c);
}

static int feed_all(struct buf *in, struct buf *out)
{
	struct rtsp_parser p;
	size_t at, n;
	int res = 0;

	rtsp_parser_init(&p);
	for (at = 0; at < in->len && res >= 0; at += n) {
		n = SPA_MIN(in->len - at, 4096u);
		if ((res = rtsp_parser_feed(&p, in->data + at, n)) >= 0)
			res = drain(&p, out);
	}
	rtsp_parser_clear(&p);
	buf_clear(in);
	return res;
}

static void test_limits(void)
{
	struct buf in, out;
	int i;

	buf_init(&out, 1 << 20);
	buf_init(&in, 1 << 22);

	/* a line of exactly the limit, and one byte more */
	for (i = 0; i < 2; i++) {
		buf_add_str(&in, "RTSP/1.0 200 OK\r\nA:");
		add_repeated(&in, 'x', LIMIT_LINE_LEN - 2 + (size_t)i);
		buf_add_str(&in, "\r\n\r\n");
		check_int(feed_all(&in, &out), i == 0 ? 0 : -E2BIG);
	}
	/* folds do not lengthen a line for ever */
	buf_add_str(&in, "RTSP/1.0 200 OK\r\nA: b\r\n");
	for (i = 0; i < 3000; i++)
		buf_add_str(&in, " \r\n");
	check_int(feed_all(&in, &out), -E2BIG);

	/* headers */
	for (i = 0; i < 2; i++) {
		int n;

		buf_add_str(&in, "RTSP/1.0 200 OK\r\n");
		for (n = 0; n < (int)LIMIT_HEADERS + i; n++)
			buf_add_str(&in, "A: b\r\n");
		buf_add_str(&in, "\r\n");
		check_int(feed_all(&in, &out), i == 0 ? 0 : -E2BIG);
	}
	/* lines that are no headers, without end */
	buf_add_str(&in, "RTSP/1.0 200 OK\r\n");
	for (i = 0; i < 20000; i++)
		buf_add_str(&in, "hello\r\n");
	check_int(feed_all(&in, &out), -E2BIG);

	/* start line */
	buf_add_str(&in, "RTSP/1.0 200 ");
	add_repeated(&in, 'x', LIMIT_LINE_LEN);
	check_int(feed_all(&in, &out), -E2BIG);

	/* body and frame of the largest size */
	buf_reset(&out);
	buf_printf(&in, "RTSP/1.0 200 OK\r\nContent-Length: %u\r\n\r\n", LIMIT_RTSP_BODY_LEN);
	add_repeated(&in, 'b', LIMIT_RTSP_BODY_LEN);
	buf_add(&in, "$\0\xff\xff", 4);
	add_repeated(&in, 'f', 65535);
	buf_add_str(&in, "RTSP/1.0 404 No\r\n\r\n");
	check_int(feed_all(&in, &out), 0);
	check_contains(out.data, "b65536:bbb");
	check_contains(out.data, "$0|65535\nR404|No|b0:\n");

	/* junk up to the limit, then one byte over it */
	buf_reset(&out);
	add_repeated(&in, 'z', LIMIT_RTSP_RESYNC_LEN);
	buf_add_str(&in, "RTSP/1.0 200 OK\r\n\r\n");
	check_int(feed_all(&in, &out), 0);
	check_str(out.data, "R200|OK|b0:\n");
	add_repeated(&in, 'z', LIMIT_RTSP_RESYNC_LEN + 1);
	check_int(feed_all(&in, &out), -EBADMSG);

	/* a feed that nobody reads */
	{
		struct rtsp_parser p;
		char block[65536] = { 0 };
		int res = 0;

		rtsp_parser_init(&p);
		for (i = 0; i < 64 && res == 0; i++)
			res = rtsp_parser_feed(&p, block, sizeof(block));
		check_int(res, -E2BIG);
		rtsp_parser_clear(&p);
	}
	buf_clear(&out);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* generous: a quadratic parser needs minutes */
static void test_linear(void)
{
	struct rtsp_message m;
	struct rtsp_parser p;
	struct buf in;
	double start = now();
	size_t i, items = 0;
	int res;

	buf_init(&in, 1 << 22);
	/* one large message, byte by byte */
	buf_printf(&in, "RTSP/1.0 200 OK\r\nContent-Length: %u\r\n", LIMIT_RTSP_BODY_LEN);
	for (i = 0; i < LIMIT_HEADERS - 1; i++) {
		buf_add_str(&in, "A: ");
		add_repeated(&in, 'x', 900);
		buf_add_str(&in, "\r\n");
	}
	buf_add_str(&in, "\r\n");
	add_repeated(&in, '\n', LIMIT_RTSP_BODY_LEN);
	rtsp_parser_init(&p);
	for (i = 0; i < in.len; i++) {
		check_int(rtsp_parser_feed(&p, in.data + i, 1), 0);
		items += rtsp_parser_next(&p, &m) == 1;
	}
	check_int(items, 1);
	/* many small ones, in one piece */
	buf_reset(&in);
	for (i = 0; i < 16384; i++)
		buf_add(&in, "$\0\0\0", 4);
	for (i = 0; i < 16; i++) {
		check_int(rtsp_parser_feed(&p, in.data, in.len), 0);
		while (rtsp_parser_next(&p, &m) == 1)
			items++;
	}
	check_int(items, 1 + 16 * 16384);
	/* junk that promises something at each byte */
	buf_reset(&in);
	for (i = 0; i < LIMIT_RTSP_RESYNC_LEN / 8 - 1; i++)
		buf_add_str(&in, "AAA $R$A");
	check_int(rtsp_parser_feed(&p, in.data, in.len), 0);
	res = rtsp_parser_next(&p, &m);
	check(res == 0 || res == -EBADMSG);
	check(now() - start < 20.0);
	rtsp_parser_clear(&p);
	buf_clear(&in);
}

static void test_session(void)
{
	static const struct {
		const char *in;
		int res;
		const char *id;
		uint32_t timeout;
	} t[] = {
		{ "12345678", 0, "12345678", 60 },
		{ " 1234 ; timeout=15 ", 0, "1234", 15 },
		{ "1234;TimeOut=\"30\"", 0, "1234", 30 },
		{ "1234;timeout=0", 0, "1234", 60 },
		{ "1234;timeout=-5", 0, "1234", 60 },
		{ "1234;timeout=x", 0, "1234", 60 },
		{ "1234;timeout=99999999999", 0, "1234", 60 },
		{ "1234;foo;timeout=1", 0, "1234", 1 },
		{ "1234;timeout=60.5", 0, "1234", 60 },
		{ "", -EBADMSG, NULL, 0 },
		{ " ;timeout=3", -EBADMSG, NULL, 0 },
		{ "12\r34", -EBADMSG, NULL, 0 },
	};
	struct rtsp_session s;
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(t); i++) {
		s = (struct rtsp_session){ .timeout = 7 };
		check_int(rtsp_session_parse(str_from(t[i].in), &s), t[i].res);
		if (t[i].res < 0) {
			check_int(s.timeout, 7);
			continue;
		}
		check_slice(s.id, t[i].id);
		check_int(s.timeout, t[i].timeout);
	}
}

static void test_transport(void)
{
	static const struct {
		const char *in;
		int res;
		bool tcp;
		int channel[2];
		int port[2];
		const char *source;
		uint32_t ssrc;
	} t[] = {
		{ "RTP/AVP/TCP;unicast;interleaved=0-1", 0, true, { 0, 1 }, { -1 }, "", 0 },
		{ "RTP/AVP;unicast;destination=192.0.2.9;source=192.0.2.1;interleaved=0-1", 0, true, { 0, 1 }, { -1 }, "192.0.2.1", 0 },
		{ "RTP/AVP/TCP;interleaved=10-11;ssrc=10117CB7", 0, true, { 10, 11 }, { -1 }, "", 0x10117cb7 },
		{ "RTP/AVP/TCP;unicast;interleaved=4;ssrc=0x6f7c;mode=\"PLAY\"", 0, true, { 4, 5 }, { -1 }, "", 0x6f7c },
		{ "rtp/avp ; unicast ; client_port=6296-6297 ; server_port=2346-2347 ; ssrc=22345682", 0, false, { -1 }, { 2346, 2347 }, "", 0x22345682 },
		{ "RTP/AVP/UDP;unicast;server_port=5000", 0, false, { -1 }, { 5000, 5001 }, "", 0 },
		{ "RTP/AVP;unicast;client_port=1-2", 0, false, { -1 }, { -1 }, "", 0 },
		{ "RTP/AVP;unicast;server_port=0-0", 0, false, { -1 }, { -1 }, "", 0 },
		{ "RTP/AVP;unicast;server_port=70000-70001", 0, false, { -1 }, { -1 }, "", 0 },
		{ "RTP/AVP/TCP;interleaved=256-257", 0, true, { -1 }, { -1 }, "", 0 },
		{ "RTP/AVP/TCP;interleaved=255", 0, true, { -1 }, { -1 }, "", 0 },
		{ "RTP/AVP/TCP;interleaved=", 0, true, { -1 }, { -1 }, "", 0 },
		{ "RTP/AVP/TCP;ssrc=123456789", 0, true, { -1 }, { -1 }, "", 0 },
		{ "RTP/AVP/TCP;ssrc=hello", 0, true, { -1 }, { -1 }, "", 0 },
		{ "RTP/AVPF/TCP;interleaved=2-3", 0, true, { 2, 3 }, { -1 }, "", 0 },
		{ "RTP/AVP;multicast;port=1-2,RTP/AVP/TCP;interleaved=2-3", 0, true, { 2, 3 }, { -1 }, "", 0 },
		{ "RTP/AVP;multicast", -ENOTSUP, false, { -1 }, { -1 }, "", 0 },
		{ "RTP/SAVP/TCP;interleaved=0-1", -ENOTSUP, false, { -1 }, { -1 }, "", 0 },
		{ "", -EBADMSG, false, { -1 }, { -1 }, "", 0 },
		{ " , ;", -EBADMSG, false, { -1 }, { -1 }, "", 0 },
	};
	struct rtsp_transport tr;
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(t); i++) {
		check_int(rtsp_transport_parse(str_from(t[i].in), &tr), t[i].res);
		if (t[i].res < 0)
			continue;
		check_int(tr.is_tcp, t[i].tcp);
		check_int(tr.has_channel, t[i].channel[0] >= 0);
		if (tr.has_channel) {
			check_int(tr.channel[0], t[i].channel[0]);
			check_int(tr.channel[1], t[i].channel[1]);
		}
		check_int(tr.has_server_port, t[i].port[0] >= 0);
		if (tr.has_server_port) {
			check_int(tr.server_port[0], t[i].port[0]);
			check_int(tr.server_port[1], t[i].port[1]);
		}
		check_slice(tr.source, t[i].source);
		check_int(tr.has_ssrc, t[i].ssrc != 0);
		if (tr.has_ssrc)
			check_int(tr.ssrc, t[i].ssrc);
	}
}

static void test_public(void)
{
	static const char reply[] = "RTSP/1.0 200 OK\r\nPublic: OPTIONS, DESCRIBE,SETUP\r\n"
		"public: PLAY\r\nAllow: GET_PARAMETER TEARDOWN\r\n\r\n";
	struct rtsp_message m;
	struct rtsp_parser p;

	rtsp_parser_init(&p);
	check_int(rtsp_parser_feed(&p, reply, sizeof(reply) - 1), 0);
	check_int(rtsp_parser_next(&p, &m), 1);
	check(rtsp_public_has(&m, "OPTIONS"));
	check(rtsp_public_has(&m, "SETUP"));
	check(rtsp_public_has(&m, "PLAY"));
	check(rtsp_public_has(&m, "GET_PARAMETER"));
	check(rtsp_public_has(&m, "TEARDOWN"));
	check(!rtsp_public_has(&m, "SET_PARAMETER"));
	check(!rtsp_public_has(&m, "PARAMETER"));
	check(rtsp_message_header(&m, "PUBLIC", 1) != NULL);
	check(rtsp_message_header(&m, "PUBLIC", 2) == NULL);
	rtsp_parser_clear(&p);
}

static const struct test tests[] = {
	{ "cases, cut everywhere", test_cases },
	{ "transcript, cut everywhere", test_transcript },
	{ "limits", test_limits },
	{ "linear time", test_linear },
	{ "Session", test_session },
	{ "Transport", test_transport },
	{ "Public", test_public },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
