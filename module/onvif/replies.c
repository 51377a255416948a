/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/replies.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <spa/utils/defs.h>

#include "module/onvif/scopes.h"
#include "module/onvif/xaddr.h"
#include "module/util/limits.h"
#include "module/util/text.h"


static int number(const struct xml_node *node, const char *path, uint32_t min, uint32_t max, int *ret)
{
	uint64_t v;

	if (str_to_uint(xml_text(xml_path(node, path)), max, &v) < 0 || v < min)
		return -EBADMSG;
	*ret = (int)v;
	return 0;
}

int reply_date(const struct soap_reply *r, int64_t *ret)
{
	const struct xml_node *utc = xml_path(r->response, "SystemDateAndTime/UTCDateTime");
	struct tm tm = { 0 };

	if (number(utc, "Date/Year", 1970, 2105, &tm.tm_year) < 0 ||
	    number(utc, "Date/Month", 1, 12, &tm.tm_mon) < 0 ||
	    number(utc, "Date/Day", 1, 31, &tm.tm_mday) < 0 ||
	    number(utc, "Time/Hour", 0, 23, &tm.tm_hour) < 0 ||
	    number(utc, "Time/Minute", 0, 59, &tm.tm_min) < 0 ||
	    number(utc, "Time/Second", 0, 61, &tm.tm_sec) < 0)
		return -EBADMSG;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*ret = (int64_t)timegm(&tm);
	return 0;
}

static int check_services(const struct reply_services *s)
{
	return s->media1[0] != '\0' || s->media2[0] != '\0' ? 0 : -ENOENT;
}

/* where SOAP goes, whatever else an XAddr may name */
static void pin_service(struct str xaddr, const char *host, char dst[LIMIT_URI_LEN])
{
	char url[LIMIT_URI_LEN];

	if (xaddr_pin(xaddr, host, url) == 0 && strncmp(url, "http", 4) == 0)
		memcpy(dst, url, sizeof(url));
}

int reply_services(const struct soap_reply *r, const char *host, struct reply_services *ret)
{
	const struct xml_node *n = xml_child(r->response, NULL, "Service");
	struct reply_services s = { 0 };

	for (uint32_t i = 0; n != NULL && i < LIMIT_SERVICES; i++, n = xml_next(n, NULL, "Service")) {
		struct str ns = xml_text(xml_path(n, "Namespace"));
		struct str xaddr = xml_text(xml_path(n, "XAddr"));

		if (str_eq(ns, STR_LIT("http://www.onvif.org/ver10/media/wsdl")))
			pin_service(xaddr, host, s.media1);
		else if (str_eq(ns, STR_LIT("http://www.onvif.org/ver20/media/wsdl")))
			pin_service(xaddr, host, s.media2);
		else if (str_eq(ns, STR_LIT("http://www.onvif.org/ver10/deviceIO/wsdl")))
			pin_service(xaddr, host, s.device_io);
	}
	*ret = s;
	return check_services(&s);
}

int reply_capabilities(const struct soap_reply *r, const char *host, struct reply_services *ret)
{
	const struct xml_node *c = xml_child(r->response, NULL, "Capabilities");
	struct reply_services s = { 0 };

	pin_service(xml_text(xml_path(c, "Media/XAddr")), host, s.media1);
	pin_service(xml_text(xml_path(c, "Extension/DeviceIO/XAddr")), host, s.device_io);
	*ret = s;
	return check_services(&s);
}

int reply_endpoint(const struct soap_reply *r, char ret[LIMIT_ID_LEN])
{
	struct str id = xml_text(xml_child(r->response, NULL, "GUID"));
	char text[LIMIT_ID_LEN];

	text_sanitize(id, text, sizeof(text));
	if (id.len == 0 || !str_eq(id, str_from(text)))
		return -ENOENT;
	memcpy(ret, text, sizeof(text));
	return 0;
}

static void label(const struct xml_node *n, const char *name, char *dst, size_t size)
{
	text_sanitize(xml_text(xml_child(n, NULL, name)), dst, size);
}

