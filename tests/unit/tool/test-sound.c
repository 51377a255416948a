/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <math.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/util/buf.h"
#include "tests/lib/test.h"
#include "tools/pw-onvif/resample.h"
#include "tools/pw-onvif/sound.h"
#include "tools/pw-onvif/wav.h"

#define SECONDS	1.0

static void add16(struct buf *b, uint32_t v)
{
	buf_add_byte(b, v & 0xff);
	buf_add_byte(b, v >> 8 & 0xff);
}

static void add32(struct buf *b, uint32_t v)
{
	add16(b, v & 0xffff);
	add16(b, v >> 16);
}

static void add_head(struct buf *b, uint32_t tag, uint32_t bits, uint32_t channels, uint32_t rate, uint32_t size)
{
	bool extensible = tag > 0xffff;

	buf_add(b, "RIFF", 4);
	add32(b, size + 36);
	buf_add(b, "WAVELIST\3\0\0\0abc\0", 16);
	buf_add(b, "fmt ", 4);
	add32(b, extensible ? 40 : 16);
	add16(b, extensible ? 0xfffe : tag);
	add16(b, channels);
	add32(b, rate);
	add32(b, rate * channels * bits / 8);
	add16(b, channels * bits / 8);
	add16(b, bits);
	if (extensible) {
		add16(b, 22);
		add16(b, bits);
		add32(b, 0);
		add16(b, tag >> 16);
		buf_add(b, "\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", 14);
	}
	buf_add(b, "data", 4);
	add32(b, size);
}

static void add_sample(struct buf *b, uint32_t tag, uint32_t bits, double v)
{
	float f = (float)v;
	uint64_t raw = 0;
	int64_t i = llround(v * (ldexp(1.0, (int)bits - 1) - 1));

	if (tag == 3 && bits == 64)
		memcpy(&raw, &v, 8);
	else if (tag == 3)
		memcpy(&raw, &f, 4);
	else
		raw = (uint64_t)(bits == 8 ? i + 128 : i);
	for (uint32_t n = 0; n < bits / 8; n++)
		buf_add_byte(b, raw >> 8 * n & 0xff);
}

/* a tone, in the left of all channels twice as loud, in the right silent */
static void add_tone(struct buf *b, uint32_t tag, uint32_t bits, uint32_t channels, uint32_t rate, double freq)
{
	uint32_t n = (uint32_t)(rate * SECONDS);

	add_head(b, tag, bits, channels, rate, n * channels * bits / 8);
	for (uint32_t i = 0; i < n; i++) {
		double v = 0.4 * sin(2 * M_PI * freq * i / rate);

		for (uint32_t c = 0; c < channels; c++)
			add_sample(b, tag > 0xffff ? tag >> 16 : tag, bits,
					channels == 1 ? v : c == 0 ? 2 * v : c == 1 ? 0 : v);
	}
}

static int open_text(struct buf *b, struct sound **ret)
{
	char path[] = "/tmp/onvif-test-XXXXXX";
	int fd = mkstemp(path), res;

	check(fd >= 0);
	check_int(write(fd, b->data ? b->data : "", b->len), (ssize_t)b->len);
	close(fd);
	res = sound_new_file(path, ret);
	unlink(path);
	return res;
}

static uint32_t read_all(struct sound *s, int16_t *dst, uint32_t max)
{
	uint32_t n = 0;
	int res;

	/* odd blocks: nothing depends on how it is cut */
	while ((res = sound_read(s, dst + n, SPA_MIN(137u, max - n))) > 0)
		n += (uint32_t)res;
	check_int(res, -ENODATA);
	return n;
}

/* amplitude of a frequency, and what is left besides, both in dB of full scale */
static void measure(const int16_t *x, uint32_t n, double freq, double *ret_level, double *ret_rest)
{
	double c = 0, s = 0, power = 0;

	for (uint32_t i = 0; i < n; i++) {
		double phase = 2 * M_PI * freq * i / SOUND_RATE;

		c += x[i] * cos(phase) * 2 / n;
		s += x[i] * sin(phase) * 2 / n;
	}
	for (uint32_t i = 0; i < n; i++) {
		double phase = 2 * M_PI * freq * i / SOUND_RATE;
		double rest = x[i] - c * cos(phase) - s * sin(phase);

		power += rest * rest / n;
	}
	*ret_level = 20 * log10(hypot(c, s) / 32768);
	*ret_rest = 10 * log10(power / (32768.0 * 32768.0) + 1e-12);
}

static void check_tone(uint32_t tag, uint32_t bits, uint32_t channels, uint32_t rate, double freq, double rest_max)
{
	static int16_t x[20000];
	double level, rest;
	struct sound *s;
	struct buf b;
	uint32_t n;

	test_context("%u bits, %u channels at %u", bits, channels, rate);
	buf_init(&b, 64u << 20);
	add_tone(&b, tag, bits, channels, rate, freq);
	check_int(open_text(&b, &s), 0);
	check_int((int64_t)sound_length(s), 8000);
	n = read_all(s, x, SPA_N_ELEMENTS(x));
	check(n >= 7999 && n <= 8001);
	/* less the edges, where silence begins */
	measure(x + 800, 6400, freq, &level, &rest);
	check(fabs(level - 20 * log10(0.4)) < 0.05);
	if (rest > rest_max)
		test_fail(__FILE__, __LINE__, "the rest is %.1f dB", rest);
	sound_free(s);
	buf_clear(&b);
}

