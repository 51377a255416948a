/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/onvif/scopes.h"
#include "module/onvif/xaddr.h"
#include "module/rtsp/message.h"
#include "module/rtsp/sdp.h"
#include "module/util/addr.h"
#include "module/util/buf.h"
#include "module/util/text.h"
#include "module/util/uri.h"
#include "tests/fuzz/fuzz.h"

/* Everything that reads or writes short texts. The first byte says which, 'a' to 'm'. */

static bool is_inside(struct str part, struct str whole)
{
	return part.len == 0 || (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

/* printable ASCII without blanks: fit for a request line */
static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

static void fuzz_uri(struct str in)
{
	char text[LIMIT_URI_LEN + 1], again[LIMIT_URI_LEN + 1];
	struct uri a, b;
	int len;

	if (uri_parse(in, &a) < 0)
		return;
	fuzz_assert(in.len <= LIMIT_URI_LEN && is_clean(in));
	fuzz_assert(is_inside(a.scheme, in) && is_inside(a.userinfo, in) &&
			is_inside(a.host, in) && is_inside(a.path, in));
	fuzz_assert(a.scheme.len > 0 && a.host.len > 0);
	fuzz_assert(a.path.len == 0 || a.path.p[0] == '/' || a.path.p[0] == '?');
	fuzz_assert(str_find(a.path, '#') < 0);
	fuzz_assert(a.has_userinfo || a.userinfo.len == 0);
	fuzz_assert(a.port == 0 || uri_port(&a) == a.port);
	/* shorter, but for a host of IPv6 and a port without its leading zeros never longer */
	len = uri_format(&a, text, sizeof(text));
	fuzz_assert(len > 0 && (size_t)len == strlen(text) && (size_t)len <= in.len);
	fuzz_assert(uri_format(&a, again, (size_t)len) == -E2BIG);
	fuzz_assert(uri_parse(str_from(text), &b) == 0);
	fuzz_assert(str_eq(a.scheme, b.scheme) && str_eq(a.host, b.host) && str_eq(a.path, b.path) &&
			a.port == b.port && a.is_ipv6 == b.is_ipv6 && !b.has_userinfo);
}

static void fuzz_addr(struct str in)
{
	char text[ADDR_STRLEN];
	struct sockaddr_storage a, b;
	struct str other = fuzz_until(&in, '\n');

	fuzz_assert(addr_text_equal(in, other) == addr_text_equal(other, in));
	if (addr_parse(in, 554, &a) < 0)
		return;
	fuzz_assert(addr_text_equal(in, in) && addr_same_host(&a, &a));
	fuzz_assert(!addr_is_unicast(&a) || !addr_is_loopback(&a));
	fuzz_assert(addr_format(&a, text) == 0 && strlen(text) < ADDR_STRLEN);
	fuzz_assert(addr_parse(str_from(text), 0, &b) == 0 && addr_same_host(&a, &b));
}

/* one reader on a text: what it gives and where it leaves the cursor */
static void read_one(struct str *cur, uint8_t how, size_t max)
{
	struct str before = *cur, got = STR_LIT("untouched"), was = got;
	uint64_t v = 77;
	uint32_t c = 77;
	int res;

	switch (how % 7) {
	case 0: res = str_until(cur, ':', max, &got); break;
	case 1: res = str_line(cur, max, &got); break;
	case 2: res = str_token(cur, " ;,", &got); break;
	case 3: res = str_char(cur, '='); break;
	case 4: res = str_uint(cur, max, &v); break;
	case 5: res = str_hex(cur, max, &v); break;
	default: res = str_utf8(cur, &c); break;
	}
	if (res < 0) {
		fuzz_assert(cur->p == before.p && cur->len == before.len);
		fuzz_assert(got.p == was.p && got.len == was.len && v == 77 && c == 77);
		return;
	}
	fuzz_assert(cur->p >= before.p && cur->p + cur->len == before.p + before.len);
	fuzz_assert(got.p == was.p || is_inside(got, before));
	fuzz_assert(how % 7 > 1 || got.len <= max);
	fuzz_assert(v == 77 || v <= max);
	/* all but str_until(), which may stand on its byte already, take something */
	fuzz_assert(how % 7 == 0 || cur->len < before.len);
}

static void fuzz_readers(struct str in)
{
	struct str how = fuzz_until(&in, '\n');

	while (how.len > 0) {
		uint8_t b = fuzz_byte(&how);

		read_one(&in, b, (size_t)b * b * 3);
		if (b & 0x80)
			fuzz_take(&in, 1);
		fuzz_assert(str_trim(in).len <= in.len);
	}
}

static uint32_t base64_value(char c)
{
	ptrdiff_t at = str_find(STR_LIT("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"), c);

	fuzz_assert(at >= 0);
	return (uint32_t)at;
}

/* RFC 4648 4 */
static void check_base64(struct str text, struct str wanted)
{
	size_t n = 0;

	fuzz_assert(text.len == (wanted.len + 2) / 3 * 4);
	for (size_t i = 0; i < text.len; i += 4) {
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++)
			v = v << 6 | (text.p[i + k] == '=' ? 0 : base64_value(text.p[i + k]));
		for (int shift = 16; shift >= 0 && n < wanted.len; shift -= 8)
			fuzz_assert((uint8_t)(v >> shift) == (uint8_t)wanted.p[n++]);
	}
	fuzz_assert(n == wanted.len);
}

static void check_xml(struct str text)
{
	static const struct str entities[] = { STR_LIT("amp;"), STR_LIT("lt;"), STR_LIT("gt;"),
		STR_LIT("quot;"), STR_LIT("apos;") };
	uint32_t c;

	while (text.len > 0) {
		bool known = false;

		fuzz_assert(str_utf8(&text, &c) == 0);
		fuzz_assert(c != '<' && c != '>' && c != '"' && c != '\'' && c != 0);
		for (size_t i = 0; i < SPA_N_ELEMENTS(entities); i++)
			known |= str_has_prefix(text, entities[i]);
		fuzz_assert(c != '&' || known);
	}
}

/* encoders, and what holds for every buffer: bounded, NUL terminated, its error sticks */
static void fuzz_buf(struct str in)
{
	size_t max = fuzz_u16(&in);
	struct buf b;
	int res;

	buf_init(&b, max);
	res = buf_add_base64(&b, in.p, in.len);
	fuzz_assert(b.len <= max && (res == 0) == ((in.len + 2) / 3 * 4 <= max));
	if (res == 0)
		check_base64(buf_str(&b), in);
	buf_reset(&b);
	fuzz_assert(b.len == 0 && b.error == 0);
	if (buf_add_xml(&b, in) == 0)
		check_xml(buf_str(&b));
	fuzz_assert(b.len <= max && (b.data == NULL || b.data[b.len] == '\0'));
	buf_consume(&b, in.len / 2);
	res = b.error;
	fuzz_assert(buf_printf(&b, "%s%u", "x", 12345u) == b.error && (res == 0 || b.error == res));
	fuzz_assert(b.len <= max && (b.data == NULL || b.data[b.len] == '\0'));
	buf_clear(&b);
}

/* what nobody wants to see in a mixer's list of outputs: controls, bidirectional
 * overrides, zero-width characters (Unicode 15 chapters 23.1, 23.2) */
static bool is_unfit(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c <= 0x9f) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
		c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x2069) || c == 0xfeff || c >= 0xe0000;
}

