/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/onvif/scopes.h"
#include "module/onvif/xaddr.h"
#include "module/util/buf.h"
#include "tests/lib/test.h"

static void test_pin(void)
{
	static const struct {
		const char *url, *host;
		int res;
		const char *out;
	} t[] = {
		{ "http://10.0.0.1/onvif/device_service", "192.0.2.7", 0, "http://192.0.2.7/onvif/device_service" },
		{ " http://0.0.0.0:8080/x?a=1&b=2 ", "192.0.2.7", 0, "http://192.0.2.7:8080/x?a=1&b=2" },
		{ "hTTps://192.0.2.7/x", "192.0.2.7", 0, "https://192.0.2.7/x" },
		{ "RTSP://10.0.0.1/x", "192.0.2.7", 0, "rtsp://192.0.2.7/x" },
		{ "https://evil.example/x", "192.0.2.7", 0, "https://192.0.2.7/x" },
		{ "rtsp://u:p@10.0.0.1:554/s?x#f", "192.0.2.7", 0, "rtsp://192.0.2.7:554/s?x" },
		{ "http://10.0.0.1/x", "fe80::1%eth0", 0, "http://[fe80::1]/x" },
		{ "http://[2001:db8::1]:80/x", "2001:db8::2", 0, "http://[2001:db8::2]:80/x" },
		{ "http://[2001:db8::1]:80/x", "192.0.2.7", 0, "http://192.0.2.7:80/x" },
		{ "ftp://10.0.0.1/x", "192.0.2.7", -ENOTSUP, NULL },
		{ "file:///etc/passwd", "192.0.2.7", -1, NULL },
		{ "/onvif", "192.0.2.7", -EBADMSG, NULL },
		{ "", "192.0.2.7", -EBADMSG, NULL },
		{ "http://10.0.0.1/a\r\nHost: x", "192.0.2.7", -EBADMSG, NULL },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		char dst[LIMIT_URI_LEN] = "untouched";
		int res = xaddr_pin(str_from(t[i].url), t[i].host, dst);

		if (t[i].res == -1)
			check(res < 0);
		else
			check_int(res, t[i].res);
		check_str(dst, t[i].out ? t[i].out : "untouched");
	}
}

static void test_choose(void)
{
	static const struct {
		const char *list, *host, *out;
	} t[] = {
		{ "http://192.0.2.7/a", "192.0.2.7", "http://192.0.2.7/a" },
		{ "http://10.0.0.1/a http://192.0.2.7/b", "192.0.2.7", "http://192.0.2.7/b" },
		{ "https://192.0.2.7/s http://192.0.2.7/b", "192.0.2.7", "http://192.0.2.7/b" },
		{ "http://10.0.0.1/a https://192.0.2.7/s", "192.0.2.7", "https://192.0.2.7/s" },
		{ "https://10.0.0.1/s http://10.0.0.1/a", "192.0.2.7", "http://192.0.2.7/a" },
		{ "https://10.0.0.1/s", "192.0.2.7", "https://192.0.2.7/s" },
		{ "http://0.0.0.0/a", "192.0.2.7", "http://192.0.2.7/a" },
		{ "http://[fe80::1]/a", "fe80::1%eth0", "http://[fe80::1]/a" },
		{ "http://169.254.1.1/a\nhttp://[2001:DB8::7]/b", "2001:db8::7", "http://[2001:db8::7]/b" },
		{ "junk rtsp://192.0.2.7/ http://192.0.2.7/a", "192.0.2.7", "http://192.0.2.7/a" },
		{ "http://u:p@192.0.2.7/a", "192.0.2.7", NULL },
		{ "", "192.0.2.7", NULL },
		{ "junk", "192.0.2.7", NULL },
		/* the ninth is not looked at */
		{ "a b c d e f g h http://192.0.2.7/a", "192.0.2.7", NULL },
		{ "a b c d e f g http://192.0.2.7/a", "192.0.2.7", "http://192.0.2.7/a" },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		char dst[LIMIT_URI_LEN] = "";

		check_int(xaddr_choose(str_from(t[i].list), t[i].host, dst), t[i].out ? 0 : -ENOENT);
		check_str(dst, t[i].out ? t[i].out : "");
	}
}

