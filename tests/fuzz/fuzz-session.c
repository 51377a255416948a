/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "spa-plugin/codec-static.h"
#include "tests/fuzz/session-scene.h"

/*
 * The whole session machine: users, a hostile camera, a bad network and time do what the
 * input says, one action after the other (perform()). What must hold always is looked at
 * after each, and at each transition.
 */
#define KEY		"sha256//AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define OTHER_KEY	"sha256//AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
#define MAX_ACTIONS	300u
#define MAX_MS		400000u		/* of virtual time; while sound flows, it counts more: */
#define AUDIO_COST	10u
#define SLICE_MS	20u
#define SLICE_SAMPLES	160u

static void turn(uint32_t ms)
{
	int16_t samples[SLICE_SAMPLES];

	scene.ms += ms;
	scene.spent += ms * (scene_has_audio(scene.state) ? AUDIO_COST : 1);
	vloop_run(scene.v, ms);
	if (scene.playing && scene.session) {
		for (uint32_t i = 0; i < SLICE_SAMPLES; i++)
			samples[i] = scene.sound ? (int16_t)(700 + i) : 0;
		audio_ring_write(scene.ring, samples, SLICE_SAMPLES);
	}
	camera_serve(&scene.camera);
	scene_check();
}

static void run(uint32_t ms)
{
	while (ms > 0 && scene.spent < MAX_MS) {
		uint32_t slice = SPA_MIN(ms, scene_has_audio(scene.state) ? SLICE_MS : 10 * SLICE_MS);

		turn(slice);
		ms -= slice;
	}
}

/* The program: an action, and what it needs to know. */

static void take_text(char *dst, size_t size)
{
	struct str text = fuzz_take(&scene.in, fuzz_byte(&scene.in) * 2u);
	size_t len = SPA_MIN(text.len, size - 1);

	if (len > 0)
		memcpy(dst, text.p, len);
	dst[len] = '\0';
}

static void pass_time(uint8_t how)
{
	uint8_t n = fuzz_byte(&scene.in);

	switch (how & 3) {
	case 0:
		run(10 + n);
		break;
	case 1:
		run(n * 20u);
		break;
	case 2:
		run(n * 400u);
		break;
	default:
		vloop_skip(scene.v, n * 40u);
		break;
	}
}

static void choose_answer(bool own)
{
	struct camera *c = &scene.camera;
	struct camera_answer *a = &c->answer[fuzz_byte(&scene.in) % CAMERA_N_METHODS];

	a->text[0] = '\0';
	if (own)
		take_text(a->text, sizeof(a->text));
	else
		a->index = fuzz_byte(&scene.in) % camera_n_answers();
}

static void choose_sdp(bool own)
{
	scene.camera.sdp_text[0] = '\0';
	if (own)
		take_text(scene.camera.sdp_text, sizeof(scene.camera.sdp_text));
	else
		scene.camera.sdp = fuzz_byte(&scene.in) % camera_n_sdps();
}

/* connecting: \return what becomes of it */
static int take_fate(void)
{
	static const int fates[] = { 0, 0, 1, -ECONNREFUSED, -EHOSTUNREACH, -ENOKEY, -EKEYREJECTED };
	int how = fates[fuzz_byte(&scene.in) % SPA_N_ELEMENTS(fates)];

	fake_net_set_message(scene.camera.net, how == -ENOKEY ? KEY : how == -EKEYREJECTED ? OTHER_KEY : NULL);
	return how;
}

static void camera_speaks(uint8_t how)
{
	struct str text;
	uint8_t header[4] = { '$', 0, 0, 0 };

	if (how & 1) {
		header[1] = fuzz_byte(&scene.in);
		text = fuzz_take(&scene.in, fuzz_byte(&scene.in));
		header[3] = (uint8_t)text.len;
		camera_say(&scene.camera, header, sizeof(header));
	} else {
		text = fuzz_take(&scene.in, fuzz_byte(&scene.in));
	}
	camera_say(&scene.camera, text.p, text.len);
}

static void datagram(uint8_t how)
{
	struct fake_net *net = scene.camera.net;
	struct str text = fuzz_take(&scene.in, fuzz_byte(&scene.in));

	fake_net_set_udp_error(net, how & 4 ? -EMFILE : 0);
	if (fake_net_n_udp(net) == 0)
		return;
	if (how & 1)
		fake_net_udp_fail(net, -ECONNREFUSED);
	else
		fake_net_udp_say(net, how & 2, text.p, text.len);
}

