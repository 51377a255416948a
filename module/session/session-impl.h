/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SESSION_IMPL_H
#define ONVIF_SESSION_IMPL_H

#include <spa/support/log.h>

#include "module/rtp/rtp.h"
#include "module/rtsp/client.h"
#include "module/net/net.h"
#include "module/session/session.h"
#include "module/util/random.h"

/* How the files of this directory share one session:
 *   session.c			object, the machine's execution, timers
 *   session-calls.c		what others call
 *   session-params.c		settings
 *   session-transport.c	which way to the camera, the connection, where media go
 *   session-rtsp.c		requests and what their replies mean
 *   session-describe.c		DESCRIBE: from SDP to the chosen backchannel
 *   session-setup.c		SETUP: tracks, Transport
 *   session-alive.c		keepalives, and when a camera counts as dead
 *   session-audio.c		pacer, codec, RTP, RTCP
 *   session-status.c		what users are told
 */
#define SESSION_EVENTS_MAX	8u
#define SESSION_PTIME_MS	20u
#define SESSION_CONTROLS	4u	/* ways to read one a=control */

struct session_settings {
	char *uri;
	char *uri_tls;
	char *uri_http;
	char *address;
	char *user;
	char *codec;
	char *tls_pin;
	struct secret password;
	struct session_params p;	/* pointers into this struct */
};

/* The URIs that one a=control may stand for, in the order in which they are tried */
struct session_controls {
	char uri[SESSION_CONTROLS][LIMIT_URI_LEN + 1];
	uint32_t n;
};

/* The chosen backchannel, as of the last DESCRIBE */
struct session_media {
	uint8_t pt;
	uint32_t codec;			/* index in the plugin */
	struct spa_onvif_codec_info info;
	char base[LIMIT_URI_LEN + 1];	/* aggregate: PLAY, keepalives, TEARDOWN */
	struct session_controls control;
	struct session_controls forward[LIMIT_FORWARD_TRACKS];
	uint32_t n_forward;
	uint8_t channel[2];		/* RTP, RTCP */
	uint32_t ssrc;			/* the camera's choice, or 0 */
};

/* SETUP under way: first the camera's own tracks, where that is asked for */
struct session_setup {
	uint32_t track;			/* of n_forward; then the backchannel */
	uint32_t control;		/* which of its URIs */
};

#define SESSION_TRANSPORT_BIT(transport)	(UINT32_C(1) << (transport))

/* The way to the camera in this attempt. What did not work is not tried again before
 * something did, or everything failed. */
struct session_route {
	enum session_transport transport;
	uint32_t tried;			/* SESSION_TRANSPORT_BIT() each */
	uint32_t refused;		/* of these, by 461 */
	bool rtsp_port;			/* the tunnel is dug at the RTSP port, not at the web server's */
	bool redirected;
	char redirect[LIMIT_URI_LEN + 1];	/* in place of uri, on the same host */
	char uri[LIMIT_URI_LEN + 1];	/* what requests name */
	char first_error[LIMIT_ERROR_LEN];	/* what the first way led to */
	char last_error[LIMIT_ERROR_LEN];	/* and the one before this */
};

/* What this camera needs and others do not: found out, kept until something changes */
struct session_learned {
	bool no_require;		/* hangs on, or refuses, Require */
	uint32_t hangs;			/* times that only an answer to DESCRIBE without it came */
	bool record;			/* RECORD in place of PLAY */
	bool rtsp_port;			/* the tunnel is there, not at the web server's */
	bool frames_by_get;		/* in a tunnel, sound by the other of its connections */
	bool track_uri;			/* PLAY and TEARDOWN on the track, not on the aggregate */
	bool nonce_per_uri;		/* logins by a nonce of each URI's own */
	uint32_t control;		/* which of the control's URIs */
	enum session_transport transport;	/* that sound went over */
};

struct session_alive {
	uint32_t timeout_s;		/* from the Session header */
	bool use_options;		/* GET_PARAMETER was refused */
	bool use_get_parameter;		/* OPTIONS did not keep the session, though nothing else is listed */
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
	uint64_t tick_due;		/* ns */

	/* events to users: only from notify */
	struct spa_source *notify;
	bool want_resolve, want_stopped;
	bool emitting, dead;
	struct session_status status, emitted;

