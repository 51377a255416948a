/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SOAP_H
#define ONVIF_SOAP_H

#include <stdbool.h>

#include "module/onvif/xml.h"
#include "module/util/buf.h"
#include "module/util/limits.h"
#include "module/util/str.h"

/*
 * SOAP 1.2 requests and replies of the ONVIF operations that we need. Pure.
 */
enum soap_op {
	SOAP_GET_DATE,			/* tds:GetSystemDateAndTime */
	SOAP_GET_SERVICES,
	SOAP_GET_CAPABILITIES,
	SOAP_GET_ENDPOINT,		/* tds:GetEndpointReference */
	SOAP_GET_INFORMATION,		/* tds:GetDeviceInformation */
	SOAP_GET_SCOPES,
	SOAP_GET_PROFILES1,
	SOAP_GET_PROFILES2,
	SOAP_GET_OUTPUTS1,		/* trt:GetAudioOutputs */
	SOAP_GET_OUTPUTS_IO,		/* tmd:GetAudioOutputs */
	SOAP_GET_OUTPUT_CONFIGS1,	/* trt:GetAudioOutputConfigurations */
	SOAP_GET_OUTPUT_CONFIGS2,
	SOAP_GET_DECODERS1,		/* trt:GetAudioDecoderConfigurations */
	SOAP_GET_DECODERS2,
	SOAP_GET_DECODER_OPTIONS1,	/* argument: configuration token, or NULL */
	SOAP_GET_DECODER_OPTIONS2,
	SOAP_GET_STREAM_URI1,		/* argument: profile token */
	SOAP_GET_STREAM_URI2,
	SOAP_GET_STREAM_URI_TLS,	/* Media2 only */
	SOAP_GET_STREAM_URI_HTTP1,	/* RTSP over HTTP */
	SOAP_GET_STREAM_URI_HTTP2,
	/* these change the camera; argument: what is inside the element, ready made (configure.h) */
	SOAP_ADD_OUTPUT1,		/* trt:AddAudioOutputConfiguration */
	SOAP_ADD_DECODER1,
	SOAP_ADD_CONFIG2,		/* tr2:AddConfiguration */
	SOAP_SET_OUTPUT1,		/* trt:SetAudioOutputConfiguration */
	SOAP_SET_OUTPUT2,
	SOAP_N_OPS,
};

/** without a namespace prefix, for messages */
const char *soap_op_name(enum soap_op op);
/** Appends an envelope. security: what auth_username_token() wrote, or empty.
 * \return 0 or -errno */
int soap_write(struct buf *dst, enum soap_op op, const char *argument, struct str security);
/** Appends the value of the Content-Type header that goes with it. */
int soap_write_content_type(struct buf *dst, enum soap_op op);

struct soap_reply {
	struct xml_doc *doc;
	const struct xml_node *response;	/* the <...Response>, NULL in a fault */
	bool fault;
	bool not_authorized;		/* ter:NotAuthorized, wsse:FailedAuthentication... */
	bool not_supported;		/* ter:ActionNotSupported, ter:AudioOutputNotSupported... */
	char reason[LIMIT_TEXT_LEN];	/* of the fault, sanitised; its subcode where there is no text */
};

/** Reads the answer to op. A fault is a success. \return 0 (then soap_reply_clear()),
 * -EBADMSG no SOAP or another operation's answer, -E2BIG, -ENOMEM, ... */
int soap_parse(struct str body, enum soap_op op, struct soap_reply *ret);
void soap_reply_clear(struct soap_reply *r);

#endif /* ONVIF_SOAP_H */
