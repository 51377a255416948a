/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <math.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/util/decimator.h"

#define LANES	4u
typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

/* Equiripple (Parks and McClellan): at 16 kHz pass to 3400 Hz, stop from 4600 Hz, weights 1 and 100. The
 * sum is 1. What is stopped is less than half a step of 16 bits: A-law, which has no
 * zero, makes 16 steps of one. */
static const vector taps[DECIMATOR_TAPS / LANES] = {
	{ -0.000161462f, -0.000458564f, -0.000295627f,  0.000550898f },
	{  0.000741002f, -0.000666093f, -0.001369641f,  0.000859805f },
	{  0.002490101f, -0.000798669f, -0.003944035f,  0.000613796f },
	{  0.006061330f,  0.000062564f, -0.008736442f, -0.001204755f },
	{  0.012331620f,  0.003285813f, -0.016877906f, -0.006515939f },
	{  0.022996373f,  0.011806467f, -0.031406317f, -0.020492824f },
	{  0.044603296f,  0.036903188f, -0.070184931f, -0.078217365f },
	{  0.158094391f,  0.439929932f,  0.439929932f,  0.158094391f },
	{ -0.078217365f, -0.070184931f,  0.036903188f,  0.044603296f },
	{ -0.020492824f, -0.031406317f,  0.011806467f,  0.022996373f },
	{ -0.006515939f, -0.016877906f,  0.003285813f,  0.012331620f },
	{ -0.001204755f, -0.008736442f,  0.000062564f,  0.006061330f },
	{  0.000613796f, -0.003944035f, -0.000798669f,  0.002490101f },
	{  0.000859805f, -0.001369641f, -0.000666093f,  0.000741002f },
	{  0.000550898f, -0.000295627f, -0.000458564f, -0.000161462f },
};

static void start(struct decimator *d)
{
	d->fill = DECIMATOR_TAPS - 1;
	memset(d->samples, 0, d->fill * sizeof(*d->samples));
}

void decimator_init(struct decimator *d)
{
	d->restart = false;
	start(d);
}

void decimator_restart(struct decimator *d)
{
	__atomic_store_n(&d->restart, true, __ATOMIC_RELAXED);
}

static float filter(const float *x)
{
	vector sum = { 0 }, v;

	for (uint32_t i = 0; i < DECIMATOR_TAPS / LANES; i++) {
		memcpy(&v, x + LANES * i, sizeof(v));
		sum += v * taps[i];
	}
	return sum[0] + sum[1] + sum[2] + sum[3];
}

static int16_t to_s16(float v)
{
	if (isnan(v))
		return 0;
	return (int16_t)lrintf(SPA_CLAMP(v * 32768.0f, (float)INT16_MIN, (float)INT16_MAX));
}

uint32_t decimator_process(struct decimator *d, const float *src, uint32_t n, int16_t *dst)
{
	uint32_t pos, count = 0;

	if (__atomic_exchange_n(&d->restart, false, __ATOMIC_RELAXED))
		start(d);
	n = SPA_MIN(n, DECIMATOR_BLOCK);
	memcpy(d->samples + d->fill, src, n * sizeof(*src));
	d->fill += n;
	for (pos = 0; pos + DECIMATOR_TAPS <= d->fill; pos += 2)
		dst[count++] = to_s16(filter(d->samples + pos));
	d->fill -= pos;
	memmove(d->samples, d->samples + pos, d->fill * sizeof(*d->samples));
	return count;
}