static void test_choose_tls(void)
{
	static const struct {
		const char *list, *host, *out;	/* NULL: none */
	} t[] = {
		{ "https://192.0.2.7/a", "192.0.2.7", "https://192.0.2.7/a" },
		{ "http://192.0.2.7/a https://192.0.2.7:8443/b", "192.0.2.7", "https://192.0.2.7:8443/b" },
		{ "https://10.0.0.1/a HTTPS://192.0.2.7/b", "192.0.2.7", "https://192.0.2.7/b" },
		{ "https://10.0.0.1/a https://10.0.0.2/b", "192.0.2.7", "https://192.0.2.7/a" },
		{ "http://192.0.2.7/a", "192.0.2.7", NULL },
		{ "https://u:p@192.0.2.7/a", "192.0.2.7", NULL },
		{ "a b c d e f g h https://192.0.2.7/a", "192.0.2.7", NULL },
		{ "", "192.0.2.7", NULL },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		char dst[LIMIT_URI_LEN] = "";

		check_int(xaddr_choose_tls(str_from(t[i].list), t[i].host, dst), t[i].out ? 0 : -ENOENT);
		check_str(dst, t[i].out ? t[i].out : "");
	}
}

static void test_keep_tls(void)
{
	static const struct {
		const char *url, *base, *out;
	} t[] = {
		{ "http://h/a?b", "https://h/d", "https://h/a?b" },
		{ "http://h:80/a", "https://h:8443/d", "https://h:8443/a" },
		{ "https://h:444/a", "https://h:8443/d", "https://h:444/a" },
		{ "http://h:81/a", "http://h/d", "http://h:81/a" },
		{ "https://h/a", "http://h/d", "https://h/a" },
		{ "http://[fe80::1]:81/a", "https://[fe80::1]/d", "https://[fe80::1]/a" },
		{ "", "https://h/d", "" },
	};
	char url[LIMIT_URI_LEN];
	size_t len;

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		check_int(str_copy(str_from(t[i].url), url, sizeof(url)), 0);
		xaddr_keep_tls(url, t[i].base);
		check_str(url, t[i].out);
	}
	len = (size_t)snprintf(url, sizeof(url), "http://h/");
	memset(url + len, 'x', sizeof(url) - 1 - len);
	url[sizeof(url) - 1] = '\0';
	xaddr_keep_tls(url, "https://h/d");
	check_str(url, "");
}

static void test_scopes(void)
{
	struct scopes s = { 0 };

	scopes_add_list(&s, STR_LIT("onvif://www.onvif.org/type/audio_encoder\n"
			"onvif://www.onvif.org/hardware/IPC-1 ONVIF://www.onvif.org/Name/Front%20Door%1b[31m "
			"onvif://www.onvif.org/name/second onvif://www.onvif.org/location/country/china "
			"onvif://www.onvif.org/location/Caf%C3%A9 onvif://www.onvif.org/name "
			"odm:name:x http://evil/name/x"));
	check_str(s.name, "Front Door[31m");
	check_str(s.hardware, "IPC-1");
	check_str(s.location, "Caf\xc3\xa9");
}

static void test_scopes_many(void)
{
	struct scopes s = { 0 };
	struct buf b;

	buf_init(&b, 65536);
	for (int i = 0; i < 64; i++)
		buf_add_str(&b, "onvif://www.onvif.org/Profile/Streaming ");
	buf_add_str(&b, "onvif://www.onvif.org/name/late");
	scopes_add_list(&s, buf_str(&b));
	check_str(s.name, "");

	buf_reset(&b);
	buf_add_str(&b, "onvif://www.onvif.org/name/");
	for (int i = 0; i < 400; i++)
		buf_add_str(&b, "\xc3\xa9");
	scopes_add_list(&s, buf_str(&b));
	check_int(strlen(s.name), 62);
	buf_clear(&b);
}

static const struct test tests[] = {
	{ "pin", test_pin },
	{ "choose", test_choose },
	{ "choose by TLS", test_choose_tls },
	{ "keep to TLS", test_keep_tls },
	{ "scopes", test_scopes },
	{ "many scopes", test_scopes_many },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
