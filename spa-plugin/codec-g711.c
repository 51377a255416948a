/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <limits.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "spa-plugin/codec-plugin.h"
#include "spa-plugin/g711.h"

struct law {
	struct spa_onvif_codec_info info;
	uint8_t silence;
	void (*encode)(const int16_t *pcm, uint8_t *dst, size_t n);
	void (*decode)(const uint8_t *data, int16_t *pcm, size_t n);
};

#define LAW_INFO(name_, encoding_, pt_) {		\
	.name = name_,					\
	.encoding = encoding_,				\
	.static_pt = pt_,				\
	.clock_rate = 8000,				\
	.sample_rate = 8000,				\
	.channels = 1,					\
	.format = SPA_AUDIO_FORMAT_S16,			\
	.frame_samples = 1,				\
	.max_frame_bytes = 1,				\
}

/* Payload types: RFC 3551 6, table 4. A law has no state, so it is its own instance
 * (and not const, because an instance is a void *). */
static struct law laws[] = {
	{ LAW_INFO("pcmu", "PCMU", 0), G711_ULAW_SILENCE, g711_ulaw_encode, g711_ulaw_decode },
	{ LAW_INFO("pcma", "PCMA", 8), G711_ALAW_SILENCE, g711_alaw_encode, g711_alaw_decode },
};

static int codec_enum_codecs(void *object, uint32_t index, struct spa_onvif_codec_info *ret)
{
	if (index >= SPA_N_ELEMENTS(laws))
		return -ENOENT;
	*ret = laws[index].info;
	return 0;
}

/* G.711 has no format parameters (RFC 4856): what a camera puts there means nothing */
static int codec_init(void *object, uint32_t index, const struct spa_dict *fmtp,
		void **ret_instance)
{
	if (index >= SPA_N_ELEMENTS(laws))
		return -ENOENT;
	*ret_instance = &laws[index];
	return 0;
}

static void codec_deinit(void *object, void *instance)
{
}

/* \return how many of the samples there is room for, -ENOSPC for none */
static int fitting(size_t n, size_t room)
{
	if (n > 0 && room == 0)
		return -ENOSPC;
	n = SPA_MIN(n, room);
	return (int)SPA_MIN(n, (size_t)INT_MAX);
}

static int codec_encode(void *object, void *instance, const void *pcm, size_t *n_samples,
		void *dst, size_t size)
{
	const struct law *law = instance;
	int n = fitting(*n_samples, size);

	if (n < 0)
		return n;
	law->encode(pcm, dst, (size_t)n);
	*n_samples = (size_t)n;
	return n;
}

static int codec_decode(void *object, void *instance, const void *data, size_t *len,
		void *pcm, size_t max_samples)
{
	const struct law *law = instance;
	int n = fitting(*len, max_samples);

	if (n < 0)
		return n;
	law->decode(data, pcm, (size_t)n);
	*len = (size_t)n;
	return n;
}

static int codec_silence(void *object, void *instance, size_t n_samples, void *dst, size_t size)
{
	const struct law *law = instance;

	if (n_samples > size || n_samples > (size_t)INT_MAX)
		return -ENOSPC;
	memset(dst, law->silence, n_samples);
	return (int)n_samples;
}

static const struct spa_onvif_codec_methods codec_methods = {
	SPA_VERSION_ONVIF_CODEC_METHODS,
	.enum_codecs = codec_enum_codecs,
	.init = codec_init,
	.deinit = codec_deinit,
	.encode = codec_encode,
	.decode = codec_decode,
	.silence = codec_silence,
};

const struct codec_plugin codec_plugin = {
	.factory_name = SPA_ONVIF_CODEC_FACTORY("g711"),
	.description = "G.711 mu-law and A-law (PCMU, PCMA)",
	.methods = &codec_methods,
};
