/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>

#include "module/session/backoff.h"
#include "module/session/fsm.h"
#include "module/util/random.h"
#include "tests/lib/test.h"

static const char letters[FSM_N_STATES + 1] = {
	[FSM_IDLE] = 'I', [FSM_RESOLVE] = 'R', [FSM_CONNECT] = 'C', [FSM_OPTIONS] = 'O',
	[FSM_DESCRIBE] = 'D', [FSM_SETUP] = 'S', [FSM_PLAY] = 'P', [FSM_PREROLL] = 'W',
	[FSM_STREAMING] = 'A', [FSM_LINGER] = 'L', [FSM_TEARDOWN] = 'T',
	[FSM_BACKOFF] = 'B', [FSM_BLOCKED] = 'X',
};

/*
 * Where every pair leads while everything is as it usually is: a URI is known and
 * SOAP could give another, first failure, the facts of the connection as the state
 * implies. Columns:
 *   claim release probe | resolved resolve-failed connected | ok auth-failed
 *   no-backchannel busy not-found rejected | closed timeout dead | preroll-done |
 *   changed hello again | stop
 */
static const char * const claimed_rows[FSM_N_STATES] = {
	[FSM_IDLE] =		"CIC III IIIIII III I III I",
	[FSM_RESOLVE] =		"RRR CBR RXXRRX RBR R CRR I",
	[FSM_CONNECT] =		"CCC CCO CXXBRX BBB C CCC I",
	[FSM_OPTIONS] =		"OOO OOO DXDDDD BDB O COC I",
	[FSM_DESCRIBE] =	"DDD DDD SXXBRX BBB D CDC I",
	[FSM_SETUP] =		"SSS SSS PXXBRX BBB S CSC I",
	[FSM_PLAY] =		"PPP PPP WTTTTT BTB P TPT T",
	[FSM_PREROLL] =		"WWW WWW WTTTTT BWB A WWT T",
	[FSM_STREAMING] =	"AAA AAA ATTTTT BAB A AAT T",
	[FSM_LINGER] =		"ALL LLL LTTTTT BTB L LLT T",
	[FSM_TEARDOWN] =	"TTT TTT CCCCCC CCC T TTT T",
	[FSM_BACKOFF] =		"CBB BBB BBBBBB BCB B CCB I",
	[FSM_BLOCKED] =		"CXX XXX XXXXXX XXX X CCX I",
};
static const char * const released_rows[FSM_N_STATES] = {
	[FSM_IDLE] =		"CIC III IIIIII III I III I",
	[FSM_RESOLVE] =		"RIR CIR RXXRRX RIR R CRR I",
	[FSM_CONNECT] =		"CIC CCO CXXIIX III C ICI I",
	[FSM_OPTIONS] =		"OIO OOO DXDDDD IDI O IOI I",
	[FSM_DESCRIBE] =	"DID DDD IXXIIX III D IDI I",
	[FSM_SETUP] =		"SSS SSS TXXIIX III S ISI I",
	[FSM_PLAY] =		"PTP PPP WTTTTT ITI P TPT T",
	[FSM_PREROLL] =		"WLW WWW WTTTTT IWI L WWT T",
	[FSM_STREAMING] =	"ALA AAA ATTTTT IAI A AAT T",
	[FSM_LINGER] =		"ALL LLL LTTTTT ITI L LLT T",
	[FSM_TEARDOWN] =	"TTT TTT IIIIII III T TTT T",
	[FSM_BACKOFF] =		"IIB BBB BBBBBB BIB B IIB I",
	[FSM_BLOCKED] =		"CXX XXX XXXXXX XXX X CCX I",
};

static struct fsm_facts usual(enum fsm_state state, enum fsm_event event, bool claimed)
{
	return (struct fsm_facts){
		.claimed = claimed,
		.have_uri = true,
		.can_resolve = true,
		.connected = event != FSM_EV_CLOSED &&
			state >= FSM_OPTIONS && state <= FSM_TEARDOWN,
		.session_open = (state >= FSM_PLAY && state <= FSM_TEARDOWN) ||
			(state == FSM_SETUP && event == FSM_EV_OK),
		.cause = FSM_EV_CLOSED,
	};
}

static void check_rows(const char * const rows[FSM_N_STATES], bool claimed)
{
	for (uint32_t s = 0; s < FSM_N_STATES; s++) {
		uint32_t e = 0;
		for (const char *p = rows[s]; *p; p++) {
			struct fsm_facts f;
			struct fsm_step step;

			if (*p == ' ')
				continue;
			f = usual(s, e, claimed);
			step = fsm_step(s, e, &f);
			if (letters[step.state] != *p)
				test_fail(__FILE__, __LINE__, "%s + %s%s leads to %s, wanted %c",
						fsm_state_name(s), fsm_event_name(e),
						claimed ? " (claimed)" : "",
						fsm_state_name(step.state), *p);
			e++;
		}
		check_int(e, FSM_N_EVENTS);
	}
}

