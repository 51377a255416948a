/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/util/buf.h"
#include "module/util/conf.h"
#include "tests/lib/test.h"
#include "tests/unit/session/camera.h"

/*
 * Whole conversations from tests/data/transcripts, each as it stands in its file, then with
 * what the camera says cut in two at every offset, in single bytes, and with a peer that
 * takes so many bytes at a time of what we say, for every number: what goes over the wire,
 * and through which states the session goes, must be the same each time.
 *
 * A file has lines of
 *	# text		what it is about
 *	! set K V	of the settings, before all else
 *	! claim, ! release, ! wait MS, ! close, ! reset, ! stop
 *	! unhurried	a peer that takes little does not get all of it: we hang up
 *	! lf		the camera ends its lines with LF from here on
 *	! quiet		nothing was sent since the last message
 *	! sound N	at least so many packets were sent on channel N
 *	! check K V	of the status
 *	> text		a line of ours; "*" at its end: and anything; the message ends with ">"
 *	< text		a line of the camera's; "{length}" is that of the body behind "<"
 *	<$ N HEX	a frame of the camera's on channel N
 *	<~ text		bytes of the camera's, with \r, \n, \xHH, without a line end
 * With TRANSCRIPT_RECORD in the environment what we say is printed as it would stand there.
 */
#define STEP_MS		10u
#define STEP_SAMPLES	80u
#define MESSAGE_LEN	4096u
#define CAMERA_LEN	(64u * 1024u)

struct variation {
	size_t cut;		/* offset in all that the camera says; 0: none */
	bool single;		/* bytes */
	size_t window;		/* 0: all that is offered is taken */
};

static struct transcript {
	const char *path;
	char *text;
	size_t size;
	struct variation how;

	struct cam cam;
	bool started, lf, unhurried;
	uint32_t line;
	size_t said;		/* by the camera so far */
	struct buf wire, states;	/* what happened */
	struct buf inbox;	/* messages of ours that nobody looked at yet */
	uint32_t frames[256];
	size_t quiet_since;
	struct buf block;	/* what the camera is saying */
	size_t body;		/* offset of its body, 0: none */
	char uri[256], user[64], codec[32];
} t;

