/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>

#include <spa/utils/defs.h>

#include "module/rtsp/sdp.h"

/* in order of preference */
static const struct {
	const char *encoding;
	uint32_t clock_rate;
} codecs[] = {
	{ "PCMU", 8000 },
	{ "PCMA", 8000 },
};

/* SRTP towards a camera exists on paper only */
static bool protocol_usable(struct str protocol)
{
	return str_has_iprefix(protocol, STR_LIT("RTP/AVP"));
}

/* \return the place in codecs[], or their number */
static size_t rank(const struct sdp_media *m, const struct sdp_rtpmap *map, struct str preferred)
{
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(codecs); i++)
		if (str_ieq(map->encoding, str_from(codecs[i].encoding)) &&
		    map->clock_rate == codecs[i].clock_rate && map->channels == 1)
			break;
	if (!protocol_usable(m->protocol))
		return SPA_N_ELEMENTS(codecs);
	if (preferred.len > 0 && !str_ieq(map->encoding, preferred))
		return SPA_N_ELEMENTS(codecs);
	return i;
}

static bool is_backchannel(const struct sdp_media *m)
{
	return m->direction == SDP_SENDONLY && str_ieq(m->type, STR_LIT("audio"));
}

/* the camera's words, fit for a message */
static void copy_plain(struct str s, char *dst, size_t size)
{
	size_t i;

	for (i = 0; i < s.len && i + 1 < size; i++)
		dst[i] = s.p[i] > ' ' && s.p[i] <= '~' ? s.p[i] : '?';
	dst[i] = '\0';
}

static void list_offers(const struct sdp *sdp, char *dst, size_t size)
{
	const struct sdp_media *m;
	const struct sdp_rtpmap *map;
	char name[48], over[24], channels[8], offer[128];
	size_t len = 0;
	uint32_t i, j;
	int n;

	if (size > 0)
		dst[0] = '\0';
	for (i = 0; i < sdp->n_media; i++) {
		m = &sdp->media[i];
		if (!is_backchannel(m))
			continue;
		copy_plain(m->protocol, over, sizeof(over));
		for (j = 0; j < m->n_maps; j++) {
			map = &m->map[j];
			if (map->encoding.len == 0)
				continue;
			copy_plain(map->encoding, name, sizeof(name));
			channels[0] = '\0';
			if (map->channels > 1)
				snprintf(channels, sizeof(channels), "/%u", map->channels);
			n = snprintf(offer, sizeof(offer), "%s%s/%u%s%s%s", len > 0 ? ", " : "",
					name, map->clock_rate, channels,
					protocol_usable(m->protocol) ? "" : " over ",
					protocol_usable(m->protocol) ? "" : over);
			if (n < 0 || len + (size_t)n >= size)
				return;
			str_copy(str_make(offer, (size_t)n), dst + len, size - len);
			len += (size_t)n;
		}
	}
}

int sdp_choose_backchannel(const struct sdp *sdp, const char *preferred,
		struct sdp_backchannel *ret, char *ret_offers, size_t size)
{
	struct str codec = str_from(preferred);
	size_t best = SPA_N_ELEMENTS(codecs), r;
	const struct sdp_media *m;
	bool found = false;
	uint32_t i, j;

	if (str_ieq(codec, STR_LIT("auto")))
		codec = str_make("", 0);
	for (i = 0; i < sdp->n_media; i++) {
		m = &sdp->media[i];
		/* nobody sends video to a camera: this one marks its own tracks (go2rtc#771) */
		if (m->direction == SDP_SENDONLY && str_ieq(m->type, STR_LIT("video")))
			return -ENOENT;
		found = found || is_backchannel(m);
	}
	if (!found)
		return -ENOENT;

	for (i = 0; i < sdp->n_media; i++) {
		m = &sdp->media[i];
		for (j = 0; is_backchannel(m) && j < m->n_maps; j++) {
			if ((r = rank(m, &m->map[j], codec)) >= best)
				continue;
			best = r;
			*ret = (struct sdp_backchannel){
				.media = i,
				.pt = m->map[j].pt,
				.encoding = str_from(codecs[r].encoding),
				.clock_rate = m->map[j].clock_rate,
				.channels = 1,
				.control = m->control,
			};
		}
	}
	if (best < SPA_N_ELEMENTS(codecs))
		return 0;
	list_offers(sdp, ret_offers, size);
	return -ENOTSUP;
}
