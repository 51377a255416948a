/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <inttypes.h>

#include <spa/utils/defs.h>

#include "module/util/clock.h"
#include "module/util/random.h"
#include "spa-plugin/codec-static.h"
#include "tests/lib/test.h"
#include "tests/unit/session/camera.h"

#define STEP_MS		10u
#define STEP_SAMPLES	80u
#define MAX_FRAMES	200000u

static uint32_t random_state;

const char cam_sdp[] =
	"v=0\r\n"
	"o=- 1 1 IN IP4 192.0.2.20\r\n"
	"s=camera\r\n"
	"t=0 0\r\n"
	"a=control:*\r\n"
	"m=video 0 RTP/AVP 96\r\n"
	"a=rtpmap:96 H264/90000\r\n"
	"a=recvonly\r\n"
	"a=control:track0\r\n"
	"m=audio 0 RTP/AVP 0\r\n"
	"a=rtpmap:0 PCMU/8000\r\n"
	"a=sendonly\r\n"
	"a=control:back\r\n";

static const char * const methods[CAM_N_METHODS] = {
	"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "RECORD", "GET_PARAMETER", "TEARDOWN",
};

static bool emitted(struct cam *c)
{
	if (++c->n_events != (uint32_t)c->destroy_in)
		return false;
	session_destroy(c->session);
	c->session = NULL;
	return true;
}

static void on_status(void *data, const struct session_status *status)
{
	struct cam *c = data;
	const char *name = session_public_state_name(status->public_state);

	if (status->public_state != c->status.public_state && strlen(c->states) < 900) {
		if (c->states[0])
			strncat(c->states, " ", sizeof(c->states) - strlen(c->states) - 1);
		strncat(c->states, name, sizeof(c->states) - strlen(c->states) - 1);
	}
	check(memchr(status->error, 0, sizeof(status->error)) != NULL);
	c->status = *status;
	c->n_status++;
	emitted(c);
}

static void on_resolve(void *data)
{
	struct cam *c = data;

	c->n_resolve++;
	emitted(c);
}

static void on_stopped(void *data)
{
	struct cam *c = data;

	c->n_stopped++;
	emitted(c);
}

static const struct session_events events = {
	.version = SESSION_VERSION_EVENTS,
	.status = on_status,
	.resolve = on_resolve,
	.stopped = on_stopped,
};

static void on_log(void *data, int level, const char *text)
{
	struct cam *c = data;

	c->n_log++;
	if (getenv("CAM_LOG"))
		printf("# %8" PRIu64 " ms: %s\n", (vloop_now(c->loop) - c->start) / NSEC_PER_MSEC, text);
	check(strstr(text, CAM_PASSWORD) == NULL);
	check(strstr(text, "5e55107") == NULL);	/* Session ids are keys, too */
	if (c->heard)
		c->heard(c, text);
}

/* Back-off is jittered: tests that look at one moment must see the same one each time. */
static void fill_random(void *dst, size_t len)
{
	uint8_t *p = dst;

	for (size_t i = 0; i < len; i++) {
		random_state = random_state * UINT32_C(1664525) + UINT32_C(1013904223);
		p[i] = (uint8_t)(random_state >> 24);
	}
}

void cam_init(struct cam *c)
{
	*c = (struct cam) {
		.params = {
			.uri = CAM_URI,
			.codec = "auto",
			.ptime_ms = 20,
			.preroll_ms = 250,
			.hold_ms = 5000,
			.linger_ms = 3000,
			.reconnect_min_ms = 1000,
			.reconnect_max_ms = 60000,
		},
		.sample = 1000,
		.sdp = cam_sdp,
		.content_base = "Content-Base: " CAM_URI "/\r\n",
	};
	random_state = 1;
	random_set_source(fill_random);
	secret_set(&c->password, CAM_PASSWORD);
	c->loop = vloop_new();
	c->net = fake_net_new(vloop_utils(c->loop));
	c->pacer = pacer_new(vloop_utils(c->loop));
	c->ring = audio_ring_new(8000 * 8);
	c->start = vloop_now(c->loop);
	fake_net_set_auto(c->net, 0);
}

