/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <pipewire/pipewire.h>

#include "module/log.h"
#include "module/media.h"
#include "module/util/clock.h"
#include "tests/lib/test.h"
#include "tests/unit/module/rtsp-server.h"

/*
 * The media thread and its two queues, with a context that no daemon stands behind: sessions
 * that stream to a server, one thread that writes sound, and a main thread that wants all
 * kinds of things. ThreadSanitizer looks (tools/check).
 */
#define N_SESSIONS	8u

PW_LOG_TOPIC(onvif_topic, "mod.onvif");

struct one {
	struct media_session *session;
	struct session_status status;
	struct session_counters counters;
	uint32_t n_status, n_counters, n_resolve;
	bool destroy_in_status;
};

static struct pw_main_loop *loop;
static struct pw_context *context;
static struct media *media;
static struct rtsp_server *server;
static struct one sessions[N_SESSIONS];
static char uri[64];
static struct secret password = { (char []) { "s3cr3t" } };

static void on_status(void *data, const struct session_status *status)
{
	struct one *o = data;

	check(o->session != NULL);
	o->status = *status;
	o->n_status++;
	if (!o->destroy_in_status)
		return;
	media_session_destroy(o->session);
	o->session = NULL;
}

static void on_resolve(void *data)
{
	struct one *o = data;

	o->n_resolve++;
	media_session_resolved(o->session, 0, uri, NULL);
}

static void on_counters(void *data, const struct session_counters *counters)
{
	struct one *o = data;

	o->counters = *counters;
	o->n_counters++;
}

static const struct media_session_events events = {
	MEDIA_VERSION_SESSION_EVENTS,
	.status = on_status,
	.resolve = on_resolve,
	.counters = on_counters,
};

static void turn(void)
{
	struct pw_loop *l = pw_main_loop_get_loop(loop);

	check(pw_loop_iterate(l, 10) >= 0);
}

#define run_until(cond, s) \
	do { uint64_t _end = clock_monotonic() + (s) * SPA_NSEC_PER_SEC; \
		while (!(cond) && clock_monotonic() < _end) turn(); \
		check(cond); } while (0)

static struct session_params params(bool resolve)
{
	return (struct session_params) {
		.uri = resolve ? NULL : uri, .can_resolve = resolve, .transport = SESSION_TRANSPORT_TCP,
		.tls = NET_TLS_PIN, .user = "u", .password = &password, .codec = "auto", .ptime_ms = 20,
		.preroll_ms = 40, .hold_ms = 1000, .linger_ms = 100,
		.reconnect_min_ms = 100, .reconnect_max_ms = 1000,
	};
}

static void begin(void)
{
	memset(sessions, 0, sizeof(sessions));
	loop = pw_main_loop_new(NULL);
	check(loop != NULL);
	context = pw_context_new(pw_main_loop_get_loop(loop),
			pw_properties_new(PW_KEY_CONFIG_NAME, "null", NULL), 0);
	check(context != NULL);
	pw_loop_enter(pw_main_loop_get_loop(loop));
	if ((media = media_new(context)) == NULL)
		test_fail(__FILE__, __LINE__, "media_new: %s (SPA_PLUGIN_DIR is %s)", strerror(errno),
				getenv("SPA_PLUGIN_DIR"));
	server = rtsp_server_new();
	snprintf(uri, sizeof(uri), "rtsp://127.0.0.1:%u/stream", rtsp_server_port(server));
}

static void end(void)
{
	for (uint32_t i = 0; i < N_SESSIONS; i++)
		media_session_destroy(sessions[i].session);
	media_destroy(media);
	rtsp_server_destroy(server);
	pw_loop_leave(pw_main_loop_get_loop(loop));
	pw_context_destroy(context);
	pw_main_loop_destroy(loop);
}

static void make(struct one *o, bool resolve)
{
	struct session_params p = params(resolve);

	check_int(media_session_new(media, "test", &p, &events, o, &o->session), 0);
}

