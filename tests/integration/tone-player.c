/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A player whose tone has no holes of its own: it is made in the data thread. (pw-play
 * reads in its main thread; where a dozen of them share two processors, one is late now
 * and then.)
 *
 *	tone-player TARGET HZ SECONDS SILENCE
 *		so many seconds of silence, of tone and of silence again, then it ends
 *	tone-player TARGET HZ SECONDS
 *		a tone; then it stays corked (its link inactive, as that of a paused browser
 *		tab) until it is killed
 */

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>
#include <spa/utils/result.h>

#define RATE	48000
#define LEVEL	0.5	/* of full scale: -6.02 dBFS */

struct player {
	struct pw_main_loop *loop;
	struct pw_stream *stream;
	struct spa_source *ended;
	double hz;
	bool cork;
	uint64_t lead, length;	/* samples of silence before and after, of tone */
	uint64_t pos;		/* data thread */
};

static float sample(const struct player *p, uint64_t pos)
{
	if (pos < p->lead || pos - p->lead >= p->length)
		return 0.0f;
	return (float)(LEVEL * sin(2.0 * M_PI * p->hz * (double)(pos - p->lead) / RATE));
}

static void on_process(void *data)
{
	struct player *p = data;
	struct pw_buffer *b = pw_stream_dequeue_buffer(p->stream);
	uint64_t end = 2 * p->lead + p->length;
	struct spa_data *d;
	uint32_t i, n;
	float *samples;

	if (b == NULL)
		return;
	d = &b->buffer->datas[0];
	samples = d->data;
	n = d->maxsize / (uint32_t)sizeof(float);
	if (b->requested != 0 && b->requested < n)
		n = (uint32_t)b->requested;
	for (i = 0; i < n; i++)
		samples[i] = sample(p, p->pos + i);
	d->chunk->offset = 0;
	d->chunk->stride = sizeof(float);
	d->chunk->size = n * (uint32_t)sizeof(float);
	pw_stream_queue_buffer(p->stream, b);
	if (p->pos < end && p->pos + n >= end)
		pw_loop_signal_event(pw_main_loop_get_loop(p->loop), p->ended);
	p->pos += n;
}

static void on_ended(void *data, uint64_t count)
{
	struct player *p = data;

	if (p->cork)
		pw_stream_set_active(p->stream, false);
	else
		pw_main_loop_quit(p->loop);
}

static const struct pw_stream_events stream_events = {
	PW_VERSION_STREAM_EVENTS,
	.process = on_process,
};

static int start(struct player *p, const char *target)
{
	uint8_t buffer[1024];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(buffer, sizeof(buffer));
	struct spa_audio_info_raw info = SPA_AUDIO_INFO_RAW_INIT(
			.format = SPA_AUDIO_FORMAT_F32, .rate = RATE, .channels = 1,
			.position = { SPA_AUDIO_CHANNEL_MONO });
	const struct spa_pod *params[1] = {
		spa_format_audio_raw_build(&b, SPA_PARAM_EnumFormat, &info)
	};
	struct pw_loop *loop;

	if ((p->loop = pw_main_loop_new(NULL)) == NULL)
		return -errno;
	loop = pw_main_loop_get_loop(p->loop);
	p->ended = pw_loop_add_event(loop, on_ended, p);
	p->stream = pw_stream_new_simple(loop, "tone-player", pw_properties_new(
			PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Playback",
			PW_KEY_NODE_NAME, "tone-player", "target.object", target, NULL),
			&stream_events, p);
	if (p->ended == NULL || p->stream == NULL)
		return -errno;
	return pw_stream_connect(p->stream, PW_DIRECTION_OUTPUT, PW_ID_ANY, PW_STREAM_FLAG_AUTOCONNECT |
			PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS, params, 1);
}

int main(int argc, char *argv[])
{
	struct player p = { .cork = argc == 4 };
	int res;

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: tone-player TARGET HZ SECONDS [SILENCE]\n");
		return 2;
	}
	p.hz = strtod(argv[2], NULL);
	p.length = (uint64_t)(strtod(argv[3], NULL) * RATE);
	p.lead = argc == 5 ? (uint64_t)(strtod(argv[4], NULL) * RATE) : 0;
	/* real-time priority for the data thread; of pw_stream_new_simple()'s properties, 0.3.65
	 * tells the context nothing */
	setenv("PIPEWIRE_CONFIG_NAME", "client-rt.conf", 0);
	pw_init(&argc, &argv);
	if ((res = start(&p, argv[1])) < 0) {
		fprintf(stderr, "tone-player: %s\n", spa_strerror(res));
		return 1;
	}
	pw_main_loop_run(p.loop);
	pw_stream_destroy(p.stream);
	pw_main_loop_destroy(p.loop);
	pw_deinit();
	return 0;
}