static void test_table(void)
{
	check_rows(claimed_rows, true);
	check_rows(released_rows, false);
}

/* each action belongs to the state that it leads to */
static void check_actions(enum fsm_state from, enum fsm_event ev, const struct fsm_facts *f,
		const struct fsm_step *st)
{
	static const struct { uint32_t action; enum fsm_state state; } into[] = {
		{ FSM_ACT_RESOLVE, FSM_RESOLVE }, { FSM_ACT_CONNECT, FSM_CONNECT },
		{ FSM_ACT_OPTIONS, FSM_OPTIONS }, { FSM_ACT_DESCRIBE, FSM_DESCRIBE },
		{ FSM_ACT_SETUP, FSM_SETUP }, { FSM_ACT_PLAY, FSM_PLAY },
		{ FSM_ACT_START_AUDIO, FSM_PREROLL }, { FSM_ACT_LINGER, FSM_LINGER },
		{ FSM_ACT_UNLINGER, FSM_STREAMING }, { FSM_ACT_TEARDOWN, FSM_TEARDOWN },
		{ FSM_ACT_STOPPED, FSM_IDLE },
	};
	bool audio_from = from == FSM_PREROLL || from == FSM_STREAMING || from == FSM_LINGER;
	bool audio_to = st->state == FSM_PREROLL || st->state == FSM_STREAMING ||
		st->state == FSM_LINGER;

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(into); i++) {
		if (st->actions & into[i].action)
			check_int(st->state, into[i].state);
		/* and entering such a state has its action: nobody waits for nothing */
		if (into[i].action < FSM_ACT_START_AUDIO && from != st->state &&
		    st->state == into[i].state)
			check(st->actions & into[i].action);
	}
	check_int(!!(st->actions & FSM_ACT_STOP_AUDIO), audio_from && !audio_to);
	check_int(!!(st->actions & FSM_ACT_START_AUDIO), !audio_from && audio_to);
	/* no connection where none belongs */
	if ((st->state == FSM_IDLE || st->state == FSM_BACKOFF || st->state == FSM_BLOCKED) &&
	    from >= FSM_CONNECT && from <= FSM_TEARDOWN)
		check(st->actions & FSM_ACT_CLOSE);
	if (st->actions & FSM_ACT_CLOSE && f->session_open && f->connected)
		check(from == FSM_TEARDOWN || ev == FSM_EV_DEAD ||
				from == FSM_DESCRIBE || from == FSM_RESOLVE || from == FSM_BACKOFF);
	if (st->state == FSM_BLOCKED && from != FSM_BLOCKED)
		check(st->actions & FSM_ACT_FLUSH_RING);
	if (st->actions & FSM_ACT_FORGET_URI)
		check(f->can_resolve && st->actions & FSM_ACT_COUNT_FAILURE);
}

static void check_rules(enum fsm_state from, enum fsm_event ev, const struct fsm_facts *f)
{
	struct fsm_step st = fsm_step(from, ev, f);

	check((uint32_t)st.state < FSM_N_STATES);
	check_actions(from, ev, f, &st);

	if (ev == FSM_EV_STOP) {
		if (from == FSM_TEARDOWN || (f->session_open && f->connected)) {
			check_int(st.state, FSM_TEARDOWN);
			check_int(st.after, FSM_IDLE);
		} else {
			check_int(st.state, FSM_IDLE);
			check(st.actions & FSM_ACT_STOPPED);
		}
	}
	/* not one RTP byte before PLAY's 200 */
	if (st.state == FSM_PREROLL && from != FSM_PREROLL)
		check(from == FSM_PLAY && ev == FSM_EV_OK);
	if (st.state == FSM_STREAMING && from != FSM_STREAMING)
		check(from == FSM_PREROLL || from == FSM_LINGER);
	if (st.state == FSM_SETUP && from != FSM_SETUP)
		check(from == FSM_DESCRIBE && ev == FSM_EV_OK && f->claimed && !f->stopping);
	/* a wrong password is not tried again by anything but a change */
	if (from == FSM_BLOCKED && st.state != FSM_BLOCKED) {
		check(ev == FSM_EV_CHANGED || ev == FSM_EV_STOP || f->cause != FSM_EV_AUTH_FAILED);
		check(ev == FSM_EV_CHANGED || ev == FSM_EV_STOP || ev == FSM_EV_HELLO ||
			(ev == FSM_EV_TIMEOUT && f->cause == FSM_EV_NO_BACKCHANNEL) ||
			(ev == FSM_EV_CLAIM && f->cause != FSM_EV_NO_BACKCHANNEL));
	}
	if (st.state == FSM_BACKOFF && from != FSM_BACKOFF)
		check((f->claimed || f->probing) && !f->stopping);
	if (st.state == FSM_RESOLVE && from != FSM_RESOLVE)
		check(f->can_resolve && (!f->have_uri || st.actions & FSM_ACT_FORGET_URI));
	/* nobody knocks faster at a busy camera */
	if (from == FSM_BACKOFF && f->cause == FSM_EV_BUSY && ev == FSM_EV_CLAIM)
		check_int(st.state, FSM_BACKOFF);
	/* going away means away */
	if (f->stopping && from != FSM_BLOCKED && from != FSM_BACKOFF)
		check(st.state != FSM_CONNECT || from == FSM_CONNECT);
	if (st.state == from && from != FSM_TEARDOWN && from != FSM_RESOLVE &&
	    from != FSM_BLOCKED && from != FSM_CONNECT && from != FSM_IDLE)
		check_int(st.actions, 0);
}

