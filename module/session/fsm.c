/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>

#include "module/session/fsm.h"

/* after so many failures in a row the URI is suspect: ports and profiles change
 * with firmware and with settings made in the camera's web page */
#define FAILURES_PER_RESOLVE	3u

static struct fsm_step go(enum fsm_state state, uint32_t actions)
{
	return (struct fsm_step){ .state = state, .actions = actions, .after = FSM_IDLE };
}

static bool wanted(const struct fsm_facts *f)
{
	return f->claimed || f->probing;
}

/* towards a connection, from a state that has none */
static struct fsm_step begin(const struct fsm_facts *f, uint32_t actions)
{
	if (f->stopping)
		return go(FSM_IDLE, actions);
	if (f->have_uri)
		return go(FSM_CONNECT, actions | FSM_ACT_CONNECT);
	if (f->can_resolve)
		return go(FSM_RESOLVE, actions | FSM_ACT_RESOLVE);
	return go(FSM_BLOCKED, actions | FSM_ACT_FLUSH_RING);
}

/* away from a connection on which no session is open any more */
static struct fsm_step leave(const struct fsm_facts *f, uint32_t actions, enum fsm_state after)
{
	actions |= FSM_ACT_CLOSE;
	if (f->stopping)
		return go(FSM_IDLE, actions | FSM_ACT_FLUSH_RING | FSM_ACT_STOPPED);
	if (after == FSM_BLOCKED)
		return go(FSM_BLOCKED, actions | FSM_ACT_FLUSH_RING);
	if (!wanted(f))
		return go(FSM_IDLE, actions | FSM_ACT_FLUSH_RING);
	if (after == FSM_BACKOFF)
		return go(FSM_BACKOFF, actions);
	return begin(f, actions);
}

/* The camera keeps the speaker until its own timeout (60 s) unless told */
static struct fsm_step finish(const struct fsm_facts *f, uint32_t actions, enum fsm_state after)
{
	struct fsm_step step;

	if (!f->session_open || !f->connected)
		return leave(f, actions, after);
	step = go(FSM_TEARDOWN, actions | FSM_ACT_TEARDOWN);
	step.after = after;
	return step;
}

static struct fsm_step fail(const struct fsm_facts *f, uint32_t actions)
{
	actions |= FSM_ACT_COUNT_FAILURE;
	if (f->can_resolve && (f->failures + 1) % FAILURES_PER_RESOLVE == 0)
		actions |= FSM_ACT_FORGET_URI;
	return finish(f, actions, FSM_BACKOFF);
}

/* The first time the answer is a new URI at once; should that be no better, waiting is */
static struct fsm_step not_found(const struct fsm_facts *f)
{
	struct fsm_facts without_uri = *f;
	uint32_t actions = FSM_ACT_COUNT_FAILURE;

	if (!f->can_resolve)
		return finish(f, actions, FSM_BACKOFF);
	without_uri.have_uri = false;
	return finish(&without_uri, actions | FSM_ACT_FORGET_URI,
			f->failures == 0 ? FSM_IDLE : FSM_BACKOFF);
}

/* What any state with a connection does about bad news */
static struct fsm_step trouble(enum fsm_state state, enum fsm_event event,
		const struct fsm_facts *f, uint32_t actions)
{
	switch (event) {
	case FSM_EV_AUTH_FAILED:
	case FSM_EV_NO_BACKCHANNEL:
	case FSM_EV_REJECTED:
		return finish(f, actions, FSM_BLOCKED);
	case FSM_EV_BUSY:
	case FSM_EV_CLOSED:
		return fail(f, actions);
	case FSM_EV_DEAD:
	{
		/* who answers nothing will not answer TEARDOWN */
		struct fsm_facts gone = *f;
		gone.connected = false;
		return fail(&gone, actions);
	}
	default:
		return (struct fsm_step){ .state = state, .after = f->after };
	}
}

static struct fsm_step in_idle(enum fsm_event event, const struct fsm_facts *f)
{
	switch (event) {
	case FSM_EV_CLAIM:
	case FSM_EV_PROBE:
		return begin(f, FSM_ACT_CLEAR_FAILURES);
	default:
		return go(FSM_IDLE, 0);
	}
}

