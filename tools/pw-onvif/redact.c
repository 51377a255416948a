/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/redact.h"

#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include <spa/utils/defs.h>

#include "module/util/addr.h"

#define HIDDEN		"<redacted>"
/* a known word shorter than this counts only where it stands alone */
#define WORD_LEN	4u
#define UUID_LEN	36u
#define MAC_LEN		17u
#define HEX_LEN		12u
#define ADDRESS_LEN	46u

bool redact_add(struct redact *r, const char *known)
{
	if (known == NULL || known[0] == '\0')
		return true;
	if (r->n_known == REDACT_KNOWN)
		return false;
	r->known[r->n_known++] = known;
	return true;
}

static struct str skip(struct str s, size_t n)
{
	return str_make(s.p + n, s.len - n);
}

static bool is_alnum(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool is_hex(char c)
{
	return isxdigit((unsigned char)c);
}

/* ends a word of an address or of prose */
static bool is_end(char c)
{
	return strchr(" \t\r\n\"'<>", c) != NULL;
}

/* Each of these: the length, from the cursor, of what they look for; 0: it is not there.
 * boundary: no letter or digit comes before the cursor. */

static size_t find_userinfo(struct str s)
{
	size_t i;

	for (i = 0; i < s.len && !is_end(s.p[i]) && s.p[i] != '/'; i++)
		if (s.p[i] == '@')
			return i;
	return 0;
}

static bool is_name(struct str s)
{
	size_t i = 0;

	while (i < s.len && isalpha((unsigned char)s.p[i]))
		i++;
	return i > 0 && i < s.len && s.p[i] == '=';
}

/* "password=" and the like. ret_value: the length of what stands behind it */
static size_t find_parameter(struct str s, size_t *ret_value)
{
	static const char * const names[] = {
		"password", "passwd", "passwort", "pass", "pwd", "psw", "pw", "username", "user", "usr",
		"login", "account", "auth", "authbasic", "token", "accesstoken", "access_token", "secret",
		"sign", "signature",
	};
	size_t i, n, end;

	for (i = 0; i < SPA_N_ELEMENTS(names); i++) {
		n = strlen(names[i]);
		if (s.len <= n || strncasecmp(s.p, names[i], n) != 0 || s.p[n] != '=')
			continue;
		for (end = n + 1; end < s.len && !is_end(s.p[end]) && !strchr("&;?", s.p[end]); end++)
			/* user=u_password=p_channel=1 (XiongMai) */
			if (s.p[end] == '_' && is_name(skip(s, end + 1)))
				break;
		*ret_value = end - n - 1;
		return n + 1;
	}
	return 0;
}

static size_t find_known(const struct redact *r, struct str s, bool boundary)
{
	size_t n;

	for (uint32_t i = 0; i < r->n_known; i++) {
		n = strlen(r->known[i]);
		if (s.len < n || strncasecmp(s.p, r->known[i], n) != 0)
			continue;
		if (n >= WORD_LEN || (boundary && (s.len == n || !is_alnum(s.p[n]))))
			return n;
	}
	return 0;
}

static size_t find_uuid(struct str s)
{
	if (s.len < UUID_LEN)
		return 0;
	for (size_t i = 0; i < UUID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.p[i] != '-' : !is_hex(s.p[i]))
			return 0;
	}
	return UUID_LEN;
}

static size_t find_mac(struct str s)
{
	if (s.len < MAC_LEN || (s.len > MAC_LEN && is_alnum(s.p[MAC_LEN])))
		return 0;
	for (size_t i = 0; i < MAC_LEN; i++)
		if (i % 3 == 2 ? s.p[i] != s.p[2] || !strchr(":-", s.p[i]) : !is_hex(s.p[i]))
			return 0;
	return MAC_LEN;
}

/* a MAC address without colons, a hash, a key */
static size_t find_hex(struct str s)
{
	size_t n = 0;

	while (n < s.len && is_hex(s.p[n]))
		n++;
	return n >= HEX_LEN && (n == s.len || !is_alnum(s.p[n])) ? n : 0;
}