static void check_shown(const char *text, size_t size)
{
	struct str s = str_from(text);
	char again[LIMIT_URI_LEN];
	uint32_t c, before = ' ';

	fuzz_assert(s.len < size);
	while (s.len > 0) {
		fuzz_assert(str_utf8(&s, &c) == 0 && !is_unfit(c));
		fuzz_assert(c != ' ' || before != ' ');
		before = c;
	}
	fuzz_assert(text[0] == '\0' || before != ' ');
	fuzz_assert(text_sanitize(str_from(text), again, sizeof(again)) == strlen(text));
	fuzz_assert(strcmp(again, text) == 0);
}

static void fuzz_sanitize(struct str in)
{
	char dst[LIMIT_URI_LEN];
	size_t size = 1 + fuzz_byte(&in) * 4u % sizeof(dst), len;

	memset(dst, 'x', sizeof(dst));
	len = text_sanitize(in, dst, size);
	fuzz_assert(len < size && dst[len] == '\0' && strlen(dst) == len);
	check_shown(dst, size);
	for (size_t i = size; i < sizeof(dst); i++)
		fuzz_assert(dst[i] == 'x');
}

static void fuzz_percent(struct str in)
{
	char dst[300];
	size_t size = 1 + fuzz_byte(&in), len;

	len = text_percent_decode(in, dst, size);
	fuzz_assert(len < size && len <= in.len && dst[len] == '\0');
	/* no end comes out of an escape */
	for (size_t i = 0; str_find(in, '\0') < 0 && i < len; i++)
		fuzz_assert(dst[i] != '\0');
	if (str_find(in, '%') < 0)
		fuzz_assert(len == SPA_MIN(in.len, size - 1) && memcmp(dst, in.p, len) == 0);
}

