/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/camera-private.h"

#include <errno.h>
#include <stdio.h>

#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/log.h"
#include "module/names.h"
#include "module/util/clock.h"
#include "module/util/text.h"

#define SINK_RETRY_MIN_MS	1000u
#define SINK_RETRY_MAX_MS	60000u

/* PipeWire 0.3.65 mixes up the file descriptors of a connection when too many are on
 * their way at once: with 128 new sinks, those of some never work. */
#define MAX_SINKS_COMING	16u
#define SINK_TURN_MS		20u
#define SINK_COMING_MS		10000u	/* one that nobody announces by then never will be */

/* shown as node properties as they are */
static const char * const fact_keys[] = {
	"onvif.id", "onvif.name", "onvif.address", "onvif.manufacturer", "onvif.model",
	"onvif.firmware", "onvif.serial", "onvif.hardware", "onvif.location", "rtsp.server",
};

/* Claimed: somebody's audio flows to us. Looking at our monitor is not playing. */
static void update_claim(struct camera *c)
{
	bool claimed = c->sink && sink_is_streaming(c->sink) && c->counts.active > 0 && !c->released;

	/* while a real output vanishes, streams may pass through here: they are not meant for us */
	if (claimed && !c->claimed && c->env->no_output && !no_output_is_calm(c->env->no_output))
		return;
	if (claimed == c->claimed)
		return;
	c->claimed = claimed;
	pw_log_debug("%s: %s", c->key, claimed ? "claimed" : "released");
	if (c->session)
		media_session_claim(c->session, claimed);
	c->events->changed(c->data, c);
}

static void end_release(struct camera *c)
{
	if (!c->released)
		return;
	c->released = false;
	pw_log_info("%s (%s): ours again", c->name, c->key);
	/* what was played meanwhile was not heard: it is not made up for */
	if (c->session)
		audio_ring_mark_start(media_session_get_ring(c->session));
	update_claim(c);
	camera_update_state(c);
}

void camera_on_release_timer(void *data, uint64_t expirations)
{
	end_release(data);
}

void camera_release(struct camera *c, uint32_t seconds)
{
	if (seconds == 0) {
		timer_disarm(c->env->loop->utils, c->release_timer);
		end_release(c);
		return;
	}
	timer_arm(c->env->loop->utils, c->release_timer, seconds * SPA_NSEC_PER_SEC);
	if (!c->released)
		pw_log_info("%s (%s): let go, as it was told", c->name, c->key);
	c->released = true;
	update_claim(c);
	if (c->session)
		media_session_release(c->session);
}

static void on_links_changed(void *data, const struct links_counts *counts)
{
	struct camera *c = data;
	bool idle = !c->claimed && (c->status.state == FSM_IDLE || c->status.state == FSM_BLOCKED);
	bool first = c->counts.total == 0 && counts->total > 0 && counts->active == 0;

	/* What came before anybody was linked is not for the camera. But a sound that
	 * still waits for it is: another one may follow before it is connected. */
	if (c->session && idle && first)
		audio_ring_mark_start(media_session_get_ring(c->session));
	c->counts = *counts;
	update_claim(c);
}

static void set_coming(struct camera *c, bool coming)
{
	if (c->sink_coming == coming)
		return;
	c->sink_coming = coming;
	*c->env->sinks_coming += coming ? 1 : -1;
}

static void on_sink_bound(void *data, uint32_t node_id)
{
	struct camera *c = data;

	links_watch_destroy(c->watch);
	c->watch = NULL;
	spa_zero(c->counts);
	set_coming(c, false);
	if (node_id != SPA_ID_INVALID)
		timer_disarm(c->env->loop->utils, c->sink_timer);
	if (node_id != SPA_ID_INVALID && c->env->links) {
		c->sink_failures = 0;
		c->watch = links_watch_new(c->env->links, node_id, on_links_changed, c);
	}
	update_claim(c);
}

static void on_sink_streaming(void *data, bool streaming)
{
	update_claim(data);
}

