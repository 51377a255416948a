/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "module/net/sendq.h"
#include "module/util/clock.h"

struct frame {
	struct spa_list link;
	bool media;
	bool offered;
	uint64_t time;
	uint32_t len;
	uint32_t sent;
	uint8_t data[];
};

static void frame_remove(struct sendq *q, struct frame *f)
{
	uint32_t left = f->len - f->sent;

	spa_list_remove(&f->link);
	q->len -= left;
	if (!f->media) {
		q->control_len -= left;
		/* Authorization headers */
		explicit_bzero(f->data, f->len);
	}
	free(f);
}

void sendq_init(struct sendq *q)
{
	*q = (struct sendq){ 0 };
	spa_list_init(&q->frames);
}

void sendq_clear(struct sendq *q)
{
	struct frame *f;

	spa_list_consume(f, &q->frames, link)
		frame_remove(q, f);
}

static struct frame *first_droppable(struct sendq *q)
{
	struct frame *f;

	spa_list_for_each(f, &q->frames, link)
		if (f->media && !f->offered)
			return f;
	return NULL;
}

static void drop(struct sendq *q, struct frame *f)
{
	frame_remove(q, f);
	q->media_dropped++;
}

static void drop_old(struct sendq *q, uint64_t now)
{
	struct frame *f;

	while ((f = first_droppable(q)) != NULL &&
	    now > f->time && now - f->time > LIMIT_SENDQ_MEDIA_MS * NSEC_PER_MSEC)
		drop(q, f);
}

void sendq_drop_media(struct sendq *q)
{
	struct frame *f;

	while ((f = first_droppable(q)) != NULL)
		drop(q, f);
}

static bool make_room(struct sendq *q, size_t len)
{
	struct frame *f;

	while (q->len + len > LIMIT_SENDQ_LEN && (f = first_droppable(q)) != NULL)
		drop(q, f);
	return q->len + len <= LIMIT_SENDQ_LEN;
}

static struct frame *frame_new(size_t len)
{
	struct frame *f = malloc(sizeof(*f) + len);

	if (f)
		*f = (struct frame){ .len = (uint32_t)len };
	return f;
}

int sendq_add_control(struct sendq *q, const void *data, size_t len)
{
	struct frame *f, *pos;

	if (len > LIMIT_SENDQ_LEN || q->control_len + len > LIMIT_SENDQ_LEN)
		return -E2BIG;
	if ((f = frame_new(len)) == NULL)
		return -ENOMEM;
	memcpy(f->data, data, len);
	/* a media frame under way is over LIMIT_SENDQ_LEN then, by one frame at most */
	make_room(q, len);

	spa_list_for_each(pos, &q->frames, link)
		if (pos->media && !pos->offered)
			break;
	spa_list_append(&pos->link, &f->link);
	q->len += f->len;
	q->control_len += f->len;
	return 0;
}

int sendq_add_media(struct sendq *q, const void *header, size_t header_len,
		const void *payload, size_t len, uint64_t now)
{
	struct frame *f;

	if (len > LIMIT_SENDQ_LEN || header_len > LIMIT_SENDQ_LEN - len)
		return -E2BIG;
	drop_old(q, now);
	if (!make_room(q, header_len + len)) {
		q->media_dropped++;
		return 0;
	}
	if ((f = frame_new(header_len + len)) == NULL)
		return -ENOMEM;
	f->media = true;
	f->time = now;
	memcpy(f->data, header, header_len);
	if (len > 0)
		memcpy(f->data + header_len, payload, len);
	spa_list_append(&q->frames, &f->link);
	q->len += f->len;
	return 0;
}

int sendq_flush(struct sendq *q, struct net_stream *stream, uint64_t now)
{
	struct frame *f;
	ssize_t n;

	drop_old(q, now);
	while (!spa_list_is_empty(&q->frames)) {
		f = spa_list_first(&q->frames, struct frame, link);
		f->offered = true;
		n = net_stream_send(stream, f->data + f->sent, f->len - f->sent);
		if (n < 0)
			return (int)n;
		f->sent += (uint32_t)n;
		q->len -= (uint32_t)n;
		if (!f->media)
			q->control_len -= (uint32_t)n;
		q->bytes_sent += (uint64_t)n;
		if (f->sent < f->len)
			return -EAGAIN;
		if (f->media)
			q->media_sent++;
		frame_remove(q, f);
	}
	return 0;
}
