/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/rtp/pacer.h"
#include "module/rtp/rtp.h"
#include "module/util/audio-ring.h"
#include "spa-plugin/codec-static.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/vloop.h"

/* Packets from cameras, and what sound goes through on its way to them. The first byte
 * says which, 'a' to 'g'. */

#define RATE	8000u

static void fuzz_header(struct str in)
{
	struct rtp_header a = { .seq = 7 }, b;
	uint8_t packet[RTP_HEADER_LEN];
	int offset = rtp_header_parse(in.p, in.len, &a);

	if (offset < 0) {
		fuzz_assert(offset == -EBADMSG && a.seq == 7);
		return;
	}
	fuzz_assert(offset >= (int)RTP_HEADER_LEN && (size_t)offset <= in.len);
	fuzz_assert(rtp_header_write(&a, packet, sizeof(packet)) == RTP_HEADER_LEN);
	fuzz_assert(rtp_header_write(&a, packet, sizeof(packet) - 1) == -ENOSPC);
	fuzz_assert(rtp_header_parse(packet, sizeof(packet), &b) == RTP_HEADER_LEN);
	fuzz_assert(a.marker == b.marker && a.pt == b.pt && a.seq == b.seq &&
			a.timestamp == b.timestamp && a.ssrc == b.ssrc);
}

static void fuzz_report(struct str in)
{
	uint32_t ssrc = fuzz_u32(&in);
	struct rtcp_report report = { .jitter = 7 };
	int res = rtcp_parse(in.p, in.len, ssrc, &report);

	fuzz_assert(res == 1 || ((res == 0 || res == -EBADMSG) && report.jitter == 7));
	if (res == 1) {
		fuzz_assert(report.total_lost >= -(1 << 23) && report.total_lost < 1 << 23);
		rtcp_round_trip_us(&report, (uint64_t)ssrc * SPA_NSEC_PER_SEC);
	}
}

/* what we say about ourselves is whole, fits, and is understood */
static void fuzz_rtcp(struct str in)
{
	struct rtp_sender s = { .ssrc = fuzz_u32(&in), .packets = fuzz_u16(&in), .octets = fuzz_u32(&in) };
	struct rtcp_report report = { 0 };
	bool bye = fuzz_byte(&in) & 1;
	size_t size = fuzz_u16(&in) % 700;
	uint64_t now = (uint64_t)fuzz_u32(&in) << 31;
	char *cname = strndup(in.p ? in.p : "", in.len);
	uint8_t *dst = malloc(size ? size : 1);
	int len;

	fuzz_assert(cname != NULL && dst != NULL);
	len = rtcp_write(&s, now, 77, cname, bye, dst, size);
	fuzz_assert(len == -ENOSPC || (len == -EINVAL) == (cname[0] == '\0' || strlen(cname) > 255));
	if (len > 0) {
		fuzz_assert((size_t)len <= size && len % 4 == 0);
		fuzz_assert(rtcp_parse(dst, (size_t)len, s.ssrc, &report) == bye && report.has_bye == bye);
		fuzz_assert(rtcp_write(&s, now, 77, cname, bye, dst, (size_t)len - 1) == -ENOSPC);
	}
	free(cname);
	free(dst);
}

static void fuzz_sender(struct str in)
{
	struct rtp_sender s;
	struct rtp_header h;
	uint32_t timestamp, given = fuzz_u32(&in);
	uint16_t seq;

	rtp_sender_init(&s, fuzz_byte(&in) & 0x7f, RATE, given);
	fuzz_assert(s.ssrc != 0 && (given == 0 || s.ssrc == given));
	timestamp = s.timestamp;
	seq = s.seq;
	for (uint32_t n = 0; in.len > 0; n++) {
		uint32_t samples = fuzz_u16(&in), room = fuzz_byte(&in);
		uint8_t *dst = malloc(room ? room : 1);
		int res;

		fuzz_assert(dst != NULL);
		res = rtp_sender_packet(&s, dst, room, samples & 0xff, samples);
		fuzz_assert(res == (RTP_HEADER_LEN + (samples & 0xff) <= room ? (int)RTP_HEADER_LEN : -ENOSPC));
		if (res > 0) {
			fuzz_assert(rtp_header_parse(dst, room, &h) == res);
			fuzz_assert(h.seq == seq++ && h.timestamp == timestamp && h.ssrc == s.ssrc);
			fuzz_assert(h.marker == (s.packets == 1));
			timestamp += samples;
		} else {
			rtp_sender_skip(&s, samples);
			timestamp += samples;
		}
		free(dst);
	}
}

/* one law: what is decoded and encoded again is the same, but for the second zero of
 * mu-law; nothing beyond the room, nothing beyond what is there */
