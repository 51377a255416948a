/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_G711_H
#define ONVIF_G711_H

#include <stddef.h>
#include <stdint.h>

/*
 * ITU-T G.711 between 16-bit linear samples and octets. Bit for bit what the
 * CCITT/Sun reference and PipeWire's own converter do. Pure, real-time safe.
 */
#define G711_ULAW_SILENCE	0xffu
#define G711_ALAW_SILENCE	0xd5u

void g711_ulaw_encode(const int16_t *pcm, uint8_t *dst, size_t n);
void g711_ulaw_decode(const uint8_t *data, int16_t *pcm, size_t n);
void g711_alaw_encode(const int16_t *pcm, uint8_t *dst, size_t n);
void g711_alaw_decode(const uint8_t *data, int16_t *pcm, size_t n);

#endif /* ONVIF_G711_H */