/* every pair under every combination of facts */
static void test_rules(void)
{
	static const enum fsm_state afters[] = { FSM_IDLE, FSM_BACKOFF, FSM_BLOCKED };
	static const enum fsm_event causes[] = { FSM_EV_CLOSED, FSM_EV_AUTH_FAILED,
		FSM_EV_NO_BACKCHANNEL, FSM_EV_BUSY, FSM_EV_REJECTED };
	uint64_t n = 0;

	for (uint32_t s = 0; s < FSM_N_STATES; s++)
	for (uint32_t e = 0; e < FSM_N_EVENTS; e++)
	for (uint32_t bits = 0; bits < 256; bits++)
	for (uint32_t failures = 0; failures < 4; failures++)
	for (uint32_t a = 0; a < SPA_N_ELEMENTS(afters); a++)
	for (uint32_t c = 0; c < SPA_N_ELEMENTS(causes); c++, n++) {
		struct fsm_facts f = {
			.claimed = bits & 1, .probing = bits & 2, .have_uri = bits & 4,
			.can_resolve = bits & 8, .options_known = bits & 16,
			.session_open = bits & 32, .connected = bits & 64,
			.stopping = bits & 128, .failures = failures,
			.cause = causes[c], .after = afters[a],
		};
		check_rules(s, e, &f);
	}
	check_int(n, 13 * 20 * 256 * 4 * 3 * 5);
}

static void test_resolve(void)
{
	struct fsm_facts f = usual(FSM_IDLE, FSM_EV_CLAIM, true);
	struct fsm_step st;

	f.have_uri = false;
	check_int(fsm_step(FSM_IDLE, FSM_EV_CLAIM, &f).state, FSM_RESOLVE);
	f.can_resolve = false;
	check_int(fsm_step(FSM_IDLE, FSM_EV_CLAIM, &f).state, FSM_BLOCKED);

	/* 404: ask at once, then be patient */
	f = usual(FSM_DESCRIBE, FSM_EV_NOT_FOUND, true);
	st = fsm_step(FSM_DESCRIBE, FSM_EV_NOT_FOUND, &f);
	check_int(st.state, FSM_RESOLVE);
	check_int(st.actions, FSM_ACT_CLOSE | FSM_ACT_FORGET_URI | FSM_ACT_COUNT_FAILURE |
			FSM_ACT_RESOLVE);
	f.failures = 1;
	st = fsm_step(FSM_DESCRIBE, FSM_EV_NOT_FOUND, &f);
	check_int(st.state, FSM_BACKOFF);
	check(st.actions & FSM_ACT_FORGET_URI);
	f.can_resolve = false;
	st = fsm_step(FSM_DESCRIBE, FSM_EV_NOT_FOUND, &f);
	check_int(st.state, FSM_BACKOFF);
	check(!(st.actions & FSM_ACT_FORGET_URI));

	/* every third failure in a row */
	f = usual(FSM_CONNECT, FSM_EV_CLOSED, true);
	for (f.failures = 0; f.failures < 9; f.failures++) {
		st = fsm_step(FSM_CONNECT, FSM_EV_CLOSED, &f);
		check_int(!!(st.actions & FSM_ACT_FORGET_URI), f.failures % 3 == 2);
	}
	/* an answer without URI is none */
	f = usual(FSM_RESOLVE, FSM_EV_RESOLVED, true);
	f.have_uri = false;
	check_int(fsm_step(FSM_RESOLVE, FSM_EV_RESOLVED, &f).state, FSM_BACKOFF);
}

