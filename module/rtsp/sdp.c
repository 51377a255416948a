/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include <spa/utils/defs.h>

#include "module/rtsp/sdp.h"

#define PT_MAX	127u

/* RFC 3551 6: what a payload type means, whatever an a=rtpmap says. H3C sends
 * "a=rtpmap:0 PCMA/8000" before the right line (go2rtc#1426). */
static const struct sdp_rtpmap static_types[] = {
	{ .pt = 0, .encoding = STR_LIT("PCMU"), .clock_rate = 8000, .channels = 1 },
	{ .pt = 3, .encoding = STR_LIT("GSM"), .clock_rate = 8000, .channels = 1 },
	{ .pt = 4, .encoding = STR_LIT("G723"), .clock_rate = 8000, .channels = 1 },
	{ .pt = 5, .encoding = STR_LIT("DVI4"), .clock_rate = 8000, .channels = 1 },
	{ .pt = 6, .encoding = STR_LIT("DVI4"), .clock_rate = 16000, .channels = 1 },
	{ .pt = 7, .encoding = STR_LIT("LPC"), .clock_rate = 8000, .channels = 1 },
	{ .pt = 8, .encoding = STR_LIT("PCMA"), .clock_rate = 8000, .channels = 1 },
	{ .pt = 9, .encoding = STR_LIT("G722"), .clock_rate = 8000, .channels = 1 },
	{ .pt = 10, .encoding = STR_LIT("L16"), .clock_rate = 44100, .channels = 2 },
	{ .pt = 11, .encoding = STR_LIT("L16"), .clock_rate = 44100, .channels = 1 },
	{ .pt = 14, .encoding = STR_LIT("MPA"), .clock_rate = 90000, .channels = 1 },
	{ .pt = 15, .encoding = STR_LIT("G728"), .clock_rate = 8000, .channels = 1 },
	{ .pt = 18, .encoding = STR_LIT("G729"), .clock_rate = 8000, .channels = 1 },
	{ .pt = 26, .encoding = STR_LIT("JPEG"), .clock_rate = 90000, .channels = 1 },
};

static const struct sdp_rtpmap *static_type(uint64_t pt)
{
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(static_types); i++)
		if (static_types[i].pt == pt)
			return &static_types[i];
	return NULL;
}

static struct sdp_rtpmap *find_map(struct sdp_media *m, uint64_t pt)
{
	uint32_t i;

	for (i = 0; i < m->n_maps; i++)
		if (m->map[i].pt == pt)
			return &m->map[i];
	return NULL;
}

/* m=audio 0 RTP/AVP 0 8 97; what cameras invent ("m=vana") keeps its type only */
static int parse_media(struct str line, struct sdp_media *m)
{
	const struct sdp_rtpmap *known;
	struct str item;
	uint64_t pt;

	*m = (struct sdp_media){ .control = STR_LIT(""), .type = STR_LIT(""), .protocol = STR_LIT("") };
	if (str_token(&line, " \t", &m->type) < 0 || str_token(&line, " \t", &item) < 0 ||
	    str_token(&line, " \t", &m->protocol) < 0)
		return 0;
	if (!str_has_iprefix(m->protocol, STR_LIT("RTP/")))
		return 0;
	while (str_token(&line, " \t", &item) == 0) {
		if (str_to_uint(item, PT_MAX, &pt) < 0 || find_map(m, pt) != NULL)
			continue;
		if (m->n_maps == LIMIT_SDP_RTPMAPS)
			return -E2BIG;
		known = static_type(pt);
		m->map[m->n_maps] = known ? *known :
			(struct sdp_rtpmap){ .pt = (uint8_t)pt, .encoding = STR_LIT("") };
		m->map[m->n_maps++].fmtp = str_make("", 0);
	}
	return 0;
}

/* rtpmap:97 G726-16/8000/1; where one payload type has several the first holds */
static void parse_rtpmap(struct str v, struct sdp_media *m)
{
	uint64_t pt, rate, channels = 1;
	struct str number, encoding;
	struct sdp_rtpmap *map;

	if (str_token(&v, " \t", &number) < 0 || str_to_uint(number, PT_MAX, &pt) < 0)
		return;
	v = str_trim(v);
	if (str_until(&v, '/', v.len, &encoding) < 0 || encoding.len == 0)
		return;
	str_char(&v, '/');
	if (str_uint(&v, UINT32_MAX, &rate) < 0 || rate == 0)
		return;
	if (str_char(&v, '/') == 0 && (str_uint(&v, UINT8_MAX, &channels) < 0 || channels == 0))
		return;
	map = find_map(m, pt);
	if (map == NULL || map->encoding.len > 0)
		return;
	map->encoding = str_trim(encoding);
	map->clock_rate = (uint32_t)rate;
	map->channels = (uint8_t)channels;
}

