/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/rtsp/client-owner.h"

static void test_requests(void)
{
	static const struct {
		struct rtsp_request request;
		const char *bytes;
	} t[] = {
		{ { .method = "OPTIONS", .uri = URI },
			"OPTIONS rtsp://192.0.2.1/a RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: test\r\n\r\n" },
		{ { .method = "DESCRIBE", .uri = URI, .accept = "application/sdp", .require_backchannel = true },
			"DESCRIBE rtsp://192.0.2.1/a RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: test\r\n"
			"Require: www.onvif.org/ver20/backchannel\r\nAccept: application/sdp\r\n\r\n" },
		{ { .method = "SETUP", .uri = URI "/t=1", .transport = "RTP/AVP/TCP;unicast;interleaved=0-1", .require_backchannel = true },
			"SETUP rtsp://192.0.2.1/a/t=1 RTSP/1.0\r\nCSeq: 3\r\nUser-Agent: test\r\n"
			"Require: www.onvif.org/ver20/backchannel\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n" },
		{ { .method = "PLAY", .uri = URI, .session = "12", .range = "npt=0.000-" },
			"PLAY rtsp://192.0.2.1/a RTSP/1.0\r\nCSeq: 4\r\nUser-Agent: test\r\nSession: 12\r\nRange: npt=0.000-\r\n\r\n" },
	};
	struct rtsp_request bad[] = {
		{ .method = "PLAY", .uri = URI, .session = "1\r\nX: y" },
		{ .method = "PLAY", .uri = URI "\r\n" },
		{ .method = "PLAY", .uri = URI " b" },
		{ .method = "PL\nAY", .uri = URI },
		{ .method = "SETUP", .uri = URI, .transport = "a\nb" },
	};
	size_t i;

	begin();
	for (i = 0; i < SPA_N_ELEMENTS(t); i++) {
		check_int(rtsp_client_send(client, &t[i].request, on_reply, NULL), 0);
		check_sent(t[i].bytes);
	}
	for (i = 0; i < SPA_N_ELEMENTS(bad); i++)
		check_int(rtsp_client_send(client, &bad[i], on_reply, NULL), -EINVAL);
	check_sent("");
	end();

	/* a request waits for the connection */
	begin_as(NULL, NULL, false);
	ask("OPTIONS");
	check_int(rtsp_client_send_frame(client, 0, "x", 1), -ENOTCONN);
	check_sent("");
	vloop_flush(v);
	check_sent("OPTIONS rtsp://192.0.2.1/a RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: test\r\n\r\n");
	end();

	/* no end of outstanding ones */
	begin();
	for (i = 0; i < 32; i++)
		ask("OPTIONS");
	check_int(ask_as("OPTIONS", "x", false), -EBUSY);
	end();
}

static void test_matching(void)
{
	begin();
	/* by CSeq, in any order; provisional ones are skipped; what nobody asked is dropped */
	ask("A");
	ask("B");
	say_status(200, 2, "");
	say_status(100, 1, "");
	say_status(200, 7, "");
	say_status(404, 1, "");
	say_status(200, 1, "");
	check_told("B: 0 200\nA: 0 404\n");
	/* without one: the oldest */
	ask("C");
	ask("D");
	say_status(200, -1, "");
	say_status(454, -1, "");
	say_status(200, -1, "");
	check_told("C: 0 200\nD: 0 454\n");
	/* a Tapo answers a keepalive with the CSeq before */
	check_int(ask_as("SET_PARAMETER", "keep", true), 0);
	say_status(400, 4, "");
	check_told("keep: 0 400\n");
	/* but not when somebody else waits, nor for somebody else */
	check_int(ask_as("GET_PARAMETER", "keep", true), 0);
	ask("E");
	say_status(200, 3, "");
	check_told("");
	say_status(200, 7, "");
	check_told("E: 0 200\n");
	say_status(200, 6, "");
	check_told("keep: 0 200\n");
	ask("F");
	say_status(200, 99, "");
	check_told("");
	say_status(200, 8, "");
	check_told("F: 0 200\n");
	/* a keepalive without a reply shifts nothing */
	check_int(ask_as("GET_PARAMETER", "keep", true), 0);
	ask("TEARDOWN");
	say_status(200, 10, "");
	check_told("TEARDOWN: 0 200\n");
	ask("G");
	say_status(200, -1, "");
	check_told("G: 0 200\n");
	end();
}

