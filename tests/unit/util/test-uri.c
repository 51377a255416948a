/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <net/if.h>

#include <spa/utils/defs.h>

#include "module/util/addr.h"
#include "module/util/limits.h"
#include "module/util/uri.h"
#include "tests/lib/test.h"

static void test_uri(void)
{
	static const struct {
		const char *text, *scheme, *host, *path, *formatted;
		uint16_t port, effective;
		bool ipv6;
	} c[] = {
		{ "rtsp://192.0.2.1", "rtsp", "192.0.2.1", "", "rtsp://192.0.2.1", 0, 554, false },
		{ "RTSP://u:p@w@cam.example:8554/a/b?c=d&e#f", "RTSP", "cam.example", "/a/b?c=d&e",
			"RTSP://cam.example:8554/a/b?c=d&e", 8554, 8554, false },
		{ "rtsps://[2001:db8::1]/x", "rtsps", "2001:db8::1", "/x", "rtsps://[2001:db8::1]/x", 0, 322, true },
		{ "http://[fe80::1%25eth0]:81/", "http", "fe80::1%25eth0", "/", "http://[fe80::1%25eth0]:81/", 81, 81, true },
		{ "https://h:?q", "https", "h", "?q", "https://h?q", 0, 443, false },
		{ "x-y+z.1://h:65535/", "x-y+z.1", "h", "/", "x-y+z.1://h:65535/", 65535, 65535, false },
		{ "foo://h/", "foo", "h", "/", "foo://h/", 0, 0, false },
	};
	char text[256];
	struct uri u;

	for (size_t i = 0; i < SPA_N_ELEMENTS(c); i++) {
		check_int(uri_parse(str_from(c[i].text), &u), 0);
		check_slice(u.scheme, c[i].scheme);
		check_slice(u.host, c[i].host);
		check_slice(u.path, c[i].path);
		check_int(u.port, c[i].port);
		check_int(uri_port(&u), c[i].effective);
		check_int(u.is_ipv6, c[i].ipv6);
		check_int(u.has_userinfo, i == 1);
		check_int(uri_format(&u, text, sizeof(text)), strlen(c[i].formatted));
		check_str(text, c[i].formatted);
		check_int(uri_format(&u, text, strlen(c[i].formatted)), -E2BIG);
	}
	check_int(uri_parse(STR_LIT("rtsp://u:p@w@h/"), &u), 0);
	check_slice(u.userinfo, "u:p@w");
	check_int(uri_parse(STR_LIT("rtsp://@h/"), &u), 0);
	check(u.has_userinfo && u.userinfo.len == 0);
}

static void test_bad_uri(void)
{
	static const char * const bad[] = {
		"", "rtsp", "rtsp:", "rtsp:/", "rtsp://", "rtsp:///x", "://h", "1a://h", "r_t://h",
		"rtsp://h x/", "rtsp://h/\n", "rtsp://h/\x7f", " rtsp://h", "rtsp://h:65536/", "rtsp://h:-1/",
		"rtsp://h:8x/", "rtsp://a:b:1/", "rtsp://[::1/", "rtsp://[::1]x/", "rtsp://[]/", "rtsp://[zz]/",
		"rtsp://[fe80::1%]/", "rtsp://[fe80::1%a/b]/", "rtsp://h<x/", "rtsp://h\\x/", "rtsp://h%41/",
		"rtsp://u@/", "rtsp://:554/", "mailto:a@b",
	};
	char text[LIMIT_URI_LEN + 1];
	struct uri u = { .port = 7 };

	for (size_t i = 0; i < SPA_N_ELEMENTS(bad); i++)
		check_int(uri_parse(str_from(bad[i]), &u), -EBADMSG);
	check_int(u.port, 7);
	memset(text, 'a', sizeof(text));
	memcpy(text, "rtsp://h/", 9);
	check_int(uri_parse(str_make(text, LIMIT_URI_LEN + 1), &u), -E2BIG);
	check_int(uri_parse(str_make(text, LIMIT_URI_LEN), &u), 0);
	for (size_t n = 0; n < 9; n++)
		uri_parse(str_make(text, n), &u);
}

