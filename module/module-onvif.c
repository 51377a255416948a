/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pipewire/impl.h>
#include <pipewire/pipewire.h>

#include <spa/utils/result.h>
#include <spa/utils/string.h>

#include "module/cameras.h"
#include "module/companions.h"
#include "module/core.h"
#include "module/instance.h"
#include "module/log.h"
#include "module/publish.h"
#include "module/util/clock.h"
#include "module/util/compat.h"

/** \page page_module_onvif ONVIF camera loudspeakers
 *
 * The `onvif` module makes an output of every ONVIF IP camera that has a
 * loudspeaker: what is played to the output comes out of the camera, over the
 * RTSP audio backchannel of the ONVIF Streaming Specification.
 *
 * A camera is claimed only while something plays to its output, and given back a
 * few seconds later. No camera becomes the default output by itself.
 *
 * ## Module Name
 *
 * `libpipewire-module-onvif`
 *
 * ## Module Options
 *
 * All of them may also stand in the section `onvif.properties` of
 * `pipewire-onvif.conf` and its fragments, which the module reads by itself;
 * arguments win.
 *
 * - `onvif.discovery`: look for cameras on the local networks, default false. That of
 *   the shipped `pipewire-onvif.conf` counts only in the process started with it.
 * - `onvif.interfaces`: names of the interfaces to look on, default all suitable ones
 * - `onvif.probe.interval`: seconds between probes, default 60
 * - `onvif.max-cameras`: how many cameras at most, default 128
 * - `onvif.expire.s`: forget a discovered camera after so long without a sign of
 *   life, default 86400
 * - `onvif.credentials`: path of the credentials file, default
 *   `$XDG_CONFIG_HOME/pipewire/onvif-credentials.conf`
 * - `onvif.cameras`: cameras to serve without looking for them, an array of objects
 * - `onvif.rules`: rules that change the properties of cameras by what they are
 *
 * Options of one camera, in its object in `onvif.cameras` or in a rule:
 *
 * - `onvif.id`, `onvif.address`, `rtsp.uri`: which camera; one of them is needed
 * - `onvif.name`: what it is called
 * - `onvif.profile`: token or name of the media profile to use
 * - `rtsp.transport`: auto, tcp, udp, tls, http or https
 * - `rtsp.forward-tracks`: set up the camera's own tracks too, default false
 * - `rtp.codec`: auto, PCMU or PCMA
 * - `rtp.ptime`: milliseconds of audio per packet, default 20
 * - `session.preroll.ms`, `session.hold.ms`, `session.linger.ms`, `session.silence.ms`
 * - `reconnect.min.ms`, `reconnect.max.ms`
 * - `tls.verify`: pin, ca or none
 * - `auth.basic`: allow Basic authentication, default false
 * - `onvif.configure`: change the camera's settings where its speaker is not set up,
 *   default false
 * - `stream.props`: properties for the node
 *
 * User names and passwords are never options: they are in the credentials file.
 *
 * ## Metadata
 *
 * The metadata object `onvif` has, for subject 0, a key `camera.<id>` for each known
 * camera: a JSON object with name, address, state, error and more. A key
 * `set.<id>.<setting>` changes one of the `rtsp.`, `rtp.`, `session.` and `reconnect.`
 * options of a camera until it is deleted, `set.<id>.reconnect` begins anew. The Props
 * params of a camera's node take the same options.
 *
 * ## General options
 *
 * - \ref PW_KEY_REMOTE_NAME
 *
 * ## Example configuration
 *
 *\code{.unparsed}
 * # ~/.config/pipewire/pipewire.conf.d/50-onvif.conf
 * context.modules = [
 * {   name = libpipewire-module-onvif
 *     args = {
 *         onvif.discovery = true
 *         onvif.cameras = [
 *             { onvif.name = "Front Door" rtsp.uri = "rtsp://192.0.2.20/stream1" }
 *         ]
 *     }
 *     flags = [ ifexists nofail ]
 * }
 * ]
 *\endcode
 *
 * ## See also
 *
 * \ref page_module_raop_sink "libpipewire-module-raop-sink"
 */

#define NAME "onvif"

PW_LOG_TOPIC(onvif_topic, "mod." NAME);

#define MODULE_USAGE	"( onvif.discovery=<look for cameras, default:false> ) "		\
			"( onvif.interfaces=<interfaces to look on, default:all> ) "		\
			"( onvif.probe.interval=<seconds, default:60> ) "			\
			"( onvif.max-cameras=<number, default:128> ) "				\
			"( onvif.expire.s=<seconds, default:86400> ) "				\
			"( onvif.credentials=<path> ) "						\
			"( onvif.cameras=<array of objects> ) "					\
			"( onvif.rules=<rules> ) "						\
			"( remote.name=<remote> ) "

