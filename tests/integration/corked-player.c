/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A player that pauses: plays a tone to a sink for a while, then stays corked (its
 * link inactive, as that of a paused browser tab) until it is killed.
 *
 *	corked-player TARGET SECONDS-OF-SOUND
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>

#define RATE	48000

struct player {
	struct pw_main_loop *loop;
	struct pw_stream *stream;
	double phase;
};

static void on_process(void *data)
{
	struct player *p = data;
	struct pw_buffer *b = pw_stream_dequeue_buffer(p->stream);
	struct spa_data *d;
	uint32_t i, n;
	float *samples;

	if (b == NULL)
		return;
	d = &b->buffer->datas[0];
	samples = d->data;
	n = d->maxsize / sizeof(float);
	if (b->requested != 0 && b->requested < n)
		n = (uint32_t)b->requested;
	for (i = 0; i < n; i++) {
		samples[i] = (float)(0.25 * sin(p->phase));
		p->phase = fmod(p->phase + 2.0 * M_PI * 440.0 / RATE, 2.0 * M_PI);
	}
	d->chunk->offset = 0;
	d->chunk->stride = sizeof(float);
	d->chunk->size = n * (uint32_t)sizeof(float);
	pw_stream_queue_buffer(p->stream, b);
}

static const struct pw_stream_events stream_events = {
	PW_VERSION_STREAM_EVENTS,
	.process = on_process,
};

static void on_cork(void *data, uint64_t expirations)
{
	struct player *p = data;

	pw_stream_set_active(p->stream, false);
	printf("corked\n");
	fflush(stdout);
}

int main(int argc, char *argv[])
{
	struct player p = { 0 };
	uint8_t buffer[1024];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(buffer, sizeof(buffer));
	struct spa_audio_info_raw info = SPA_AUDIO_INFO_RAW_INIT(
			.format = SPA_AUDIO_FORMAT_F32, .rate = RATE, .channels = 1,
			.position = { SPA_AUDIO_CHANNEL_MONO });
	const struct spa_pod *params[1] = {
		spa_format_audio_raw_build(&b, SPA_PARAM_EnumFormat, &info)
	};
	struct timespec after = { 0, 0 };
	struct pw_properties *props;

	pw_init(&argc, &argv);
	if (argc < 3)
		return 2;
	after.tv_sec = (time_t)strtod(argv[2], NULL);
	p.loop = pw_main_loop_new(NULL);
	props = pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Playback",
			PW_KEY_NODE_NAME, "corked-player", "target.object", argv[1], NULL);
	p.stream = pw_stream_new_simple(pw_main_loop_get_loop(p.loop), "corked-player", props,
			&stream_events, &p);
	pw_stream_connect(p.stream, PW_DIRECTION_OUTPUT, PW_ID_ANY, PW_STREAM_FLAG_AUTOCONNECT |
			PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS, params, 1);
	pw_loop_update_timer(pw_main_loop_get_loop(p.loop),
			pw_loop_add_timer(pw_main_loop_get_loop(p.loop), on_cork, &p),
			&after, NULL, false);
	pw_main_loop_run(p.loop);
	return 0;
}
