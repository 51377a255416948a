/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_DEVICE_PRIVATE_H
#define ONVIF_DEVICE_PRIVATE_H

#include "module/onvif/device.h"
#include "module/onvif/replies.h"
#include "module/onvif/soap-call.h"
#include "module/onvif/xaddr.h"

/* what device.c, which goes through the steps, and device-steps.c share */

enum device_step {
	STEP_DATE,		/* these two without a login, whoever it may be */
	STEP_ENDPOINT,
	STEP_DATE_LOGIN,	/* again, where it wanted one */
	STEP_SERVICES,
	STEP_CAPABILITIES,
	STEP_INFORMATION,
	STEP_ENDPOINT_LOGIN,
	STEP_SCOPES,
	STEP_PROFILES2,
	STEP_PROFILES1,
	STEP_OUTPUTS1,
	STEP_OUTPUTS_IO,
	STEP_OUTPUT_CONFIGS,
	STEP_DECODERS,
	STEP_OPTIONS,
	STEP_ADD_OUTPUT,	/* these write (device-configure.c); with Media2 the decoder, too */
	STEP_ADD_DECODER,
	STEP_SET_OUTPUT,
	STEP_URI,		/* of several profiles */
	STEP_URI_TLS,		/* of the first of them */
	STEP_URI_HTTP,
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
	char *expect_id;
	bool want_tls_uri, want_http_uri, configure;
	void (*changing)(void *data, const char *what);
	void (*answered)(void *data, const char *operation, int res, const struct device_info *info);
	char host[LIMIT_URI_LEN];	/* what is dialled, and stands in every URL */
	char url[XADDR_CANDIDATES][LIMIT_URI_LEN];	/* where the device service may be */
	uint32_t n_urls, url_index;

	enum device_step step;
	uint32_t silent;	/* requests in a row without an answer */
	bool date_protected, endpoint_protected;
	bool has_services;
	bool second_try;	/* on Media1, after Media2 gave no stream URI */
	struct reply_services services;
	struct reply_output output;	/* that of the first profile, or the one that it might have */
	char decoder[LIMIT_TEXT_LEN];
	char refused_write[LIMIT_ERROR_LEN];
	struct reply_decoders decoders;
	uint32_t uri_index;
	char error[LIMIT_TEXT_LEN];	/* why there is no profile, or no URI */
	struct device_info info;

	uint32_t in_emit;
	bool dead;
};

/** whether the step is needed, by what is known so far */
bool device_step_wanted(struct device_query *q, enum device_step step);
/** starts the request of q->step. \return 0 or -errno */
int device_step_start(struct device_query *q, soap_done_t done);
/** takes over what the answer to q->step says */
void device_step_take(struct device_query *q, const struct soap_reply *r);
/** q->step got no answer, a fault (then with reply), or no SOAP; message: a phrase */
void device_step_failed(struct device_query *q, int res, const struct soap_reply *reply, const char *message);

/** the name of what q->step asks */
const char *device_step_operation(const struct device_query *q);
const char *device_url(const struct device_query *q);
bool device_uses_media2(const struct device_query *q);
/** the first profile with a stream URI; the first where there is none yet; NULL: no profile */
struct device_profile *device_chosen(struct device_query *q);
/** that has one */
bool device_has_uri(struct device_query *q);

/* device-configure.c: what is done to q->info.profile[0] */

/** it could be set up, but is not */
bool device_is_configurable(const struct device_query *q);
bool device_configure_wanted(struct device_query *q, enum device_step step);
/** tells the owner what q->step is about to change */
void device_configure_announce(struct device_query *q);
/** the body of its request. \return 0 or dst's error */
int device_configure_write(struct device_query *q, struct buf *dst);
void device_configure_done(struct device_query *q);
/** message: a phrase */
void device_configure_refused(struct device_query *q, const char *message);

static inline bool device_is_writing(const struct device_query *q)
{
	return q->step >= STEP_ADD_OUTPUT && q->step <= STEP_SET_OUTPUT;
}

#endif /* ONVIF_DEVICE_PRIVATE_H */