static const struct spa_dict_item module_props[] = {
	{ PW_KEY_MODULE_AUTHOR, "pipewire-onvif contributors" },
	{ PW_KEY_MODULE_DESCRIPTION, "Loudspeakers of ONVIF cameras as outputs" },
	{ PW_KEY_MODULE_USAGE, MODULE_USAGE },
	{ PW_KEY_MODULE_VERSION, PACKAGE_VERSION },
};

struct impl {
	struct pw_context *context;
	struct pw_impl_module *module;
	struct spa_hook module_listener;

	struct settings *settings;
	struct camera_env env;
	uint32_t sinks_coming;
	struct onvif_core *core;
	struct companions *companions;
	struct discovery *discovery;
	struct cameras *cameras;
	struct publish *publish;	/* while connected, or NULL */
	struct spa_source *withdraw_timer;
	struct instance *instance;	/* while connected */
};

static int start_discovery(struct impl *impl);

/* PipeWire (seen in 0.3.65, and in the source of 1.6) never listens again to a client for whom
 * it is just asking the owner of a metadata object when that object goes: a session manager would
 * hang for good. Who looks at a new object has done so after this time. */
#define WITHDRAW_DELAY_MS	1500u

/* ---- connection to PipeWire ---- */

static void drop_connection(struct impl *impl)
{
	struct camera_env *env = &impl->env;

	env->core = NULL;
	timer_disarm(env->loop->utils, impl->withdraw_timer);
	publish_destroy(impl->publish);
	impl->publish = NULL;
	instance_destroy(impl->instance);
	impl->instance = NULL;
	no_output_destroy(env->no_output);
	env->no_output = NULL;
	links_destroy(env->links);
	env->links = NULL;
}

static void on_no_output_settled(void *data)
{
	struct impl *impl = data;

	if (impl->env.core && no_output_is_settled(impl->env.no_output))
		cameras_core_ready(impl->cameras);
}

static int on_set(void *data, struct camera *c, const char *setting, const char *value)
{
	return camera_set(c, setting, value);
}

static void on_published(void *data, uint32_t id)
{
	struct impl *impl = data;

	instance_set_own(impl->instance, id);
}

static const struct publish_events publish_events = {
	PUBLISH_VERSION_EVENTS,
	.set = on_set,
	.bound = on_published,
};

static void publish_one(void *data, struct camera *c)
{
	publish_camera(data, c);
}

static void start_publishing(struct impl *impl)
{
	instance_expect_own(impl->instance);
	impl->publish = publish_new(impl->context, onvif_core_get(impl->core), &publish_events, impl);
	if (impl->publish == NULL) {
		pw_log_warn("what is known of the cameras is not published: %m");
		instance_set_own(impl->instance, SPA_ID_INVALID);
		return;
	}
	cameras_for_each(impl->cameras, publish_one, impl->publish);
}

/* One instance finds cameras and tells of them: the first. */
static void take_rank(struct impl *impl)
{
	if (instance_is_second(impl->instance)) {
		pw_log(impl->settings->discovery ? SPA_LOG_LEVEL_WARN : SPA_LOG_LEVEL_INFO,
				"another instance of this module finds cameras: only those of onvif.cameras "
				"are served by this one");
		if (impl->publish)
			timer_arm(impl->env.loop->utils, impl->withdraw_timer, WITHDRAW_DELAY_MS * NSEC_PER_MSEC);
		discovery_destroy(impl->discovery);
		impl->discovery = NULL;
		cameras_drop_discovered(impl->cameras);
		return;
	}
	if (impl->publish == NULL)
		start_publishing(impl);
	if (impl->discovery == NULL && start_discovery(impl) < 0)
		pw_log_warn("can't look for cameras: %m");
}

static void on_withdraw_timer(void *data, uint64_t expirations)
{
	struct impl *impl = data;

	/* (the first one may have gone meanwhile) */
	if (impl->instance == NULL || !instance_is_second(impl->instance))
		return;
	publish_destroy(impl->publish);
	impl->publish = NULL;
	instance_set_own(impl->instance, SPA_ID_INVALID);
}

static void on_instance_changed(void *data)
{
	struct impl *impl = data;

	/* (at first the registry tells of what was there before) */
	if (impl->env.core)
		take_rank(impl);
}