static void test_forget(void)
{
	char names[40][8];
	size_t i;

	begin();
	check_int(ask_as("GET_PARAMETER", "one", true), 0);
	rtsp_client_forget(client, (void *)(uintptr_t)"nobody");
	check_int(ask_as("GET_PARAMETER", names[0], true), 0);
	rtsp_client_forget(client, names[0]);
	/* its late reply is its own */
	say_status(200, 2, "");
	check_told("");
	say_status(200, 1, "");
	check_told("one: 0 200\n");
	/* forgotten ones neither pile up nor wait */
	for (i = 0; i < SPA_N_ELEMENTS(names); i++) {
		check_int(ask_as("GET_PARAMETER", names[i], true), 0);
		rtsp_client_forget(client, names[i]);
	}
	check_int(ask_as("GET_PARAMETER", "last", true), 0);
	say_status(200, 999, "");
	check_told("last: 0 200\n");
	/* an unauthorized one is not tried again */
	check_int(ask_as("GET_PARAMETER", names[0], true), 0);
	rtsp_client_forget(client, names[0]);
	fake_net_take(f, SIZE_MAX);
	say_status(401, 44, DIGEST);
	check_sent("");
	check_told("");
	end();
}

static void test_server_requests(void)
{
	static const struct {
		const char *in;
		const char *out;
	} t[] = {
		{ "OPTIONS * RTSP/1.0\r\nCSeq: 7\r\n\r\n",
			"RTSP/1.0 200 OK\r\nCSeq: 7\r\nPublic: OPTIONS, GET_PARAMETER, SET_PARAMETER, ANNOUNCE\r\nUser-Agent: test\r\n\r\n" },
		{ "GET_PARAMETER rtsp://h/ RTSP/1.0\r\nCSeq: 8\r\nSession: 12;timeout=5\r\n\r\n",
			"RTSP/1.0 200 OK\r\nCSeq: 8\r\nSession: 12\r\nUser-Agent: test\r\n\r\n" },
		{ "SET_PARAMETER rtsp://h/ RTSP/1.0\r\nContent-Length: 2\r\n\r\nab", "RTSP/1.0 200 OK\r\nUser-Agent: test\r\n\r\n" },
		{ "ANNOUNCE rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", "RTSP/1.0 200 OK\r\nCSeq: 1\r\nUser-Agent: test\r\n\r\n" },
		{ "REDIRECT rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\nLocation: rtsp://evil/\r\n\r\n",
			"RTSP/1.0 501 Not Implemented\r\nCSeq: 1\r\nUser-Agent: test\r\n\r\n" },
		{ "FOO * RTSP/1.0\r\nCSeq: 1\r\nSession: a\rb\r\n\r\n", "RTSP/1.0 501 Not Implemented\r\nCSeq: 1\r\nUser-Agent: test\r\n\r\n" },
	};
	struct rtsp_client_stats stats;
	size_t i;

	begin();
	for (i = 0; i < SPA_N_ELEMENTS(t); i++) {
		say(t[i].in);
		check_sent(t[i].out);
	}
	check_told("request OPTIONS\nrequest GET_PARAMETER\nrequest SET_PARAMETER\nrequest ANNOUNCE\nrequest REDIRECT\nrequest FOO\n");
	/* one that asks and does not read: bounded */
	fake_net_set_window(f, 10);
	for (i = 0; i < 2000; i++)
		say(t[0].in);
	rtsp_client_get_stats(client, &stats);
	check(stats.queued_bytes < 5000);
	/* requests of ours still find room */
	ask("TEARDOWN");
	fake_net_set_window(f, SIZE_MAX);
	vloop_flush(v);
	check_contains(sent(), "TEARDOWN " URI);
	rtsp_client_get_stats(client, &stats);
	check_int(stats.queued_bytes, 0);
	end();
}

