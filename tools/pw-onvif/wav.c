/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/wav.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define TAG_PCM		1u
#define TAG_FLOAT	3u
#define TAG_EXTENSIBLE	0xfffeu	/* the tag is the beginning of a GUID further on */
#define RIFF_LEN	12u
#define CHUNK_LEN	8u
#define FMT_LEN		16u
#define GUID_AT		24u
/* who writes into a pipe does not know the size: espeak-ng, ffmpeg, sox, arecord */
#define SIZE_UNKNOWN	0x7f000000u

static uint32_t get16(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16;
}

static int parse_format(const uint8_t *p, uint32_t size, struct wav *ret)
{
	struct wav w = { .channels = get16(p + 2), .rate = get32(p + 4) };
	uint32_t tag = get16(p), align = get16(p + 12), bits = get16(p + 14);

	if (tag == TAG_EXTENSIBLE) {
		if (size < GUID_AT + 2)
			return -EBADMSG;
		tag = get16(p + GUID_AT);
	}
	w.is_float = tag == TAG_FLOAT;
	w.bytes = bits / 8;
	if (tag != TAG_PCM && tag != TAG_FLOAT)
		return -ENOTSUP;
	if (bits % 8 != 0 || (w.is_float ? w.bytes != 4 && w.bytes != 8 : w.bytes < 1 || w.bytes > 4) ||
	    w.channels == 0 || w.channels > WAV_CHANNELS_MAX || w.rate < WAV_RATE_MIN || w.rate > WAV_RATE_MAX)
		return -ENOTSUP;
	if (align != wav_frame(&w))
		return -EBADMSG;
	*ret = w;
	return 0;
}

int wav_parse(const uint8_t *data, size_t size, struct wav *ret)
{
	struct wav w = { 0 };
	size_t at = RIFF_LEN;
	uint32_t len;
	int res;

	if (size >= 4 && memcmp(data, "RIFF", 4) != 0)
		return -EBADMSG;
	if (size >= RIFF_LEN && memcmp(data + 8, "WAVE", 4) != 0)
		return -EBADMSG;
	while (at + CHUNK_LEN <= size) {
		len = get32(data + at + 4);
		if (memcmp(data + at, "data", 4) == 0) {
			if (w.channels == 0)
				return -EBADMSG;
			w.size = len == 0 || len >= SIZE_UNKNOWN ? UINT64_MAX : len;
			*ret = w;
			return (int)(at + CHUNK_LEN);
		}
		if (memcmp(data + at, "fmt ", 4) == 0) {
			if (len < FMT_LEN)
				return -EBADMSG;
			if (len > size - at - CHUNK_LEN)
				return -EAGAIN;
			if ((res = parse_format(data + at + CHUNK_LEN, len, &w)) < 0)
				return res;
		}
		/* (where a size has 32 bits, the sum may come round) */
		if (len > size - at - CHUNK_LEN)
			break;
		at += CHUNK_LEN + (size_t)len + (len & 1);
	}
	return -EAGAIN;
}

static float get_float(const uint8_t *p, uint32_t bytes)
{
	uint64_t bits = get32(p);
	uint32_t bits32 = (uint32_t)bits;
	double d;
	float f;

	if (bytes == 8) {
		bits |= (uint64_t)get32(p + 4) << 32;
		memcpy(&d, &bits, sizeof(d));
		f = (float)d;
	} else {
		memcpy(&f, &bits32, sizeof(f));
	}
	return isfinite(f) ? f : 0.0f;
}

static float get_sample(const struct wav *w, const uint8_t *p)
{
	if (w->is_float)
		return get_float(p, w->bytes);
	switch (w->bytes) {
	case 1:
		return ((float)p[0] - 128.0f) / 128.0f;
	case 2:
		return (float)(int16_t)get16(p) / 32768.0f;
	case 3:
		return (float)((int32_t)(get16(p) << 8 | (uint32_t)p[2] << 24) >> 8) / 8388608.0f;
	default:
		return (float)(int32_t)get32(p) / 2147483648.0f;
	}
}

void wav_to_mono(const struct wav *w, const uint8_t *data, uint32_t n, float *dst)
{
	for (uint32_t i = 0; i < n; i++) {
		float sum = 0.0f;

		for (uint32_t c = 0; c < w->channels; c++, data += w->bytes)
			sum += get_sample(w, data);
		dst[i] = sum / (float)w->channels;
	}
}
