/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/onvif/replies.h"
#include "module/onvif/soap.h"
#include "tests/lib/test.h"

#define S12 "http://www.w3.org/2003/05/soap-envelope"
#define TDS "http://www.onvif.org/ver10/device/wsdl"
#define TRT "http://www.onvif.org/ver10/media/wsdl"
#define TR2 "http://www.onvif.org/ver20/media/wsdl"
#define TMD "http://www.onvif.org/ver10/deviceIO/wsdl"
#define HEAD "<s:Envelope xmlns:s=\"" S12 "\"><s:Body>"
#define TAIL "</s:Body></s:Envelope>"

static void test_requests(void)
{
	static const struct {
		enum soap_op op;
		const char *argument, *body, *type;
	} t[] = {
		{ SOAP_GET_DATE, NULL, "<GetSystemDateAndTime xmlns=\"" TDS "\"></GetSystemDateAndTime>",
			TDS "/GetSystemDateAndTime" },
		{ SOAP_GET_SERVICES, NULL, "<GetServices xmlns=\"" TDS "\"><IncludeCapability>false"
			"</IncludeCapability></GetServices>", TDS "/GetServices" },
		{ SOAP_GET_CAPABILITIES, NULL, "<GetCapabilities xmlns=\"" TDS "\"><Category>All</Category>"
			"</GetCapabilities>", TDS "/GetCapabilities" },
		{ SOAP_GET_ENDPOINT, NULL, "<GetEndpointReference xmlns=\"" TDS "\"></GetEndpointReference>",
			TDS "/GetEndpointReference" },
		{ SOAP_GET_INFORMATION, NULL, "<GetDeviceInformation xmlns=\"" TDS "\"></GetDeviceInformation>",
			TDS "/GetDeviceInformation" },
		{ SOAP_GET_SCOPES, NULL, "<GetScopes xmlns=\"" TDS "\"></GetScopes>", TDS "/GetScopes" },
		{ SOAP_GET_PROFILES1, NULL, "<GetProfiles xmlns=\"" TRT "\"></GetProfiles>", TRT "/GetProfiles" },
		{ SOAP_GET_PROFILES2, NULL, "<GetProfiles xmlns=\"" TR2 "\"><Type>All</Type></GetProfiles>",
			TR2 "/GetProfiles" },
		{ SOAP_GET_OUTPUTS1, NULL, "<GetAudioOutputs xmlns=\"" TRT "\"></GetAudioOutputs>",
			TRT "/GetAudioOutputs" },
		{ SOAP_GET_OUTPUTS_IO, NULL, "<GetAudioOutputs xmlns=\"" TMD "\"></GetAudioOutputs>",
			TMD "/GetAudioOutputs" },
		{ SOAP_GET_DECODERS2, NULL, "<GetAudioDecoderConfigurations xmlns=\"" TR2 "\">"
			"</GetAudioDecoderConfigurations>", TR2 "/GetAudioDecoderConfigurations" },
		{ SOAP_GET_DECODER_OPTIONS1, NULL, "<GetAudioDecoderConfigurationOptions xmlns=\"" TRT "\">"
			"</GetAudioDecoderConfigurationOptions>", TRT "/GetAudioDecoderConfigurationOptions" },
		{ SOAP_GET_DECODER_OPTIONS2, "a<b", "<GetAudioDecoderConfigurationOptions xmlns=\"" TR2 "\">"
			"<ConfigurationToken>a&lt;b</ConfigurationToken></GetAudioDecoderConfigurationOptions>",
			TR2 "/GetAudioDecoderConfigurationOptions" },
		{ SOAP_GET_STREAM_URI1, "P&1", "<GetStreamUri xmlns=\"" TRT "\"><StreamSetup>"
			"<Stream xmlns=\"http://www.onvif.org/ver10/schema\">RTP-Unicast</Stream>"
			"<Transport xmlns=\"http://www.onvif.org/ver10/schema\"><Protocol>RTSP</Protocol></Transport>"
			"</StreamSetup><ProfileToken>P&amp;1</ProfileToken></GetStreamUri>", TRT "/GetStreamUri" },
		{ SOAP_GET_STREAM_URI2, "P1", "<GetStreamUri xmlns=\"" TR2 "\"><Protocol>RTSP</Protocol>"
			"<ProfileToken>P1</ProfileToken></GetStreamUri>", TR2 "/GetStreamUri" },
		{ SOAP_GET_STREAM_URI_TLS, "P1", "<GetStreamUri xmlns=\"" TR2 "\"><Protocol>RtspsUnicast</Protocol>"
			"<ProfileToken>P1</ProfileToken></GetStreamUri>", TR2 "/GetStreamUri" },
		{ SOAP_GET_STREAM_URI_HTTP1, "P1", "<GetStreamUri xmlns=\"" TRT "\"><StreamSetup>"
			"<Stream xmlns=\"http://www.onvif.org/ver10/schema\">RTP-Unicast</Stream>"
			"<Transport xmlns=\"http://www.onvif.org/ver10/schema\"><Protocol>HTTP</Protocol></Transport>"
			"</StreamSetup><ProfileToken>P1</ProfileToken></GetStreamUri>", TRT "/GetStreamUri" },
		{ SOAP_GET_STREAM_URI_HTTP2, "P1", "<GetStreamUri xmlns=\"" TR2 "\"><Protocol>RtspOverHttp</Protocol>"
			"<ProfileToken>P1</ProfileToken></GetStreamUri>", TR2 "/GetStreamUri" },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct buf b, want;

		buf_init(&b, 4096);
		buf_init(&want, 4096);
		buf_add_str(&want, HEAD);
		buf_add_str(&want, t[i].body);
		buf_add_str(&want, TAIL);
		check_int(soap_write(&b, t[i].op, t[i].argument, STR_LIT("")), 0);
		check_str(b.data, want.data);
		buf_reset(&b);
		buf_reset(&want);
		buf_add_str(&want, "application/soap+xml; charset=utf-8; action=\"");
		buf_add_str(&want, t[i].type);
		buf_add_str(&want, "\"");
		check_int(soap_write_content_type(&b, t[i].op), 0);
		check_str(b.data, want.data);
		buf_clear(&b);
		buf_clear(&want);
	}
}

