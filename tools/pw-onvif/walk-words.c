/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/walk-private.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "module/rtsp/sdp.h"
#include "module/util/text.h"

/* The sentences: what is wrong, and what to do about it. */

/* within so many s of ours a clock is right: cameras allow as much in a login */
#define CLOCK_RIGHT_S	60

static void SPA_PRINTF_FUNC(3, 4) say(char *dst, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(dst, size, fmt, args);
	va_end(args);
}

bool walk_words_clock(const struct device_info *info, char *dst, size_t size)
{
	uint64_t s = info->clock_offset_s < 0 ? -(uint64_t)info->clock_offset_s : (uint64_t)info->clock_offset_s;
	uint64_t n = s;
	const char *unit = "s";

	if (!info->clock_known || s <= CLOCK_RIGHT_S)
		return false;
	if (s >= 2 * 86400) {
		n = (s + 43200) / 86400;
		unit = "days";
	} else if (s >= 3570) {
		n = (s + 1800) / 3600;
		unit = "h";
	} else if (s >= 120) {
		n = (s + 30) / 60;
		unit = "min";
	}
	say(dst, size, "%" PRIu64 " %s off (%s)", n, unit, info->clock_offset_s < 0 ? "slow" : "fast");
	return true;
}

/* ---- codecs ---- */

/* whoever calls it MPEG4-GENERIC means it by what stands in its fmtp */
static void add_codec(struct buf *b, const struct sdp_rtpmap *map)
{
	static const struct str mode = STR_LIT("mode=");
	struct str name = map->encoding;
	ptrdiff_t at = str_ieq(name, STR_LIT("MPEG4-GENERIC")) ? str_search(map->fmtp, mode) : -1;
	struct str cur, token;
	char text[64];

	if (at >= 0) {
		cur = str_make(map->fmtp.p + at + mode.len, map->fmtp.len - (size_t)at - mode.len);
		if (str_token(&cur, "; ", &token) == 0)
			name = token;
	}
	snprintf(text, sizeof(text), STR_FMT "/%u", STR_ARG(name), map->clock_rate);
	if (b->len > 0 && strstr(b->data, text))
		return;
	buf_printf(b, "%s%s", b->len > 0 ? ", " : "", text);
}

static void add_codecs(struct buf *b, const struct sdp *sdp)
{
	for (uint32_t i = 0; i < sdp->n_media; i++) {
		const struct sdp_media *m = &sdp->media[i];

		if (!str_ieq(m->type, STR_LIT("audio")) || m->direction != SDP_SENDONLY)
			continue;
		for (uint32_t n = 0; n < m->n_maps; n++)
			add_codec(b, &m->map[n]);
	}
}

/* \return true when the description has something for us, whatever its codec */
static bool has_backchannel(const struct sdp *sdp)
{
	struct sdp_backchannel chosen;
	char offers[LIMIT_TEXT_LEN];
	int res = sdp_choose_backchannel(sdp, NULL, &chosen, offers, sizeof(offers));

	return res == 0 || res == -ENOTSUP;
}

void walk_words_offers(const struct walk *w, char *dst, size_t size)
{
	struct sdp sdp;
	struct buf b;

	dst[0] = '\0';
	buf_init(&b, LIMIT_LINE_LEN);
	if (sdp_parse(buf_str(&w->sdp), &sdp) == 0) {
		if (has_backchannel(&sdp))
			add_codecs(&b, &sdp);
		sdp_clear(&sdp);
	}
	text_sanitize(buf_str(&b), dst, size);
	buf_clear(&b);
	/* marked otherwise, yet chosen */
	if (dst[0] == '\0')
		snprintf(dst, size, "%s", w->st.codec);
}

/* ---- SOAP ---- */

int walk_words_unreachable(const struct walk *w, int res, const char *message, char *dst, size_t size)
{
	const struct target *t = w->t;

	if (strcmp(message, "host name not found") == 0)
		say(dst, size, "There is no camera and no host %s: `pw-onvif list` shows the cameras that there are",
				t->handle);
	else if (res == -ECONNREFUSED)
		say(dst, size, "%s is there, but nothing listens at port %u: give the port of its web page (%s:PORT; "
				"443 is for HTTPS), or switch ONVIF on in it", t->host, t->port, t->host);
	else
		say(dst, size, "%s cannot be reached (%s): see that the camera is on and in this network, and that "
				"the address is right", t->host, message);
	return TOOL_NOT_FOUND;
}

/* The message names the key. Who needs no login has no entry either, and one without a user there is not. */
static void say_certificate(const struct walk *w, const char *message, char *dst, size_t size)
{
	const char *key = strstr(message, "sha256//");

	if (key == NULL || w->t->user || w->t->tls_pin)
		say(dst, size, "%s", message);
	else
		say(dst, size, "The camera's certificate is not the one that it had before: if it was reset or replaced, put "
				"{ address = \"%s\" user = none password = none tls.pin = \"%.*s\" } into "
				"onvif-credentials.conf", w->t->host, (int)strcspn(key, "\""), key);
}

