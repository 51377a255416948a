/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/rtsp/message.h"
#include "module/rtsp/sdp.h"
#include "tests/fuzz/fuzz.h"

/* What a camera says, whole and byte by byte: both must give the same. */

static volatile uint64_t sink;

static void touch(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		sink += (unsigned char)s.p[i];
}

static void use_sdp(struct str text)
{
	char offers[64], uri[200];
	struct sdp_backchannel b;
	struct sdp sdp;
	uint32_t i;

	if (sdp_parse(text, &sdp) < 0)
		return;
	for (i = 0; i < sdp.n_media; i++) {
		touch(sdp.media[i].type);
		touch(sdp.media[i].control);
	}
	if (sdp_choose_backchannel(&sdp, NULL, &b, offers, sizeof(offers)) == 0) {
		sdp_control_uri("rtsp://h:1/x//", b.control, false, uri, sizeof(uri));
		sdp_control_uri("rtsp://h:1/x?y", b.control, true, uri, sizeof(uri));
	}
	sdp_clear(&sdp);
}

static void use_headers(const struct rtsp_message *m)
{
	struct rtsp_transport transport;
	struct rtsp_session session;
	char uri[300];
	uint32_t i;

	for (i = 0; i < m->n_headers; i++) {
		touch(m->header[i].name);
		if (rtsp_session_parse(m->header[i].value, &session) == 0)
			touch(session.id);
		if (rtsp_transport_parse(m->header[i].value, &transport) == 0)
			touch(transport.source);
		sdp_base_uri("rtsp://h/a?b", &m->header[i].value, NULL, uri, sizeof(uri));
	}
	rtsp_public_has(m, "PLAY");
}

static uint64_t run(const uint8_t *data, size_t size, size_t piece)
{
	struct rtsp_message m;
	struct rtsp_parser p;
	uint64_t hash = 0;
	size_t at, n;
	int res = 0;

	rtsp_parser_init(&p);
	for (at = 0; at < size && res >= 0; at += n) {
		n = SPA_MIN(piece, size - at);
		res = rtsp_parser_feed(&p, data + at, n);
		while (res >= 0 && (res = rtsp_parser_next(&p, &m)) > 0) {
			hash = hash * 31 + m.type + m.body.len * 7 + m.n_headers * 3 + m.reason.len;
			touch(m.method);
			touch(m.uri);
			use_headers(&m);
			use_sdp(m.body);
		}
	}
	rtsp_parser_clear(&p);
	return res < 0 ? hash * 31 + (uint64_t)-res : hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (run(data, size, SPA_MAX(size, 1u)) != run(data, size, 1))
		abort();
	use_sdp(str_make((const char *)data, size));
	return 0;
}
