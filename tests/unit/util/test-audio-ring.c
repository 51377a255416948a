/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include <spa/utils/defs.h>

#include "module/util/audio-ring.h"
#include "tests/lib/test.h"

static int16_t sample(uint64_t pos)
{
	/* no two neighbours and no two rounds are alike */
	return (int16_t)(uint16_t)(pos * 40503u + (pos >> 16));
}

static void write_from(struct audio_ring *r, uint64_t pos, uint32_t n)
{
	int16_t *b = malloc((n ? n : 1) * sizeof(*b));

	for (uint32_t i = 0; i < n; i++)
		b[i] = sample(pos + i);
	audio_ring_write(r, b, n);
	free(b);
}

static void check_samples(const int16_t *b, uint64_t pos, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		check_int(b[i], sample(pos + i));
}

static void test_basics(void)
{
	struct audio_ring *r = audio_ring_new(100);	/* 128 */
	int16_t b[200];

	check(r != NULL);
	check_int(audio_ring_fill(r), 0);
	check_int(audio_ring_read(r, b, 10), 0);
	write_from(r, 0, 0);
	write_from(r, 0, 100);
	check_int(audio_ring_fill(r), 100);
	check_int(audio_ring_peek(r, 90, b, 50), 10);
	check_samples(b, 90, 10);
	check_int(audio_ring_peek(r, 100, b, 1), 0);
	check_int(audio_ring_read(r, b, 30), 30);
	check_samples(b, 0, 30);
	write_from(r, 100, 58);
	check_int(audio_ring_fill(r), 128);
	check_int(audio_ring_read(r, b, 200), 128);
	check_samples(b, 30, 128);
	write_from(r, 158, 10);
	check_int(audio_ring_drop(r, 4), 4);
	check_int(audio_ring_drop(r, 100), 6);
	check_int(audio_ring_take_lost(r), 0);
	audio_ring_destroy(r);
	audio_ring_destroy(NULL);
	check(audio_ring_new(0) == NULL && errno == EINVAL);
	check(audio_ring_new(UINT32_MAX) == NULL && errno == EINVAL);
}

static void test_overwrite(void)
{
	struct audio_ring *r = audio_ring_new(64);
	int16_t b[64];

	write_from(r, 0, 60);
	write_from(r, 60, 20);
	check_int(audio_ring_fill(r), 64);
	check_int(audio_ring_take_lost(r), 16);
	check_int(audio_ring_take_lost(r), 0);
	check_int(audio_ring_read(r, b, 4), 4);
	check_samples(b, 16, 4);
	/* a block larger than the ring: its end */
	write_from(r, 80, 1000);
	check_int(audio_ring_take_lost(r), 1080 - 64 - 20);
	check_int(audio_ring_read(r, b, 64), 64);
	check_samples(b, 1080 - 64, 64);
	audio_ring_destroy(r);
}

static void test_start(void)
{
	struct audio_ring *r = audio_ring_new(64);
	int16_t b[64];

	audio_ring_mark_start(r);
	write_from(r, 0, 20);
	check_int(audio_ring_fill(r), 20);
	audio_ring_mark_start(r);
	check_int(audio_ring_fill(r), 0);
	write_from(r, 20, 10);
	check_int(audio_ring_read(r, b, 64), 10);
	check_samples(b, 20, 10);
	/* forgotten is not lost, even where it was overwritten */
	write_from(r, 30, 100);
	audio_ring_mark_start(r);
	check_int(audio_ring_take_lost(r), 0);
	audio_ring_mark_start(r);
	write_from(r, 130, 5);
	check_int(audio_ring_peek(r, 0, b, 64), 5);
	check_samples(b, 130, 5);
	audio_ring_destroy(r);
}

static void test_quantum(void)
{
	struct audio_ring *r = audio_ring_new(1024);

	check_int(audio_ring_quantum(r), 0);
	write_from(r, 0, 170);
	write_from(r, 0, 171);
	write_from(r, 0, 170);
	check_int(audio_ring_quantum(r), 171);
	write_from(r, 0, 341);
	check_int(audio_ring_quantum(r), 341);
	for (int i = 0; i < 5; i++)
		write_from(r, 0, 170);
	check_int(audio_ring_quantum(r), 341);
	for (int i = 0; i < 14; i++)
		write_from(r, 0, 170);
	check_int(audio_ring_quantum(r), 170);
	audio_ring_destroy(r);
}

/* a writer that never waits against a reader that is sometimes late */
#define STRESS_SAMPLES	2000000u

static void *stress_writer(void *data)
{
	static const uint32_t sizes[] = { 1, 31, 64, 170, 171, 257 };
	struct audio_ring *r = data;
	int16_t b[512];
	uint64_t pos = 0;
	uint32_t turn = 0, n, i;

	while (pos < STRESS_SAMPLES) {
		n = sizes[turn++ % SPA_N_ELEMENTS(sizes)];
		for (i = 0; i < n; i++)
			b[i] = sample(pos + i);
		audio_ring_write(r, b, n);
		pos += n;
		/* now and then slow enough to be kept up with */
		if (turn % 8 == 0 || (pos >> 17) % 2 == 0)
			sched_yield();
	}
	return NULL;
}

static void test_stress(void)
{
	struct audio_ring *r = audio_ring_new(512);
	uint64_t pos = 0, taken = 0, lost = 0;
	uint32_t n, turn = 0;
	pthread_t thread;
	int16_t b[160];

	check_int(pthread_create(&thread, NULL, stress_writer, r), 0);
	while (pos < STRESS_SAMPLES) {
		uint64_t l;

		n = audio_ring_read(r, b, SPA_N_ELEMENTS(b));
		taken += n;
		l = audio_ring_take_lost(r);
		lost += l;
		pos = taken + lost;
		/* after a loss we do not know where the block began, but it is one piece */
		for (uint32_t i = 1; i < n; i++) {
			uint16_t step = (uint16_t)(b[i] - b[i - 1]);

			check(step == 40503 || step == 40504);
		}
		if (l == 0 && n > 0) {
			for (uint32_t i = 0; i < n; i++)
				if (b[i] != sample(pos - n + i))
					test_fail(__FILE__, __LINE__, "torn at %llu",
						(unsigned long long)(pos - n + i));
		}
		if (n == 0 || ++turn % 100 == 0)
			sched_yield();
	}
	pthread_join(thread, NULL);
	printf("# %llu read, %llu lost\n", (unsigned long long)taken, (unsigned long long)lost);
	check(taken > 0);
	audio_ring_destroy(r);
}

static const struct test tests[] = {
	{ "basics", test_basics }, { "overwrite", test_overwrite },
	{ "start", test_start }, { "quantum", test_quantum }, { "stress", test_stress },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
