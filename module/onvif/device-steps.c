/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/device-private.h"

#include <errno.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/onvif/profiles.h"
#include "module/util/clock.h"
#include "module/util/limits.h"
#include "module/util/text.h"

/*
 * What each step asks, where, and what its answer means.
 */

const char *device_url(const struct device_query *q)
{
	return q->url[q->url_index];
}

bool device_uses_media2(const struct device_query *q)
{
	return q->info.media == DEVICE_MEDIA2;
}

struct device_profile *device_chosen(struct device_query *q)
{
	for (uint32_t i = 0; i < q->info.n_profiles; i++)
		if (q->info.profile[i].uri[0] != '\0')
			return &q->info.profile[i];
	return q->info.n_profiles > 0 ? &q->info.profile[0] : NULL;
}

bool device_has_uri(struct device_query *q)
{
	return q->info.n_profiles > 0 && device_chosen(q)->uri[0] != '\0';
}

static void take_date(struct device_query *q, const struct soap_reply *r)
{
	int64_t time;

	if (reply_date(r, &time) < 0)
		return;
	q->client.clock_offset_s = time - (int64_t)(clock_realtime() / SPA_NSEC_PER_SEC);
	q->client.clock_known = true;
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

static void take_output_configs(struct device_query *q, const struct soap_reply *r)
{
	const struct device_profile *p = &q->info.profile[0];

	if (reply_output(r, p->output, &q->output) == 0 && p->has_audio_output)
		q->info.primacy = q->output.primacy;
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

static bool is_rtsps(const char *uri)
{
	return strncmp(uri, "rtsps:", 6) == 0;
}

static void take_uri(struct device_query *q, const struct soap_reply *r)
{
	struct device_profile *p = &q->info.profile[q->uri_index];

	if (reply_stream_uri(r, q->host, p->uri) < 0)
		str_copy(STR_LIT("its stream address is not an RTSP one"), q->error, sizeof(q->error));
	else if (is_rtsps(p->uri))
		memcpy(p->uri_tls, p->uri, sizeof(p->uri_tls));
}

static void take_tls_uri(struct device_query *q, const struct soap_reply *r)
{
	struct device_profile *p = device_chosen(q);
	char uri[LIMIT_URI_LEN];

	/* some answer with the plain one whatever they are asked */
	if (reply_stream_uri(r, q->host, uri) < 0 || !is_rtsps(uri))
		return;
	memcpy(p->uri_tls, uri, sizeof(p->uri_tls));
	if (p->uri[0] == '\0')
		memcpy(p->uri, uri, sizeof(p->uri));
}

static void take_http_uri(struct device_query *q, const struct soap_reply *r)
{
	reply_tunnel_uri(r, q->host, device_chosen(q)->uri_http);
}

static void take_change(struct device_query *q, const struct soap_reply *r)
{
	device_configure_done(q);
}

bool device_step_wanted(struct device_query *q, enum device_step step)
{
	switch (step) {
	case STEP_DATE_LOGIN:
		return q->date_protected && q->user;
	case STEP_ENDPOINT_LOGIN:
		return q->endpoint_protected && q->user;
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
	case STEP_OUTPUT_CONFIGS:
	case STEP_DECODERS:
	case STEP_OPTIONS:
		return q->info.n_profiles > 0 && !q->second_try;
	case STEP_ADD_OUTPUT:
	case STEP_ADD_DECODER:
	case STEP_SET_OUTPUT:
		return device_configure_wanted(q, step);
	case STEP_URI:
		return q->uri_index < SPA_MIN(q->info.n_profiles, LIMIT_STREAM_URIS);
	case STEP_URI_TLS:
		return q->want_tls_uri && device_uses_media2(q) && q->info.n_profiles > 0 &&
			device_chosen(q)->uri_tls[0] == '\0';
	case STEP_URI_HTTP:
		return q->want_http_uri && device_has_uri(q);
	default:
		return true;
	}
}

static const struct {
	enum soap_op op, op2;	/* op2 where Media2 has one of its own */
	void (*take)(struct device_query *q, const struct soap_reply *r);
} steps[STEP_END] = {
	[STEP_DATE] = { SOAP_GET_DATE, SOAP_GET_DATE, take_date },
	[STEP_ENDPOINT] = { SOAP_GET_ENDPOINT, SOAP_GET_ENDPOINT, take_endpoint },
	[STEP_DATE_LOGIN] = { SOAP_GET_DATE, SOAP_GET_DATE, take_date },
	[STEP_ENDPOINT_LOGIN] = { SOAP_GET_ENDPOINT, SOAP_GET_ENDPOINT, take_endpoint },
	[STEP_SERVICES] = { SOAP_GET_SERVICES, SOAP_GET_SERVICES, take_services },
	[STEP_CAPABILITIES] = { SOAP_GET_CAPABILITIES, SOAP_GET_CAPABILITIES, take_capabilities },
	[STEP_INFORMATION] = { SOAP_GET_INFORMATION, SOAP_GET_INFORMATION, take_information },
	[STEP_SCOPES] = { SOAP_GET_SCOPES, SOAP_GET_SCOPES, take_scopes },
	[STEP_PROFILES2] = { SOAP_GET_PROFILES2, SOAP_GET_PROFILES2, take_profiles },
	[STEP_PROFILES1] = { SOAP_GET_PROFILES1, SOAP_GET_PROFILES1, take_profiles },
	[STEP_OUTPUTS1] = { SOAP_GET_OUTPUTS1, SOAP_GET_OUTPUTS1, take_outputs },
	[STEP_OUTPUTS_IO] = { SOAP_GET_OUTPUTS_IO, SOAP_GET_OUTPUTS_IO, take_outputs },
	[STEP_OUTPUT_CONFIGS] = { SOAP_GET_OUTPUT_CONFIGS1, SOAP_GET_OUTPUT_CONFIGS2, take_output_configs },
	[STEP_ADD_OUTPUT] = { SOAP_ADD_OUTPUT1, SOAP_ADD_CONFIG2, take_change },
	[STEP_ADD_DECODER] = { SOAP_ADD_DECODER1, SOAP_ADD_CONFIG2, take_change },
	[STEP_SET_OUTPUT] = { SOAP_SET_OUTPUT1, SOAP_SET_OUTPUT2, take_change },
	[STEP_DECODERS] = { SOAP_GET_DECODERS1, SOAP_GET_DECODERS2, take_decoders },
	[STEP_OPTIONS] = { SOAP_GET_DECODER_OPTIONS1, SOAP_GET_DECODER_OPTIONS2, take_options },
	[STEP_URI] = { SOAP_GET_STREAM_URI1, SOAP_GET_STREAM_URI2, take_uri },
	[STEP_URI_TLS] = { SOAP_GET_STREAM_URI_TLS, SOAP_GET_STREAM_URI_TLS, take_tls_uri },
	[STEP_URI_HTTP] = { SOAP_GET_STREAM_URI_HTTP1, SOAP_GET_STREAM_URI_HTTP2, take_http_uri },
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
	case STEP_OUTPUT_CONFIGS:
	case STEP_DECODERS:
	case STEP_OPTIONS:
	case STEP_ADD_OUTPUT:
	case STEP_ADD_DECODER:
	case STEP_SET_OUTPUT:
	case STEP_URI:
	case STEP_URI_TLS:
	case STEP_URI_HTTP:
		return device_uses_media2(q) ? q->services.media2 : q->services.media1;
	default:
		return device_url(q);
	}
}

static const char *step_argument(struct device_query *q)
{
	switch (q->step) {
	case STEP_URI:
		return q->info.profile[q->uri_index].token;
	case STEP_URI_TLS:
	case STEP_URI_HTTP:
		return device_chosen(q)->token;
	case STEP_OPTIONS:
		return q->decoder[0] != '\0' ? q->decoder : NULL;
	default:
		return NULL;
	}
}

static enum soap_op step_op(const struct device_query *q)
{
	return device_uses_media2(q) ? steps[q->step].op2 : steps[q->step].op;
}

const char *device_step_operation(const struct device_query *q)
{
	return soap_op_name(step_op(q));
}

static int start(struct device_query *q, const char *argument, soap_done_t done)
{
	return soap_call_new(&q->client, step_url(q), step_op(q), argument, done, q, &q->call);
}

int device_step_start(struct device_query *q, soap_done_t done)
{
	struct buf body;
	int res;

	q->client.hold_login = q->step < STEP_DATE_LOGIN;
	if (!device_is_writing(q))
		return start(q, step_argument(q), done);
	buf_init(&body, LIMIT_LINE_LEN);
	if ((res = device_configure_write(q, &body)) == 0) {
		device_configure_announce(q);
		res = start(q, body.data, done);
	}
	buf_clear(&body);
	return res;
}

void device_step_take(struct device_query *q, const struct soap_reply *r)
{
	steps[q->step].take(q, r);
}

void device_step_failed(struct device_query *q, int res, const struct soap_reply *reply, const char *message)
{
	if (device_is_writing(q))
		device_configure_refused(q, message);
	switch (q->step) {
	case STEP_DATE:
		q->date_protected = res == -EACCES;
		break;
	case STEP_ENDPOINT:
		q->endpoint_protected = res == -EACCES;
		break;
	case STEP_PROFILES2:
	case STEP_PROFILES1:
	case STEP_URI:
		text_sanitize(str_from(message), q->error, sizeof(q->error));
		break;
	case STEP_OUTPUTS1:
	case STEP_OUTPUTS_IO:
		if (res == -EREMOTEIO && reply->not_supported)
			q->info.n_audio_outputs = 0;
		break;
	default:
		break;
	}
}