static void fuzz_id(struct str in)
{
	char dst[300], again[300], *text = strndup(in.p ? in.p : "", in.len);
	size_t size = 2 + fuzz_byte(&in), len = text_stable_id(in, dst, size);

	fuzz_assert(len < size && strlen(dst) == len);
	for (size_t i = 0; i < len; i++)
		fuzz_assert(str_find(STR_LIT("abcdefghijklmnopqrstuvwxyz0123456789_-"), dst[i]) >= 0);
	fuzz_assert(len == 0 || (text_stable_id(str_from(dst), again, sizeof(again)) == len &&
			strcmp(dst, again) == 0) || strspn(dst, "_-") == len);
	fuzz_assert(text != NULL && text_id_equal(text, text));
	free(text);
}

/* one camera has one id, however it is written */
static void fuzz_same_id(struct str in)
{
	char plain[128], other[128], *text = strndup(in.p ? in.p : "", in.len), *urn = NULL;
	struct str bare = str_trim(str_from(text));

	fuzz_assert(text != NULL && asprintf(&urn, " URN:uuid:" STR_FMT "\t", STR_ARG(bare)) > 0);
	/* the prefix is dropped once */
	if (!str_has_iprefix(bare, STR_LIT("urn:uuid:"))) {
		fuzz_assert(text_id_equal(text, urn) && text_id_equal(urn, text));
		fuzz_assert(text_stable_id(str_from(text), plain, sizeof(plain)) ==
				text_stable_id(str_from(urn), other, sizeof(other)));
		fuzz_assert(strcmp(plain, other) == 0);
	}
	free(urn);
	free(text);
}

static bool same_origin(const char *a, const char *b)
{
	struct uri ua, ub;

	return uri_parse(str_from(a), &ua) == 0 && uri_parse(str_from(b), &ub) == 0 &&
		str_eq(ua.scheme, ub.scheme) && str_eq(ua.host, ub.host) && ua.port == ub.port &&
		!ub.has_userinfo;
}

/* Whatever a camera writes into its SDP and headers, the request goes to its own origin. */
static void fuzz_control(struct str in)
{
	char request[LIMIT_URI_LEN + 1], base[LIMIT_URI_LEN + 1], uri[LIMIT_URI_LEN + 1];
	struct str line = fuzz_until(&in, '\n'), content_base = fuzz_until(&in, '\n');
	struct str location = fuzz_until(&in, '\n');
	struct uri u;
	int len;

	if (uri_parse(line, &u) < 0 || u.has_userinfo || str_copy(line, request, sizeof(request)) < 0)
		return;
	len = sdp_base_uri(request, content_base.len ? &content_base : NULL,
			location.len ? &location : NULL, base, sizeof(base));
	fuzz_assert(len == -E2BIG || (len > 0 && (size_t)len == strlen(base)));
	if (len < 0)
		return;
	fuzz_assert(same_origin(request, base) && is_clean(str_from(base)));
	for (int resolve = 0; resolve < 2; resolve++) {
		len = sdp_control_uri(base, in, resolve, uri, sizeof(uri));
		fuzz_assert(len == -E2BIG || len == -EBADMSG || (size_t)len == strlen(uri));
		if (len > (int)LIMIT_URI_LEN || len < 0)
			continue;
		fuzz_assert(is_clean(str_from(uri)) && same_origin(request, uri));
	}
}