static void test_security(void)
{
	struct buf b;

	buf_init(&b, 4096);
	check_int(soap_write(&b, SOAP_GET_SCOPES, NULL, STR_LIT("<x/>")), 0);
	check_str(b.data, "<s:Envelope xmlns:s=\"" S12 "\"><s:Header><x/></s:Header><s:Body>"
			"<GetScopes xmlns=\"" TDS "\"></GetScopes>" TAIL);
	buf_clear(&b);
	buf_init(&b, 20);
	check_int(soap_write(&b, SOAP_GET_SCOPES, NULL, STR_LIT("")), -E2BIG);
	buf_clear(&b);
}

static void test_answers(void)
{
	static const struct {
		const char *text;
		int res;
	} t[] = {
		{ HEAD "<GetScopesResponse xmlns=\"" TDS "\"/>" TAIL, 0 },
		{ "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<e:Envelope xmlns:e=\"" S12 "\"><e:Header/>"
		  "<e:Body><x:GetScopesResponse xmlns:x=\"" TDS "\"/></e:Body></e:Envelope>", 0 },
		/* SOAP 1.1 from a gSOAP that was built so */
		{ "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">"
		  "<e:Body><x:GetScopesResponse xmlns:x=\"" TDS "\"/></e:Body></e:Envelope>", 0 },
		{ HEAD "<GetScopesResponse xmlns=\"" TRT "\"/>" TAIL, -EBADMSG },
		{ HEAD "<GetScopes xmlns=\"" TDS "\"/>" TAIL, -EBADMSG },
		{ HEAD "<GetScopesResponses xmlns=\"" TDS "\"/>" TAIL, -EBADMSG },
		{ HEAD "<GetServicesResponse xmlns=\"" TDS "\"/>" TAIL, -EBADMSG },
		{ HEAD TAIL, -EBADMSG },
		{ "<Envelope><Body><GetScopesResponse xmlns=\"" TDS "\"/></Body></Envelope>", -EBADMSG },
		{ "<s:Envelope xmlns:s=\"" S12 "\"/>", -EBADMSG },
		{ "<html><head><title>500</title></head><body>Internal</body></html>", -EBADMSG },
		{ "<!DOCTYPE html><html><body/></html>", -EBADMSG },
		{ "", -EBADMSG },
		{ "{\"error\":404}", -EBADMSG },
	};
	static char big[LIMIT_SOAP_LEN + 1];
	struct soap_reply r;

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		int res = soap_parse(str_from(t[i].text), SOAP_GET_SCOPES, &r);

		if (res != t[i].res)
			test_fail(__FILE__, __LINE__, "%s: %d", t[i].text, res);
		if (res == 0) {
			check(r.response != NULL && !r.fault);
			soap_reply_clear(&r);
			soap_reply_clear(&r);
		}
	}
	memset(big, ' ', sizeof(big));
	check_int(soap_parse(str_make(big, sizeof(big)), SOAP_GET_SCOPES, &r), -E2BIG);
	check_int(soap_parse(str_make(big, sizeof(big) - 1), SOAP_GET_SCOPES, &r), -EBADMSG);
}

