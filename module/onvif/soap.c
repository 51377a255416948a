/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/soap.h"

#include <errno.h>
#include <string.h>

#include "module/util/text.h"

#define NS_SOAP12	"http://www.w3.org/2003/05/soap-envelope"
#define NS_SOAP11	"http://schemas.xmlsoap.org/soap/envelope/"
#define NS_TDS		"http://www.onvif.org/ver10/device/wsdl"
#define NS_TRT		"http://www.onvif.org/ver10/media/wsdl"
#define NS_TR2		"http://www.onvif.org/ver20/media/wsdl"
#define NS_TMD		"http://www.onvif.org/ver10/deviceIO/wsdl"
#define NS_TT		"http://www.onvif.org/ver10/schema"

#define STREAM_URI1(protocol) { NS_TRT, "GetStreamUri", \
		"<StreamSetup><Stream xmlns=\"" NS_TT "\">RTP-Unicast</Stream>" \
		"<Transport xmlns=\"" NS_TT "\"><Protocol>" protocol "</Protocol></Transport></StreamSetup>" \
		"<ProfileToken>", "</ProfileToken>", false }
#define STREAM_URI2(protocol) { NS_TR2, "GetStreamUri", \
		"<Protocol>" protocol "</Protocol><ProfileToken>", "</ProfileToken>", false }

static const struct op {
	const char *ns;
	const char *name;
	const char *head;	/* before the argument; NULL: that is the body */
	const char *tail;	/* after it; NULL: takes none */
	bool optional;		/* without an argument head and tail go too */
} ops[SOAP_N_OPS] = {
	[SOAP_GET_DATE] = { NS_TDS, "GetSystemDateAndTime", "", NULL, false },
	[SOAP_GET_SERVICES] = { NS_TDS, "GetServices",
		"<IncludeCapability>false</IncludeCapability>", NULL, false },
	[SOAP_GET_CAPABILITIES] = { NS_TDS, "GetCapabilities", "<Category>All</Category>", NULL, false },
	[SOAP_GET_ENDPOINT] = { NS_TDS, "GetEndpointReference", "", NULL, false },
	[SOAP_GET_INFORMATION] = { NS_TDS, "GetDeviceInformation", "", NULL, false },
	[SOAP_GET_SCOPES] = { NS_TDS, "GetScopes", "", NULL, false },
	[SOAP_GET_PROFILES1] = { NS_TRT, "GetProfiles", "", NULL, false },
	/* without a Type the answer "shall contain no configuration information" (Media2 5.1) */
	[SOAP_GET_PROFILES2] = { NS_TR2, "GetProfiles", "<Type>All</Type>", NULL, false },
	[SOAP_GET_OUTPUTS1] = { NS_TRT, "GetAudioOutputs", "", NULL, false },
	[SOAP_GET_OUTPUTS_IO] = { NS_TMD, "GetAudioOutputs", "", NULL, false },
	[SOAP_GET_OUTPUT_CONFIGS1] = { NS_TRT, "GetAudioOutputConfigurations", "", NULL, false },
	[SOAP_GET_OUTPUT_CONFIGS2] = { NS_TR2, "GetAudioOutputConfigurations", "", NULL, false },
	[SOAP_GET_DECODERS1] = { NS_TRT, "GetAudioDecoderConfigurations", "", NULL, false },
	[SOAP_GET_DECODERS2] = { NS_TR2, "GetAudioDecoderConfigurations", "", NULL, false },
	[SOAP_GET_DECODER_OPTIONS1] = { NS_TRT, "GetAudioDecoderConfigurationOptions",
		"<ConfigurationToken>", "</ConfigurationToken>", true },
	[SOAP_GET_DECODER_OPTIONS2] = { NS_TR2, "GetAudioDecoderConfigurationOptions",
		"<ConfigurationToken>", "</ConfigurationToken>", true },
	[SOAP_GET_STREAM_URI1] = STREAM_URI1("RTSP"),
	[SOAP_GET_STREAM_URI2] = STREAM_URI2("RTSP"),
	[SOAP_GET_STREAM_URI_TLS] = STREAM_URI2("RtspsUnicast"),
	[SOAP_GET_STREAM_URI_HTTP1] = STREAM_URI1("HTTP"),
	[SOAP_GET_STREAM_URI_HTTP2] = STREAM_URI2("RtspOverHttp"),
	[SOAP_ADD_OUTPUT1] = { NS_TRT, "AddAudioOutputConfiguration", NULL, NULL, false },
	[SOAP_ADD_DECODER1] = { NS_TRT, "AddAudioDecoderConfiguration", NULL, NULL, false },
	[SOAP_ADD_CONFIG2] = { NS_TR2, "AddConfiguration", NULL, NULL, false },
	[SOAP_SET_OUTPUT1] = { NS_TRT, "SetAudioOutputConfiguration", NULL, NULL, false },
	[SOAP_SET_OUTPUT2] = { NS_TR2, "SetAudioOutputConfiguration", NULL, NULL, false },
};