static void fuzz_codec(struct str in)
{
	struct spa_onvif_codec *codec = onvif_codec_g711_get();
	uint32_t index = fuzz_byte(&in) % 3;
	size_t room = fuzz_u16(&in) % 3000, n = in.len, m;
	int16_t *pcm = malloc(room ? room * sizeof(*pcm) : 1);
	uint8_t *again;
	void *law = NULL;
	int res;

	fuzz_assert(pcm != NULL);
	res = spa_onvif_codec_init(codec, index, NULL, &law);
	fuzz_assert(res == (index < 2 ? 0 : -ENOENT));
	if (res < 0) {
		free(pcm);
		return;
	}
	res = spa_onvif_codec_decode(codec, law, in.p, &n, pcm, room);
	if (res < 0) {
		fuzz_assert(res == -ENOSPC && room == 0);
		res = 0;
	}
	fuzz_assert((size_t)res == SPA_MIN(in.len, room) && (room == 0 || n == (size_t)res));
	m = (size_t)res;
	again = malloc(m ? m : 1);
	fuzz_assert(again != NULL && spa_onvif_codec_encode(codec, law, pcm, &m, again, m) == res);
	for (int i = 0; i < res; i++)
		fuzz_assert(again[i] == (uint8_t)in.p[i] || (index == 0 && (again[i] | 0x80) == 0xff &&
				((uint8_t)in.p[i] | 0x80) == 0xff));
	fuzz_assert(spa_onvif_codec_silence(codec, law, m + 1, again, m) == -ENOSPC);
	fuzz_assert(spa_onvif_codec_silence(codec, law, m, again, m) == (int)m);
	n = m;
	fuzz_assert(spa_onvif_codec_decode(codec, law, again, &n, pcm, room) == (int)m || m == 0);
	for (size_t i = 0; i < m; i++)
		fuzz_assert(pcm[i] >= -8 && pcm[i] <= 8);
	spa_onvif_codec_deinit(codec, law);
	free(pcm);
	free(again);
}

/* The ring and the pacer hear a sound of which every sample says where it comes from. */
struct rig {
	struct vloop *v;
	struct audio_ring *ring;
	uint32_t size;		/* of the ring */
	uint64_t written, read;	/* positions, of all that was ever written */
	uint64_t lost;

	struct pacer *pacer;
	struct pacer_stream *stream;
	uint32_t packet, preroll_done;
	uint64_t packets, silent;
	uint64_t started, skipped;
	bool stop;		/* from inside the next packet */
};

static int16_t sample_at(uint64_t pos)
{
	return (int16_t)(pos % 32749 + 1);
}

static void write_sound(struct rig *r, uint32_t n, uint8_t how)
{
	int16_t *block = calloc(n ? n : 1, sizeof(*block));

	fuzz_assert(block != NULL);
	for (uint32_t i = 0; i < n; i++)
		block[i] = how & 2 ? 0 : sample_at(r->written + i);
	audio_ring_write(r->ring, block, n);
	r->written += n;
	free(block);
}

/* as the ring does it: what is overwritten is lost */
static uint32_t settle(struct rig *r)
{
	uint64_t first = r->written > r->size ? r->written - r->size : 0;

	if (r->read < first) {
		r->lost += first - r->read;
		r->read = first;
	}
	return (uint32_t)(r->written - r->read);
}

static void read_sound(struct rig *r, uint32_t skip, uint32_t n, bool take)
{
	int16_t *dst = malloc(n ? n * sizeof(*dst) : 1);
	uint32_t fill = settle(r), got;

	fuzz_assert(dst != NULL && audio_ring_fill(r->ring) == fill && fill <= r->size);
	if (take)
		skip = 0;
	got = take ? audio_ring_read(r->ring, dst, n) : audio_ring_peek(r->ring, skip, dst, n);
	fuzz_assert(got == (skip >= fill ? 0 : SPA_MIN(n, fill - skip)));
	for (uint32_t i = 0; i < got; i++)
		fuzz_assert(dst[i] == sample_at(r->read + skip + i));
	r->read += take ? got : 0;
	free(dst);
}

static void fuzz_ring(struct str in)
{
	struct rig r = { .size = 1u << fuzz_byte(&in) % 12 };

	fuzz_assert((r.ring = audio_ring_new(r.size)) != NULL);
	while (in.len > 0) {
		uint8_t op = fuzz_byte(&in);
		uint32_t n = fuzz_u16(&in) % (2 * r.size + 2), fill = settle(&r);

		switch (op % 6) {
		case 0:
		case 1:
			write_sound(&r, n, op % 6);
			break;
		case 2:
			read_sound(&r, op, n, false);
			break;
		case 3:
			read_sound(&r, 0, n, true);
			break;
		case 4:
			fuzz_assert(audio_ring_drop(r.ring, n) == SPA_MIN(n, fill));
			r.read += SPA_MIN(n, fill);
			break;
		default:
			if (op & 0x80) {
				/* what was lost before the mark was not missed by anybody */
				audio_ring_take_lost(r.ring);
				audio_ring_mark_start(r.ring);
				r.read = r.written;
			} else {
				fuzz_assert(audio_ring_take_lost(r.ring) == r.lost);
			}
			r.lost = 0;
			break;
		}
	}
	audio_ring_destroy(r.ring);
}

