/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/media.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pipewire/thread.h>
#include <spa/utils/result.h>

#include "module/log.h"
#include "module/media-private.h"
#include "module/util/clock.h"
#include "module/util/compat.h"

#define STOP_TIMEOUT_MS		800u
/* 8 s at 8 kHz: more than session.hold.ms lets wait */
#define RING_SAMPLES		65536u

void media_message_free(struct message *msg)
{
	media_params_free(msg->params);
	free(msg->uri);
	free(msg->text);
	free(msg);
}

static void drain_free(struct spa_list *list)
{
	struct message *msg;

	spa_list_consume(msg, list, link) {
		spa_list_remove(&msg->link);
		media_message_free(msg);
	}
}

static void post(struct media *m, struct spa_list *queue, struct pw_loop *loop,
		struct spa_source *event, struct message *msg)
{
	pthread_mutex_lock(&m->lock);
	spa_list_append(queue, &msg->link);
	pthread_mutex_unlock(&m->lock);
	pw_loop_signal_event(loop, event);
}

void media_post_thread(struct media *m, struct message *msg)
{
	post(m, &m->to_thread, m->loop, m->event, msg);
}

void media_post_main(struct media *m, struct message *msg)
{
	post(m, &m->to_main, m->main_loop, m->main_event, msg);
}

void media_take_all(struct media *m, struct spa_list *queue, struct spa_list *ret)
{
	spa_list_init(ret);
	pthread_mutex_lock(&m->lock);
	spa_list_insert_list(ret, queue);
	spa_list_init(queue);
	pthread_mutex_unlock(&m->lock);
}

static struct media_session *find_session(struct media *m, uint64_t id)
{
	struct media_session *s;

	spa_list_for_each(s, &m->sessions, link)
		if (s->id == id)
			return s;
	return NULL;
}

static void deliver(struct media_session *s, struct message *msg)
{
	struct session_status failed = { .public_state = SESSION_OFFLINE };

	switch (msg->type) {
	case MESSAGE_STATUS:
		s->events->status(s->data, &msg->status);
		break;
	case MESSAGE_RESOLVE:
		s->events->resolve(s->data);
		break;
	case MESSAGE_COUNTERS:
		s->counters = msg->counters;
		s->events->counters(s->data, &s->counters);
		break;
	case MESSAGE_FAILED:
		snprintf(failed.error, sizeof(failed.error),
				"Can't set up a session: %s.", spa_strerror(msg->res));
		s->events->status(s->data, &failed);
		break;
	default:
		break;
	}
}

static void on_main_event(void *data, uint64_t count)
{
	struct media *m = data;
	struct media_session *s;
	struct spa_list list;
	struct message *msg;

	media_take_all(m, &m->to_main, &list);
	spa_list_consume(msg, &list, link) {
		spa_list_remove(&msg->link);
		/* looked up per message: the one before may have destroyed it */
		if ((s = find_session(m, msg->id)))
			deliver(s, msg);
		media_message_free(msg);
	}
}

static int load_codecs(struct media *m)
{
	static const struct spa_dict_item items[] = {
		SPA_DICT_ITEM_INIT(SPA_KEY_LIBRARY_NAME, SPA_ONVIF_CODEC_LIB("g711")),
	};
	void *iface;
	int res;

	m->codec_handle = pw_context_load_spa_handle(m->context, SPA_ONVIF_CODEC_FACTORY("g711"),
			&SPA_DICT_INIT_ARRAY(items));
	if (m->codec_handle == NULL)
		return -errno;
	if ((res = spa_handle_get_interface(m->codec_handle, SPA_TYPE_INTERFACE_OnvifCodec, &iface)) < 0)
		return res;
	m->codec = iface;
	return 0;
}

static int start_thread(struct media *m)
{
	if ((m->stop = calloc(1, sizeof(*m->stop))) == NULL)
		return -errno;
	m->stop->type = MESSAGE_QUIT;
	if ((m->loop = pw_loop_new(NULL)) == NULL ||
	    (m->event = compat_add_event(m->loop->utils, media_thread_on_event, m)) == NULL ||
	    (m->counters_timer = compat_add_timer(m->loop->utils, media_thread_on_counters, m)) == NULL ||
	    (m->main_event = compat_add_event(m->main_loop->utils, on_main_event, m)) == NULL ||
	    (m->net = net_curl_new(m->loop->utils)) == NULL ||
	    (m->pacer = pacer_new(m->loop->utils)) == NULL)
		return -errno;

	/* module-rt raises only threads that its own create() made */
	m->thread_utils = pw_context_get_object(m->context, SPA_TYPE_INTERFACE_ThreadUtils);
	if (m->thread_utils == NULL)
		m->thread_utils = pw_thread_utils_get();
	m->thread = spa_thread_utils_create(m->thread_utils, NULL, media_thread_main, m);
	return m->thread ? 0 : -errno;
}

static void init_lock(struct media *m)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->idle, &attr);
	pthread_condattr_destroy(&attr);
}

struct media *media_new(struct pw_context *context)
{
	struct media *m;
	int res;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return NULL;
	m->context = context;
	m->main_loop = pw_context_get_main_loop(context);
	spa_list_init(&m->sessions);
	spa_list_init(&m->peers);
	spa_list_init(&m->to_thread);
	spa_list_init(&m->to_main);
	init_lock(m);
	random_uuid(m->cname);

	if ((res = load_codecs(m)) < 0) {
		pw_log_error("can't load the codec plugin " SPA_ONVIF_CODEC_LIB("g711") ": %s",
				spa_strerror(res));
		goto error;
	}
	if ((res = start_thread(m)) < 0) {
		pw_log_error("can't start the media thread: %s", spa_strerror(res));
		goto error;
	}
	return m;
error:
	media_destroy(m);
	errno = -res;
	return NULL;
}

