/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/walk-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module/util/clock.h"
#include "module/util/random.h"
#include "module/util/text.h"
#include "spa-plugin/codec-loader.h"
#include "tools/pw-onvif/redact.h"

#define CONNECT_TIMEOUT_MS	5000u

static const struct {
	const char *name, *label;
} steps[WALK_N_STEPS] = {
	[WALK_REACH] = { "reach", "reachable" },
	[WALK_SERVICE] = { "service", "ONVIF" },
	[WALK_CLOCK] = { "clock", "clock" },
	[WALK_LOGIN] = { "login", "login" },
	[WALK_PROFILES] = { "profiles", "media profiles" },
	[WALK_OUTPUT] = { "output", "audio output" },
	[WALK_STREAM] = { "stream", "stream address" },
	[WALK_CONNECT] = { "connect", "RTSP" },
	[WALK_DESCRIBE] = { "describe", "DESCRIBE" },
	[WALK_SETUP] = { "setup", "SETUP" },
	[WALK_PLAY] = { "play", "PLAY" },
	[WALK_TEARDOWN] = { "teardown", "TEARDOWN" },
};

const char *walk_step_name(enum walk_step step)
{
	return steps[step].name;
}

const char *walk_step_label(enum walk_step step)
{
	return steps[step].label;
}

/* ---- steps ---- */

static void tell(struct walk *w, enum walk_step step, enum walk_mark mark, const char *text)
{
	char shown[WALK_TEXT_LEN] = "";
	uint64_t now = clock_monotonic();
	struct buf b;

	/* a camera's words and addresses are in it */
	buf_init(&b, LIMIT_LINE_LEN);
	if (redact_logins(str_from(text), &b) == 0)
		text_sanitize(buf_str(&b), shown, sizeof(shown));
	buf_clear(&b);
	w->events->step(w->data, &(struct walk_result) {
			.step = step, .mark = mark, .text = shown,
			.ns = w->took[step] + (w->took[step] == 0 || mark == WALK_FAILED ? now - w->since : 0) });
	w->next = step + 1;
	w->since = now;
}

void walk_took(struct walk *w, enum walk_step step)
{
	uint64_t now = clock_monotonic();

	w->took[step] += now - w->since;
	w->since = now;
}

void walk_tell(struct walk *w, enum walk_step step, enum walk_mark mark, const char *fmt, ...)
{
	char text[LIMIT_LINE_LEN];
	va_list args;

	if (w->ended || step < w->next)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	tell(w, step, mark, text);
}

void walk_fail(struct walk *w, enum walk_step step, int status, const char *sentence)
{
	if (w->ended)
		return;
	tell(w, step, WALK_FAILED, sentence);
	walk_end(w, status);
}

void walk_end(struct walk *w, int status)
{
	if (w->ended)
		return;
	w->ended = true;
	w->playing = false;
	w->status = status;
	walk_known(w);
	pw_loop_signal_event(w->tool->loop, w->begin);
}

void walk_known(struct walk *w)
{
	if (w->known)
		return;
	w->known = true;
	if (w->events->known)
		w->events->known(w->data);
}

/* ---- does anybody answer there ---- */

static void on_connected(void *data, const char *address)
{
	struct walk *w = data;

	net_stream_destroy(w->stream);
	w->stream = NULL;
	walk_tell(w, WALK_REACH, WALK_DONE, "%s port %u", address, w->t->port);
	walk_query(w);
}

static void on_nothing(void *data)
{
	/* what it says before it is asked anything does not matter: the connection ends here */
}

static void on_closed(void *data, int res, const char *message)
{
	struct walk *w = data;
	char sentence[WALK_TEXT_LEN];
	int status;

	net_stream_destroy(w->stream);
	w->stream = NULL;
	status = walk_words_unreachable(w, res, message, sentence, sizeof(sentence));
	walk_fail(w, WALK_REACH, status, sentence);
}

static const struct net_stream_events stream_events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_nothing,
	.writable = on_nothing,
	.closed = on_closed,
};

