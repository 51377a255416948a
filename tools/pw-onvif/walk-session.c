/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/walk-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/util/text.h"

/* ---- what is said on the wire ---- */

static struct str body_of(struct str text)
{
	ptrdiff_t end = str_search(text, STR_LIT("\r\n\r\n"));

	return end < 0 ? STR_LIT("") : str_make(text.p + end + 4, text.len - (size_t)end - 4);
}

static enum walk_step step_of_method(struct str method)
{
	if (str_eq(method, STR_LIT("SETUP")))
		return WALK_SETUP;
	if (str_eq(method, STR_LIT("PLAY")) || str_eq(method, STR_LIT("RECORD")))
		return WALK_PLAY;
	if (str_eq(method, STR_LIT("TEARDOWN")))
		return WALK_TEARDOWN;
	return WALK_DESCRIBE;
}

static void take_request(struct walk *w, struct str text)
{
	enum walk_step step;
	struct str method;

	if (str_until(&text, ' ', sizeof(w->asked) - 1, &method) < 0)
		return;
	step = step_of_method(method);
	/* keepalives are no steps */
	if (w->playing && step != WALK_TEARDOWN)
		return;
	str_copy(method, w->asked, sizeof(w->asked));
	walk_took(w, w->under_way);
	w->under_way = step;
	if (step != WALK_TEARDOWN)
		w->reached = SPA_MAX(w->reached, step);
}

/* who is sent elsewhere wants to know where */
static void take_location(struct walk *w, struct str text)
{
	static const struct str name = STR_LIT("Location:");
	struct str line;

	while (str_line(&text, LIMIT_LINE_LEN, &line) == 0 && line.len > 0)
		if (line.len > name.len && str_ieq(str_make(line.p, name.len), name))
			str_copy(str_trim(str_make(line.p + name.len, line.len - name.len)), w->location,
					sizeof(w->location));
}

static void take_reply(struct walk *w, struct str text)
{
	uint64_t status;
	struct str cur = text;

	if (!str_has_prefix(cur, STR_LIT("RTSP/1.0 ")))
		return;
	cur = str_make(cur.p + 9, cur.len - 9);
	if (str_uint(&cur, 999, &status) < 0 || (w->playing && strcmp(w->asked, "TEARDOWN") != 0))
		return;
	walk_took(w, w->under_way);
	if (strcmp(w->asked, "TEARDOWN") == 0)
		w->torn_down = true;
	w->location[0] = '\0';
	if (status / 100 == 3)
		take_location(w, text);
	if (strcmp(w->asked, "DESCRIBE") != 0 || status / 100 != 2)
		return;
	buf_reset(&w->sdp);
	buf_add_slice(&w->sdp, body_of(text));
}

static void on_trace(void *data, bool sent, struct str text)
{
	struct walk *w = data;

	(sent ? take_request : take_reply)(w, text);
	if (w->events->trace)
		w->events->trace(w->data, sent, text);
}

/* ---- where the session is ---- */

static enum walk_step step_of(enum fsm_state state)
{
	switch (state) {
	case FSM_CONNECT:
		return WALK_CONNECT;
	case FSM_OPTIONS:
	case FSM_DESCRIBE:
		return WALK_DESCRIBE;
	case FSM_SETUP:
		return WALK_SETUP;
	case FSM_PLAY:
		return WALK_PLAY;
	case FSM_PREROLL:
	case FSM_STREAMING:
	case FSM_LINGER:
		return WALK_TEARDOWN;
	default:
		return WALK_CONNECT;
	}
}

static void tell_step(struct walk *w, enum walk_step step)
{
	char offers[LIMIT_TEXT_LEN];

	switch (step) {
	case WALK_CONNECT:
		walk_tell(w, step, WALK_DONE, "%s", w->st.address);
		break;
	case WALK_DESCRIBE:
		walk_words_offers(w, offers, sizeof(offers));
		walk_tell(w, step, WALK_DONE, "offers %s; %s is used", offers, w->st.codec);
		break;
	case WALK_PLAY:
		walk_tell(w, step, WALK_DONE, "%s", w->st.transport);
		break;
	default:
		walk_tell(w, step, WALK_DONE, "%s", "");
		break;
	}
}

/* what lies behind it by now */
static void tell_until(struct walk *w, enum walk_step step)
{
	while (!w->ended && w->next < step)
		tell_step(w, w->next);
}

static void session_failed(struct walk *w)
{
	char sentence[WALK_TEXT_LEN];
	enum walk_step step;
	int status;

	/* states that follow each other fast are told as one */
	tell_until(w, w->reached);
	/* (the sound was on its way) */
	step = SPA_MIN(w->next, WALK_PLAY);
	status = walk_words_session(w, step, sentence, sizeof(sentence));
	walk_fail(w, step, status, sentence);
}