static void SPA_PRINTF_FUNC(1, 2) fail(const char *fmt, ...)
{
	char text[2 * MESSAGE_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	test_fail(t.path, (int)t.line, "%s (cut %zu, single %d, window %zu)", text,
			t.how.cut, t.how.single, t.how.window);
}

static void on_heard(struct cam *c, const char *text)
{
	if (strstr(text, " -> ") && strchr(text, ':') == NULL)
		buf_printf(&t.states, "%s\n", text);
}

/* our side of the wire */

/* Lets the peer take what is offered, a window at a time. */
static void pump(void)
{
	struct fake_net *net = t.cam.net;
	size_t before;

	vloop_flush(t.cam.loop);
	if (t.how.window == 0)
		return;
	do {
		before = fake_net_sent(net).len;
		fake_net_set_window(net, t.how.window);
		vloop_flush(t.cam.loop);
	} while (fake_net_sent(net).len > before);
}

static bool take_frame(struct str sent)
{
	size_t len;

	if (sent.len < 4)
		return false;
	len = 4 + (size_t)((uint8_t)sent.p[2] << 8 | (uint8_t)sent.p[3]);
	if (sent.len < len)
		return false;
	t.frames[(uint8_t)sent.p[1]]++;
	buf_add_slice(&t.wire, str_make(sent.p, len));
	fake_net_take(t.cam.net, len);
	return true;
}

static void receive(void)
{
	struct str sent;
	ptrdiff_t end;

	pump();
	while ((sent = fake_net_sent(t.cam.net)).len > 0) {
		if (sent.p[0] == '$') {
			if (!take_frame(sent))
				return;
			continue;
		}
		if ((end = str_search(sent, STR_LIT("\r\n\r\n"))) < 0)
			return;
		sent = str_make(sent.p, (size_t)end + 4);
		buf_add_slice(&t.wire, sent);
		buf_add_slice(&t.inbox, sent);
		fake_net_take(t.cam.net, sent.len);
	}
}

static void wait_ms(uint32_t ms)
{
	int16_t samples[STEP_SAMPLES];

	for (uint32_t i = 0; i < STEP_SAMPLES; i++)
		samples[i] = (int16_t)(1000 + i);
	receive();
	for (uint32_t done = 0; done < ms; done += STEP_MS) {
		vloop_run(t.cam.loop, STEP_MS);
		if (t.cam.playing)
			audio_ring_write(t.cam.ring, samples, STEP_SAMPLES);
		receive();
	}
}

/* a line of a message against one of the file, which may end in '*' */
static bool same_line(struct str is, struct str wanted)
{
	if (wanted.len > 0 && wanted.p[wanted.len - 1] == '*')
		return str_has_prefix(is, str_make(wanted.p, wanted.len - 1));
	return str_eq(is, wanted);
}

static void expect(struct str wanted)
{
	struct str inbox, is;

	if (t.inbox.len == 0)
		wait_ms(0);
	inbox = buf_str(&t.inbox);
	if (str_line(&inbox, MESSAGE_LEN, &is) < 0)
		fail("nothing was sent, wanted " STR_FMT, STR_ARG(wanted));
	if (getenv("TRANSCRIPT_RECORD"))
		printf("# >%s" STR_FMT "\n", is.len ? " " : "", STR_ARG(is));
	else if (!same_line(is, wanted))
		fail("sent \"" STR_FMT "\", wanted \"" STR_FMT "\"", STR_ARG(is), STR_ARG(wanted));
	buf_consume(&t.inbox, t.inbox.len - inbox.len);
	t.quiet_since = t.wire.len;
}

/* the camera's side */

static void say_piece(struct str s)
{
	size_t n;

	while (s.len > 0) {
		n = t.how.single ? 1 : s.len;
		if (t.how.cut > t.said && t.how.cut < t.said + n)
			n = t.how.cut - t.said;
		if (!fake_net_is_open(t.cam.net))
			return;
		fake_net_say(t.cam.net, s.p, n);
		t.said += n;
		s = str_make(s.p + n, s.len - n);
		receive();
	}
}

static void end_block(void)
{
	struct str s = buf_str(&t.block);
	ptrdiff_t at = str_search(s, STR_LIT("{length}"));
	char length[16] = "";

	if (s.len == 0)
		return;
	if (at >= 0) {
		struct buf whole;

		snprintf(length, sizeof(length), "%zu", t.body ? s.len - t.body : (size_t)0);
		buf_init(&whole, CAMERA_LEN);
		buf_add_slice(&whole, str_make(s.p, (size_t)at));
		buf_add_str(&whole, length);
		buf_add_slice(&whole, str_make(s.p + at + 8, s.len - (size_t)at - 8));
		say_piece(buf_str(&whole));
		buf_clear(&whole);
	} else {
		say_piece(s);
	}
	buf_reset(&t.block);
	t.body = 0;
}

static void camera_line(struct str line)
{
	buf_add_slice(&t.block, line);
	buf_add_str(&t.block, t.lf ? "\n" : "\r\n");
	/* the body is that of this message, should others come before it */
	if (str_search(line, STR_LIT("{length}")) >= 0)
		t.body = 0;
	if (line.len == 0 && t.body == 0)
		t.body = t.block.len;
}

static uint8_t hex_byte(struct str *s)
{
	struct str pair = str_make(s->p, SPA_MIN(s->len, (size_t)2));
	uint64_t v;

	if (str_hex(&pair, UINT8_MAX, &v) < 0 || pair.len > 0)
		fail("no byte in hex");
	*s = str_make(s->p + 2, s->len - 2);
	return (uint8_t)v;
}

static void camera_frame(struct str args)
{
	struct str channel, hex;
	uint64_t n;

	check(str_token(&args, " ", &channel) == 0 && str_to_uint(channel, 255, &n) == 0);
	if (str_token(&args, " ", &hex) < 0)
		hex = str_make("", 0);
	buf_add_byte(&t.block, '$');
	buf_add_byte(&t.block, (uint8_t)n);
	buf_add_byte(&t.block, (uint8_t)(hex.len / 2 >> 8));
	buf_add_byte(&t.block, (uint8_t)(hex.len / 2));
	while (hex.len > 0)
		buf_add_byte(&t.block, hex_byte(&hex));
}

static void camera_bytes(struct str s)
{
	while (s.len > 0) {
		char c = s.p[0], escaped = s.len > 1 ? s.p[1] : '\0';

		if (c != '\\') {
			buf_add_byte(&t.block, (uint8_t)c);
			s = str_make(s.p + 1, s.len - 1);
			continue;
		}
		s = str_make(s.p + 2, s.len - 2);
		buf_add_byte(&t.block, escaped == 'r' ? '\r' : escaped == 'n' ? '\n' : hex_byte(&s));
	}
}

/* what users and the network do */

static void set(struct str key, struct str value)
{
	struct session_params *p = &t.cam.params;
	uint64_t n = 0;

	str_to_uint(value, UINT32_MAX, &n);
	if (str_eq(key, STR_LIT("uri")) && str_copy(value, t.uri, sizeof(t.uri)) == 0) {
		p->uri = t.uri;
	} else if (str_eq(key, STR_LIT("user")) && str_copy(value, t.user, sizeof(t.user)) == 0) {
		p->user = t.user;
		p->password = &t.cam.password;
	} else if (str_eq(key, STR_LIT("codec")) && str_copy(value, t.codec, sizeof(t.codec)) == 0) {
		p->codec = t.codec;
	} else if (str_eq(key, STR_LIT("linger"))) {
		p->linger_ms = (uint32_t)n;
	} else if (str_eq(key, STR_LIT("forward-tracks"))) {
		p->forward_tracks = n;
	} else {
		fail("no such setting: " STR_FMT, STR_ARG(key));
	}
}

static void check_status(struct str key, struct str value)
{
	const struct session_status *st = &t.cam.status;
	const struct {
		const char *key, *value;
	} fields[] = {
		{ "state", fsm_state_name(st->state) },
		{ "public", session_public_state_name(st->public_state) },
		{ "codec", st->codec }, { "transport", st->transport }, { "address", st->address },
		{ "server", st->server }, { "error", st->error },
		{ "backchannel", st->backchannel == SESSION_BACKCHANNEL_YES ? "yes" :
			st->backchannel == SESSION_BACKCHANNEL_NO ? "no" : "unknown" },
		{ "states", t.cam.states },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(fields); i++) {
		if (!str_eq(key, str_from(fields[i].key)))
			continue;
		if (!same_line(str_from(fields[i].value), value))
			fail("%s is \"%s\", wanted \"" STR_FMT "\"", fields[i].key, fields[i].value,
					STR_ARG(value));
		return;
	}
	fail("no such field: " STR_FMT, STR_ARG(key));
}

static void act(struct str line)
{
	struct str word, key = { 0 };
	uint64_t n = 0;

	check_int(str_token(&line, " ", &word), 0);
	if (str_eq(word, STR_LIT("set")) || str_eq(word, STR_LIT("check"))) {
		check_int(str_token(&line, " ", &key), 0);
		line = str_trim(line);
		if (word.p[0] == 's')
			set(key, line);
		else
			check_status(key, line);
		return;
	}
	if (str_eq(word, STR_LIT("unhurried"))) {
		t.unhurried = true;
		return;
	}
	if (!t.started)
		cam_start(&t.cam);
	t.started = true;
	str_to_uint(str_trim(line), UINT32_MAX, &n);
	if (str_eq(word, STR_LIT("claim")) || str_eq(word, STR_LIT("release")))
		cam_claim(&t.cam, word.p[0] == 'c');
	else if (str_eq(word, STR_LIT("wait")))
		wait_ms((uint32_t)n);
	else if (str_eq(word, STR_LIT("close")) || str_eq(word, STR_LIT("reset")))
		fake_net_close(t.cam.net, word.p[0] == 'c' ? 0 : -ECONNRESET);
	else if (str_eq(word, STR_LIT("stop")))
		session_stop(t.cam.session);
	else if (str_eq(word, STR_LIT("lf")))
		t.lf = true;
	else if (str_eq(word, STR_LIT("quiet")) && t.wire.len != t.quiet_since)
		fail("something was sent");
	else if (str_eq(word, STR_LIT("sound")) && t.frames[n % 256] < 10)
		fail("%u packets on channel %u", t.frames[n % 256], (unsigned int)n);
	receive();
}

static void step(struct str line)
{
	char what = line.len > 0 ? line.p[0] : '#', how = line.len > 1 ? line.p[1] : ' ';
	struct str rest = line.len > 2 ? str_make(line.p + 2, line.len - 2) : str_make("", 0);

	if (what != '<')
		end_block();
	if (what == '#')
		return;
	if (what == '!')
		act(rest);
	else if (what == '>')
		expect(rest);
	else if (what == '<' && how == '$')
		camera_frame(str_trim(rest));
	else if (what == '<' && how == '~')
		camera_bytes(str_make(rest.p + 1, rest.len - 1));
	else if (what == '<')
		camera_line(rest);
	else
		fail("no such line");
}

static void play(struct variation how)
{
	struct str text = str_make(t.text, t.size), line;

	t.how = how;
	t.started = t.lf = t.unhurried = false;
	t.line = 0;
	t.said = t.quiet_since = 0;
	memset(t.frames, 0, sizeof(t.frames));
	buf_reset(&t.wire);
	buf_reset(&t.states);
	buf_reset(&t.inbox);
	buf_reset(&t.block);
	cam_init(&t.cam);
	t.cam.heard = on_heard;
	while (str_line(&text, MESSAGE_LEN, &line) == 0) {
		t.line++;
		step(line);
	}
	end_block();
	if (t.inbox.len > 0)
		fail("more was sent: \"" STR_FMT "\"", STR_ARG(buf_str(&t.inbox)));
	cam_end(&t.cam);
}

/* the same as when nothing was cut */
static void play_again(struct variation how, const struct buf *wire, const struct buf *states)
{
	play(how);
	if (!str_eq(buf_str(&t.states), buf_str(states)))
		fail("states: " STR_FMT, STR_ARG(buf_str(&t.states)));
	if (!str_eq(buf_str(&t.wire), buf_str(wire)))
		fail("%zu bytes went out in place of %zu, or others", t.wire.len, wire->len);
}

static void test_file(void)
{
	size_t said, longest = 0, last = 0;
	struct buf wire, states;

	play((struct variation) { 0 });
	if (getenv("TRANSCRIPT_RECORD"))
		return;
	said = t.said;
	wire = t.wire;
	states = t.states;
	buf_init(&t.wire, wire.max);
	buf_init(&t.states, states.max);
	for (size_t i = 0; i + 4 <= wire.len; i++) {
		if (memcmp(wire.data + i, "\r\n\r\n", 4) == 0) {
			longest = SPA_MAX(longest, SPA_MIN(i + 4 - last, (size_t)600));
			last = i + 4;
		}
	}
	check(said > 100 && longest > 50 && states.len > 0);
	play_again((struct variation) { .single = true }, &wire, &states);
	for (size_t cut = 1; cut < said; cut++)
		play_again((struct variation) { .cut = cut }, &wire, &states);
	for (size_t window = 1; window <= longest && !t.unhurried; window++)
		play_again((struct variation) { .window = window }, &wire, &states);
	printf("# %zu cuts, %zu windows\n", said, longest);
	buf_clear(&wire);
	buf_clear(&states);
}

int main(int argc, char **argv)
{
	struct test test = { .func = test_file };
	int res;

	if (argc != 2 || conf_read_file(argv[1], &t.text, &t.size) < 0) {
		printf("1..1\nnot ok 1 - a transcript is needed\n");
		return 1;
	}
	t.path = argv[1];
	test.name = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1];
	buf_init(&t.wire, 1024 * 1024);
	buf_init(&t.states, 1024 * 1024);
	buf_init(&t.inbox, CAMERA_LEN);
	buf_init(&t.block, CAMERA_LEN);
	res = test_main(&test, 1, 1, argv);
	buf_clear(&t.wire);
	buf_clear(&t.states);
	buf_clear(&t.inbox);
	buf_clear(&t.block);
	free(t.text);
	return res;
}
