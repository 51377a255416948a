/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/strangers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/string.h>

#include "module/util/bucket.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/random.h"

#define INTERVAL_NS	((uint64_t)SPA_NSEC_PER_SEC / LIMIT_STRANGERS_PER_S)
/* A camera that is there says so again. Those of a flood do not keep it waiting for longer. */
#define WAIT_NS		(5 * (uint64_t)SPA_NSEC_PER_SEC)

struct waiting {
	struct discovery_device device;
	uint64_t since;
};

struct strangers {
	struct spa_loop_utils *loop;
	const struct strangers_events *events;
	void *data;

	struct bucket bucket;
	struct spa_source *timer;
	struct waiting waiting[LIMIT_STRANGERS_WAITING];	/* in no order */
	uint32_t n_waiting;
};

static bool is_free(struct strangers *s)
{
	return s->events->asked(s->data) < LIMIT_STRANGERS_ASKED;
}

bool strangers_may_ask(struct strangers *s)
{
	return is_free(s) && bucket_take(&s->bucket, clock_monotonic());
}

static bool is_turn(struct strangers *s)
{
	return is_free(s) && bucket_wait(&s->bucket, clock_monotonic()) == 0;
}

static void remove_waiting(struct strangers *s, uint32_t i)
{
	s->waiting[i] = s->waiting[--s->n_waiting];
}

static void drop_old(struct strangers *s, uint64_t now)
{
	for (uint32_t i = s->n_waiting; i > 0; i--)
		if (now - s->waiting[i - 1].since > WAIT_NS)
			remove_waiting(s, i - 1);
}

static void on_timer(void *data, uint64_t expirations)
{
	struct strangers *s = data;
	struct discovery_device device;
	uint32_t i;

	drop_old(s, clock_monotonic());
	/* by chance: whoever knows an order can push in */
	while (s->n_waiting > 0 && is_turn(s)) {
		i = random_below(s->n_waiting);
		device = s->waiting[i].device;
		remove_waiting(s, i);
		s->events->turn(s->data, &device);
	}
	if (s->n_waiting > 0)
		timer_arm(s->loop, s->timer, INTERVAL_NS);
}

/* \return where it waits already, or NULL and how many others wait at its address */
static struct waiting *find(struct strangers *s, const struct discovery_device *device,
		uint32_t *ret_others)
{
	*ret_others = 0;
	for (uint32_t i = 0; i < s->n_waiting; i++) {
		struct waiting *w = &s->waiting[i];

		if (!spa_streq(w->device.address, device->address))
			continue;
		if (spa_streq(w->device.id, device->id))
			return w;
		(*ret_others)++;
	}
	return NULL;
}

static void wait(struct strangers *s, const struct discovery_device *device)
{
	uint32_t others;
	struct waiting *w = find(s, device, &others);

	if (w == NULL && others >= LIMIT_STRANGERS_PER_ADDRESS)
		return;
	if (w == NULL && s->n_waiting == 0)
		timer_arm(s->loop, s->timer, INTERVAL_NS);
	if (w == NULL)
		w = &s->waiting[s->n_waiting < LIMIT_STRANGERS_WAITING ? s->n_waiting++ :
			random_below(LIMIT_STRANGERS_WAITING)];
	*w = (struct waiting) { *device, clock_monotonic() };
}

void strangers_add(struct strangers *s, const struct discovery_device *device)
{
	if (s->n_waiting == 0 && is_turn(s))
		s->events->turn(s->data, device);
	else
		wait(s, device);
}

struct strangers *strangers_new(struct spa_loop_utils *loop, const struct strangers_events *events,
		void *data)
{
	struct strangers *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->loop = loop;
	s->events = events;
	s->data = data;
	bucket_init(&s->bucket, INTERVAL_NS, LIMIT_STRANGERS_AT_ONCE, clock_monotonic());
	if ((s->timer = compat_add_timer(loop, on_timer, s)) == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void strangers_destroy(struct strangers *s)
{
	if (s == NULL)
		return;
	spa_loop_utils_destroy_source(s->loop, s->timer);
	free(s);
}
