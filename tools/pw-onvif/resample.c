/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/resample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#define CROSSINGS	48u	/* of zero, on each side */
#define STEPS		256u	/* of the table, between two of them; linear in between: -94 dB */
#define CUTOFF		0.94	/* of half the lower rate */
#define KAISER_BETA	9.0
#define RATIO_MAX	1000u
#define BLOCK		4096u

struct resample {
	uint32_t from, to;
	double cutoff;		/* of half the input's rate */
	uint32_t half;		/* the filter's length to each side, in samples of the input */
	float table[CROSSINGS * STEPS + 2];

	/* the next output lies at position + fraction/to of the input; in[0] is sample start */
	uint64_t position, start;
	uint32_t fraction;
	float *in;
	uint32_t n, size;
};

static double bessel_i0(double x)
{
	double sum = 1.0, term = 1.0;

	for (int k = 1; term > sum * 1e-12; k++) {
		term *= (x / (2.0 * k)) * (x / (2.0 * k));
		sum += term;
	}
	return sum;
}

static void fill_table(struct resample *r)
{
	double scale = 1.0 / bessel_i0(KAISER_BETA);

	for (uint32_t i = 0; i <= CROSSINGS * STEPS; i++) {
		double x = (double)i / STEPS, edge = x / CROSSINGS;
		double sinc = i == 0 ? 1.0 : sin(M_PI * x) / (M_PI * x);

		r->table[i] = (float)(r->cutoff * sinc * scale * bessel_i0(KAISER_BETA * sqrt(1.0 - edge * edge)));
	}
}

struct resample *resample_new(uint32_t from, uint32_t to)
{
	struct resample *r;

	if (from == 0 || to == 0 || from / to > RATIO_MAX || to / from > RATIO_MAX) {
		errno = EINVAL;
		return NULL;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->from = from;
	r->to = to;
	r->cutoff = CUTOFF * SPA_MIN(1.0, (double)to / from);
	r->half = (uint32_t)ceil(CROSSINGS / r->cutoff);
	r->size = 2 * r->half + BLOCK;
	if ((r->in = calloc(r->size, sizeof(*r->in))) == NULL) {
		free(r);
		errno = ENOMEM;
		return NULL;
	}
	fill_table(r);
	/* before the first sample there is silence */
	r->position = r->n = r->half;
	return r;
}

void resample_free(struct resample *r)
{
	if (r == NULL)
		return;
	free(r->in);
	free(r);
}

uint32_t resample_delay(const struct resample *r)
{
	return r->half;
}

uint32_t resample_room(const struct resample *r)
{
	return r->size - r->n;
}

void resample_write(struct resample *r, const float *samples, uint32_t n)
{
	n = SPA_MIN(n, resample_room(r));
	memcpy(r->in + r->n, samples, n * sizeof(*samples));
	r->n += n;
}

/* distance: in samples of the input */
static double tap(const struct resample *r, double distance)
{
	double x = fabs(distance) * r->cutoff * STEPS;
	uint32_t i = (uint32_t)x;
	double part = x - i;

	if (i >= CROSSINGS * STEPS)
		return 0.0;
	return r->table[i] + part * ((double)r->table[i + 1] - r->table[i]);
}

static float sample_at(const struct resample *r)
{
	double offset = (double)r->fraction / r->to, sum = 0.0;
	const float *in = r->in + (r->position - r->start) - r->half;

	for (uint32_t i = 0; i <= 2 * r->half; i++)
		sum += in[i] * tap(r, (double)i - r->half - offset);
	return (float)sum;
}

static void forget(struct resample *r)
{
	uint64_t old = r->position - r->half - r->start;
	uint32_t n = (uint32_t)SPA_MIN(old, (uint64_t)r->n);

	memmove(r->in, r->in + n, (r->n - n) * sizeof(*r->in));
	r->n -= n;
	r->start += n;
}

uint32_t resample_read(struct resample *r, float *dst, uint32_t n)
{
	uint32_t i;
	uint64_t next;

	for (i = 0; i < n && r->position + r->half < r->start + r->n; i++) {
		dst[i] = sample_at(r);
		next = (uint64_t)r->fraction + r->from;
		r->position += next / r->to;
		r->fraction = (uint32_t)(next % r->to);
	}
	forget(r);
	return i;
}
