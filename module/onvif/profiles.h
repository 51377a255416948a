/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_PROFILES_H
#define ONVIF_PROFILES_H

#include "module/onvif/device.h"

/* Which of a camera's media profiles may carry a backchannel, and why none may. Pure. */

/** The wanted one (token or name, or NULL) first, then those with audio output and decoder,
 * with one of them, others; the camera's order among equals: its first is its main one. */
void profiles_sort(struct device_info *info, const char *wanted);
/** Removes those without a stream URI, in order. */
void profiles_drop(struct device_info *info);
struct profiles_circumstances {
	const char *wanted;		/* as above */
	const char *codecs;		/* what the decoders take besides G.711 */
	const char *refused_write;	/* a sentence, or "" */
	bool configurable;		/* what the first profile lacks is there to be added */
};
/** Writes info->hint. SDP has the last word, this is a guess from what SOAP said. */
void profiles_hint(struct device_info *info, const struct profiles_circumstances *c);

#endif /* ONVIF_PROFILES_H */