static void resolved(void)
{
	static const char * const uris[] = { "rtsp://192.0.2.20/onvif", "rtsp://u:p@192.0.2.20:8554/x?y",
		"rtsps://192.0.2.20/", "http://192.0.2.20/t", "x", NULL, "ftp://192.0.2.20/", "rtsp://h/#f" };
	static const int results[] = { 0, 0, 0, -EACCES, -ENOTSUP, -ETIMEDOUT };
	uint8_t n = fuzz_byte(&scene.in);

	session_resolved(scene.session, results[n % SPA_N_ELEMENTS(results)],
			uris[n / 8 % SPA_N_ELEMENTS(uris)], n & 1 ? "why\n" : NULL);
}

static void user_says(uint8_t how)
{
	struct session_counters counters;

	switch (how & 3) {
	case 0:
		session_probe(scene.session);
		break;
	case 1:
		session_kick(scene.session);
		break;
	case 2:
		session_retry(scene.session);
		scene.refused = 0;
		break;
	default:
		session_get_counters(scene.session, &counters);
		if (!(how & 4))
			break;
		scene.claimed = false;
		session_release(scene.session);
		break;
	}
}

static void choose_target(struct session_params *p, uint8_t n)
{
	static const char * const uris[] = { "rtsp://192.0.2.20/stream", "rtsp://192.0.2.20:8554/a/b?c=d#e",
		"rtsps://192.0.2.20/", "http://192.0.2.20:8080/tunnel?x", "https://192.0.2.20/t", NULL,
		"rtsp://camera.example", "rtsp://[2001:db8::1]/x" };

	p->uri = uris[n & 7];
	p->address = n & 8 ? "192.0.2.21" : NULL;
	p->can_resolve = n & 16;
	p->uri_tls = n & 32 ? "rtsps://192.0.2.20:322/tls" : NULL;
	p->uri_http = n & 64 ? (n & 128 ? "https://192.0.2.20/h" : "rtsp://192.0.2.20/h") : NULL;
}

static void choose_way(struct session_params *p, uint8_t n)
{
	p->transport = n % SESSION_N_TRANSPORTS;
	p->learned = n / 8 % SESSION_N_TRANSPORTS;
	p->tls = n & 64 ? (n & 128 ? NET_TLS_CA : NET_TLS_NONE) : NET_TLS_PIN;
	p->tls_pin = n & 128 ? KEY : NULL;
}

static void choose_login(struct session_params *p, uint8_t n)
{
	bool changed = (n & 1) != (p->user != NULL) || (n & 4) / 4 != p->allow_basic;

	p->user = n & 1 ? "user" : NULL;
	p->password = n & 1 ? &scene.password : NULL;
	p->login += changed;
	p->allow_basic = n & 4;
	p->login_by_tls = n & 8;
	p->forward_tracks = n & 16;
	p->codec = n & 32 ? (n & 64 ? "PCMA" : "PCMU") : "auto";
}

static void choose_times(struct session_params *p, uint8_t n)
{
	p->ptime_ms = (n & 7) * 20u;
	p->linger_ms = n & 8 ? 200 : 3000;
	p->silence_ms = n & 16 ? 1000 : 0;
	p->preroll_ms = n & 32 ? 0 : 250;
	p->hold_ms = n & 64 ? 500 : 5000;
	p->reconnect_max_ms = n & 128 ? 100 : 60000;
	p->reconnect_min_ms = SPA_MIN(1000u, p->reconnect_max_ms);
}

static void update(uint8_t how)
{
	struct session_params p = scene.params;

	switch (how & 3) {
	case 0:
		choose_target(&p, fuzz_byte(&scene.in));
		break;
	case 1:
		choose_way(&p, fuzz_byte(&scene.in));
		break;
	case 2:
		choose_login(&p, fuzz_byte(&scene.in));
		break;
	default:
		choose_times(&p, fuzz_byte(&scene.in));
		break;
	}
	scene.params = p;
	/* (a login that was refused is the owner's to take away, before anything else changes) */
	scene.refused = 0;
	fuzz_assert(session_update(scene.session, &p) == 0);
}

static void play(uint8_t how)
{
	scene.playing = how & 1;
	scene.sound = !(how & 2);
	scene.claimed = how & 4 ? scene.claimed : how & 1;
	if (!(how & 4))
		session_claim(scene.session, scene.claimed);
}