static void test_frames(void)
{
	static uint8_t payload[65536];
	struct rtsp_client_stats stats;

	begin();
	check_int(rtsp_client_send_frame(client, 2, "abc", 3), 0);
	check(str_eq(fake_net_sent(f), STR_LIT("$\2\0\3abc")));
	fake_net_take(f, SIZE_MAX);
	check_int(rtsp_client_send_frame(client, 0, payload, 65532), 0);
	check_int(fake_net_sent(f).len, 65536);
	fake_net_take(f, SIZE_MAX);
	check_int(rtsp_client_send_frame(client, 0, payload, 65533), -E2BIG);
	check_int(rtsp_client_send_frame(client, 0, payload, 65536), -E2BIG);
	check_int(rtsp_client_send_frame(client, 0, NULL, 0), 0);
	check(str_eq(fake_net_sent(f), STR_LIT("$\0\0\0")));
	fake_net_take(f, SIZE_MAX);
	rtsp_client_get_stats(client, &stats);
	check_int(stats.frames_sent, 3);
	check_int(stats.bytes_sent, 7 + 65536 + 4);

	/* between frames from the camera, a reply */
	ask("A");
	fake_net_say(f, "$\1\0\2hi", 6);
	fake_net_say(f, "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n$\0\0\2ho", 35);
	vloop_flush(v);
	check_told("frame 1 hi\nA: 0 200\nframe 0 ho\n");
	rtsp_client_get_stats(client, &stats);
	check_int(stats.frames_received, 2);

	/* a slow camera: whole old frames go, the request goes first */
	fake_net_take(f, SIZE_MAX);
	fake_net_set_window(f, 3);
	check_int(rtsp_client_send_frame(client, 0, "1111", 4), 0);
	check_int(rtsp_client_send_frame(client, 0, "2222", 4), 0);
	vloop_run(v, 400);
	check_int(rtsp_client_send_frame(client, 0, "3333", 4), 0);
	vloop_run(v, 101);
	check_int(rtsp_client_send_frame(client, 0, "4444", 4), 0);
	ask("B");
	fake_net_set_window(f, SIZE_MAX);
	vloop_flush(v);
	check(str_eq(fake_net_sent(f), STR_LIT("$\0\0\0041111"
		"B rtsp://192.0.2.1/a RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: test\r\n\r\n"
		"$\0\0\0043333$\0\0\0044444")));
	rtsp_client_get_stats(client, &stats);
	check_int(stats.frames_dropped, 1);
	check_int(stats.queued_bytes, 0);
	end();
}

/* a whole session, with the camera's words cut into pieces and ours at every byte */
static void converse(size_t chunk, size_t window, struct buf *out)
{
	static const char answers[] =
		"RTSP/1.0 401 X\r\nCSeq: 1\r\n" DIGEST "\r\n"
		"$\0\0\4abcdOPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n"
		"RTSP/1.0 200 X\r\nCSeq: 2\r\nContent-Length: 3\r\n\r\nv=0"
		"$\1\0\1xRTSP/1.0 200\nCSeq: 3\n\n";
	size_t i;

	begin_as("u", "p", false);
	vloop_flush(v);
	fake_net_set_chunk(f, chunk);
	fake_net_set_window(f, window);
	next = (struct rtsp_request){ .method = "SETUP", .uri = URI };
	ask("DESCRIBE");
	fake_net_say(f, answers, sizeof(answers) - 1);
	vloop_flush(v);
	rtsp_client_send_frame(client, 0, "audio", 5);
	for (i = 0; i < 1000; i++) {
		fake_net_set_window(f, window > 2 ? SIZE_MAX : 1);
		vloop_flush(v);
	}
	check_told("connected 192.0.2.1\nframe 0 abcd\nrequest OPTIONS\nDESCRIBE: 0 200\nframe 1 x\nnext: 0 200\n");
	buf_reset(out);
	buf_add_slice(out, fake_net_sent(f));
	end();
}

static void test_cut_everywhere(void)
{
	struct buf whole, cut;
	size_t i;

	buf_init(&whole, 65536);
	buf_init(&cut, 65536);
	converse(0, SIZE_MAX, &whole);
	check_contains(whole.data, "SETUP " URI " RTSP/1.0\r\nCSeq: 3\r\n");
	for (i = 1; i < 70; i++)
		converse(i, SIZE_MAX, &cut);
	check(str_eq(buf_str(&whole), buf_str(&cut)));
	converse(1, 1, &cut);
	check_int(cut.len, whole.len);
	for (i = 0; i < whole.len; i++) {
		converse(0, i, &cut);
		check_int(cut.len, whole.len);
	}
	buf_clear(&whole);
	buf_clear(&cut);
}

static void test_end(void)
{
	/* outstanding requests end first, once */
	begin();
	ask("A");
	ask("B");
	fake_net_close(f, 0);
	vloop_flush(v);
	check_told("A: -125 0\nB: -125 0\nclosed 0\n");
	check_int(ask_as("C", "C", false), -ENOTCONN);
	check_int(rtsp_client_send_frame(client, 0, "x", 1), -ENOTCONN);
	end();

	begin();
	fake_net_close(f, -ECONNRESET);
	vloop_flush(v);
	check_told("closed -104\n");
	end();

	begin_as(NULL, NULL, false);
	fake_net_set_auto(f, 1);
	end();

	/* refused: requests that waited for the connection end, too */
	begin_as(NULL, NULL, false);
	end();

	/* not RTSP: nothing is left open */
	begin();
	ask("A");
	say_status(200, 1, "Content-Length: x\r\n");
	check_told("A: -125 0\nclosed -74\n");
	check(!fake_net_is_open(f));
	check_int(ask_as("C", "C", false), -ENOTCONN);
	check_int(rtsp_client_send_frame(client, 0, "x", 1), -ENOTCONN);
	end();

	/* the last words of a camera that closes are heard */
	begin();
	ask("A");
	fake_net_say(f, "RTSP/1.0 503 X\r\nCSeq: 1\r\n\r\n", 28);
	fake_net_close(f, 0);
	vloop_flush(v);
	check_told("A: 0 503\nclosed 0\n");
	end();
}

