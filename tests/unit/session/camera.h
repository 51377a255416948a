/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef TEST_SESSION_CAMERA_H
#define TEST_SESSION_CAMERA_H

#include "module/session/session.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/vloop.h"

/*
 * A session, and the camera at the other end of its scripted network, in virtual
 * time. cam_run() lets time pass: the user's player writes (when .playing), the
 * camera answers each request by .answer[], or as a good camera does.
 */
#define CAM_ADDRESS	"192.0.2.20"
#define CAM_URI		"rtsp://192.0.2.20/stream"
#define CAM_PASSWORD	"s3cr3t-canary"
#define CAM_N_ANSWERS	8

enum cam_method {
	CAM_OPTIONS, CAM_DESCRIBE, CAM_SETUP, CAM_PLAY, CAM_RECORD, CAM_GET_PARAMETER,
	CAM_TEARDOWN,
	CAM_N_METHODS,
};

struct cam_frame {
	uint64_t time;		/* ns since the start of the test */
	bool udp;		/* channel is then 0: RTP, 1: RTCP */
	uint8_t channel;
	uint8_t data[1500];
	uint32_t len;
};

struct cam {
	struct vloop *loop;
	struct fake_net *net;
	struct pacer *pacer;
	struct audio_ring *ring;
	struct session_params params;
	struct secret password;
	struct session *session;
	uint64_t start;

	/* what the player does */
	bool playing;
	int16_t sample;		/* constant level of what it plays */

	/* what the camera does. NULL: as a good one; "": no answer; else status line and
	 * headers without CSeq, with the body after an empty line */
	const char *answer[CAM_N_METHODS];
	const char *sdp, *content_base;
	bool silent;		/* does not even read */
	bool no_require;	/* does not answer a DESCRIBE with Require */
	bool no_tcp, no_udp;	/* answers such a SETUP with 461 */
	bool no_server_port;
	const char *control;	/* answers another SETUP with 404 */

	/* what the camera saw */
	char requests[4096];	/* "OPTIONS DESCRIBE ..." */
	char last[4096];	/* the last request, whole */
	struct cam_frame *frames;
	uint32_t n_frames;
	uint32_t frames_size;

	/* what the session said */
	struct session_status status;
	uint32_t n_status, n_resolve, n_stopped;
	char states[1024];	/* public states as they changed: "connecting streaming" */
	int destroy_in;		/* the n-th event destroys the session; 0: none */
	uint32_t n_events;
	uint32_t n_log;
	void (*heard)(struct cam *c, const char *text);	/* each line of its log; or NULL */
};

extern const char cam_sdp[];

/** the defaults; change .params before cam_start() */
void cam_init(struct cam *c);
void cam_start(struct cam *c);
/** as cam_start(). \return what session_new() says */
int cam_try_start(struct cam *c);
/** fails the test when something is left: an armed timer, a source */
void cam_end(struct cam *c);

void cam_run(struct cam *c, uint32_t ms);
/** until the session is in a state; fails after max ms */
void cam_run_to(struct cam *c, enum fsm_state state, uint32_t max_ms);
/** plays for ms, claim included */
void cam_claim(struct cam *c, bool claimed);
void cam_forget(struct cam *c);
uint32_t cam_count(const struct cam *c, const char *method);

/** by hand: the next request as text, "" when there is none; frames are collected */
const char *cam_next(struct cam *c);
/** by hand: an answer to the last request */
void cam_say(struct cam *c, const char *answer);
void cam_say_frame(struct cam *c, uint8_t channel, const void *data, uint32_t len);

#endif /* TEST_SESSION_CAMERA_H */
