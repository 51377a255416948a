/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/sink.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <spa/param/audio/format-utils.h>
#include <spa/param/latency-utils.h>
#include <spa/param/props.h>
#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/log.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/decimator.h"
#include "module/util/gain.h"

#define CHANNELS	2u	/* of the node's ports */
/* The session manager restores a remembered volume within this time, if there is one. */
#define VOLUME_DELAY_MS	1500u
/* A volume that changes at once clicks. */
#define RAMP_SAMPLES	(SINK_ADAPTER_RATE / 50)
/* the largest block there is at 8 kHz: one write each, by which the ring knows the quantum */
#define BLOCK_SAMPLES	8192u
/* After a volume was set from outside: once the loop is done with it. */
#define ANNOUNCE_DELAY_NS	NSEC_PER_MSEC
/* PipeWire 1.4 pauses all nodes for some 10 ms when the graph changes its quantum: the sound goes on. */
#define FLUSH_DELAY_NS	(50 * NSEC_PER_MSEC)
/* Changes below this are not worth waking everybody who looks at the latency. */
#define LATENCY_STEP_NS	(3 * (int64_t)NSEC_PER_MSEC)

struct sink {
	struct pw_loop *loop;
	struct pw_stream *stream;
	struct spa_hook listener;
	struct audio_ring *ring;
	const struct sink_events *events;
	void *data;

	enum pw_stream_state state;
	uint32_t channels;		/* of what process() gets: set while nothing flows */
	uint32_t node_id;
	struct gain gain;
	struct decimator decimator;
	struct spa_source *volume_event;	/* the converter's is to be full again */
	struct spa_source *flush_timer;		/* nothing of this sound is for the next */
	bool own_volume;		/* it is not the converter that applies it */
	float loudness;			/* the volume as last set, without mute */
	uint32_t n_volumes;		/* of those that were set */
	uint32_t block;			/* samples of the last block; written by the data thread */
	int64_t latency_ns;		/* as last told, negative: never */
	struct spa_source *volume_timer, *announce_timer;
	float volume;			/* as last set */
	bool mute;
	bool volume_set;		/* by a user, or restored */
	bool volume_known;		/* mixers see one */
	bool own_props;			/* see announce() */
	float mix[DECIMATOR_BLOCK];	/* data thread, as what follows */
	int16_t samples[BLOCK_SAMPLES];
};

/* \return the samples put into dst */
static uint32_t convert(struct sink *s, const float *frames, uint32_t n, int16_t *dst)
{
	const float *mono = frames;

	if (s->channels == CHANNELS) {
		gain_mix_down(frames, s->mix, n);
		mono = s->mix;
	}
	if (!gain_is_unity(&s->gain)) {
		gain_apply(&s->gain, mono, s->mix, n);
		mono = s->mix;
	}
	return decimator_process(&s->decimator, mono, n, dst);
}

static void take_frames(struct sink *s, const float *frames, uint32_t n)
{
	uint32_t count, filled = 0;

	__atomic_store_n(&s->block, n / 2, __ATOMIC_RELAXED);
	for (; n > 0; n -= count, frames += s->channels * count) {
		count = SPA_MIN(n, DECIMATOR_BLOCK);
		if (filled + count > BLOCK_SAMPLES) {
			audio_ring_write(s->ring, s->samples, filled);
			filled = 0;
		}
		filled += convert(s, frames, count, s->samples + filled);
	}
	audio_ring_write(s->ring, s->samples, filled);
}

/* Data thread. Nothing here may wait, allocate or log. */
static void stream_process(void *data)
{
	struct sink *s = data;
	struct pw_buffer *buf;
	struct spa_data *d;
	uint32_t offset, size;

	while ((buf = pw_stream_dequeue_buffer(s->stream)) != NULL) {
		d = &buf->buffer->datas[0];
		if (buf->buffer->n_datas > 0 && d->data != NULL && d->chunk != NULL &&
		    !(d->chunk->flags & SPA_CHUNK_FLAG_CORRUPTED)) {
			offset = SPA_MIN(d->chunk->offset, d->maxsize);
			size = SPA_MIN(d->chunk->size, d->maxsize - offset);
			take_frames(s, SPA_PTROFF(d->data, offset, const float),
					size / (s->channels * (uint32_t)sizeof(float)));
		}
		pw_stream_queue_buffer(s->stream, buf);
	}
}

