/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/xaddr.h"

#include <errno.h>

#include "module/util/addr.h"
#include "module/util/uri.h"

static bool is_http(const struct uri *u)
{
	return str_ieq(u->scheme, STR_LIT("http"));
}

static bool is_https(const struct uri *u)
{
	return str_ieq(u->scheme, STR_LIT("https"));
}

static bool is_rtsp(const struct uri *u)
{
	return str_ieq(u->scheme, STR_LIT("rtsp")) || str_ieq(u->scheme, STR_LIT("rtsps"));
}

static struct str without_scope(struct str host)
{
	ptrdiff_t at = str_find(host, '%');

	return at < 0 ? host : str_make(host.p, (size_t)at);
}

int xaddr_pin(struct str url, const char *host, char dst[LIMIT_URI_LEN])
{
	char text[LIMIT_URI_LEN];
	struct uri u;
	int res;

	if ((res = uri_parse(str_trim(url), &u)) < 0)
		return res;
	if (!is_http(&u) && !is_https(&u) && !is_rtsp(&u))
		return -ENOTSUP;
	u.host = without_scope(str_from(host));
	u.is_ipv6 = str_find(u.host, ':') >= 0;
	if ((res = uri_format(&u, text, sizeof(text))) < 0)
		return res;
	return str_copy(str_from(text), dst, LIMIT_URI_LEN);
}

/* 0: not usable */
static int rank(struct str xaddr, const char *host)
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

int xaddr_choose(struct str xaddrs, const char *host, char dst[LIMIT_URI_LEN])
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
