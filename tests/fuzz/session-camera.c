/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <string.h>

#include <spa/utils/defs.h>

#include "tests/fuzz/session-camera.h"

static const char * const methods[CAMERA_N_METHODS] = {
	"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "RECORD", "GET_PARAMETER", "TEARDOWN",
};

#define SESSION "Session: 5e55107;timeout=60\r\n"

/* the first: as a good one; the second: none at all */
static const char * const answers[] = {
	NULL, "",
	"RTSP/1.0 200 OK\r\n\r\n",
	"RTSP/1.0 200 OK\r\n" SESSION "\r\n",
	"RTSP/1.0 200 OK\r\n" SESSION "Transport: RTP/AVP;unicast;client_port=1-2;server_port=6970-6971\r\n\r\n",
	"RTSP/1.0 200 OK\r\n" SESSION "Transport: RTP/AVP;unicast;server_port=0\r\n\r\n",
	"RTSP/1.0 200 OK\r\nSession: 5e55107;timeout=5\r\nTransport: RTP/AVP/TCP;interleaved=7\r\n\r\n",
	"RTSP/1.0 200 OK\r\nSession: 5e55107;timeout=0\r\nTransport: RTP/AVP/TCP;interleaved=255\r\n\r\n",
	"RTSP/1.0 200 OK\r\nSession: \r\n\r\n",
	"RTSP/1.0 200 OK\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n",
	"RTSP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nm=audio 0",
	"RTSP/1.0 100 Continue\r\n\r\n",
	"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n",
	"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth\"\r\n\r\n",
	"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"n\", stale=true\r\n\r\n",
	"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
		"WWW-Authenticate: Digest realm=\"x\", nonce=\"m\", algorithm=SHA-256\r\n\r\n",
	"RTSP/1.0 401 Unauthorized\r\n\r\n",
	"RTSP/1.0 302 Moved\r\nLocation: rtsp://203.0.113.1/x\r\n\r\n",
	"RTSP/1.0 302 Moved\r\nLocation: rtsp://192.0.2.20/other\r\n\r\n",
	"RTSP/1.0 400 Bad Request\r\n\r\n",
	"RTSP/1.0 403 Forbidden\r\n\r\n",
	"RTSP/1.0 404 Not Found\r\n\r\n",
	"RTSP/1.0 405 Method Not Allowed\r\n\r\n",
	"RTSP/1.0 451 Parameter Not Understood\r\n\r\n",
	"RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n",
	"RTSP/1.0 454 Session Not Found\r\n\r\n",
	"RTSP/1.0 455 Method Not Valid in This State\r\n\r\n",
	"RTSP/1.0 459 Aggregate Operation Not Allowed\r\n\r\n",
	"RTSP/1.0 461 Unsupported Transport\r\n\r\n",
	"RTSP/1.0 500 Internal \033[31mServer Error\r\n\r\n",
	"RTSP/1.0 501 Not Implemented\r\n\r\n",
	"RTSP/1.0 551 Option not supported\r\n\r\n",
};

#define SDP_HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=x\r\nt=0 0\r\n"
#define SDP_VIDEO "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=recvonly\r\na=control:track0\r\n"

static const char * const sdps[] = {
	SDP_HEAD "a=control:*\r\n" SDP_VIDEO
		"m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendonly\r\na=control:back\r\n",
	SDP_HEAD "m=audio 0 RTP/AVP 8 0\r\na=sendonly\r\na=control:trackID=5?x=y\r\n",
	SDP_HEAD "a=control:rtsp://10.0.0.1:1/base/\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 pcma/8000\r\n"
		"a=sendonly\r\na=control:rtsp://203.0.113.9/back?q\r\n",
	SDP_HEAD SDP_VIDEO "m=audio 0 RTP/AVP 0\r\na=recvonly\r\na=control:track1\r\n"
		"m=audio 0 RTP/AVP 0\r\na=sendonly\r\n",
	SDP_HEAD SDP_VIDEO,
	SDP_HEAD "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000\r\na=sendonly\r\n",
	"v=0\r\nc=IN\r\nm=audio 0 RTP/AVP 0\r\na=sendonly\r\na=control:*\r\n",
	"",
};

uint32_t camera_n_answers(void)
{
	return SPA_N_ELEMENTS(answers);
}

uint32_t camera_n_sdps(void)
{
	return SPA_N_ELEMENTS(sdps);
}

void camera_init(struct camera *c, struct vloop *v, const struct camera_events *events, void *data)
{
	memset(c, 0, sizeof(*c));
	c->v = v;
	c->net = fake_net_new(vloop_utils(v));
	c->events = events;
	c->data = data;
	buf_init(&c->plain, 1024 * 1024);
	buf_init(&c->by_get, 1024 * 1024);
	camera_set_auto(c, 0);
}

void camera_clear(struct camera *c)
{
	buf_clear(&c->plain);
	buf_clear(&c->by_get);
	fake_net_destroy(c->net);
}

