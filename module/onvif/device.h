/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_DEVICE_H
#define ONVIF_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "module/net/http.h"
#include "module/util/addr.h"
#include "module/util/limits.h"
#include "module/util/secret.h"

/*
 * Asks one ONVIF device who it is and where its backchannel is: GetSystemDateAndTime and
 * GetEndpointReference without a login, then GetServices (or GetCapabilities),
 * GetDeviceInformation, GetScopes, Media2 then Media1 profiles, audio outputs, output and decoder
 * configurations and options, GetStreamUri (for RTSP, and if wanted for RTSPS and RTSP over HTTP:
 * extras, that do no harm when refused). Changes nothing in the camera unless configure says so.
 * One request at a time (Dahua: connection limits), HTTP Digest or, where no Digest is offered,
 * WS-UsernameToken with the camera's clock. Every service is dialled at the address of the
 * device service, whatever host its XAddr names; over TLS where the device service is.
 * Main thread.
 */

/* SendPrimacy of a half-duplex audio output (onvif.xsd): who may speak */
enum device_primacy {
	DEVICE_PRIMACY_UNKNOWN,		/* not said: full duplex */
	DEVICE_PRIMACY_SERVER,		/* the camera; what we send is not heard */
	DEVICE_PRIMACY_CLIENT,
	DEVICE_PRIMACY_AUTO,
};

enum device_service { DEVICE_MEDIA1 = 1, DEVICE_MEDIA2 = 2 };

struct device_profile {
	char token[LIMIT_TEXT_LEN];
	char name[LIMIT_NAME_LEN];
	char uri[LIMIT_URI_LEN];	/* stream URI for RTSP over TCP; host pinned to the address
					 * (rtsps:// where it offers nothing else) */
	char uri_tls[LIMIT_URI_LEN];	/* rtsps://; or "": not offered, not asked for */
	char uri_http[LIMIT_URI_LEN];	/* for RTSP over HTTP: rtsp://, http:// or https://; or "" */
	char output[LIMIT_TEXT_LEN];	/* token of its audio output configuration, or "" */
	bool has_audio_output;
	bool has_audio_decoder;
};

struct device_info {
	char manufacturer[LIMIT_TEXT_LEN];
	char model[LIMIT_TEXT_LEN];
	char firmware[LIMIT_TEXT_LEN];
	char serial[LIMIT_TEXT_LEN];
	char hardware[LIMIT_TEXT_LEN];
	char name[LIMIT_NAME_LEN];	/* from the scopes */
	char location[LIMIT_TEXT_LEN];
	char id[LIMIT_ID_LEN];		/* endpoint reference (GetEndpointReference), or "" */
	int64_t clock_offset_s;		/* camera minus us */
	bool clock_known;
	bool logged_in;			/* user and password were asked for, and taken */
	enum device_service media;
	uint32_t n_profiles;		/* with a stream URI: the wanted one first, else those with
					 * audio output and decoder first */
	struct device_profile profile[LIMIT_PROFILES];
	int n_audio_outputs;		/* -1: not known (fault, not asked) */
	enum device_primacy primacy;	/* of the audio output of profile[0] */
	char changed[LIMIT_ERROR_LEN];	/* a sentence: what was changed in the camera (configure), or "" */
	bool decodes_g711;		/* decoder options say so; no proof either way */
	bool decoder_options_known;
	uint16_t http_port;		/* of the device service */
	bool https;			/* it is reached by https */
	char tls_pin[HTTP_TLS_KEY_LEN];	/* NET_TLS_PIN: the key that its TLS service has, the given or
					 * the learned one; "" no TLS */
	char hint[LIMIT_ERROR_LEN];	/* a sentence that explains why there may be no backchannel,
					 * "" when nothing is wrong */
};

struct device_query_params {
	const char *xaddr;		/* http[s]://host[:port]/path; or NULL: address with the usual paths */
	const char *address;		/* numeric host to dial (with optional :port for NULL xaddr) */
	const char *profile;		/* onvif.profile: token or name wanted, or NULL */
	const char *expect_id;		/* whose endpoint reference it must be, if it tells that without a
					 * login; NULL: anybody's */
	const char *user;		/* NULL: none */
	const struct secret *password;
	bool worked_before;		/* they did, at this camera, in this process: see -EBUSY */
	bool allow_basic;
	bool configure;			/* change its settings where its speaker is not set up: it stays so */
	/** Before each change: a phrase ("adds the audio output ..."). Not to destroy the query in;
	 * data as for done. May be NULL. */
	void (*changing)(void *data, const char *what);
	/** After each request that the query goes on behind: the operation, how it went (0, -EREMOTEIO: a
	 * fault, -EACCES: a login is wanted, ...) and what is known by then. Not to destroy the query
	 * in; data as for done. May be NULL. */
	void (*answered)(void *data, const char *operation, int res, const struct device_info *info);
	bool want_tls_uri;		/* profile[0].uri_tls: a request more, of Media2 */
	bool want_http_uri;		/* profile[0].uri_http: a request more */
	enum net_security security;	/* of https; NET_PLAIN counts as NET_TLS_PIN */
	const char *pin;		/* NET_TLS_PIN: key "sha256//base64" that must match, several with
					 * ';' between; NULL: the first one seen, before a login is sent */
};

/** res: 0 with info; -EACCES login needed or refused (refused tells), -EBUSY a login that
 * worked before is refused, -ENOTSUP not an ONVIF device or no media service, -EKEYREJECTED not the
 * TLS key or certificate, -EXDEV not the expected id (no login was sent), -ETIMEDOUT,
 * -ECONNREFUSED, ... message: a sentence. info is also given with an error as far as it got, or
 * NULL. From the loop, once. */
typedef void (*device_done_t)(void *data, int res, bool refused, const struct device_info *info,
		const char *message);

struct device_query;

/** \return 0 or -errno */
int device_query_new(struct spa_loop_utils *loop, struct http *http,
		const struct device_query_params *params,
		device_done_t done, void *data, struct device_query **ret);
/** cancels if still under way; no callback then. May be called from the callback. */
void device_query_destroy(struct device_query *q);

#endif /* ONVIF_DEVICE_H */
