/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/rtp/graph.h"

#define RATE		8000u
#define PACKET		160u
#define STREAMS_MAX	128u
#define SOUND		(67u * RATE)	/* whole words */
#define MEASURE_S	20u
#define INTERVALS_MAX	(STREAMS_MAX * 50u * MEASURE_S)

struct scene {
	const char *name;
	int16_t (*sample)(uint64_t pos);
	uint32_t quantum;
	double ppm;
	uint32_t jitter_us;
	uint32_t connect_ms;		/* a session is ready up to so long after its link */
	uint32_t settle_s;		/* the delay of the longest was given back */
	double other_ppm;		/* not 0: every other stream is of a second graph */
};

/* Many cameras of one graph: each is linked, and its session ready, at a time of its own. */
struct source {
	struct group *group;
	struct audio_ring *ring;
	struct pacer_stream *stream;
	uint64_t linked_at, ready_at;	/* ms */
	uint32_t packet;		/* samples */
	uint32_t phase;			/* of its resampler, sixths of a sample */
	uint64_t frames, pos;		/* at 48 kHz, written */
	uint64_t last_at;
};

struct cycle {
	struct group *group;
	struct spa_source *timer;
	double next, ppm;
	uint32_t first, step;		/* its sources */
};

struct group {
	struct vloop *v;
	struct pacer *pacer;
	struct cycle cycles[2];
	struct source sources[STREAMS_MAX];
	uint32_t n, seed;
	uint64_t started;
	const struct scene *scene;
	int16_t *sound;

	uint64_t woken_at;
	uint32_t wakes, packets, n_intervals;
	uint32_t *intervals;		/* between packets of a stream, us off the nominal */
};

static uint32_t pseudo_random(struct group *g, uint32_t n)
{
	g->seed = g->seed * 1664525u + 1013904223u;
	return (g->seed >> 8) % n;
}

static int16_t tone(uint64_t pos)
{
	return (int16_t)lround(12000.0 * sin(2 * M_PI * 441.0 * (double)pos / RATE));
}

/* three tones in a ratio that is not simple, and never a pause */
static int16_t music(uint64_t pos)
{
	double t = 2 * M_PI * (double)pos / RATE, swell = 0.7 + 0.3 * sin(t * 0.7);

	return (int16_t)lround(swell * (6000.0 * sin(t * 147.3) + 4000.0 * sin(t * 311.1) +
				2500.0 * sin(t * 1013.0)));
}

/* words of half a second and pauses of a third, in a quiet room */
static int16_t speech(uint64_t pos)
{
	double in_word = (double)(pos % 6700), t = (double)pos / RATE, v = 0.0;

	if (in_word < 4000)
		for (int k = 1; k <= 8; k++)
			v += sin(2 * M_PI * 120.0 * k * t + k * k) / k;
	v *= 6000.0 * sin(M_PI * in_word / 4000);
	return (int16_t)lround(v + (double)((pos * 2654435761u >> 16) % 61) - 30.0);
}

static void on_packet(void *data, const int16_t *samples, uint32_t n, bool silent)
{
	struct source *s = data;
	struct group *g = s->group;
	uint64_t now = vloop_now(g->v);

	g->packets++;
	g->wakes += now != g->woken_at;
	g->woken_at = now;
	if (s->last_at != 0 && g->n_intervals < INTERVALS_MAX)
		g->intervals[g->n_intervals++] =
			(uint32_t)llround(fabs((double)(now - s->last_at) / 1e3 - n * 1e6 / RATE));
	s->last_at = now;
}

static const struct pacer_stream_events events = {
	PACER_VERSION_STREAM_EVENTS,
	.packet = on_packet,
};

static void write_source(struct group *g, struct source *s)
{
	int16_t block[2048];
	uint64_t end;
	uint32_t n = 0;

	s->frames += g->scene->quantum;
	end = (s->frames + s->phase) / 6;
	for (; s->pos < end; s->pos++)
		block[n++] = g->sound[s->pos % SOUND];
	audio_ring_write(s->ring, block, n);
}