static void parse_fmtp(struct str v, struct sdp_media *m)
{
	struct sdp_rtpmap *map;
	struct str number;
	uint64_t pt;

	if (str_token(&v, " \t", &number) < 0 || str_to_uint(number, PT_MAX, &pt) < 0)
		return;
	if ((map = find_map(m, pt)) != NULL && map->fmtp.len == 0)
		map->fmtp = str_trim(v);
}

static enum sdp_direction parse_direction(struct str name)
{
	static const struct {
		const char *name;
		enum sdp_direction direction;
	} names[] = {
		{ "recvonly", SDP_RECVONLY }, { "sendonly", SDP_SENDONLY },
		{ "sendrecv", SDP_SENDRECV }, { "inactive", SDP_INACTIVE },
	};
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(names); i++)
		if (str_ieq(name, str_from(names[i].name)))
			return names[i].direction;
	return SDP_NONE;
}

/* m: NULL before the first section */
static void parse_attribute(struct str v, struct sdp *sdp, struct sdp_media *m,
		enum sdp_direction *direction)
{
	struct str *control = m ? &m->control : &sdp->control;
	struct str name = v, value = str_make("", 0);
	ptrdiff_t colon = str_find(v, ':');
	enum sdp_direction d;

	if (colon >= 0) {
		name = str_make(v.p, (size_t)colon);
		value = str_trim(str_make(v.p + colon + 1, v.len - (size_t)colon - 1));
	}
	name = str_trim(name);
	if (m)
		direction = &m->direction;
	if ((d = parse_direction(name)) != SDP_NONE) {
		if (*direction == SDP_NONE)
			*direction = d;
	} else if (str_ieq(name, STR_LIT("control"))) {
		if (control->len == 0)
			*control = value;
	} else if (m && str_ieq(name, STR_LIT("rtpmap"))) {
		parse_rtpmap(value, m);
	} else if (m && str_ieq(name, STR_LIT("fmtp"))) {
		parse_fmtp(value, m);
	}
}

/* The next line as its letter and value; lines of another form are left out.
 * \return 0, -ENOENT at the end, -E2BIG */
static int next_line(struct str *text, char *type, struct str *value)
{
	struct str line;
	int res;

	while (text->len > 0) {
		res = str_line(text, LIMIT_LINE_LEN, &line);
		if (res == -EAGAIN) {
			line = *text;
			*text = str_make(text->p + text->len, 0);
		} else if (res < 0) {
			return res;
		}
		line = str_trim(line);
		if (line.len < 2 || line.p[1] != '=')
			continue;
		*type = line.p[0];
		*value = str_trim(str_make(line.p + 2, line.len - 2));
		return 0;
	}
	return -ENOENT;
}

static int count_media(struct str text, uint32_t *ret)
{
	struct str value;
	uint32_t n = 0;
	char type;
	int res;

	while ((res = next_line(&text, &type, &value)) == 0)
		if (type == 'm' && n++ == LIMIT_SDP_MEDIA)
			return -E2BIG;
	if (res != -ENOENT)
		return res;
	*ret = n;
	return n > 0 ? 0 : -EBADMSG;
}

int sdp_parse(struct str text, struct sdp *ret)
{
	struct sdp sdp = { .control = STR_LIT("") };
	enum sdp_direction direction = SDP_NONE;
	struct sdp_media *m = NULL;
	struct str value;
	uint32_t n = 0;
	char type;
	int res;

	if ((res = count_media(text, &n)) < 0)
		return res;
	if ((sdp.media = calloc(n, sizeof(*sdp.media))) == NULL)
		return -ENOMEM;
	while (next_line(&text, &type, &value) == 0) {
		if (type == 'm') {
			m = &sdp.media[sdp.n_media++];
			if ((res = parse_media(value, m)) < 0) {
				sdp_clear(&sdp);
				return res;
			}
		} else if (type == 'a') {
			parse_attribute(value, &sdp, m, &direction);
		}
	}
	for (n = 0; n < sdp.n_media; n++)
		if (sdp.media[n].direction == SDP_NONE)
			sdp.media[n].direction = direction;
	*ret = sdp;
	return 0;
}

void sdp_clear(struct sdp *sdp)
{
	free(sdp->media);
	*sdp = (struct sdp){ .control = STR_LIT("") };
}
