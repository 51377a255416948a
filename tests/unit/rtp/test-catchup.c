/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/rtp/catchup.h"
#include "tests/unit/rtp/graph.h"

#define RATE		8000u
#define RECORD_MAX	(200u * RATE)

/* half a second of voice, then a third of a second of almost nothing */
#define WORD		4000u
#define PAUSE		2700u

static uint32_t noise_state = 1;

static double noise(double amplitude)
{
	noise_state = noise_state * 1664525u + 1013904223u;
	return ((noise_state >> 8) / 8388608.0 - 1.0) * amplitude;
}

/* vowels of 120 Hz with harmonics, swelling and fading, in a room */
static double voice(uint64_t pos)
{
	double t = (double)pos / RATE, in_word = (double)(pos % (WORD + PAUSE));
	double v = 0.0;

	if (in_word >= WORD)
		return 0.0;
	for (int k = 1; k <= 8; k++)
		v += sin(2 * M_PI * 120.0 * k * t + k * k) / k;
	return 6000.0 * v * sin(M_PI * in_word / WORD);
}

static int16_t speech(uint64_t pos)
{
	return (int16_t)lround(voice(pos) + noise(40.0));
}

static int16_t speech_in_noise(uint64_t pos)
{
	return (int16_t)lround(voice(pos) + noise(350.0));
}

/* a volume control at 20 % */
static int16_t faint_speech(uint64_t pos)
{
	return (int16_t)lround(voice(pos) * 0.008 + noise(1.0));
}

static int16_t tone(uint64_t pos)
{
	return (int16_t)lround(12000.0 * sin(2 * M_PI * 440.0 * (double)pos / RATE));
}

static int16_t faint_tone(uint64_t pos)
{
	return (int16_t)lround(100.0 * sin(2 * M_PI * 440.0 * (double)pos / RATE));
}

/* Somebody who talks: syllables of 120 to 250 ms, words of one to three of them, after each a
 * pause of 150 to 400 ms, soft edges of 15 ms */
#define TALK_S		30u
static int16_t talk[TALK_S * RATE];
static uint32_t first_pause;

static uint32_t syllable(uint32_t at, uint32_t len, double hz)
{
	for (uint32_t i = 0; i < len && at + i < SPA_N_ELEMENTS(talk); i++) {
		double edge = SPA_MIN(SPA_MIN(i, len - i) / (0.015 * RATE), 1.0), v = 0.0;

		for (int k = 1; k <= 8; k++)
			v += sin(2 * M_PI * hz * k * (at + i) / RATE + k * k) / k;
		talk[at + i] = (int16_t)lround(talk[at + i] + 5000.0 * v * edge);
	}
	return at + len;
}

/* room: the amplitude of its noise, 0 for the digital silence of a synthesizer */
static void make_talk(double room)
{
	uint32_t at = 0, seed = 7;

	noise_state = 1;
	first_pause = 0;
	for (uint32_t i = 0; i < SPA_N_ELEMENTS(talk); i++)
		talk[i] = (int16_t)lround(room > 0.0 ? noise(room) : 0.0);
	while (at < SPA_N_ELEMENTS(talk)) {
		seed = seed * 1664525u + 1013904223u;
		for (uint32_t k = 0; k <= (seed >> 28) % 3 || (at < RATE / 2 && first_pause == 0); k++)
			at = syllable(at, RATE * (120 + (seed >> (8 + k)) % 130) / 1000,
					110.0 + (seed >> 20) % 40);
		if (first_pause == 0)
			first_pause = at;
		at += RATE * (150 + (seed >> 12) % 250) / 1000;
	}
}

static int16_t talking(uint64_t pos)
{
	return talk[pos % SPA_N_ELEMENTS(talk)];
}

struct rig {
	struct vloop *v;
	struct pacer *pacer;
	struct pacer_stream *stream;
	struct graph graph;
	int16_t *heard;
	uint32_t n_heard;
};

static void on_packet(void *data, const int16_t *samples, uint32_t n, bool silent)
{
	struct rig *r = data;

	if (r->n_heard + n > RECORD_MAX)
		return;
	memcpy(r->heard + r->n_heard, samples, n * sizeof(*samples));
	r->n_heard += n;
}

static const struct pacer_stream_events events = {
	PACER_VERSION_STREAM_EVENTS,
	.packet = on_packet,
};

