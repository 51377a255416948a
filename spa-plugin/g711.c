/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>

#include "spa-plugin/g711.h"

/*
 * An octet is sign, segment (3 bits) and step within the segment (4 bits); each
 * segment is twice as wide as the one below. G.711 defines mu-law on 14-bit and
 * A-law on 13-bit values: the lower bits of a 16-bit sample fall away first. Of mu-law
 * those of the magnitude: were they those of the number, the negative half would be
 * coded further out, which costs 0.5 dB of a faint tone and makes rounding noise loud.
 */
#define SIGN		0x80
#define STEP_MASK	0x0f

/* makes every mu-law segment start at a power of two (Table 2a: 31 + 33 = 64...) */
#define ULAW_BIAS	33
#define ULAW_MAX	8158
/* A-law inverts the even bits for the line's sake, mu-law all of them */
#define ALAW_INVERT	0x55

static inline int highest_bit(int v)
{
	return 31 - __builtin_clz((unsigned int)v);
}

static inline uint8_t ulaw_from_linear(int16_t sample)
{
	int v = sample / 4, sign = 0, segment;

	if (v < 0) {
		v = -v;
		sign = SIGN;
	}
	v = SPA_MIN(v, ULAW_MAX) + ULAW_BIAS;
	segment = highest_bit(v) - 5;
	return (uint8_t)~(sign | segment << 4 | ((v >> (segment + 1)) & STEP_MASK));
}

static inline int16_t linear_from_ulaw(uint8_t octet)
{
	int code = (uint8_t)~octet, segment = (code >> 4) & 7;
	int v = ((((code & STEP_MASK) << 1) + ULAW_BIAS) << segment) - ULAW_BIAS;

	return (int16_t)((code & SIGN ? -v : v) * 4);
}

static inline uint8_t alaw_from_linear(int16_t sample)
{
	int v = sample >> 3, sign = SIGN, segment = 0;

	if (v < 0) {
		v = ~v;
		sign = 0;
	}
	if (v >= 32)
		segment = highest_bit(v) - 4;
	/* the two lowest segments have the same step */
	return (uint8_t)((sign | segment << 4 | ((v >> SPA_MAX(segment, 1)) & STEP_MASK))
			^ ALAW_INVERT);
}

static inline int16_t linear_from_alaw(uint8_t octet)
{
	int code = octet ^ ALAW_INVERT, segment = (code >> 4) & 7;
	int v = ((code & STEP_MASK) << 1) + 1;

	if (segment > 0)
		v = (v + 32) << (segment - 1);
	return (int16_t)((code & SIGN ? v : -v) * 8);
}

void g711_ulaw_encode(const int16_t *pcm, uint8_t *dst, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = ulaw_from_linear(pcm[i]);
}

void g711_ulaw_decode(const uint8_t *data, int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = linear_from_ulaw(data[i]);
}

void g711_alaw_encode(const int16_t *pcm, uint8_t *dst, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = alaw_from_linear(pcm[i]);
}

void g711_alaw_decode(const uint8_t *data, int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = linear_from_alaw(data[i]);
}