static void on_core_connected(void *data, struct pw_core *core, struct pw_registry *registry)
{
	struct impl *impl = data;

	impl->instance = instance_new(impl->env.loop, registry, on_instance_changed, impl);
	impl->env.links = links_new(registry);
	impl->env.no_output = no_output_new(impl->env.loop, core, registry, on_no_output_settled, impl);
	if (impl->env.links == NULL || impl->env.no_output == NULL || impl->instance == NULL)
		pw_log_error("out of memory: no outputs");
}

static void on_core_ready(void *data)
{
	struct impl *impl = data;

	if (impl->env.links == NULL || impl->env.no_output == NULL || impl->instance == NULL)
		return;
	impl->env.core = onvif_core_get(impl->core);
	take_rank(impl);
	no_output_ready(impl->env.no_output);
	cameras_core_ready(impl->cameras);
	companions_connected(impl->companions);
}

static void on_core_lost(void *data)
{
	struct impl *impl = data;

	impl->env.core = NULL;
	cameras_core_lost(impl->cameras);
	drop_connection(impl);
}

static const struct onvif_core_events core_events = {
	ONVIF_CORE_VERSION_EVENTS,
	.connected = on_core_connected,
	.ready = on_core_ready,
	.lost = on_core_lost,
};

/* ---- discovery ---- */

static void on_match(void *data, const struct discovery_device *device)
{
	struct impl *impl = data;

	cameras_seen(impl->cameras, device);
}

static void on_hello(void *data, const struct discovery_device *device)
{
	struct impl *impl = data;

	if (cameras_hello(impl->cameras, device))
		discovery_probe(impl->discovery);
}

/* Anybody can say it: nothing ends because of it. */
static void on_bye(void *data, const char *id, const char *address)
{
	pw_log_debug("Bye of %s from %s", id, address);
}

static void on_network_changed(void *data)
{
	struct impl *impl = data;

	cameras_network_changed(impl->cameras);
}

static void on_discovery_error(void *data, const char *message)
{
	if (message)
		pw_log_warn("%s", message);
	else
		pw_log_info("discovery works again");
}

static void on_flood(void *data, uint64_t dropped, uint32_t seconds)
{
	pw_log_warn("%" PRIu64 " announcements of cameras in %u s were not looked at: somebody "
			"floods the network with them", dropped, seconds);
}

static uint32_t get_known(void *data, struct sockaddr_storage *address, uint32_t max)
{
	struct impl *impl = data;

	return cameras_get_addresses(impl->cameras, address, max);
}

static const struct discovery_events discovery_events = {
	DISCOVERY_VERSION_EVENTS,
	.match = on_match,
	.hello = on_hello,
	.bye = on_bye,
	.network_changed = on_network_changed,
	.error = on_discovery_error,
	.flood = on_flood,
	.known = get_known,
};

/* ---- credentials ---- */

static void on_credentials_changed(void *data)
{
	struct impl *impl = data;

	if (impl->cameras)
		cameras_credentials_changed(impl->cameras);
}

static void on_credentials_error(void *data, const char *message)
{
	if (message)
		pw_log_warn("%s", message);
}

static const struct credentials_events credentials_events = {
	CREDENTIALS_VERSION_EVENTS,
	.changed = on_credentials_changed,
	.error = on_credentials_error,
};

/* ---- cameras ---- */

static void on_camera_changed(void *data, struct camera *c)
{
	struct impl *impl = data;

	if (impl->publish)
		publish_camera(impl->publish, c);
}

static void on_camera_removed(void *data, struct camera *c)
{
	struct impl *impl = data;

	if (impl->publish)
		publish_camera_removed(impl->publish, c);
	if (impl->cameras && impl->env.no_output && !cameras_have_sink(impl->cameras))
		no_output_want(impl->env.no_output, false);
}

static const struct cameras_events cameras_events = {
	CAMERAS_VERSION_EVENTS,
	.changed = on_camera_changed,
	.removed = on_camera_removed,
};

/* ---- the module ---- */

static void impl_destroy(struct impl *impl)
{
	struct camera_env *env = &impl->env;

	discovery_destroy(impl->discovery);
	cameras_destroy(impl->cameras);
	if (impl->withdraw_timer) {
		drop_connection(impl);
		pw_loop_destroy_source(env->loop, impl->withdraw_timer);
	}
	/* the TEARDOWNs go out here */
	media_destroy(env->media);
	onvif_core_destroy(impl->core);
	companions_destroy(impl->companions);
	http_destroy(env->http);
	credentials_destroy(env->credentials);
	facts_destroy(env->facts);
	settings_free(impl->settings);
	free(impl);
}

static void module_destroy(void *data)
{
	struct impl *impl = data;

	spa_hook_remove(&impl->module_listener);
	impl_destroy(impl);
}