static void reach(struct walk *w)
{
	struct net_target target = {
		.host = w->t->host, .port = w->t->port, .connect_timeout_ms = CONNECT_TIMEOUT_MS,
	};
	int res;

	if (w->t->reached) {
		w->took[WALK_REACH] = w->t->reach_ns;
		on_connected(w, w->t->host);
		return;
	}
	if ((res = net_connect(w->net, &target, &stream_events, w, &w->stream)) < 0) {
		w->stream = NULL;
		on_closed(w, res, strerror(-res));
	}
}

/* ---- object ---- */

static void on_begin(void *data, uint64_t count)
{
	struct walk *w = data;

	if (w->ended) {
		w->events->done(w->data, w->status);
		return;
	}
	w->since = clock_monotonic();
	/* who names a stream means that one */
	if (w->t->options.uri) {
		w->next = WALK_CONNECT;
		walk_session(w);
	} else {
		reach(w);
	}
}

static int load_codecs(struct walk *w)
{
	static const struct spa_dict_item items[] = {
		SPA_DICT_ITEM_INIT(SPA_KEY_LIBRARY_NAME, SPA_ONVIF_CODEC_LIB("g711")),
	};

	w->codec_handle = pw_load_spa_handle(SPA_ONVIF_CODEC_LIB("g711"), SPA_ONVIF_CODEC_FACTORY("g711"),
			&SPA_DICT_INIT_ARRAY(items), 0, NULL);
	if (w->codec_handle == NULL)
		return -ENOENT;
	return onvif_codec_from_handle(w->codec_handle, &w->codec);
}

int walk_new(struct tool *tool, struct target *target, const struct walk_params *params,
		const struct walk_events *events, void *data, struct walk **ret)
{
	struct walk *w = calloc(1, sizeof(*w));
	int res;

	if (w == NULL)
		return -ENOMEM;
	w->tool = tool;
	w->t = target;
	w->p = *params;
	w->events = events;
	w->data = data;
	buf_init(&w->sdp, LIMIT_RTSP_BODY_LEN);
	random_uuid(w->cname);
	if ((res = load_codecs(w)) < 0)
		goto error;
	res = -ENOMEM;
	if ((w->begin = pw_loop_add_event(tool->loop, on_begin, w)) == NULL ||
	    (w->net = net_curl_new(tool->loop->utils)) == NULL ||
	    (w->http = http_curl_new(tool->loop->utils)) == NULL ||
	    (w->pacer = pacer_new(tool->loop->utils)) == NULL)
		goto error;
	pw_loop_signal_event(tool->loop, w->begin);
	*ret = w;
	return 0;
error:
	walk_destroy(w);
	return res;
}

void walk_destroy(struct walk *w)
{
	if (w == NULL)
		return;
	session_destroy(w->session);
	device_query_destroy(w->query);
	net_stream_destroy(w->stream);
	if (w->pacer)
		pacer_destroy(w->pacer);
	http_destroy(w->http);
	net_destroy(w->net);
	if (w->begin)
		pw_loop_destroy_source(w->tool->loop, w->begin);
	if (w->codec_handle)
		pw_unload_spa_handle(w->codec_handle);
	buf_clear(&w->sdp);
	free(w);
}

void walk_finish(struct walk *w)
{
	if (w->ended || w->finishing || w->session == NULL)
		return;
	w->finishing = true;
	session_claim(w->session, false);
}

void walk_stop(struct walk *w, int status)
{
	if (w->ended || w->stopping)
		return;
	w->stopping = true;
	w->status = status;
	if (w->session)
		session_stop(w->session);
	else
		walk_end(w, status);
}

bool walk_is_playing(const struct walk *w)
{
	return w->playing;
}

const struct session_status *walk_status(const struct walk *w)
{
	return &w->st;
}

const struct device_info *walk_info(const struct walk *w)
{
	return &w->info;
}

struct str walk_sdp(const struct walk *w)
{
	return buf_str(&w->sdp);
}
