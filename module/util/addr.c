/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "addr.h"

/* one shape for both families: mapped addresses are IPv4, ports are gone */
struct host {
	sa_family_t family;
	struct in_addr v4;
	struct in6_addr v6;
	uint32_t scope;
};

static int to_host(const struct sockaddr_storage *ss, struct host *ret)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

	*ret = (struct host){ .family = ss->ss_family };
	if (ss->ss_family == AF_INET) {
		ret->v4 = in->sin_addr;
		return 0;
	}
	if (ss->ss_family != AF_INET6)
		return -EINVAL;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		ret->family = AF_INET;
		memcpy(&ret->v4, &in6->sin6_addr.s6_addr[12], sizeof(ret->v4));
		return 0;
	}
	ret->v6 = in6->sin6_addr;
	if (IN6_IS_ADDR_LINKLOCAL(&ret->v6))
		ret->scope = in6->sin6_scope_id;
	return 0;
}

int addr_format(const struct sockaddr_storage *ss, char dst[ADDR_STRLEN])
{
	char name[IF_NAMESIZE];
	struct host h;
	size_t len;

	if (to_host(ss, &h) < 0)
		return -EINVAL;
	if (h.family == AF_INET) {
		inet_ntop(AF_INET, &h.v4, dst, ADDR_STRLEN);
		return 0;
	}
	inet_ntop(AF_INET6, &h.v6, dst, ADDR_STRLEN);
	if (h.scope != 0) {
		len = strlen(dst);
		/* an interface that is gone has no name any more */
		if (if_indextoname(h.scope, name) != NULL)
			snprintf(dst + len, ADDR_STRLEN - len, "%%%s", name);
		else
			snprintf(dst + len, ADDR_STRLEN - len, "%%%u", h.scope);
	}
	return 0;
}

static int parse_scope(struct str s, uint32_t *ret)
{
	char name[IF_NAMESIZE];
	uint64_t v;

	/* RFC 6874: in a URI the '%' itself is escaped */
	if (s.len > 2 && str_has_prefix(s, STR_LIT("25")) && str_to_uint(s, UINT32_MAX, &v) < 0)
		s = str_make(s.p + 2, s.len - 2);
	if (s.len == 0 || str_copy(s, name, sizeof(name)) < 0)
		return -EINVAL;
	if ((*ret = if_nametoindex(name)) != 0)
		return 0;
	if (str_to_uint(s, UINT32_MAX, &v) < 0 || v == 0)
		return -EINVAL;
	*ret = (uint32_t)v;
	return 0;
}

static int parse_ipv6(struct str host, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	char text[INET6_ADDRSTRLEN];
	ptrdiff_t at = str_find(host, '%');

	if (at >= 0) {
		if (parse_scope(str_make(host.p + at + 1, host.len - (size_t)at - 1),
				&in6.sin6_scope_id) < 0)
			return -EINVAL;
		host.len = (size_t)at;
	}
	if (str_copy(host, text, sizeof(text)) < 0 ||
	    inet_pton(AF_INET6, text, &in6.sin6_addr) != 1)
		return -EINVAL;
	*ret = (struct sockaddr_storage){ 0 };
	memcpy(ret, &in6, sizeof(in6));
	return 0;
}

int addr_parse(struct str host, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	char text[INET_ADDRSTRLEN];

	if (host.len > 0 && memchr(host.p, '\0', host.len) != NULL)
		return -EINVAL;
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		return parse_ipv6(str_make(host.p + 1, host.len - 2), port, ret);
	if (str_find(host, ':') >= 0)
		return parse_ipv6(host, port, ret);
	if (str_copy(host, text, sizeof(text)) < 0 ||
	    inet_pton(AF_INET, text, &in.sin_addr) != 1)
		return -EINVAL;
	*ret = (struct sockaddr_storage){ 0 };
	memcpy(ret, &in, sizeof(in));
	return 0;
}

bool addr_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	struct host ha, hb;

	if (to_host(a, &ha) < 0 || to_host(b, &hb) < 0 || ha.family != hb.family)
		return false;
	if (ha.family == AF_INET)
		return ha.v4.s_addr == hb.v4.s_addr;
	return IN6_ARE_ADDR_EQUAL(&ha.v6, &hb.v6) && ha.scope == hb.scope;
}

bool addr_is_unicast(const struct sockaddr_storage *a)
{
	struct host h;
	uint32_t v4;

	if (to_host(a, &h) < 0 || addr_is_loopback(a))
		return false;
	if (h.family == AF_INET6)
		return !IN6_IS_ADDR_UNSPECIFIED(&h.v6) && !IN6_IS_ADDR_MULTICAST(&h.v6);
	v4 = ntohl(h.v4.s_addr);
	/* 0.0.0.0/8 is "this network", RFC 1122 3.2.1.3 */
	return v4 >> 24 != 0 && !IN_MULTICAST(v4) && v4 != INADDR_BROADCAST;
}

bool addr_is_loopback(const struct sockaddr_storage *a)
{
	struct host h;

	if (to_host(a, &h) < 0)
		return false;
	if (h.family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&h.v6);
	return ntohl(h.v4.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool addr_text_equal(struct str a, struct str b)
{
	struct sockaddr_storage sa, sb;
	bool na = addr_parse(a, 0, &sa) == 0, nb = addr_parse(b, 0, &sb) == 0;

	if (na != nb)
		return false;
	if (na)
		return addr_same_host(&sa, &sb);
	/* a fully qualified name may end in a dot */
	if (a.len > 1 && a.p[a.len - 1] == '.')
		a.len--;
	if (b.len > 1 && b.p[b.len - 1] == '.')
		b.len--;
	return a.len > 0 && str_ieq(a, b);
}
