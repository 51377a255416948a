/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include <spa/utils/result.h>

#include "module/log.h"
#include "module/media-private.h"
#include "module/util/clock.h"

#define COUNTERS_INTERVAL_MS	5000u

static struct message *peer_message(struct peer *peer, enum message_type type)
{
	struct message *msg = calloc(1, sizeof(*msg));

	if (msg) {
		msg->type = type;
		msg->id = peer->id;
	}
	return msg;
}

static void peer_free(struct peer *peer)
{
	struct media *m = peer->media;

	session_destroy(peer->session);
	audio_ring_destroy(peer->ring);
	spa_list_remove(&peer->link);
	free(peer);

	pthread_mutex_lock(&m->lock);
	m->n_peers--;
	pthread_cond_signal(&m->idle);
	pthread_mutex_unlock(&m->lock);
}

static void count_soon(struct media *m)
{
	if (m->counting)
		return;
	m->counting = true;
	timer_arm(m->loop->utils, m->counters_timer, COUNTERS_INTERVAL_MS * NSEC_PER_MSEC);
}

static void on_session_status(void *data, const struct session_status *status)
{
	struct peer *peer = data;
	struct message *msg;

	peer->flows = status->state >= FSM_PREROLL && status->state <= FSM_TEARDOWN;
	if (peer->flows)
		count_soon(peer->media);
	if ((msg = peer_message(peer, MESSAGE_STATUS)) == NULL)
		return;
	msg->status = *status;
	media_post_main(peer->media, msg);
}

static void on_session_resolve(void *data)
{
	struct peer *peer = data;
	struct message *msg;

	if ((msg = peer_message(peer, MESSAGE_RESOLVE)))
		media_post_main(peer->media, msg);
}

static void on_session_stopped(void *data)
{
	peer_free(data);
}

static const struct session_events session_events = {
	SESSION_VERSION_EVENTS,
	.status = on_session_status,
	.resolve = on_session_resolve,
	.stopped = on_session_stopped,
};

static void on_session_log(void *data, int level, const char *text)
{
	const struct peer *peer = data;

	/* state and error are told by the camera, once */
	if (level == SPA_LOG_LEVEL_INFO)
		level = SPA_LOG_LEVEL_DEBUG;
	pw_log_logt(level, PW_LOG_TOPIC_DEFAULT, __FILE__, __LINE__, __func__, "%s: %s",
			peer->name, text);
}

static void peer_start(struct peer *peer, const struct session_params *params)
{
	struct media *m = peer->media;
	const struct session_env env = {
		.loop = m->loop->utils,
		.net = m->net,
		.pacer = m->pacer,
		.codec = m->codec,
		.cname = m->cname,
		.log = on_session_log,
		.log_data = peer,
	};
	struct message *msg;
	int res;

	spa_list_append(&m->peers, &peer->link);
	res = session_new(&env, params, peer->ring, &session_events, peer, &peer->session);
	if (res < 0 && (msg = peer_message(peer, MESSAGE_FAILED))) {
		msg->res = res;
		media_post_main(m, msg);
	}
}

static void peer_stop(struct peer *peer)
{
	peer->stopping = true;
	if (peer->session)
		session_stop(peer->session);
	else
		peer_free(peer);
}

static void handle_thread_message(struct media *m, struct message *msg)
{
	struct peer *peer = msg->peer;

	if (msg->type == MESSAGE_QUIT) {
		m->quit = true;
		return;
	}
	if (msg->type == MESSAGE_NEW) {
		peer_start(peer, &msg->params->p);
		return;
	}
	if (msg->type == MESSAGE_STOP) {
		peer_stop(peer);
		return;
	}
	if (peer->session == NULL)
		return;
	switch (msg->type) {
	case MESSAGE_UPDATE:
		if (session_update(peer->session, &msg->params->p) < 0)
			pw_log_warn("out of memory: new settings of a session not used");
		break;
	case MESSAGE_CLAIM:
		session_claim(peer->session, msg->flag);
		break;
	case MESSAGE_PROBE:
		session_probe(peer->session);
		break;
	case MESSAGE_RESOLVED:
		session_resolved(peer->session, msg->res, msg->uri, msg->text);
		break;
	case MESSAGE_KICK:
		session_kick(peer->session);
		break;
	case MESSAGE_RETRY:
		session_retry(peer->session);
		break;
	case MESSAGE_RELEASE:
		session_release(peer->session);
		break;
	default:
		break;
	}
}

void media_thread_on_event(void *data, uint64_t count)
{
	struct media *m = data;
	struct spa_list list;
	struct message *msg;

	media_take_all(m, &m->to_thread, &list);
	spa_list_consume(msg, &list, link) {
		spa_list_remove(&msg->link);
		handle_thread_message(m, msg);
		media_message_free(msg);
	}
}

void media_thread_on_counters(void *data, uint64_t expirations)
{
	struct media *m = data;
	struct session_counters counters;
	struct message *msg;
	struct peer *peer;

	m->counting = false;
	spa_list_for_each(peer, &m->peers, link) {
		if (peer->stopping || peer->session == NULL)
			continue;
		/* (while there is no session anywhere, nobody wakes up for it) */
		if (peer->flows)
			count_soon(m);
		session_get_counters(peer->session, &counters);
		if (counters.packets == peer->packets ||
		    (msg = peer_message(peer, MESSAGE_COUNTERS)) == NULL)
			continue;
		peer->packets = counters.packets;
		msg->counters = counters;
		media_post_main(m, msg);
	}
}

/* Below the data threads: they feed us, and a late packet costs less than a late quantum. */
static void acquire_realtime(struct media *m)
{
	int min = 0, max = 0, res;

	if (m->thread_utils == NULL ||
	    (res = spa_thread_utils_get_rt_range(m->thread_utils, NULL, &min, &max)) < 0 ||
	    (res = spa_thread_utils_acquire_rt(m->thread_utils, (struct spa_thread *)pthread_self(),
			SPA_MAX(min, 1) + (max - SPA_MAX(min, 1)) / 2)) < 0)
		pw_log_debug("media thread runs without real-time priority");
}

void *media_thread_main(void *arg)
{
	struct media *m = arg;
	struct peer *peer;
	int res;

	pthread_setname_np(pthread_self(), "onvif-media");
	acquire_realtime(m);
	pw_loop_enter(m->loop);
	while (!m->quit) {
		res = pw_loop_iterate(m->loop, -1);
		if (res < 0 && res != -EINTR) {
			pw_log_error("media loop: %s", spa_strerror(res));
			break;
		}
	}
	spa_list_consume(peer, &m->peers, link)
		peer_free(peer);
	pacer_destroy(m->pacer);
	net_destroy(m->net);
	pw_loop_leave(m->loop);
	return NULL;
}
