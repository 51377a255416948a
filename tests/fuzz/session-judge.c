/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <string.h>

#include <spa/utils/defs.h>

#include "module/util/uri.h"
#include "tests/fuzz/session-scene.h"

/* refused logins without a success or a user's word in between: the first, the one that
 * stale=true allows twice, and all of it once more where the login had worked before */
#define MAX_REFUSED	8u

struct scene scene;

/* Which state may follow which: all that fsm_step() can do, and nothing else. */
#define TO(s)	(1u << FSM_##s)
#define ENDS	(TO(IDLE) | TO(BACKOFF) | TO(BLOCKED) | TO(TEARDOWN))
#define BEGINS	(TO(CONNECT) | TO(RESOLVE) | TO(BLOCKED))
static const uint32_t legal[FSM_N_STATES] = {
	[FSM_IDLE] = BEGINS,
	[FSM_RESOLVE] = TO(IDLE) | TO(BACKOFF) | TO(BLOCKED) | TO(CONNECT) | TO(TEARDOWN),
	[FSM_CONNECT] = TO(OPTIONS) | TO(DESCRIBE) | TO(RESOLVE) | ENDS,
	[FSM_OPTIONS] = TO(DESCRIBE) | TO(CONNECT) | TO(RESOLVE) | ENDS,
	[FSM_DESCRIBE] = TO(SETUP) | TO(CONNECT) | TO(RESOLVE) | ENDS,
	[FSM_SETUP] = TO(PLAY) | TO(CONNECT) | TO(RESOLVE) | ENDS,
	[FSM_PLAY] = TO(PREROLL) | TO(CONNECT) | TO(RESOLVE) | ENDS,
	[FSM_PREROLL] = TO(STREAMING) | TO(LINGER) | TO(CONNECT) | TO(RESOLVE) | ENDS,
	[FSM_STREAMING] = TO(LINGER) | TO(CONNECT) | TO(RESOLVE) | ENDS,
	[FSM_LINGER] = TO(STREAMING) | TO(CONNECT) | TO(RESOLVE) | ENDS,
	[FSM_TEARDOWN] = TO(IDLE) | TO(BACKOFF) | BEGINS,
	[FSM_BACKOFF] = TO(IDLE) | BEGINS | TO(TEARDOWN),
	[FSM_BLOCKED] = TO(IDLE) | BEGINS | TO(TEARDOWN),
};

static bool is_connected_state(enum fsm_state s)
{
	return s >= FSM_OPTIONS && s <= FSM_TEARDOWN;
}

bool scene_has_audio(enum fsm_state s)
{
	return session_has_audio(s);
}

static enum fsm_state find_state(struct str name)
{
	for (uint32_t i = 0; i < FSM_N_STATES; i++)
		if (str_eq(name, str_from(fsm_state_name(i))))
			return (enum fsm_state)i;
	return FSM_N_STATES;
}

static void check_secret(struct str text)
{
	fuzz_assert(!scene.hides_password || str_search(text, STR_LIT(SCENE_PASSWORD)) < 0);
}

void scene_on_log(void *data, int level, const char *text)
{
	struct str rest = str_from(text), from;
	ptrdiff_t at = str_search(rest, STR_LIT(" -> "));
	enum fsm_state a, b;

	if (getenv("FUZZ_LOG"))
		fprintf(stderr, "%6u ms: %s\n", scene.ms, text);
	check_secret(rest);
	fuzz_assert(str_search(rest, STR_LIT("too many events")) < 0);
	if (at < 0)
		return;
	from = str_make(text, (size_t)at);
	a = find_state(from);
	b = find_state(str_from(text + at + 4));
	if (a == FSM_N_STATES || b == FSM_N_STATES)
		return;
	fuzz_assert(a == scene.state && (legal[a] & 1u << b));
	scene.state = b;
	scene.may_play |= b == FSM_PREROLL;
}

/* what users see */

static bool emitted(void)
{
	fuzz_assert(!scene.in_call);
	if (scene.destroy_in == 0 || --scene.destroy_in > 0)
		return false;
	session_destroy(scene.session);
	scene.session = NULL;
	return true;
}