static void camera_changes(uint8_t how)
{
	struct camera *c = &scene.camera;

	switch (how & 7) {
	case 0:
		for (uint32_t i = 0; i < CAMERA_N_METHODS; i++)
			c->answer[i] = (struct camera_answer) { 0 };
		c->silent = false;
		break;
	case 1:
		c->silent = !c->silent;
		break;
	case 2:
		fake_net_set_window(c->net, fuzz_byte(&scene.in) * 16u);
		break;
	case 3:
		fake_net_set_window(c->net, SIZE_MAX);
		break;
	case 4:
		fake_net_set_chunk(c->net, fuzz_byte(&scene.in));
		break;
	case 5:
		camera_close(c, 0);
		break;
	case 6:
		camera_close(c, -ECONNRESET);
		break;
	default:
		camera_accept(c, SPA_MIN(take_fate(), 0));
		break;
	}
}

static void perform(uint8_t action)
{
	uint8_t how = action >> 4;

	scene.in_call = true;
	switch (action & 15) {
	case 0:
	case 1:
	case 2:
		scene.in_call = false;
		pass_time((action & 15) + (how & 1));
		break;
	case 3:
	case 4:
		play(how);
		break;
	case 5:
	case 6:
		choose_answer(how & 1);
		break;
	case 7:
		choose_sdp(how & 1);
		break;
	case 8:
		camera_speaks(how);
		break;
	case 9:
		camera_set_auto(&scene.camera, take_fate());
		break;
	case 10:
		user_says(how);
		break;
	case 11:
		update(how);
		break;
	case 12:
		resolved();
		break;
	case 13:
		datagram(how);
		break;
	case 14:
		camera_changes(how);
		break;
	default:
		if (how == 15) {
			scene.stopping = true;
			scene.claimed = false;
			session_stop(scene.session);
		} else if (how == 14) {
			scene.destroy_in = 1 + fuzz_byte(&scene.in) % 8;
		}
		break;
	}
	scene.in_call = false;
}

static void begin(void)
{
	static char password[] = SCENE_PASSWORD;
	struct session_env env = {
		.codec = onvif_codec_g711_get(), .cname = "test@example", .log = scene_on_log,
	};

	scene.v = vloop_new();
	camera_init(&scene.camera, scene.v, &scene_camera_events, NULL);
	scene.pacer = pacer_new(vloop_utils(scene.v));
	scene.ring = audio_ring_new(8000 * 8);
	scene.password.value = password;
	scene.params.uri = "rtsp://192.0.2.20/stream";
	scene.params.tls = NET_TLS_PIN;
	scene.params.codec = "auto";
	choose_times(&scene.params, 1);
	env.loop = vloop_utils(scene.v);
	env.net = fake_net_get(scene.camera.net);
	env.pacer = scene.pacer;
	fuzz_assert(scene.pacer != NULL && scene.ring != NULL);
	fuzz_assert(session_new(&env, &scene.params, scene.ring, &scene_session_events, NULL, &scene.session) == 0);
	fuzz_assert(vloop_armed_timers(scene.v) == 0);
}

static void end(void)
{
	if (scene.session) {
		scene.stopping = true;
		scene.claimed = false;
		scene.destroy_in = 0;
		scene.spent = 0;
		session_stop(scene.session);
		run(600);
		fuzz_assert(scene.stopped && scene.state == FSM_IDLE);
		fuzz_assert(vloop_armed_timers(scene.v) == 0);
	}
	session_destroy(scene.session);
	fuzz_assert(vloop_armed_timers(scene.v) == 0);
	pacer_destroy(scene.pacer);
	camera_clear(&scene.camera);
	audio_ring_destroy(scene.ring);
	vloop_destroy(scene.v);
}

/* jitter that is the same each time */
static void fill(void *dst, size_t len)
{
	uint8_t *p = dst;

	while (len-- > 0) {
		scene.random = scene.random * UINT32_C(1664525) + UINT32_C(1013904223);
		*p++ = (uint8_t)(scene.random >> 24);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&scene, 0, sizeof(scene));
	scene.in = str_make((const char *)data, size);
	scene.hides_password = fuzz_lacks(scene.in, SCENE_PASSWORD);
	random_set_source(fill);
	begin();
	for (uint32_t n = 0; n < MAX_ACTIONS && scene.in.len > 0 && scene.spent < MAX_MS && scene.session; n++) {
		perform(fuzz_byte(&scene.in));
		vloop_flush(scene.v);
		camera_serve(&scene.camera);
		scene_check();
	}
	end();
	random_set_source(NULL);
	return 0;
}
