/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "tools/pw-onvif/resample.h"
#include "tools/pw-onvif/wav.h"

/* cover pictures stand before the sound at times */
#define HEAD_MAX	(1024u * 1024u)
#define HEAD_STEP	4096u
#define BYTES_LEN	16384u
#define BLOCK		1024u
/* a tone that begins at full level clicks */
#define FADE_S		0.01

struct sound {
	struct wav wav;
	struct resample *resample;	/* NULL: a tone */
	int fd;
	bool own_fd, ended;
	uint64_t bytes_of_all;		/* 0: not known */
	uint64_t left;			/* bytes to come */
	uint8_t *bytes;			/* read and not yet decoded */
	size_t n_bytes, size;
	uint32_t tail;			/* zeros to be written behind the end */
	uint32_t rate;			/* of what is read from here */
	uint64_t length;

	double frequency, level, seconds;	/* of a tone */
	uint64_t position;
};

void sound_free(struct sound *s)
{
	if (s == NULL)
		return;
	resample_free(s->resample);
	if (s->own_fd)
		close(s->fd);
	free(s->bytes);
	free(s);
}

uint32_t sound_rate(const struct sound *s)
{
	return s->rate;
}

uint64_t sound_length(const struct sound *s)
{
	return s->length;
}

/* ---- opening ---- */

/* \return bytes that were added, 0 at the end, -errno */
static ssize_t read_more(struct sound *s, size_t n)
{
	ssize_t got;

	do
		got = read(s->fd, s->bytes + s->n_bytes, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	s->n_bytes += (size_t)got;
	return got;
}

static int grow(struct sound *s)
{
	uint8_t *bytes;

	if (s->n_bytes + HEAD_STEP <= s->size)
		return 0;
	if (s->size >= HEAD_MAX)
		return -EBADMSG;
	if ((bytes = realloc(s->bytes, 2 * s->size)) == NULL)
		return -ENOMEM;
	s->bytes = bytes;
	s->size *= 2;
	return 0;
}

/* \return where the samples begin, or -errno */
static int read_head(struct sound *s)
{
	ssize_t got;
	int res;

	while ((res = wav_parse(s->bytes, s->n_bytes, &s->wav)) == -EAGAIN) {
		if ((res = grow(s)) < 0)
			return res;
		if ((got = read_more(s, HEAD_STEP)) < 0)
			return (int)got;
		if (got == 0)
			return -EBADMSG;
	}
	return res;
}

static int set_rate(struct sound *s, uint32_t rate)
{
	struct resample *r;

	if ((r = resample_new(s->wav.rate, rate)) == NULL)
		return -errno;
	resample_free(s->resample);
	s->resample = r;
	s->tail = resample_delay(r);
	s->rate = rate;
	s->length = s->bytes_of_all / wav_frame(&s->wav) * rate / s->wav.rate;
	return 0;
}

static int begin(struct sound *s, size_t head)
{
	memmove(s->bytes, s->bytes + head, s->n_bytes - head);
	s->n_bytes -= head;
	s->left = s->wav.size;
	if (s->left != UINT64_MAX) {
		s->bytes_of_all = s->left;
		s->n_bytes = (size_t)SPA_MIN((uint64_t)s->n_bytes, s->left);
		s->left -= s->n_bytes;
	}
	return set_rate(s, SOUND_RATE);
}

static struct sound *sound_new(int fd, bool own_fd)
{
	struct sound *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->bytes = malloc(BYTES_LEN)) == NULL) {
		free(s);
		if (own_fd)
			close(fd);
		return NULL;
	}
	s->size = BYTES_LEN;
	s->fd = fd;
	s->own_fd = own_fd;
	return s;
}

int sound_new_file(const char *path, struct sound **ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), res;
	struct sound *s;

	if (fd < 0)
		return -errno;
	if ((s = sound_new(fd, true)) == NULL)
		return -ENOMEM;
	if ((res = read_head(s)) < 0 || (res = begin(s, (size_t)res)) < 0) {
		sound_free(s);
		return res;
	}
	*ret = s;
	return 0;
}

static bool is_raw(const struct sound *s, int res)
{
	return res == -EBADMSG && (s->n_bytes < 4 || memcmp(s->bytes, "RIFF", 4) != 0);
}

