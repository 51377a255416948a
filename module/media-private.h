/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_MEDIA_PRIVATE_H
#define ONVIF_MEDIA_PRIVATE_H

#include <pthread.h>

#include <spa/support/thread.h>
#include <spa/utils/list.h>

#include "module/media-params.h"
#include "module/media.h"
#include "module/net/net.h"
#include "module/rtp/pacer.h"
#include "module/util/random.h"

/* what media.c (main thread) and media-thread.c share */

enum message_type {
	/* to the media thread */
	MESSAGE_NEW,
	MESSAGE_UPDATE,
	MESSAGE_CLAIM,
	MESSAGE_PROBE,
	MESSAGE_RESOLVED,
	MESSAGE_KICK,
	MESSAGE_RETRY,
	MESSAGE_RELEASE,
	MESSAGE_STOP,
	MESSAGE_QUIT,
	/* to the main thread */
	MESSAGE_STATUS,
	MESSAGE_RESOLVE,
	MESSAGE_FAILED,
	MESSAGE_COUNTERS,
};

struct message {
	struct spa_list link;
	enum message_type type;
	struct peer *peer;		/* to the media thread; STOP is the last one of a peer */
	uint64_t id;			/* to the main thread; the handle may be gone */
	int res;
	bool flag;
	struct media_params *params;
	char *uri, *text;
	union {
		struct session_status status;
		struct session_counters counters;
	};
};

/* a session on the media thread; posted to by its handle until STOP */
struct peer {
	struct spa_list link;
	struct media *media;
	uint64_t id;
	char name[LIMIT_ID_LEN];
	struct session *session;
	struct audio_ring *ring;
	bool stopping;
	bool flows;			/* its session has the camera's ear */
	uint64_t packets;		/* when the counters were last told */
};

struct media_session {
	struct spa_list link;
	struct media *media;
	uint64_t id;
	struct peer *peer;
	struct message *stop;		/* made beforehand: ending must not fail */
	const struct media_session_events *events;
	void *data;
	struct session_counters counters;
};

struct media {
	struct pw_context *context;
	struct pw_loop *main_loop;
	struct spa_handle *codec_handle;
	struct spa_onvif_codec *codec;

	struct spa_list sessions;	/* handles, main thread */
	uint64_t last_id;
	struct spa_source *main_event;
	struct message *stop;

	/* the thread */
	struct pw_loop *loop;
	struct spa_source *event;
	struct spa_source *counters_timer;
	bool counting;			/* it is armed */
	struct net *net;
	struct pacer *pacer;
	char cname[UUID_STRLEN];
	struct spa_thread_utils *thread_utils;
	struct spa_thread *thread;
	struct spa_list peers;
	bool quit;

	pthread_mutex_t lock;		/* held for pointer moves only */
	pthread_cond_t idle;
	uint32_t n_peers;		/* made by main, unmade by the thread */
	struct spa_list to_thread, to_main;
};

/** any thread */
void media_message_free(struct message *msg);
void media_post_thread(struct media *m, struct message *msg);
void media_post_main(struct media *m, struct message *msg);
void media_take_all(struct media *m, struct spa_list *queue, struct spa_list *ret);

/** the media thread */
void *media_thread_main(void *arg);
void media_thread_on_event(void *data, uint64_t count);
void media_thread_on_counters(void *data, uint64_t expirations);

#endif /* ONVIF_MEDIA_PRIVATE_H */
