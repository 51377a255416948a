/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/presence.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "module/util/clock.h"
#include "module/util/compat.h"

#define TIMEOUT_MS	3000u

struct presence {
	struct pw_loop *loop;
	struct spa_source *io, *timer;
	presence_done_t done;
	void *data;
};

/* also closes the socket */
void presence_cancel(struct presence *p)
{
	if (p == NULL)
		return;
	if (p->io)
		pw_loop_destroy_source(p->loop, p->io);
	if (p->timer)
		pw_loop_destroy_source(p->loop, p->timer);
	free(p);
}

static void finish(struct presence *p, int res)
{
	presence_done_t done = p->done;
	void *data = p->data;

	presence_cancel(p);
	done(data, res);
}

static void on_io(void *data, int fd, uint32_t mask)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	finish(data, -error);
}

static void on_timer(void *data, uint64_t expirations)
{
	finish(data, -ETIMEDOUT);
}

static socklen_t length(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

int presence_new(struct pw_loop *loop, const struct sockaddr_storage *address,
		presence_done_t done, void *data, struct presence **ret)
{
	struct presence *p;
	int fd, res = 0;

	fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, length(address)) < 0 && errno != EINPROGRESS)
		res = -errno;
	if (res < 0 || (p = calloc(1, sizeof(*p))) == NULL) {
		close(fd);
		return res < 0 ? res : -ENOMEM;
	}
	*p = (struct presence) { .loop = loop, .done = done, .data = data };
	/* (connected at once, it can be written to at once) */
	if ((p->io = pw_loop_add_io(loop, fd, SPA_IO_OUT | SPA_IO_ERR | SPA_IO_HUP, true, on_io, p)) == NULL) {
		close(fd);
		res = -errno;
	} else if ((p->timer = compat_add_timer(loop->utils, on_timer, p)) == NULL) {
		res = -errno;
	}
	if (res < 0) {
		presence_cancel(p);
		return res;
	}
	timer_arm(loop->utils, p->timer, TIMEOUT_MS * NSEC_PER_MSEC);
	*ret = p;
	return 0;
}