int sound_new_stream(int fd, uint32_t rate, struct sound **ret)
{
	struct sound *s;
	int res;

	if ((s = sound_new(fd, false)) == NULL)
		return -ENOMEM;
	if (is_raw(s, res = read_head(s))) {
		s->wav = (struct wav) { .bytes = 2, .channels = 1, .rate = rate, .size = UINT64_MAX };
		res = 0;
	}
	if (res < 0 || (res = begin(s, (size_t)res)) < 0) {
		sound_free(s);
		return res;
	}
	*ret = s;
	return 0;
}

static void set_tone_rate(struct sound *s, uint32_t rate)
{
	s->rate = rate;
	s->length = (uint64_t)llround(s->seconds * rate);
}

int sound_new_tone(double frequency, double level, double seconds, struct sound **ret)
{
	struct sound *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->fd = -1;
	s->frequency = frequency;
	s->level = pow(10.0, level / 20.0);
	s->seconds = seconds;
	set_tone_rate(s, SOUND_RATE);
	*ret = s;
	return 0;
}

int sound_use_own_rate(struct sound *s)
{
	if (s->resample)
		return set_rate(s, SPA_CLAMP(s->wav.rate, SOUND_RATE, SOUND_RATE_MAX));
	set_tone_rate(s, SOUND_RATE_MAX);
	return 0;
}

/* ---- reading ---- */

static int read_tone(struct sound *s, int16_t *dst, uint32_t n)
{
	uint64_t fade = (uint64_t)(FADE_S * s->rate), edge;
	uint32_t i;

	if (s->position == s->length)
		return -ENODATA;
	for (i = 0; i < n && s->position < s->length; i++, s->position++) {
		double gain = s->level;

		edge = SPA_MIN(s->position, s->length - 1 - s->position);
		if (edge < fade)
			gain *= (double)edge / (double)fade;
		dst[i] = (int16_t)lround(gain * 32767.0 * sin(2.0 * M_PI * s->frequency *
				(double)s->position / s->rate));
	}
	return (int)i;
}

static bool has_input(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* \return false when nothing more is there yet */
static bool fetch(struct sound *s, int *ret_error)
{
	size_t room = (size_t)SPA_MIN((uint64_t)(s->size - s->n_bytes), s->left);
	ssize_t got;

	if (s->ended)
		return false;
	if (room == 0) {
		s->ended = s->left == 0;
		return false;
	}
	if (!has_input(s->fd))
		return false;
	if ((got = read_more(s, room)) < 0)
		*ret_error = (int)got;
	if (got <= 0)
		s->ended = true;
	else if (s->left != UINT64_MAX)
		s->left -= (uint64_t)got;
	return got > 0;
}

static void decode(struct sound *s)
{
	uint32_t frame = wav_frame(&s->wav), n;
	float mono[BLOCK];

	while ((n = (uint32_t)SPA_MIN(s->n_bytes / frame,
			(size_t)SPA_MIN(resample_room(s->resample), BLOCK))) > 0) {
		wav_to_mono(&s->wav, s->bytes, n, mono);
		resample_write(s->resample, mono, n);
		s->n_bytes -= (size_t)n * frame;
		memmove(s->bytes, s->bytes + (size_t)n * frame, s->n_bytes);
	}
	/* what is less than a frame is none */
	if (!s->ended || s->n_bytes >= frame)
		return;
	memset(mono, 0, sizeof(mono));
	while (s->tail > 0 && (n = SPA_MIN(SPA_MIN(resample_room(s->resample), BLOCK), s->tail)) > 0) {
		resample_write(s->resample, mono, n);
		s->tail -= n;
	}
}

static int16_t to_s16(float f)
{
	return (int16_t)lrintf(SPA_CLAMP(f * 32768.0f, -32768.0f, 32767.0f));
}

int sound_read(struct sound *s, int16_t *dst, uint32_t n)
{
	uint32_t total = 0, got, want;
	float block[BLOCK];
	int error = 0;
	bool more;

	if (s->resample == NULL)
		return read_tone(s, dst, n);
	do {
		more = fetch(s, &error);
		decode(s);
		do {
			want = SPA_MIN(n - total, BLOCK);
			got = resample_read(s->resample, block, want);
			for (uint32_t i = 0; i < got; i++)
				dst[total + i] = to_s16(block[i]);
			total += got;
			decode(s);
		} while (got > 0 && total < n);
	} while (total < n && more);
	if (error < 0)
		return error;
	return total == 0 && s->ended && s->tail == 0 ? -ENODATA : (int)total;
}
