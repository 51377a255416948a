/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef SPA_ONVIF_CODEC_H
#define SPA_ONVIF_CODEC_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include <spa/param/audio/raw.h>
#include <spa/utils/dict.h>
#include <spa/utils/hook.h>
#include <spa/utils/type.h>

/*
 * Codec plugins: one shared object spa-0.2/onvif/libspa-codec-onvif-<name>.so with
 * one factory "api.codec.onvif.<name>" whose handle offers this interface. One
 * plugin may know several codecs. Methods are versioned: a newer host finds the
 * methods of an older plugin, the missing ones answer -ENOTSUP.
 *
 * enum_codecs, init, deinit: any thread, may allocate. encode, decode, silence:
 * real-time safe (no allocation, lock, system call, log).
 */
#define SPA_TYPE_INTERFACE_OnvifCodec	SPA_TYPE_INFO_INTERFACE_BASE "OnvifCodec"
#define SPA_VERSION_ONVIF_CODEC		0

#define SPA_ONVIF_CODEC_FACTORY(name)	"api.codec.onvif." name
#define SPA_ONVIF_CODEC_LIB(name)	"onvif/libspa-codec-onvif-" name

struct spa_onvif_codec { struct spa_interface iface; };

struct spa_onvif_codec_info {
	const char *name;		/* "pcmu" */
	const char *encoding;		/* RTP encoding name, RFC 3551: "PCMU" */
	int32_t static_pt;		/* or -1 */
	uint32_t clock_rate;		/* RTP clock, Hz */
	uint32_t sample_rate;		/* of the PCM side, Hz */
	uint32_t channels;
	enum spa_audio_format format;	/* of the PCM side: SPA_AUDIO_FORMAT_S16 */
	uint32_t frame_samples;		/* codec frame; 1 for sample codecs */
	uint32_t max_frame_bytes;	/* encoded size of one frame at most */
};

struct spa_onvif_codec_methods {
#define SPA_VERSION_ONVIF_CODEC_METHODS	0
	uint32_t version;

	/** The index-th codec. \return 0, -ENOENT past the last one */
	int (*enum_codecs)(void *object, uint32_t index, struct spa_onvif_codec_info *ret);
	/** Makes an instance; fmtp: the a=fmtp parameters of the camera's SDP, may be NULL.
	 * \return 0, -ENOENT, -EINVAL, -ENOTSUP (fmtp), -ENOMEM */
	int (*init)(void *object, uint32_t index, const struct spa_dict *fmtp, void **ret_instance);
	void (*deinit)(void *object, void *instance);
	/** Encodes as many whole frames as are there and fit into dst.
	 * *n_samples in: available, out: consumed.
	 * \return bytes written, -ENOSPC when not even one frame fits, -EINVAL */
	int (*encode)(void *object, void *instance, const void *pcm, size_t *n_samples,
			void *dst, size_t size);
	/** Decodes what fits into pcm. *len in: available bytes, out: consumed.
	 * \return samples written, -ENOSPC when nothing fits, -EINVAL */
	int (*decode)(void *object, void *instance, const void *data, size_t *len,
			void *pcm, size_t max_samples);
	/** Encoded silence of n_samples, all or nothing. \return bytes written, -ENOSPC */
	int (*silence)(void *object, void *instance, size_t n_samples, void *dst, size_t size);
};

#define spa_onvif_codec_method(o, method, version, ...)				\
({										\
	int _res = -ENOTSUP;							\
	struct spa_onvif_codec *_c = (o);					\
	spa_interface_call_res(&_c->iface, struct spa_onvif_codec_methods,	\
			_res, method, version, ##__VA_ARGS__);			\
	_res;									\
})
#define spa_onvif_codec_enum_codecs(c, ...)	spa_onvif_codec_method(c, enum_codecs, 0, __VA_ARGS__)
#define spa_onvif_codec_init(c, ...)		spa_onvif_codec_method(c, init, 0, __VA_ARGS__)
#define spa_onvif_codec_encode(c, ...)		spa_onvif_codec_method(c, encode, 0, __VA_ARGS__)
#define spa_onvif_codec_decode(c, ...)		spa_onvif_codec_method(c, decode, 0, __VA_ARGS__)
#define spa_onvif_codec_silence(c, ...)		spa_onvif_codec_method(c, silence, 0, __VA_ARGS__)
#define spa_onvif_codec_deinit(c, ...)						\
({										\
	struct spa_onvif_codec *_c = (c);					\
	spa_interface_call(&_c->iface, struct spa_onvif_codec_methods,		\
			deinit, 0, ##__VA_ARGS__);				\
})

#endif /* SPA_ONVIF_CODEC_H */