int cam_try_start(struct cam *c)
{
	const struct session_env env = {
		.loop = vloop_utils(c->loop),
		.net = fake_net_get(c->net),
		.pacer = c->pacer,
		.codec = onvif_codec_g711_get(),
		.cname = "test@example",
		.log = on_log,
		.log_data = c,
	};

	return session_new(&env, &c->params, c->ring, &events, c, &c->session);
}

void cam_start(struct cam *c)
{
	check_int(cam_try_start(c), 0);
	check_int(vloop_armed_timers(c->loop), 0);
}

void cam_end(struct cam *c)
{
	session_destroy(c->session);
	pacer_destroy(c->pacer);
	fake_net_destroy(c->net);
	audio_ring_destroy(c->ring);
	secret_clear(&c->password);
	free(c->frames);
	check_int(vloop_armed_timers(c->loop), 0);
	vloop_destroy(c->loop);
	random_set_source(NULL);
}

static struct cam_frame *add_frame(struct cam *c)
{
	struct cam_frame *f;

	check(c->n_frames < MAX_FRAMES);
	if (c->n_frames >= c->frames_size) {
		c->frames_size = SPA_MAX(2 * c->frames_size, 256u);
		c->frames = realloc(c->frames, c->frames_size * sizeof(*c->frames));
		check(c->frames != NULL);
	}
	f = &c->frames[c->n_frames++];
	f->time = vloop_now(c->loop) - c->start;
	return f;
}

static bool take_frame(struct cam *c, struct str sent)
{
	struct cam_frame *f;
	uint32_t len;

	if (sent.len < 4)
		return false;
	len = (uint32_t)((uint8_t)sent.p[2] << 8 | (uint8_t)sent.p[3]);
	if (sent.len < 4 + len)
		return false;
	f = add_frame(c);
	f->udp = false;
	f->channel = (uint8_t)sent.p[1];
	check(len <= sizeof(f->data));
	f->len = len;
	memcpy(f->data, sent.p + 4, len);
	fake_net_take(c->net, 4 + len);
	return true;
}

static void take_datagrams(struct cam *c)
{
	uint8_t data[sizeof(c->frames->data)];
	struct cam_frame *f;
	bool rtcp;
	size_t len;

	while ((len = fake_net_udp_take(c->net, &rtcp, data, sizeof(data))) > 0) {
		f = add_frame(c);
		f->udp = true;
		f->channel = rtcp;
		f->len = (uint32_t)len;
		memcpy(f->data, data, len);
	}
}

const char *cam_next(struct cam *c)
{
	ptrdiff_t end, space;
	struct str sent;

	c->last[0] = '\0';
	while ((sent = fake_net_sent(c->net)).len > 0) {
		if (sent.p[0] == '$') {
			if (!take_frame(c, sent))
				break;
			continue;
		}
		if ((end = str_search(sent, STR_LIT("\r\n\r\n"))) < 0)
			break;
		check_int(str_copy(str_make(sent.p, (size_t)end + 4), c->last, sizeof(c->last)), 0);
		fake_net_take(c->net, (size_t)end + 4);
		if (strncmp(c->last, "RTSP/", 5) == 0) {	/* it answers us */
			c->last[0] = '\0';
			continue;
		}
		space = str_find(str_from(c->last), ' ');
		check(space > 0);
		if (strlen(c->requests) < sizeof(c->requests) - 64)
			sprintf(c->requests + strlen(c->requests), "%s%.*s",
					c->requests[0] ? " " : "", (int)space, c->last);
		break;
	}
	return c->last;
}

void cam_say(struct cam *c, const char *answer)
{
	const char *line = strstr(answer, "\r\n"), *cseq = strstr(c->last, "CSeq: ");
	char text[8192];

	check(line != NULL && cseq != NULL);
	if (!fake_net_is_open(c->net))
		return;
	snprintf(text, sizeof(text), "%.*s\r\n%.*s%s", (int)(line - answer), answer,
			(int)(strstr(cseq, "\r\n") - cseq), cseq, line);
	fake_net_say(c->net, text, strlen(text));
}

void cam_say_frame(struct cam *c, uint8_t channel, const void *data, uint32_t len)
{
	uint8_t header[4] = { '$', channel, (uint8_t)(len >> 8), (uint8_t)len };

	fake_net_say(c->net, header, sizeof(header));
	fake_net_say(c->net, data, len);
}