/* a session that begins after some playing */
static void rig_start_after(struct rig *r, int16_t (*sample)(uint64_t pos), uint32_t packet,
		uint32_t ms)
{
	struct pacer_stream_params params = {
		.rate = RATE, .packet_samples = packet, .preroll_ms = 250, .hold_ms = 5000,
	};

	*r = (struct rig) { .v = vloop_new() };
	r->heard = calloc(RECORD_MAX, sizeof(*r->heard));
	check(r->heard != NULL);
	r->pacer = pacer_new(vloop_utils(r->v));
	r->graph = (struct graph) {
		.loop = vloop_utils(r->v),
		.ring = params.ring = audio_ring_new(10 * RATE),
		.quantum = 1024,
		.sample = sample,
	};
	graph_start(&r->graph);
	vloop_run(r->v, ms);
	check_int(pacer_stream_start(r->pacer, &params, &events, r, &r->stream), 0);
}

static void rig_start(struct rig *r, int16_t (*sample)(uint64_t pos), uint32_t packet)
{
	rig_start_after(r, sample, packet, 2000);
}

static void rig_end(struct rig *r)
{
	pacer_stream_stop(r->stream);
	pacer_destroy(r->pacer);
	graph_end(&r->graph);
	audio_ring_destroy(r->graph.ring);
	free(r->heard);
	vloop_destroy(r->v);
}

static struct pacer_stats rig_stats(struct rig *r)
{
	struct pacer_stats stats;

	pacer_stream_get_stats(r->stream, &stats);
	return stats;
}

/* \return seconds until the delay is what it is in steady flow */
static uint32_t run_until_caught_up(struct rig *r, uint32_t packet, uint32_t max)
{
	uint32_t seconds = 0;

	vloop_run(r->v, 500);
	check(rig_stats(r).delay_samples > RATE);
	while (rig_stats(r).delay_samples > 171 + packet + RATE / 50 && seconds < max) {
		vloop_run(r->v, 1000);
		seconds++;
	}
	return seconds;
}

static int max_step(const int16_t *samples, uint32_t n)
{
	int max = 0;

	for (uint32_t i = 1; i < n; i++)
		max = SPA_MAX(max, abs(samples[i] - samples[i - 1]));
	return max;
}

static int max_source_step(int16_t (*sample)(uint64_t pos), uint32_t n)
{
	int16_t last = sample(0), now;
	int max = 0;

	for (uint32_t i = 1; i < n; i++, last = now) {
		now = sample(i);
		max = SPA_MAX(max, abs(now - last));
	}
	return max;
}

/* words as runs of loud 10 ms blocks; \return their number, lengths in ms */
static uint32_t find_words(const int16_t *samples, uint32_t n, double loud,
		uint32_t *lengths, uint32_t *pauses, uint32_t max)
{
	uint32_t words = 0, run = 0, quiet = 0;

	for (uint32_t i = 0; i + 80 <= n; i += 80) {
		double sum = 0.0;

		for (uint32_t k = 0; k < 80; k++)
			sum += (double)samples[i + k] * samples[i + k];
		if (sqrt(sum / 80) > loud) {
			if (run == 0 && words < max)
				pauses[words] = quiet;
			run += 10;
			quiet = 0;
		} else {
			if (run > 0 && words < max)
				lengths[words++] = run;
			run = 0;
			quiet += 10;
		}
	}
	return words;
}

static void check_speech(int16_t (*sample)(uint64_t pos), double loud, uint32_t min_pause)
{
	uint32_t lengths[64], pauses[64], n, seconds;
	uint64_t written;
	struct rig r;

	rig_start(&r, sample, 160);
	seconds = run_until_caught_up(&r, 160, 60);
	check(seconds <= 8);
	vloop_run(r.v, 10000);
	check_int(rig_stats(&r).samples_lost, 0);
	check_int(rig_stats(&r).underruns, 0);
	written = r.graph.pos;

	check(max_step(r.heard, r.n_heard) <= max_source_step(sample, (uint32_t)written) * 11 / 10);

	/* every word is there, none lost more than the cuts of half a second */
	n = find_words(r.heard, r.n_heard, loud, lengths, pauses, SPA_N_ELEMENTS(lengths));
	check(n + 1 >= written / (WORD + PAUSE) && n <= written / (WORD + PAUSE) + 1);
	for (uint32_t i = 0; i < n; i++) {
		check(lengths[i] >= 420);
		check(i == 0 || pauses[i] >= min_pause);
	}
	rig_end(&r);
}

