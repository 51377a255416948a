/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/device-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/onvif/profiles.h"
#include "module/util/limits.h"
#include "module/util/text.h"
#include "module/util/uri.h"

#define TIMEOUT_MS	5000u

static void query_free(struct device_query *q)
{
	free(q->user);
	free(q->pin);
	free(q->profile);
	free(q->expect_id);
	secret_clear(&q->password);
	free(q);
}

static void finish(struct device_query *q, int res, const char *message)
{
	q->step = STEP_END;
	q->in_emit++;
	q->done(q->data, res, q->client.refused, &q->info, message);
	if (--q->in_emit == 0 && q->dead)
		query_free(q);
}

static void SPA_PRINTF_FUNC(3, 4) fail(struct device_query *q, int res, const char *fmt, ...)
{
	char text[2 * LIMIT_ERROR_LEN], message[LIMIT_ERROR_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* cuts between characters */
	text_sanitize(str_from(text), message, sizeof(message));
	finish(q, res, message);
}

static void on_reply(void *data, int res, const struct soap_reply *reply, const char *message);

static void take_url(struct device_query *q)
{
	struct uri u;

	if (uri_parse(str_from(device_url(q)), &u) < 0)
		return;
	q->info.http_port = uri_port(&u);
	q->info.https = str_eq(u.scheme, STR_LIT("https"));
}

static void conclude(struct device_query *q)
{
	uint32_t n_profiles = q->info.n_profiles;

	profiles_hint(&q->info, &(struct profiles_circumstances) {
		.wanted = q->profile, .codecs = q->decoders.others, .refused_write = q->refused_write,
		.configurable = device_is_configurable(q),
	});
	profiles_drop(&q->info);
	if (q->info.n_profiles > 0)
		finish(q, 0, NULL);
	else if (q->client.shut_out)
		fail(q, -EBUSY, "It took the login, then it refused it: too many are connected to it, or this "
			"user may not have its %s.", n_profiles > 0 ? "stream address" : "media profiles");
	else if (q->error[0] == '\0')
		fail(q, -ENOTSUP, "It is an ONVIF device without any media profile.");
	else
		fail(q, -ENOTSUP, "It gave no %s: %s.", n_profiles > 0 ? "stream address" :
				"media profile", q->error);
}

/* Media1 stays the way out where Media2 is there but does not work. */
static bool back_to_media1(struct device_query *q)
{
	return q->info.n_profiles > 0 && !device_has_uri(q) && device_uses_media2(q) &&
		q->services.media1[0] != '\0';
}

/* A device too old, or too broken, to say where its media service is. */
static void guess_media(struct device_query *q)
{
	struct uri u;

	if (uri_parse(str_from(device_url(q)), &u) < 0)
		return;
	u.path = STR_LIT("/onvif/media_service");
	uri_format(&u, q->services.media1, sizeof(q->services.media1));
}

/* \return true when the query goes on with q->step */
static bool next_step(struct device_query *q)
{
	if (q->step == STEP_URI && ++q->uri_index < SPA_MIN(q->info.n_profiles, LIMIT_STREAM_URIS))
		return true;
	if (q->step == STEP_CAPABILITIES && q->services.media1[0] == '\0' && !q->has_services)
		guess_media(q);
	do
		q->step++;
	while (q->step < STEP_END && !device_step_wanted(q, q->step));
	if (q->step > STEP_URI_TLS && back_to_media1(q)) {
		q->info.n_profiles = 0;
		q->info.media = DEVICE_MEDIA1;
		q->second_try = true;
		q->step = STEP_PROFILES1;
	}
	return q->step < STEP_END;
}

static void advance(struct device_query *q)
{
	int res;

	while (next_step(q)) {
		if (q->step > STEP_CAPABILITIES && q->services.media1[0] == '\0' &&
		    q->services.media2[0] == '\0') {
			fail(q, -ENOTSUP, "It is an ONVIF device without a media service: no camera.");
			return;
		}
		if ((res = device_step_start(q, on_reply)) == 0)
			return;
		if (res == -ENOMEM) {
			fail(q, res, "Out of memory.");
			return;
		}
	}
	conclude(q);
}

static bool is_network(int res)
{
	return res < 0 && res != -EPROTO && res != -EREMOTEIO && res != -EPERM && res != -E2BIG && res != -EACCES;
}

/* The first answer shows whether there is a device service at all.
 * \return true when that ended, or restarted, the query */
static bool check_first(struct device_query *q, int res, const char *message)
{
	if (is_network(res)) {
		fail(q, res, "%s cannot be asked: %s.", q->host, message);
		return true;
	}
	if (res != -EPROTO && res != -E2BIG)
		return false;
	/* Axis: 400 at /onvif/device_service, all is at /onvif/services */
	while (++q->url_index < q->n_urls)
		if (device_step_start(q, on_reply) == 0)
			return true;
	fail(q, -ENOTSUP, "%s is not an ONVIF device, or ONVIF is switched off in it: %s.", q->host, message);
	return true;
}

/* The key must not be cut off, whatever the host's length. */
#define HOST_SHOWN	41

static void fail_trust(struct device_query *q, const char *message)
{
	if (strncmp(message, "sha256//", 8) == 0)
		fail(q, -EKEYREJECTED, "The certificate of %.*s is not the one that it had before: if the camera "
			"was reset or replaced, put its new key into its entry in onvif-credentials.conf: "
			"tls.pin = \"%s\"", HOST_SHOWN, q->host, message);
	else
		fail(q, -EKEYREJECTED, "The certificate of %s is not trusted: %s.", q->host, message);
}

static bool is_last_word(struct device_query *q, int res, const char *message)
{
	/* Panasonic wants a login even for the time, other things may be open */
	if (res == -EACCES && q->client.hold_login)
		return false;
	if (res == -ENOMEM) {
		fail(q, res, "Out of memory.");
		return true;
	}
	if (res == -EBUSY) {
		fail(q, res, "It refuses the login that it took before: too many are connected to it, or "
				"its password was changed.");
		return true;
	}
	/* who may look may not always change */
	if (res == -EACCES && device_is_writing(q) && !q->client.refused)
		return false;
	if (res == -EACCES) {
		fail(q, res, q->client.refused ? "It refused the login: %s (many cameras have users of "
				"their own for ONVIF)." : "It wants a login: %s.", message);
		return true;
	}
	q->silent = is_network(res) ? q->silent + 1 : 0;
	if (q->silent >= LIMIT_SILENT_STEPS) {
		fail(q, res, "%s no longer answers: %s.", q->host, message);
		return true;
	}
	return false;
}

/* what is nice to have, after all that is needed is there */
static bool is_extra(struct device_query *q)
{
	return q->step >= STEP_URI_TLS && device_has_uri(q);
}

static void skip_extra(struct device_query *q, int res)
{
	/* some hang on what they do not know: once is enough */
	if (is_network(res))
		conclude(q);
	else
		advance(q);
}

/* before anything of ours was told to it */
static bool is_another(struct device_query *q)
{
	return q->step == STEP_ENDPOINT && q->expect_id && q->info.id[0] != '\0' &&
		!text_id_equal(q->expect_id, q->info.id);
}

static void on_reply(void *data, int res, const struct soap_reply *reply, const char *message)
{
	struct device_query *q = data;

	q->call = NULL;
	memcpy(q->info.tls_pin, q->client.tls_key, sizeof(q->info.tls_pin));
	if (res == -EKEYREJECTED) {
		fail_trust(q, message);
		return;
	}
	if (is_extra(q) && res < 0 && !q->client.refused) {
		skip_extra(q, res);
		return;
	}
	if (res < 0 && q->step == STEP_DATE && check_first(q, res, message))
		return;
	if (is_last_word(q, res, message))
		return;
	if (q->info.http_port == 0 && !is_network(res))
		take_url(q);
	if (res == 0)
		device_step_take(q, reply);
	else
		device_step_failed(q, res, reply, message);
	if (is_another(q)) {
		fail(q, -EXDEV, "Another camera answers at %s now.", q->host);
		return;
	}
	q->info.logged_in = q->client.proven;
	q->info.clock_offset_s = q->client.clock_offset_s;
	q->info.clock_known = q->client.clock_known;
	if (q->answered)
		q->answered(q->data, device_step_operation(q), res, &q->info);
	advance(q);
}

static int set_params(struct device_query *q, const struct device_query_params *params)
{
	struct sockaddr_storage ss;
	int res;

	if ((params->user && (q->user = strdup(params->user)) == NULL) ||
	    (params->pin && (q->pin = strdup(params->pin)) == NULL) ||
	    (params->profile && (q->profile = strdup(params->profile)) == NULL) ||
	    (params->expect_id && (q->expect_id = strdup(params->expect_id)) == NULL) ||
	    (params->password && secret_copy(&q->password, params->password) < 0))
		return -ENOMEM;
	q->client.user = q->user;
	q->client.password = &q->password;
	q->client.security = params->security == NET_PLAIN ? NET_TLS_PIN : params->security;
	q->client.pin = q->pin;
	q->client.allow_basic = params->allow_basic;
	q->client.worked_before = params->worked_before;
	q->configure = params->configure;
	q->changing = params->changing;
	q->answered = params->answered;
	q->want_tls_uri = params->want_tls_uri;
	q->want_http_uri = params->want_http_uri;
	if ((res = xaddr_candidates(params->xaddr, params->address, q->host, q->url)) < 0)
		return res;
	q->n_urls = (uint32_t)res;
	/* a name is left to the resolver */
	if (addr_parse(str_from(q->host), 0, &ss) == 0)
		q->client.address = q->host;
	return 0;
}

int device_query_new(struct spa_loop_utils *loop, struct http *http,
		const struct device_query_params *params,
		device_done_t done, void *data, struct device_query **ret)
{
	struct device_query *q;
	int res;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return -ENOMEM;
	q->done = done;
	q->data = data;
	q->client.http = http;
	q->client.timeout_ms = TIMEOUT_MS;
	q->info.n_audio_outputs = -1;
	if ((res = set_params(q, params)) < 0 || (res = device_step_start(q, on_reply)) < 0) {
		query_free(q);
		return res;
	}
	*ret = q;
	return 0;
}

void device_query_destroy(struct device_query *q)
{
	if (q == NULL || q->dead)
		return;
	if (q->call) {
		soap_call_cancel(q->call);
		q->call = NULL;
	}
	if (q->in_emit > 0)
		q->dead = true;
	else
		query_free(q);
}