#define FAULT(code, text) HEAD "<s:Fault><s:Code><s:Value>s:Sender</s:Value>" code "</s:Code>" \
	"<s:Reason><s:Text xml:lang=\"en\">" text "</s:Text></s:Reason></s:Fault>" TAIL
#define SUB(value, in) "<s:Subcode><s:Value>" value "</s:Value>" in "</s:Subcode>"

static void test_faults(void)
{
	static const struct {
		const char *text;
		bool not_authorized, not_supported;
		const char *reason;
	} t[] = {
		{ FAULT(SUB("ter:NotAuthorized", ""), "Sender not Authorized"), true, false, "Sender not Authorized" },
		{ FAULT(SUB("ter:NotAuthorized", ""), ""), true, false, "ter:NotAuthorized" },
		{ FAULT(SUB("wsse:FailedAuthentication", ""), "x"), true, false, "x" },
		{ FAULT("", "Authority failure"), true, false, "Authority failure" },
		{ FAULT(SUB("ter:ActionNotSupported", SUB("ter:AudioOutputNotSupported", "")), ""), false, true,
			"ter:AudioOutputNotSupported" },
		{ FAULT(SUB("ter:InvalidArgVal", SUB("ter:NoProfile", "")), " a\n\nb "), false, false, "a b" },
		{ FAULT("", "&lt;b&gt;\xe2\x80\xaeright"), false, false, "<b>right" },
		{ FAULT("", ""), false, false, "s:Sender" },
		{ "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><e:Fault>"
		  "<faultcode>e:Client</faultcode><faultstring>Bad</faultstring></e:Fault></e:Body></e:Envelope>",
		  false, false, "Bad" },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct soap_reply r;

		check_int(soap_parse(str_from(t[i].text), SOAP_GET_SCOPES, &r), 0);
		check(r.fault && r.response == NULL);
		check_int(r.not_authorized, t[i].not_authorized);
		check_int(r.not_supported, t[i].not_supported);
		check_str(r.reason, t[i].reason);
		soap_reply_clear(&r);
	}
}

static struct soap_reply reply(enum soap_op op, const char *ns, const char *inside)
{
	struct soap_reply r;
	struct buf b;

	buf_init(&b, LIMIT_SOAP_LEN);
	buf_printf(&b, "<s:Envelope xmlns:s=\"" S12 "\"><s:Body><x:%sResponse xmlns:x=\"%s\" "
			"xmlns:tt=\"http://www.onvif.org/ver10/schema\">", soap_op_name(op), ns);
	buf_add_str(&b, inside);
	buf_printf(&b, "</x:%sResponse></s:Body></s:Envelope>", soap_op_name(op));
	check_int(soap_parse(buf_str(&b), op, &r), 0);
	buf_clear(&b);
	return r;
}

#define UTC(y, mo, d, h, mi, s) "<x:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>" h "</tt:Hour><tt:Minute>" mi \
	"</tt:Minute><tt:Second>" s "</tt:Second></tt:Time><tt:Date><tt:Year>" y "</tt:Year><tt:Month>" mo \
	"</tt:Month><tt:Day>" d "</tt:Day></tt:Date></tt:UTCDateTime></x:SystemDateAndTime>"

