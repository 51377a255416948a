/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include <spa/support/loop.h>
#include <spa/utils/list.h>
#include <spa/utils/type.h>

#include "module/util/clock.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

/* neither clock starts at 0: a forgotten "0 means never" would pass otherwise */
#define START_MONOTONIC	(UINT64_C(1000) * SPA_NSEC_PER_SEC)
#define START_REALTIME	(UINT64_C(1767225600) * SPA_NSEC_PER_SEC)
/* a real loop would turn for ever at full load: call that a failure */
#define TURNS_MAX	100000u

enum kind { KIND_IO, KIND_IDLE, KIND_EVENT, KIND_TIMER };

static const char * const kind_names[] = { "io", "idle", "event", "timer" };

struct vsource {
	struct spa_source source;
	struct spa_list link;
	enum kind kind;
	union {
		spa_source_io_func_t io;
		spa_source_idle_func_t idle;
		spa_source_event_func_t event;
		spa_source_timer_func_t timer;
	} func;
	bool close;
	bool enabled;		/* idle; event: signalled; timer: armed */
	uint64_t count;		/* event: signals since it last fired */
	uint64_t due;		/* timer */
	uint64_t interval;	/* timer */
	uint64_t order;		/* of arming or signalling */
};

struct vloop {
	struct spa_loop_utils utils;
	struct spa_list sources;
	uint64_t now;
	uint64_t order;
	uint32_t wakeups;
	struct clock_source clock;
};

static struct vsource *add(struct vloop *v, enum kind kind, int fd, void *data)
{
	struct vsource *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->kind = kind;
	s->source.data = data;
	s->source.fd = fd;
	spa_list_append(&v->sources, &s->link);
	return s;
}

static struct spa_source *loop_add_io(void *object, int fd, uint32_t mask, bool close_fd,
		spa_source_io_func_t func, void *data)
{
	struct vsource *s = add(object, KIND_IO, fd, data);

	if (s == NULL)
		return NULL;
	s->func.io = func;
	s->source.mask = mask;
	s->close = close_fd;
	return &s->source;
}

static int loop_update_io(void *object, struct spa_source *source, uint32_t mask)
{
	source->mask = mask;
	return 0;
}

static void set_enabled(struct vloop *v, struct vsource *s, bool enabled)
{
	if (enabled)
		s->order = ++v->order;
	s->enabled = enabled;
}

static struct spa_source *loop_add_idle(void *object, bool enabled,
		spa_source_idle_func_t func, void *data)
{
	struct vsource *s = add(object, KIND_IDLE, -1, data);

	if (s == NULL)
		return NULL;
	s->func.idle = func;
	set_enabled(object, s, enabled);
	return &s->source;
}

static struct vsource *cast(struct spa_source *source, enum kind kind)
{
	struct vsource *s = SPA_CONTAINER_OF(source, struct vsource, source);

	check(s->kind == kind);
	return s;
}

static int loop_enable_idle(void *object, struct spa_source *source, bool enabled)
{
	set_enabled(object, cast(source, KIND_IDLE), enabled);
	return 0;
}

static struct spa_source *loop_add_event(void *object, spa_source_event_func_t func, void *data)
{
	struct vsource *s = add(object, KIND_EVENT, -1, data);

	if (s == NULL)
		return NULL;
	s->func.event = func;
	return &s->source;
}

static int loop_signal_event(void *object, struct spa_source *source)
{
	struct vsource *s = cast(source, KIND_EVENT);

	if (!s->enabled)
		set_enabled(object, s, true);
	s->count++;
	return 0;
}

static struct spa_source *loop_add_timer(void *object, spa_source_timer_func_t func, void *data)
{
	struct vsource *s = add(object, KIND_TIMER, -1, data);

	if (s == NULL)
		return NULL;
	s->func.timer = func;
	return &s->source;
}

static uint64_t to_nsec(const struct timespec *ts)
{
	return ts ? (uint64_t)ts->tv_sec * SPA_NSEC_PER_SEC + (uint64_t)ts->tv_nsec : 0;
}

/* as timerfd_settime(): a value of 0 disarms, absolute or not. A missing value is what
 * libspa's loop makes of it: the interval, absolute, so that it fires at once. */
static int loop_update_timer(void *object, struct spa_source *source, struct timespec *value,
		struct timespec *interval, bool absolute)
{
	struct vloop *v = object;
	struct vsource *s = cast(source, KIND_TIMER);
	uint64_t due;

	if (value == NULL && interval != NULL) {
		value = interval;
		absolute = true;
	}
	due = to_nsec(value);
	set_enabled(v, s, due != 0);
	s->due = absolute ? due : v->now + due;
	s->interval = to_nsec(interval);
	return 0;
}

static struct spa_source *loop_add_signal(void *object, int signal_number,
		spa_source_signal_func_t func, void *data)
{
	errno = ENOTSUP;
	return NULL;
}

static void loop_destroy_source(void *object, struct spa_source *source)
{
	struct vsource *s = SPA_CONTAINER_OF(source, struct vsource, source);

	spa_list_remove(&s->link);
	if (s->close && source->fd >= 0)
		close(source->fd);
	free(s);
}

