/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/result.h>

#include "module/session/session-impl.h"
#include "module/util/clock.h"

#define RTCP_NS		(UINT64_C(5) * SPA_NSEC_PER_SEC)
#define RTCP_LEN_MAX	512u	/* SR, SDES with the longest CNAME, BYE */

int session_audio_find_codec(struct session *s, struct str encoding, uint32_t clock_rate,
		uint32_t *ret_index, struct spa_onvif_codec_info *ret_info)
{
	struct spa_onvif_codec_info info;

	for (uint32_t i = 0; spa_onvif_codec_enum_codecs(s->env.codec, i, &info) == 0; i++) {
		if (!str_ieq(encoding, str_from(info.encoding)) ||
		    info.clock_rate != clock_rate || info.clock_rate == 0 ||
		    info.sample_rate == 0 || info.channels != 1 ||
		    info.format != SPA_AUDIO_FORMAT_S16)
			continue;
		*ret_index = i;
		*ret_info = info;
		return 0;
	}
	return -ENOENT;
}

static uint32_t packet_samples(const struct session *s)
{
	const struct spa_onvif_codec_info *info = &s->media.info;
	uint32_t frame = SPA_MAX(info->frame_samples, 1u);
	uint32_t frames_max = LIMIT_PACKET_LEN / SPA_MAX(info->max_frame_bytes, 1u);
	uint32_t frames = (uint32_t)(((uint64_t)info->sample_rate * s->settings.p.ptime_ms /
				MSEC_PER_SEC + frame - 1) / frame);

	return SPA_CLAMP(frames, 1u, SPA_MAX(frames_max, 1u)) * frame;
}

static uint32_t to_clock(const struct session *s, uint64_t samples)
{
	const struct spa_onvif_codec_info *info = &s->media.info;

	return (uint32_t)(samples * info->clock_rate / info->sample_rate);
}

static bool is_digital_silence(const int16_t *samples, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (samples[i] != 0)
			return false;
	return true;
}

/* session.silence.ms: a player that sends nothing but zeros for long enough is
 * treated as if it had stopped, until there is a sound */
static void watch_silence(struct session *s, const int16_t *samples, uint32_t n, bool silent)
{
	struct session_audio *a = &s->audio;
	uint64_t limit = (uint64_t)s->settings.p.silence_ms * session_rate(s) / MSEC_PER_SEC;

	if (limit == 0 || s->state != FSM_STREAMING || !s->claimed || s->silenced)
		return;
	if (!silent && !is_digital_silence(samples, n))
		a->silent_samples = 0;
	else
		a->silent_samples += n;
	if (a->silent_samples < limit)
		return;
	a->silent_samples = 0;
	s->silenced = true;
	session_event(s, FSM_EV_RELEASE);
}

static int encode(struct session *s, const int16_t *samples, uint32_t n, bool silent)
{
	struct session_audio *a = &s->audio;
	uint8_t *payload = a->packet + RTP_HEADER_LEN;
	size_t count = n;
	int res;

	if (silent)
		return spa_onvif_codec_silence(s->env.codec, a->codec, n, payload, LIMIT_PACKET_LEN);
	res = spa_onvif_codec_encode(s->env.codec, a->codec, samples, &count, payload,
			LIMIT_PACKET_LEN);
	return res >= 0 && count != n ? -EINVAL : res;
}

static void on_packet(void *data, const int16_t *samples, uint32_t n, bool silent)
{
	struct session *s = data;
	struct session_audio *a = &s->audio;
	uint32_t ticks = to_clock(s, n);
	int len, res;

	if (!silent && a->was_silent)
		a->rtp.marker = true;
	a->was_silent = silent;
	a->last_packet = clock_monotonic();
	a->last_samples = n;

	if ((len = encode(s, samples, n, silent)) < 0) {
		rtp_sender_skip(&a->rtp, ticks);
		return;
	}
	res = rtp_sender_packet(&a->rtp, a->packet, sizeof(a->packet), (size_t)len, ticks);
	if (res == (int)RTP_HEADER_LEN)
		res = session_send_media(s, false, a->packet, RTP_HEADER_LEN + (size_t)len);
	if (res < 0)
		s->counters.dropped_packets++;
	else {
		s->counters.packets++;
		s->counters.octets += (uint32_t)len;
	}
	watch_silence(s, samples, n, silent);
	session_tick(s, a->last_packet);
}

static void on_preroll_done(void *data)
{
	session_event(data, FSM_EV_PREROLL_DONE);
}

static const struct pacer_stream_events stream_events = {
	.version = PACER_VERSION_STREAM_EVENTS,
	.packet = on_packet,
	.preroll_done = on_preroll_done,
};