static struct fsm_step in_resolve(enum fsm_event event, const struct fsm_facts *f)
{
	switch (event) {
	case FSM_EV_RESOLVED:
		if (f->have_uri)
			return begin(f, 0);
		SPA_FALLTHROUGH;
	case FSM_EV_RESOLVE_FAILED:
	case FSM_EV_TIMEOUT:
		return finish(f, FSM_ACT_COUNT_FAILURE, FSM_BACKOFF);
	case FSM_EV_AUTH_FAILED:
	case FSM_EV_NO_BACKCHANNEL:
	case FSM_EV_REJECTED:
		return finish(f, 0, FSM_BLOCKED);
	case FSM_EV_RELEASE:
		return wanted(f) ? go(FSM_RESOLVE, 0) : leave(f, 0, FSM_IDLE);
	case FSM_EV_CHANGED:
		return begin(f, FSM_ACT_CLEAR_FAILURES);
	default:
		return go(FSM_RESOLVE, 0);
	}
}

/* CONNECT, OPTIONS, DESCRIBE: a connection, no session yet */
static struct fsm_step before_session(enum fsm_state state, enum fsm_event event,
		const struct fsm_facts *f)
{
	switch (event) {
	case FSM_EV_NOT_FOUND:
		return not_found(f);
	case FSM_EV_TIMEOUT:
		return fail(f, 0);
	case FSM_EV_RELEASE:
		return wanted(f) ? go(state, 0) : finish(f, 0, FSM_IDLE);
	case FSM_EV_CHANGED:
		/* what is under way was begun with the old settings */
		return finish(f, FSM_ACT_CLEAR_FAILURES, FSM_IDLE);
	case FSM_EV_AGAIN:
		return finish(f, 0, FSM_IDLE);
	default:
		return trouble(state, event, f, 0);
	}
}

static struct fsm_step in_connect(enum fsm_event event, const struct fsm_facts *f)
{
	if (event != FSM_EV_CONNECTED)
		return before_session(FSM_CONNECT, event, f);
	if (f->options_known)
		return go(FSM_DESCRIBE, FSM_ACT_DESCRIBE);
	return go(FSM_OPTIONS, FSM_ACT_OPTIONS);
}

static struct fsm_step in_options(enum fsm_event event, const struct fsm_facts *f)
{
	switch (event) {
	case FSM_EV_OK:
	case FSM_EV_TIMEOUT:
	case FSM_EV_NO_BACKCHANNEL:
	case FSM_EV_BUSY:
	case FSM_EV_NOT_FOUND:
	case FSM_EV_REJECTED:
		/* only a preference depends on it */
		return go(FSM_DESCRIBE, FSM_ACT_DESCRIBE);
	default:
		return before_session(FSM_OPTIONS, event, f);
	}
}

static struct fsm_step in_describe(enum fsm_event event, const struct fsm_facts *f)
{
	if (event != FSM_EV_OK)
		return before_session(FSM_DESCRIBE, event, f);
	if (f->claimed && !f->stopping)
		return go(FSM_SETUP, FSM_ACT_SETUP);
	/* a probe: we know what we wanted to know */
	return go(FSM_IDLE, FSM_ACT_CLOSE | FSM_ACT_FLUSH_RING);
}

static struct fsm_step in_setup(enum fsm_event event, const struct fsm_facts *f)
{
	switch (event) {
	case FSM_EV_OK:
		if (f->claimed)
			return go(FSM_PLAY, FSM_ACT_PLAY);
		return finish(f, 0, FSM_IDLE);
	case FSM_EV_RELEASE:
		/* the reply brings the Session that TEARDOWN needs */
		return go(FSM_SETUP, 0);
	default:
		return before_session(FSM_SETUP, event, f);
	}
}

static struct fsm_step in_play(enum fsm_event event, const struct fsm_facts *f)
{
	switch (event) {
	case FSM_EV_OK:
		return go(FSM_PREROLL, FSM_ACT_START_AUDIO);
	case FSM_EV_RELEASE:
		return f->claimed ? go(FSM_PLAY, 0) : finish(f, 0, FSM_IDLE);
	default:
		return before_session(FSM_PLAY, event, f);
	}
}

/* PREROLL, STREAMING, LINGER: packets flow */
static struct fsm_step with_audio(enum fsm_state state, enum fsm_event event,
		const struct fsm_facts *f)
{
	/* 454 to a keepalive: the session is stale, not the URI */
	if (event == FSM_EV_NOT_FOUND)
		return fail(f, FSM_ACT_STOP_AUDIO);
	if (event == FSM_EV_AGAIN)
		return finish(f, FSM_ACT_STOP_AUDIO, FSM_IDLE);
	return trouble(state, event, f,
			event == FSM_EV_AUTH_FAILED || event == FSM_EV_NO_BACKCHANNEL ||
			event == FSM_EV_REJECTED || event == FSM_EV_BUSY ||
			event == FSM_EV_CLOSED || event == FSM_EV_DEAD ?
			FSM_ACT_STOP_AUDIO : 0);
}

