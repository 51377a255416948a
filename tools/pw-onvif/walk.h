/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_WALK_H
#define ONVIF_TOOL_WALK_H

#include "module/session/session.h"
#include "module/util/str.h"
#include "tools/pw-onvif/target.h"

/*
 * The whole way to one camera's loudspeaker, as the module goes it: asked by SOAP where its
 * stream is, then a session. Told step by step; ends at the first failure, with its cause and
 * its remedy as one sentence. A login is tried once, a session that breaks once more. Nothing is
 * changed in the camera, nothing is written down.
 */
enum walk_step {
	WALK_REACH,		/* TCP */
	WALK_SERVICE,		/* it answers ONVIF requests */
	WALK_CLOCK,
	WALK_LOGIN,
	WALK_PROFILES,
	WALK_OUTPUT,
	WALK_STREAM,		/* it names one */
	WALK_CONNECT,		/* RTSP from here on */
	WALK_DESCRIBE,
	WALK_SETUP,
	WALK_PLAY,
	WALK_TEARDOWN,
	WALK_N_STEPS,
};
/** for scripts: one word */
const char *walk_step_name(enum walk_step step);
/** for people */
const char *walk_step_label(enum walk_step step);

enum walk_mark {
	WALK_DONE,
	WALK_DOUBTFUL,		/* went on, but the text says what may be wrong */
	WALK_FAILED,		/* the text is the sentence */
};

struct walk_result {
	enum walk_step step;
	enum walk_mark mark;
	uint64_t ns;		/* that it took */
	const char *text;	/* sanitised, without logins; or "" */
};

struct walk_events {
#define WALK_VERSION_EVENTS	0
	uint32_t version;
	void (*step)(void *data, const struct walk_result *result);
	/** what the camera is is known now, as far as it will be: see the target */
	void (*known)(void *data);
	/** the conversation: logins are in it; may be NULL */
	void (*trace)(void *data, bool sent, struct str text);
	/** The camera listens, the pre-roll is over: from now on the ring is read. Possibly again,
	 * after it had to be connected another way. */
	void (*playing)(void *data);
	/** the last one: an enum tool_status. From the loop. The walk may be destroyed inside. */
	void (*done)(void *data, int status);
};

struct walk;

struct walk_params {
	struct audio_ring *ring;
	bool describe_only;	/* neither SETUP nor what follows, */
	bool served;		/* and that because the service plays to it */
	uint32_t linger_ms;	/* how long the camera is kept after the last sound */
};

/** Nothing happens before control returns to the loop.
 * \return 0 or -errno (-ENOENT: no codec plugin) */
int walk_new(struct tool *tool, struct target *target, const struct walk_params *params,
		const struct walk_events *events, void *data, struct walk **ret);
/** no TEARDOWN if one is still to come; NULL is fine */
void walk_destroy(struct walk *w);
/** What waits in the ring is still played, then TEARDOWN. Ends in done(). */
void walk_finish(struct walk *w);
/** TEARDOWN at once; status is what done() will tell, unless something failed */
void walk_stop(struct walk *w, int status);

bool walk_is_playing(const struct walk *w);
/** of the session; empty before there is one */
const struct session_status *walk_status(const struct walk *w);
/** of the camera, as far as it answered */
const struct device_info *walk_info(const struct walk *w);
/** the last description of its stream, or empty */
struct str walk_sdp(const struct walk *w);

#endif /* ONVIF_TOOL_WALK_H */
