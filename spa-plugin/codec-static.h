/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CODEC_STATIC_H
#define ONVIF_CODEC_STATIC_H

#include "spa-plugin/codec.h"

/** The G.711 codec linked in, for tests that have no plugin loader. Owned by the library. */
struct spa_onvif_codec *onvif_codec_g711_get(void);

#endif /* ONVIF_CODEC_STATIC_H */