void camera_set_auto(struct camera *c, int how)
{
	c->how = how;
	fake_net_set_auto(c->net, how);
}

void camera_accept(struct camera *c, int res)
{
	if (c->pending && fake_net_is_open(c->net))
		fake_net_refuse(c->net, res);
	c->pending = false;
}

/* connections */

/* What is said in a tunnel goes by GET; the newest connection is POST then. */
static bool select_get(struct camera *c)
{
	if (fake_net_n_open(c->net) < 2)
		return false;
	fake_net_select(c->net, c->get);
	return true;
}

static void select_newest(struct camera *c)
{
	fake_net_select(c->net, c->seen - 1);
}

static void look_for_new(struct camera *c)
{
	uint32_t n = fake_net_count(c->net);

	if (n == c->seen)
		return;
	c->seen = n;
	c->pending = c->how > 0;
	c->fresh = true;
	c->events->connection(c->data);
}

bool camera_can_say(struct camera *c)
{
	bool can;

	look_for_new(c);
	if (c->pending || c->fresh || c->last[0] == '\0' || !fake_net_is_open(c->net))
		return false;
	if (!c->is_tunnel)
		return true;
	can = select_get(c) && fake_net_is_open(c->net);
	select_newest(c);
	return can;
}

void camera_say(struct camera *c, const void *data, size_t len)
{
	if (!camera_can_say(c))
		return;
	if (c->is_tunnel)
		select_get(c);
	fake_net_say(c->net, data, len);
	select_newest(c);
}

void camera_close(struct camera *c, int res)
{
	if (!camera_can_say(c))
		return;
	if (c->is_tunnel)
		select_get(c);
	fake_net_close(c->net, res);
	select_newest(c);
}

/* the web server's part: takes a header */
static bool take_head(struct camera *c)
{
	ptrdiff_t end = str_search(fake_net_sent(c->net), STR_LIT("\r\n\r\n"));

	if (end >= 0)
		fake_net_take(c->net, (size_t)end + 4);
	return end >= 0;
}

static void begin_tunnel(struct camera *c)
{
	static const char ok[] = "HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n";

	c->is_tunnel = true;
	c->get = c->seen - 1;
	c->last[0] = '\0';
	if (take_head(c) && fake_net_is_open(c->net))
		fake_net_say(c->net, ok, sizeof(ok) - 1);
}

static void add_base64(struct camera *c, char digit)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v = 0, n = 3;

	c->base64[c->n_base64++] = digit;
	if (c->n_base64 < 4)
		return;
	c->n_base64 = 0;
	for (int i = 0; i < 4; i++) {
		ptrdiff_t at = str_find(STR_LIT(digits), c->base64[i]);

		fuzz_assert(at >= 0 || (c->base64[i] == '=' && i >= 2));
		n -= at < 0;
		v = v << 6 | (uint32_t)SPA_MAX(at, 0);
	}
	for (uint32_t i = 0; i < n; i++)
		buf_add_byte(&c->plain, (uint8_t)(v >> (16 - 8 * i)));
}

static void take_sent(struct camera *c, struct buf *dst)
{
	struct str sent = fake_net_sent(c->net);

	buf_add_slice(dst, sent);
	fake_net_take(c->net, sent.len);
}

/* a header that is not whole yet stays */
static void receive_post(struct camera *c)
{
	struct str sent;

	if (!c->head_taken && !(c->head_taken = take_head(c)))
		return;
	sent = fake_net_sent(c->net);
	for (size_t i = 0; i < sent.len; i++)
		add_base64(c, sent.p[i]);
	fake_net_take(c->net, sent.len);
	if (select_get(c))
		take_sent(c, &c->by_get);
	select_newest(c);
}

/* the first bytes tell what the connection is for */
static void receive_first(struct camera *c, struct str sent)
{
	c->fresh = false;
	c->head_taken = false;
	if (c->is_tunnel && str_has_prefix(sent, STR_LIT("POST /")))
		return;
	buf_reset(&c->plain);
	buf_reset(&c->by_get);
	c->n_base64 = 0;
	c->is_tunnel = false;
	c->last[0] = '\0';
	if (str_has_prefix(sent, STR_LIT("GET /")))
		begin_tunnel(c);
}

static void receive(struct camera *c)
{
	struct str sent;

	look_for_new(c);
	if (c->pending || c->seen == 0)
		return;
	sent = fake_net_sent(c->net);
	if (c->fresh && sent.len >= 6)
		receive_first(c, sent);
	if (c->fresh)
		return;
	if (!c->is_tunnel)
		take_sent(c, &c->plain);
	else if (c->seen - 1 != c->get)
		receive_post(c);
}

/* answers */

