/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include <spa/utils/list.h>

#include "module/net/curl-loop.h"
#include "module/util/clock.h"
#include "module/util/compat.h"

struct watch {
	struct spa_list link;
	struct curl_loop *cl;
	struct spa_source *source;
};

struct transfer {
	struct spa_list link;
	CURL *easy;
	bool done;
};

struct curl_loop {
	struct spa_loop_utils *loop;
	const struct curl_loop_events *events;
	void *data;

	CURLM *multi;
	struct spa_source *timer;
	struct spa_list watches;
	struct spa_list transfers;
	bool broken;

	uint32_t in_emit;
	bool dead;
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_code;

static void global_init(void)
{
	global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

int curl_loop_global_init(void)
{
	pthread_once(&global_once, global_init);
	return global_code == CURLE_OK ? 0 : curl_loop_errno(global_code, 0);
}

int curl_loop_errno(CURLcode code, long os_errno)
{
	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return -ENXIO;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	case CURLE_AGAIN:
		return -EAGAIN;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return -EINVAL;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_ISSUER_ERROR:
	/* no authorities on this machine: nobody vouches for the camera */
	case CURLE_SSL_CACERT_BADFILE:
		return -EKEYREJECTED;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		return os_errno > 0 ? -(int)os_errno : -EPROTO;
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WRITE_ERROR:
		return -E2BIG;
	case CURLE_COULDNT_CONNECT:
		return os_errno > 0 ? -(int)os_errno : -ECONNREFUSED;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
		return os_errno > 0 ? -(int)os_errno : -ECONNRESET;
	default:
		return os_errno > 0 ? -(int)os_errno : -EIO;
	}
}

static void drop_multi(struct curl_loop *cl)
{
	struct watch *w;

	/* libcurl tells of its remaining sockets in here */
	if (cl->multi)
		curl_multi_cleanup(cl->multi);
	cl->multi = NULL;
	spa_list_consume(w, &cl->watches, link) {
		spa_list_remove(&w->link);
		spa_loop_utils_destroy_source(cl->loop, w->source);
		free(w);
	}
}

static void loop_free(struct curl_loop *cl)
{
	struct transfer *transfer;

	drop_multi(cl);
	spa_list_consume(transfer, &cl->transfers, link) {
		spa_list_remove(&transfer->link);
		free(transfer);
	}
	if (cl->timer)
		spa_loop_utils_destroy_source(cl->loop, cl->timer);
	free(cl);
}

static struct transfer *find(struct curl_loop *cl, CURL *easy)
{
	struct transfer *t;

	spa_list_for_each(t, &cl->transfers, link)
		if (t->easy == easy)
			return t;
	return NULL;
}

static struct transfer *next_undone(struct curl_loop *cl)
{
	struct transfer *t;