static const struct {
	const char *text, *formatted;	/* NULL: not numeric */
	bool unicast, loopback;
} addrs[] = {
	{ "192.0.2.1", "192.0.2.1", true, false },
	{ "::ffff:192.0.2.1", "192.0.2.1", true, false },
	{ "[2001:DB8:0::1]", "2001:db8::1", true, false },
	{ "fe80::1%lo", "fe80::1%lo", true, false },
	{ "fe80::1%25lo", "fe80::1%lo", true, false },
	{ "[fe80::1%4294967295]", "fe80::1%4294967295", true, false },
	{ "127.0.0.1", "127.0.0.1", false, true },
	{ "127.255.0.1", "127.255.0.1", false, true },
	{ "::1", "::1", false, true },
	{ "::ffff:127.0.0.1", "127.0.0.1", false, true },
	{ "0.0.0.0", "0.0.0.0", false, false },
	{ "0.1.2.3", "0.1.2.3", false, false },
	{ "::", "::", false, false },
	{ "239.255.255.250", "239.255.255.250", false, false },
	{ "::ffff:239.255.255.250", "239.255.255.250", false, false },
	{ "ff02::c", "ff02::c", false, false },
	{ "255.255.255.255", "255.255.255.255", false, false },
	{ "", NULL, false, false }, { "cam", NULL, false, false }, { "1.2.3", NULL, false, false },
	{ "010.0.0.1", NULL, false, false }, { "1.2.3.256", NULL, false, false },
	{ "[192.0.2.1]", NULL, false, false }, { "[::1", NULL, false, false }, { "::1]", NULL, false, false },
	{ "fe80::1%", NULL, false, false }, { "fe80::1%nosuchif", NULL, false, false },
	{ "fe80::1%0", NULL, false, false }, { "1:2:3:4:5:6:7:8:9", NULL, false, false },
	{ "1234:1234:1234:1234:1234:1234:1234:1234:1234:1234:1234:1234", NULL, false, false },
};

static void test_addr(void)
{
	struct sockaddr_storage ss;
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < SPA_N_ELEMENTS(addrs); i++) {
		ss = (struct sockaddr_storage){ .ss_family = AF_UNIX };
		if (addrs[i].formatted == NULL) {
			check_int(addr_parse(str_from(addrs[i].text), 1, &ss), -EINVAL);
			check_int(ss.ss_family, AF_UNIX);
			continue;
		}
		check_int(addr_parse(str_from(addrs[i].text), 1, &ss), 0);
		check_int(addr_format(&ss, text), 0);
		check_str(text, addrs[i].formatted);
		check_int(addr_is_unicast(&ss), addrs[i].unicast);
		check_int(addr_is_loopback(&ss), addrs[i].loopback);
	}
	ss = (struct sockaddr_storage){ .ss_family = AF_UNIX };
	check_int(addr_format(&ss, text), -EINVAL);
	check(!addr_is_unicast(&ss) && !addr_is_loopback(&ss) && !addr_same_host(&ss, &ss));
	check_int(addr_parse(str_make("1.2.3.4\0", 8), 1, &ss), -EINVAL);
}

static void test_addr_equal(void)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} c[] = {
		{ "192.0.2.1", "192.0.2.1", true }, { "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true }, { "[2001:db8::1]", "2001:DB8:0::1", true },
		{ "fe80::1%lo", "fe80::1%1", true }, { "fe80::1%7", "fe80::1%8", false },
		{ "2001:db8::1%7", "2001:db8::1%8", true }, { "fe80::1", "fe80::1%7", false },
		{ "Cam.Local", "cam.local.", true }, { "cam", "cam2", false }, { "cam", "192.0.2.1", false },
		{ "", "", false }, { ".", ".", true },
	};

	if (if_nametoindex("lo") != 1)
		test_skip("lo is not interface 1");
	for (size_t i = 0; i < SPA_N_ELEMENTS(c); i++) {
		check_int(addr_text_equal(str_from(c[i].a), str_from(c[i].b)), c[i].equal);
		check_int(addr_text_equal(str_from(c[i].b), str_from(c[i].a)), c[i].equal);
	}
}

static const struct test tests[] = {
	{ "uri", test_uri }, { "bad uri", test_bad_uri }, { "addr", test_addr },
	{ "addr equal", test_addr_equal },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
