/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/util/clock.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

struct record {
	struct vloop *v;
	struct spa_source *source;
	struct spa_source *other;
	uint32_t fired;
	uint64_t count;
	uint64_t at;
};

static void on_timer(void *data, uint64_t count)
{
	struct record *r = data;

	r->fired++;
	r->count += count;
	r->at = vloop_now(r->v);
	if (r->other) {
		spa_loop_utils_destroy_source(vloop_utils(r->v), r->other);
		spa_loop_utils_destroy_source(vloop_utils(r->v), r->source);
	}
}

static void on_idle(void *data)
{
	struct record *r = data;

	r->fired++;
	spa_loop_utils_enable_idle(vloop_utils(r->v), r->source, false);
}

static void test_timer(void)
{
	struct vloop *v = vloop_new();
	struct spa_loop_utils *u = vloop_utils(v);
	struct record r = { .v = v };
	uint64_t start = vloop_now(v);
	struct timespec ts = { 0, 5000000 }, iv = { 0, 2000000 };

	check(start != 0);
	check_int(clock_monotonic(), start);
	check_int(vloop_next_timer(v), UINT64_MAX);
	r.source = spa_loop_utils_add_timer(u, on_timer, &r);
	spa_loop_utils_update_timer(u, r.source, &ts, &iv, false);
	check_int(vloop_next_timer(v), 5000000);
	check_int(vloop_armed_timers(v), 1);
	vloop_run(v, 4);
	check_int(r.fired, 0);
	vloop_run(v, 1);
	check_int(r.fired, 1);
	check_int(r.at, start + 5000000);
	vloop_run(v, 10);
	check_int(r.fired, 6);
	check_int(r.count, 6);
	spa_loop_utils_update_timer(u, r.source, NULL, NULL, false);
	check_int(vloop_armed_timers(v), 0);

	timer_arm_at(u, r.source, start + 1);	/* long ago: at once */
	vloop_flush(v);
	check_int(r.fired, 7);
	spa_loop_utils_destroy_source(u, r.source);
	vloop_destroy(v);
}

static void test_destroy_inside(void)
{
	struct vloop *v = vloop_new();
	struct spa_loop_utils *u = vloop_utils(v);
	struct record r = { .v = v };

	r.source = spa_loop_utils_add_event(u, on_timer, &r);
	r.other = spa_loop_utils_add_event(u, on_timer, &r);
	spa_loop_utils_signal_event(u, r.source);
	spa_loop_utils_signal_event(u, r.source);
	spa_loop_utils_signal_event(u, r.other);
	vloop_flush(v);
	check_int(r.fired, 1);
	check_int(r.count, 2);
	vloop_destroy(v);
}

static void test_idle(void)
{
	struct vloop *v = vloop_new();
	struct spa_loop_utils *u = vloop_utils(v);
	struct record r = { .v = v };

	r.source = spa_loop_utils_add_idle(u, true, on_idle, &r);
	vloop_flush(v);
	vloop_run(v, 100);
	check_int(r.fired, 1);
	spa_loop_utils_destroy_source(u, r.source);
	vloop_destroy(v);
}

static const struct test tests[] = {
	{ "timers fire at their time and count expirations", test_timer },
	{ "sources can be destroyed from inside a callback", test_destroy_inside },
	{ "idle sources fire while enabled", test_idle },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