/* With the connection to PipeWire gone this comes as well, and then the timer never fires. */
static void retry_later(struct camera *c)
{
	uint32_t shift = SPA_MIN(c->sink_failures++, 6u);

	timer_arm(c->env->loop->utils, c->sink_timer,
			SPA_MIN(SINK_RETRY_MIN_MS << shift, SINK_RETRY_MAX_MS) * NSEC_PER_MSEC);
}

static void on_sink_failed(void *data, const char *error)
{
	struct camera *c = data;

	pw_log_debug("%s: the sink failed: %s", c->key, error);
	set_coming(c, false);
	retry_later(c);
}

/* (the converter has keys of its own there) */
static void on_sink_param(void *data, const char *key, const char *value)
{
	const struct settings_key *known = settings_key_find(key);

	if (known && (known->places & SETTINGS_IN_CAMERA))
		camera_set(data, key, value);
}

static const struct sink_events sink_events = {
	SINK_VERSION_EVENTS,
	.bound = on_sink_bound,
	.streaming = on_sink_streaming,
	.failed = on_sink_failed,
	.param = on_sink_param,
};

/* it is our turn, or the sink that there is failed or was not announced in time */
void camera_on_sink_timer(void *data, uint64_t expirations)
{
	struct camera *c = data;

	camera_end_sink(c);
	camera_update_sink(c);
}

/* a volume control shows nothing but the name */
static const char *why_not(enum session_public_state state)
{
	switch (state) {
	case SESSION_OFFLINE:
		return " (offline)";
	case SESSION_BUSY:
		return " (in use by another)";
	case SESSION_LOGIN_REQUIRED:
		return " (wants a login)";
	case SESSION_UNSUPPORTED:
	case SESSION_REJECTED:
		return " (cannot be used)";
	default:
		return "";
	}
}

static bool is_contested(struct camera *c)
{
	return c->env->no_output && no_output_is_contested(c->env->no_output);
}

static void set_dynamic_props(struct camera *c, struct pw_properties *p)
{
	const char *str;
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(fact_keys); i++)
		if ((str = camera_prop(c, fact_keys[i])))
			pw_properties_set(p, fact_keys[i], str);
	if (c->id[0] == '\0')
		pw_properties_set(p, "onvif.id", c->key);
	pw_properties_setf(p, PW_KEY_NODE_DESCRIPTION, "%s%s", c->name, why_not(c->state));
	pw_properties_set(p, "onvif.state", session_public_state_name(c->state));
	pw_properties_set(p, "onvif.error", c->error);
	pw_properties_set(p, "onvif.codec", c->status.codec);
	pw_properties_set(p, "onvif.transport", c->status.transport);
	/* behind each other output */
	c->contested = is_contested(c);
	pw_properties_set(p, PW_KEY_PRIORITY_SESSION, c->contested ? "-2" : "0");
}

static void set_node_name(struct camera *c)
{
	char id[CAMERA_NODE_NAME_LEN - sizeof(NAME_SINK_PREFIX)];
	const char *configured = c->entry ? pw_properties_get(c->entry, "onvif.id") : NULL;

	if (c->node_name[0])
		return;
	if (text_stable_id(str_from(configured ? configured : c->id[0] ? c->id : c->key),
			id, sizeof(id)) == 0)
		snprintf(id, sizeof(id), "camera");
	snprintf(c->node_name, sizeof(c->node_name), NAME_SINK_PREFIX "%s", id);
}

static struct pw_properties *node_props(struct camera *c)
{
	struct pw_properties *p;
	const char *str;

