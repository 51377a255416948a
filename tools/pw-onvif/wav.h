/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_WAV_H
#define ONVIF_TOOL_WAV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands in a WAV file, and raw samples of the same kinds. Pure. */

#define WAV_CHANNELS_MAX	32u
#define WAV_RATE_MIN		1000u
#define WAV_RATE_MAX		768000u

struct wav {
	bool is_float;
	uint32_t bytes;		/* of a sample: 1 (unsigned), 2, 3 or 4; float: 4 or 8 */
	uint32_t channels;
	uint32_t rate;
	uint64_t size;		/* of the samples, in bytes; UINT64_MAX: until it ends */
};

/** Reads a file's beginning, up to where its samples begin.
 * \return where they do; -EAGAIN more is needed, -EBADMSG no WAV, -ENOTSUP of another kind */
int wav_parse(const uint8_t *data, size_t size, struct wav *ret);

/** bytes of a sample of all channels */
static inline uint32_t wav_frame(const struct wav *w)
{
	return w->bytes * w->channels;
}
/** n frames, all channels in equal parts */
void wav_to_mono(const struct wav *w, const uint8_t *data, uint32_t n, float *dst);

#endif /* ONVIF_TOOL_WAV_H */
