/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Plays a file of raw 32-bit floats at 48 kHz from the data thread, and says when it
 * handed over which sample: what a delay is measured from.
 *
 *	bench-player TARGET FILE CHANNELS [LOG]
 *
 * LOG gets a line for each call of process(): the time on CLOCK_MONOTONIC in ns, the
 * first sample, how many, and what the stream knows of its delay then (ns of pw_time.now,
 * delay in ns, samples queued and buffered). It ends when all was played.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>
#include <spa/utils/result.h>

#define RATE		48000u
#define LOG_MAX		(1u << 17)
/* the stream's own end: what the graph still has of it is played */
#define TAIL		(RATE / 10)

struct entry {
	uint64_t at;
	uint64_t pos;
	uint32_t n;
	struct pw_time time;
};

struct player {
	struct pw_main_loop *loop;
	struct pw_stream *stream;
	struct spa_source *ended;
	uint32_t channels;
	const float *samples;
	uint64_t length;	/* frames */
	uint64_t pos;		/* data thread, as is the log until the end */
	struct entry *log;
	uint32_t n_log;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SPA_NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void note(struct player *p, uint64_t at, uint32_t n)
{
	struct entry *e;

	if (p->n_log == LOG_MAX)
		return;
	e = &p->log[p->n_log++];
	*e = (struct entry){ .at = at, .pos = p->pos, .n = n };
	pw_stream_get_time_n(p->stream, &e->time, sizeof(e->time));
}

static void on_process(void *data)
{
	struct player *p = data;
	uint64_t at = now_ns(), left = p->length > p->pos ? p->length - p->pos : 0;
	struct pw_buffer *b = pw_stream_dequeue_buffer(p->stream);
	uint32_t n, stride = p->channels * (uint32_t)sizeof(float);
	struct spa_data *d;

	if (b == NULL)
		return;
	d = &b->buffer->datas[0];
	n = d->maxsize / stride;
	if (b->requested != 0 && b->requested < n)
		n = (uint32_t)b->requested;
	note(p, at, n);
	memset(d->data, 0, (size_t)n * stride);
	memcpy(d->data, p->samples + p->pos * p->channels, SPA_MIN(left, n) * stride);
	d->chunk->offset = 0;
	d->chunk->stride = (int32_t)stride;
	d->chunk->size = n * stride;
	pw_stream_queue_buffer(p->stream, b);
	p->pos = SPA_MIN(p->pos + n, p->length + TAIL);
	if (p->pos == p->length + TAIL)
		pw_loop_signal_event(pw_main_loop_get_loop(p->loop), p->ended);
}

static void on_ended(void *data, uint64_t count)
{
	struct player *p = data;

	pw_main_loop_quit(p->loop);
}

static const struct pw_stream_events stream_events = {
	PW_VERSION_STREAM_EVENTS,
	.process = on_process,
};

static int load(struct player *p, const char *path)
{
	struct stat st;
	void *map;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || st.st_size == 0) {
		close(fd);
		return -EINVAL;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	p->samples = map;
	p->length = (uint64_t)st.st_size / (p->channels * sizeof(float));
	/* touched now: the data thread must not fault */
	if ((p->log = malloc(LOG_MAX * sizeof(*p->log))) == NULL)
		return -ENOMEM;
	memset(p->log, 0xff, LOG_MAX * sizeof(*p->log));
	return 0;
}

static int start(struct player *p, const char *target)
{
	uint8_t buffer[1024];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(buffer, sizeof(buffer));
	struct spa_audio_info_raw info = SPA_AUDIO_INFO_RAW_INIT(
			.format = SPA_AUDIO_FORMAT_F32, .rate = RATE, .channels = p->channels,
			.position = { SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR });
	const struct spa_pod *params[1];
	struct pw_loop *loop;

	if (p->channels == 1)
		info.position[0] = SPA_AUDIO_CHANNEL_MONO;
	params[0] = spa_format_audio_raw_build(&b, SPA_PARAM_EnumFormat, &info);
	if ((p->loop = pw_main_loop_new(NULL)) == NULL)
		return -errno;
	loop = pw_main_loop_get_loop(p->loop);
	p->ended = pw_loop_add_event(loop, on_ended, p);
	/* client-rt.conf: real-time priority for the data thread */
	p->stream = pw_stream_new_simple(loop, "bench-player", pw_properties_new(
			PW_KEY_CONFIG_NAME, "client-rt.conf",
			PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Playback",
			PW_KEY_NODE_NAME, "bench-player", "target.object", target, NULL),
			&stream_events, p);
	if (p->ended == NULL || p->stream == NULL)
		return -errno;
	return pw_stream_connect(p->stream, PW_DIRECTION_OUTPUT, PW_ID_ANY, PW_STREAM_FLAG_AUTOCONNECT |
			PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS, params, 1);
}

static int write_log(const struct player *p, const char *path)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		return -errno;
	fprintf(f, "at,pos,n,now,delay_ns,queued,buffered\n");
	for (uint32_t i = 0; i < p->n_log; i++) {
		const struct entry *e = &p->log[i];
		const struct pw_time *t = &e->time;
		int64_t delay = t->rate.denom == 0 ? 0 :
			t->delay * (int64_t)SPA_NSEC_PER_SEC * t->rate.num / t->rate.denom;

		fprintf(f, "%" PRIu64 ",%" PRIu64 ",%u,%" PRIi64 ",%" PRIi64 ",%" PRIu64 ",%" PRIu64 "\n",
				e->at, e->pos, e->n, t->now, delay, t->queued, t->buffered);
	}
	return fclose(f) == 0 ? 0 : -errno;
}

int main(int argc, char *argv[])
{
	struct player p = { .channels = 2 };
	int res;

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: bench-player TARGET FILE CHANNELS [LOG]\n");
		return 2;
	}
	p.channels = strcmp(argv[3], "1") == 0 ? 1 : 2;
	pw_init(&argc, &argv);
	if ((res = load(&p, argv[2])) < 0 || (res = start(&p, argv[1])) < 0) {
		fprintf(stderr, "bench-player: %s\n", spa_strerror(res));
		return 1;
	}
	pw_main_loop_run(p.loop);
	pw_stream_destroy(p.stream);
	if (argc == 5 && (res = write_log(&p, argv[4])) < 0) {
		fprintf(stderr, "bench-player: %s: %s\n", argv[4], spa_strerror(res));
		return 1;
	}
	pw_main_loop_destroy(p.loop);
	pw_deinit();
	return 0;
}
