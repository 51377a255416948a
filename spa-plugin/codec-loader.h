/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CODEC_LOADER_H
#define ONVIF_CODEC_LOADER_H

#include <strings.h>

#include <spa/support/plugin.h>

#include "spa-plugin/codec.h"

/*
 * The host's side of a codec plugin. The host loads the handle itself, with
 * SPA_ONVIF_CODEC_FACTORY(name) and library.name = SPA_ONVIF_CODEC_LIB(name).
 */

/** The codec interface of a loaded handle; lives as long as the handle.
 * \return 0, -ENOENT, -ENOTSUP (a plugin of another interface version) */
static inline int onvif_codec_from_handle(struct spa_handle *handle,
		struct spa_onvif_codec **ret)
{
	struct spa_onvif_codec *codec;
	void *iface = NULL;
	int res;

	res = spa_handle_get_interface(handle, SPA_TYPE_INTERFACE_OnvifCodec, &iface);
	if (res < 0)
		return res;
	codec = (struct spa_onvif_codec *)iface;
	if (codec == NULL)
		return -ENOENT;
	if (codec->iface.version != SPA_VERSION_ONVIF_CODEC)
		return -ENOTSUP;
	*ret = codec;
	return 0;
}

/** Finds a codec by RTP encoding name (case does not matter, RFC 4855 3) and RTP
 * clock rate. ret_index and ret_info may be NULL. \return 0, -ENOENT, -ENOTSUP */
static inline int onvif_codec_find(struct spa_onvif_codec *codec, const char *encoding,
		uint32_t clock_rate, uint32_t *ret_index, struct spa_onvif_codec_info *ret_info)
{
	struct spa_onvif_codec_info info;
	uint32_t i;
	int res;

	for (i = 0; ; i++) {
		res = spa_onvif_codec_enum_codecs(codec, i, &info);
		if (res < 0)
			return res;
		if (info.clock_rate == clock_rate && strcasecmp(info.encoding, encoding) == 0)
			break;
	}
	if (ret_index)
		*ret_index = i;
	if (ret_info)
		*ret_info = info;
	return 0;
}

#endif /* ONVIF_CODEC_LOADER_H */
