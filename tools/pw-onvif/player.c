/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/player.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/param/audio/format-utils.h>
#include <spa/utils/ringbuffer.h>
#include <spa/utils/string.h>

#include "module/util/limits.h"
#include "module/util/text.h"

#define RING_SAMPLES	32768u	/* a power of two: 0.68 s at 48 kHz */
#define STRIDE		sizeof(int16_t)
#define MAX_LINKS	16u
#define QUANTUM_MS	20u

struct player {
	struct pw_loop *loop;
	const struct player_events *events;
	void *data;
	char node[LIMIT_ID_LEN + 32];

	struct pw_context *context;
	struct pw_core *core;
	struct spa_hook core_listener;
	struct pw_registry *registry;
	struct spa_hook registry_listener;
	struct pw_stream *stream;
	struct spa_hook stream_listener;
	uint32_t sink_id;
	uint32_t links[MAX_LINKS];	/* from us to the sink */
	uint32_t n_links;
	bool failed;

	/* both threads */
	bool go;
	uint64_t played;
	struct spa_ringbuffer ring;
	int16_t samples[RING_SAMPLES];
};

/* ---- the data thread: nothing here may wait, allocate or log ---- */

static uint32_t take(struct player *p, int16_t *dst, uint32_t n)
{
	uint32_t index;
	int32_t filled;

	if (!__atomic_load_n(&p->go, __ATOMIC_ACQUIRE) ||
	    (filled = spa_ringbuffer_get_read_index(&p->ring, &index)) <= 0)
		return 0;
	n = SPA_MIN(n, (uint32_t)filled);
	spa_ringbuffer_read_data(&p->ring, p->samples, sizeof(p->samples),
			(uint32_t)(index % RING_SAMPLES * STRIDE), dst, (uint32_t)(n * STRIDE));
	spa_ringbuffer_read_update(&p->ring, (int32_t)(index + n));
	__atomic_fetch_add(&p->played, n, __ATOMIC_RELEASE);
	return n;
}

static void on_process(void *data)
{
	struct player *p = data;
	struct pw_buffer *b = pw_stream_dequeue_buffer(p->stream);
	struct spa_data *d;
	uint32_t n, got;
	int16_t *dst;

	if (b == NULL)
		return;
	d = &b->buffer->datas[0];
	if ((dst = d->data) != NULL) {
		n = d->maxsize / (uint32_t)STRIDE;
		if (b->requested != 0 && b->requested < n)
			n = (uint32_t)b->requested;
		got = take(p, dst, n);
		memset(dst + got, 0, (n - got) * STRIDE);
		d->chunk->offset = 0;
		d->chunk->stride = STRIDE;
		d->chunk->size = (uint32_t)(n * STRIDE);
	}
	pw_stream_queue_buffer(p->stream, b);
}

/* ---- the ring ---- */

uint32_t player_waiting(struct player *p)
{
	uint32_t index;
	int32_t filled = spa_ringbuffer_get_write_index(&p->ring, &index);

	return filled > 0 ? (uint32_t)filled : 0;
}

uint32_t player_room(struct player *p)
{
	return RING_SAMPLES - player_waiting(p);
}

void player_write(struct player *p, const int16_t *samples, uint32_t n)
{
	uint32_t index;

	spa_ringbuffer_get_write_index(&p->ring, &index);
	spa_ringbuffer_write_data(&p->ring, p->samples, sizeof(p->samples),
			(uint32_t)(index % RING_SAMPLES * STRIDE), samples, (uint32_t)(n * STRIDE));
	spa_ringbuffer_write_update(&p->ring, (int32_t)(index + n));
}

uint64_t player_played(struct player *p)
{
	return __atomic_load_n(&p->played, __ATOMIC_ACQUIRE);
}

void player_go(struct player *p, bool go)
{
	__atomic_store_n(&p->go, go, __ATOMIC_RELEASE);
}

/* ---- what happens ---- */

static void fail(struct player *p, const char *text)
{
	char shown[LIMIT_ERROR_LEN];

	if (p->failed)
		return;
	p->failed = true;
	player_go(p, false);
	text_sanitize(str_from(text ? text : "it broke"), shown, sizeof(shown));
	p->events->failed(p->data, shown);
}

static void on_state_changed(void *data, enum pw_stream_state old, enum pw_stream_state state,
		const char *error)
{
	struct player *p = data;

	pw_log_debug("%s -> %s", pw_stream_state_as_string(old), pw_stream_state_as_string(state));
	if (state == PW_STREAM_STATE_ERROR)
		fail(p, error);
	else if (state == PW_STREAM_STATE_UNCONNECTED && old > PW_STREAM_STATE_CONNECTING)
		/* what session managers do to who finds nothing to be linked to */
		fail(p, "there is no such output any more");
}

static const struct pw_stream_events stream_events = {
	PW_VERSION_STREAM_EVENTS,
	.state_changed = on_state_changed,
	.process = on_process,
};

static bool get_id(const struct spa_dict *props, const char *key, uint32_t *ret)
{
	return spa_atou32(spa_dict_lookup(props, key), ret, 0);
}

static void on_link(struct player *p, uint32_t id, const struct spa_dict *props)
{
	uint32_t from, to;

	if (!get_id(props, PW_KEY_LINK_OUTPUT_NODE, &from) || !get_id(props, PW_KEY_LINK_INPUT_NODE, &to) ||
	    from != pw_stream_get_node_id(p->stream))
		return;
	/* What is meant for a camera comes out nowhere else. */
	if (to != p->sink_id) {
		fail(p, "it was connected to another output");
		return;
	}
	if (p->n_links == MAX_LINKS)
		return;
	p->links[p->n_links++] = id;
	if (p->n_links == 1)
		p->events->linked(p->data);
}

