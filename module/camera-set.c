/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/camera-private.h"

#include <stdio.h>
#include <string.h>

#include <spa/utils/string.h>

#include "module/log.h"
#include "module/util/text.h"

/* Settings of one camera that are changed while it runs: they count more than those in files,
 * until they are taken back or the module ends. */

/* these are no settings: they are done, and forgotten */
#define RECONNECT	"reconnect"
#define RELEASE		"release"
#define RELEASE_MAX_S	60u

/* what a session that runs was begun with */
static bool is_of_session(const char *setting)
{
	return spa_streq(setting, "rtp.codec") || spa_streq(setting, "rtp.ptime") ||
		spa_streq(setting, "rtsp.transport") || spa_streq(setting, "rtsp.forward-tracks");
}

/* this may be it */
static bool waits_for_a_change(const struct camera *c)
{
	return c->status.public_state == SESSION_UNSUPPORTED || c->status.public_state == SESSION_REJECTED;
}

static void say(struct camera *c, const char *why)
{
	/* (anybody's words may be in it) */
	text_sanitize(str_from(why), c->setting_error, sizeof(c->setting_error));
	pw_log_warn("%s (%s): %s", c->name, c->key, c->setting_error);
}

/* \return whether the value may be used */
static bool check(struct camera *c, const char *setting, const char *value)
{
	const struct settings_key *key = settings_key_find(setting);
	char why[LIMIT_ERROR_LEN];

	if (key == NULL || !(key->places & SETTINGS_WHILE_RUNNING)) {
		if (value == NULL)
			return false;
		snprintf(why, sizeof(why), key ? "`%.64s` cannot be changed while it runs" :
				"there is no setting `%.64s`", setting);
		say(c, why);
		return false;
	}
	if (value && settings_check_value(key, str_from(value), why, sizeof(why)) < 0) {
		say(c, why);
		return false;
	}
	return true;
}

void camera_reconnect(struct camera *c)
{
	pw_log_info("%s (%s): begins anew, as it was told", c->name, c->key);
	c->refused = false;
	c->queried = false;
	camera_clear_uris(c);
	camera_use_credentials(c);
	if (c->session)
		media_session_retry(c->session);
}

static void release(struct camera *c, const char *value)
{
	uint64_t seconds;
	char why[LIMIT_ERROR_LEN];

	if (str_to_uint(str_from(value), RELEASE_MAX_S, &seconds) == 0) {
		camera_release(c, (uint32_t)seconds);
		return;
	}
	snprintf(why, sizeof(why), "`" RELEASE "` = `%.64s`: a number from 0 to %u (s)", value, RELEASE_MAX_S);
	say(c, why);
}

const struct spa_dict *camera_get_overrides(struct camera *c)
{
	return &c->overrides->dict;
}

bool camera_set(struct camera *c, const char *setting, const char *value)
{
	bool right;

	if (spa_streq(setting, RECONNECT)) {
		if (value)
			camera_reconnect(c);
		return true;
	}
	if (spa_streq(setting, RELEASE)) {
		c->setting_error[0] = '\0';
		if (value)
			release(c, value);
		camera_update_state(c);
		return true;
	}
	c->setting_error[0] = '\0';
	right = check(c, setting, value);
	if (right) {
		pw_log_info("%s (%s): %s = %s", c->name, c->key, setting, value ? value : "as in the files");
		pw_properties_set(c->overrides, setting, value);
		camera_update_props(c);
		if (is_of_session(setting) && c->session && (c->claimed || waits_for_a_change(c)))
			media_session_retry(c->session);
	}
	camera_update_state(c);
	return false;
}