static void check_field(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	fuzz_check_shown(text, size);
	check_secret(str_from(text));
	/* states are compared byte by byte */
	for (; len < size; len++)
		fuzz_assert(text[len] == '\0');
}

static void on_status(void *data, const struct session_status *status)
{
	check_field(status->error, sizeof(status->error));
	check_field(status->codec, sizeof(status->codec));
	check_field(status->transport, sizeof(status->transport));
	check_field(status->tls_pin, sizeof(status->tls_pin));
	check_field(status->address, sizeof(status->address));
	check_field(status->server, sizeof(status->server));
	fuzz_assert(status->state == scene.state && status->login == scene.params.login);
	scene.status = *status;
	emitted();
}

static void on_resolve(void *data)
{
	fuzz_assert(scene.state == FSM_RESOLVE && scene.params.can_resolve);
	emitted();
}

static void on_stopped(void *data)
{
	fuzz_assert(scene.stopping && !scene.stopped && scene.state == FSM_IDLE);
	scene.stopped = true;
	emitted();
}

const struct session_events scene_session_events = {
	.version = SESSION_VERSION_EVENTS,
	.status = on_status,
	.resolve = on_resolve,
	.stopped = on_stopped,
};

/* what the camera sees */

static bool is_encrypted(void)
{
	const struct net_target *t = fake_net_target(scene.camera.net);

	return t->security != NET_PLAIN;
}

static void on_connection(void *data)
{
	const struct net_target *t = fake_net_target(scene.camera.net);
	enum session_transport transport = scene.params.transport;

	scene.cseq = 0;
	scene.asked_play = scene.may_play = scene.torn_down = scene.has_seq = false;
	scene.by_tls = scene.params.login_by_tls;
	fuzz_assert(!scene.stopped && t != NULL && t->port > 0);
	if (scene.session == NULL)
		return;
	/* settings count from the next connection on: this one may be older */
	if (scene.state != FSM_CONNECT)
		return;
	if (scene.params.address)
		fuzz_assert(strcmp(t->host, scene.params.address) == 0);
	if (transport == SESSION_TRANSPORT_TLS || transport == SESSION_TRANSPORT_HTTPS)
		fuzz_assert(t->security == scene.params.tls);
	else if (transport != SESSION_TRANSPORT_AUTO)
		fuzz_assert(t->security == NET_PLAIN);
}

static void check_header(struct str line)
{
	ptrdiff_t colon = str_find(line, ':');
	bool basic = str_has_prefix(line, STR_LIT("Authorization: Basic "));

	fuzz_assert(colon > 0 && fuzz_is_line(line));
	if (!str_has_prefix(line, STR_LIT("Authorization:")))
		return;
	fuzz_assert(scene.params.user != NULL || scene.status.state != FSM_CONNECT);
	fuzz_assert(!basic || is_encrypted() || scene.params.allow_basic);
	/* settings count from the next connection on */
	fuzz_assert(!scene.params.login_by_tls || !scene.by_tls || is_encrypted());
}

static void on_request(void *data, enum camera_method method, const char *text)
{
	struct str rest = str_from(text), line, word, uri;
	struct uri u;
	uint64_t cseq = 0;

	check_secret(rest);
	fuzz_assert(str_line(&rest, LIMIT_LINE_LEN, &line) == 0 && fuzz_is_line(line));
	fuzz_assert(str_token(&line, " ", &word) == 0 && str_token(&line, " ", &uri) == 0);
	fuzz_assert(str_eq(line, STR_LIT(" RTSP/1.0")));
	fuzz_assert(uri_parse(uri, &u) == 0 && !u.has_userinfo);
	fuzz_assert(str_eq(u.scheme, STR_LIT("rtsp")) || str_eq(u.scheme, STR_LIT("rtsps")));
	while (str_line(&rest, 4 * LIMIT_LINE_LEN, &line) == 0 && line.len > 0) {
		check_header(line);
		if (str_has_prefix(line, STR_LIT("CSeq: ")))
			fuzz_assert(str_to_uint(str_make(line.p + 6, line.len - 6), UINT32_MAX, &cseq) == 0);
	}
	fuzz_assert(rest.len == 0 && cseq > scene.cseq);
	scene.cseq = cseq;
	fuzz_assert(!scene.torn_down || method == CAMERA_TEARDOWN);
	scene.torn_down |= method == CAMERA_TEARDOWN;
	scene.asked_play |= method == CAMERA_PLAY || method == CAMERA_RECORD;
}