	spa_list_for_each(t, &cl->transfers, link)
		if (!t->done)
			return t;
	return NULL;
}

/* Without memory in the wrong place a multi is never to be called again: it divides by zero (7.88),
 * or says no more when it wants to be called. What is in it ends here. */
static void fail_all(struct curl_loop *cl)
{
	struct transfer *t;

	timer_disarm(cl->loop, cl->timer);
	cl->in_emit++;
	while (!cl->dead && (t = next_undone(cl)) != NULL) {
		t->done = true;
		cl->events->done(cl->data, t->easy, CURLE_OUT_OF_MEMORY);
	}
	if (--cl->in_emit == 0 && cl->dead)
		loop_free(cl);
}

static void emit_done(struct curl_loop *cl)
{
	CURLMsg *msg;
	int left;

	cl->in_emit++;
	while (!cl->dead && (msg = curl_multi_info_read(cl->multi, &left)) != NULL) {
		/* removing the handle frees the message */
		CURL *easy = msg->easy_handle;
		CURLcode code = msg->data.result;
		struct transfer *t = find(cl, easy);

		if (msg->msg != CURLMSG_DONE || t == NULL)
			continue;
		t->done = true;
		cl->events->done(cl->data, easy, code);
	}
	if (--cl->in_emit == 0 && cl->dead)
		loop_free(cl);
}

static void drive(struct curl_loop *cl, curl_socket_t fd, int ev)
{
	int running;

	if (cl->broken)
		return;
	cl->broken = curl_multi_socket_action(cl->multi, fd, ev, &running) != CURLM_OK;
	if (cl->broken)
		fail_all(cl);
	else
		emit_done(cl);
}

static void on_io(void *data, int fd, uint32_t mask)
{
	struct watch *w = data;
	int ev = 0;

	if (mask & (SPA_IO_IN | SPA_IO_HUP))
		ev |= CURL_CSELECT_IN;
	if (mask & SPA_IO_OUT)
		ev |= CURL_CSELECT_OUT;
	if (mask & SPA_IO_ERR)
		ev |= CURL_CSELECT_ERR;
	drive(w->cl, fd, ev);
}

static void on_timer(void *data, uint64_t expirations)
{
	drive(data, CURL_SOCKET_TIMEOUT, 0);
}

static int socket_cb(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data)
{
	struct curl_loop *cl = data;
	struct watch *w = socket_data;
	uint32_t mask = 0;

	if (what == CURL_POLL_REMOVE) {
		if (w) {
			spa_loop_utils_destroy_source(cl->loop, w->source);
			spa_list_remove(&w->link);
			free(w);
			curl_multi_assign(cl->multi, fd, NULL);
		}
		return 0;
	}
	if (what & CURL_POLL_IN)
		mask |= SPA_IO_IN;
	if (what & CURL_POLL_OUT)
		mask |= SPA_IO_OUT;
	if (w)
		return spa_loop_utils_update_io(cl->loop, w->source, mask) < 0 ? -1 : 0;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return -1;
	w->cl = cl;
	w->source = spa_loop_utils_add_io(cl->loop, fd, mask, false, on_io, w);
	if (w->source == NULL) {
		free(w);
		return -1;
	}
	spa_list_append(&cl->watches, &w->link);
	curl_multi_assign(cl->multi, fd, w);
	return 0;
}

static int timer_cb(CURLM *multi, long timeout_ms, void *data)
{
	struct curl_loop *cl = data;

	/* 0 too goes through the loop: this is called from inside libcurl */
	if (timeout_ms < 0)
		timer_disarm(cl->loop, cl->timer);
	else
		timer_arm(cl->loop, cl->timer, (uint64_t)timeout_ms * NSEC_PER_MSEC);
	return 0;
}

static int make_multi(struct curl_loop *cl)
{
	CURLM *multi = curl_multi_init();

	if (multi == NULL)
		return -ENOMEM;
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_cb);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, cl);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_cb);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, cl);
	drop_multi(cl);
	cl->multi = multi;
	cl->broken = false;
	return 0;
}

struct curl_loop *curl_loop_new(struct spa_loop_utils *loop,
		const struct curl_loop_events *events, void *data)
{
	struct curl_loop *cl;
	int res;

	if ((res = curl_loop_global_init()) < 0) {
		errno = -res;
		return NULL;
	}
	if ((cl = calloc(1, sizeof(*cl))) == NULL)
		return NULL;
	cl->loop = loop;
	cl->events = events;
	cl->data = data;
	spa_list_init(&cl->watches);
	spa_list_init(&cl->transfers);

	cl->timer = compat_add_timer(loop, on_timer, cl);
	if (cl->timer == NULL || make_multi(cl) < 0) {
		loop_free(cl);
		errno = ENOMEM;
		return NULL;
	}
	return cl;
}

void curl_loop_destroy(struct curl_loop *cl)
{
	if (cl == NULL || cl->dead)
		return;
	if (cl->in_emit > 0)
		cl->dead = true;
	else
		loop_free(cl);
}

CURLM *curl_loop_multi(struct curl_loop *cl)
{
	return cl->multi;
}

int curl_loop_add(struct curl_loop *cl, CURL *easy)
{
	struct transfer *t;
	CURLMcode code;

#if LIBCURL_VERSION_NUM >= 0x075700
	/* else removing a handle waits for its name look-up to end */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	/* a new one, as soon as nobody is in the broken one */
	if (cl->broken && (!spa_list_is_empty(&cl->transfers) || make_multi(cl) < 0))
		return -ENOMEM;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return -ENOMEM;
	code = curl_multi_add_handle(cl->multi, easy);
	if (code != CURLM_OK) {
		free(t);
		return code == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
	}
	t->easy = easy;
	spa_list_append(&cl->transfers, &t->link);
	return 0;
}

void curl_loop_remove(struct curl_loop *cl, CURL *easy)
{
	struct transfer *t = find(cl, easy);

	curl_multi_remove_handle(cl->multi, easy);
	if (t) {
		spa_list_remove(&t->link);
		free(t);
	}
}