static void good_setup(struct cam *c, char *dst, size_t size)
{
	const char *port = strstr(c->last, "client_port="), *control = strchr(c->last, ' ') + 1;
	bool tcp = strstr(c->last, "RTP/AVP/TCP") != NULL;

	check(tcp != (port != NULL));
	if (c->control && strncmp(control, c->control, strlen(c->control)) != 0)
		snprintf(dst, size, "RTSP/1.0 404 Not Found\r\n\r\n");
	else if (tcp ? c->no_tcp : c->no_udp)
		snprintf(dst, size, "RTSP/1.0 461 Unsupported Transport\r\n\r\n");
	else if (tcp)
		snprintf(dst, size, "RTSP/1.0 200 OK\r\nSession: 5e55107;timeout=60\r\n"
				"Transport: RTP/AVP/TCP;unicast;%.*s;ssrc=1234ABCD\r\n\r\n",
				(int)strcspn(strstr(c->last, "interleaved="), "\r\n"),
				strstr(c->last, "interleaved="));
	else
		snprintf(dst, size, "RTSP/1.0 200 OK\r\nSession: 5e55107;timeout=60\r\n"
				"Transport: RTP/AVP;unicast;%.*s%s;ssrc=1234ABCD\r\n\r\n",
				(int)strcspn(port, "\r\n"), port,
				c->no_server_port ? "" : ";source=203.0.113.9;server_port=6970-6971");
}

static void good_answer(struct cam *c, enum cam_method method, char *dst, size_t size)
{
	switch (method) {
	case CAM_OPTIONS:
		snprintf(dst, size, "RTSP/1.0 200 OK\r\nServer: Fake/1\r\n"
				"Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n\r\n");
		break;
	case CAM_DESCRIBE:
		snprintf(dst, size, "RTSP/1.0 200 OK\r\n%s"
				"Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
				c->content_base, strlen(c->sdp), c->sdp);
		break;
	case CAM_SETUP:
		good_setup(c, dst, size);
		break;
	default:
		snprintf(dst, size, "RTSP/1.0 200 OK\r\nSession: 5e55107\r\n\r\n");
		break;
	}
}

static void serve(struct cam *c)
{
	char text[8192];
	uint32_t m;

	while (!c->silent && cam_next(c)[0]) {
		for (m = 0; m < CAM_N_METHODS; m++)
			if (str_has_prefix(str_from(c->last), str_from(methods[m])))
				break;
		check(m < CAM_N_METHODS);
		if (c->answer[m] == NULL && m == CAM_DESCRIBE && c->no_require &&
		    strstr(c->last, "\r\nRequire: ")) {
			;
		} else if (c->answer[m] == NULL) {
			good_answer(c, m, text, sizeof(text));
			cam_say(c, text);
		} else if (c->answer[m][0]) {
			cam_say(c, c->answer[m]);
		}
		vloop_flush(c->loop);
	}
	take_datagrams(c);
}

void cam_run(struct cam *c, uint32_t ms)
{
	int16_t samples[STEP_SAMPLES];

	for (uint32_t i = 0; i < STEP_SAMPLES; i++)
		samples[i] = i % 2 ? c->sample : (int16_t)-c->sample;
	vloop_flush(c->loop);
	serve(c);
	for (uint32_t done = 0; done < ms; done += STEP_MS) {
		vloop_run(c->loop, STEP_MS);
		if (c->playing)
			audio_ring_write(c->ring, samples, STEP_SAMPLES);
		serve(c);
	}
}

void cam_run_to(struct cam *c, enum fsm_state state, uint32_t max_ms)
{
	cam_run(c, 0);
	for (uint32_t ms = 0; c->status.state != state; ms += STEP_MS) {
		if (ms > max_ms)
			test_fail(__FILE__, __LINE__, "in %s (%s), wanted %s",
					fsm_state_name(c->status.state), c->status.error,
					fsm_state_name(state));
		cam_run(c, STEP_MS);
	}
}

void cam_claim(struct cam *c, bool claimed)
{
	c->playing = claimed;
	session_claim(c->session, claimed);
}

void cam_forget(struct cam *c)
{
	c->requests[0] = '\0';
	c->states[0] = '\0';
	c->n_frames = 0;
}

uint32_t cam_count(const struct cam *c, const char *method)
{
	uint32_t n = 0;

	for (const char *p = c->requests; (p = strstr(p, method)) != NULL; p += strlen(method))
		n++;
	return n;
}