static void test_kinds(void)
{
	check_tone(1, 16, 1, 8000, 1000, -85);
	check_tone(1, 8, 1, 8000, 1000, -45);
	check_tone(1, 24, 2, 48000, 1000, -85);
	check_tone(1, 32, 6, 44100, 1000, -85);
	check_tone(3, 32, 2, 48000, 1000, -85);
	check_tone(3, 64, 1, 96000, 1000, -85);
	check_tone(3u << 16 | 0xfffe, 32, 2, 48000, 1000, -85);
	check_tone(1u << 16 | 0xfffe, 24, 2, 44100, 1000, -85);
}

static void test_rates(void)
{
	static const uint32_t rates[] = { 6000, 7999, 8001, 11025, 12000, 16000, 22050, 24000, 32000, 44100,
		47999, 48000, 88200, 192000, 384000 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(rates); i++) {
		check_tone(1, 16, 1, rates[i], 300, -80);
		check_tone(1, 16, 1, rates[i], 2600, -80);
	}
	/* the upper end of what the camera can play */
	check_tone(1, 16, 1, 48000, 3400, -80);
	check_tone(1, 16, 1, 44100, 3400, -80);
}

/* what the camera cannot play must not come back as another tone */
static void test_aliases(void)
{
	static const double freqs[] = { 4000, 4500, 5000, 7000, 9000, 15000, 23000 };
	static int16_t x[20000];
	struct sound *s;
	struct buf b;
	uint32_t n;

	for (size_t i = 0; i < SPA_N_ELEMENTS(freqs); i++) {
		test_context("%.0f Hz", freqs[i]);
		buf_init(&b, 64u << 20);
		add_tone(&b, 1, 16, 1, 48000, freqs[i]);
		check_int(open_text(&b, &s), 0);
		n = read_all(s, x, SPA_N_ELEMENTS(x));
		check(n > 7900);
		for (uint32_t k = 800; k < 7200; k++)
			check(abs(x[k]) <= 4);
		sound_free(s);
		buf_clear(&b);
	}
}

static void test_resample(void)
{
	struct resample *r;
	float one[64], out[64];
	uint32_t n;

	check(resample_new(0, 8000) == NULL && errno == EINVAL);
	check(resample_new(8000, 0) == NULL && errno == EINVAL);
	check(resample_new(9000000, 8000) == NULL && errno == EINVAL);
	resample_free(NULL);

	/* a sample comes out when, and as loud as, it went in */
	r = resample_new(8000, 8000);
	memset(one, 0, sizeof(one));
	check_int(resample_read(r, out, 64), 0);
	for (uint32_t i = 0; i < 64; i++)
		one[i] = 1.0f;
	resample_write(r, one, 64);
	check(resample_room(r) > 0);
	n = resample_read(r, out, 64);
	check_int(n, 64 - resample_delay(r));
	check(fabsf(out[n - 1] - 1.0f) < 0.1f);
	/* more than there is room for is not taken */
	for (uint32_t i = 0; i < 1000; i++)
		resample_write(r, one, 64);
	check_int(resample_room(r), 0);
	resample_free(r);
}

static void test_tone(void)
{
	static int16_t x[20000];
	double level, rest;
	struct sound *s;

	check_int(sound_new_tone(1000, -12, 1.5, &s), 0);
	check_int((int64_t)sound_length(s), 12000);
	check_int(read_all(s, x, SPA_N_ELEMENTS(x)), 12000);
	measure(x + 800, 8000, 1000, &level, &rest);
	check(fabs(level + 12) < 0.01 && rest < -85);
	check_int(x[0], 0);
	check_int(x[11999], 0);
	sound_free(s);
	sound_free(NULL);
}