static void test_date(void)
{
	static const struct {
		const char *text;
		int64_t time;	/* -1: refused */
	} t[] = {
		{ UTC("2026", "1", "1", "0", "0", "0"), 1767225600 },
		{ UTC("1970", "01", "01", "00", "00", "09"), 9 },
		{ UTC("2100", "12", "31", "23", "59", "59"), 4133980799 },
		{ UTC("1969", "1", "1", "0", "0", "0"), -1 },
		{ UTC("2026", "13", "1", "0", "0", "0"), -1 },
		{ UTC("2026", "0", "1", "0", "0", "0"), -1 },
		{ UTC("2026", "1", "1", "24", "0", "0"), -1 },
		{ UTC("2026", "1", "1", "-1", "0", "0"), -1 },
		{ UTC("99999999999", "1", "1", "0", "0", "0"), -1 },
		{ UTC("", "1", "1", "0", "0", "0"), -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct soap_reply r = reply(SOAP_GET_DATE, TDS, t[i].text);
		int64_t time = 77;

		check_int(reply_date(&r, &time), t[i].time < 0 ? -EBADMSG : 0);
		check_int(time, t[i].time < 0 ? 77 : t[i].time);
		soap_reply_clear(&r);
	}
}

#define SERVICE(ns, xaddr) "<x:Service><x:Namespace>" ns "</x:Namespace><x:XAddr>" xaddr "</x:XAddr></x:Service>"

static void test_services(void)
{
	struct reply_services s;
	struct soap_reply r = reply(SOAP_GET_SERVICES, TDS, SERVICE(TDS, "http://10.0.0.1/d")
			SERVICE(TRT, "http://10.0.0.1:8080/m1") SERVICE(TR2, "http://evil.example/m2")
			SERVICE(TMD, "junk") SERVICE("http://x/", "http://10.0.0.1/x"));

	check_int(reply_services(&r, "192.0.2.7", &s), 0);
	check_str(s.media1, "http://192.0.2.7:8080/m1");
	check_str(s.media2, "http://192.0.2.7/m2");
	check_str(s.device_io, "");
	soap_reply_clear(&r);

	r = reply(SOAP_GET_SERVICES, TDS, SERVICE(TDS, "http://10.0.0.1/d"));
	check_int(reply_services(&r, "192.0.2.7", &s), -ENOENT);
	soap_reply_clear(&r);

	r = reply(SOAP_GET_CAPABILITIES, TDS, "<x:Capabilities><tt:Media><tt:XAddr>http://0.0.0.0/onvif/Media</tt:XAddr>"
			"</tt:Media><tt:Extension><tt:DeviceIO><tt:XAddr>http://0.0.0.0/io</tt:XAddr></tt:DeviceIO>"
			"</tt:Extension></x:Capabilities>");
	check_int(reply_capabilities(&r, "192.0.2.7", &s), 0);
	check_str(s.media1, "http://192.0.2.7/onvif/Media");
	check_str(s.device_io, "http://192.0.2.7/io");
	soap_reply_clear(&r);
	r = reply(SOAP_GET_CAPABILITIES, TDS, "");
	check_int(reply_capabilities(&r, "192.0.2.7", &s), -ENOENT);
	soap_reply_clear(&r);
}

static void test_texts(void)
{
	struct device_info info = { 0 };
	char id[LIMIT_ID_LEN] = "";
	struct soap_reply r = reply(SOAP_GET_INFORMATION, TDS, "<x:Manufacturer> ACME &amp; Co\x1b[0m </x:Manufacturer>"
			"<x:Model>M</x:Model><x:FirmwareVersion>1</x:FirmwareVersion><x:SerialNumber/>");

	reply_information(&r, &info);
	check_str(info.manufacturer, "ACME & Co?[0m");
	check_str(info.model, "M");
	check_str(info.firmware, "1");
	check_str(info.serial, "");
	soap_reply_clear(&r);

	r = reply(SOAP_GET_SCOPES, TDS, "<x:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef>"
			"<tt:ScopeItem>onvif://www.onvif.org/name/Yard</tt:ScopeItem></x:Scopes><x:Scopes/>"
			"<x:Scopes><tt:ScopeItem>onvif://www.onvif.org/hardware/H</tt:ScopeItem></x:Scopes>");
	reply_scopes(&r, &info);
	check_str(info.name, "Yard");
	check_str(info.hardware, "H");
	soap_reply_clear(&r);

	r = reply(SOAP_GET_ENDPOINT, TDS, "<x:GUID>urn:uuid:1</x:GUID>");
	check_int(reply_endpoint(&r, id), 0);
	check_str(id, "urn:uuid:1");
	soap_reply_clear(&r);
	r = reply(SOAP_GET_ENDPOINT, TDS, "<x:GUID>a\tb</x:GUID>");
	check_int(reply_endpoint(&r, id), -ENOENT);
	soap_reply_clear(&r);
	r = reply(SOAP_GET_ENDPOINT, TDS, "<x:GUID/>");
	check_int(reply_endpoint(&r, id), -ENOENT);
	soap_reply_clear(&r);
}

static void test_profiles(void)
{
	struct device_profile p[LIMIT_PROFILES];
	struct soap_reply r = reply(SOAP_GET_PROFILES1, TRT, "<x:Profiles token=\"a\" fixed=\"true\"><tt:Name>Main</tt:Name>"
			"<tt:Extension><tt:AudioOutputConfiguration token=\"o\"/></tt:Extension></x:Profiles>"
			"<x:Profiles/><x:Profiles token=\"b\"><tt:Extension><tt:AudioOutputConfiguration/>"
			"<tt:AudioDecoderConfiguration/></tt:Extension></x:Profiles>");
	struct buf b;

	check_int(reply_profiles(&r, p, LIMIT_PROFILES), 2);
	check_str(p[0].token, "a");
	check_str(p[0].name, "Main");
	check(p[0].has_audio_output && !p[0].has_audio_decoder);
	check(p[1].has_audio_output && p[1].has_audio_decoder);
	soap_reply_clear(&r);

	buf_init(&b, 65536);
	for (int i = 0; i < 40; i++)
		buf_printf(&b, "<x:Profiles token=\"t%d\"><x:Name>N</x:Name><x:Configurations>"
				"<x:AudioDecoder/></x:Configurations></x:Profiles>", i);
	r = reply(SOAP_GET_PROFILES2, TR2, b.data);
	check_int(reply_profiles(&r, p, LIMIT_PROFILES), LIMIT_PROFILES);
	check(!p[31].has_audio_output && p[31].has_audio_decoder);
	soap_reply_clear(&r);

	/* a token that does not fit is not cut */
	buf_reset(&b);
	buf_add_str(&b, "<x:Profiles token=\"");
	for (unsigned i = 0; i < LIMIT_TEXT_LEN; i++)
		buf_add_byte(&b, 'x');
	buf_add_str(&b, "\"/>");
	r = reply(SOAP_GET_PROFILES2, TR2, b.data);
	check_int(reply_profiles(&r, p, LIMIT_PROFILES), 0);
	soap_reply_clear(&r);
	buf_clear(&b);
}

static void test_decoders(void)
{
	static const struct {
		enum soap_op op;
		const char *text;
		int res;
		bool g711;
		const char *others;
	} t[] = {
		{ SOAP_GET_DECODER_OPTIONS1, "<x:Options><tt:AACDecOptions/><tt:G711DecOptions><tt:Bitrate/>"
			"</tt:G711DecOptions></x:Options>", 0, true, "AAC" },
		{ SOAP_GET_DECODER_OPTIONS1, "<x:Options><tt:G726DecOptions/><tt:AACDecOptions/></x:Options>", 0, false, "G.726, AAC" },
		{ SOAP_GET_DECODER_OPTIONS2, "<x:Options><tt:Encoding>PCMU</tt:Encoding></x:Options>"
			"<x:Options><tt:Encoding>MP4A-LATM</tt:Encoding></x:Options>"
			"<x:Options><tt:Encoding>mpeg4-generic</tt:Encoding></x:Options>", 0, true, "AAC" },
		{ SOAP_GET_DECODER_OPTIONS2, "<x:Options><tt:Encoding>opus</tt:Encoding></x:Options>", 0, false, "Opus" },
		{ SOAP_GET_DECODER_OPTIONS2, "<x:Options><tt:Encoding>ac3</tt:Encoding></x:Options>", -ENOENT, false, "" },
		{ SOAP_GET_DECODER_OPTIONS2, "<x:Options/>", -ENOENT, false, "" },
		{ SOAP_GET_DECODER_OPTIONS2, "", -ENOENT, false, "" },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct soap_reply r = reply(t[i].op, t[i].op == SOAP_GET_DECODER_OPTIONS1 ? TRT : TR2, t[i].text);
		struct reply_decoders d = { 0 };

		check_int(reply_decoders(&r, &d), t[i].res);
		check_int(d.g711, t[i].g711);
		check_str(d.others, t[i].others);
		soap_reply_clear(&r);
	}
}

#define OUTPUT(token, in) "<x:Configurations token=\"" token "\"><tt:OutputToken>o-" token "</tt:OutputToken>" in "</x:Configurations>"
#define WHO(uri) "<tt:SendPrimacy>" uri "</tt:SendPrimacy>"

static void test_outputs(void)
{
	static const struct {
		const char *token, *text;
		int res;
		const char *found;
		enum device_primacy primacy;
	} t[] = {
		{ "", OUTPUT("a", "") OUTPUT("b", ""), 0, "a", DEVICE_PRIMACY_UNKNOWN },
		{ "b", OUTPUT("a", "") OUTPUT("b", ""), 0, "b", DEVICE_PRIMACY_UNKNOWN },
		{ "c", OUTPUT("a", "") OUTPUT("b", ""), -ENOENT, "", DEVICE_PRIMACY_UNKNOWN },
		{ "", OUTPUT("a", WHO("www.onvif.org/ver20/HalfDuplex/Server")), 0, "a", DEVICE_PRIMACY_SERVER },
		{ "", OUTPUT("a", WHO(" www.onvif.org/ver20/HalfDuplex/Client ")), 0, "a", DEVICE_PRIMACY_CLIENT },
		{ "", OUTPUT("a", WHO("http://www.onvif.org/ver20/HalfDuplex/Auto")), 0, "a", DEVICE_PRIMACY_AUTO },
		{ "", OUTPUT("a", WHO("Server")), 0, "a", DEVICE_PRIMACY_UNKNOWN },
		/* what could not be written back as it is, is not for us */
		{ "", OUTPUT("", "") OUTPUT("b", ""), 0, "b", DEVICE_PRIMACY_UNKNOWN },
		{ "", OUTPUT("a", "<tt:OutputLevel>1.5</tt:OutputLevel>") OUTPUT("b", "<tt:OutputLevel>-3</tt:OutputLevel>"),
			0, "b", DEVICE_PRIMACY_UNKNOWN },
		{ "", OUTPUT("a", "<tt:UseCount>99999999999</tt:UseCount>"), -ENOENT, "", DEVICE_PRIMACY_UNKNOWN },
		{ "", "", -ENOENT, "", DEVICE_PRIMACY_UNKNOWN },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct soap_reply r = reply(SOAP_GET_OUTPUT_CONFIGS1, TRT, t[i].text);
		struct reply_output o = { 0 };

		check_int(reply_output(&r, t[i].token, &o), t[i].res);
		check_str(o.token, t[i].found);
		check_int(o.primacy, t[i].primacy);
		soap_reply_clear(&r);
	}
}

static void test_uris(void)
{
	static const struct {
		const char *text;
		int res, tunnel_res;
		const char *uri;	/* where one of them is 0 */
	} t[] = {
		{ "<x:MediaUri><tt:Uri>rtsp://10.0.0.1:554/cam?a=1&amp;b=2</tt:Uri></x:MediaUri>", 0, 0,
			"rtsp://192.0.2.7:554/cam?a=1&b=2" },
		{ "<x:Uri>rtsp://u:p@10.0.0.1/cam</x:Uri>", 0, 0, "rtsp://192.0.2.7/cam" },
		{ "<x:Uri>rtsps://10.0.0.1/cam</x:Uri>", 0, -ENOTSUP, "rtsps://192.0.2.7/cam" },
		{ "<x:Uri>http://10.0.0.1:8080/cam</x:Uri>", -ENOTSUP, 0, "http://192.0.2.7:8080/cam" },
		{ "<x:Uri>HTTPS://10.0.0.1/cam</x:Uri>", -ENOTSUP, 0, "https://192.0.2.7/cam" },
		{ "<x:Uri>rtspu://10.0.0.1/cam</x:Uri>", -ENOTSUP, -ENOTSUP, "" },
		{ "<x:Uri>rtsp://</x:Uri>", -EBADMSG, -EBADMSG, "" },
		{ "<x:Uri/>", -EBADMSG, -EBADMSG, "" },
		{ "", -EBADMSG, -EBADMSG, "" },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct soap_reply r = reply(SOAP_GET_STREAM_URI1, TRT, t[i].text);
		char uri[LIMIT_URI_LEN] = "", tunnel[LIMIT_URI_LEN] = "";

		check_int(reply_stream_uri(&r, "192.0.2.7", uri), t[i].res);
		check_str(uri, t[i].res == 0 ? t[i].uri : "");
		check_int(reply_tunnel_uri(&r, "192.0.2.7", tunnel), t[i].tunnel_res);
		check_str(tunnel, t[i].tunnel_res == 0 ? t[i].uri : "");
		soap_reply_clear(&r);
	}
}

static void test_counts(void)
{
	struct soap_reply r = reply(SOAP_GET_OUTPUTS1, TRT, "<x:AudioOutputs token=\"o1\"/><x:Other/><x:AudioOutputs/>");
	char token[LIMIT_TEXT_LEN] = "";

	check_int(reply_count(&r, "AudioOutputs"), 2);
	check_int(reply_count(&r, "None"), 0);
	check_int(reply_first_token(&r, "AudioOutputs", token), 0);
	check_str(token, "o1");
	check_int(reply_first_token(&r, "Other", token), -ENOENT);
	check_int(reply_first_token(&r, "None", token), -ENOENT);
	soap_reply_clear(&r);
}

static void read_everything(const struct soap_reply *r)
{
	static struct device_info info;
	struct reply_services services;
	struct reply_decoders decoders;
	struct reply_output output;
	char text[LIMIT_URI_LEN];
	int64_t time;

	reply_date(r, &time);
	reply_services(r, "192.0.2.7", &services);
	reply_capabilities(r, "192.0.2.7", &services);
	reply_endpoint(r, info.id);
	reply_information(r, &info);
	reply_scopes(r, &info);
	check(reply_profiles(r, info.profile, LIMIT_PROFILES) <= LIMIT_PROFILES);
	reply_count(r, "AudioOutputs");
	reply_first_token(r, "Configurations", info.serial);
	reply_output(r, "", &output);
	reply_decoders(r, &decoders);
	reply_stream_uri(r, "192.0.2.7", text);
	reply_tunnel_uri(r, "192.0.2.7", text);
}

/* nothing here but that it neither crashes nor leaks */
static void test_mutations(void)
{
	static const char text[] = HEAD "<x:GetProfilesResponse xmlns:tt=\"http://www.onvif.org/ver10/schema\" xmlns:x=\"" TRT "\"><x:Profiles token=\"a\"><x:Name>N</x:Name>"
		"</x:Profiles><x:Uri>rtsp://10.0.0.1/x</x:Uri><x:Scopes><x:ScopeItem>onvif://www.onvif.org/name/X</x:ScopeItem>"
		"</x:Scopes><x:Service><x:Namespace>" TRT "</x:Namespace><x:XAddr>http://10.0.0.1:80/x?y</x:XAddr></x:Service>"
		"<x:Configurations token=\"c\"><x:OutputLevel>5</x:OutputLevel></x:Configurations>"
		"<x:Options><x:Encoding>PCMU</x:Encoding></x:Options>" UTC("2026", "1", "1", "0", "0", "0")
		"<x:Manufacturer>&amp;&#65;</x:Manufacturer></x:GetProfilesResponse>" TAIL;
	static const char spice[] = "<>&;\"'/:!?[]- \t\n\x1b\xff\xc3x0";
	char copy[sizeof(text)];
	uint32_t seed = 1, accepted = 0;

	for (int i = 0; i < 20000; i++) {
		struct soap_reply r;

		memcpy(copy, text, sizeof(text));
		for (int n = 0; n < 1 + i % 4; n++) {
			seed = seed * 1664525u + 1013904223u;
			copy[(seed >> 8) % (sizeof(text) - 1)] = spice[(seed >> 3) % (sizeof(spice) - 1)];
		}
		if (soap_parse(str_make(copy, sizeof(text) - 1), SOAP_GET_PROFILES1, &r) < 0)
			continue;
		accepted++;
		read_everything(&r);
		soap_reply_clear(&r);
	}
	check(accepted > 100);
}

static const struct test tests[] = {
	{ "requests", test_requests },
	{ "security header", test_security },
	{ "answers", test_answers },
	{ "faults", test_faults },
	{ "date", test_date },
	{ "services", test_services },
	{ "texts", test_texts },
	{ "profiles", test_profiles },
	{ "decoders", test_decoders },
	{ "audio outputs", test_outputs },
	{ "stream URIs", test_uris },
	{ "counts", test_counts },
	{ "mutations", test_mutations },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
