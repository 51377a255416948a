/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/onvif/profiles.h"
#include "module/onvif/replies.h"
#include "module/onvif/soap-call.h"
#include "module/onvif/xaddr.h"
#include "module/util/clock.h"
#include "module/util/text.h"
#include "module/util/uri.h"

#define TIMEOUT_MS	5000u
#define MAX_URIS	4u	/* profiles whose stream URI is asked for */
#define MAX_SILENT	2u	/* optional requests in a row without an answer */

enum step {
	STEP_DATE,
	STEP_SERVICES,
	STEP_CAPABILITIES,
	STEP_ENDPOINT,
	STEP_INFORMATION,
	STEP_SCOPES,
	STEP_PROFILES2,
	STEP_PROFILES1,
	STEP_OUTPUTS1,
	STEP_OUTPUTS_IO,
	STEP_DECODERS,
	STEP_OPTIONS,
	STEP_URI,
	STEP_END,
};

struct device_query {
	device_done_t done;
	void *data;

	struct soap_client client;
	struct soap_call *call;
	char *user;
	struct secret password;
	char *pin;
	char *profile;
	char host[LIMIT_URI_LEN];	/* what is dialled, and stands in every URL */
	char url[XADDR_CANDIDATES][LIMIT_URI_LEN];	/* where the device service may be */
	uint32_t n_urls, url_index;

	enum step step;
	uint32_t silent;
	bool has_services;
	bool second_try;	/* on Media1, after Media2 gave no stream URI */
	struct reply_services services;
	char decoder[LIMIT_TEXT_LEN];
	struct reply_decoders decoders;
	uint32_t uri_index;
	char error[LIMIT_TEXT_LEN];	/* why there is no profile, or no URI */
	struct device_info info;

	uint32_t in_emit;
	bool dead;
};