static void say_login(const struct walk *w, bool refused, char *dst, size_t size)
{
	const char *reason = keyring_reason(w->t->keyring);
	char clock[64];

	if (refused && walk_words_clock(&w->info, clock, sizeof(clock)))
		say(dst, size, "The camera refused user and password, and its clock is %s: set the clock, then run "
				"`pw-onvif login %s`", clock, w->t->handle);
	else if (refused)
		say(dst, size, "The camera refused this user and password: run `pw-onvif login %s`", w->t->handle);
	else if (w->t->denied)
		say(dst, size, "The camera is not where it was, and its password does not follow by itself: put "
				"address = \"%s\" into its entry in onvif-credentials.conf", w->t->host);
	else if (reason)
		say(dst, size, "%c%s, or run `pw-onvif login %s`", toupper((uint8_t)reason[0]), reason + 1, w->t->handle);
	else
		say(dst, size, "The camera wants a user and password: run `pw-onvif login %s`", w->t->handle);
}

int walk_words_query(const struct walk *w, int res, bool refused, const char *message, char *dst, size_t size)
{
	switch (res) {
	case -EACCES:
		say_login(w, refused || w->t->refused, dst, size);
		return TOOL_LOGIN;
	case -EBUSY:
		say(dst, size, "%s End other connections to it and try again, or see to this user in its web page",
				message);
		return TOOL_BUSY;
	case -EKEYREJECTED:
		if (w->t->options.tls_verify == CAMERA_TLS_VERIFY_CA)
			say(dst, size, "%s Set tls.verify = pin to trust it as it is", message);
		else
			say_certificate(w, message, dst, size);
		return TOOL_FAILED;
	case -EXDEV:
		say(dst, size, "Another camera answers at %s now: `pw-onvif list` shows where this one is", w->t->host);
		return TOOL_NOT_FOUND;
	case -ENOTSUP:
		if (w->next <= WALK_CLOCK)
			say(dst, size, "%s answers, but not as an ONVIF camera: switch ONVIF on in its web page, or try "
					"its stream, `pw-onvif probe rtsp://%s/...`", w->t->host, w->t->host);
		else
			say(dst, size, "%s", message);
		return TOOL_UNSUPPORTED;
	default:
		say(dst, size, "%s Try again; if it stays so, restart the camera", message);
		return TOOL_NOT_FOUND;
	}
}

/* ---- RTSP ---- */

static int say_unsupported(const struct walk *w, char *dst, size_t size)
{
	char offers[LIMIT_TEXT_LEN];

	walk_words_offers(w, offers, sizeof(offers));
	if (offers[0] && strcmp(w->t->options.codec, "auto") != 0)
		say(dst, size, "It offers only %s, but rtp.codec is %s: set it to auto", offers, w->t->options.codec);
	else if (offers[0])
		say(dst, size, "It offers only %s: choose G.711 (PCMU or PCMA) for audio output in its settings", offers);
	else if (w->info.hint[0] && w->info.n_audio_outputs != 0)
		say(dst, size, "This camera offers no way to its speaker. %s", w->info.hint);
	else
		say(dst, size, "This camera has no audio output, or it is off in its settings");
	return TOOL_UNSUPPORTED;
}

static int say_offline(const struct walk *w, enum walk_step step, char *dst, size_t size)
{
	static const char again[] = ": it is opened again";
	size_t len = strlen(w->st.error), tail = sizeof(again) - 1;

	/* (it is the service that does so) */
	if (len > tail && strcmp(w->st.error + len - tail, again) == 0)
		len -= tail;
	if (step != WALK_CONNECT) {
		say(dst, size, memchr(w->st.error, ':', len) ? "%.*s" :
				"%.*s. Try again; if it stays so, restart the camera", (int)len, w->st.error);
		return TOOL_FAILED;
	}
	say(dst, size, "%s. See that the camera is on, and RTSP switched on in it", w->st.error);
	return TOOL_NOT_FOUND;
}

/* 404, though it is the camera that said so */
static bool is_its_own_stream(const struct walk *w)
{
	return w->t->options.uri == NULL && strstr(w->st.error, "check rtsp.uri");
}

int walk_words_session(const struct walk *w, enum walk_step step, char *dst, size_t size)
{
	const struct session_status *st = &w->st;

	if (is_its_own_stream(w)) {
		say(dst, size, "The camera does not know the stream that it named itself. Try again; if it stays so, "
				"restart the camera");
		return TOOL_FAILED;
	}
	switch (st->public_state) {
	case SESSION_LOGIN_REQUIRED:
		if (st->auth_unsupported || (w->t->user && !w->t->refused && !st->credentials_refused))
			say(dst, size, "%s", st->error);
		else
			say_login(w, st->credentials_refused || w->t->refused, dst, size);
		return TOOL_LOGIN;
	case SESSION_BUSY:
		say(dst, size, "The speaker is in use by another client: end that one, or try again later; if there is "
				"none, restart the camera");
		return TOOL_BUSY;
	case SESSION_UNSUPPORTED:
		return say_unsupported(w, dst, size);
	case SESSION_REJECTED:
		if (w->location[0])
			say(dst, size, "The camera redirects to %s, which is not followed: set rtsp.uri to that",
					w->location);
		else if (step == WALK_CONNECT && w->t->options.tls_verify != CAMERA_TLS_VERIFY_CA)
			say_certificate(w, st->error, dst, size);
		else if (strstr(st->error, "455") && !w->t->options.forward_tracks)
			say(dst, size, "%s. It may want its own tracks to be set up, too: set rtsp.forward-tracks = true "
					"for it", st->error);
		else
			say(dst, size, "%s", st->error);
		return TOOL_FAILED;
	default:
		return say_offline(w, step, dst, size);
	}
}