static void test_not_wav(void)
{
	static const struct {
		uint32_t tag, bits, channels, rate;
		int res;
	} t[] = {
		{ 7, 8, 1, 8000, -ENOTSUP }, { 1, 12, 1, 8000, -ENOTSUP }, { 1, 40, 1, 8000, -ENOTSUP },
		{ 3, 16, 1, 8000, -ENOTSUP }, { 1, 16, 0, 8000, -ENOTSUP }, { 1, 16, 33, 8000, -ENOTSUP },
		{ 1, 16, 1, 999, -ENOTSUP }, { 1, 16, 1, 768001, -ENOTSUP }, { 7u << 16 | 0xfffe, 16, 1, 8000, -ENOTSUP },
	};
	struct sound *s = NULL;
	struct wav w;
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		test_context("row %zu", i);
		buf_reset(&b);
		add_head(&b, t[i].tag, t[i].bits, t[i].channels, t[i].rate, 100);
		check_int(wav_parse((const uint8_t *)b.data, b.len, &w), t[i].res);
	}
	test_context(NULL);
	/* each way to cut it short asks for more, and a file that ends there is none */
	buf_reset(&b);
	add_head(&b, 1, 16, 2, 8000, 100);
	for (size_t n = 0; n < b.len; n++)
		check_int(wav_parse((const uint8_t *)b.data, n, &w), -EAGAIN);
	check_int(wav_parse((const uint8_t *)b.data, b.len, &w), (int)b.len);
	b.len--;
	check_int(open_text(&b, &s), -EBADMSG);
	buf_reset(&b);
	buf_add_str(&b, "OggS and so on, longer than a header");
	check_int(open_text(&b, &s), -EBADMSG);
	buf_reset(&b);
	check_int(open_text(&b, &s), -EBADMSG);
	check_int(sound_new_file("/nonexistent", &s), -ENOENT);
	/* samples before their format */
	check_int(wav_parse((const uint8_t *)"RIFF0000WAVEdata0000", 20, &w), -EBADMSG);
	/* a frame that is not what its parts are */
	buf_reset(&b);
	add_head(&b, 1, 16, 2, 8000, 100);
	b.data[32 + 12] = 3;
	check_int(wav_parse((const uint8_t *)b.data, b.len, &w), -EBADMSG);
	buf_clear(&b);
}

/* by a pipe: raw, or a WAV of unknown size; what is not there yet is not waited for */
static void test_stream(void)
{
	int16_t samples[400], x[1000];
	struct sound *s;
	struct buf b;
	int fd[2];

	for (int i = 0; i < 400; i++)
		samples[i] = (int16_t)(i < 4 ? 0x4952 : 1000);
	samples[0] = 0;
	check_int(pipe(fd), 0);
	check_int(write(fd[1], samples, sizeof(samples)), sizeof(samples));
	check_int(sound_new_stream(fd[0], 8000, &s), 0);
	check_int((int64_t)sound_length(s), 0);
	check(sound_read(s, x, 1000) > 300);
	check_int(sound_read(s, x, 1000), 0);
	/* half a sample at the end is none */
	check_int(write(fd[1], samples, 11), 11);
	close(fd[1]);
	while (sound_read(s, x, 1000) > 0)
		;
	check_int(sound_read(s, x, 1000), -ENODATA);
	sound_free(s);
	close(fd[0]);

	buf_init(&b, 1 << 16);
	add_head(&b, 1, 16, 1, 8000, 0xffffffff);
	buf_add(&b, samples, sizeof(samples));
	check_int(pipe(fd), 0);
	check_int(write(fd[1], b.data, b.len), (ssize_t)b.len);
	close(fd[1]);
	check_int(sound_new_stream(fd[0], 16000, &s), 0);
	check_int(read_all(s, x, 1000), 400);
	check(abs(x[200] - 1000) <= 1);
	sound_free(s);
	close(fd[0]);
	buf_clear(&b);
}

/* for who resamples himself: nothing is taken away that 8 kHz cannot hold */
static void test_own_rate(void)
{
	static const struct { uint32_t from, to; } t[] = {
		{ 4000, 8000 }, { 8000, 8000 }, { 16000, 16000 }, { 44100, 44100 }, { 48000, 48000 }, { 96000, 48000 },
	};
	static int16_t x[48000];
	struct sound *s;
	struct buf b;

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		uint32_t n = t[i].from / 4;
		int16_t sample = 1000;

		test_context("from %u", t[i].from);
		buf_init(&b, 1 << 20);
		add_head(&b, 1, 16, 1, t[i].from, n * 2);
		for (uint32_t k = 0; k < n; k++)
			buf_add(&b, &sample, sizeof(sample));
		check_int(open_text(&b, &s), 0);
		check_int(sound_rate(s), SOUND_RATE);
		check_int(sound_use_own_rate(s), 0);
		check_int(sound_rate(s), t[i].to);
		check_int((int64_t)sound_length(s), t[i].to / 4);
		check(abs((int)read_all(s, x, SPA_N_ELEMENTS(x)) - (int)t[i].to / 4) <= 1);
		check(abs(x[t[i].to / 8] - 1000) <= 1);
		sound_free(s);
		buf_clear(&b);
	}
	test_context(NULL);
	check_int(sound_new_tone(6000, -12, 0.5, &s), 0);
	check_int(sound_use_own_rate(s), 0);
	check_int((int64_t)sound_length(s), SOUND_RATE_MAX / 2);
	check_int(read_all(s, x, SPA_N_ELEMENTS(x)), SOUND_RATE_MAX / 2);
	/* 6 kHz: four samples up, four down */
	check(abs(x[12002] - x[12010]) <= 1 && abs(x[12002] + x[12006]) <= 1 && abs(x[12002]) > 8000);
	sound_free(s);
}

static const struct test tests[] = {
	{ "kinds", test_kinds },
	{ "rates", test_rates },
	{ "aliases", test_aliases },
	{ "resample", test_resample },
	{ "tone", test_tone },
	{ "not a WAV", test_not_wav },
	{ "stream", test_stream },
	{ "own rate", test_own_rate },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