static const struct pw_impl_module_events module_events = {
	PW_VERSION_IMPL_MODULE_EVENTS,
	.destroy = module_destroy,
};

static int open_files(struct impl *impl)
{
	const struct settings *st = impl->settings;
	struct camera_env *env = &impl->env;
	const char *warning = NULL;

	env->facts = facts_new(env->loop->utils, st->state_path[0] ? st->state_path : NULL, &warning);
	if (env->facts == NULL)
		return -errno;
	if (warning)
		pw_log_warn("%s", warning);
	if (st->credentials_path[0] == '\0')
		return 0;
	env->credentials = credentials_new(env->loop->utils, st->credentials_path,
			&credentials_events, impl);
	if (env->credentials == NULL)
		pw_log_warn("can't watch the credentials file: %m");
	return 0;
}

static int start_discovery(struct impl *impl)
{
	const struct settings *st = impl->settings;
	struct discovery_params params = {
		.interfaces = st->interfaces,
		.probe_interval_ms = st->probe_interval_ms,
	};

	if (!st->discovery)
		return 0;
	impl->discovery = discovery_new(impl->env.loop->utils, &params, &discovery_events, impl);
	return impl->discovery ? 0 : -errno;
}

static void on_settings_message(void *data, const char *text)
{
	pw_log_warn("%s", text);
}

static int load_settings(struct impl *impl, const char *args)
{
	const struct pw_properties *props = pw_context_get_properties(impl->context);
	int res;

	res = settings_new(args, pw_properties_get(props, PW_KEY_CONFIG_NAME),
			on_settings_message, impl, &impl->settings);
	impl->env.settings = impl->settings;
	return res;
}

static int start_cameras(struct impl *impl)
{
	const struct settings *st = impl->settings;
	uint32_t i;
	int res;

	impl->cameras = cameras_new(&impl->env, st->max_cameras, st->expire_s * SPA_NSEC_PER_SEC,
			&cameras_events, impl);
	if (impl->cameras == NULL)
		return -errno;
	for (i = 0; i < st->n_cameras; i++)
		if ((res = cameras_add(impl->cameras, &st->cameras[i]->dict)) < 0)
			pw_log_warn("entry %u of onvif.cameras is not used: %s", i + 1, spa_strerror(res));
	return 0;
}

static char *get_remote(const char *args)
{
	struct pw_properties *props = args ? pw_properties_new_string(args) : NULL;
	const char *remote = props ? pw_properties_get(props, PW_KEY_REMOTE_NAME) : NULL;
	char *copy = remote ? strdup(remote) : NULL;

	pw_properties_free(props);
	return copy;
}

static int start(struct impl *impl, const char *args)
{
	struct camera_env *env = &impl->env;
	char *remote;
	int res;

	if ((res = load_settings(impl, args)) < 0 ||
	    (res = open_files(impl)) < 0)
		return res;
	if ((impl->withdraw_timer = compat_add_timer(env->loop->utils, on_withdraw_timer, impl)) == NULL ||
	    (env->http = http_curl_new(env->loop->utils)) == NULL ||
	    (env->media = media_new(env->context)) == NULL ||
	    (impl->companions = companions_new(env->context)) == NULL)
		return -errno;
	if ((res = start_cameras(impl)) < 0)
		return res;
	remote = get_remote(args);
	impl->core = onvif_core_new(env->context, remote, &core_events, impl);
	free(remote);
	if (impl->core == NULL)
		return -errno;
	if ((res = start_discovery(impl)) < 0)
		pw_log_warn("can't look for cameras: %s", spa_strerror(res));
	return 0;
}

SPA_EXPORT
int pipewire__module_init(struct pw_impl_module *module, const char *args);

int pipewire__module_init(struct pw_impl_module *module, const char *args)
{
	struct pw_context *context = pw_impl_module_get_context(module);
	struct impl *impl;
	int res;

	PW_LOG_TOPIC_INIT(onvif_topic);

	if ((impl = calloc(1, sizeof(*impl))) == NULL)
		return -errno;
	impl->module = module;
	impl->context = context;
	impl->env.context = context;
	impl->env.sinks_coming = &impl->sinks_coming;
	impl->env.loop = pw_context_get_main_loop(context);

	if ((res = start(impl, args)) < 0) {
		pw_log_error("can't start: %s", spa_strerror(res));
		impl_destroy(impl);
		return res;
	}
	/* last: a failing init makes PipeWire destroy the module */
	pw_impl_module_add_listener(module, &impl->module_listener, &module_events, impl);
	pw_impl_module_update_properties(module, &SPA_DICT_INIT_ARRAY(module_props));
	return 0;
}