static bool is_public4(const struct in_addr *a)
{
	uint32_t ip = ntohl(a->s_addr);

	return ip >> 24 != 0 && ip >> 24 != 10 && ip >> 24 != 127 && ip >> 28 != 0xe && ip >> 28 != 0xf &&
		ip >> 16 != 0xa9fe && ip >> 16 != 0xc0a8 && ip >> 20 != 0xac1 && ip >> 22 != 0x6440 >> 6;
}

static bool is_public6(const struct in6_addr *a)
{
	return !IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_LOOPBACK(a) && !IN6_IS_ADDR_LINKLOCAL(a) &&
		!IN6_IS_ADDR_MULTICAST(a) && (a->s6_addr[0] & 0xfe) != 0xfc;
}

static bool is_public(struct str text)
{
	struct sockaddr_storage ss;

	if (addr_parse(text, 0, &ss) < 0)
		return false;
	if (ss.ss_family == AF_INET)
		return is_public4(&((const struct sockaddr_in *)&ss)->sin_addr);
	return is_public6(&((const struct sockaddr_in6 *)&ss)->sin6_addr);
}

static size_t find_address(struct str s)
{
	size_t n = 0, dots = 0, colons = 0;

	while (n < s.len && (is_hex(s.p[n]) || s.p[n] == '.' || s.p[n] == ':')) {
		dots += s.p[n] == '.';
		colons += s.p[n] == ':';
		n++;
	}
	if (n < s.len && is_alnum(s.p[n]))
		return 0;
	/* the port is not part of it */
	if (dots == 3 && colons == 1)
		n = (size_t)str_find(str_make(s.p, n), ':');
	while (n > 0 && (s.p[n - 1] == '.' || (s.p[n - 1] == ':' && (n < 2 || s.p[n - 2] != ':'))))
		n--;
	return n <= ADDRESS_LEN && n > 1 && is_public(str_make(s.p, n)) ? n : 0;
}

/* \return how much of s is written, in other words; 0: nothing is there to be hidden */
static size_t hide_here(const struct redact *r, struct str s, bool boundary, struct buf *dst)
{
	size_t n, value;

	if (str_has_prefix(s, STR_LIT("://")) && (n = find_userinfo(skip(s, 3))) > 0) {
		buf_add_str(dst, "://" HIDDEN);
		return 3 + n;
	}
	if (boundary && (n = find_parameter(s, &value)) > 0) {
		buf_add_slice(dst, str_make(s.p, n));
		buf_add_str(dst, value > 0 ? HIDDEN : "");
		return n + value;
	}
	if (r == NULL)
		return 0;
	if ((n = find_known(r, s, boundary)) > 0)
		buf_add_str(dst, HIDDEN);
	else if (boundary && (n = find_uuid(s)) > 0)
		buf_add_str(dst, "<uuid>");
	else if (boundary && (n = find_mac(s)) > 0)
		buf_add_str(dst, "<mac>");
	else if (boundary && (n = find_hex(s)) > 0)
		buf_add_str(dst, "<hex>");
	else if (boundary && (n = find_address(s)) > 0)
		buf_add_str(dst, "<address>");
	return n;
}

static void hide_words(const struct redact *r, struct str s, struct buf *dst)
{
	bool boundary = true;
	size_t n;

	while (s.len > 0) {
		if ((n = hide_here(r, s, boundary, dst)) == 0) {
			buf_add_byte(dst, (uint8_t)s.p[0]);
			n = 1;
		}
		boundary = !is_alnum(s.p[n - 1]);
		s = skip(s, n);
	}
}

/* ---- headers ---- */

static size_t quoted_len(struct str s)
{
	size_t i;

	for (i = 1; i < s.len && s.p[i] != '"'; i++)
		if (s.p[i] == '\\' && i + 1 < s.len)
			i++;
	return SPA_MIN(i + 1, s.len);
}

static bool is_harmless(struct str name)
{
	return str_ieq(name, STR_LIT("algorithm")) || str_ieq(name, STR_LIT("qop")) ||
		str_ieq(name, STR_LIT("stale")) || str_ieq(name, STR_LIT("charset"));
}