static void on_reply(void *data, bool authorized, int status)
{
	if (status == 401 && authorized)
		fuzz_assert(++scene.refused <= MAX_REFUSED);
	else if (authorized && status / 100 == 2)
		scene.refused = 0;
}

/* Sound goes only where PLAY was answered, in order and whole. */
static void on_media(void *data, bool rtcp, const uint8_t *packet, size_t len)
{
	struct rtp_header h;

	fuzz_assert(scene.asked_play && scene.may_play && !scene.torn_down);
	fuzz_assert(len >= 8 && (packet[0] & 0xc0) == 0x80);
	if (rtcp || (packet[1] >= 200 && packet[1] <= 203))
		return;
	fuzz_assert(rtp_header_parse(packet, len, &h) == RTP_HEADER_LEN);
	fuzz_assert(len <= RTP_HEADER_LEN + LIMIT_PACKET_LEN && h.ssrc != 0);
	if (scene.has_seq) {
		/* what a slow peer did not take is left out, never put behind */
		fuzz_assert((int16_t)(h.seq - scene.last.seq) > 0);
		fuzz_assert((int32_t)(h.timestamp - scene.last.timestamp) > 0);
		fuzz_assert(h.ssrc == scene.last.ssrc && h.pt == scene.last.pt);
	}
	scene.has_seq = true;
	scene.last = h;
}

const struct camera_events scene_camera_events = {
	.connection = on_connection,
	.request = on_request,
	.reply = on_reply,
	.media = on_media,
};

/* what holds whenever the loop has nothing to do */

static void check_queue(void)
{
	struct rtsp_client_stats stats;

	if (scene.session->client == NULL)
		return;
	rtsp_client_get_stats(scene.session->client, &stats);
	/* media, requests, and a frame under way */
	fuzz_assert(stats.queued_bytes <= 2 * LIMIT_SENDQ_LEN + UINT16_MAX);
}

static void check_blocked(const struct session_status *st)
{
	fuzz_assert(vloop_armed_timers(scene.v) <= 1 && st->error[0] != '\0');
	fuzz_assert(st->public_state == SESSION_LOGIN_REQUIRED ||
			st->public_state == SESSION_UNSUPPORTED ||
			st->public_state == SESSION_REJECTED);
}

static void check_state(void)
{
	const struct session_status *st = &scene.status;
	uint32_t n_open = fake_net_n_open(scene.camera.net);

	if (!is_connected_state(scene.state) && scene.state != FSM_CONNECT)
		fuzz_assert(n_open == 0 && fake_net_n_udp(scene.camera.net) == 0);
	else
		/* a tunnel is two */
		fuzz_assert(n_open <= 2);
	switch (scene.state) {
	case FSM_IDLE:
		fuzz_assert(scene.claimed || vloop_armed_timers(scene.v) == 0);
		break;
	case FSM_BLOCKED:
		check_blocked(st);
		break;
	case FSM_BACKOFF:
		fuzz_assert(st->error[0] != '\0');
		break;
	case FSM_STREAMING:
	case FSM_LINGER:
		fuzz_assert(st->public_state == SESSION_STREAMING && st->error[0] == '\0');
		break;
	default:
		break;
	}
	/* who waits, waits for something */
	if (scene.state != FSM_IDLE && scene.state != FSM_BLOCKED)
		fuzz_assert(vloop_armed_timers(scene.v) > 0);
}

void scene_check(void)
{
	if (scene.session == NULL)
		return;
	fuzz_assert(scene.session->state == scene.state && scene.status.state == scene.state);
	fuzz_assert(!scene.stopped || scene.state == FSM_IDLE);
	check_state();
	check_queue();
}
