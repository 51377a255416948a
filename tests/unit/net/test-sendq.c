/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/net/sendq.h"
#include "module/util/clock.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/oom.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

static struct vloop *v;
static struct fake_net *f;
static struct net_stream *stream;
static struct sendq q;

static void nothing(void *data)
{
}
static void on_connected(void *data, const char *address)
{
}
static void on_closed(void *data, int res, const char *message)
{
}
static const struct net_stream_events events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = nothing,
	.writable = nothing,
	.closed = on_closed,
};

static void begin(void)
{
	struct net_target target = { .host = "192.0.2.1", .port = 554 };

	v = vloop_new();
	f = fake_net_new(vloop_utils(v));
	fake_net_set_auto(f, 0);
	check_int(net_connect(fake_net_get(f), &target, &events, NULL, &stream), 0);
	vloop_flush(v);
	sendq_init(&q);
}

static void end(void)
{
	sendq_clear(&q);
	check_int(q.len, 0);
	check_int(q.control_len, 0);
	net_stream_destroy(stream);
	fake_net_destroy(f);
	vloop_destroy(v);
}

static int media(const char *text, uint64_t ms)
{
	return sendq_add_media(&q, "$", 1, text, strlen(text), ms * NSEC_PER_MSEC);
}

static int control(const char *text)
{
	return sendq_add_control(&q, text, strlen(text));
}

static void test_order(void)
{
	begin();
	fake_net_set_window(f, 2);
	media("aaa", 1);
	media("bbb", 1);
	/* a byte of the first is out: it goes on before the request */
	check_int(sendq_flush(&q, stream, NSEC_PER_MSEC), -EAGAIN);
	control("[1]");
	control("[2]");
	media("ccc", 1);
	control("[3]");
	check_int(q.len, 2 + 4 + 4 + 9);
	check_int(q.control_len, 9);
	fake_net_set_window(f, SIZE_MAX);
	check_int(sendq_flush(&q, stream, NSEC_PER_MSEC), 0);
	check_slice(fake_net_sent(f), "$aaa[1][2][3]$bbb$ccc");
	check_int(q.len, 0);
	check_int(q.media_sent, 3);
	check_int(q.bytes_sent, 21);
	check_int(q.media_dropped, 0);
	end();
}

/* the stream takes one byte, then nothing, at each offset; the fake fails the test
 * when what was cut off moves or changes */
static void test_every_cut(void)
{
	static const char want[] = "$aaa[one][two]$bbb$ccc";
	size_t cut, i;

	for (cut = 0; cut < sizeof(want); cut++) {
		begin();
		fake_net_set_window(f, cut);
		media("aaa", 1);
		sendq_flush(&q, stream, NSEC_PER_MSEC);
		control("[one]");
		control("[two]");
		sendq_flush(&q, stream, NSEC_PER_MSEC);
		media("bbb", 1);
		media("ccc", 1);
		for (i = 0; i < sizeof(want) && sendq_flush(&q, stream, NSEC_PER_MSEC) == -EAGAIN; i++)
			fake_net_set_window(f, 1);
		/* blocked before its first byte, the first frame was already offered */
		check_slice(fake_net_sent(f), want);
		end();
	}
}

static void test_age(void)
{
	begin();
	fake_net_set_window(f, 1);
	media("old", 0);
	check_int(sendq_flush(&q, stream, 0), -EAGAIN);
	media("b", 0);
	media("c", 100);
	control("[req]");
	media("d", LIMIT_SENDQ_MEDIA_MS);
	check_int(q.media_dropped, 0);
	/* b is too old now, the begun one and the request stay */
	media("e", LIMIT_SENDQ_MEDIA_MS + 1);
	check_int(q.media_dropped, 1);
	fake_net_set_window(f, SIZE_MAX);
	/* after a hang of the network nothing stale is sent */
	check_int(sendq_flush(&q, stream, (LIMIT_SENDQ_MEDIA_MS + 101) * NSEC_PER_MSEC), 0);
	check_slice(fake_net_sent(f), "$old[req]$d$e");
	check_int(q.media_dropped, 2);
	check_int(q.media_sent, 3);
	end();
}