static void test_destroy(void)
{
	static const char *const places[] = { "connected", "frame", "request", "reply", "closed" };
	static const char all[] = "$\1\0\1xOPTIONS * RTSP/1.0\r\n\r\n"
		"RTSP/1.0 200 X\r\nCSeq: 1\r\n\r\nRTSP/1.0 200 X\r\nCSeq: 2\r\n\r\n";
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(places); i++) {
		begin_as("u", "p", false);
		destroy_at = places[i];
		vloop_flush(v);
		if (client) {
			ask("A");
			ask("B");
			if (i == 4)
				fake_net_close(f, -EPIPE);
			else
				fake_net_say(f, all, sizeof(all) - 1);
			vloop_flush(v);
		}
		check(client == NULL);
		check(!fake_net_is_open(f));
		/* nothing was heard after it */
		check_int(told.data[told.len - 1], '\n');
		vloop_run(v, 1000);
		end();
	}
	/* in the reply that cancels, in a refusal, in the end that we cause */
	for (i = 0; i < 3; i++) {
		begin_as("u", "p", false);
		vloop_flush(v);
		destroy_at = "reply";
		ask("A");
		ask("B");
		if (i == 0)
			fake_net_close(f, 0);
		else if (i == 1)
			say_status(401, 1, "WWW-Authenticate: Basic realm=\"r\"\r\n");
		else
			say_status(200, 1, "Content-Length: x\r\n");
		vloop_flush(v);
		check(client == NULL);
		check(strstr(told.data, "closed") == NULL && strstr(told.data, "B:") == NULL);
		end();
	}
	/* before anything */
	begin_as(NULL, NULL, false);
	end();
	rtsp_client_destroy(NULL);
}

/* more than one turn of the loop may take */
static void test_flood(void)
{
	struct rtsp_client_stats stats;
	struct buf b;
	uint32_t i;

	begin();
	buf_init(&b, 1 << 23);
	for (i = 0; i < 3000; i++) {
		static const char video[1000];

		buf_add(&b, "$\0\3\xe8", 4);
		buf_add(&b, video, sizeof(video));
	}
	fake_net_say(f, b.data, b.len);
	vloop_flush(v);
	rtsp_client_get_stats(client, &stats);
	check_int(stats.frames_received, 3000);
	buf_clear(&b);
	end();
}

/* who listens hears each message of both sides, and no frames */
static void test_trace(void)
{
	struct buf trace;

	buf_init(&trace, 1 << 16);
	trace_to = &trace;
	begin_as("u", "p", false);
	trace_to = NULL;
	vloop_flush(v);
	ask("DESCRIBE");
	check_str(trace.data, ">DESCRIBE " URI " RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: test\r\n\r\n|");
	buf_reset(&trace);
	say_status(401, 1, DIGEST);
	check_contains(trace.data, "<RTSP/1.0 401 X\r\nCSeq: 1\r\n" DIGEST "\r\n|>DESCRIBE " URI " RTSP/1.0\r\nCSeq: 2");
	check_contains(trace.data, "Authorization: Digest username=\"u\"");
	buf_reset(&trace);
	say("$\1");
	fake_net_say(f, "\0\1x", 3);
	say("RTSP/1.0 200 OK\nCSeq: 2\nContent-length:4\nX-Fold: a\n b\n\nv=0\n");
	check_str(trace.data, "<RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-length: 4\r\nX-Fold: a  b\r\n\r\nv=0\n|");
	buf_reset(&trace);
	say("OPTIONS * RTSP/1.0\r\nCSeq: 7\r\n\r\n");
	check_contains(trace.data, "<OPTIONS * RTSP/1.0\r\nCSeq: 7\r\n\r\n|>RTSP/1.0 200 OK\r\nCSeq: 7\r\n");
	buf_clear(&trace);
	end();
}

static const struct test tests[] = {
	{ "trace", test_trace },
	{ "requests", test_requests },
	{ "matching", test_matching },
	{ "forget", test_forget },
	{ "server requests", test_server_requests },
	{ "frames", test_frames },
	{ "cut everywhere", test_cut_everywhere },
	{ "end", test_end },
	{ "destroyed anywhere", test_destroy },
	{ "flood", test_flood },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
