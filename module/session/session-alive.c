/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/session/session-impl.h"
#include "module/util/clock.h"

/*
 * RTP from us is no sign of life for a camera (Streaming 5.2.2.2): requests are. And
 * a camera on a send-only session has nothing to say: silence is no sign of death
 * (go2rtc#659). Some never answer a keepalive and play on (gortsplib); so only one
 * that used to answer, or one that takes no more audio either, counts as dead. The
 * first keepalive goes out soon, to learn which it is; one that used to answer and
 * does not is asked again every few seconds before it is given up: who listens
 * should not have to wait for two whole timeouts. The rest is TCP_USER_TIMEOUT's.
 */
#define INTERVAL_MIN_S	5u
#define INTERVAL_MAX_S	10u	/* a camera that hangs is noticed by it, too */
#define TIMEOUT_MIN_S	4u
#define TIMEOUT_S	60u
#define STUCK_NS	(UINT64_C(5) * SPA_NSEC_PER_SEC)
/* the first; one that used to answer is asked so often, and given up after so long */
#define FIRST_S		1u
#define DOUBT_S		5u
#define PATIENCE_S	15u
/* what a camera gets at least to answer */
#define ANSWER_NS	(UINT64_C(1) * SPA_NSEC_PER_SEC)
/* hung up so soon after GET_PARAMETER: because of it (HIPCAM, thingino) */
#define HANG_UP_NS	(UINT64_C(2) * SPA_NSEC_PER_SEC)

static uint64_t interval_ns(const struct session_alive *a)
{
	uint32_t s = SPA_CLAMP(a->timeout_s / 2, INTERVAL_MIN_S, INTERVAL_MAX_S);

	/* a real timeout that short would be over by then; below it is nonsense */
	if (a->timeout_s >= TIMEOUT_MIN_S && a->timeout_s < 2 * INTERVAL_MIN_S)
		s = a->timeout_s / 2;
	return s * SPA_NSEC_PER_SEC;
}

void session_alive_heard(struct session *s)
{
	s->alive.unanswered_since = 0;
}

static bool refuses_method(int status)
{
	return status == 400 || status == 405 || status == 451 || status == 454 ||
		status == 501 || status == 551;
}

static void send_keepalive(struct session *s);

static void on_keepalive(void *data, int res, const struct rtsp_message *reply)
{
	struct session *s = SPA_CONTAINER_OF(data, struct session, alive);
	struct session_alive *a = &s->alive;

	if (res == -ECANCELED)
		return;
	session_alive_heard(s);
	a->ever_answered = true;
	/* a 401 here is an answer like any other: whether the login still works shows
	 * when the next session is opened */
	if (res < 0)
		return;
	/* 454: the session is gone, but not one that began a second ago; there it means
	 * something else */
	if (a->last_was_get_parameter && refuses_method(reply->status)) {
		session_log(s, SPA_LOG_LEVEL_DEBUG, "GET_PARAMETER is answered with %d: "
				"OPTIONS from now on", reply->status);
		a->use_options = true;
		send_keepalive(s);
	} else if (reply->status == 454 && a->sent > a->started + DOUBT_S * SPA_NSEC_PER_SEC) {
		session_alive_closed(s);
		session_error_reply(s, reply);
		session_event(s, FSM_EV_NOT_FOUND);
	} else {
		session_take_timeout(s, reply);
	}
}

static void send_keepalive(struct session *s)
{
	struct session_alive *a = &s->alive;
	uint64_t now = clock_monotonic();

	a->last_was_get_parameter = (s->has_get_parameter || a->use_get_parameter) && !a->use_options;
	/* the one before, should it have no answer by now, needs none any more */
	rtsp_client_forget(s->client, a);
	if (rtsp_client_send(s->client, &(struct rtsp_request) {
			.method = a->last_was_get_parameter ? "GET_PARAMETER" : "OPTIONS",
			.uri = s->media.base,
			.session = s->id,
			.keepalive = true }, on_keepalive, a) < 0)
		return;
	a->sent = now;
	if (a->unanswered_since == 0)
		a->unanswered_since = now;
}

void session_alive_start(struct session *s)
{
	struct session_alive *a = &s->alive;
	uint64_t now = clock_monotonic();

	if (a->timeout_s == 0)
		a->timeout_s = TIMEOUT_S;
	a->sent = a->unanswered_since = 0;
	a->started = now;
	a->next = now + FIRST_S * SPA_NSEC_PER_SEC;
	a->last_bytes = 0;
	a->last_progress = now;
}

void session_alive_stop(struct session *s)
{
	if (s->client)
		rtsp_client_forget(s->client, &s->alive);
	s->alive.sent = s->alive.unanswered_since = 0;
}

void session_alive_closed(struct session *s)
{
	struct session_alive *a = &s->alive;
	uint64_t now = clock_monotonic();

	if (a->sent == 0)
		return;
	if (a->unanswered_since && a->last_was_get_parameter && now - a->sent < HANG_UP_NS)
		a->use_options = true;
	/* EvoStream: only GET_PARAMETER counts, listed in Public or not */
	else if (!a->last_was_get_parameter && now - a->started + HANG_UP_NS >=
	    a->timeout_s * SPA_NSEC_PER_SEC)
		a->use_get_parameter = true;
}

static bool is_stuck(struct session *s, uint64_t now)
{
	struct session_alive *a = &s->alive;
	struct rtsp_client_stats stats;

	rtsp_client_get_stats(s->client, &stats);
	if (stats.queued_bytes == 0 || stats.bytes_sent != a->last_bytes)
		a->last_progress = now;
	a->last_bytes = stats.bytes_sent;
	return now - a->last_progress >= STUCK_NS;
}

void session_alive_tick(struct session *s, uint64_t now)
{
	struct session_alive *a = &s->alive;
	uint64_t patience = SPA_MIN(PATIENCE_S, 2 * (uint64_t)a->timeout_s) * SPA_NSEC_PER_SEC;
	bool stuck, doubt;

	if (s->client == NULL || !s->connected)
		return;
	stuck = is_stuck(s, now);
	if (a->unanswered_since &&
	    ((stuck && now - a->sent >= ANSWER_NS) || (a->ever_answered && now - a->unanswered_since >= patience))) {
		/* should it be well after all, then it has stopped answering keepalives */
		a->ever_answered = false;
		session_set_error(s, "%s does not answer any more", s->host);
		session_event(s, FSM_EV_DEAD);
		return;
	}
	/* nothing is taken any more, or no answer came: ask now whether anybody is there */
	doubt = a->unanswered_since && a->ever_answered &&
		now - a->sent >= DOUBT_S * SPA_NSEC_PER_SEC;
	if (now >= a->next || doubt || (stuck && a->unanswered_since == 0)) {
		a->next = now + interval_ns(a);
		send_keepalive(s);
	}
}
