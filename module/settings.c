/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/json.h>
#include <spa/utils/string.h>

#include <pipewire/conf.h>
#include <pipewire/properties.h>

#include "module/settings-private.h"
#include "module/util/limits.h"
#include "module/util/text.h"

void settings_say(struct settings_build *b, const char *file, uint32_t line, const char *fmt, ...)
{
	char text[LIMIT_LINE_LEN];
	va_list args;
	int n;

	if (b->message == NULL)
		return;
	n = line ? snprintf(text, sizeof(text), "%s:%u: ", file, line) :
		snprintf(text, sizeof(text), "%s: ", file);
	if (n < 0 || (size_t)n >= sizeof(text))
		return;
	va_start(args, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, args);
	va_end(args);
	b->message(b->data, text);
}

/* The strongest name that both give decides: two channels of one recorder have
 * one address. */
static bool is_same_camera(const struct pw_properties *a, const struct pw_properties *b)
{
	static const char * const names[] = { "onvif.id", "rtsp.uri", "onvif.address" };
	const char *va, *vb;

	for (size_t i = 0; i < SPA_N_ELEMENTS(names); i++) {
		va = pw_properties_get(a, names[i]);
		vb = pw_properties_get(b, names[i]);
		if (va && vb)
			return i == 0 ? text_id_equal(va, vb) : spa_streq(va, vb);
	}
	return false;
}

static int append_camera(struct settings *s, struct pw_properties *entry)
{
	struct pw_properties **cameras;

	if (s->n_cameras >= LIMIT_CAMERAS_MAX)
		return -E2BIG;
	cameras = reallocarray(s->cameras, s->n_cameras + 1, sizeof(*cameras));
	if (cameras == NULL)
		return -ENOMEM;
	s->cameras = cameras;
	s->cameras[s->n_cameras++] = entry;
	return 0;
}

int settings_add_camera(struct settings_build *b, struct str pairs)
{
	struct pw_properties *entry = pw_properties_new(NULL, NULL);
	struct settings *s = b->s;
	int res;

	if (entry == NULL || (res = pw_properties_update_string(entry, pairs.p, pairs.len)) < 0) {
		res = b->error = -ENOMEM;
		goto out;
	}
	if (!pw_properties_get(entry, "onvif.id") && !pw_properties_get(entry, "rtsp.uri") &&
	    !pw_properties_get(entry, "onvif.address")) {
		res = -EINVAL;
		goto out;
	}
	for (uint32_t i = 0; i < s->n_cameras; i++) {
		if (!is_same_camera(s->cameras[i], entry))
			continue;
		/* the text and not the entry: it may take keys back with null */
		res = pw_properties_update_string(s->cameras[i], pairs.p, pairs.len);
		res = SPA_MIN(res, 0);
		goto out;
	}
	if ((res = append_camera(s, entry)) == 0)
		return 0;
	if (res == -ENOMEM)
		b->error = res;
out:
	pw_properties_free(entry);
	return res;
}

/* "[ "eth0" wlan0 ]" or "eth0, wlan0": the words with blanks between */
static char *join_list(const char *text)
{
	char word[LIMIT_NAME_LEN];
	struct spa_json it[2];
	struct buf b;
	const char *p;
	int len;

	if (text == NULL || text[0] != '[')
		return text ? strdup(text) : NULL;
	buf_init(&b, LIMIT_LINE_LEN);
	buf_add_str(&b, "");
	spa_json_init(&it[0], text, strlen(text));
	spa_json_enter_array(&it[0], &it[1]);
	while ((len = spa_json_next(&it[1], &p)) > 0)
		if (settings_token_text(str_make(p, (size_t)len), word, sizeof(word)) == 0)
			buf_printf(&b, "%s%s", b.len ? " " : "", word);
	return b.data;
}

static char *credentials_path(const char *text)
{
	if (text == NULL)
		return settings_home_path("XDG_CONFIG_HOME", ".config", "pipewire/onvif-credentials.conf");
	if (text[0] == '~')
		return settings_home_path("", "", text + 2);
	return strdup(text);
}

static int finish(struct settings_build *b)
{
	const struct spa_dict *p = &b->properties->dict;
	struct settings *s = b->s;
	const char *interfaces = spa_dict_lookup(p, "onvif.interfaces");

	if (interfaces && strspn(interfaces, "[ \t\r\n]") == strlen(interfaces))
		interfaces = NULL;
	s->discovery = settings_lookup_bool(p, "onvif.discovery");
	s->probe_interval_ms = settings_lookup_uint(p, "onvif.probe.interval") * 1000u;
	s->max_cameras = settings_lookup_uint(p, "onvif.max-cameras");
	s->expire_s = settings_lookup_uint(p, "onvif.expire.s");
	s->credentials_path = credentials_path(settings_lookup(p, "onvif.credentials"));
	s->state_path = settings_home_path("XDG_STATE_HOME", ".local/state", "pipewire/onvif-state.conf");
	s->interfaces = join_list(interfaces);
	if (asprintf(&s->rules, "[\n%s]", b->rules.data ? b->rules.data : "") < 0)
		s->rules = NULL;
	if (b->error < 0)
		return b->error;
	return s->credentials_path && s->state_path && s->rules &&
		(s->interfaces || !interfaces) ? 0 : -ENOMEM;
}

