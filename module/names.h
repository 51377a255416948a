/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_NAMES_H
#define ONVIF_NAMES_H

/* Names that others rely on: session managers' memories, scripts, the tool. */
#define NAME_SINK_PREFIX	"onvif_output."
#define NAME_NO_OUTPUT		"onvif_no_output"
#define NAME_METADATA		"onvif"

#endif /* ONVIF_NAMES_H */
