/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <malloc.h>

#include "module/rtp/rtp.h"
#include "tests/unit/rtp/graph.h"

#define RATE		8000u
#define PACKET		160u
#define FADE		32u
#define SEGMENT_S	3200u	/* nine of them: eight hours */
#define STREAMS		3u

/* every sample says where it comes from, none is zero */
static int16_t ramp(uint64_t pos)
{
	return (int16_t)(pos % 30011 + 1);
}

/* What happens to the graph, and how it goes on */
static const struct segment {
	const char *name;
	uint32_t quantum;
	double ppm;
	uint32_t jitter_us;
	uint32_t stop_ms;	/* its driver stands still for so long first */
	bool hole;		/* that is more than what waits */
} segments[] = {
	{ "fast", 1024, 200, 2000, 0, false },
	{ "slow", 1024, -200, 2000, 0, false },
	{ "a short quantum", 256, -200, 1000, 0, false },
	{ "a long quantum", 2048, -200, 2000, 0, false },
	{ "an ordinary one", 1024, 50, 2000, 0, false },
	{ "another driver, a step of its clock", 512, -120, 1000, 12, false },
	{ "an xrun", 512, -120, 1000, 150, true },
	{ "another driver, which takes long to start", 1024, 200, 3000, 900, true },
	{ "late cycles", 1024, -200, 8000, 0, false },
};

struct stream {
	struct graph graph;
	struct vloop *v;
	struct pacer_stream *pacer;
	struct rtp_sender rtp;
	uint32_t first_timestamp;
	uint16_t first_seq;

	uint64_t packets, samples, last_at;
	uint32_t breaks, edge, gap_max;	/* us */
	int16_t next;
};

static void check_header(struct stream *s)
{
	uint8_t packet[RTP_HEADER_LEN + PACKET];
	struct rtp_header h;

	check_int(rtp_sender_packet(&s->rtp, packet, sizeof(packet), PACKET, PACKET), RTP_HEADER_LEN);
	check_int(rtp_header_parse(packet, sizeof(packet), &h), RTP_HEADER_LEN);
	check_int(h.timestamp, (uint32_t)(s->first_timestamp + s->packets * PACKET));
	check_int(h.seq, (uint16_t)(s->first_seq + s->packets));
}

static void on_packet(void *data, const int16_t *samples, uint32_t n, bool silent)
{
	struct stream *s = data;
	uint64_t now = vloop_now(s->v);

	check_int(n, PACKET);
	check_header(s);
	for (uint32_t i = 0; i < n; i++) {
		if (samples[i] == s->next) {
			s->next = ramp((uint64_t)s->next);
			s->samples++;
			s->edge = 0;
		} else if (samples[i] == 0) {
			s->edge = 0;
		} else {
			s->breaks += ++s->edge > FADE;
		}
	}
	if (s->last_at != 0)
		s->gap_max = SPA_MAX(s->gap_max, (uint32_t)((now - s->last_at) / 1000));
	s->last_at = now;
	s->packets++;
}

static const struct pacer_stream_events events = {
	PACER_VERSION_STREAM_EVENTS,
	.packet = on_packet,
};

static void stream_start(struct stream *s, struct vloop *v, struct pacer *pacer)
{
	struct pacer_stream_params params = {
		.rate = RATE, .packet_samples = PACKET, .preroll_ms = 250, .hold_ms = 5000,
	};

	*s = (struct stream) { .v = v, .next = ramp(0) };
	rtp_sender_init(&s->rtp, 0, RATE, 0);
	s->first_timestamp = s->rtp.timestamp;
	s->first_seq = s->rtp.seq;
	s->graph = (struct graph) {
		.loop = vloop_utils(v), .ring = params.ring = audio_ring_new(10 * RATE),
		.quantum = 1024, .sample = ramp,
	};
	check_int(pacer_stream_start(pacer, &params, &events, s, &s->pacer), 0);
	/* ten times three cycles: those of all streams come at once, they are one graph */
	vloop_run(v, 448);
	graph_start(&s->graph);
	vloop_run(v, 192);
}

static void change(struct stream *s, const struct segment *seg)
{
	s->graph.quantum = seg->quantum;
	s->graph.ppm = seg->ppm;
	s->graph.jitter_us = seg->jitter_us;
	s->graph.next += seg->stop_ms * 1e6;
	s->gap_max = 0;
}

static void check_stream(struct stream *s, const struct segment *seg, uint32_t holes)
{
	uint32_t block = SPA_MAX(seg->quantum / 6, RATE / 200), target = block + PACKET;
	struct pacer_stats stats;

	pacer_stream_get_stats(s->pacer, &stats);
	check_int(s->breaks, 0);
	check_int(s->samples, s->graph.pos - audio_ring_fill(s->graph.ring));
	check_int(stats.samples_cut, 0);
	check_int(stats.samples_lost, 0);
	check(stats.underruns <= holes);
	/* one that steps with others may differ by some milliseconds */
	check(abs((int)stats.delay_samples - (int)target) < (int)block / 4 + 24);
	check(fabs((stats.rate_ratio - 1.0) * 1e6 - seg->ppm) < 400.0);
	/* a packet waits up to 20 ms for its samples, and is not late without a reason */
	check(s->gap_max < (seg->stop_ms > 0 || seg->jitter_us > 4000 ? 43000 : 21500));
}

/* eight hours: nothing lost, nothing doubled, and the delay is what it was */
static void test_hours(void)
{
	struct stream streams[STREAMS];
	struct vloop *v = vloop_new();
	struct pacer *pacer = pacer_new(vloop_utils(v));
	uint32_t holes = 0;
	size_t memory;

	check(pacer != NULL);
	for (uint32_t i = 0; i < STREAMS; i++)
		stream_start(&streams[i], v, pacer);
	memory = mallinfo2().uordblks;
	for (size_t k = 0; k < SPA_N_ELEMENTS(segments); k++) {
		holes += segments[k].hole;
		for (uint32_t i = 0; i < STREAMS; i++)
			change(&streams[i], &segments[k]);
		vloop_run(v, SEGMENT_S * 1000);
		for (uint32_t i = 0; i < STREAMS; i++) {
			test_context("%s, stream %u", segments[k].name, i);
			check_stream(&streams[i], &segments[k], holes);
			/* one wake-up for all of them, still */
			check_int(streams[i].last_at, streams[0].last_at);
		}
	}
	check_int(mallinfo2().uordblks, memory);
	for (uint32_t i = 0; i < STREAMS; i++) {
		check(streams[i].samples > 8ull * 3600 * RATE * 999 / 1000);
		pacer_stream_stop(streams[i].pacer);
		graph_end(&streams[i].graph);
		audio_ring_destroy(streams[i].graph.ring);
	}
	pacer_destroy(pacer);
	vloop_destroy(v);
}

static const struct test tests[] = {
	{ "eight hours, clocks that differ, changes of the driver", test_hours },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
