/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_REPLIES_H
#define ONVIF_REPLIES_H

#include "module/onvif/device.h"
#include "module/onvif/soap.h"

/*
 * What the answers of a camera say. Pure; text is sanitised, URIs are pinned to host.
 * All take a reply that is not a fault. Inside an answer elements are looked up by their
 * local names: cheap cameras get the prefixes of the schema wrong.
 */
struct reply_services {
	char media1[LIMIT_URI_LEN];	/* "": there is none */
	char media2[LIMIT_URI_LEN];
	char device_io[LIMIT_URI_LEN];
};

/** UTCDateTime in s since 1970. \return 0, -EBADMSG (also when it is no date at all) */
int reply_date(const struct soap_reply *r, int64_t *ret);
/** GetServices. \return 0, -ENOENT no media service */
int reply_services(const struct soap_reply *r, const char *host, struct reply_services *ret);
/** GetCapabilities, likewise */
int reply_capabilities(const struct soap_reply *r, const char *host, struct reply_services *ret);
/** GetEndpointReference. \return 0, -ENOENT */
int reply_endpoint(const struct soap_reply *r, char ret[LIMIT_ID_LEN]);
void reply_information(const struct soap_reply *r, struct device_info *info);
void reply_scopes(const struct soap_reply *r, struct device_info *info);
/** Media1 and Media2; the first LIMIT_PROFILES. uri is left empty.
 * \return their number */
uint32_t reply_profiles(const struct soap_reply *r, struct device_profile *ret, uint32_t max);
/** the number of direct children of that name */
int reply_count(const struct soap_reply *r, const char *name);
/** the token attribute of the first child of that name. \return 0, -ENOENT */
int reply_first_token(const struct soap_reply *r, const char *name, char ret[LIMIT_TEXT_LEN]);

/* GetAudioOutputConfigurations: as much as is needed to write one back */
struct reply_output {
	char token[LIMIT_TEXT_LEN];
	char name[LIMIT_TEXT_LEN];
	char use_count[16], level[16];	/* numbers, or "" */
	char output[LIMIT_TEXT_LEN];	/* the physical one */
	enum device_primacy primacy;
};
/** Takes the one with this token, the first one for "". \return 0, -ENOENT there is none that could be
 * written back unchanged */
int reply_output(const struct soap_reply *r, const char *token, struct reply_output *ret);

struct reply_decoders {
	bool g711;
	char others[LIMIT_TEXT_LEN];	/* "AAC, G.726" */
};
/** \return 0, -ENOENT no codec is named */
int reply_decoders(const struct soap_reply *r, struct reply_decoders *ret);
/** GetStreamUri: rtsp:// or rtsps://. \return 0, -EBADMSG, -ENOTSUP another scheme, -E2BIG */
int reply_stream_uri(const struct soap_reply *r, const char *host, char ret[LIMIT_URI_LEN]);
/** that for RTSP over HTTP, which some write as rtsp://, http:// or https:// */
int reply_tunnel_uri(const struct soap_reply *r, const char *host, char ret[LIMIT_URI_LEN]);

#endif /* ONVIF_REPLIES_H */
