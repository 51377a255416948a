/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>

#include <spa/utils/defs.h>

#include "module/onvif/wsd.h"
#include "module/util/limits.h"
#include "tests/lib/oom.h"
#include "tests/lib/test.h"

#define ENVELOPE "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" " \
	"xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" " \
	"xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\""
#define NVT " xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\""
#define TDS " xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\""
#define HEADER "<s:Header><a:MessageID>uuid:1</a:MessageID><a:RelatesTo> urn:uuid:x </a:RelatesTo></s:Header>"
#define EPR(id) "<a:EndpointReference><a:Address>" id "</a:Address></a:EndpointReference>"
#define MATCH(id, types) "<d:ProbeMatch>" EPR(id) "<d:Types>" types "</d:Types>" \
	"<d:Scopes>onvif://www.onvif.org/name/X</d:Scopes>" \
	"<d:XAddrs>http://192.0.2.1/onvif/device_service</d:XAddrs>" \
	"<d:MetadataVersion>10</d:MetadataVersion></d:ProbeMatch>"
#define MATCHES(ns, in) ENVELOPE ns ">" HEADER "<s:Body><d:ProbeMatches>" in "</d:ProbeMatches></s:Body></s:Envelope>"
#define BODY(in) ENVELOPE NVT TDS "><s:Header/><s:Body>" in "</s:Body></s:Envelope>"

#define PROBE_TAIL "><s:Header><a:Action s:mustUnderstand=\"1\">" \
	"http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>" \
	"<a:MessageID>urn:uuid:00000000-0000-4000-8000-000000000001</a:MessageID>" \
	"<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous" \
	"</a:Address></a:ReplyTo><a:To s:mustUnderstand=\"1\">" \
	"urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe><d:Types>"

static void test_probe(void)
{
	static const char *const golden[] = {
		[WSD_TYPE_NVT] = ENVELOPE NVT PROBE_TAIL "dn:NetworkVideoTransmitter"
			"</d:Types></d:Probe></s:Body></s:Envelope>",
		[WSD_TYPE_DEVICE] = ENVELOPE TDS PROBE_TAIL "tds:Device"
			"</d:Types></d:Probe></s:Body></s:Envelope>",
	};

	for (int i = 0; i < 2; i++) {
		struct buf b;

		buf_init(&b, LIMIT_DATAGRAM_LEN);
		check_int(wsd_write_probe(&b, i, "urn:uuid:00000000-0000-4000-8000-000000000001"), 0);
		check_str(b.data, golden[i]);
		buf_clear(&b);
	}
}

static void test_no_room(void)
{
	struct buf b;

	buf_init(&b, 100);
	check_int(wsd_write_probe(&b, WSD_TYPE_NVT, "urn:uuid:1"), -E2BIG);
	buf_clear(&b);
}

static void test_match(void)
{
	struct wsd_message m;

	check_int(wsd_parse(STR_LIT(MATCHES(NVT TDS, MATCH("urn:uuid:cam", "dn:NetworkVideoTransmitter tds:Device"))), &m), 0);
	check_int(m.kind, WSD_PROBE_MATCHES);
	check_slice(m.relates_to, "urn:uuid:x");
	check_int(m.n_targets, 1);
	check_slice(m.target[0].id, "urn:uuid:cam");
	check_slice(m.target[0].scopes, "onvif://www.onvif.org/name/X");
	check_slice(m.target[0].xaddrs, "http://192.0.2.1/onvif/device_service");
	check_int(m.target[0].metadata_version, 10);
	check(m.target[0].is_nvt);
	wsd_message_clear(&m);
	wsd_message_clear(&m);
}

static void test_types(void)
{
	static const struct {
		const char *text;
		bool nvt;
	} t[] = {
		{ MATCHES(NVT, MATCH("u", "dn:NetworkVideoTransmitter")), true },
		{ MATCHES(TDS, MATCH("u", "x:y tds:Device")), true },
		/* a prefix that nobody declared */
		{ MATCHES("", MATCH("u", "dn:NetworkVideoTransmitter")), true },
		{ MATCHES("", MATCH("u", "tds:Device")), false },
		/* every Windows printer */
		{ MATCHES(" xmlns:w=\"http://schemas.xmlsoap.org/ws/2006/02/devprof\"",
				MATCH("u", "w:Device w:Print")), false },
		{ MATCHES("", MATCH("u", "")), false },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct wsd_message m;

		check_int(wsd_parse(str_from(t[i].text), &m), 0);
		check_int(m.target[0].is_nvt, t[i].nvt);
		wsd_message_clear(&m);
	}
}

static void test_hello_bye(void)
{
	struct wsd_message m;

	check_int(wsd_parse(STR_LIT(BODY("<d:Hello>" EPR("urn:uuid:a") "<d:Types>dn:NetworkVideoTransmitter</d:Types>"
			"<d:MetadataVersion>4294967296</d:MetadataVersion></d:Hello>")), &m), 0);
	check_int(m.kind, WSD_HELLO);
	check_slice(m.target[0].id, "urn:uuid:a");
	check_slice(m.target[0].xaddrs, "");
	check_int(m.target[0].metadata_version, 0);
	check(m.target[0].is_nvt);
	wsd_message_clear(&m);

	check_int(wsd_parse(STR_LIT(BODY("<d:Bye>" EPR("urn:uuid:a") "</d:Bye>")), &m), 0);
	check_int(m.kind, WSD_BYE);
	check(!m.target[0].is_nvt);
	wsd_message_clear(&m);
}

