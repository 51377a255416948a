/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SESSION_H
#define ONVIF_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <spa/support/loop.h>

#include "module/net/net.h"
#include "module/rtp/pacer.h"
#include "module/session/fsm.h"
#include "module/util/audio-ring.h"
#include "module/util/limits.h"
#include "module/util/secret.h"
#include "module/util/str.h"
#include "spa-plugin/codec.h"

/*
 * One camera's RTSP backchannel session, opened, kept alive, re-opened and closed
 * by itself. Media thread (the thread of the loop). No event comes from inside a
 * call; a session may be destroyed inside any event.
 */
struct session;

/* onvif.state as users see it */
enum session_public_state {
	SESSION_IDLE,
	SESSION_CONNECTING,
	SESSION_STREAMING,
	SESSION_OFFLINE,
	SESSION_BUSY,
	SESSION_LOGIN_REQUIRED,
	SESSION_UNSUPPORTED,
	SESSION_REJECTED,
};
/** "idle", "connecting", ... as in the property onvif.state */
const char *session_public_state_name(enum session_public_state state);

/* How RTP gets to the camera, by the names of the setting rtsp.transport */
enum session_transport {
	SESSION_TRANSPORT_AUTO,
	SESSION_TRANSPORT_TCP,		/* interleaved in the RTSP connection (RFC 2326 10.12) */
	SESSION_TRANSPORT_UDP,
	SESSION_TRANSPORT_TLS,		/* interleaved in RTSPS */
	SESSION_TRANSPORT_HTTP,		/* RTSP tunnelled over HTTP (Streaming 5.1.1) */
	SESSION_TRANSPORT_HTTPS,
	SESSION_N_TRANSPORTS,
};
/** "auto", "tcp", ... */
const char *session_transport_name(enum session_transport transport);
/** \return SESSION_TRANSPORT_AUTO for NULL and for what is none */
enum session_transport session_transport_find(const char *name);

#define SESSION_PIN_LEN		80	/* "sha256//", 44 of base64, NUL, and room */

enum session_backchannel {
	SESSION_BACKCHANNEL_UNKNOWN,
	SESSION_BACKCHANNEL_YES,
	SESSION_BACKCHANNEL_NO,
};

struct session_status {
	enum fsm_state state;
	enum session_public_state public_state;
	enum session_backchannel backchannel;
	char error[LIMIT_ERROR_LEN];	/* a sentence: what is wrong and what to do; or "" */
	char codec[32];			/* "PCMU/8000" or "" */
	char transport[16];		/* what worked last: "tcp", ... or "" */
	char tls_pin[SESSION_PIN_LEN];	/* the key that was trusted at first use, or "" */
	char address[64];		/* the peer that answered, or "" */
	char server[LIMIT_TEXT_LEN];	/* Server header, sanitised, or "" */
	bool credentials_refused;	/* by this camera: remember and do not try them again */
	uint32_t login;			/* session_params.login in force */
	bool auth_unsupported;		/* only schemes that we lack or may not use */
};

struct session_counters {
	uint64_t packets, octets, dropped_packets;
	uint64_t samples_lost, samples_cut, underruns;
	uint32_t sessions_opened, failures;
	uint32_t round_trip_us, jitter, fraction_lost;
	uint32_t delay_ms;
};

struct session_events {
#define SESSION_VERSION_EVENTS	0
	uint32_t version;
	/** something in the status changed; not for counters */
	void (*status)(void *data, const struct session_status *status);
	/** a stream URI is wanted: answer with session_resolved() */
	void (*resolve)(void *data);
	/** after session_stop(): TEARDOWN was answered or its time (500 ms) is over */
	void (*stopped)(void *data);
};

/* All strings and secrets are copied. */
struct session_params {
	const char *uri;		/* rtsp[s]:// or http[s]://, without userinfo, or NULL */
	const char *uri_tls;		/* rtsps://, where the camera offers RTSP over TLS, or NULL */
	const char *uri_http;		/* for RTSP over HTTP: http[s]:// or rtsp://, or NULL */
	const char *address;		/* host to dial instead of the URI's, or NULL */
	uint16_t http_port, https_port;	/* of the camera's web server; 0: the usual one */
	enum session_transport transport;	/* AUTO: what works */
	enum session_transport learned;	/* what worked last time; AUTO: not known */
	enum net_security tls;		/* NET_TLS_PIN, NET_TLS_CA or NET_TLS_NONE */
	const char *tls_pin;		/* "sha256//base64"; NULL: trust the first key */
	bool forward_tracks;		/* set up the camera's own tracks, too */
	bool can_resolve;
	const char *user;		/* NULL: none */
	const struct secret *password;
	uint32_t login;			/* which credentials these are: comes back in the status */
	bool login_by_tls;		/* the login is for who shows .tls_pin, for nobody else */
	bool allow_basic;		/* auth.basic */
	const char *codec;		/* rtp.codec: "auto", "PCMU", "PCMA" */
	uint32_t ptime_ms;		/* rtp.ptime, 20 */
	uint32_t preroll_ms;		/* 250 */
	uint32_t hold_ms;		/* 5000 */
	uint32_t linger_ms;		/* 3000 */
	uint32_t silence_ms;		/* 0: off; release the camera after this much digital silence */
	uint32_t reconnect_min_ms;	/* 1000 */
	uint32_t reconnect_max_ms;	/* 60000 */
};

struct session_env {
	struct spa_loop_utils *loop;
	struct net *net;
	struct pacer *pacer;
	struct spa_onvif_codec *codec;
	const char *cname;		/* RTCP CNAME: random, per process (RFC 7022) */
	/** debug text without secrets, or NULL; level as enum spa_log_level */
	void (*log)(void *data, int level, const char *text);
	/** as in rtsp_client_params, with log_data; or NULL */
	void (*trace)(void *data, bool sent, struct str text);
	void *log_data;
};

/** The session starts IDLE and does nothing by itself.
 * \return 0, -ENOMEM, -EINVAL (a URI that is none, or one with user:password or another scheme) */
int session_new(const struct session_env *env, const struct session_params *params,
		struct audio_ring *ring, const struct session_events *events, void *data,
		struct session **ret);
/** at once, without TEARDOWN if one is still to come; NULL is fine */
void session_destroy(struct session *s);

/** New settings: used from the next connection on; changed credentials, URI, address or
 * transport count as FSM_EV_CHANGED. \return 0, -ENOMEM or -EINVAL (as session_new());
 * the old ones stay then */
int session_update(struct session *s, const struct session_params *params);
void session_claim(struct session *s, bool claimed);
/** OPTIONS and DESCRIBE only, to learn whether there is a backchannel */
void session_probe(struct session *s);
/** answer to resolve(): res 0 and the URI, or -errno (-EACCES: login needed,
 * -ENOTSUP: no speaker) and a sentence */
void session_resolved(struct session *s, int res, const char *uri, const char *message);
/** Hello, network change: cuts a wait short, but does not try refused credentials
 * again (a forged Hello could lock the account) */
void session_kick(struct session *s);
/** A user's reconnect request: whatever blocked us is tried again */
void session_retry(struct session *s);
/** Somebody else wants the camera: away from it at once, with TEARDOWN, whatever still waits
 * to be heard. The session is not claimed then. */
void session_release(struct session *s);
/** TEARDOWN and no more: ends in stopped() */
void session_stop(struct session *s);
void session_get_counters(struct session *s, struct session_counters *ret);

#endif /* ONVIF_SESSION_H */