static void query_free(struct device_query *q)
{
	free(q->user);
	free(q->pin);
	free(q->profile);
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
	char message[LIMIT_ERROR_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	finish(q, res, message);
}

/*
 * What an answer, or its absence, means for each step. res as soap_done_t.
 */

static void take_date(struct device_query *q, const struct soap_reply *r)
{
	int64_t time;

	if (reply_date(r, &time) < 0)
		return;
	q->client.clock_offset_s = time - (int64_t)(clock_realtime() / SPA_NSEC_PER_SEC);
	q->client.clock_known = true;
}

static const char *device_url(const struct device_query *q)
{
	return q->url[q->url_index];
}

/* many name http whatever they were asked by, also where only https is open */
static void keep_tls(struct device_query *q)
{
	xaddr_keep_tls(q->services.media1, device_url(q));
	xaddr_keep_tls(q->services.media2, device_url(q));
	xaddr_keep_tls(q->services.device_io, device_url(q));
}

static void take_services(struct device_query *q, const struct soap_reply *r)
{
	q->has_services = true;
	reply_services(r, q->host, &q->services);
	keep_tls(q);
}

static void take_capabilities(struct device_query *q, const struct soap_reply *r)
{
	q->has_services = true;
	reply_capabilities(r, q->host, &q->services);
	keep_tls(q);
}

static void take_endpoint(struct device_query *q, const struct soap_reply *r)
{
	reply_endpoint(r, q->info.id);
}

static void take_information(struct device_query *q, const struct soap_reply *r)
{
	reply_information(r, &q->info);
}

static void take_scopes(struct device_query *q, const struct soap_reply *r)
{
	reply_scopes(r, &q->info);
}

static void take_profiles(struct device_query *q, const struct soap_reply *r)
{
	q->info.n_profiles = reply_profiles(r, q->info.profile, LIMIT_PROFILES);
	q->info.media = q->step == STEP_PROFILES2 ? DEVICE_MEDIA2 : DEVICE_MEDIA1;
	q->uri_index = 0;
	profiles_sort(&q->info, q->profile);
}

static void take_outputs(struct device_query *q, const struct soap_reply *r)
{
	q->info.n_audio_outputs = reply_count(r, "AudioOutputs");
	/* DeviceIO names them otherwise */
	if (q->info.n_audio_outputs == 0)
		q->info.n_audio_outputs = reply_count(r, "Token");
}

static void take_decoders(struct device_query *q, const struct soap_reply *r)
{
	reply_first_token(r, "Configurations", q->decoder);
}

static void take_options(struct device_query *q, const struct soap_reply *r)
{
	if (reply_decoders(r, &q->decoders) < 0)
		return;
	q->info.decoder_options_known = true;
	q->info.decodes_g711 = q->decoders.g711;
}

static void take_uri(struct device_query *q, const struct soap_reply *r)
{
	struct device_profile *p = &q->info.profile[q->uri_index];

	if (reply_stream_uri(r, q->host, p->uri) < 0)
		str_copy(STR_LIT("its stream address is not an RTSP one"), q->error, sizeof(q->error));
}

/*
 * The order of things
 */

static bool media2(const struct device_query *q)
{
	return q->info.media == DEVICE_MEDIA2;
}

static bool wants(const struct device_query *q, enum step step)
{
	switch (step) {
	case STEP_CAPABILITIES:
		return q->services.media1[0] == '\0' && q->services.media2[0] == '\0';
	case STEP_PROFILES2:
		return q->services.media2[0] != '\0';
	case STEP_PROFILES1:
		return q->services.media1[0] != '\0' && q->info.n_profiles == 0;
	case STEP_OUTPUTS1:
		return q->services.media1[0] != '\0' && q->info.n_profiles > 0 && !q->second_try;
	case STEP_OUTPUTS_IO:
		return q->services.device_io[0] != '\0' && q->info.n_profiles > 0 &&
			q->info.n_audio_outputs < 0;
	case STEP_DECODERS:
	case STEP_OPTIONS:
		return q->info.n_profiles > 0 && !q->second_try;
	case STEP_URI:
		return q->uri_index < SPA_MIN(q->info.n_profiles, MAX_URIS);
	default:
		return true;
	}
}

static const struct {
	enum soap_op op, op2;	/* op2 where Media2 has one of its own */
	void (*take)(struct device_query *q, const struct soap_reply *r);
} steps[STEP_END] = {
	[STEP_DATE] = { SOAP_GET_DATE, SOAP_GET_DATE, take_date },
	[STEP_SERVICES] = { SOAP_GET_SERVICES, SOAP_GET_SERVICES, take_services },
	[STEP_CAPABILITIES] = { SOAP_GET_CAPABILITIES, SOAP_GET_CAPABILITIES, take_capabilities },
	[STEP_ENDPOINT] = { SOAP_GET_ENDPOINT, SOAP_GET_ENDPOINT, take_endpoint },
	[STEP_INFORMATION] = { SOAP_GET_INFORMATION, SOAP_GET_INFORMATION, take_information },
	[STEP_SCOPES] = { SOAP_GET_SCOPES, SOAP_GET_SCOPES, take_scopes },
	[STEP_PROFILES2] = { SOAP_GET_PROFILES2, SOAP_GET_PROFILES2, take_profiles },
	[STEP_PROFILES1] = { SOAP_GET_PROFILES1, SOAP_GET_PROFILES1, take_profiles },
	[STEP_OUTPUTS1] = { SOAP_GET_OUTPUTS1, SOAP_GET_OUTPUTS1, take_outputs },
	[STEP_OUTPUTS_IO] = { SOAP_GET_OUTPUTS_IO, SOAP_GET_OUTPUTS_IO, take_outputs },
	[STEP_DECODERS] = { SOAP_GET_DECODERS1, SOAP_GET_DECODERS2, take_decoders },
	[STEP_OPTIONS] = { SOAP_GET_DECODER_OPTIONS1, SOAP_GET_DECODER_OPTIONS2, take_options },
	[STEP_URI] = { SOAP_GET_STREAM_URI1, SOAP_GET_STREAM_URI2, take_uri },
};

static const char *step_url(const struct device_query *q)
{
	switch (q->step) {
	case STEP_PROFILES2:
		return q->services.media2;
	case STEP_PROFILES1:
	case STEP_OUTPUTS1:
		return q->services.media1;
	case STEP_OUTPUTS_IO:
		return q->services.device_io;
	case STEP_DECODERS:
	case STEP_OPTIONS:
	case STEP_URI:
		return media2(q) ? q->services.media2 : q->services.media1;
	default:
		return device_url(q);
	}
}

static const char *step_argument(const struct device_query *q)
{
	if (q->step == STEP_URI)
		return q->info.profile[q->uri_index].token;
	if (q->step == STEP_OPTIONS && q->decoder[0] != '\0')
		return q->decoder;
	return NULL;
}

static void on_reply(void *data, int res, const struct soap_reply *reply, const char *message);

static int start_step(struct device_query *q)
{
	return soap_call_new(&q->client, step_url(q),
			media2(q) ? steps[q->step].op2 : steps[q->step].op,
			step_argument(q), on_reply, q, &q->call);
}

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

	take_url(q);
	profiles_hint(&q->info, q->profile, q->decoders.others);
	profiles_drop(&q->info);
	if (q->info.n_profiles > 0)
		finish(q, 0, NULL);
	else if (q->error[0] == '\0')
		fail(q, -ENOTSUP, "It is an ONVIF device without any media profile.");
	else
		fail(q, -ENOTSUP, "It gave no %s: %s.", n_profiles > 0 ? "stream address" :
				"media profile", q->error);
}

