/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SESSION_IMPL_H
#define ONVIF_SESSION_IMPL_H

#include <spa/support/log.h>

#include "module/rtp/rtp.h"
#include "module/rtsp/client.h"
#include "module/session/session.h"
#include "module/util/random.h"

/* How the files of this directory share one session:
 *   session.c		object, the machine's execution, timers, what others call
 *   session-params.c	settings
 *   session-rtsp.c	connection, requests and their replies
 *   session-alive.c	keepalives, and when a camera counts as dead
 *   session-audio.c	pacer, codec, RTP, RTCP
 *   session-status.c	what users are told
 */
#define SESSION_EVENTS_MAX	8u
#define SESSION_ID_LEN		128u
#define SESSION_PTIME_MS	20u

struct session_settings {
	char *uri;
	char *address;
	char *user;
	char *codec;
	struct secret password;
	struct session_params p;	/* pointers into this struct */
};

/* The chosen backchannel, as of the last DESCRIBE */
struct session_media {
	uint8_t pt;
	uint32_t codec;			/* index in the plugin */
	struct spa_onvif_codec_info info;
	char base[LIMIT_URI_LEN + 1];	/* aggregate: PLAY, keepalives, TEARDOWN */
	char control[LIMIT_URI_LEN + 1];
	char control_resolved[LIMIT_URI_LEN + 1];	/* "" when no different */
	uint8_t channel[2];		/* RTP, RTCP */
	uint32_t ssrc;			/* the camera's choice, or 0 */
};

struct session_alive {
	uint32_t timeout_s;		/* from the Session header */
	bool use_options;		/* GET_PARAMETER was refused */
	bool last_was_get_parameter;
	bool ever_answered;		/* a keepalive, since it last seemed dead */
	uint64_t started;		/* ns */
	uint64_t sent;			/* ns; the last keepalive */
	uint64_t unanswered_since;	/* ns; 0: none */
	uint64_t next;
	uint64_t last_bytes;		/* sent on the connection so far */
	uint64_t last_progress;		/* ns; when that changed, or nothing waited */
};

struct session_audio {
	struct pacer_stream *stream;
	void *codec;			/* instance */
	struct rtp_sender rtp;
	uint32_t packet_samples;
	uint64_t last_packet;		/* ns */
	uint32_t last_samples;
	uint64_t next_rtcp;
	uint64_t silent_samples;	/* in a row */
	bool was_silent;
	uint8_t packet[RTP_HEADER_LEN + LIMIT_PACKET_LEN];
};

struct session {
	struct session_env env;
	char *cname;
	struct audio_ring *ring;
	const struct session_events *events;
	void *data;

	struct session_settings settings;
	char uri[LIMIT_URI_LEN + 1];	/* in force: the settings' or the resolved one */
	bool uri_stale;			/* to be asked for again */
	char host[256];			/* dialled */

	/* the machine */
	enum fsm_state state;
	enum fsm_state after;
	enum fsm_event cause;
	enum fsm_event queue[SESSION_EVENTS_MAX];
	uint32_t n_queue;
	bool running;
	uint32_t failures;
	bool claimed;
	bool silenced;			/* claimed, but digitally silent for too long */
	bool held;			/* released before its audio could be sent */
	uint64_t held_until;
	bool probing;
	bool stopping;
	bool troubled;			/* the last attempt failed, by: */
	enum fsm_event trouble;
	bool was_streaming;		/* since the last BACKOFF or IDLE */
	uint64_t streaming_since;	/* 0: not now */
	uint64_t last_kick;
	uint32_t backoff_floor_ms;

	struct spa_source *state_timer;
	struct spa_source *tick_timer;
	bool ticking;

	/* events to users: only from notify */
	struct spa_source *notify;
	bool want_resolve, want_stopped;
	bool emitting, dead;
	struct session_status status, emitted;

	/* the connection */
	struct rtsp_client *client;
	bool connected;
	char id[SESSION_ID_LEN + 1];	/* "": no session open */
	bool options_known, has_get_parameter;
	bool setup_resolved;		/* SETUP is tried with control_resolved */
	bool login_worked;		/* with these credentials */
	bool login_doubted;		/* and was refused afterwards, once */
	struct session_media media;
	struct session_alive alive;
	struct session_audio audio;

	struct session_counters counters;	/* of what is over */
};

/* session.c */
void session_event(struct session *s, enum fsm_event event);
void session_arm_state_timer(struct session *s);
void session_update_tick(struct session *s);
void session_status_changed(struct session *s);
void session_log(struct session *s, enum spa_log_level level, const char *fmt, ...)
	SPA_PRINTF_FUNC(3, 4);
uint32_t session_rate(const struct session *s);
/** what waits in the ring, in ms */
uint32_t session_waiting_ms(struct session *s);

/* session-params.c */
int session_settings_init(struct session_settings *set, const struct session_params *params);
void session_settings_clear(struct session_settings *set);
/** 0, -EBADMSG, -E2BIG, -EINVAL: userinfo */
int session_check_uri(const char *uri);
bool session_login_equal(const struct session_settings *a, const struct session_settings *b);

/* session-rtsp.c */
void session_rtsp_connect(struct session *s);
void session_rtsp_close(struct session *s);
void session_rtsp_options(struct session *s);
void session_rtsp_describe(struct session *s);
void session_rtsp_setup(struct session *s);
void session_rtsp_play(struct session *s);
void session_rtsp_teardown(struct session *s);
void session_take_timeout(struct session *s, const struct rtsp_message *reply);

/* session-alive.c */
void session_alive_start(struct session *s);
void session_alive_stop(struct session *s);
void session_alive_tick(struct session *s, uint64_t now);
/** anything came from the camera */
void session_alive_heard(struct session *s);
/** the connection broke: was it our GET_PARAMETER? */
void session_alive_closed(struct session *s);

/* session-audio.c */
int session_audio_find_codec(struct session *s, struct str encoding, uint32_t clock_rate,
		uint32_t *ret_index, struct spa_onvif_codec_info *ret_info);
void session_audio_start(struct session *s);
void session_audio_stop(struct session *s);
void session_audio_linger(struct session *s, bool linger);
void session_audio_tick(struct session *s, uint64_t now);
void session_audio_rtcp(struct session *s, struct str packet);
void session_audio_counters(struct session *s, struct session_counters *ret);

/* session-status.c */
void session_fill_status(struct session *s);
/** replaces a text of the status, rest of the array zeroed */
void session_set_text(char *dst, size_t size, struct str text);
void session_set_error(struct session *s, const char *fmt, ...) SPA_PRINTF_FUNC(2, 3);
void session_clear_error(struct session *s);
void session_error_auth(struct session *s, int res);
void session_error_reply(struct session *s, const struct rtsp_message *reply);
void session_error_closed(struct session *s, int res, const char *message);
void session_error_timeout(struct session *s);

#endif /* ONVIF_SESSION_IMPL_H */