	/* the connection */
	struct rtsp_client *client;
	struct net_udp *udp;
	struct net_udp *forward_udp[LIMIT_FORWARD_TRACKS];
	bool udp_bound;			/* the camera's port is known */
	uint32_t udp_errors;
	uint64_t udp_started;		/* ns */
	bool connected;
	char id[LIMIT_SESSION_ID_LEN + 1];	/* "": no session open */
	bool options_known, has_get_parameter;
	bool no_record;			/* what it can is listed, and RECORD is not in it */
	bool login_worked;		/* with these credentials */
	bool login_doubted;		/* and was refused afterwards, once */
	struct session_route route;
	struct session_learned learned;
	struct session_media media;
	struct session_setup setup;
	struct session_alive alive;
	struct session_audio audio;

	struct session_counters counters;	/* of what is over */
};

/* session.c */
void session_event(struct session *s, enum fsm_event event);
void session_arm_state_timer(struct session *s);
void session_update_tick(struct session *s);
/** what is looked after four times a second, if it is due; may end the audio stream. now: ns of
 * clock_monotonic() */
void session_tick(struct session *s, uint64_t now);
void session_status_changed(struct session *s);
void session_log(struct session *s, enum spa_log_level level, const char *fmt, ...)
	SPA_PRINTF_FUNC(3, 4);
uint32_t session_rate(const struct session *s);
/** what waits in the ring, in ms */
uint32_t session_waiting_ms(struct session *s);
void session_free(struct session *s);
void session_use_settings_uri(struct session *s);
void session_forget_learned(struct session *s);
/** whether packets flow in this state */
static inline bool session_has_audio(enum fsm_state state)
{
	return state == FSM_PREROLL || state == FSM_STREAMING || state == FSM_LINGER;
}
/** on the way to a session that plays */
bool session_is_connecting(const struct session *s);

/* session-params.c */
int session_settings_init(struct session_settings *set, const struct session_params *params);
void session_settings_clear(struct session_settings *set);
/** 0, -EBADMSG, -E2BIG, -EINVAL: userinfo */
int session_check_uri(const char *uri);
bool session_login_equal(const struct session_settings *a, const struct session_settings *b);
/** does it lead to the same place the same way? */
bool session_target_equal(const struct session_settings *a, const struct session_settings *b);

/* session-transport.c */
void session_connect(struct session *s);
void session_close(struct session *s);
/** why another way might lead to the camera */
enum session_obstacle {
	SESSION_NO_CONNECTION,		/* nobody answers there, or no TLS, no tunnel */
	SESSION_NO_TRANSPORT,		/* the Transport that we offer is refused, or not answered */
};
/** Chooses another way, if there is one that was not tried yet: then FSM_EV_AGAIN, or the
 * same request once more, follows. */
bool session_try_other(struct session *s, enum session_obstacle obstacle);
/** the tunnel broke. \return true: as soon as sound went into it, so once more the other way */
bool session_tunnel_broke(struct session *s);
/** what was tried does not count any more: one way led there, or none did */
void session_route_reset(struct session *s);
/** follows a redirect on the same host, once. \return false if it leads elsewhere */
bool session_redirect(struct session *s, struct str location);
/** for SETUP over UDP: sockets for the backchannel. \return 0 or -errno */
int session_udp_open(struct session *s);
/** \return their RTP port, for a track of the camera's own, 0 without sockets */
uint16_t session_udp_open_forward(struct session *s, uint32_t track);
void session_udp_close(struct session *s);
/** port 0: learned from what comes */
void session_udp_bind(struct session *s, uint16_t rtp_port, uint16_t rtcp_port);
/** one RTP or RTCP packet. \return 0 or -errno */
int session_send_media(struct session *s, bool rtcp, const void *data, size_t len);
void session_transport_tick(struct session *s, uint64_t now);

/* session-rtsp.c */
#define SESSION_NO_EVENT	FSM_N_EVENTS
extern const struct rtsp_client_events session_client_events;
void session_send_request(struct session *s, const struct rtsp_request *request, rtsp_reply_t reply);
/** \return SESSION_NO_EVENT: the connection is gone, closed() tells */
enum fsm_event session_reply_event(struct session *s, int res, const struct rtsp_message *reply);
void session_options(struct session *s);
void session_play(struct session *s);
void session_teardown(struct session *s);
void session_take_timeout(struct session *s, const struct rtsp_message *reply);

/* session-describe.c */
void session_describe(struct session *s);
/** DESCRIBE with Require hangs or is hung up on. \return true: once more without it */
bool session_describe_hung(struct session *s);

/* session-setup.c */
/** begins with the first track */
void session_setup(struct session *s);

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
/** the camera's TLS key is not the one that is trusted; key: the one that it showed, or a phrase */
void session_error_key(struct session *s, const char *key);

#endif /* ONVIF_SESSION_IMPL_H */
