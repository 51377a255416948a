/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/wsd.h"

#include <errno.h>
#include <string.h>

#include "module/onvif/xml.h"
#include "module/util/limits.h"

#define NS_SOAP12	"http://www.w3.org/2003/05/soap-envelope"
#define NS_WSA		"http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define NS_WSD		"http://schemas.xmlsoap.org/ws/2005/04/discovery"
#define NS_DN		"http://www.onvif.org/ver10/network/wsdl"
#define NS_TDS		"http://www.onvif.org/ver10/device/wsdl"

static const struct {
	const char *name;
	const char *decl;
} types[] = {
	[WSD_TYPE_NVT] = { "dn:NetworkVideoTransmitter", "xmlns:dn=\"" NS_DN "\"" },
	[WSD_TYPE_DEVICE] = { "tds:Device", "xmlns:tds=\"" NS_TDS "\"" },
};

int wsd_write_probe(struct buf *dst, enum wsd_type type, const char *message_id)
{
	buf_add_str(dst, "<s:Envelope xmlns:s=\"" NS_SOAP12 "\" xmlns:a=\"" NS_WSA "\" "
			"xmlns:d=\"" NS_WSD "\" ");
	buf_add_str(dst, types[type].decl);
	buf_add_str(dst, "><s:Header>"
			"<a:Action s:mustUnderstand=\"1\">" NS_WSD "/Probe</a:Action><a:MessageID>");
	buf_add_xml(dst, str_from(message_id));
	buf_add_str(dst, "</a:MessageID>"
			"<a:ReplyTo><a:Address>" NS_WSA "/role/anonymous</a:Address></a:ReplyTo>"
			"<a:To s:mustUnderstand=\"1\">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
			"</s:Header><s:Body><d:Probe><d:Types>");
	buf_add_str(dst, types[type].name);
	return buf_add_str(dst, "</d:Types></d:Probe></s:Body></s:Envelope>");
}

static bool has_nvt_type(const struct xml_node *node)
{
	struct str list = xml_text(node), qname, local;

	for (uint32_t n = 0; n < LIMIT_SCOPES && str_token(&list, " \t\r\n", &qname) == 0; n++) {
		const char *ns = xml_qname(node, qname, &local);

		if (str_eq(local, STR_LIT("NetworkVideoTransmitter")) ||
		    (str_eq(local, STR_LIT("Device")) && strcmp(ns, NS_TDS) == 0))
			return true;
	}
	return false;
}

static int parse_target(const struct xml_node *node, struct wsd_target *ret)
{
	struct wsd_target t = {
		.id = xml_text(xml_path(node, "EndpointReference/Address")),
		.scopes = xml_text(xml_path(node, "Scopes")),
		.xaddrs = xml_text(xml_path(node, "XAddrs")),
	};
	uint64_t version;

	if (t.id.len == 0 || t.id.len >= LIMIT_ID_LEN)
		return -EBADMSG;
	if (str_to_uint(xml_text(xml_path(node, "MetadataVersion")), UINT32_MAX, &version) == 0)
		t.metadata_version = (uint32_t)version;
	if (xml_path(node, "Types") != NULL)
		t.is_nvt = has_nvt_type(xml_path(node, "Types"));
	*ret = t;
	return 0;
}

static int parse_body(const struct xml_node *body, struct wsd_message *m)
{
	const struct xml_node *node = xml_child(body, NS_WSD, NULL), *match;

	if (xml_is(node, NULL, "ProbeMatches")) {
		m->kind = WSD_PROBE_MATCHES;
		match = xml_child(node, NS_WSD, "ProbeMatch");
		for (; match != NULL && m->n_targets < LIMIT_WSD_MATCHES;
		     match = xml_next(match, NS_WSD, "ProbeMatch"))
			if (parse_target(match, &m->target[m->n_targets]) == 0)
				m->n_targets++;
		return m->n_targets > 0 ? 0 : -EBADMSG;
	}
	if (xml_is(node, NULL, "Hello"))
		m->kind = WSD_HELLO;
	else if (xml_is(node, NULL, "Bye"))
		m->kind = WSD_BYE;
	else
		return -ENOTSUP;
	m->n_targets = 1;
	return parse_target(node, &m->target[0]);
}

int wsd_parse(struct str datagram, struct wsd_message *ret)
{
	struct wsd_message m = { 0 };
	const struct xml_node *root, *header, *body;
	int res;

	if (datagram.len > LIMIT_DATAGRAM_LEN)
		return -E2BIG;
	if ((res = xml_parse(datagram, &m.doc)) < 0)
		return res;
	root = xml_root(m.doc);
	header = xml_child(root, NS_SOAP12, "Header");
	body = xml_child(root, NS_SOAP12, "Body");
	if (!xml_is(root, NS_SOAP12, "Envelope") || body == NULL)
		res = -EBADMSG;
	else {
		m.relates_to = xml_text(xml_child(header, NS_WSA, "RelatesTo"));
		res = parse_body(body, &m);
	}
	if (res < 0) {
		xml_free(m.doc);
		return res;
	}
	*ret = m;
	return 0;
}

void wsd_message_clear(struct wsd_message *m)
{
	xml_free(m->doc);
	*m = (struct wsd_message) { 0 };
}