static void test_speech(void)
{
	check_speech(speech, 300.0, 60);
}

static void test_noisy_speech(void)
{
	check_speech(speech_in_noise, 600.0, 60);
}

/* no pauses: at most 2 % faster */
static void test_tone(void)
{
	struct pacer_stats stats;
	uint32_t seconds, packet[] = { 80, 160, 1024 };
	struct rig r;

	for (size_t i = 0; i < SPA_N_ELEMENTS(packet); i++) {
		rig_start(&r, tone, packet[i]);
		vloop_run(r.v, 11000);
		stats = rig_stats(&r);
		check(stats.samples_cut > RATE * 10 / 100);
		check(stats.samples_cut <= RATE * 11 * 2 / 100 + 96);
		seconds = run_until_caught_up(&r, packet[i], 150);
		vloop_run(r.v, 5000);
		stats = rig_stats(&r);
		check(seconds < 150);
		check(max_step(r.heard + 250 * 8 + packet[i], r.n_heard - 250 * 8 - packet[i]) <=
				max_source_step(tone, RATE) * 115 / 100);
		check_int(stats.underruns, 0);
		check_int(stats.samples_lost, 0);
		vloop_run(r.v, 60000);
		check_int(rig_stats(&r).samples_cut, stats.samples_cut);
		check_int(rig_stats(&r).underruns, 0);
		rig_end(&r);
	}
}

/* A cold start while somebody talks: what connecting and the pre-roll held is given back within
 * two seconds of the first pause, unheard, and the first 300 ms are what was said. */
static void check_talk(double room, uint32_t connect_ms)
{
	uint32_t first = 0, begin = 0, ms, target = 171 + 160 + 40;
	struct rig r;

	make_talk(room);
	rig_start_after(&r, talking, 160, connect_ms);
	vloop_run(r.v, 250);
	for (ms = 0; rig_stats(&r).delay_samples > target && ms < 20000; ms += 20)
		vloop_run(r.v, 20);
	printf("# room %.0f, ready after %u ms: first pause after %u ms, delay back after %u ms\n",
			room, connect_ms, first_pause / 8, ms);
	test_context("room %.0f, ready after %u ms", room, connect_ms);
	/* more than a second of pauses there is not in two */
	check(ms <= first_pause / 8 + (connect_ms <= 700 ? 2000 : 4000));
	vloop_run(r.v, 5000);
	check_int(rig_stats(&r).samples_lost, 0);
	check_int(rig_stats(&r).underruns, 0);
	check(max_step(r.heard, r.n_heard) <= max_source_step(talking, (uint32_t)r.graph.pos) * 11 / 10);
	while (talk[first] == 0)
		first++;
	while (begin < RATE && memcmp(r.heard + begin, talk + first, 300 * RATE / 1000 * 2) != 0)
		begin++;
	check(begin < RATE);
	rig_end(&r);
}

static void test_talk(void)
{
	static const double rooms[] = { 0.0, 40.0, 350.0 };
	static const uint32_t ready[] = { 100, 400, 700, 1500 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(rooms) * SPA_N_ELEMENTS(ready); i++)
		check_talk(rooms[i / 4], ready[i % 4]);
}

static void test_faint_speech(void)
{
	/* (by blocks of 10 ms, and little is between its softest and silence) */
	check_speech(faint_speech, 4.0, 30);
}

/* as faint as a pause, but it is all there is */
static void test_faint_tone(void)
{
	struct rig r;

	rig_start(&r, faint_tone, 160);
	vloop_run(r.v, 11000);
	check(rig_stats(&r).samples_cut > RATE * 10 / 100);
	check(rig_stats(&r).samples_cut <= RATE * 11 * 2 / 100 + 96);
	check(max_step(r.heard, r.n_heard) <= max_source_step(faint_tone, RATE) * 13 / 10);
	rig_end(&r);
}

static const struct test tests[] = {
	{ "speech: the delay goes in the pauses", test_speech },
	{ "speech in a noisy room", test_noisy_speech },
	{ "speech at a low volume", test_faint_speech },
	{ "somebody talks into a cold start", test_talk },
	{ "a tone: cuts of at most 2 %, no clicks", test_tone },
	{ "a faint tone", test_faint_tone },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
