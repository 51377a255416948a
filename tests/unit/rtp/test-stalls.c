/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/* The graph, our wake-ups, or the whole machine stand still for a while. */

#include "tests/unit/rtp/pacer-rig.h"

/* the graph stands still: one gap, nothing lost, more margin afterwards */
static void test_underrun(void)
{
	uint32_t before;
	struct rig r;

	rig_init(&r);
	r.graph.quantum = 512;
	graph_start(&r.graph);
	rig_start(&r, 0, 0);
	vloop_run(r.v, 30000);
	before = rig_stats(&r).delay_samples;
	r.graph.next += 1e8;
	vloop_run(r.v, 30000);
	check_int(rig_stats(&r).underruns, 1);
	check_int(r.breaks, 0);
	check(abs((int)rig_stats(&r).delay_samples - (int)(before + PACKET)) < 20);

	/* a pause is not an underrun */
	r.graph.next += 1e9;
	vloop_run(r.v, 30000);
	check_int(rig_stats(&r).underruns, 1);
	check_int(r.breaks, 0);
	rig_end(&r);
}

/* Everything stood still, the graph, too, which does not make up for it: what is missing says
 * nothing about clocks. wait: the stream was just waiting for its samples. */
static void stand_still(uint32_t ms, bool wait)
{
	struct pacer_stats before, stats;
	uint32_t packets;
	struct rig r;

	rig_init(&r);
	r.graph.quantum = 1024;
	graph_start(&r.graph);
	rig_start(&r, 0, 0);
	vloop_run(r.v, 30000);
	before = rig_stats(&r);
	if (wait) {
		graph_end(&r.graph);
		while (audio_ring_fill(r.graph.ring) >= PACKET)
			vloop_run(r.v, 1);
		vloop_run(r.v, 25);
	}
	packets = r.packets;
	vloop_skip(r.v, ms);
	r.graph.next = (double)vloop_now(r.v);
	if (wait) {
		graph_write(&r.graph, 2 * PACKET);
		graph_resume(&r.graph);
	}
	vloop_flush(r.v);
	stats = rig_stats(&r);
	test_context("%u ms, %s", ms, wait ? "waiting" : "flowing");
	/* so long ago is not made up for */
	if (ms > 500)
		check_int(r.packets, packets + 1);
	check(fabs(stats.rate_ratio - before.rate_ratio) < 100e-6);
	check(stats.delay_samples <= before.delay_samples + PACKET);
	check(stats.delay_samples + PACKET >= before.delay_samples);
	rig_end(&r);
}

static void test_stand_still(void)
{
	static const uint32_t ms[] = { 100, 400, 700, 5000, 60000 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(ms); i++) {
		stand_still(ms[i], true);
		stand_still(ms[i], false);
	}
}

static void test_late(void)
{
	struct rig r;

	rig_init(&r);
	rig_start(&r, 0, 0);
	vloop_run(r.v, 1000);
	check_int(r.packets, 51);

	/* 300 ms late: the camera gets all that it misses, and no drift remains */
	vloop_skip(r.v, 300);
	vloop_flush(r.v);
	check_int(r.packets, 51 + 15);
	vloop_run(r.v, 700);
	check_int(r.packets, 101);

	/* an hour late: the machine slept */
	vloop_skip(r.v, HOUR_MS);
	vloop_flush(r.v);
	check_int(r.packets, 102);
	vloop_run(r.v, 1000);
	check_int(r.packets, 152);
	rig_end(&r);
}

/* the machine stood still, and the graph is back some milliseconds after us */
static void test_standstill(void)
{
	static const uint32_t quanta[] = { 256, 512, 1024, 2048 };
	struct pacer_stats stats;
	struct rig r;

	for (uint32_t i = 0; i < 4 * SPA_N_ELEMENTS(quanta); i++) {
		rig_init(&r);
		r.graph.quantum = quanta[i / 4];
		graph_start(&r.graph);
		rig_start(&r, 0, 0);
		vloop_run(r.v, 5000);
		r.silent = 0;
		graph_end(&r.graph);
		vloop_skip(r.v, 25 + 60 * (i % 4));
		vloop_run(r.v, 12);
		graph_resume(&r.graph);
		vloop_run(r.v, 5000);
		stats = rig_stats(&r);
		if (r.silent || r.breaks || stats.underruns || stats.samples_cut)
			test_fail(__FILE__, __LINE__, "quantum %u, %u ms: silent %u, breaks %u, underruns %u",
				r.graph.quantum, 25 + 60 * (i % 4), r.silent, r.breaks, (unsigned int)stats.underruns);
		rig_end(&r);
	}
}

static const struct test tests[] = {
	{ "a graph that stands still", test_underrun },
	{ "machine and graph stand still", test_stand_still },
	{ "late wake-ups", test_late },
	{ "a machine that stood still", test_standstill },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