void reply_information(const struct soap_reply *r, struct device_info *info)
{
	label(r->response, "Manufacturer", info->manufacturer, sizeof(info->manufacturer));
	label(r->response, "Model", info->model, sizeof(info->model));
	label(r->response, "FirmwareVersion", info->firmware, sizeof(info->firmware));
	label(r->response, "SerialNumber", info->serial, sizeof(info->serial));
	label(r->response, "HardwareId", info->hardware, sizeof(info->hardware));
}

void reply_scopes(const struct soap_reply *r, struct device_info *info)
{
	const struct xml_node *n = xml_child(r->response, NULL, "Scopes");
	struct scopes s = { 0 };

	for (uint32_t i = 0; n != NULL && i < LIMIT_SCOPES; i++, n = xml_next(n, NULL, "Scopes"))
		scopes_add(&s, xml_text(xml_child(n, NULL, "ScopeItem")));
	memcpy(info->name, s.name, sizeof(info->name));
	memcpy(info->location, s.location, sizeof(info->location));
	if (info->hardware[0] == '\0')
		memcpy(info->hardware, s.hardware, sizeof(info->hardware));
}

/* a token is an identifier: one that does not fit cannot be used */
static void copy_token(const struct xml_node *n, char dst[LIMIT_TEXT_LEN])
{
	str_copy(xml_attr(n, "token"), dst, LIMIT_TEXT_LEN);
}

static bool has(const struct xml_node *n, const char *path)
{
	return xml_path(n, path) != NULL;
}

uint32_t reply_profiles(const struct soap_reply *r, struct device_profile *ret, uint32_t max)
{
	const struct xml_node *n = xml_child(r->response, NULL, "Profiles");
	uint32_t count = 0;

	for (; n != NULL && count < max; n = xml_next(n, NULL, "Profiles")) {
		struct device_profile p = { 0 };

		copy_token(n, p.token);
		if (p.token[0] == '\0')
			continue;
		label(n, "Name", p.name, sizeof(p.name));
		p.has_audio_output = has(n, "Extension/AudioOutputConfiguration") ||
			has(n, "Configurations/AudioOutput");
		copy_token(xml_path(n, "Extension/AudioOutputConfiguration"), p.output);
		if (p.output[0] == '\0')
			copy_token(xml_path(n, "Configurations/AudioOutput"), p.output);
		p.has_audio_decoder = has(n, "Extension/AudioDecoderConfiguration") ||
			has(n, "Configurations/AudioDecoder");
		ret[count++] = p;
	}
	return count;
}

int reply_count(const struct soap_reply *r, const char *name)
{
	const struct xml_node *n = xml_child(r->response, NULL, name);
	int count = 0;

	for (; n != NULL; n = xml_next(n, NULL, name))
		count++;
	return count;
}

int reply_first_token(const struct soap_reply *r, const char *name, char ret[LIMIT_TEXT_LEN])
{
	struct str token = xml_attr(xml_child(r->response, NULL, name), "token");

	if (token.len == 0 || str_copy(token, ret, LIMIT_TEXT_LEN) < 0)
		return -ENOENT;
	return 0;
}

static enum device_primacy primacy(struct str uri)
{
	static const struct {
		const char *mode;
		enum device_primacy primacy;
	} modes[] = {
		{ "HalfDuplex/Server", DEVICE_PRIMACY_SERVER },
		{ "HalfDuplex/Client", DEVICE_PRIMACY_CLIENT },
		{ "HalfDuplex/Auto", DEVICE_PRIMACY_AUTO },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(modes); i++)
		if (str_search(uri, str_from(modes[i].mode)) >= 0)
			return modes[i].primacy;
	return DEVICE_PRIMACY_UNKNOWN;
}

static int copy_int(const struct xml_node *n, char dst[16])
{
	struct str text = xml_text(n), digits = text;
	uint64_t v;

	if (text.len == 0)
		return 0;
	str_char(&digits, '-');
	return str_to_uint(digits, INT32_MAX, &v) < 0 ? -EBADMSG : str_copy(text, dst, 16);
}