static void on_cycle(void *data, uint64_t expirations)
{
	struct cycle *c = data;
	struct group *g = c->group;
	const struct scene *scene = g->scene;
	uint64_t ms = (vloop_now(g->v) - g->started) / NSEC_PER_MSEC;

	for (uint32_t i = c->first; i < g->n; i += c->step)
		if (g->sources[i].linked_at <= ms)
			write_source(g, &g->sources[i]);
	c->next += scene->quantum * 1e9 / (48000.0 * (1.0 + c->ppm * 1e-6));
	timer_arm_at(vloop_utils(g->v), c->timer, (uint64_t)c->next +
			(scene->jitter_us ? pseudo_random(g, scene->jitter_us) * 1000 : 0));
}

static void cycles_init(struct group *g)
{
	uint32_t n = g->scene->other_ppm != 0.0 ? 2 : 1;

	for (uint32_t i = 0; i < n; i++) {
		struct cycle *c = &g->cycles[i];

		*c = (struct cycle) { .group = g, .first = i, .step = n };
		c->ppm = i == 0 ? g->scene->ppm : g->scene->other_ppm;
		c->next = (double)g->started + i * 7e6;
		c->timer = spa_loop_utils_add_timer(vloop_utils(g->v), on_cycle, c);
		check(c->timer != NULL);
		timer_arm_at(vloop_utils(g->v), c->timer, (uint64_t)c->next);
	}
}

static void group_init(struct group *g, const struct scene *scene, uint32_t n)
{
	*g = (struct group) { .v = vloop_new(), .n = n, .scene = scene, .seed = n };
	g->pacer = pacer_new(vloop_utils(g->v));
	g->intervals = calloc(INTERVALS_MAX, sizeof(*g->intervals));
	g->sound = calloc(SOUND, sizeof(*g->sound));
	check(g->pacer && g->intervals && g->sound);
	for (uint32_t i = 0; i < SOUND; i++)
		g->sound[i] = scene->sample(i);
	for (uint32_t i = 0; i < n; i++) {
		struct source *s = &g->sources[i];

		*s = (struct source) { .group = g, .ring = audio_ring_new(10 * RATE), .packet = PACKET };
		s->linked_at = pseudo_random(g, 3000);
		s->ready_at = s->linked_at + pseudo_random(g, scene->connect_ms + 1);
		s->phase = pseudo_random(g, 6);
	}
	g->started = vloop_now(g->v);
	cycles_init(g);
}

static void group_start(struct group *g)
{
	for (uint32_t ms = 0; ms <= 3000 + g->scene->connect_ms; ms++) {
		for (uint32_t i = 0; i < g->n; i++) {
			struct source *s = &g->sources[i];
			struct pacer_stream_params params = {
				.ring = s->ring, .rate = RATE, .packet_samples = s->packet,
				.preroll_ms = 250, .hold_ms = 5000,
			};

			if (s->ready_at == ms)
				check_int(pacer_stream_start(g->pacer, &params, &events, s, &s->stream), 0);
		}
		vloop_run(g->v, 1);
	}
}

