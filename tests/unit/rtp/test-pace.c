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
};

/* Many cameras of one graph: each is linked, and its session ready, at a time of its own. */
struct source {
	struct group *group;
	struct audio_ring *ring;
	struct pacer_stream *stream;
	uint64_t linked_at, ready_at;	/* ms */
	uint32_t phase;			/* of its resampler, sixths of a sample */
	uint64_t frames, pos;		/* at 48 kHz, written */
	uint64_t last_at;
};

struct group {
	struct vloop *v;
	struct pacer *pacer;
	struct spa_source *timer;
	struct source sources[STREAMS_MAX];
	uint32_t n, seed;
	uint64_t started;
	double next;
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
			(uint32_t)llround(fabs((double)(now - s->last_at) / 1e3 - 20000.0));
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
	struct group *g = data;
	const struct scene *scene = g->scene;
	uint64_t ms = (vloop_now(g->v) - g->started) / NSEC_PER_MSEC;

	for (uint32_t i = 0; i < g->n; i++)
		if (g->sources[i].linked_at <= ms)
			write_source(g, &g->sources[i]);
	g->next += scene->quantum * 1e9 / (48000.0 * (1.0 + scene->ppm * 1e-6));
	timer_arm_at(vloop_utils(g->v), g->timer, (uint64_t)g->next +
			(scene->jitter_us ? pseudo_random(g, scene->jitter_us) * 1000 : 0));
}

static void group_init(struct group *g, const struct scene *scene, uint32_t n)
{
	*g = (struct group) { .v = vloop_new(), .n = n, .scene = scene, .seed = n };
	g->pacer = pacer_new(vloop_utils(g->v));
	g->timer = spa_loop_utils_add_timer(vloop_utils(g->v), on_cycle, g);
	g->intervals = calloc(INTERVALS_MAX, sizeof(*g->intervals));
	g->sound = calloc(SOUND, sizeof(*g->sound));
	check(g->pacer && g->timer && g->intervals && g->sound);
	for (uint32_t i = 0; i < SOUND; i++)
		g->sound[i] = scene->sample(i);
	for (uint32_t i = 0; i < n; i++) {
		struct source *s = &g->sources[i];

		*s = (struct source) { .group = g, .ring = audio_ring_new(10 * RATE) };
		s->linked_at = pseudo_random(g, 3000);
		s->ready_at = s->linked_at + pseudo_random(g, scene->connect_ms + 1);
		s->phase = pseudo_random(g, 6);
	}
	g->started = vloop_now(g->v);
	g->next = (double)g->started;
	timer_arm_at(vloop_utils(g->v), g->timer, g->started);
}

static void group_start(struct group *g)
{
	for (uint32_t ms = 0; ms <= 3000 + g->scene->connect_ms; ms++) {
		for (uint32_t i = 0; i < g->n; i++) {
			struct source *s = &g->sources[i];
			struct pacer_stream_params params = {
				.ring = s->ring, .rate = RATE, .packet_samples = PACKET,
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
	spa_loop_utils_destroy_source(vloop_utils(g->v), g->timer);
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
		pacer_stream_get_stats(g->sources[i].stream, &stats);
		*lo = SPA_MIN(*lo, stats.delay_samples);
		*hi = SPA_MAX(*hi, stats.delay_samples);
		check_int(stats.underruns, 0);
		check_int(stats.samples_lost, 0);
	}
}

static void measure(const struct scene *scene, uint32_t n)
{
	static struct group g;
	uint32_t lo, hi, p99, max, target;

	group_init(&g, scene, n);
	group_start(&g);
	vloop_run(g.v, scene->settle_s * 1000);
	g.wakes = g.packets = g.n_intervals = 0;
	vloop_run(g.v, MEASURE_S * 1000);
	qsort(g.intervals, g.n_intervals, sizeof(*g.intervals), by_size);
	p99 = g.intervals[g.n_intervals * 99 / 100];
	delays(&g, &lo, &hi);
	max = g.intervals[g.n_intervals - 1];
	target = SPA_MAX(scene->quantum / 6, RATE / 200) + PACKET;
	printf("# %-24s %3u streams: %3u wake-ups/s, interval p99 +-%.2f ms, max %.2f ms, waiting %u to %u samples\n",
			scene->name, n, g.wakes / MEASURE_S, p99 / 1e3, max / 1e3, lo, hi);
	test_context("%s, %u streams", scene->name, n);
	check(g.packets >= n * 50 * MEASURE_S - n && g.packets <= n * 50 * MEASURE_S + n);
	check(g.wakes <= 51 * MEASURE_S);
	check(p99 <= 500);
	check(max <= 2000);
	/* the shift of one that steps with others, and the error of the average */
	check(lo + 5 * RATE / 1000 + 16 >= target && hi <= target + 2 * RATE / 1000 + 16);
	group_end(&g);
}

static const struct scene scenes[] = {
	{ "tone, warm", tone, 1024, 0, 0, 0, 30 },
	{ "speech, cold", speech, 1024, 50, 0, 900, 30 },
	{ "speech, cold, late", speech, 1024, -100, 3000, 900, 30 },
	{ "speech, cold, 2048", speech, 2048, 200, 0, 900, 30 },
	{ "tone, cold", tone, 1024, 20, 0, 900, 90 },
	{ "music, cold", music, 1024, 20, 0, 900, 90 },
	{ "music, cold, 256", music, 256, 20, 0, 900, 90 },
};

static void test_wakes(void)
{
	static const uint32_t n[] = { 1, 8, 32, 128 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(scenes); i++)
		for (size_t k = 0; k < SPA_N_ELEMENTS(n); k++)
			measure(&scenes[i], n[k]);
}

static const struct test tests[] = {
	{ "streams of one graph share wake-ups and keep their pace", test_wakes },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