static struct fsm_step in_preroll(enum fsm_event event, const struct fsm_facts *f)
{
	switch (event) {
	case FSM_EV_PREROLL_DONE:
		if (f->claimed)
			return go(FSM_STREAMING, 0);
		return go(FSM_LINGER, FSM_ACT_LINGER);
	case FSM_EV_RELEASE:
		return f->claimed ? go(FSM_PREROLL, 0) : go(FSM_LINGER, FSM_ACT_LINGER);
	default:
		return with_audio(FSM_PREROLL, event, f);
	}
}

static struct fsm_step in_streaming(enum fsm_event event, const struct fsm_facts *f)
{
	if (event == FSM_EV_RELEASE && !f->claimed)
		return go(FSM_LINGER, FSM_ACT_LINGER);
	return with_audio(FSM_STREAMING, event, f);
}

static struct fsm_step in_linger(enum fsm_event event, const struct fsm_facts *f)
{
	switch (event) {
	case FSM_EV_CLAIM:
		return go(FSM_STREAMING, FSM_ACT_UNLINGER);
	case FSM_EV_TIMEOUT:
		return finish(f, FSM_ACT_STOP_AUDIO, FSM_IDLE);
	default:
		return with_audio(FSM_LINGER, event, f);
	}
}

static struct fsm_step in_teardown(enum fsm_event event, const struct fsm_facts *f)
{
	struct fsm_step step = { .state = FSM_TEARDOWN, .after = f->after };

	switch (event) {
	case FSM_EV_OK:
	case FSM_EV_AUTH_FAILED:
	case FSM_EV_NO_BACKCHANNEL:
	case FSM_EV_BUSY:
	case FSM_EV_NOT_FOUND:
	case FSM_EV_REJECTED:
	case FSM_EV_CLOSED:
	case FSM_EV_TIMEOUT:
	case FSM_EV_DEAD:
		/* whatever it says, we said good-bye */
		return leave(f, 0, f->after);
	case FSM_EV_CHANGED:
		step.after = FSM_IDLE;
		step.actions = FSM_ACT_CLEAR_FAILURES;
		return step;
	default:
		return step;
	}
}

static struct fsm_step in_backoff(enum fsm_event event, const struct fsm_facts *f)
{
	switch (event) {
	case FSM_EV_TIMEOUT:
		return leave(f, 0, FSM_IDLE);
	case FSM_EV_CHANGED:
	case FSM_EV_HELLO:
		return leave(f, FSM_ACT_CLEAR_FAILURES, FSM_IDLE);
	case FSM_EV_CLAIM:
		/* it waits only for a probe: somebody wants to hear something now.
		 * But who was told "busy" does not knock faster (rule 16). */
		if (f->cause == FSM_EV_BUSY)
			return go(FSM_BACKOFF, 0);
		return leave(f, 0, FSM_IDLE);
	case FSM_EV_RELEASE:
		return wanted(f) ? go(FSM_BACKOFF, 0) : leave(f, 0, FSM_IDLE);
	default:
		return go(FSM_BACKOFF, 0);
	}
}

static struct fsm_step in_blocked(enum fsm_event event, const struct fsm_facts *f)
{
	const uint32_t again = FSM_ACT_CLEAR_FAILURES | FSM_ACT_FLUSH_RING;

	switch (event) {
	case FSM_EV_CHANGED:
		return begin(f, again);
	case FSM_EV_HELLO:
		/* one more wrong password and the account is locked for half an hour */
		if (f->cause == FSM_EV_AUTH_FAILED)
			break;
		return begin(f, again);
	case FSM_EV_CLAIM:
		/* these two stay true however often somebody plays */
		if (f->cause == FSM_EV_AUTH_FAILED || f->cause == FSM_EV_NO_BACKCHANNEL)
			break;
		return begin(f, again);
	case FSM_EV_TIMEOUT:
		/* firmware grows a backchannel at times: looked at daily */
		if (f->cause != FSM_EV_NO_BACKCHANNEL)
			break;
		return begin(f, again);
	default:
		break;
	}
	return go(FSM_BLOCKED, 0);
}