static void stream_destroy(void *data)
{
	struct sink *s = data;

	spa_hook_remove(&s->listener);
	s->stream = NULL;
}

/*
 * PipeWire 1.4 up to 1.4.9 keeps a volume that is set before the first stream, but
 * tells nobody (b46a2b3d9): mixers show 0 %, and a remembered volume looks lost. New
 * Props of our own make it announce all there are. They must hold what is true:
 * WirePlumber 0.5 remembers volume and mute of the last Props that it finds.
 */
static void announce(struct sink *s)
{
	uint8_t buffer[128];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(buffer, sizeof(buffer));
	const struct spa_pod *params[1];

	s->own_props = true;
	params[0] = spa_pod_builder_add_object(&b,
			SPA_TYPE_OBJECT_Props, SPA_PARAM_Props,
			SPA_PROP_volume, SPA_POD_Float(s->volume),
			SPA_PROP_mute, SPA_POD_Bool(s->mute));
	pw_stream_update_params(s->stream, params, 1);
}

/* A sink that never had a stream shows 0 % in every mixer. */
static void on_volume_timer(void *data, uint64_t expirations)
{
	struct sink *s = data;
	float volume = 1.0f;

	if (s->volume_known || s->volume_set || s->stream == NULL)
		return;
	pw_stream_set_control(s->stream, SPA_PROP_channelVolumes, 1, &volume, 0);
	if (!s->volume_known)
		announce(s);
}

static void on_announce_timer(void *data, uint64_t expirations)
{
	struct sink *s = data;

	if ((s->own_props || !s->volume_known) && s->stream != NULL)
		announce(s);
}

/*
 * The converter changes its volume between two samples, which clicks. So it gets one of its
 * own to use, that is always full (as where a device has the volume control), and the
 * one that was set, which it keeps and shows, is applied here. It takes that for its own
 * whenever it is set without the other: 0.3.65 has just done so when we hear of it, and
 * is corrected before there are samples; later ones then take our word instead.
 * values: n channelVolumes that were set, or none
 */
static void take_volume(struct sink *s, float *values, uint32_t n)
{
	float full[CHANNELS] = { 1.0f, 1.0f }, mute = s->mute ? 1.0f : 0.0f, unmuted = 0.0f;

	/* before they are known, nothing flows yet */
	s->own_volume = pw_stream_get_control(s->stream, SPA_PROP_softVolumes) != NULL &&
		pw_stream_get_control(s->stream, SPA_PROP_softMute) != NULL;
	if (!s->own_volume)
		return;
	if (n > 0)
		pw_stream_set_control(s->stream, SPA_PROP_channelVolumes, n, values,
				SPA_PROP_volume, 1, &s->volume, SPA_PROP_mute, 1, &mute,
				SPA_PROP_softVolumes, s->n_volumes, full,
				SPA_PROP_softMute, 1, &unmuted, 0);
	else
		pw_stream_set_control(s->stream, SPA_PROP_volume, 1, &s->volume,
				SPA_PROP_mute, 1, &mute,
				SPA_PROP_softVolumes, s->n_volumes, full,
				SPA_PROP_softMute, 1, &unmuted, 0);
	gain_set(&s->gain, s->mute ? 0.0f : s->loudness);
}

static void on_volume_event(void *data, uint64_t count)
{
	struct sink *s = data;

	if (s->stream)
		take_volume(s, NULL, 0);
}

static void set_loudness(struct sink *s, const float *values, uint32_t n)
{
	float loudness;

	s->n_volumes = SPA_MIN(n, CHANNELS);
	loudness = (values[0] + values[s->n_volumes - 1]) / 2.0f;
	if (isfinite(loudness))
		s->loudness = SPA_MAX(loudness, 0.0f);
}