static void on_packet(void *data, const int16_t *samples, uint32_t n, bool silent)
{
	struct rig *r = data;

	fuzz_assert(r->stream != NULL && n == r->packet);
	for (uint32_t i = 0; silent && i < n; i++)
		fuzz_assert(samples[i] == 0);
	fuzz_assert(silent || r->preroll_done == 1);
	r->packets++;
	r->silent += silent;
	if (r->stop) {
		pacer_stream_stop(r->stream);
		r->stream = NULL;
	}
	r->stop = false;
}

static void on_preroll_done(void *data)
{
	struct rig *r = data;

	r->preroll_done++;
}

static const struct pacer_stream_events pacer_events = {
	PACER_VERSION_STREAM_EVENTS,
	.packet = on_packet,
	.preroll_done = on_preroll_done,
};

/* neither a burst nor a gap: packets are as many as time has passed, 0.5 % more or less,
 * plus what a wake-up shares (1 ms) and what it waits for late samples (20 ms) */
static void check_pace(struct rig *r)
{
	double period = (double)r->packet * SPA_NSEC_PER_SEC / RATE;
	double elapsed = (double)(vloop_now(r->v) - r->started);
	struct pacer_stats stats;

	if (r->stream == NULL)
		return;
	fuzz_assert((double)r->packets <= (elapsed + 1e6) / (period * 0.995) + 2.0);
	elapsed -= (double)r->skipped;
	fuzz_assert((double)r->packets >= elapsed / (period * 1.005) - 3.0 - 2e7 / period);
	pacer_stream_get_stats(r->stream, &stats);
	fuzz_assert(stats.packets == r->packets && stats.silent_packets == r->silent);
	fuzz_assert(stats.packets - stats.silent_packets <= r->written);
	fuzz_assert(stats.samples_cut + stats.samples_lost <= r->written);
	fuzz_assert(stats.delay_samples <= r->size);
	fuzz_assert(stats.rate_ratio > 0.99 && stats.rate_ratio < 1.01);
}

static void start_stream(struct rig *r, struct str *in)
{
	static const uint32_t packets[] = { 160, 80, 320, 1280, 40, 8192 };
	struct pacer_stream_params params = { .ring = r->ring, .rate = RATE };
	uint8_t how = fuzz_byte(in);

	pacer_stream_stop(r->stream);
	r->stream = NULL;
	params.packet_samples = r->packet = packets[how % SPA_N_ELEMENTS(packets)];
	params.preroll_ms = fuzz_byte(in) * 4u;
	params.hold_ms = fuzz_byte(in) * 32u;
	r->packets = r->silent = r->preroll_done = 0;
	r->started = vloop_now(r->v);
	r->skipped = 0;
	r->stop = how & 0x80;
	fuzz_assert(pacer_stream_start(r->pacer, &params, &pacer_events, r, &r->stream) == 0);
}

static void pacer_action(struct rig *r, struct str *in)
{
	uint8_t op = fuzz_byte(in);
	uint32_t n;

	switch (op % 8) {
	case 0:
	case 1:
	case 2:
		write_sound(r, fuzz_u16(in) % 5000, op >> 3);
		break;
	case 3:
		n = fuzz_byte(in) * 2u;
		vloop_run(r->v, n);
		break;
	case 4:
		n = fuzz_byte(in) * 8u;
		r->skipped += n * SPA_NSEC_PER_MSEC;
		vloop_skip(r->v, n);
		vloop_flush(r->v);
		break;
	case 5:
		if (r->stream)
			pacer_stream_linger(r->stream, op & 0x80);
		break;
	case 6:
		start_stream(r, in);
		break;
	default:
		if (op & 0x80) {
			pacer_stream_stop(r->stream);
			r->stream = NULL;
		}
		r->stop = !(op & 0x40);
		break;
	}
	check_pace(r);
	fuzz_assert(vloop_armed_timers(r->v) == (r->stream != NULL));
}

static void fuzz_pacer(struct str in)
{
	struct rig r = { .size = 65536 };
	uint32_t n;

	fuzz_assert((r.ring = audio_ring_new(r.size)) != NULL && (r.v = vloop_new()) != NULL);
	fuzz_assert((r.pacer = pacer_new(vloop_utils(r.v))) != NULL);
	start_stream(&r, &in);
	for (n = 0; n < 100 && in.len > 0; n++)
		pacer_action(&r, &in);
	pacer_destroy(r.pacer);
	vloop_destroy(r.v);
	audio_ring_destroy(r.ring);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const targets[])(struct str in) = {
		fuzz_header, fuzz_report, fuzz_rtcp, fuzz_sender, fuzz_codec, fuzz_ring, fuzz_pacer,
	};
	struct str in = str_make((const char *)data, size);
	uint8_t which = fuzz_byte(&in);

	targets[(uint8_t)(which - 'a') % SPA_N_ELEMENTS(targets)](in);
	return 0;
}