static bool is_scheme(struct str name)
{
	return str_ieq(name, STR_LIT("Digest")) || str_ieq(name, STR_LIT("Basic"));
}

static struct str skip_blanks(struct str s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = skip(s, 1);
	return s;
}

/* what stands behind "name=": how it is spelt stays to be seen. \return the rest */
static struct str hide_value(const struct redact *r, struct str name, struct str s, struct buf *dst)
{
	size_t value;

	s = skip_blanks(s);
	if (s.len > 0 && s.p[0] == '"')
		value = quoted_len(s);
	else
		for (value = 0; value < s.len && !strchr(" \t,", s.p[value]); value++)
			;
	if (is_harmless(name))
		hide_words(r, str_make(s.p, value), dst);
	else if (value > 0)
		buf_add_str(dst, s.p[0] == '"' ? "\"" HIDDEN "\"" : HIDDEN);
	return skip(s, value);
}

/* realm="..." (Dahua: the serial number), nonce="...", ... */
static void hide_challenge(const struct redact *r, struct str s, struct buf *dst)
{
	struct str name, rest;
	size_t n;

	while (s.len > 0) {
		for (n = 0; n < s.len && !strchr(" \t,=\"", s.p[n]); n++)
			;
		name = str_make(s.p, n);
		rest = skip_blanks(skip(s, n));
		if (n > 0 && rest.len > 0 && rest.p[0] == '=') {
			hide_words(r, name, dst);
			buf_add_byte(dst, '=');
			s = hide_value(r, name, skip(rest, 1), dst);
		} else if (n > 0) {
			/* one that stands alone, and what may be a value after all */
			if (is_scheme(name))
				buf_add_slice(dst, name);
			else
				buf_add_str(dst, HIDDEN);
			s = skip(s, n);
		} else if (s.p[0] == '"') {
			buf_add_str(dst, "\"" HIDDEN "\"");
			s = skip(s, quoted_len(s));
		} else {
			buf_add_byte(dst, (uint8_t)s.p[0]);
			s = skip(s, 1);
		}
	}
}

static void hide_authorization(const struct redact *r, struct str s, struct buf *dst)
{
	ptrdiff_t blank = str_find(s, ' ');

	hide_words(r, str_make(s.p, blank > 0 ? (size_t)blank : 0), dst);
	buf_add_str(dst, " " HIDDEN);
}

static void hide_line(const struct redact *r, struct str line, struct buf *dst)
{
	ptrdiff_t colon = str_find(line, ':');
	struct str name = str_trim(str_make(line.p, colon > 0 ? (size_t)colon : 0));
	bool proves = str_ieq(name, STR_LIT("Authorization")) || str_ieq(name, STR_LIT("Proxy-Authorization")) ||
		str_ieq(name, STR_LIT("Authentication-Info"));
	bool asks = str_ieq(name, STR_LIT("WWW-Authenticate")) || str_ieq(name, STR_LIT("Proxy-Authenticate"));
	struct str value;

	if (!proves && !asks) {
		hide_words(r, line, dst);
		return;
	}
	value = str_trim(skip(line, (size_t)colon + 1));
	buf_add_slice(dst, name);
	buf_add_str(dst, ": ");
	(asks ? hide_challenge : hide_authorization)(r, value, dst);
}

int redact_text(const struct redact *r, struct str text, struct buf *dst)
{
	ptrdiff_t end;

	while ((end = str_find(text, '\n')) >= 0) {
		size_t len = (size_t)end;
		bool cr = len > 0 && text.p[len - 1] == '\r';

		hide_line(r, str_make(text.p, len - cr), dst);
		buf_add_str(dst, cr ? "\r\n" : "\n");
		text = skip(text, len + 1);
	}
	hide_line(r, text, dst);
	return dst->error;
}

int redact_logins(struct str text, struct buf *dst)
{
	hide_words(NULL, text, dst);
	return dst->error;
}