int settings_new_in(const struct settings_dirs *dirs, const char *args, const char *config_name,
		settings_message_t message, void *data, struct settings **ret)
{
	struct settings_build b = { .message = message, .data = data };
	int res = -ENOMEM;

	buf_init(&b.rules, LIMIT_CONF_LEN);
	b.s = calloc(1, sizeof(*b.s));
	b.properties = pw_properties_new(NULL, NULL);
	if (b.s && b.properties) {
		settings_read_files(&b, dirs, config_name);
		if (args)
			settings_read_text(&b, SETTINGS_ARGS_NAME, args, strlen(args), true);
		res = finish(&b);
	}
	if (res < 0)
		settings_free(b.s);
	else
		*ret = b.s;
	pw_properties_free(b.properties);
	buf_clear(&b.rules);
	return res;
}

int settings_new(const char *args, const char *config_name, settings_message_t message,
		void *data, struct settings **ret)
{
	static const struct settings_dirs dirs = {
		.etc = ONVIF_SYSCONF_DIR,
		.share = { ONVIF_PIPEWIRE_CONFDATA_DIR, ONVIF_CONFDATA_DIR },
	};

	return settings_new_in(&dirs, args, config_name, message, data, ret);
}

void settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->n_cameras; i++)
		pw_properties_free(s->cameras[i]);
	free(s->cameras);
	free(s->interfaces);
	free(s->credentials_path);
	free(s->state_path);
	free(s->rules);
	free(s);
}

static int on_match(void *data, const char *location, const char *action, const char *str, size_t len)
{
	struct pw_properties *props = data;
	int res;

	if (!spa_streq(action, "update-props"))
		return 0;
	res = pw_properties_update_string(props, str, len);
	return res < 0 ? res : 0;
}

struct pw_properties *settings_camera_props(const struct settings *s,
		const struct spa_dict *facts, const struct spa_dict *entry)
{
	static const struct spa_dict nothing = SPA_DICT_INIT(NULL, 0);
	struct pw_properties *subject = pw_properties_new_dict(facts ? facts : &nothing);
	struct pw_properties *props = pw_properties_new_dict(facts ? facts : &nothing);

	if (subject == NULL || props == NULL)
		goto error;
	if (entry && pw_properties_update(subject, entry) < 0)
		goto error;
	if (pw_conf_match_rules(s->rules, strlen(s->rules), "onvif", &subject->dict, on_match, props) < 0)
		goto error;
	if (entry && pw_properties_update(props, entry) < 0)
		goto error;
	pw_properties_free(subject);
	return props;
error:
	pw_properties_free(subject);
	pw_properties_free(props);
	return NULL;
}

enum net_security camera_tls_security(enum camera_tls_verify verify)
{
	switch (verify) {
	case CAMERA_TLS_VERIFY_CA:
		return NET_TLS_CA;
	case CAMERA_TLS_VERIFY_NONE:
		return NET_TLS_NONE;
	default:
		return NET_TLS_PIN;
	}
}

void camera_options_parse(const struct spa_dict *props, struct camera_options *ret)
{
	*ret = (struct camera_options) {
		.address = settings_lookup(props, "onvif.address"),
		.profile = settings_lookup(props, "onvif.profile"),
		.uri = settings_lookup(props, "rtsp.uri"),
		.transport = settings_lookup_enum(props, "rtsp.transport"),
		.forward_tracks = settings_lookup_bool(props, "rtsp.forward-tracks"),
		.codec = settings_lookup(props, "rtp.codec"),
		.ptime_ms = settings_lookup_uint(props, "rtp.ptime"),
		.preroll_ms = settings_lookup_uint(props, "session.preroll.ms"),
		.hold_ms = settings_lookup_uint(props, "session.hold.ms"),
		.linger_ms = settings_lookup_uint(props, "session.linger.ms"),
		.silence_ms = settings_lookup_uint(props, "session.silence.ms"),
		.reconnect_min_ms = settings_lookup_uint(props, "reconnect.min.ms"),
		.reconnect_max_ms = settings_lookup_uint(props, "reconnect.max.ms"),
		.tls_verify = settings_lookup_enum(props, "tls.verify"),
		.basic = settings_lookup_bool(props, "auth.basic"),
		.configure = settings_lookup_bool(props, "onvif.configure"),
		.camera_volume = settings_lookup_enum(props, "onvif.volume") == 1,
		.stream_props = settings_lookup(props, "stream.props"),
	};
	ret->reconnect_max_ms = SPA_MAX(ret->reconnect_max_ms, ret->reconnect_min_ms);
}
