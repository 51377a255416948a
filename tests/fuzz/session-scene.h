/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SESSION_SCENE_H
#define ONVIF_SESSION_SCENE_H

#include "module/rtp/rtp.h"
#include "module/session/session-impl.h"
#include "tests/fuzz/session-camera.h"

/* What a fuzzed session consists of, and the judge of what it does. One at a time. */

#define SCENE_PASSWORD	"s3cr3t-canary"

struct scene {
	struct str in;
	bool hides_password;
	struct vloop *v;
	struct camera camera;
	struct pacer *pacer;
	struct audio_ring *ring;
	struct session *session;
	struct session_params params;
	struct secret password;
	uint32_t random;
	uint32_t ms, spent;	/* that have passed; what they count */
	bool playing, sound, claimed;

	enum fsm_state state;	/* as the log has it */
	bool in_call, stopping, stopped;
	uint32_t destroy_in;	/* the n-th event from now; 0: none */
	struct session_status status;

	/* the connection */
	uint64_t cseq;
	bool by_tls;		/* login_by_tls as it began */
	bool asked_play;	/* on it */
	bool may_play;		/* and the answer was heard */
	bool torn_down;
	bool has_seq;
	struct rtp_header last;
	uint32_t refused;
};

extern struct scene scene;

/** whether a session in this state sends sound */
bool scene_has_audio(enum fsm_state s);
/** what has to hold whenever the loop has nothing to do */
void scene_check(void);
/** for struct session_env: transitions are judged by what is said of them */
void scene_on_log(void *data, int level, const char *text);

/* these judge what is told to the user and what the camera hears */
extern const struct session_events scene_session_events;
extern const struct camera_events scene_camera_events;

#endif /* ONVIF_SESSION_SCENE_H */
