/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_FUZZ_SESSION_CAMERA_H
#define ONVIF_FUZZ_SESSION_CAMERA_H

#include "module/util/buf.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/fake-net.h"
#include "tests/lib/vloop.h"

/*
 * A camera at the other end of a session's scripted network: takes apart what is sent over
 * TCP, UDP or an HTTP tunnel, tells of each request and packet, and answers each request
 * as a good camera does, or by what the input chose for its method.
 */
enum camera_method {
	CAMERA_OPTIONS, CAMERA_DESCRIBE, CAMERA_SETUP, CAMERA_PLAY, CAMERA_RECORD,
	CAMERA_GET_PARAMETER, CAMERA_TEARDOWN,
	CAMERA_N_METHODS,
};

#define CAMERA_TEXT_LEN		4096u

struct camera_answer {
	uint32_t index;			/* of camera_answers[]; 0: as a good one */
	char text[CAMERA_TEXT_LEN];	/* if not empty: that; status line, headers, perhaps a body */
};

struct camera_events {
	void (*connection)(void *data);		/* a new one */
	/** text ends behind the empty line */
	void (*request)(void *data, enum camera_method method, const char *text);
	void (*reply)(void *data, bool authorized, int status);	/* to the last one */
	void (*media)(void *data, bool rtcp, const uint8_t *packet, size_t len);
};

struct camera {
	struct vloop *v;
	struct fake_net *net;
	const struct camera_events *events;
	void *data;

	struct camera_answer answer[CAMERA_N_METHODS];
	uint32_t sdp;			/* of camera_sdps[] */
	char sdp_text[CAMERA_TEXT_LEN];	/* if not empty: that */
	bool silent;			/* reads nothing, says nothing */
	int how;			/* it takes connections: as fake_net_set_auto() */

	/* the connection */
	uint32_t seen;			/* connections ever */
	bool pending;			/* the last one waits for accept or refusal */
	bool fresh;			/* nothing came on it yet */
	bool is_tunnel;
	uint32_t get;			/* its number */
	bool head_taken;		/* of the POST */
	struct buf plain;		/* of what came over TCP, or by POST */
	struct buf by_get;		/* frames, as some cameras want them */
	char base64[4];
	uint32_t n_base64;
	char last[4 * CAMERA_TEXT_LEN];	/* the request under way */
};

void camera_init(struct camera *c, struct vloop *v, const struct camera_events *events, void *data);
void camera_clear(struct camera *c);
/** takes and answers what there is */
void camera_serve(struct camera *c);
/** The connection on which the camera talks is open. */
bool camera_can_say(struct camera *c);
/** says something on it, if it is */
void camera_say(struct camera *c, const void *data, size_t len);
void camera_close(struct camera *c, int res);
/** answers a pending connect, if there is one */
void camera_accept(struct camera *c, int res);
void camera_set_auto(struct camera *c, int how);

uint32_t camera_n_answers(void);
uint32_t camera_n_sdps(void);

#endif /* ONVIF_FUZZ_SESSION_CAMERA_H */
