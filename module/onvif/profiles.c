/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/profiles.h"

#include <stdio.h>
#include <string.h>

#include "module/util/text.h"

static bool is_wanted(const struct device_profile *p, const char *wanted)
{
	return wanted && (strcmp(wanted, p->token) == 0 || strcmp(wanted, p->name) == 0);
}

static int rank(const struct device_profile *p, const char *wanted)
{
	return (is_wanted(p, wanted) ? 4 : 0) + (p->has_audio_output ? 2 : 0) +
		(p->has_audio_decoder ? 1 : 0);
}

void profiles_sort(struct device_info *info, const char *wanted)
{
	struct device_profile *p = info->profile;

	for (uint32_t i = 1; i < info->n_profiles; i++) {
		struct device_profile moved = p[i];
		uint32_t at = i;

		for (; at > 0 && rank(&p[at - 1], wanted) < rank(&moved, wanted); at--)
			p[at] = p[at - 1];
		p[at] = moved;
	}
}

void profiles_drop(struct device_info *info)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < info->n_profiles; i++) {
		if (info->profile[i].uri[0] == '\0')
			continue;
		if (n != i)
			info->profile[n] = info->profile[i];
		n++;
	}
	info->n_profiles = n;
}

static bool has_full_profile(const struct device_info *info)
{
	for (uint32_t i = 0; i < info->n_profiles; i++)
		if (info->profile[i].has_audio_output && info->profile[i].has_audio_decoder)
			return true;
	return false;
}

static const char *setup_hint(const struct device_info *info, const struct profiles_circumstances *c)
{
	if (c->refused_write[0] != '\0')
		return c->refused_write;
	if (info->primacy == DEVICE_PRIMACY_SERVER)
		return "The camera is set to half duplex and does not listen while it speaks: set "
			"onvif.configure = true to let us change that, or choose it in its web page.";
	if (c->configurable)
		return "The camera's media profile has no audio output or no audio decoder: set "
			"onvif.configure = true to let us add what it lacks, or do so in its web page.";
	if (info->n_audio_outputs > 0 && !has_full_profile(info))
		return "None of its media profiles has an audio output and an audio decoder: add them "
			"in the camera's own settings.";
	return "";
}

void profiles_hint(struct device_info *info, const struct profiles_circumstances *c)
{
	char name[LIMIT_NAME_LEN];

	/* sorted: a wanted one is the first */
	if (c->wanted && (info->n_profiles == 0 || !is_wanted(&info->profile[0], c->wanted))) {
		text_sanitize(str_from(c->wanted), name, sizeof(name));
		snprintf(info->hint, sizeof(info->hint), "It has no media profile \"%s\".", name);
	} else if (info->n_audio_outputs == 0)
		snprintf(info->hint, sizeof(info->hint), "This camera has no audio output.");
	else if (info->decoder_options_known && !info->decodes_g711)
		snprintf(info->hint, sizeof(info->hint), "Its loudspeaker takes only %s, not G.711.", c->codecs);
	else
		snprintf(info->hint, sizeof(info->hint), "%s", setup_hint(info, c));
}
