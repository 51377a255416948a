/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include <spa/utils/defs.h>

#include "module/rtp/catchup.h"

#define BLOCK_MS	20u
/* A cut takes out about one period of a voice (80 to 200 Hz, higher ones several). Of a
 * steady tone, a longer piece can be found that fits to a fraction of a sample. */
#define LAG_MIN_MS	5u
#define LAG_VOICE_MS	12u
#define LAG_MAX_MS	32u
#define STEADY_RATIO	16u
#define OVERLAP_MS	5u
#define CUT_RATIO	0.02
/* so many packets it takes until a cut may fit half as well again */
#define TRIES		25u

/* of a pause, what follows and what precedes speech stays (blocks): no word loses
 * its beginning, and words stay apart */
#define AFTER_BLOCKS	1u
#define BEFORE_BLOCKS	2u
/* what is looked through, and so left out at most, at once */
#define PAUSE_MS	400u

/*
 * What is a pause? Full scale has power 2^30. Everything is judged against the loudest
 * of late, because the volume control comes before us: at a low volume, all speech
 * is faint. A pause is 30 dB below that and at most -50 dBFS, or, in a noisy room,
 * like the background, if that is 15 dB below and at most -36 dBFS; above that
 * it may be music.
 */
#define FULL_POWER	1073741824.0
#define SILENT_POWER	16.0
#define SILENT_SAMPLE	4
#define PAUSE_POWER	(FULL_POWER * 1e-5)
#define PAUSE_RATIO	1e-3
#define NOISE_POWER	(FULL_POWER * 2.5e-4)
#define NOISE_RATIO	0.03
#define NOISE_MARGIN	2.25
/* per block: 2 dB/s, 1 dB/s */
#define FLOOR_RISE	1.01
#define PEAK_FALL	0.995

int catchup_init(struct catchup *c, uint32_t rate, uint32_t packet)
{
	uint32_t block = SPA_MAX(rate * BLOCK_MS / 1000, 1u);
	uint32_t lag_max = SPA_MAX(rate * LAG_MAX_MS / 1000, 1u);

	*c = (struct catchup) {
		.packet = packet,
		.block = SPA_MIN(block, packet),
		.overlap = rate * OVERLAP_MS / 1000,
		.lag_min = SPA_MAX(rate * LAG_MIN_MS / 1000, 1u),
		.lag_voice = SPA_MAX(rate * LAG_VOICE_MS / 1000, 1u),
		.lag_max = lag_max,
		.over = rate * CATCHUP_OVER_MS / 1000,
		.under = rate * CATCHUP_UNDER_MS / 1000,
		.floor = -1.0,
	};
	c->overlap = SPA_CLAMP(c->overlap, 1u, packet);
	c->before = SPA_MAX(BEFORE_BLOCKS * rate * BLOCK_MS / 1000, packet);
	c->window_size = rate * PAUSE_MS / 1000 + c->before + packet + lag_max;
	c->window = calloc(c->window_size, sizeof(int16_t));
	return c->window ? 0 : -ENOMEM;
}

void catchup_clear(struct catchup *c)
{
	free(c->window);
	c->window = NULL;
}

static double power(const int16_t *samples, uint32_t n)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += (int32_t)samples[i] * samples[i];
	return (double)sum / n;
}

static bool is_quiet(const struct catchup *c, double p)
{
	if (p <= SILENT_POWER)
		return true;
	if (p <= PAUSE_POWER && p <= c->peak * PAUSE_RATIO)
		return true;
	return p <= NOISE_POWER && p <= c->peak * NOISE_RATIO && p <= c->floor * NOISE_MARGIN;
}

static void learn(struct catchup *c, double p)
{
	c->peak = SPA_MAX(c->peak * PEAK_FALL, p);
	if (c->floor < 0.0)
		c->floor = p;
	else
		c->floor = SPA_MIN(c->floor * FLOOR_RISE + 1.0, p);
}

void catchup_note(struct catchup *c, const int16_t *samples, uint32_t n)
{
	double p;

	for (; n >= c->block; samples += c->block, n -= c->block) {
		p = power(samples, c->block);
		learn(c, p);
		c->quiet = is_quiet(c, p) ? c->quiet + c->block : 0;
		c->quiet = SPA_MIN(c->quiet, AFTER_BLOCKS * c->block);
		c->budget = SPA_MIN(c->budget + c->block * CUT_RATIO, (double)c->lag_max);
	}
}

static uint64_t difference(const struct catchup *c, uint32_t lag, uint64_t limit)
{
	uint64_t diff = 0;

	for (uint32_t i = 0; i < c->overlap && diff < limit; i++)
		diff += (uint64_t)abs(c->window[i] - c->window[lag + i]);
	return diff;
}