	set_node_name(c);
	p = pw_properties_new(
			PW_KEY_NODE_NAME, c->node_name,
			PW_KEY_MEDIA_CLASS, "Audio/Sink",
			/* WirePlumber remembers the volume by it, before node.name: a camera that is
			 * renamed or moves keeps its volume */
			PW_KEY_MEDIA_NAME, c->node_name,
			PW_KEY_DEVICE_ICON_NAME, "camera-web",
			PW_KEY_NODE_NETWORK, "true",
			PW_KEY_PRIORITY_DRIVER, "0",
			/* Otherwise a player's 100 ms come in one burst. About a packet: this becomes
			 * 1024 samples at 48 and at 44.1 kHz; a little less were 512, and twice the
			 * wake-ups. */
			PW_KEY_NODE_LATENCY, "186/8000",
			PW_KEY_NODE_RATE, "1/16000",
			"resample.quality", SINK_RESAMPLE_QUALITY,
			/* mono is (L+R)/2; without it 3 dB louder, and clipped */
			"channelmix.normalize", "true",
			NULL);
	if (p == NULL)
		return NULL;
	set_dynamic_props(c, p);
	if ((str = camera_prop(c, "stream.props")))
		pw_properties_update_string(p, str, strlen(str));
	return p;
}

/* A sink that was there before our restart is there again at once, even while the
 * camera is away: who plays to it by name must not be moved elsewhere. */
static bool want_sink(struct camera *c)
{
	if (c->sink || c->backchannel == SESSION_BACKCHANNEL_YES)
		return true;
	return c->backchannel == SESSION_BACKCHANNEL_UNKNOWN &&
		(camera_is_configured(c) || c->user) &&
		spa_streq(facts_get(c->env->facts, c->key, "backchannel"), "true");
}

void camera_tell_latency(struct camera *c, uint32_t waiting_ms)
{
	struct camera_options o;

	if (c->sink == NULL)
		return;
	camera_options_parse(&c->props->dict, &o);
	sink_set_latency(c->sink, o.ptime_ms * NSEC_PER_MSEC, waiting_ms * NSEC_PER_MSEC);
}

void camera_update_sink(struct camera *c)
{
	struct pw_properties *props;
	int res;

	update_claim(c);
	if (c->sink && c->contested != is_contested(c))
		camera_update_node(c);
	if (c->sink || c->env->core == NULL || !want_sink(c))
		return;
	no_output_want(c->env->no_output, true);
	if (!no_output_is_settled(c->env->no_output))
		return;
	if (*c->env->sinks_coming >= MAX_SINKS_COMING) {
		timer_arm(c->env->loop->utils, c->sink_timer, SINK_TURN_MS * NSEC_PER_MSEC);
		return;
	}
	if ((res = camera_ensure_session(c)) == 0 && (props = node_props(c))) {
		res = sink_new(c->env->core, c->env->loop, &props->dict,
				media_session_get_ring(c->session), &sink_events, c, &c->sink);
		pw_properties_free(props);
	}
	if (c->sink == NULL) {
		pw_log_warn("%s: can't make a sink: %s", c->key, spa_strerror(res < 0 ? res : -ENOMEM));
		retry_later(c);
		return;
	}
	set_coming(c, true);
	timer_arm(c->env->loop->utils, c->sink_timer, SINK_COMING_MS * NSEC_PER_MSEC);
	pw_log_info("%s (%s): sink %s", c->name, c->key, c->node_name);
	camera_tell_latency(c, 0);
	c->events->changed(c->data, c);
}

void camera_update_node(struct camera *c)
{
	struct pw_properties *p, *override;
	const struct spa_dict_item *it;
	const char *str;

	c->events->changed(c->data, c);
	if (c->sink == NULL || (p = pw_properties_new(NULL, NULL)) == NULL)
		return;
	set_dynamic_props(c, p);
	if ((str = camera_prop(c, "stream.props")) && (override = pw_properties_new_string(str))) {
		spa_dict_for_each(it, &override->dict)
			pw_properties_set(p, it->key, it->value);
		pw_properties_free(override);
	}
	sink_update_props(c->sink, &p->dict);
	pw_properties_free(p);
}

void camera_end_sink(struct camera *c)
{
	timer_disarm(c->env->loop->utils, c->sink_timer);
	if (c->sink == NULL)
		return;
	links_watch_destroy(c->watch);
	c->watch = NULL;
	spa_zero(c->counts);
	set_coming(c, false);
	sink_destroy(c->sink);
	c->sink = NULL;
	update_claim(c);
	c->events->changed(c->data, c);
}