/* Media1 stays the way out where Media2 is there but does not work. */
static bool back_to_media1(struct device_query *q)
{
	for (uint32_t i = 0; i < q->info.n_profiles; i++)
		if (q->info.profile[i].uri[0] != '\0')
			return false;
	return media2(q) && q->services.media1[0] != '\0';
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
	if (q->step == STEP_URI && ++q->uri_index < SPA_MIN(q->info.n_profiles, MAX_URIS))
		return true;
	if (q->step == STEP_URI && back_to_media1(q)) {
		q->info.n_profiles = 0;
		q->info.media = DEVICE_MEDIA1;
		q->second_try = true;
		q->step = STEP_PROFILES1;
		return true;
	}
	if (q->step == STEP_CAPABILITIES && q->services.media1[0] == '\0' && !q->has_services)
		guess_media(q);
	do
		q->step++;
	while (q->step < STEP_END && !wants(q, q->step));
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
		if ((res = start_step(q)) == 0)
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
	return res != -EPROTO && res != -EREMOTEIO && res != -EPERM && res != -E2BIG && res != -EACCES;
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
		if (start_step(q) == 0)
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
	if (res == -EACCES && q->step == STEP_DATE && q->client.user == NULL)
		/* Panasonic wants a login even for the time, other things may be open */
		return false;
	if (res == -EACCES) {
		fail(q, res, q->client.refused ? "It refused the login: %s (many cameras have users of their own for ONVIF)." : "It wants a login: %s.", message);
		return true;
	}
	q->silent = res < 0 && is_network(res) ? q->silent + 1 : 0;
	if (q->silent >= MAX_SILENT) {
		fail(q, res, "%s no longer answers: %s.", q->host, message);
		return true;
	}
	return false;
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
	if (res < 0 && q->step == STEP_DATE && check_first(q, res, message))
		return;
	if (is_last_word(q, res, message))
		return;
	if (res == 0)
		steps[q->step].take(q, reply);
	else if (q->step == STEP_URI || q->step == STEP_PROFILES1 || q->step == STEP_PROFILES2)
		text_sanitize(str_from(message), q->error, sizeof(q->error));
	else if (res == -EREMOTEIO && reply->not_supported &&
	    (q->step == STEP_OUTPUTS1 || q->step == STEP_OUTPUTS_IO))
		q->info.n_audio_outputs = 0;
	q->info.clock_offset_s = q->client.clock_offset_s;
	q->info.clock_known = q->client.clock_known;
	advance(q);
}

static int set_params(struct device_query *q, const struct device_query_params *params)
{
	struct sockaddr_storage ss;
	int res;

	if ((params->user && (q->user = strdup(params->user)) == NULL) ||
	    (params->pin && (q->pin = strdup(params->pin)) == NULL) ||
	    (params->profile && (q->profile = strdup(params->profile)) == NULL) ||
	    (params->password && secret_copy(&q->password, params->password) < 0))
		return -ENOMEM;
	q->client.user = q->user;
	q->client.password = &q->password;
	q->client.security = params->security == NET_PLAIN ? NET_TLS_PIN : params->security;
	q->client.pin = q->pin;
	q->client.allow_basic = params->allow_basic;
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
	if ((res = set_params(q, params)) < 0 || (res = start_step(q)) < 0) {
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