const char *soap_op_name(enum soap_op op)
{
	return ops[op].name;
}

static void write_body(struct buf *dst, const struct op *o, const char *argument)
{
	if (o->head == NULL)
		buf_add_str(dst, argument);
	if (o->head == NULL || (o->optional && argument == NULL))
		return;
	buf_add_str(dst, o->head);
	if (o->tail == NULL)
		return;
	buf_add_xml(dst, str_from(argument));
	buf_add_str(dst, o->tail);
}

int soap_write(struct buf *dst, enum soap_op op, const char *argument, struct str security)
{
	const struct op *o = &ops[op];

	buf_add_str(dst, "<s:Envelope xmlns:s=\"" NS_SOAP12 "\">");
	if (security.len > 0) {
		buf_add_str(dst, "<s:Header>");
		buf_add_slice(dst, security);
		buf_add_str(dst, "</s:Header>");
	}
	buf_printf(dst, "<s:Body><%s xmlns=\"%s\">", o->name, o->ns);
	write_body(dst, o, argument);
	return buf_printf(dst, "</%s></s:Body></s:Envelope>", o->name);
}

int soap_write_content_type(struct buf *dst, enum soap_op op)
{
	return buf_printf(dst, "application/soap+xml; charset=utf-8; action=\"%s/%s\"",
			ops[op].ns, ops[op].name);
}

static bool contains(struct str s, const char *word)
{
	return str_search(s, str_from(word)) >= 0;
}

/* Subcodes nest (env:Sender, ter:NotAuthorized): each level is looked at. */
static void read_subcodes(struct soap_reply *r, const struct xml_node *code)
{
	for (; code != NULL; code = xml_path(code, "Subcode")) {
		struct str value = xml_text(xml_path(code, "Value"));

		if (contains(value, "NotAuthorized") || contains(value, "FailedAuthentication") ||
		    contains(value, "InvalidSecurity") || contains(value, "FailedCheck"))
			r->not_authorized = true;
		if (contains(value, "NotSupported"))
			r->not_supported = true;
		if (value.len > 0)
			text_sanitize(value, r->reason, sizeof(r->reason));
	}
}

static void read_fault(struct soap_reply *r, const struct xml_node *fault)
{
	struct str text = xml_text(xml_path(fault, "Reason/Text"));

	r->fault = true;
	read_subcodes(r, xml_path(fault, "Code"));
	/* SOAP 1.1, as gSOAP answers to what it cannot parse */
	if (text.len == 0)
		text = xml_text(xml_path(fault, "faultstring"));
	/* HiSilicon SDKs put nothing but a sentence */
	if (contains(text, "not authorized") || contains(text, "Not Authorized") ||
	    contains(text, "NotAuthorized") || contains(text, "Authority failure"))
		r->not_authorized = true;
	if (text.len > 0)
		text_sanitize(text, r->reason, sizeof(r->reason));
}

static const struct xml_node *find_body(const struct xml_node *root)
{
	if (xml_is(root, NS_SOAP12, "Envelope"))
		return xml_child(root, NS_SOAP12, "Body");
	if (xml_is(root, NS_SOAP11, "Envelope"))
		return xml_child(root, NS_SOAP11, "Body");
	return NULL;
}

static bool is_response(const struct xml_node *node, const struct op *o)
{
	struct str name = str_from(xml_name(node));
	size_t len = strlen(o->name);

	return name.len == len + 8 && str_has_prefix(name, str_make(o->name, len)) &&
		memcmp(name.p + len, "Response", 8) == 0 && xml_is(node, o->ns, NULL);
}

int soap_parse(struct str body, enum soap_op op, struct soap_reply *ret)
{
	struct soap_reply r = { 0 };
	const struct xml_node *node;
	int res;

	if (body.len > LIMIT_SOAP_LEN)
		return -E2BIG;
	if ((res = xml_parse(body, &r.doc)) < 0)
		return res;
	node = xml_child(find_body(xml_root(r.doc)), NULL, NULL);
	if (xml_is(node, NS_SOAP12, "Fault") || xml_is(node, NS_SOAP11, "Fault"))
		read_fault(&r, node);
	else if (node != NULL && is_response(node, &ops[op]))
		r.response = node;
	else {
		xml_free(r.doc);
		return -EBADMSG;
	}
	*ret = r;
	return 0;
}

void soap_reply_clear(struct soap_reply *r)
{
	if (r->doc)
		xml_free(r->doc);
	*r = (struct soap_reply) { 0 };
}