/* What the filters have not given out yet would be heard when the next sound begins, perhaps
 * an hour later. */
static void on_flush_timer(void *data, uint64_t expirations)
{
	struct sink *s = data;

	if (s->stream == NULL || s->state != PW_STREAM_STATE_PAUSED)
		return;
	pw_stream_flush(s->stream, false);
	decimator_restart(&s->decimator);
}

static const char *pod_text(const struct spa_pod *pod, char *dst, size_t size)
{
	const char *str;
	int32_t number;
	bool flag;

	if (spa_pod_get_string(pod, &str) == 0)
		return str;
	if (spa_pod_get_int(pod, &number) == 0)
		snprintf(dst, size, "%d", number);
	else if (spa_pod_get_bool(pod, &flag) == 0)
		snprintf(dst, size, "%s", flag ? "true" : "false");
	else
		return NULL;
	return dst;
}

static void take_params(struct sink *s, struct spa_pod *params)
{
	struct spa_pod_parser parser;
	struct spa_pod_frame frame;
	struct spa_pod *value;
	const char *key;
	char text[16];

	spa_pod_parser_pod(&parser, params);
	if (spa_pod_parser_push_struct(&parser, &frame) < 0)
		return;
	while (spa_pod_parser_get_string(&parser, &key) == 0 &&
	    spa_pod_parser_get_pod(&parser, &value) == 0)
		s->events->param(s->data, key, pod_text(value, text, sizeof(text)));
}

static void tell_latency(struct sink *s)
{
	uint8_t buffer[256];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(buffer, sizeof(buffer));
	struct spa_latency_info info = SPA_LATENCY_INFO(SPA_DIRECTION_INPUT,
			.min_quantum = 0.5f, .max_quantum = 0.5f,
			.min_ns = s->latency_ns, .max_ns = s->latency_ns);
	const struct spa_pod *params[1];

	params[0] = spa_latency_build(&b, SPA_PARAM_Latency, &info);
	pw_stream_update_params(s->stream, params, 1);
}

/* What the adapter chose of that which connect_stream() offers. On PipeWire 1.4 it has forgotten
 * the latency by then: its ports are new. */
static void take_format(struct sink *s, const struct spa_pod *param)
{
	struct spa_audio_info_raw info = { 0 };

	if (param == NULL || spa_format_audio_raw_parse(param, &info) < 0 ||
	    (info.channels != 1 && info.channels != CHANNELS))
		return;
	s->channels = info.channels;
	if (s->latency_ns >= 0)
		tell_latency(s);
}

/* Set from outside; the converter announces it after us. */
static void take_props(struct sink *s, const struct spa_pod *param)
{
	const struct spa_pod_prop *prop;
	struct spa_pod *params = NULL;
	float values[CHANNELS];
	uint32_t n = 0;

	prop = spa_pod_find_prop(param, NULL, SPA_PROP_channelVolumes);
	if (prop != NULL) {
		n = spa_pod_copy_array(&prop->value, SPA_TYPE_Float, values, CHANNELS);
		/* our own connecting, on 0.3.65 */
		if (n == 0)
			return;
		set_loudness(s, values, n);
		s->volume_set = true;
	}
	spa_pod_parse_object(param, SPA_TYPE_OBJECT_Props, NULL,
			SPA_PROP_volume, SPA_POD_OPT_Float(&s->volume),
			SPA_PROP_mute, SPA_POD_OPT_Bool(&s->mute),
			SPA_PROP_params, SPA_POD_OPT_Pod(&params));
	if (params)
		/* the converter's own, too: it must get them */
		pw_loop_signal_event(s->loop, s->volume_event);
	else if (prop != NULL || spa_pod_find_prop(param, NULL, SPA_PROP_mute) != NULL)
		take_volume(s, values, n);
	if (params)
		take_params(s, params);
	timer_arm(s->loop->utils, s->announce_timer, ANNOUNCE_DELAY_NS);
}