static void group_end(struct group *g)
{
	for (uint32_t i = 0; i < g->n; i++)
		pacer_stream_stop(g->sources[i].stream);
	pacer_destroy(g->pacer);
	for (uint32_t i = 0; i < g->n; i++)
		audio_ring_destroy(g->sources[i].ring);
	for (uint32_t i = 0; i < 2; i++)
		if (g->cycles[i].timer)
			spa_loop_utils_destroy_source(vloop_utils(g->v), g->cycles[i].timer);
	free(g->intervals);
	free(g->sound);
	vloop_destroy(g->v);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void delays(struct group *g, uint32_t *lo, uint32_t *hi)
{
	struct pacer_stats stats;

	*lo = UINT32_MAX;
	*hi = 0;
	for (uint32_t i = 0; i < g->n; i++) {
		if (g->sources[i].stream == NULL || g->sources[i].packet != PACKET)
			continue;
		pacer_stream_get_stats(g->sources[i].stream, &stats);
		*lo = SPA_MIN(*lo, stats.delay_samples);
		*hi = SPA_MAX(*hi, stats.delay_samples);
		check_int(stats.underruns, 0);
		check_int(stats.samples_lost, 0);
	}
}

static void measure(struct group *g, uint32_t wakes_max, uint32_t max_us)
{
	uint32_t lo, hi, p99, max, target;

	g->wakes = g->packets = g->n_intervals = 0;
	vloop_run(g->v, MEASURE_S * 1000);
	qsort(g->intervals, g->n_intervals, sizeof(*g->intervals), by_size);
	p99 = g->intervals[g->n_intervals * 99 / 100];
	max = g->intervals[g->n_intervals - 1];
	delays(g, &lo, &hi);
	target = SPA_MAX(g->scene->quantum / 6, RATE / 200) + PACKET;
	printf("# %-24s %3u streams: %3u wake-ups/s, interval p99 +-%.2f ms, max %.2f ms, "
			"waiting %u to %u samples\n",
			g->scene->name, g->n, g->wakes / MEASURE_S, p99 / 1e3, max / 1e3, lo, hi);
	test_context("%s, %u streams", g->scene->name, g->n);
	check(g->wakes <= wakes_max * MEASURE_S);
	check(p99 <= 500);
	check(max <= max_us);
	/* the shift of one that steps with others, and the error of the average */
	check(lo + 5 * RATE / 1000 + 16 >= target && hi <= target + 2 * RATE / 1000 + 16);
}

static const struct scene scenes[] = {
	{ "tone, warm", tone, 1024, 0, 0, 0, 30, 0 },
	{ "speech, cold", speech, 1024, 50, 0, 900, 30, 0 },
	{ "speech, cold, late", speech, 1024, -100, 3000, 900, 30, 0 },
	{ "speech, cold, 2048", speech, 2048, 200, 0, 900, 30, 0 },
	{ "tone, cold", tone, 1024, 20, 0, 900, 90, 0 },
	{ "music, cold", music, 1024, 20, 0, 900, 90, 0 },
	{ "music, cold, 256", music, 256, 20, 0, 900, 90, 0 },
};

static struct group group;

static void test_wakes(void)
{
	static const uint32_t n[] = { 1, 8, 32, 128 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(scenes) * SPA_N_ELEMENTS(n); i++) {
		group_init(&group, &scenes[i / 4], n[i % 4]);
		group_start(&group);
		vloop_run(group.v, group.scene->settle_s * 1000);
		measure(&group, 51, 2000);
		check(group.packets + group.n >= group.n * 50 * MEASURE_S);
		check(group.packets <= group.n * 50 * MEASURE_S + group.n);
		group_end(&group);
	}
}

/* those that others step with are stopped, one after the other */
static void test_leaders_leave(void)
{
	group_init(&group, &scenes[1], 16);
	group_start(&group);
	vloop_run(group.v, 30000);
	for (uint32_t i = 0; i < 12; i++) {
		pacer_stream_stop(group.sources[i].stream);
		group.sources[i].stream = NULL;
		vloop_run(group.v, 1000 + 37 * i);
	}
	measure(&group, 51, 2000);
	group_end(&group);
}

/* graphs whose clocks differ slide along each other: nobody loses anything by it */
static void test_two_graphs(void)
{
	static const struct scene two[] = {
		{ "two graphs", speech, 1024, 200, 0, 900, 60, -200 },
		{ "two graphs, late", speech, 1024, -50, 2000, 900, 60, 70 },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(two); i++) {
		group_init(&group, &two[i], 32);
		group_start(&group);
		vloop_run(group.v, 60000);
		measure(&group, 300, 3000);
		group_end(&group);
	}
}

/* one of another ptime flows first: it cannot be stepped with, but others can */
static void test_other_ptime(void)
{
	static const uint32_t packets[] = { 80, 320 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(packets); i++) {
		group_init(&group, &scenes[1], 64);
		group.sources[0].packet = packets[i];
		group.sources[0].linked_at = group.sources[0].ready_at = 0;
		group_start(&group);
		vloop_run(group.v, group.scene->settle_s * 1000);
		measure(&group, 51 + RATE / packets[i], 2000);
		group_end(&group);
	}
}

static const struct test tests[] = {
	{ "streams of one graph share wake-ups and keep their pace", test_wakes },
	{ "those that others step with leave", test_leaders_leave },
	{ "one of another ptime", test_other_ptime },
	{ "two graphs", test_two_graphs },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
