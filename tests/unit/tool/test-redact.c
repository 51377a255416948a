/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <spa/utils/defs.h>

#include "tests/lib/test.h"
#include "tools/pw-onvif/redact.h"

struct row {
	const char *text, *shown;
};

static void check_rows(const struct redact *r, const struct row *rows, size_t n)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < n; i++) {
		test_context("row %zu", i);
		buf_reset(&b);
		buf_add_str(&b, "");
		check_int(r ? redact_text(r, str_from(rows[i].text), &b) :
				redact_logins(str_from(rows[i].text), &b), 0);
		check_str(b.data, rows[i].shown);
	}
	buf_clear(&b);
}

static void test_text(void)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "a\r\nb\n\nc", "a\r\nb\n\nc" },
		/* logins */
		{ "Authorization: Digest username=\"admin\", response=\"00\"\r\nx: y", "Authorization: Digest <redacted>\r\nx: y" },
		{ "authorization: Basic YTpi", "authorization: Basic <redacted>" },
		{ "Authorization:YTpi", "Authorization:  <redacted>" },
		{ "WWW-Authenticate: Digest realm=\"Login to 4K0123\", nonce=\"a, \\\"b\", qop=\"auth\", algorithm=MD5, opaque=x",
			"WWW-Authenticate: Digest realm=\"<redacted>\", nonce=\"<redacted>\", qop=\"auth\", algorithm=MD5, opaque=<redacted>" },
		{ "WWW-Authenticate: Basic \"realm\", Digest nonce=\"open", "WWW-Authenticate: Basic \"<redacted>\", Digest nonce=\"<redacted>\"" },
		{ "WWW-Authenticate : Digest nonce = n0nce, realm = \"r\" n0nce, stale = TRUE",
			"WWW-Authenticate: Digest nonce=<redacted>, realm=\"<redacted>\" <redacted>, stale=TRUE" },
		{ " Authorization\t: Digest x", "Authorization: Digest <redacted>" },
		{ "DESCRIBE rtsp://u:p@192.168.1.2/a RTSP/1.0", "DESCRIBE rtsp://<redacted>@192.168.1.2/a RTSP/1.0" },
		{ "rtsp://192.168.1.2/a@b", "rtsp://192.168.1.2/a@b" },
		{ "/s?User=a&PassWord=b&channel=1", "/s?User=<redacted>&PassWord=<redacted>&channel=1" },
		{ "/user=a_password=t_l_channel=1_s=0.sdp?x", "/user=<redacted>_password=<redacted>_channel=1_s=0.sdp?x" },
		{ "/compass=3 pwd= pwd=\"", "/compass=3 pwd= pwd=\"" },
		/* what is known of this camera */
		{ "Server: ACME/SN4711 Hunter2hunter2", "Server: ACME/<redacted> <redacted><redacted>" },
		{ "ab abc a.ab-", "<redacted> abc a.<redacted>-" },
		/* ids */
		{ "urn:uuid:2D5f0002-0c5e-4b0e-9a3b-00408c112244;", "urn:uuid:<uuid>;" },
		{ "00:40:8c:11:22:44, 00-40-8C-11-22-44, 00408c112244.", "<mac>, <mac>, <hex>." },
		{ "00:40:8c:11:22 cam00408c112244 0123456789a", "00:40:8c:11:22 cam00408c112244 0123456789a" },
		/* addresses */
		{ "8.8.8.8:554 c=IN IP4 203.0.113.9\r\n", "<address>:554 c=IN IP4 <address>\r\n" },
		{ "10.1.2.3 127.0.0.1 169.254.1.1 172.31.0.1 192.168.0.1 100.64.0.1 0.0.0.0 239.255.255.250",
			"10.1.2.3 127.0.0.1 169.254.1.1 172.31.0.1 192.168.0.1 100.64.0.1 0.0.0.0 239.255.255.250" },
		{ "172.32.0.1 100.128.0.1.", "<address> <address>." },
		{ "[2001:db8::1]:554 fe80::1 fd00::1 ::1 12:30:45", "[<address>]:554 fe80::1 fd00::1 ::1 12:30:45" },
		{ "1.2 1.2.3 a.b", "1.2 1.2.3 a.b" },
	};
	struct redact r = { 0 };

	check(redact_add(&r, NULL) && redact_add(&r, ""));
	check(redact_add(&r, "SN4711") && redact_add(&r, "hunter2") && redact_add(&r, "ab"));
	check_rows(&r, rows, SPA_N_ELEMENTS(rows));
	while (r.n_known < REDACT_KNOWN)
		check(redact_add(&r, "x"));
	check(!redact_add(&r, "x"));
}

static void test_logins(void)
{
	static const struct row rows[] = {
		{ "rtsp://u:p@8.8.8.8/?pwd=x&a=1", "rtsp://<redacted>@8.8.8.8/?pwd=<redacted>&a=1" },
		{ "00:40:8c:11:22:44 it is", "00:40:8c:11:22:44 it is" },
	};

	check_rows(NULL, rows, SPA_N_ELEMENTS(rows));
}

static const struct test tests[] = {
	{ "text", test_text },
	{ "logins", test_logins },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