static void tell_teardown(struct walk *w)
{
	if (w->next < WALK_TEARDOWN)
		return;
	if (w->torn_down)
		walk_tell(w, WALK_TEARDOWN, WALK_DONE, "%s", "");
	else
		walk_tell(w, WALK_TEARDOWN, WALK_DOUBTFUL, "The camera does not answer it: it may keep its speaker "
				"for a minute");
}

/* IDLE again: there was no more to do */
static void session_idle(struct walk *w)
{
	if (w->p.describe_only) {
		tell_until(w, WALK_SETUP);
		if (w->p.served)
			walk_tell(w, WALK_SETUP, WALK_DOUBTFUL, "not tried: the running service plays to this camera, "
					"and a speaker takes one client at a time");
		walk_end(w, TOOL_OK);
	} else if (w->finishing) {
		tell_teardown(w);
		walk_end(w, TOOL_OK);
	}
}

/* Once it spoke to us, a camera has a second try, as the module gives it many: some say 454 the
 * first time. (A login is never at stake: a refused one leads to BLOCKED.) */
static bool is_for_the_moment(struct walk *w)
{
	if (w->tried_again || w->reached == WALK_CONNECT || w->st.public_state == SESSION_BUSY)
		return false;
	return w->tried_again = true;
}

static void on_status(void *data, const struct session_status *status)
{
	struct walk *w = data;
	enum fsm_state before = w->st.state;

	w->st = *status;
	target_take_server(w->t, status->server);
	if (w->ended || status->state == before)
		return;
	w->playing = status->state == FSM_STREAMING || status->state == FSM_LINGER;
	switch (status->state) {
	case FSM_BACKOFF:
		if (!w->stopping && !is_for_the_moment(w))
			session_failed(w);
		break;
	case FSM_BLOCKED:
		if (!w->stopping)
			session_failed(w);
		break;
	case FSM_IDLE:
		if (!w->stopping)
			session_idle(w);
		break;
	case FSM_RESOLVE:
	case FSM_TEARDOWN:
		break;
	default:
		tell_until(w, step_of(status->state));
		if (status->state == FSM_STREAMING && !w->stopping)
			w->events->playing(w->data);
		break;
	}
}

static void on_stopped(void *data)
{
	struct walk *w = data;

	tell_teardown(w);
	walk_end(w, w->status);
}

static const struct session_events session_events = {
	SESSION_VERSION_EVENTS,
	.status = on_status,
	.stopped = on_stopped,
};

static const char *text_or_null(const char *s)
{
	return s[0] ? s : NULL;
}

/* as the module has it, for one try */
static void fill_params(const struct walk *w, struct session_params *p)
{
	const struct camera_options *o = &w->t->options;
	const struct device_info *info = &w->info;
	const struct device_profile *profile = &info->profile[0];

	*p = (struct session_params) {
		.uri = o->uri ? o->uri : profile->uri,
		.uri_tls = o->uri ? NULL : text_or_null(profile->uri_tls),
		.uri_http = o->uri ? NULL : text_or_null(profile->uri_http),
		.http_port = info->https ? 0 : info->http_port,
		.https_port = info->https ? info->http_port : 0,
		.transport = (enum session_transport)o->transport,
		.learned = session_transport_find(facts_get(w->t->facts, w->t->key, "transport")),
		.tls = camera_tls_security(o->tls_verify),
		.tls_pin = target_rtsp_pin(w->t),
		.forward_tracks = o->forward_tracks,
		.allow_basic = o->basic,
		.codec = o->codec,
		.ptime_ms = o->ptime_ms,
		.preroll_ms = o->preroll_ms,
		.hold_ms = o->hold_ms,
		.linger_ms = SPA_MIN(w->p.linger_ms, o->linger_ms),
		.reconnect_min_ms = o->reconnect_min_ms,
		.reconnect_max_ms = o->reconnect_max_ms,
	};
	if (w->t->user && !w->t->refused) {
		p->user = w->t->user;
		p->password = &w->t->password;
		p->login_by_tls = w->t->tls_pin && !info->https;
	}
}

void walk_session(struct walk *w)
{
	struct session_params params;
	struct session_env env = {
		.loop = w->tool->loop->utils,
		.net = w->net,
		.pacer = w->pacer,
		.codec = w->codec,
		.cname = w->cname,
		.trace = on_trace,
		.log_data = w,
	};
	int res;

	if (w->ended)
		return;
	fill_params(w, &params);
	res = session_new(&env, &params, w->p.ring, &session_events, w, &w->session);
	if (res < 0) {
		w->session = NULL;
		walk_fail(w, WALK_CONNECT, TOOL_FAILED, res == -EINVAL ?
				"The stream's address cannot be used: check rtsp.uri" : strerror(-res));
		return;
	}
	/* for it, IDLE is where it comes back to */
	w->st.state = FSM_IDLE;
	w->under_way = w->reached = WALK_CONNECT;
	if (w->p.describe_only)
		session_probe(w->session);
	else
		session_claim(w->session, true);
}