static void test_many(void)
{
	struct wsd_message m;
	struct buf b;

	buf_init(&b, 2 * LIMIT_DATAGRAM_LEN);
	buf_add_str(&b, ENVELOPE ">" HEADER "<s:Body><d:ProbeMatches>");
	buf_add_str(&b, "<d:ProbeMatch>" EPR("") "</d:ProbeMatch>");
	for (int i = 0; i < 20; i++)
		buf_add_str(&b, "<d:ProbeMatch>" EPR("urn:uuid:a") "</d:ProbeMatch>");
	buf_add_str(&b, "</d:ProbeMatches></s:Body></s:Envelope>");
	check_int(wsd_parse(buf_str(&b), &m), 0);
	check_int(m.n_targets, LIMIT_WSD_MATCHES);
	wsd_message_clear(&m);
	buf_clear(&b);
}

#define X16 "xxxxxxxxxxxxxxxx"
#define X128 X16 X16 X16 X16 X16 X16 X16 X16

static void test_refused(void)
{
	static const struct {
		const char *text;
		int res;
	} t[] = {
		{ "", -EBADMSG },
		{ "M-SEARCH * HTTP/1.1\r\n\r\n", -EBADMSG },
		{ "<a/>", -EBADMSG },
		{ ENVELOPE "/>", -EBADMSG },
		{ BODY(""), -ENOTSUP },
		{ BODY("<d:Probe/>"), -ENOTSUP },
		{ BODY("<Hello/>"), -ENOTSUP },
		{ BODY("<d:Hello/>"), -EBADMSG },
		{ BODY("<d:Hello>" EPR(" ") "</d:Hello>"), -EBADMSG },
		{ BODY("<d:Hello>" EPR(X128) "</d:Hello>"), -EBADMSG },
		{ MATCHES("", ""), -EBADMSG },
		{ MATCHES("", "<d:ProbeMatch/>"), -EBADMSG },
		/* WS-Discovery 1.1 */
		{ "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' "
		  "xmlns:d='http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01'>"
		  "<s:Body><d:Hello>" "</d:Hello></s:Body></s:Envelope>", -ENOTSUP },
		/* SOAP 1.1 */
		{ "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>", -EBADMSG },
		{ "<!DOCTYPE x>" MATCHES("", MATCH("u", "")), -EBADMSG },
	};
	char big[LIMIT_DATAGRAM_LEN + 1];
	struct wsd_message m;

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		int res = wsd_parse(str_from(t[i].text), &m);

		if (res != t[i].res)
			test_fail(__FILE__, __LINE__, "%s: %d", t[i].text, res);
	}
	memset(big, ' ', sizeof(big));
	check_int(wsd_parse(str_make(big, sizeof(big)), &m), -E2BIG);
}

static void test_cut(void)
{
	static const char text[] = MATCHES(NVT, MATCH("urn:uuid:cam", "dn:NetworkVideoTransmitter"));

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		struct wsd_message m;

		check_int(wsd_parse(str_make(text, len), &m), -EBADMSG);
	}
}

/* nothing here but that it neither crashes nor leaks */
static void test_mutations(void)
{
	static const char text[] = MATCHES(NVT TDS, MATCH("urn:uuid:cam", "dn:NetworkVideoTransmitter tds:Device"));
	static const char spice[] = "<>&;\"'/:!?[]- \t\n\x1b\xff\xc3x0";
	char copy[sizeof(text)];
	uint32_t seed = 1, accepted = 0;

	for (int i = 0; i < 20000; i++) {
		struct wsd_message m;

		memcpy(copy, text, sizeof(text));
		for (int n = 0; n < 1 + i % 4; n++) {
			seed = seed * 1664525u + 1013904223u;
			copy[(seed >> 8) % (sizeof(text) - 1)] = spice[(seed >> 3) % (sizeof(spice) - 1)];
		}
		if (wsd_parse(str_make(copy, sizeof(text) - 1), &m) < 0)
			continue;
		accepted++;
		check(m.n_targets > 0 && m.target[0].id.len > 0);
		wsd_message_clear(&m);
	}
	check(accepted > 100);
}

/* ours and libxml2's */
static void run_without_memory(void *data)
{
	static const char text[] = MATCHES(NVT TDS, MATCH("urn:uuid:cam", "dn:NetworkVideoTransmitter tds:Device"));
	struct wsd_message m;
	struct buf b;
	int res;

	buf_init(&b, LIMIT_DATAGRAM_LEN);
	oom_start();
	res = wsd_parse(STR_LIT(text), &m);
	if (res == 0) {
		check_slice(m.target[0].id, "urn:uuid:cam");
		wsd_message_clear(&m);
	}
	/* (a name that libxml2 finds no room for is a malformed one to it) */
	check(res == 0 || ((res == -ENOMEM || res == -EBADMSG) && oom_failed()));
	res = wsd_write_probe(&b, WSD_TYPE_NVT, "urn:uuid:1");
	check(res == 0 || (res == -ENOMEM && oom_failed()));
	oom_stop();
	buf_clear(&b);
}

static void test_memory(void)
{
	check_int(xmlMemSetup(free, oom_malloc, oom_realloc, oom_strdup), 0);
	/* what libxml2 makes once for the whole process */
	run_without_memory(NULL);
	check(oom_sweep(OOM_ONCE, run_without_memory, NULL) > 50);
	check(oom_sweep(OOM_FROM_THERE, run_without_memory, NULL) > 50);
}

static const struct test tests[] = {
	{ "probe", test_probe },
	{ "no room", test_no_room },
	{ "match", test_match },
	{ "types", test_types },
	{ "hello bye", test_hello_bye },
	{ "many", test_many },
	{ "refused", test_refused },
	{ "cut", test_cut },
	{ "mutations", test_mutations },
	{ "without memory", test_memory },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
