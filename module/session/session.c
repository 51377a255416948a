/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module/session/backoff.h"
#include "module/session/session-impl.h"
#include "module/util/clock.h"
#include "module/util/compat.h"

#define RESOLVE_MS	30000u
#define CONNECT_MS	5000u
#define REQUEST_MS	5000u
#define TEARDOWN_MS	500u
#define RETRY_DAILY_MS	(24u * 60u * 60u * 1000u)
/* after a drop of a session that worked: nobody should have to wait for back-off */
#define QUICK_MS	250u
/* while there is only the question whether a camera has a loudspeaker, one connection
 * attempt harms nobody, and somebody waits for the camera to appear */
#define PROBE_MAX_MS	10000u
#define TICK_MS		250u
/* while audio flows a packet's wake-up serves, and this timer only where none comes */
#define TICK_LATE_MS	60u
#define PROVEN_NS	(UINT64_C(60) * SPA_NSEC_PER_SEC)
/* all codecs that we have run at this rate; before the first DESCRIBE we assume it */
#define DEFAULT_RATE	8000u

#define session_emit(s, method, ...)						\
	do {									\
		if (!(s)->dead && (s)->events && (s)->events->method)		\
			(s)->events->method((s)->data, ##__VA_ARGS__);		\
	} while (0)

void session_log(struct session *s, enum spa_log_level level, const char *fmt, ...)
{
	char text[LIMIT_ERROR_LEN + 128];
	va_list args;

	if (s->env.log == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	s->env.log(s->env.log_data, level, text);
}

uint32_t session_rate(const struct session *s)
{
	return s->media.info.sample_rate ? s->media.info.sample_rate : DEFAULT_RATE;
}

uint32_t session_waiting_ms(struct session *s)
{
	return (uint32_t)((uint64_t)audio_ring_fill(s->ring) * MSEC_PER_SEC / session_rate(s));
}

bool session_is_connecting(const struct session *s)
{
	return s->state >= FSM_RESOLVE && s->state <= FSM_PLAY;
}

/* events to users */

void session_status_changed(struct session *s)
{
	session_fill_status(s);
	if (memcmp(&s->status, &s->emitted, sizeof(s->status)) != 0)
		spa_loop_utils_signal_event(s->env.loop, s->notify);
}

void session_free(struct session *s)
{
	free(s->cname);
	free(s);
}

static void on_notify(void *data, uint64_t count)
{
	struct session *s = data;
	struct session_status status;

	s->emitting = true;
	if (memcmp(&s->status, &s->emitted, sizeof(s->status)) != 0) {
		status = s->emitted = s->status;
		session_emit(s, status, &status);
	}
	if (!s->dead && s->want_resolve) {
		s->want_resolve = false;
		if (s->state == FSM_RESOLVE)
			session_emit(s, resolve);
	}
	if (!s->dead && s->want_stopped) {
		s->want_stopped = false;
		session_emit(s, stopped);
	}
	s->emitting = false;
	if (s->dead)
		session_free(s);
}

/* timers */

/* the first failure after a session that worked */
static bool is_quick(const struct session *s, uint32_t failures, enum fsm_event why)
{
	return s->was_streaming && failures <= 1 && why != FSM_EV_BUSY;
}

static uint32_t backoff_delay(struct session *s)
{
	const struct session_params *p = &s->settings.p;
	uint32_t floor_ms = s->backoff_floor_ms, max_ms = p->reconnect_max_ms;

	s->backoff_floor_ms = 0;
	if (is_quick(s, s->failures, s->cause))
		return 1 + random_below(QUICK_MS);
	if (!s->claimed)
		max_ms = SPA_MIN(max_ms, PROBE_MAX_MS);
	return floor_ms + backoff_ms(s->failures, p->reconnect_min_ms, max_ms);
}

/* \return false: a state without timer */
static bool state_timeout(struct session *s, uint32_t *ret_ms)
{
	switch (s->state) {
	case FSM_RESOLVE:
		*ret_ms = RESOLVE_MS;
		return true;
	case FSM_CONNECT:
		*ret_ms = CONNECT_MS;
		return true;
	case FSM_OPTIONS:
	case FSM_DESCRIBE:
	case FSM_SETUP:
	case FSM_PLAY:
		*ret_ms = REQUEST_MS;
		return true;
	case FSM_LINGER:
		/* the pacer still plays what waits, after what is left of the pre-roll */
		*ret_ms = s->settings.p.linger_ms + session_waiting_ms(s) +
			(s->was_streaming ? 0 : s->settings.p.preroll_ms);
		return true;
	case FSM_TEARDOWN:
		*ret_ms = TEARDOWN_MS;
		return true;
	case FSM_BACKOFF:
		*ret_ms = backoff_delay(s);
		return true;
	case FSM_BLOCKED:
		*ret_ms = RETRY_DAILY_MS;
		return s->cause == FSM_EV_NO_BACKCHANNEL;
	default:
		return false;
	}
}

void session_arm_state_timer(struct session *s)
{
	uint32_t ms;

	if (state_timeout(s, &ms))
		timer_arm(s->env.loop, s->state_timer, ms * NSEC_PER_MSEC);
	else
		timer_disarm(s->env.loop, s->state_timer);
}

/* Nobody answered: is there another way? */
static enum fsm_event timeout_event(struct session *s)
{
	bool other = false;

	switch (s->state) {
	case FSM_CONNECT:
		other = session_try_other(s, SESSION_NO_CONNECTION);
		break;
	case FSM_DESCRIBE:
		other = session_describe_hung(s) || session_try_other(s, SESSION_NO_CONNECTION);
		break;
	case FSM_SETUP:
		other = session_try_other(s, SESSION_NO_TRANSPORT);
		break;
	default:
		break;
	}
	return other ? FSM_EV_AGAIN : FSM_EV_TIMEOUT;
}

static void on_state_timer(void *data, uint64_t expirations)
{
	struct session *s = data;

	session_error_timeout(s);
	session_event(s, timeout_event(s));
}

/* At the same times for all sessions. */
static uint64_t next_tick(void)
{
	uint64_t interval = TICK_MS * NSEC_PER_MSEC;

	return (clock_monotonic() / interval + 1) * interval;
}

void session_update_tick(struct session *s)
{
	bool want = session_has_audio(s->state) || s->held ||
		(s->claimed && !s->stopping && s->state != FSM_BLOCKED);

	if (want == s->ticking)
		return;
	s->ticking = want;
	if (!want) {
		timer_disarm(s->env.loop, s->tick_timer);
		return;
	}
	s->tick_due = next_tick();
	timer_arm_at(s->env.loop, s->tick_timer, s->tick_due +
			(session_has_audio(s->state) ? TICK_LATE_MS * NSEC_PER_MSEC : 0));
}

static bool has_sound(struct audio_ring *ring)
{
	int16_t block[256];
	uint32_t n, skip = 0;

	do {
		n = audio_ring_peek(ring, skip, block, SPA_N_ELEMENTS(block));
		for (uint32_t i = 0; i < n; i++)
			if (block[i] != 0)
				return true;
		skip += n;
	} while (n == SPA_N_ELEMENTS(block));
	return false;
}

static void tick(struct session *s, uint64_t now)
{
	s->ticking = false;
	session_update_tick(s);

	if (s->streaming_since && now - s->streaming_since >= PROVEN_NS)
		s->failures = 0;
	if (s->held && now >= s->held_until) {
		s->held = false;
		session_event(s, FSM_EV_RELEASE);
	}
	/* nobody else reads the ring: it keeps the newest, beginning with a sound */
	if (!session_has_audio(s->state) && s->claimed)
		pacer_hold(s->ring, session_rate(s), s->settings.p.hold_ms);
	if (s->silenced && (s->state == FSM_IDLE || s->state == FSM_LINGER) &&
	    has_sound(s->ring)) {
		s->silenced = false;
		session_event(s, FSM_EV_CLAIM);
	}
	if (session_has_audio(s->state))
		session_audio_tick(s, now);
	if (session_has_audio(s->state))
		session_transport_tick(s, now);
	if (session_has_audio(s->state))
		session_alive_tick(s, now);
}

void session_tick(struct session *s, uint64_t now)
{
	if (s->ticking && now >= s->tick_due)
		tick(s, now);
}

static void on_tick_timer(void *data, uint64_t expirations)
{
	tick(data, clock_monotonic());
}

/* the machine */

static void set_state(struct session *s, enum fsm_state state)
{
	if (state == s->state)
		return;
	session_log(s, SPA_LOG_LEVEL_DEBUG, "%s -> %s", fsm_state_name(s->state),
			fsm_state_name(state));
	s->state = state;

	session_arm_state_timer(s);
	if (state == FSM_STREAMING) {
		s->was_streaming = true;
		/* (over UDP to a port that is not known nothing goes) */
		if (s->udp == NULL || s->udp_bound) {
			s->learned.transport = s->route.transport;
			s->learned.rtsp_port = s->route.rtsp_port;
			session_route_reset(s);
		}
		if (s->streaming_since == 0)
			s->streaming_since = clock_monotonic();
	} else if (state != FSM_LINGER) {
		s->streaming_since = 0;
	}
	if (state == FSM_BACKOFF || state == FSM_IDLE || state == FSM_BLOCKED) {
		s->was_streaming = false;
		session_route_reset(s);
	}
	if (state == FSM_IDLE || state == FSM_BLOCKED) {
		s->probing = false;
		s->backoff_floor_ms = 0;
	}
	if (session_has_audio(state) || (state == FSM_IDLE && !s->troubled))
		session_clear_error(s);
	session_update_tick(s);
	session_status_changed(s);
}

static void execute(struct session *s, uint32_t actions)
{
	if (actions & FSM_ACT_STOP_AUDIO)
		session_audio_stop(s);
	if (actions & FSM_ACT_TEARDOWN)
		session_teardown(s);
	if (actions & FSM_ACT_CLOSE)
		session_close(s);
	if (actions & FSM_ACT_FORGET_URI)
		s->uri_stale = true;
	if (actions & FSM_ACT_COUNT_FAILURE) {
		s->failures++;
		s->counters.failures++;
	}
	if (actions & FSM_ACT_CLEAR_FAILURES)
		s->failures = 0;
	if (actions & FSM_ACT_FLUSH_RING)
		audio_ring_drop(s->ring, UINT32_MAX);
	if (actions & FSM_ACT_RESOLVE) {
		s->want_resolve = true;
		spa_loop_utils_signal_event(s->env.loop, s->notify);
	}
	if (actions & FSM_ACT_CONNECT)
		session_connect(s);
	if (actions & FSM_ACT_OPTIONS)
		session_options(s);
	if (actions & FSM_ACT_DESCRIBE)
		session_describe(s);
	if (actions & FSM_ACT_SETUP)
		session_setup(s);
	if (actions & FSM_ACT_PLAY)
		session_play(s);
	if (actions & FSM_ACT_START_AUDIO)
		session_audio_start(s);
	if (actions & FSM_ACT_LINGER)
		session_audio_linger(s, true);
	if (actions & FSM_ACT_UNLINGER)
		session_audio_linger(s, false);
	if (actions & FSM_ACT_STOPPED) {
		s->want_stopped = true;
		spa_loop_utils_signal_event(s->env.loop, s->notify);
	}
}

/* For users: an attempt that failed is "offline" until one succeeds (not "connecting"
 * once a minute), but a drop that is repaired at once is none. */
static void note_trouble(struct session *s, enum fsm_event event, const struct fsm_step *next)
{
	if (next->actions & FSM_ACT_CLEAR_FAILURES)
		session_clear_error(s);
	if (next->actions & FSM_ACT_CLEAR_FAILURES || next->state == FSM_PREROLL ||
	    (s->state == FSM_DESCRIBE && event == FSM_EV_OK))
		s->troubled = false;
	if (!(next->actions & FSM_ACT_COUNT_FAILURE))
		return;
	s->troubled = s->state != FSM_LINGER && !is_quick(s, s->failures + 1, event);
	s->trouble = event;
}

static void step(struct session *s, enum fsm_event event)
{
	struct fsm_facts facts;
	struct fsm_step next;
	bool again;

	if (s->state == FSM_DESCRIBE && event == FSM_EV_OK)
		s->probing = false;
	/* out of BLOCKED without anybody playing: to see whether it helped */
	if (s->state == FSM_BLOCKED && (event == FSM_EV_CHANGED || event == FSM_EV_HELLO ||
	    event == FSM_EV_TIMEOUT))
		s->probing = true;

	facts = (struct fsm_facts) {
		.claimed = (s->claimed && !s->silenced) || s->held,
		.probing = s->probing,
		.have_uri = s->uri[0] != '\0' && !s->uri_stale,
		.can_resolve = s->settings.p.can_resolve,
		.options_known = s->options_known,
		.session_open = s->id[0] != '\0',
		.connected = s->connected,
		.stopping = s->stopping,
		.failures = s->failures,
		.cause = s->cause,
		.after = s->after,
	};
	next = fsm_step(s->state, event, &facts);
	session_log(s, SPA_LOG_LEVEL_TRACE, "%s in %s", fsm_event_name(event),
			fsm_state_name(s->state));
	/* better the old URI than none */
	if (s->state == FSM_RESOLVE && next.actions & FSM_ACT_COUNT_FAILURE)
		s->uri_stale = false;
	s->after = next.after;
	s->cause = next.cause;
	note_trouble(s, event, &next);
	execute(s, next.actions);
	again = s->state == FSM_CONNECT && next.actions & FSM_ACT_CONNECT;
	set_state(s, next.state);
	if (again)
		session_arm_state_timer(s);
	if (s->state == FSM_BLOCKED && next.actions != 0) {
		/* entered, perhaps from itself and for another reason */
		s->probing = false;
		if (s->status.error[0] == '\0')
			session_set_error(s, "No stream URI is known: set rtsp.uri");
		session_arm_state_timer(s);
		session_status_changed(s);
	}

	/* what was held for is on its way (the pacer plays it out), or lost */
	if (s->held && !session_is_connecting(s)) {
		s->held = false;
		session_update_tick(s);
		session_event(s, FSM_EV_RELEASE);
	}
}

/* An action may lead to the next event: they follow each other, never nest. */
void session_event(struct session *s, enum fsm_event event)
{
	if (s->n_queue == SESSION_EVENTS_MAX) {
		session_log(s, SPA_LOG_LEVEL_WARN, "too many events: %s is lost",
				fsm_event_name(event));
		return;
	}
	s->queue[s->n_queue++] = event;
	if (s->running)
		return;

	s->running = true;
	while (s->n_queue > 0) {
		enum fsm_event first = s->queue[0];

		memmove(s->queue, s->queue + 1, --s->n_queue * sizeof(s->queue[0]));
		step(s, first);
	}
	s->running = false;
}

/* object */

/* what was found out about the camera may be wrong by now */
void session_forget_learned(struct session *s)
{
	s->options_known = false;
	s->alive.use_options = s->alive.use_get_parameter = false;
	s->learned = (struct session_learned) { .transport = s->learned.transport };
	session_route_reset(s);
}

void session_use_settings_uri(struct session *s)
{
	const char *uri = s->settings.uri ? s->settings.uri : "";

	/* checked by session_check_uri(): it fits */
	snprintf(s->uri, sizeof(s->uri), "%s", uri);
	s->uri_stale = false;
	session_forget_learned(s);
}

int session_new(const struct session_env *env, const struct session_params *params,
		struct audio_ring *ring, const struct session_events *events, void *data,
		struct session **ret)
{
	struct session *s;
	int res;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -ENOMEM;
	s->env = *env;
	s->ring = ring;
	s->events = events;
	s->data = data;
	if ((res = session_settings_init(&s->settings, params)) < 0)
		goto error;

	res = -ENOMEM;
	if ((s->cname = strdup(env->cname)) == NULL)
		goto error;
	s->state_timer = compat_add_timer(env->loop, on_state_timer, s);
	s->tick_timer = compat_add_timer(env->loop, on_tick_timer, s);
	s->notify = compat_add_event(env->loop, on_notify, s);
	if (s->state_timer == NULL || s->tick_timer == NULL || s->notify == NULL)
		goto error;

	session_use_settings_uri(s);
	session_fill_status(s);
	s->emitted = s->status;
	*ret = s;
	return 0;
error:
	session_destroy(s);
	return res;
}

static void destroy_source(struct session *s, struct spa_source **source)
{
	if (*source)
		spa_loop_utils_destroy_source(s->env.loop, *source);
	*source = NULL;
}

void session_destroy(struct session *s)
{
	if (s == NULL)
		return;
	s->connected = false;		/* nothing more is said */
	session_audio_stop(s);
	session_close(s);
	destroy_source(s, &s->state_timer);
	destroy_source(s, &s->tick_timer);
	destroy_source(s, &s->notify);
	session_settings_clear(&s->settings);
	s->dead = true;
	if (!s->emitting)
		session_free(s);
}