static void stream_param_changed(void *data, uint32_t id, const struct spa_pod *param)
{
	if (id == SPA_PARAM_Format)
		take_format(data, param);
	else if (id == SPA_PARAM_Props && param != NULL)
		take_props(data, param);
}

static void set_node_id(struct sink *s, uint32_t node_id)
{
	if (node_id == s->node_id)
		return;
	s->node_id = node_id;
	if (node_id != SPA_ID_INVALID)
		timer_arm(s->loop->utils, s->volume_timer, VOLUME_DELAY_MS * NSEC_PER_MSEC);
	s->events->bound(s->data, node_id);
}

static void stream_state_changed(void *data, enum pw_stream_state old,
		enum pw_stream_state state, const char *error)
{
	struct sink *s = data;

	pw_log_debug("node %u: %s -> %s", s->node_id, pw_stream_state_as_string(old),
			pw_stream_state_as_string(state));
	s->state = state;
	switch (state) {
	case PW_STREAM_STATE_ERROR:
	case PW_STREAM_STATE_UNCONNECTED:
		/* with the connection the whole sink goes; that comes from elsewhere */
		if (old > PW_STREAM_STATE_UNCONNECTED)
			s->events->failed(s->data, error ? error : "the stream was disconnected");
		return;
	case PW_STREAM_STATE_CONNECTING:
		return;
	case PW_STREAM_STATE_PAUSED:
		gain_jump(&s->gain);
		set_node_id(s, pw_stream_get_node_id(s->stream));
		if (old != PW_STREAM_STATE_STREAMING)
			return;
		timer_arm(s->loop->utils, s->flush_timer, FLUSH_DELAY_NS);
		s->events->streaming(s->data, false);
		return;
	case PW_STREAM_STATE_STREAMING:
		s->events->streaming(s->data, true);
		return;
	}
}

/* Our own connecting announces channelVolumes without any values; with values
 * they come from the session manager's memory or from a user. */
static void stream_control_info(void *data, uint32_t id, const struct pw_stream_control *control)
{
	struct sink *s = data;

	if (id == SPA_PROP_channelVolumes)
		s->volume_known = control->n_values > 0;
	/* (params are being looked at: not from here) */
	if (id == SPA_PROP_softVolumes && s->volume_set && !s->own_volume)
		pw_loop_signal_event(s->loop, s->volume_event);
}

static const struct pw_stream_events stream_events = {
	PW_VERSION_STREAM_EVENTS,
	.destroy = stream_destroy,
	.state_changed = stream_state_changed,
	.control_info = stream_control_info,
	.param_changed = stream_param_changed,
	.process = stream_process,
};

static const struct spa_pod *build_format(struct spa_pod_builder *b, uint32_t channels)
{
	struct spa_audio_info_raw info = {
		.format = SPA_AUDIO_FORMAT_F32,
		.rate = SINK_ADAPTER_RATE,
		.channels = channels,
		.position = { SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR },
	};

	if (channels == 1)
		info.position[0] = SPA_AUDIO_CHANNEL_MONO;
	return spa_format_audio_raw_build(b, SPA_PARAM_EnumFormat, &info);
}

/*
 * Who enumerates formats chooses in different ways. WirePlumber makes ports for the one
 * with the most channels: two. The adapter converts to the first: it mixes (L+R)/2 before
 * it resamples, so that one channel is resampled and not two. pipewire-pulse believes the
 * last until there is one: one volume, as there is one loudspeaker. What is not
 * mixed by the adapter is mixed by us.
 */
static int connect_stream(struct sink *s)
{
	uint8_t buffer[1024];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(buffer, sizeof(buffer));
	const struct spa_pod *params[3];

	params[0] = build_format(&b, 1);
	params[1] = build_format(&b, CHANNELS);
	params[2] = params[0];
	return pw_stream_connect(s->stream, PW_DIRECTION_INPUT, PW_ID_ANY,
			PW_STREAM_FLAG_AUTOCONNECT |
			PW_STREAM_FLAG_MAP_BUFFERS |
			PW_STREAM_FLAG_RT_PROCESS,
			params, 3);
}

