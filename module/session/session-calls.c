/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/string.h>

#include "module/session/session-impl.h"
#include "module/util/clock.h"
#include "module/util/uri.h"

/* anybody can send Hello: one in so many seconds is heard */
#define KICK_NS		(UINT64_C(5) * SPA_NSEC_PER_SEC)

/* (the one that we told about comes back as a setting) */
static bool is_other_key(const struct session *s, const char *pin)
{
	const char *old = s->settings.tls_pin ? s->settings.tls_pin : s->status.tls_pin;

	return pin != NULL && !spa_streq(pin, old);
}

int session_update(struct session *s, const struct session_params *params)
{
	struct session_settings new, old = s->settings;
	bool login, target;
	int res;

	if ((res = session_settings_init(&new, params)) < 0)
		return res;
	login = !session_login_equal(&new, &old) || is_other_key(s, new.tls_pin);
	target = !session_target_equal(&new, &old);
	s->settings = new;
	/* a URI that became possible to find counts when none is known */
	if (target || (s->uri[0] == '\0' && new.p.can_resolve && !old.p.can_resolve)) {
		session_use_settings_uri(s);
		target = true;
	}
	if (login) {
		s->status.credentials_refused = s->status.auth_unsupported = false;
		s->login_worked = s->login_doubted = false;
	}
	session_settings_clear(&old);
	if (login || target)
		session_event(s, FSM_EV_CHANGED);
	session_status_changed(s);
	return 0;
}

void session_claim(struct session *s, bool claimed)
{
	if (claimed == s->claimed || s->stopping)
		return;
	s->claimed = claimed;

	if (claimed && s->held) {
		s->held = false;
	} else if (claimed) {
		session_event(s, FSM_EV_CLAIM);
	} else if (s->silenced) {
		s->silenced = false;
	} else if (session_is_connecting(s) && audio_ring_fill(s->ring) > 0) {
		/* a sound shorter than connecting takes is heard nevertheless */
		s->held = true;
		s->held_until = clock_monotonic() + s->settings.p.hold_ms * NSEC_PER_MSEC;
	} else {
		session_event(s, FSM_EV_RELEASE);
	}
	session_update_tick(s);
}

/* some cameras put user and password into what GetStreamUri returns */
static int take_uri(struct session *s, const char *text)
{
	char plain[sizeof(s->uri)];
	struct uri u;
	int res;

	if ((res = uri_parse(str_from(text), &u)) < 0 ||
	    (res = uri_format(&u, plain, sizeof(plain))) < 0 ||
	    (res = session_check_uri(plain)) < 0)
		return res;
	snprintf(s->uri, sizeof(s->uri), "%s", plain);
	s->uri_stale = false;
	return 0;
}

void session_resolved(struct session *s, int res, const char *uri, const char *message)
{
	if (res == 0 && (res = uri ? take_uri(s, uri) : -ENOENT) < 0)
		message = "The camera named no usable stream URI";
	if (s->state != FSM_RESOLVE)
		return;
	if (res == 0) {
		session_event(s, FSM_EV_RESOLVED);
		return;
	}
	session_set_error(s, "%s", message && message[0] ? message :
			"The camera could not be asked for its stream URI");
	if (res == -EACCES) {
		session_event(s, FSM_EV_AUTH_FAILED);
	} else if (res == -ENOTSUP) {
		s->status.backchannel = SESSION_BACKCHANNEL_NO;
		session_event(s, FSM_EV_NO_BACKCHANNEL);
	} else {
		session_event(s, FSM_EV_RESOLVE_FAILED);
	}
}

void session_probe(struct session *s)
{
	if (s->stopping || s->probing ||
	    (s->state > FSM_DESCRIBE && s->state != FSM_BACKOFF))
		return;
	s->probing = true;
	session_event(s, FSM_EV_PROBE);
}

void session_kick(struct session *s)
{
	uint64_t now = clock_monotonic();

	if (s->last_kick && now - s->last_kick < KICK_NS)
		return;
	s->last_kick = now;
	/* perhaps it rebooted into new firmware */
	if (s->state == FSM_BACKOFF || s->state == FSM_BLOCKED)
		session_forget_learned(s);
	else
		s->options_known = false;
	session_event(s, FSM_EV_HELLO);
}

void session_retry(struct session *s)
{
	session_forget_learned(s);
	s->login_doubted = false;
	s->status.credentials_refused = s->status.auth_unsupported = false;
	if (s->state == FSM_IDLE)
		session_probe(s);
	else
		session_event(s, session_has_audio(s->state) ? FSM_EV_AGAIN : FSM_EV_CHANGED);
	session_status_changed(s);
}

void session_release(struct session *s)
{
	if (s->stopping)
		return;
	s->claimed = s->held = s->silenced = false;
	/* (what waits for the reply to SETUP gets the Session that TEARDOWN needs) */
	session_event(s, session_has_audio(s->state) ? FSM_EV_AGAIN : FSM_EV_RELEASE);
	session_update_tick(s);
}

void session_stop(struct session *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	s->claimed = s->held = s->silenced = s->probing = false;
	session_event(s, FSM_EV_STOP);
	session_update_tick(s);
}

void session_get_counters(struct session *s, struct session_counters *ret)
{
	struct rtsp_client_stats stats;

	*ret = s->counters;
	session_audio_counters(s, ret);
	if (s->client) {
		rtsp_client_get_stats(s->client, &stats);
		ret->dropped_packets += stats.frames_dropped;
	}
}