static void test_teardown(void)
{
	struct fsm_facts f = usual(FSM_PLAY, FSM_EV_AUTH_FAILED, true);
	struct fsm_step st = fsm_step(FSM_PLAY, FSM_EV_AUTH_FAILED, &f);

	check_int(st.state, FSM_TEARDOWN);
	check_int(st.after, FSM_BLOCKED);
	check_int(st.cause, FSM_EV_AUTH_FAILED);
	f.after = st.after;
	f.cause = st.cause;
	st = fsm_step(FSM_TEARDOWN, FSM_EV_TIMEOUT, &f);
	check_int(st.state, FSM_BLOCKED);
	check_int(st.cause, FSM_EV_AUTH_FAILED);
	/* new credentials arrive meanwhile */
	st = fsm_step(FSM_TEARDOWN, FSM_EV_CHANGED, &f);
	check_int(st.after, FSM_IDLE);
	/* hearsay changes nothing */
	st = fsm_step(FSM_TEARDOWN, FSM_EV_HELLO, &f);
	check_int(st.after, FSM_BLOCKED);
	/* stopped meanwhile */
	st = fsm_step(FSM_TEARDOWN, FSM_EV_STOP, &f);
	check_int(st.after, FSM_IDLE);
	f.after = st.after;
	f.stopping = true;
	st = fsm_step(FSM_TEARDOWN, FSM_EV_OK, &f);
	check_int(st.state, FSM_IDLE);
	check(st.actions & FSM_ACT_STOPPED);
}

static void test_probe(void)
{
	struct fsm_facts f = usual(FSM_DESCRIBE, FSM_EV_OK, false);
	struct fsm_step st;

	f.probing = true;
	st = fsm_step(FSM_DESCRIBE, FSM_EV_OK, &f);
	check_int(st.state, FSM_IDLE);
	check_int(st.actions, FSM_ACT_CLOSE | FSM_ACT_FLUSH_RING);
	check_int(fsm_step(FSM_CONNECT, FSM_EV_CLOSED, &f).state, FSM_BACKOFF);
	check_int(fsm_step(FSM_BACKOFF, FSM_EV_TIMEOUT, &f).state, FSM_CONNECT);
	check_int(fsm_step(FSM_BACKOFF, FSM_EV_RELEASE, &f).state, FSM_BACKOFF);
	check_int(fsm_step(FSM_DESCRIBE, FSM_EV_RELEASE, &f).state, FSM_DESCRIBE);
	f.options_known = true;
	check_int(fsm_step(FSM_CONNECT, FSM_EV_CONNECTED, &f).state, FSM_DESCRIBE);
}

static void test_names(void)
{
	for (uint32_t i = 0; i < FSM_N_STATES; i++)
		for (uint32_t k = 0; k < i; k++)
			check(strcmp(fsm_state_name(i), fsm_state_name(k)) != 0);
	for (uint32_t i = 0; i < FSM_N_EVENTS; i++)
		for (uint32_t k = 0; k < i; k++)
			check(strcmp(fsm_event_name(i), fsm_event_name(k)) != 0);
	check_str(fsm_state_name(FSM_N_STATES), "?");
	check_str(fsm_event_name(FSM_N_EVENTS), "?");
}

static void fill_low(void *dst, size_t len)
{
	memset(dst, 0, len);
}

static void test_backoff(void)
{
	static const struct { uint32_t failures, cap; } rows[] = {
		{ 0, 1000 }, { 1, 1000 }, { 2, 2000 }, { 3, 4000 }, { 6, 32000 },
		{ 7, 60000 }, { 8, 60000 }, { UINT32_MAX, 60000 },
	};

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		uint32_t max = 0, min = UINT32_MAX;
		for (uint32_t k = 0; k < 3000; k++) {
			uint32_t ms = backoff_ms(rows[i].failures, 1000, 60000);
			max = SPA_MAX(max, ms);
			min = SPA_MIN(min, ms);
		}
		check(min >= 1 && max <= rows[i].cap);
		/* uniform: both ends are come near to */
		check(min < rows[i].cap / 20 && max > rows[i].cap - rows[i].cap / 20);
	}
	random_set_source(fill_low);
	check_int(backoff_ms(5, 1000, 60000), 1);
	random_set_source(NULL);
	check_int(backoff_ms(9, 0, 0), 1);
	check(backoff_ms(3, 5000, 100) <= 100);
	check(backoff_ms(UINT32_MAX, 1, UINT32_MAX) >= 1);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "table", test_table },
		{ "rules", test_rules },
		{ "resolve", test_resolve },
		{ "teardown", test_teardown },
		{ "probe", test_probe },
		{ "names", test_names },
		{ "backoff", test_backoff },
	};
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