static void good_setup(struct camera *c, char *dst, size_t size)
{
	static const char session[] = "RTSP/1.0 200 OK\r\nSession: 5e55107;timeout=60\r\n";
	const char *channel = strstr(c->last, "interleaved="), *port = strstr(c->last, "client_port=");

	fuzz_assert((channel != NULL) != (port != NULL));
	if (channel)
		snprintf(dst, size, "%sTransport: RTP/AVP/TCP;unicast;%.*s;ssrc=1234ABCD\r\n\r\n",
				session, (int)strcspn(channel, "\r\n"), channel);
	else
		snprintf(dst, size, "%sTransport: RTP/AVP;unicast;%.*s;server_port=6970-6971\r\n\r\n",
				session, (int)strcspn(port, "\r\n"), port);
}

static void good_answer(struct camera *c, enum camera_method method, char *dst, size_t size)
{
	const char *sdp = c->sdp_text[0] ? c->sdp_text : sdps[c->sdp % SPA_N_ELEMENTS(sdps)];

	switch (method) {
	case CAMERA_OPTIONS:
		snprintf(dst, size, "RTSP/1.0 200 OK\r\nServer: Fake/1\r\n"
				"Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n\r\n");
		break;
	case CAMERA_DESCRIBE:
		snprintf(dst, size, "RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\n"
				"Content-Length: %zu\r\n\r\n%s", strlen(sdp), sdp);
		break;
	case CAMERA_SETUP:
		good_setup(c, dst, size);
		break;
	default:
		snprintf(dst, size, "RTSP/1.0 200 OK\r\nSession: 5e55107\r\n\r\n");
		break;
	}
}

/* puts the CSeq behind the status line */
static void reply(struct camera *c, const char *text)
{
	const char *line = strstr(text, "\r\n"), *cseq = strstr(c->last, "CSeq: ");
	char out[2 * CAMERA_TEXT_LEN + 64];
	int status = 0;

	fuzz_assert(cseq != NULL);
	if (line == NULL)
		line = text + strlen(text);
	if (sscanf(text, "RTSP/1.0 %d", &status) == 1)
		c->events->reply(c->data, strstr(c->last, "\r\nAuthorization: ") != NULL, status);
	snprintf(out, sizeof(out), "%.*s\r\n%.*s%s", (int)(line - text), text,
			(int)strcspn(cseq, "\r\n"), cseq, line);
	camera_say(c, out, strlen(out));
}

static void answer(struct camera *c, enum camera_method method)
{
	const struct camera_answer *a = &c->answer[method];
	char text[2 * CAMERA_TEXT_LEN];
	const char *chosen = a->text[0] ? a->text : answers[a->index % SPA_N_ELEMENTS(answers)];

	if (chosen == NULL) {
		good_answer(c, method, text, sizeof(text));
		chosen = text;
	}
	if (chosen[0] != '\0')
		reply(c, chosen);
}

/* \return false when there is nothing whole */
static bool take_message(struct camera *c, struct buf *from)
{
	struct str s = buf_str(from);
	uint32_t m;
	size_t len;
	ptrdiff_t end;

	if (s.len >= 4 && s.p[0] == '$') {
		len = (size_t)((uint8_t)s.p[2] << 8 | (uint8_t)s.p[3]);
		if (s.len < 4 + len)
			return false;
		c->events->media(c->data, s.p[1] & 1, (const uint8_t *)s.p + 4, len);
		buf_consume(from, 4 + len);
		return true;
	}
	if ((end = str_search(s, STR_LIT("\r\n\r\n"))) < 0)
		return false;
	fuzz_assert(str_copy(str_make(s.p, (size_t)end + 4), c->last, sizeof(c->last)) == 0);
	buf_consume(from, (size_t)end + 4);
	/* our answers to what it asked */
	if (strncmp(c->last, "RTSP/1.0 ", 9) == 0)
		return true;
	for (m = 0; m < CAMERA_N_METHODS; m++)
		if (strncmp(c->last, methods[m], strlen(methods[m])) == 0 && c->last[strlen(methods[m])] == ' ')
			break;
	fuzz_assert(m < CAMERA_N_METHODS);
	c->events->request(c->data, m, c->last);
	answer(c, m);
	return true;
}

static void take_datagrams(struct camera *c)
{
	uint8_t data[2048];
	bool rtcp;
	size_t len;

	while ((len = fake_net_udp_take(c->net, &rtcp, data, sizeof(data))) > 0)
		c->events->media(c->data, rtcp, data, len);
}

void camera_serve(struct camera *c)
{
	uint32_t n = 0;

	look_for_new(c);
	take_datagrams(c);
	if (c->silent)
		return;
	receive(c);
	while (take_message(c, &c->by_get) || take_message(c, &c->plain)) {
		vloop_flush(c->v);
		/* BYE comes by UDP, before the TEARDOWN that is behind it */
		take_datagrams(c);
		receive(c);
		fuzz_assert(n++ < 10000);
	}
	/* a tunnel's GET was answered: POST follows */
	vloop_flush(c->v);
	look_for_new(c);
}