static void test_length(void)
{
	static char big[LIMIT_SENDQ_LEN + 1];
	uint32_t i;

	begin();
	fake_net_set_window(f, 1);
	check_int(sendq_add_media(&q, "$", 1, big, 1023, 0), 0);
	check_int(sendq_flush(&q, stream, 0), -EAGAIN);
	for (i = 1; i < 64; i++)
		check_int(sendq_add_media(&q, "$", 1, big, 1023, 0), 0);
	check_int(q.media_dropped, 0);
	check_int(q.len, LIMIT_SENDQ_LEN - 1);
	check_int(sendq_add_media(&q, "$", 1, big, 1023, 0), 0);
	check_int(q.media_dropped, 1);
	check_int(q.len, LIMIT_SENDQ_LEN - 1);
	/* control takes the room of media */
	check_int(sendq_add_control(&q, big, 4096), 0);
	check_int(q.media_dropped, 5);
	/* longer than any queue */
	check_int(sendq_add_control(&q, big, sizeof(big)), -E2BIG);
	check_int(sendq_add_control(&q, big, LIMIT_SENDQ_LEN - 4095), -E2BIG);
	check_int(sendq_add_media(&q, "$", 1, big, LIMIT_SENDQ_LEN, 0), -E2BIG);
	/* control alone fills it: media finds no room, the begun frame stays */
	check_int(sendq_add_control(&q, big, LIMIT_SENDQ_LEN - 4096), 0);
	check_int(q.media_dropped, 64);
	check_int(sendq_add_media(&q, "$", 1, big, 10, 0), 0);
	check_int(q.media_dropped, 65);
	check_int(sendq_add_media(&q, "$", 1, NULL, 0, 0), 0);
	check_int(q.media_dropped, 66);
	check_int(sendq_add_control(&q, big, 1), -E2BIG);
	fake_net_set_window(f, SIZE_MAX);
	check_int(sendq_flush(&q, stream, 0), 0);
	check_int(fake_net_sent(f).len, 1024 + LIMIT_SENDQ_LEN);
	check_int(q.media_sent, 1);
	end();
}

/* what was begun goes out whole, what was not does not go out */
static void test_drop_media(void)
{
	begin();
	fake_net_set_window(f, 2);
	media("aaa", 1);
	check_int(sendq_flush(&q, stream, NSEC_PER_MSEC), -EAGAIN);
	media("bbb", 1);
	control("[1]");
	sendq_drop_media(&q);
	check_int(q.media_dropped, 1);
	control("[2]");
	fake_net_set_window(f, SIZE_MAX);
	check_int(sendq_flush(&q, stream, NSEC_PER_MSEC), 0);
	check_slice(fake_net_sent(f), "$aaa[1][2]");
	check_int(q.media_sent, 1);
	end();
}

static void test_broken(void)
{
	begin();
	media("a", 0);
	control("[b]");
	fake_net_close(f, -ECONNRESET);
	check_int(sendq_flush(&q, stream, 0), -ECONNRESET);
	vloop_flush(v);
	check_int(sendq_flush(&q, stream, 0), -ENOTCONN);
	check_int(q.media_sent, 0);
	end();
}

/* What found no memory was not added; what did is sent, whole and in order. */
static void run_without_memory(void *data)
{
	char wanted[64] = "";

	begin();
	fake_net_set_window(f, 2);
	oom_start();
	for (char c = 'a'; c < 'g'; c++) {
		char text[3] = { c, c, '\0' };
		int res = c % 3 ? media(text, 1) : control(text);

		check(res == 0 || (res == -ENOMEM && oom_failed()));
		if (res == 0)
			sprintf(wanted + strlen(wanted), "%s%s", c % 3 ? "$" : "", text);
	}
	oom_stop();
	check_int(q.len, strlen(wanted));
	fake_net_set_window(f, SIZE_MAX);
	check_int(sendq_flush(&q, stream, NSEC_PER_MSEC), 0);
	check_int(fake_net_sent(f).len, strlen(wanted));
	/* (requests go before sound) */
	for (char c = 'a'; c < 'g'; c++)
		check(!strchr(wanted, c) == (str_find(fake_net_sent(f), c) < 0));
	end();
}

static void test_memory(void)
{
	check_int(oom_sweep(OOM_ONCE, run_without_memory, NULL), 6);
	check_int(oom_sweep(OOM_FROM_THERE, run_without_memory, NULL), 6);
}

static const struct test tests[] = {
	{ "order", test_order },
	{ "cut at every byte", test_every_cut },
	{ "age", test_age },
	{ "length", test_length },
	{ "broken", test_broken },
	{ "media is dropped", test_drop_media },
	{ "without memory", test_memory },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
