/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_NAMES_H
#define ONVIF_NAMES_H

/* Names that others rely on: session managers' memories, scripts, the tool. */
#define NAME_SINK_PREFIX	"onvif_output."
/* sinks of others that lead to cameras alone: combined ones, filters */
#define NAME_GROUP_PREFIX	"onvif_group."
#define NAME_NO_OUTPUT		"onvif_no_output"
#define NAME_METADATA		"onvif"

#endif /* ONVIF_NAMES_H */