static void on_global(void *data, uint32_t id, uint32_t permissions, const char *type,
		uint32_t version, const struct spa_dict *props)
{
	struct player *p = data;

	if (props == NULL)
		return;
	if (spa_streq(type, PW_TYPE_INTERFACE_Node) &&
	    spa_streq(spa_dict_lookup(props, PW_KEY_NODE_NAME), p->node))
		p->sink_id = id;
	else if (spa_streq(type, PW_TYPE_INTERFACE_Link))
		on_link(p, id, props);
}

static void on_global_remove(void *data, uint32_t id)
{
	struct player *p = data;

	for (uint32_t i = 0; i < p->n_links; i++) {
		if (p->links[i] != id)
			continue;
		p->links[i] = p->links[--p->n_links];
		if (p->n_links == 0) {
			player_go(p, false);
			p->events->linked(p->data);
		}
		return;
	}
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = on_global,
	.global_remove = on_global_remove,
};

static void on_core_error(void *data, uint32_t id, int seq, int res, const char *message)
{
	if (id == PW_ID_CORE && res == -EPIPE)
		fail(data, "the connection to PipeWire is gone");
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.error = on_core_error,
};

bool player_is_linked(const struct player *p)
{
	return p->n_links > 0;
}

/* ---- object ---- */

static int connect_core(struct player *p, const char *remote)
{
	struct pw_properties *props = NULL;

	/* 0.3: a configuration of its own, in which the data thread is real-time */
	p->context = pw_context_new(p->loop, spa_strstartswith(pw_get_library_version(), "0.") ?
			pw_properties_new(PW_KEY_CONFIG_NAME, "client-rt.conf", NULL) : NULL, 0);
	if (p->context == NULL)
		return -errno;
	if (remote && (props = pw_properties_new(PW_KEY_REMOTE_NAME, remote, NULL)) == NULL)
		return -errno;
	if ((p->core = pw_context_connect(p->context, props, 0)) == NULL)
		return errno == ENOENT ? -EHOSTDOWN : -errno;
	pw_core_add_listener(p->core, &p->core_listener, &core_events, p);
	if ((p->registry = pw_core_get_registry(p->core, PW_VERSION_REGISTRY, 0)) == NULL)
		return -errno;
	pw_registry_add_listener(p->registry, &p->registry_listener, &registry_events, p);
	return 0;
}

static struct pw_properties *stream_props(const struct player *p, uint32_t rate)
{
	struct pw_properties *props = pw_properties_new(
			PW_KEY_MEDIA_TYPE, "Audio",
			PW_KEY_MEDIA_CATEGORY, "Playback",
			PW_KEY_MEDIA_ROLE, "Communication",
			PW_KEY_MEDIA_NAME, "pw-onvif say",
			PW_KEY_NODE_NAME, "pw-onvif-say",
			"target.object", p->node,
			/* as the output itself: the default loses 6 dB at 3.4 kHz */
			"resample.quality", "10",
			/* here and nowhere else, at the level of the file, whatever was before */
			"node.dont-move", "true",
			"node.dont-fallback", "true",
			"state.restore-target", "false",
			"state.restore-props", "false",
			NULL);

	if (props)
		pw_properties_setf(props, PW_KEY_NODE_LATENCY, "%u/%u", rate * QUANTUM_MS / 1000u, rate);
	return props;
}

static int connect_stream(struct player *p, uint32_t rate)
{
	uint8_t buffer[1024];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(buffer, sizeof(buffer));
	struct spa_audio_info_raw info = SPA_AUDIO_INFO_RAW_INIT(
			.format = SPA_AUDIO_FORMAT_S16, .rate = rate, .channels = 1,
			.position = { SPA_AUDIO_CHANNEL_MONO });
	const struct spa_pod *params[1] = {
		spa_format_audio_raw_build(&b, SPA_PARAM_EnumFormat, &info)
	};
	struct pw_properties *props = stream_props(p, rate);

	if (props == NULL || (p->stream = pw_stream_new(p->core, "pw-onvif", props)) == NULL)
		return -errno;
	pw_stream_add_listener(p->stream, &p->stream_listener, &stream_events, p);
	return pw_stream_connect(p->stream, PW_DIRECTION_OUTPUT, PW_ID_ANY, PW_STREAM_FLAG_AUTOCONNECT |
			PW_STREAM_FLAG_DONT_RECONNECT | PW_STREAM_FLAG_MAP_BUFFERS |
			PW_STREAM_FLAG_RT_PROCESS, params, 1);
}

int player_new(struct pw_loop *loop, const char *remote, const char *node, uint32_t rate,
		const struct player_events *events, void *data, struct player **ret)
{
	struct player *p;
	int res;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return -ENOMEM;
	p->loop = loop;
	p->events = events;
	p->data = data;
	p->sink_id = SPA_ID_INVALID;
	spa_ringbuffer_init(&p->ring);
	if ((res = str_copy(str_from(node), p->node, sizeof(p->node))) < 0 ||
	    (res = connect_core(p, remote)) < 0 || (res = connect_stream(p, rate)) < 0) {
		player_destroy(p);
		return res;
	}
	*ret = p;
	return 0;
}

void player_destroy(struct player *p)
{
	if (p == NULL)
		return;
	if (p->stream) {
		spa_hook_remove(&p->stream_listener);
		pw_stream_destroy(p->stream);
	}
	if (p->registry) {
		spa_hook_remove(&p->registry_listener);
		pw_proxy_destroy((struct pw_proxy *)p->registry);
	}
	if (p->core) {
		spa_hook_remove(&p->core_listener);
		pw_core_disconnect(p->core);
	}
	if (p->context)
		pw_context_destroy(p->context);
	free(p);
}