/* the offset in lo..hi where the window looks most like at its start */
static uint32_t best_lag(const struct catchup *c, uint32_t lo, uint32_t hi)
{
	uint32_t best = hi;
	uint64_t best_diff = UINT64_MAX;

	for (uint32_t lag = hi; lag >= lo && lag > 0; lag--) {
		uint64_t diff = difference(c, lag, best_diff);

		if (diff < best_diff) {
			best_diff = diff;
			best = lag;
		}
	}
	return best;
}

/* where no pause is: a period of a voice, more only of what does not change */
static uint32_t loud_lag(const struct catchup *c, uint32_t hi)
{
	uint32_t lag = best_lag(c, c->lag_min, hi);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < c->overlap; i++)
		sum += (uint64_t)abs(c->window[i]);
	if (lag <= c->lag_voice || difference(c, lag, UINT64_MAX) * STEADY_RATIO <= sum)
		return lag;
	return best_lag(c, c->lag_min, c->lag_voice);
}

/* The last cut, which brings the packets' edges to where they are wanted: as well as any other,
 * or after some waiting for a better place, as well as it can be. */
static uint32_t last_lag(struct catchup *c, uint32_t want, uint32_t avail)
{
	uint32_t most = avail - c->packet, lag, best;
	uint32_t lo = SPA_MAX(c->lag_min, want - SPA_MIN(want, c->under));
	uint32_t hi = SPA_MIN(want + c->over, most);

	if (lo > hi)
		return 0;
	lag = best_lag(c, lo, hi);
	best = best_lag(c, c->lag_min, SPA_MIN(c->lag_max, most));
	if (difference(c, lag, UINT64_MAX) <= difference(c, best, UINT64_MAX) * (2 + c->tries / TRIES)) {
		c->tries = 0;
		return lag;
	}
	c->tries++;
	return 0;
}

/* the samples before the first that is not silence: there, no word begins softly */
static uint32_t silence_ahead(const struct catchup *c, uint32_t avail)
{
	uint32_t n = 0;

	while (n < avail && c->window[n] >= -SILENT_SAMPLE && c->window[n] <= SILENT_SAMPLE)
		n++;
	return n;
}

static uint32_t quiet_ahead(const struct catchup *c, uint32_t avail)
{
	uint32_t n = 0;

	while (n + c->block <= avail && is_quiet(c, power(c->window + n, c->block)))
		n += c->block;
	return n;
}

/* in a pause: any joint is unheard, silence has none */
static uint32_t plan_pause(const struct catchup *c, uint32_t avail, uint32_t max_cut, bool exact)
{
	uint32_t pause = silence_ahead(c, avail);

	if (pause > c->before)
		return SPA_MIN(pause - c->before, max_cut);
	pause = quiet_ahead(c, avail);
	if (pause <= c->before)
		return 0;
	pause -= c->before;
	if (exact && pause >= max_cut)
		return max_cut;
	pause = SPA_MIN(pause, max_cut);
	if (pause < c->lag_min)
		return 0;
	return best_lag(c, pause > c->lag_max ? pause - c->lag_max : c->lag_min, pause);
}

/* \return how much to leave out of the window's start, 0 when nothing can be */
static uint32_t plan(struct catchup *c, uint32_t avail, uint32_t max_cut, bool exact)
{
	uint32_t cut = 0;

	if (c->quiet >= AFTER_BLOCKS * c->block)
		cut = plan_pause(c, avail, max_cut, exact);
	if (cut > 0 || c->budget < c->lag_max || avail < c->packet + c->lag_min)
		return cut;
	if (exact && max_cut <= c->lag_max)
		return last_lag(c, max_cut, avail);
	if (max_cut < c->lag_min)
		return 0;
	return loud_lag(c, SPA_MIN(SPA_MIN(c->lag_max, max_cut), avail - c->packet));
}

static void splice(const struct catchup *c, uint32_t lag, int16_t *dst)
{
	int32_t n = (int32_t)c->overlap;

	for (int32_t i = 0; i < n; i++) {
		int32_t from = c->window[i], to = c->window[lag + (uint32_t)i];

		dst[i] = (int16_t)((from * (2 * n - 2 * i - 1) + to * (2 * i + 1)) / (2 * n));
	}
	for (uint32_t i = c->overlap; i < c->packet; i++)
		dst[i] = c->window[lag + i];
}

uint32_t catchup_take(struct catchup *c, struct audio_ring *ring, uint32_t max_cut, bool exact,
		int16_t *dst)
{
	bool in_pause = c->quiet >= AFTER_BLOCKS * c->block;
	uint32_t avail, lag;

	if (max_cut == 0 || (max_cut < c->lag_min && !exact) ||
	    (!in_pause && c->budget < c->lag_max))
		return 0;
	avail = audio_ring_peek(ring, 0, c->window, c->window_size);
	if (avail <= c->packet)
		return 0;
	lag = plan(c, avail, max_cut, exact);
	if (lag == 0)
		return 0;
	splice(c, lag, dst);
	audio_ring_drop(ring, lag + c->packet);
	if (!in_pause)
		c->budget = SPA_MAX(c->budget - lag, 0.0);
	return lag;
}
