/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CODEC_PLUGIN_H
#define ONVIF_CODEC_PLUGIN_H

#include "spa-plugin/codec.h"

/*
 * What one codec plugin is made of. A plugin links codec-plugin.c, which is the
 * rest of a SPA plugin, and defines codec_plugin. The methods get no object
 * (NULL): what they need lies in their instances.
 */
struct codec_plugin {
	const char *factory_name;	/* SPA_ONVIF_CODEC_FACTORY(name) */
	const char *description;
	const struct spa_onvif_codec_methods *methods;
};
extern const struct codec_plugin codec_plugin;

#endif /* ONVIF_CODEC_PLUGIN_H */