int sink_new(struct pw_core *core, struct pw_loop *loop, const struct spa_dict *props,
		struct audio_ring *ring, const struct sink_events *events, void *data,
		struct sink **ret)
{
	struct pw_properties *p;
	struct sink *s;
	const char *name;
	int res;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -errno;
	s->loop = loop;
	s->ring = ring;
	s->events = events;
	s->data = data;
	s->node_id = SPA_ID_INVALID;
	s->latency_ns = -1;
	s->volume = s->loudness = 1.0f;
	s->n_volumes = 1;
	gain_init(&s->gain, RAMP_SAMPLES);
	decimator_init(&s->decimator);
	s->channels = CHANNELS;
	if ((s->volume_timer = compat_add_timer(loop->utils, on_volume_timer, s)) == NULL ||
	    (s->announce_timer = compat_add_timer(loop->utils, on_announce_timer, s)) == NULL ||
	    (s->volume_event = compat_add_event(loop->utils, on_volume_event, s)) == NULL ||
	    (s->flush_timer = compat_add_timer(loop->utils, on_flush_timer, s)) == NULL ||
	    (p = pw_properties_new_dict(props)) == NULL) {
		res = -errno;
		goto error;
	}
	name = spa_dict_lookup(props, PW_KEY_MEDIA_NAME);
	if ((s->stream = pw_stream_new(core, name ? name : "ONVIF", p)) == NULL) {
		res = -errno;
		goto error;
	}
	pw_stream_add_listener(s->stream, &s->listener, &stream_events, s);
	if ((res = connect_stream(s)) < 0)
		goto error;
	*ret = s;
	return 0;
error:
	sink_destroy(s);
	return res;
}

void sink_destroy(struct sink *s)
{
	if (s == NULL)
		return;
	if (s->stream) {
		spa_hook_remove(&s->listener);
		pw_stream_destroy(s->stream);
	}
	if (s->volume_timer)
		pw_loop_destroy_source(s->loop, s->volume_timer);
	if (s->flush_timer)
		pw_loop_destroy_source(s->loop, s->flush_timer);
	if (s->volume_event)
		pw_loop_destroy_source(s->loop, s->volume_event);
	if (s->announce_timer)
		pw_loop_destroy_source(s->loop, s->announce_timer);
	free(s);
}

bool sink_is_streaming(struct sink *s)
{
	return s->state == PW_STREAM_STATE_STREAMING;
}

int sink_update_props(struct sink *s, const struct spa_dict *props)
{
	const struct pw_properties *now;
	const struct spa_dict_item *it;
	const char *old;
	bool changed = false;

	if (s->stream == NULL)
		return 0;
	now = pw_stream_get_properties(s->stream);
	spa_dict_for_each(it, props) {
		old = pw_properties_get(now, it->key);
		if (!spa_streq(old, it->value) && !(old == NULL && it->value[0] == '\0'))
			changed = true;
	}
	return changed ? pw_stream_update_properties(s->stream, props) : 0;
}

/*
 * A block comes at once, at the beginning of its own time: what waits is, on average over
 * the cycles, half a block more than the delay. The graph knows best how long its cycles
 * are now: it is told the rest, and half of whatever they are.
 */
void sink_set_latency(struct sink *s, uint64_t packet_ns, uint64_t waiting_ns)
{
	uint64_t block_ns = __atomic_load_n(&s->block, __ATOMIC_RELAXED) * SPA_NSEC_PER_SEC / SINK_RATE;
	uint64_t more = waiting_ns > block_ns ? waiting_ns - block_ns : packet_ns;
	int64_t ns = (int64_t)(more + SINK_RESAMPLE_NS + DECIMATOR_DELAY_NS(SINK_ADAPTER_RATE));

	if (s->stream == NULL ||
	    (s->latency_ns >= 0 && llabs(ns - s->latency_ns) < LATENCY_STEP_NS))
		return;
	s->latency_ns = ns;
	tell_latency(s);
}
