/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "keyring.h"
#include "module/util/clock.h"
#include "module/util/compat.h"

/* so long nobody is told that there is no answer: it comes with the start of the desktop */
#define SILENT_MS	UINT64_C(5000)
/* a helper that ended although something is missing: the session bus went, or it crashed */
#define AGAIN_MS	UINT64_C(30000)

struct keyring {
	struct spa_loop_utils *loop;
	const struct keyring_events *events;
	void *data;

	struct spa_source *timer;
	struct spa_source *io;
	struct keyring_child child;

	struct buf request;		/* names, no passwords */
	uint8_t *status;		/* of each that is asked for */
	uint32_t n;

	char in[2 * (sizeof(struct keyring_reply) + LIMIT_ERROR_LEN)];
	size_t in_len;
};

static void answer(struct keyring *k, uint32_t index, enum keyring_status status, const struct secret *password)
{
	k->status[index] = (uint8_t)status;
	k->events->answer(k->data, index, status, password);
}

/* those without a password */
static void answer_all(struct keyring *k, enum keyring_status before, enum keyring_status status)
{
	for (uint32_t i = 0; i < k->n; i++)
		if (before == KEYRING_NONE ? k->status[i] != KEYRING_FOUND : k->status[i] == before)
			answer(k, i, status, NULL);
}

static bool is_complete(const struct keyring *k)
{
	for (uint32_t i = 0; i < k->n; i++)
		if (k->status[i] != KEYRING_FOUND)
			return false;
	return true;
}

static void stop(struct keyring *k)
{
	if (k->io)
		spa_loop_utils_destroy_source(k->loop, k->io);
	k->io = NULL;
	keyring_reap(&k->child);
	explicit_bzero(k->in, sizeof(k->in));
	k->in_len = 0;
	timer_disarm(k->loop, k->timer);
}

static void take(struct keyring *k, const struct keyring_reply *r, const char *text)
{
	struct secret password = { 0 };

	if (r->status != KEYRING_FOUND) {
		answer(k, r->index, r->status, NULL);
		return;
	}
	/* (it has no NUL inside: the helper looked) */
	if ((password.value = strndup(text, r->size)) == NULL)
		answer(k, r->index, KEYRING_FAILED, NULL);
	else
		answer(k, r->index, KEYRING_FOUND, &password);
	secret_clear(&password);
}

/* \return the size of the first answer, 0: it is not whole yet, -EBADMSG: it is none */
static ssize_t take_first(struct keyring *k, const char *data, size_t size)
{
	struct keyring_reply r;

	if (size < sizeof(r))
		return 0;
	memcpy(&r, data, sizeof(r));
	if (r.index >= k->n || r.status <= KEYRING_NONE || r.status >= KEYRING_N_STATUS || r.size > LIMIT_ERROR_LEN)
		return -EBADMSG;
	if (size - sizeof(r) < r.size)
		return 0;
	take(k, &r, data + sizeof(r));
	return (ssize_t)(sizeof(r) + r.size);
}

static int take_answers(struct keyring *k)
{
	size_t at = 0;
	ssize_t n;

	while ((n = take_first(k, k->in + at, k->in_len - at)) > 0)
		at += (size_t)n;
	memmove(k->in, k->in + at, k->in_len - at);
	k->in_len -= at;
	explicit_bzero(k->in + k->in_len, sizeof(k->in) - k->in_len);
	return n < 0 ? (int)n : 0;
}

static void on_io(void *data, int fd, uint32_t mask)
{
	struct keyring *k = data;
	ssize_t n;

	while ((n = read(fd, k->in + k->in_len, sizeof(k->in) - k->in_len)) > 0) {
		k->in_len += (size_t)n;
		if (take_answers(k) < 0) {
			n = 0;
			break;
		}
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	stop(k);
	if (is_complete(k))
		return;
	answer_all(k, KEYRING_ASKED, KEYRING_FAILED);
	answer_all(k, KEYRING_SILENT, KEYRING_FAILED);
	timer_arm(k->loop, k->timer, AGAIN_MS * NSEC_PER_MSEC);
}

static void start(struct keyring *k)
{
	int res = keyring_spawn("lookup", &k->request, O_NONBLOCK, &k->child);

	if (res == 0) {
		k->io = spa_loop_utils_add_io(k->loop, k->child.fd, SPA_IO_IN | SPA_IO_HUP, false, on_io, k);
		if (k->io == NULL) {
			stop(k);
			res = -ENOMEM;
		}
	}
	if (res < 0)
		answer_all(k, KEYRING_NONE, res == -ENOTSUP || res == -ENOENT ? KEYRING_UNSUPPORTED : KEYRING_FAILED);
	/* it may be installed meanwhile, or the process may have room again */
	timer_arm(k->loop, k->timer, (res < 0 ? AGAIN_MS : SILENT_MS) * NSEC_PER_MSEC);
}

static void on_timer(void *data, uint64_t expirations)
{
	struct keyring *k = data;

	if (k->child.fd >= 0)
		answer_all(k, KEYRING_ASKED, KEYRING_SILENT);
	else
		start(k);
}

struct keyring *keyring_new(struct spa_loop_utils *loop, const struct keyring_events *events, void *data)
{
	struct keyring *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->loop = loop;
	k->events = events;
	k->data = data;
	k->child.fd = -1;
	buf_init(&k->request, LIMIT_CONF_LEN);
	if ((k->timer = compat_add_timer(loop, on_timer, k)) == NULL) {
		int res = errno;

		keyring_destroy(k);
		errno = res;
		return NULL;
	}
	return k;
}

void keyring_destroy(struct keyring *k)
{
	if (k == NULL)
		return;
	if (k->timer) {
		stop(k);
		spa_loop_utils_destroy_source(k->loop, k->timer);
	}
	buf_clear(&k->request);
	free(k->status);
	free(k);
}

int keyring_look_up(struct keyring *k, const struct keyring_ref *refs, uint32_t n_refs)
{
	uint8_t *status = NULL;

	stop(k);
	k->n = 0;
	buf_reset(&k->request);
	if (n_refs == 0)
		return 0;
	for (uint32_t i = 0; i < n_refs; i++)
		keyring_add_ref(&k->request, &refs[i]);
	if (k->request.error < 0)
		return k->request.error;
	if ((status = malloc(n_refs)) == NULL)
		return -ENOMEM;
	memset(status, KEYRING_ASKED, n_refs);
	free(k->status);
	k->status = status;
	k->n = n_refs;
	/* from the loop, at once: nobody is answered before this returns */
	timer_arm(k->loop, k->timer, 0);
	return 0;
}
