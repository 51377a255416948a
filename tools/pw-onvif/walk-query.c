/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/walk-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <spa/utils/string.h>

#include "module/util/text.h"

/* The requests of a device query, as steps. Which of them wants the login differs from camera to
 * camera: it counts as taken when the profiles are there. */

static enum walk_step step_of(const char *operation)
{
	static const struct {
		const char *prefix;
		enum walk_step step;
	} t[] = {
		{ "GetSystemDateAndTime", WALK_CLOCK },
		{ "GetProfiles", WALK_PROFILES },
		{ "GetAudio", WALK_OUTPUT },
		{ "GetStreamUri", WALK_STREAM },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++)
		if (spa_strstartswith(operation, t[i].prefix))
			return t[i].step;
	return WALK_LOGIN;
}

static void tell_clock(struct walk *w)
{
	char text[WALK_TEXT_LEN];

	walk_tell(w, WALK_SERVICE, WALK_DONE, "its device service answers");
	if (!w->info.clock_known)
		walk_tell(w, WALK_CLOCK, WALK_DONE, "it does not tell");
	else if (!walk_words_clock(&w->info, text, sizeof(text)))
		walk_tell(w, WALK_CLOCK, WALK_DONE, "right");
	else
		walk_tell(w, WALK_CLOCK, WALK_DOUBTFUL, "The camera's clock is %s: set it in its web page, some "
				"cameras refuse logins otherwise", text);
}

static void tell_login(struct walk *w)
{
	if (w->next > WALK_LOGIN)
		return;
	if (w->info.logged_in)
		walk_tell(w, WALK_LOGIN, WALK_DONE, "as %s", w->t->user ? w->t->user : "");
	else
		walk_tell(w, WALK_LOGIN, WALK_DONE, "not asked for");
	w->has_login |= target_take_info(w->t, &w->info);
	walk_known(w);
}

static void tell_profiles(struct walk *w)
{
	const struct device_profile *p = &w->info.profile[0];

	tell_login(w);
	walk_tell(w, WALK_PROFILES, WALK_DONE, "%u, of Media%d; \"%s\" is used", w->info.n_profiles,
			w->info.media == DEVICE_MEDIA2 ? 2 : 1, p->name[0] ? p->name : p->token);
}

static void tell_output(struct walk *w)
{
	const struct device_profile *p = &w->info.profile[0];

	tell_profiles(w);
	if (w->info.hint[0])
		walk_tell(w, WALK_OUTPUT, WALK_DOUBTFUL, "%s", w->info.hint);
	else if (w->info.changed[0])
		walk_tell(w, WALK_OUTPUT, WALK_DONE, "%s", w->info.changed);
	else if (w->info.n_audio_outputs < 0)
		walk_tell(w, WALK_OUTPUT, WALK_DONE, "it does not tell");
	else
		walk_tell(w, WALK_OUTPUT, WALK_DONE, "%d%s", w->info.n_audio_outputs,
				p->has_audio_output ? ", in the profile" : "");
}

static void on_answered(void *data, const char *operation, int res, const struct device_info *info)
{
	struct walk *w = data;
	enum walk_step step = step_of(operation);

	w->info = *info;
	walk_took(w, w->next <= WALK_CLOCK ? WALK_SERVICE : step);
	if (w->next <= WALK_CLOCK)
		tell_clock(w);
	if (step == WALK_PROFILES && info->n_profiles > 0)
		tell_profiles(w);
	/* (whether the output is right is known at the end only) */
}

/* ---- the end ---- */

static void found(struct walk *w)
{
	if (w->info.n_profiles == 0) {
		walk_fail(w, WALK_STREAM, TOOL_UNSUPPORTED, w->info.hint[0] ? w->info.hint :
				"The camera offers no stream that could carry sound to it");
		return;
	}
	tell_output(w);
	walk_tell(w, WALK_STREAM, WALK_DONE, "%s", w->info.profile[0].uri);
	walk_session(w);
}

/* \return the step that failed */
static enum walk_step failed_step(const struct walk *w, int res)
{
	switch (res) {
	case -EACCES:
		return SPA_MAX(w->next, WALK_LOGIN);
	case -EKEYREJECTED:
	case -EXDEV:
		return w->next;
	case -ENOTSUP:
		if (w->next > WALK_CLOCK)
			return SPA_MAX(w->next, WALK_PROFILES);
		return WALK_SERVICE;
	default:
		return w->next;
	}
}

static void failed(struct walk *w, int res, bool refused, const char *message)
{
	char sentence[WALK_TEXT_LEN];
	int status;

	status = walk_words_query(w, res, refused, message ? message : strerror(-res), sentence, sizeof(sentence));
	walk_fail(w, failed_step(w, res), status, sentence);
}

static void on_done(void *data, int res, bool refused, const struct device_info *info, const char *message)
{
	struct walk *w = data;
	struct device_query *query = w->query;

	w->query = NULL;
	if (info) {
		w->info = *info;
		if (res != -EXDEV)
			w->has_login |= target_take_info(w->t, info);
	}
	/* found by its id, that only now is known */
	if (res == -EACCES && w->has_login && !w->t->refused && !w->asked_twice) {
		w->asked_twice = true;
		walk_query(w);
	} else if (res == 0) {
		found(w);
	} else {
		failed(w, res, refused, message);
	}
	device_query_destroy(query);
}

/* Who gives a key with a password wants it sent to that key and to nobody else. */
static const char *https_url(const struct target *t, char *dst, size_t size)
{
	bool has_port = strlen(t->address) != strlen(t->host);

	if (has_port)
		snprintf(dst, size, "https://%s/onvif/device_service", t->address);
	else
		snprintf(dst, size, strchr(t->host, ':') ? "https://[%s]/onvif/device_service" :
				"https://%s/onvif/device_service", t->host);
	return dst;
}

void walk_query(struct walk *w)
{
	struct target *t = w->t;
	enum camera_transport transport = t->options.transport;
	char url[LIMIT_URI_LEN];
	struct device_query_params params = {
		.address = t->address,
		.profile = t->options.profile,
		.expect_id = target_expect_id(t),
		.allow_basic = t->options.basic,
		.configure = t->options.configure && !w->p.describe_only,
		.answered = on_answered,
		.want_tls_uri = transport == CAMERA_TRANSPORT_AUTO || transport == CAMERA_TRANSPORT_TLS,
		.want_http_uri = transport == CAMERA_TRANSPORT_AUTO || transport == CAMERA_TRANSPORT_HTTP ||
			transport == CAMERA_TRANSPORT_HTTPS,
		.security = camera_tls_security(t->options.tls_verify),
		.pin = target_web_pin(t),
	};
	int res;

	if (w->ended)
		return;
	if (t->tls_pin) {
		params.xaddr = https_url(t, url, sizeof(url));
		params.address = t->host;
	}
	if (t->user && !t->refused) {
		params.user = t->user;
		params.password = &t->password;
	}
	res = device_query_new(w->tool->loop->utils, w->http, &params, on_done, w, &w->query);
	if (res < 0) {
		w->query = NULL;
		failed(w, res, false, NULL);
	}
}