void session_audio_start(struct session *s)
{
	struct session_audio *a = &s->audio;
	const struct session_media *m = &s->media;
	struct pacer_stream_params params = {
		.ring = s->ring,
		.rate = m->info.sample_rate,
		.packet_samples = packet_samples(s),
		.preroll_ms = s->settings.p.preroll_ms,
		.hold_ms = s->settings.p.hold_ms,
	};
	int res;

	rtp_sender_init(&a->rtp, m->pt, m->info.clock_rate, m->ssrc);
	a->packet_samples = params.packet_samples;
	a->was_silent = true;
	a->silent_samples = 0;
	a->last_packet = clock_monotonic();
	a->last_samples = 0;
	/* over UDP the first one opens the way for the camera's, through NAT and firewalls */
	a->next_rtcp = a->last_packet + (s->udp ? 0 : RTCP_NS);
	s->udp_started = a->last_packet;

	if ((res = spa_onvif_codec_init(s->env.codec, m->codec, NULL, &a->codec)) < 0) {
		a->codec = NULL;
		goto error;
	}
	if ((res = pacer_stream_start(s->env.pacer, &params, &stream_events, s, &a->stream)) < 0) {
		a->stream = NULL;
		goto error;
	}
	session_alive_start(s);
	s->counters.sessions_opened++;
	return;
error:
	session_set_error(s, "Cannot start the audio stream: %s", spa_strerror(res));
	session_event(s, FSM_EV_REJECTED);
}

static void send_rtcp(struct session *s, uint64_t now, bool bye)
{
	struct session_audio *a = &s->audio;
	uint8_t packet[RTCP_LEN_MAX];
	uint64_t since = (now - a->last_packet) * session_rate(s) / SPA_NSEC_PER_SEC;
	/* the time of the newest packet's first sample, moved to now */
	uint32_t rtp_now = a->rtp.timestamp - to_clock(s, a->last_samples) + to_clock(s, since);
	int len;

	len = rtcp_write(&a->rtp, clock_realtime(), rtp_now, s->cname, bye, packet, sizeof(packet));
	if (len > 0)
		session_send_media(s, true, packet, (size_t)len);
}

static void add_stats(struct pacer_stream *stream, struct session_counters *c)
{
	struct pacer_stats stats;

	pacer_stream_get_stats(stream, &stats);
	c->samples_cut += stats.samples_cut;
	c->samples_lost += stats.samples_lost;
	c->underruns += stats.underruns;
}

void session_audio_stop(struct session *s)
{
	struct session_audio *a = &s->audio;

	if (a->stream) {
		add_stats(a->stream, &s->counters);
		pacer_stream_stop(a->stream);
		if (s->connected && s->client)
			send_rtcp(s, clock_monotonic(), true);
	}
	a->stream = NULL;
	if (a->codec)
		spa_onvif_codec_deinit(s->env.codec, a->codec);
	a->codec = NULL;
	session_alive_stop(s);
}

void session_audio_linger(struct session *s, bool linger)
{
	s->audio.silent_samples = 0;
	if (s->audio.stream)
		pacer_stream_linger(s->audio.stream, linger);
}

void session_audio_tick(struct session *s, uint64_t now)
{
	struct session_audio *a = &s->audio;

	if (now < a->next_rtcp || s->client == NULL || !s->connected)
		return;
	a->next_rtcp = now + RTCP_NS;
	send_rtcp(s, now, false);
}

void session_audio_rtcp(struct session *s, struct str packet)
{
	struct session_counters *c = &s->counters;
	struct rtcp_report r;
	uint32_t round_trip;

	if (rtcp_parse(packet.p, packet.len, s->audio.rtp.ssrc, &r) != 1)
		return;
	if (r.has_bye) {
		session_log(s, SPA_LOG_LEVEL_DEBUG, "the camera sent an RTCP BYE");
		return;
	}
	c->jitter = r.jitter;
	c->fraction_lost = r.fraction_lost;
	if ((round_trip = rtcp_round_trip_us(&r, clock_realtime())) > 0)
		c->round_trip_us = round_trip;
}

void session_audio_counters(struct session *s, struct session_counters *ret)
{
	struct session_audio *a = &s->audio;
	struct pacer_stats stats;

	if (a->stream == NULL)
		return;
	add_stats(a->stream, ret);
	pacer_stream_get_stats(a->stream, &stats);
	ret->delay_ms = (uint32_t)(((uint64_t)stats.delay_samples * MSEC_PER_SEC +
				session_rate(s) / 2) / session_rate(s));
}