static void fuzz_headers(struct str in)
{
	struct rtsp_transport transport = { .channel = { 7, 7 } };
	struct rtsp_session session = { .timeout = 7 };
	int res = rtsp_session_parse(in, &session);

	if (res == 0)
		fuzz_assert(session.id.len > 0 && is_inside(session.id, in) &&
				session.timeout > 0 && fuzz_is_line(session.id));
	else
		fuzz_assert(res == -EBADMSG && session.timeout == 7);
	res = rtsp_transport_parse(in, &transport);
	fuzz_assert(res == 0 || res == -EBADMSG || res == -ENOTSUP);
	if (res < 0) {
		fuzz_assert(transport.channel[0] == 7);
		return;
	}
	fuzz_assert(transport.source.len == 0 || is_inside(transport.source, in));
	fuzz_assert(!transport.has_channel || transport.is_tcp);
	fuzz_assert(!transport.has_server_port || transport.server_port[0] > 0);
}

static void fuzz_scopes(struct str in)
{
	struct scopes s = { 0 };

	scopes_add_list(&s, in);
	check_shown(s.name, sizeof(s.name));
	check_shown(s.hardware, sizeof(s.hardware));
	check_shown(s.location, sizeof(s.location));
}

static void fuzz_xaddr(struct str in)
{
	static const struct { const char *host, *shown; } hosts[] = {
		{ "192.0.2.7", "192.0.2.7" }, { "2001:db8::1", "2001:db8::1" },
		{ "fe80::1%lo", "fe80::1" }, { "camera.example", "camera.example" },
	};
	uint8_t n = fuzz_byte(&in) % SPA_N_ELEMENTS(hosts);
	char url[LIMIT_URI_LEN];

	if (xaddr_pin(in, hosts[n].host, url) == 0)
		fuzz_check_uri(url, "http https rtsp rtsps", hosts[n].shown);
	if (xaddr_choose(in, hosts[n].host, url) == 0) {
		fuzz_check_uri(url, "http https", hosts[n].shown);
		xaddr_keep_tls(url, "https://192.0.2.7:8443/");
		fuzz_assert(url[0] == '\0' || strncmp(url, "https://", 8) == 0);
	}
	if (xaddr_choose_tls(in, hosts[n].host, url) == 0) {
		fuzz_check_uri(url, "https", hosts[n].shown);
	}
}

/* what a user gives: an address, and perhaps a URL on the second line */
static void fuzz_candidates(struct str in)
{
	char host[LIMIT_URI_LEN], url[XADDR_CANDIDATES][LIMIT_URI_LEN];
	struct str line = fuzz_until(&in, '\n');
	char *address = strndup(line.p ? line.p : "", line.len), *xaddr = strndup(in.p ? in.p : "", in.len);
	int n;

	fuzz_assert(address != NULL && xaddr != NULL);
	n = xaddr_candidates(xaddr[0] ? xaddr : NULL, address[0] ? address : NULL, host, url);
	fuzz_assert(n < 0 || (n > 0 && n <= (int)XADDR_CANDIDATES));
	for (int i = 0; i < n; i++) {
		struct str plain = str_from(host);
		ptrdiff_t at = str_find(plain, '%');

		fuzz_assert(strncmp(url[i], "http", 4) == 0 && is_clean(str_from(url[i])));
		fuzz_assert(str_search(str_from(url[i]), str_make(host, at < 0 ? plain.len : (size_t)at)) >= 0);
		for (int k = 0; k < i; k++)
			fuzz_assert(strcmp(url[i], url[k]) != 0);
	}
	free(address);
	free(xaddr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const targets[])(struct str in) = {
		fuzz_uri, fuzz_addr, fuzz_readers, fuzz_buf, fuzz_sanitize, fuzz_percent,
		fuzz_id, fuzz_same_id, fuzz_control, fuzz_headers, fuzz_scopes, fuzz_xaddr,
		fuzz_candidates,
	};
	struct str in = str_make((const char *)data, size);
	uint8_t which = fuzz_byte(&in);

	targets[(uint8_t)(which - 'a') % SPA_N_ELEMENTS(targets)](in);
	return 0;
}