static struct fsm_step in_any(enum fsm_state state, enum fsm_event event, const struct fsm_facts *f)
{
	switch (state) {
	case FSM_IDLE:
		return in_idle(event, f);
	case FSM_RESOLVE:
		return in_resolve(event, f);
	case FSM_CONNECT:
		return in_connect(event, f);
	case FSM_OPTIONS:
		return in_options(event, f);
	case FSM_DESCRIBE:
		return in_describe(event, f);
	case FSM_SETUP:
		return in_setup(event, f);
	case FSM_PLAY:
		return in_play(event, f);
	case FSM_PREROLL:
		return in_preroll(event, f);
	case FSM_STREAMING:
		return in_streaming(event, f);
	case FSM_LINGER:
		return in_linger(event, f);
	case FSM_TEARDOWN:
		return in_teardown(event, f);
	case FSM_BACKOFF:
		return in_backoff(event, f);
	case FSM_BLOCKED:
		return in_blocked(event, f);
	case FSM_N_STATES:
		break;
	}
	return go(FSM_IDLE, FSM_ACT_CLOSE);
}

static struct fsm_step stop(enum fsm_state state, const struct fsm_facts *f)
{
	struct fsm_facts stopping = *f;
	uint32_t actions = 0;

	stopping.stopping = true;
	if (state == FSM_TEARDOWN)
		return (struct fsm_step){ .state = FSM_TEARDOWN, .after = FSM_IDLE };
	if (state == FSM_PREROLL || state == FSM_STREAMING || state == FSM_LINGER)
		actions |= FSM_ACT_STOP_AUDIO;
	return finish(&stopping, actions, FSM_IDLE);
}

struct fsm_step fsm_step(enum fsm_state state, enum fsm_event event, const struct fsm_facts *f)
{
	struct fsm_step step;
	bool decided;

	step = event == FSM_EV_STOP ? stop(state, f) : in_any(state, event, f);

	/* what TEARDOWN postponed was caused by what led to TEARDOWN */
	decided = state == FSM_TEARDOWN && f->after == step.state;
	step.cause = f->cause;
	if (step.state != state && !decided &&
	    (step.state == FSM_BACKOFF || step.state == FSM_BLOCKED || step.state == FSM_TEARDOWN))
		step.cause = event;
	/* tried again, and there is no URI any more */
	if (state == FSM_BLOCKED && step.state == FSM_BLOCKED && step.actions != 0)
		step.cause = event;
	return step;
}

const char *fsm_state_name(enum fsm_state state)
{
	static const char * const names[FSM_N_STATES] = {
		[FSM_IDLE] = "idle", [FSM_RESOLVE] = "resolve", [FSM_CONNECT] = "connect",
		[FSM_OPTIONS] = "options", [FSM_DESCRIBE] = "describe", [FSM_SETUP] = "setup",
		[FSM_PLAY] = "play", [FSM_PREROLL] = "preroll", [FSM_STREAMING] = "streaming",
		[FSM_LINGER] = "linger", [FSM_TEARDOWN] = "teardown", [FSM_BACKOFF] = "backoff",
		[FSM_BLOCKED] = "blocked",
	};
	return (uint32_t)state < FSM_N_STATES ? names[state] : "?";
}

const char *fsm_event_name(enum fsm_event event)
{
	static const char * const names[FSM_N_EVENTS] = {
		[FSM_EV_CLAIM] = "claim", [FSM_EV_RELEASE] = "release", [FSM_EV_PROBE] = "probe",
		[FSM_EV_RESOLVED] = "resolved", [FSM_EV_RESOLVE_FAILED] = "resolve-failed",
		[FSM_EV_CONNECTED] = "connected", [FSM_EV_OK] = "ok",
		[FSM_EV_AUTH_FAILED] = "auth-failed", [FSM_EV_NO_BACKCHANNEL] = "no-backchannel",
		[FSM_EV_BUSY] = "busy", [FSM_EV_NOT_FOUND] = "not-found",
		[FSM_EV_REJECTED] = "rejected", [FSM_EV_CLOSED] = "closed",
		[FSM_EV_TIMEOUT] = "timeout", [FSM_EV_DEAD] = "dead",
		[FSM_EV_PREROLL_DONE] = "preroll-done", [FSM_EV_CHANGED] = "changed",
		[FSM_EV_HELLO] = "hello", [FSM_EV_AGAIN] = "again", [FSM_EV_STOP] = "stop",
	};
	return (uint32_t)event < FSM_N_EVENTS ? names[event] : "?";
}