static const struct spa_loop_utils_methods utils_methods = {
	SPA_VERSION_LOOP_UTILS_METHODS,
	.add_io = loop_add_io,
	.update_io = loop_update_io,
	.add_idle = loop_add_idle,
	.enable_idle = loop_enable_idle,
	.add_event = loop_add_event,
	.signal_event = loop_signal_event,
	.add_timer = loop_add_timer,
	.update_timer = loop_update_timer,
	.add_signal = loop_add_signal,
	.destroy_source = loop_destroy_source,
};

static uint64_t get_monotonic(void *data)
{
	struct vloop *v = data;
	return v->now;
}

static uint64_t get_realtime(void *data)
{
	struct vloop *v = data;
	return v->now - START_MONOTONIC + START_REALTIME;
}

struct vloop *vloop_new(void)
{
	struct vloop *v = calloc(1, sizeof(*v));

	check(v != NULL);
	v->utils.iface = SPA_INTERFACE_INIT(SPA_TYPE_INTERFACE_LoopUtils,
			SPA_VERSION_LOOP_UTILS, &utils_methods, v);
	spa_list_init(&v->sources);
	v->now = START_MONOTONIC;
	v->clock = (struct clock_source) {
		.monotonic = get_monotonic,
		.realtime = get_realtime,
		.data = v,
	};
	clock_set_source(&v->clock);
	return v;
}

void vloop_destroy(struct vloop *v)
{
	uint32_t left[SPA_N_ELEMENTS(kind_names)] = { 0 };
	struct vsource *s;

	if (v == NULL)
		return;
	clock_set_source(NULL);
	spa_list_consume(s, &v->sources, link) {
		left[s->kind]++;
		loop_destroy_source(v, &s->source);
	}
	free(v);
	for (size_t i = 0; i < SPA_N_ELEMENTS(left); i++)
		if (left[i] > 0)
			test_fail(__FILE__, __LINE__, "%u sources of kind %s were not destroyed",
					left[i], kind_names[i]);
}

struct spa_loop_utils *vloop_utils(struct vloop *v)
{
	return &v->utils;
}

uint64_t vloop_now(struct vloop *v)
{
	return v->now;
}

/* events first, then timers by their time, then idle; in the order of arming within each */
static bool is_before(const struct vsource *a, const struct vsource *b)
{
	static const uint8_t rank[] = {
		[KIND_EVENT] = 0, [KIND_TIMER] = 1, [KIND_IDLE] = 2, [KIND_IO] = 3,
	};

	if (rank[a->kind] != rank[b->kind])
		return rank[a->kind] < rank[b->kind];
	if (a->kind == KIND_TIMER && a->due != b->due)
		return a->due < b->due;
	return a->order < b->order;
}

static struct vsource *find_due(struct vloop *v)
{
	struct vsource *s, *best = NULL;

	spa_list_for_each(s, &v->sources, link) {
		if (!s->enabled || (s->kind == KIND_TIMER && s->due > v->now))
			continue;
		if (best == NULL || is_before(s, best))
			best = s;
	}
	return best;
}

/* nothing of s is touched after its function ran: it may have destroyed it */
static void fire(struct vloop *v, struct vsource *s)
{
	uint64_t count;

	switch (s->kind) {
	case KIND_EVENT:
		count = s->count;
		s->count = 0;
		s->enabled = false;
		s->func.event(s->source.data, count);
		break;
	case KIND_TIMER:
		count = 1;
		if (s->interval > 0) {
			count += (v->now - s->due) / s->interval;
			s->due += count * s->interval;
			set_enabled(v, s, true);
		} else {
			s->enabled = false;
		}
		s->func.timer(s->source.data, count);
		break;
	case KIND_IDLE:
		s->order = ++v->order;
		s->func.idle(s->source.data);
		break;
	case KIND_IO:
		break;
	}
}

void vloop_flush(struct vloop *v)
{
	struct vsource *s;
	uint32_t turns = 0;

	while ((s = find_due(v)) != NULL) {
		if (++turns > TURNS_MAX)
			test_fail(__FILE__, __LINE__, "a %s source spins", kind_names[s->kind]);
		fire(v, s);
	}
}

static struct vsource *find_next(struct vloop *v)
{
	struct vsource *s, *best = NULL;

	spa_list_for_each(s, &v->sources, link)
		if (s->kind == KIND_TIMER && s->enabled && (best == NULL || s->due < best->due))
			best = s;
	return best;
}

void vloop_run(struct vloop *v, uint32_t ms)
{
	uint64_t end = v->now + ms * NSEC_PER_MSEC;
	struct vsource *s;

	vloop_flush(v);
	while ((s = find_next(v)) != NULL && s->due <= end) {
		v->now = SPA_MAX(v->now, s->due);
		v->wakeups++;
		vloop_flush(v);
	}
	v->now = end;
}

void vloop_skip(struct vloop *v, uint32_t ms)
{
	v->now += ms * NSEC_PER_MSEC;
}

uint64_t vloop_next_timer(struct vloop *v)
{
	struct vsource *s = find_next(v);

	if (s == NULL)
		return UINT64_MAX;
	return s->due > v->now ? s->due - v->now : 0;
}

uint32_t vloop_armed_timers(struct vloop *v)
{
	struct vsource *s;
	uint32_t n = 0;

	spa_list_for_each(s, &v->sources, link)
		n += s->kind == KIND_TIMER && s->enabled;
	return n;
}

uint32_t vloop_wakeups(struct vloop *v)
{
	return v->wakeups;
}