static int read_output(const struct xml_node *n, struct reply_output *ret)
{
	struct reply_output o = { 0 };

	copy_token(n, o.token);
	if (o.token[0] == '\0' || copy_int(xml_child(n, NULL, "UseCount"), o.use_count) < 0 ||
	    copy_int(xml_child(n, NULL, "OutputLevel"), o.level) < 0 ||
	    str_copy(xml_text(xml_child(n, NULL, "Name")), o.name, sizeof(o.name)) < 0 ||
	    str_copy(xml_text(xml_child(n, NULL, "OutputToken")), o.output, sizeof(o.output)) < 0)
		return -ENOENT;
	o.primacy = primacy(xml_text(xml_child(n, NULL, "SendPrimacy")));
	*ret = o;
	return 0;
}

int reply_output(const struct soap_reply *r, const char *token, struct reply_output *ret)
{
	const struct xml_node *n = xml_child(r->response, NULL, "Configurations");

	for (uint32_t i = 0; n != NULL && i < LIMIT_CONFIGURATIONS; i++, n = xml_next(n, NULL, "Configurations")) {
		if (token[0] != '\0' && !str_eq(xml_attr(n, "token"), str_from(token)))
			continue;
		if (read_output(n, ret) == 0)
			return 0;
	}
	return -ENOENT;
}

static const struct {
	const char *name;	/* of a Media1 element, of a Media2 encoding (IANA) */
	const char *shown;	/* NULL: G.711 */
} codecs[] = {
	{ "G711DecOptions", NULL }, { "PCMU", NULL }, { "PCMA", NULL }, { "G711", NULL },
	{ "AACDecOptions", "AAC" }, { "MP4A-LATM", "AAC" }, { "mpeg4-generic", "AAC" }, { "AAC", "AAC" },
	{ "G726DecOptions", "G.726" }, { "G726", "G.726" }, { "opus", "Opus" }, { "L16", "L16" },
};

static void add_codec(struct reply_decoders *d, struct str name)
{
	size_t len = strlen(d->others);

	for (size_t i = 0; i < SPA_N_ELEMENTS(codecs); i++) {
		const char *shown = codecs[i].shown;

		if (!str_ieq(name, str_from(codecs[i].name)))
			continue;
		if (shown == NULL)
			d->g711 = true;
		else if (strstr(d->others, shown) == NULL) {
			/* all that there are fit */
			if (len > 0)
				str_copy(STR_LIT(", "), d->others + len, sizeof(d->others) - len);
			len = strlen(d->others);
			str_copy(str_from(shown), d->others + len, sizeof(d->others) - len);
		}
		return;
	}
}

int reply_decoders(const struct soap_reply *r, struct reply_decoders *ret)
{
	const struct xml_node *n = xml_child(r->response, NULL, "Options"), *o;
	struct reply_decoders d = { 0 };

	for (uint32_t i = 0; n != NULL && i < LIMIT_DECODER_OPTIONS; i++, n = xml_next(n, NULL, "Options")) {
		add_codec(&d, xml_text(xml_child(n, NULL, "Encoding")));
		for (o = xml_child(n, NULL, NULL); o != NULL; o = xml_next(o, NULL, NULL))
			add_codec(&d, str_from(xml_name(o)));
	}
	if (!d.g711 && d.others[0] == '\0')
		return -ENOENT;
	*ret = d;
	return 0;
}

static int stream_uri(const struct soap_reply *r, const char *host, const char *schemes, char ret[LIMIT_URI_LEN])
{
	const struct xml_node *n = xml_path(r->response, "MediaUri/Uri");
	char uri[LIMIT_URI_LEN];
	int res;

	if (n == NULL)
		n = xml_child(r->response, NULL, "Uri");
	if ((res = xaddr_pin(xml_text(n), host, uri)) < 0)
		return res;
	if (!str_has_token(str_from(schemes), ' ', str_make(uri, strcspn(uri, ":"))))
		return -ENOTSUP;
	memcpy(ret, uri, sizeof(uri));
	return 0;
}

int reply_stream_uri(const struct soap_reply *r, const char *host, char ret[LIMIT_URI_LEN])
{
	return stream_uri(r, host, "rtsp rtsps", ret);
}

int reply_tunnel_uri(const struct soap_reply *r, const char *host, char ret[LIMIT_URI_LEN])
{
	return stream_uri(r, host, "rtsp http https", ret);
}