static void stop_thread(struct media *m)
{
	struct timespec ts;
	uint64_t end = clock_monotonic() + STOP_TIMEOUT_MS * NSEC_PER_MSEC;

	ts.tv_sec = end / SPA_NSEC_PER_SEC;
	ts.tv_nsec = end % SPA_NSEC_PER_SEC;
	pthread_mutex_lock(&m->lock);
	while (m->n_peers > 0)
		if (pthread_cond_timedwait(&m->idle, &m->lock, &ts) != 0)
			break;
	pthread_mutex_unlock(&m->lock);

	media_post_thread(m, m->stop);
	m->stop = NULL;
	spa_thread_utils_join(m->thread_utils, m->thread, NULL);
}

void media_destroy(struct media *m)
{
	struct media_session *s;

	if (m == NULL)
		return;
	spa_list_consume(s, &m->sessions, link)
		media_session_destroy(s);
	if (m->thread) {
		stop_thread(m);
	} else {
		pacer_destroy(m->pacer);
		net_destroy(m->net);
	}
	if (m->main_event)
		pw_loop_destroy_source(m->main_loop, m->main_event);
	if (m->counters_timer)
		pw_loop_destroy_source(m->loop, m->counters_timer);
	if (m->event)
		pw_loop_destroy_source(m->loop, m->event);
	if (m->loop)
		pw_loop_destroy(m->loop);
	if (m->stop)
		media_message_free(m->stop);
	drain_free(&m->to_thread);
	drain_free(&m->to_main);
	if (m->codec_handle)
		pw_unload_spa_handle(m->codec_handle);
	pthread_cond_destroy(&m->idle);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static struct message *session_message(struct media_session *s, enum message_type type)
{
	struct message *msg = calloc(1, sizeof(*msg));

	if (msg == NULL) {
		pw_log_error("out of memory: a session misses a command");
		return NULL;
	}
	msg->type = type;
	msg->peer = s->peer;
	return msg;
}

static void session_free(struct media_session *s)
{
	if (s->peer) {
		audio_ring_destroy(s->peer->ring);
		free(s->peer);
	}
	if (s->stop)
		media_message_free(s->stop);
	free(s);
}

int media_session_new(struct media *m, const char *name, const struct session_params *params,
		const struct media_session_events *events, void *data,
		struct media_session **ret)
{
	struct media_session *s;
	struct message *msg;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -ENOMEM;
	s->media = m;
	s->events = events;
	s->data = data;
	if ((s->peer = calloc(1, sizeof(*s->peer))) == NULL ||
	    (s->peer->ring = audio_ring_new(RING_SAMPLES)) == NULL ||
	    (s->stop = session_message(s, MESSAGE_STOP)) == NULL ||
	    (msg = session_message(s, MESSAGE_NEW)) == NULL)
		goto error;
	if ((msg->params = media_params_new(params)) == NULL) {
		media_message_free(msg);
		goto error;
	}
	s->id = ++m->last_id;
	s->peer->media = m;
	snprintf(s->peer->name, sizeof(s->peer->name), "%s", name);
	s->peer->id = s->id;
	s->stop->peer = s->peer;
	spa_list_append(&m->sessions, &s->link);
	pthread_mutex_lock(&m->lock);
	m->n_peers++;
	pthread_mutex_unlock(&m->lock);
	media_post_thread(m, msg);
	*ret = s;
	return 0;
error:
	session_free(s);
	return -ENOMEM;
}

void media_session_destroy(struct media_session *s)
{
	if (s == NULL)
		return;
	spa_list_remove(&s->link);
	media_post_thread(s->media, s->stop);
	free(s);
}

struct audio_ring *media_session_get_ring(struct media_session *s)
{
	return s->peer->ring;
}

int media_session_update(struct media_session *s, const struct session_params *params)
{
	struct message *msg;

	if ((msg = session_message(s, MESSAGE_UPDATE)) == NULL)
		return -ENOMEM;
	if ((msg->params = media_params_new(params)) == NULL) {
		media_message_free(msg);
		return -ENOMEM;
	}
	media_post_thread(s->media, msg);
	return 0;
}

void media_session_claim(struct media_session *s, bool claimed)
{
	struct message *msg;

	if ((msg = session_message(s, MESSAGE_CLAIM)) == NULL)
		return;
	msg->flag = claimed;
	media_post_thread(s->media, msg);
}

void media_session_probe(struct media_session *s)
{
	struct message *msg;

	if ((msg = session_message(s, MESSAGE_PROBE)))
		media_post_thread(s->media, msg);
}

void media_session_resolved(struct media_session *s, int res, const char *uri, const char *message)
{
	struct message *msg;

	if ((msg = session_message(s, MESSAGE_RESOLVED)) == NULL)
		return;
	msg->res = res;
	if ((uri && (msg->uri = strdup(uri)) == NULL) ||
	    (message && (msg->text = strdup(message)) == NULL))
		msg->res = -ENOMEM;
	media_post_thread(s->media, msg);
}

void media_session_kick(struct media_session *s)
{
	struct message *msg;

	if ((msg = session_message(s, MESSAGE_KICK)))
		media_post_thread(s->media, msg);
}

void media_session_retry(struct media_session *s)
{
	struct message *msg;

	if ((msg = session_message(s, MESSAGE_RETRY)))
		media_post_thread(s->media, msg);
}

void media_session_release(struct media_session *s)
{
	struct message *msg;

	if ((msg = session_message(s, MESSAGE_RELEASE)))
		media_post_thread(s->media, msg);
}

void media_session_get_counters(struct media_session *s, struct session_counters *ret)
{
	*ret = s->counters;
}