/* the data thread */
struct writer {
	pthread_t thread;
	atomic_bool end;
	struct audio_ring *rings[N_SESSIONS];
};

static void *write_sound(void *data)
{
	struct writer *w = data;
	int16_t samples[160];

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(samples); i++)
		samples[i] = (int16_t)(i * 50);
	while (!w->end) {
		for (uint32_t i = 0; i < N_SESSIONS; i++)
			if (w->rings[i])
				audio_ring_write(w->rings[i], samples, SPA_N_ELEMENTS(samples));
		usleep(10000);
	}
	return NULL;
}

static uint32_t n_streaming(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < N_SESSIONS; i++)
		n += sessions[i].status.public_state == SESSION_STREAMING;
	return n;
}

static void test_stream(void)
{
	struct session_params other = params(false);
	struct writer w = { .end = false };
	uint32_t before;

	begin();
	for (uint32_t i = 0; i < N_SESSIONS; i++) {
		make(&sessions[i], i % 2);
		w.rings[i] = media_session_get_ring(sessions[i].session);
	}
	check_int(pthread_create(&w.thread, NULL, write_sound, &w), 0);
	for (uint32_t i = 0; i < N_SESSIONS; i++)
		media_session_claim(sessions[i].session, true);
	run_until(n_streaming() == N_SESSIONS, 30);
	before = rtsp_server_packets(server);
	run_until(rtsp_server_packets(server) > before + 20 * N_SESSIONS, 30);

	/* while sound flows */
	other.linger_ms = 200;
	for (uint32_t n = 0; n < 20; n++) {
		for (uint32_t i = 0; i < N_SESSIONS; i++) {
			check_int(media_session_update(sessions[i].session, &other), 0);
			media_session_probe(sessions[i].session);
			media_session_kick(sessions[i].session);
			media_session_claim(sessions[i].session, (n + i) % 3);
		}
		turn();
	}
	for (uint32_t i = 0; i < N_SESSIONS; i++)
		media_session_claim(sessions[i].session, true);
	run_until(n_streaming() == N_SESSIONS, 30);
	run_until(sessions[0].n_counters > 0, 30);
	media_session_get_counters(sessions[0].session, &sessions[0].counters);
	check(sessions[0].counters.packets > 0 && sessions[0].n_status > 1);
	check(sessions[1].n_resolve > 0);
	w.end = true;
	pthread_join(w.thread, NULL);
	/* all are told good-bye */
	before = rtsp_server_teardowns(server);
	for (uint32_t i = 0; i < N_SESSIONS; i++) {
		media_session_destroy(sessions[i].session);
		sessions[i].session = NULL;
	}
	run_until(rtsp_server_teardowns(server) >= before + N_SESSIONS, 10);
	end();
}

/* handles that go while messages of their sessions are under way */
static void test_come_and_go(void)
{
	begin();
	for (uint32_t n = 0; n < 100; n++) {
		struct one *o = &sessions[n % N_SESSIONS];

		media_session_destroy(o->session);
		*o = (struct one) { .destroy_in_status = n % 5 == 0 };
		make(o, n % 2);
		media_session_claim(o->session, true);
		media_session_probe(o->session);
		if (n % 3 == 0)
			turn();
	}
	for (uint32_t i = 0; i < N_SESSIONS; i++)
		run_until(sessions[i].n_status > 0, 30);
	end();
}

static void test_at_once(void)
{
	begin();
	end();
	begin();
	make(&sessions[0], false);
	media_session_claim(sessions[0].session, true);
	end();
	media_destroy(NULL);
	media_session_destroy(NULL);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "stream", test_stream },
		{ "come and go", test_come_and_go },
		{ "gone at once", test_at_once },
	};
	int res;

	pw_init(&argc, &argv);
	PW_LOG_TOPIC_INIT(onvif_topic);
	res = test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
	pw_deinit();
	return res;
}
