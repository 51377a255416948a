/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "spa-plugin/codec-plugin.h"
#include "spa-plugin/codec-static.h"

struct spa_onvif_codec *onvif_codec_g711_get(void)
{
	static struct spa_onvif_codec codec;

	codec.iface = SPA_INTERFACE_INIT(SPA_TYPE_INTERFACE_OnvifCodec,
			SPA_VERSION_ONVIF_CODEC, codec_plugin.methods, NULL);
	return &codec;
}
