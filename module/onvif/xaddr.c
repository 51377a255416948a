/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/xaddr.h"

#include <errno.h>
#include <string.h>

#include "module/util/addr.h"
#include "module/util/uri.h"

#define HTTPS_PORT	443u

static bool is_http(const struct uri *u)
{
	return str_ieq(u->scheme, STR_LIT("http"));
}

static bool is_https(const struct uri *u)
{
	return str_ieq(u->scheme, STR_LIT("https"));
}

/* Others compare schemes by bytes. \return an empty one where u's is not for us */
static struct str plain_scheme(const struct uri *u)
{
	static const char *const known[] = { "http", "https", "rtsp", "rtsps" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ieq(u->scheme, str_from(known[i])))
			return str_from(known[i]);
	return STR_LIT("");
}

static struct str without_scope(struct str host)
{
	ptrdiff_t at = str_find(host, '%');

	return at < 0 ? host : str_make(host.p, (size_t)at);
}

int xaddr_pin(struct str url, const char *host, char dst[LIMIT_URI_LEN])
{
	char text[LIMIT_URI_LEN];
	struct uri u, result;
	int res;

	if ((res = uri_parse(str_trim(url), &u)) < 0)
		return res;
	u.scheme = plain_scheme(&u);
	if (u.scheme.len == 0)
		return -ENOTSUP;
	u.host = without_scope(str_from(host));
	u.is_ipv6 = str_find(u.host, ':') >= 0;
	if ((res = uri_format(&u, text, sizeof(text))) < 0)
		return res;
	/* a host with a '/' or '@' in it would make another URI than meant */
	if (uri_parse(str_from(text), &result) < 0 || result.has_userinfo ||
	    !str_eq(result.host, u.host))
		return -EINVAL;
	return str_copy(str_from(text), dst, LIMIT_URI_LEN);
}

/* 0: not usable */
static int rank_any(struct str xaddr, const char *host)
{
	struct uri u;
	bool same;

	if (uri_parse(xaddr, &u) < 0 || u.has_userinfo)
		return 0;
	same = addr_text_equal(without_scope(u.host), without_scope(str_from(host)));
	if (is_http(&u))
		return same ? 4 : 2;
	if (is_https(&u))
		return same ? 3 : 1;
	return 0;
}

static int rank_tls(struct str xaddr, const char *host)
{
	int r = rank_any(xaddr, host);

	/* the odd ones */
	return r % 2 ? r : 0;
}

static int choose(struct str xaddrs, const char *host, int (*rank)(struct str xaddr, const char *host),
		char dst[LIMIT_URI_LEN])
{
	struct str xaddr, best = { 0 };
	int best_rank = 0;

	for (uint32_t n = 0; n < LIMIT_XADDRS && str_token(&xaddrs, " \t\r\n", &xaddr) == 0; n++) {
		int r = rank(xaddr, host);

		if (r > best_rank) {
			best_rank = r;
			best = xaddr;
		}
	}
	if (best_rank == 0 || xaddr_pin(best, host, dst) < 0)
		return -ENOENT;
	return 0;
}

int xaddr_choose(struct str xaddrs, const char *host, char dst[LIMIT_URI_LEN])
{
	return choose(xaddrs, host, rank_any, dst);
}

int xaddr_choose_tls(struct str xaddrs, const char *host, char dst[LIMIT_URI_LEN])
{
	return choose(xaddrs, host, rank_tls, dst);
}

void xaddr_keep_tls(char url[LIMIT_URI_LEN], const char *base)
{
	char text[LIMIT_URI_LEN] = "";
	struct uri u, b;

	if (uri_parse(str_from(url), &u) < 0 || uri_parse(str_from(base), &b) < 0 ||
	    !is_http(&u) || !is_https(&b))
		return;
	u.scheme = b.scheme;
	u.port = b.port;
	if (uri_format(&u, text, sizeof(text)) < 0)
		text[0] = '\0';
	memcpy(url, text, sizeof(text));
}

static int split_address(struct str address, char host[LIMIT_URI_LEN], uint16_t *ret_port)
{
	struct str rest = address, name;
	uint64_t port = 0;
	ptrdiff_t colon;

	if (str_char(&rest, '[') == 0) {
		if (str_until(&rest, ']', LIMIT_URI_LEN, &name) < 0 || str_char(&rest, ']') < 0)
			return -EINVAL;
	} else if ((colon = str_find(address, ':')) >= 0 &&
	    str_find(str_make(address.p + colon + 1, address.len - (size_t)colon - 1), ':') < 0) {
		name = str_make(address.p, (size_t)colon);
		rest = str_make(address.p + colon, address.len - (size_t)colon);
	} else {
		name = address;
		rest = STR_LIT("");
	}
	if (rest.len > 0 && (str_char(&rest, ':') < 0 || str_to_uint(rest, UINT16_MAX, &port) < 0))
		return -EINVAL;
	if (name.len == 0 || str_copy(name, host, LIMIT_URI_LEN) < 0)
		return -EINVAL;
	*ret_port = (uint16_t)port;
	return 0;
}

/* \return the new count */
static uint32_t add_candidate(char url[XADDR_CANDIDATES][LIMIT_URI_LEN], uint32_t n,
		const struct uri *base, struct str path, const char *host)
{
	struct uri u = *base;
	char text[LIMIT_URI_LEN];

	u.path = path;
	if (uri_format(&u, text, sizeof(text)) < 0 || xaddr_pin(str_from(text), host, url[n]) < 0)
		return n;
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(url[i], url[n]) == 0)
			return n;
	return n + 1;
}

int xaddr_candidates(const char *xaddr, const char *address, char ret_host[LIMIT_URI_LEN],
		char ret_url[XADDR_CANDIDATES][LIMIT_URI_LEN])
{
	struct uri base = { .scheme = STR_LIT("http"), .host = STR_LIT("x") };
	uint16_t port = 0;
	uint32_t n = 0;
	int res;

	if (xaddr && (res = uri_parse(str_from(xaddr), &base)) < 0)
		return res;
	if (xaddr && !is_http(&base) && !is_https(&base))
		return -EINVAL;
	if (address)
		res = split_address(str_from(address), ret_host, &port);
	else
		res = xaddr && base.host.len > 0 ? str_copy(base.host, ret_host, LIMIT_URI_LEN) : -EINVAL;
	if (res < 0)
		return -EINVAL;
	if (xaddr)
		n = add_candidate(ret_url, n, &base, base.path, ret_host);
	else {
		base.port = port;
		if (port == HTTPS_PORT)
			base.scheme = STR_LIT("https");
	}
	n = add_candidate(ret_url, n, &base, STR_LIT("/onvif/device_service"), ret_host);
	n = add_candidate(ret_url, n, &base, STR_LIT("/onvif/services"), ret_host);
	return n > 0 ? (int)n : -EINVAL;
}
