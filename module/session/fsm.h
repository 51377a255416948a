/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_FSM_H
#define ONVIF_FSM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The session's state machine as a pure function: (state, event, facts) ->
 * (state, actions). session.c executes; nothing here does I/O, allocates or knows
 * the time, so that every (state, event) pair is one row of a test.
 */
enum fsm_state {
	FSM_IDLE,		/* no connection, nobody plays */
	FSM_RESOLVE,		/* the main loop asks the camera for its stream URI (SOAP) */
	FSM_CONNECT,
	FSM_OPTIONS,		/* once per firmware: which keepalive it takes */
	FSM_DESCRIBE,		/* every time: codecs change behind our back (Dahua VTO) */
	FSM_SETUP,
	FSM_PLAY,		/* not one RTP byte before its 200 (Reolink) */
	FSM_PREROLL,
	FSM_STREAMING,
	FSM_LINGER,		/* nobody plays any more; silence flows, the speaker is still ours */
	FSM_TEARDOWN,
	FSM_BACKOFF,
	FSM_BLOCKED,		/* not tried again until something changed */
	FSM_N_STATES,
};

enum fsm_event {
	FSM_EV_CLAIM,		/* somebody plays to the sink */
	FSM_EV_RELEASE,		/* nobody does any more */
	FSM_EV_PROBE,		/* find out whether there is a backchannel, without claiming it */
	FSM_EV_RESOLVED,
	FSM_EV_RESOLVE_FAILED,	/* for now: unreachable, timeout, fault */
	FSM_EV_CONNECTED,
	FSM_EV_OK,		/* the awaited reply, 2xx and usable */
	FSM_EV_AUTH_FAILED,	/* wrong or missing credentials, no usable scheme */
	FSM_EV_NO_BACKCHANNEL,	/* 551, or an SDP without a usable sendonly section */
	FSM_EV_BUSY,		/* 453, or SETUP/PLAY refused because somebody else talks */
	FSM_EV_NOT_FOUND,	/* 404, 454: the URI or session is stale */
	FSM_EV_REJECTED,	/* any other refusal */
	FSM_EV_CLOSED,		/* the connection failed or ended */
	FSM_EV_TIMEOUT,		/* the state's timer */
	FSM_EV_DEAD,		/* keepalives unanswered */
	FSM_EV_PREROLL_DONE,
	FSM_EV_CHANGED,		/* settings, credentials, a user's reconnect request: what
				 * blocked us may be gone */
	FSM_EV_HELLO,		/* Hello or a network change: hearsay, so it cuts a wait short
				 * but never makes us try refused credentials again */
	FSM_EV_AGAIN,		/* the same by another way (transport, without Require): no failure */
	FSM_EV_STOP,		/* we are going away */
	FSM_N_EVENTS,
};

/* What the decision may depend on besides state and event. */
struct fsm_facts {
	bool claimed;		/* an active input link plays */
	bool probing;		/* a probe was asked for and has no answer yet */
	bool have_uri;
	bool can_resolve;	/* SOAP may give us a URI */
	bool options_known;	/* for this firmware */
	bool session_open;	/* a SETUP was answered with a Session */
	bool connected;
	bool stopping;
	uint32_t failures;	/* in a row, before this event */
	enum fsm_event cause;	/* what led to BACKOFF or BLOCKED (or will, after TEARDOWN) */
	enum fsm_state after;	/* in TEARDOWN: what the last step said */
};

enum fsm_action {
	FSM_ACT_STOP_AUDIO	= 1 << 0,	/* with an RTCP BYE while connected */
	FSM_ACT_TEARDOWN	= 1 << 1,
	FSM_ACT_CLOSE		= 1 << 2,
	FSM_ACT_FORGET_URI	= 1 << 3,	/* ask again by SOAP */
	FSM_ACT_COUNT_FAILURE	= 1 << 4,
	FSM_ACT_CLEAR_FAILURES	= 1 << 5,
	FSM_ACT_FLUSH_RING	= 1 << 6,	/* what waits will not be heard */
	FSM_ACT_RESOLVE		= 1 << 7,
	FSM_ACT_CONNECT		= 1 << 8,
	FSM_ACT_OPTIONS		= 1 << 9,
	FSM_ACT_DESCRIBE	= 1 << 10,
	FSM_ACT_SETUP		= 1 << 11,
	FSM_ACT_PLAY		= 1 << 12,
	FSM_ACT_START_AUDIO	= 1 << 13,	/* pacer, keepalives, RTCP */
	FSM_ACT_LINGER		= 1 << 14,	/* silence instead of the ring */
	FSM_ACT_UNLINGER	= 1 << 15,
	FSM_ACT_STOPPED		= 1 << 16,
};

struct fsm_step {
	enum fsm_state state;
	uint32_t actions;	/* in the order of their bits */
	/* to be remembered as facts */
	enum fsm_state after;	/* in TEARDOWN: IDLE, BACKOFF or BLOCKED */
	enum fsm_event cause;
};

struct fsm_step fsm_step(enum fsm_state state, enum fsm_event event, const struct fsm_facts *facts);

const char *fsm_state_name(enum fsm_state state);
const char *fsm_event_name(enum fsm_event event);

#endif /* ONVIF_FSM_H */
