/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_MEDIA_H
#define ONVIF_MEDIA_H

#include <stdint.h>

#include <pipewire/pipewire.h>

#include "module/session/session.h"
#include "module/util/audio-ring.h"

/*
 * The media thread, and the way to it and back. One thread runs the sessions of
 * all cameras: RTSP and RTP sockets and the pacer. The main thread never touches
 * a session; it holds handles, and each direction is one queue with a mutex and
 * an event source (pw_loop_invoke() takes one producer only on PipeWire 0.3.65).
 * Everything here is called from, and every event comes in, the main thread.
 */
struct media;
struct media_session;

struct media_session_events {
#define MEDIA_VERSION_SESSION_EVENTS	0
	uint32_t version;
	/** as in session_events; never after media_session_destroy() */
	void (*status)(void *data, const struct session_status *status);
	void (*resolve)(void *data);
	/** every 5 s while packets flow */
	void (*counters)(void *data, const struct session_counters *counters);
};

/** Loads the codec plugins and starts the thread, real-time if that is granted.
 * \return NULL with errno (-ENOENT: no codec plugin) */
struct media *media_new(struct pw_context *context);
/** Ends all sessions with TEARDOWN, waits at most 800 ms for that, joins the thread.
 * NULL is fine; sessions' handles must have been destroyed before. */
void media_destroy(struct media *m);

/** Makes a session and the ring that feeds it. params are copied; name is for the log.
 * \return 0 or -errno */
int media_session_new(struct media *m, const char *name, const struct session_params *params,
		const struct media_session_events *events, void *data,
		struct media_session **ret);
/** Ends the session with TEARDOWN, in the background. Who writes to the ring must
 * have stopped. NULL is fine. */
void media_session_destroy(struct media_session *s);

/** The ring of mono samples at 8 kHz: for one writer on the data thread. */
struct audio_ring *media_session_get_ring(struct media_session *s);

/* as the functions of session.h, in the order in which they are called */
int media_session_update(struct media_session *s, const struct session_params *params);
void media_session_claim(struct media_session *s, bool claimed);
void media_session_probe(struct media_session *s);
void media_session_resolved(struct media_session *s, int res, const char *uri, const char *message);
void media_session_kick(struct media_session *s);
void media_session_retry(struct media_session *s);
void media_session_release(struct media_session *s);

/** The counters as they were at most 5 s ago. */
void media_session_get_counters(struct media_session *s, struct session_counters *ret);

#endif /* ONVIF_MEDIA_H */
