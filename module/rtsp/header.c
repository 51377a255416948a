/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "module/rtsp/message.h"

#define SESSION_TIMEOUT	60u	/* RFC 2326 12.37 */

const struct str *rtsp_message_header(const struct rtsp_message *m, const char *name, uint32_t n)
{
	struct str key = str_from(name);
	uint32_t i;

	for (i = 0; i < m->n_headers; i++)
		if (str_ieq(m->header[i].name, key) && n-- == 0)
			return &m->header[i].value;
	return NULL;
}

/* "name" or "name=value", trimmed, the value without quotes */
static void split_parameter(struct str s, struct str *name, struct str *value)
{
	ptrdiff_t eq = str_find(s, '=');

	*name = str_trim(eq < 0 ? s : str_make(s.p, (size_t)eq));
	*value = eq < 0 ? str_make("", 0) :
		str_trim(str_make(s.p + eq + 1, s.len - (size_t)eq - 1));
	if (value->len >= 2 && value->p[0] == '"' && value->p[value->len - 1] == '"')
		*value = str_make(value->p + 1, value->len - 2);
}

static bool has_control(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

int rtsp_session_parse(struct str value, struct rtsp_session *ret)
{
	struct rtsp_session session = { .timeout = SESSION_TIMEOUT };
	struct str item, name, v;
	uint64_t timeout;

	if (str_token(&value, ";", &item) < 0)
		return -EBADMSG;
	session.id = str_trim(item);
	/* it goes back in our requests */
	if (session.id.len == 0 || has_control(session.id))
		return -EBADMSG;
	while (str_token(&value, ";", &item) == 0) {
		split_parameter(item, &name, &v);
		if (str_ieq(name, STR_LIT("timeout")) && str_uint(&v, UINT32_MAX, &timeout) == 0 &&
		    timeout > 0)
			session.timeout = (uint32_t)timeout;
	}
	*ret = session;
	return 0;
}

/* "n-m", or "n" for n, n+1 */
static bool parse_pair(struct str v, uint64_t max, uint64_t ret[2])
{
	uint64_t a, b;

	if (str_uint(&v, max, &a) < 0)
		return false;
	if (str_char(&v, '-') < 0 || str_uint(&v, max, &b) < 0)
		b = a + 1;
	if (b > max)
		return false;
	ret[0] = a;
	ret[1] = b;
	return true;
}

static void transport_parameter(struct rtsp_transport *t, struct str name, struct str v)
{
	uint64_t pair[2];

	if (str_ieq(name, STR_LIT("interleaved"))) {
		t->is_tcp = true;
		if ((t->has_channel = parse_pair(v, UINT8_MAX, pair))) {
			t->channel[0] = (uint8_t)pair[0];
			t->channel[1] = (uint8_t)pair[1];
		}
	} else if (str_ieq(name, STR_LIT("server_port"))) {
		if ((t->has_server_port = parse_pair(v, UINT16_MAX, pair) && pair[0] > 0)) {
			t->server_port[0] = (uint16_t)pair[0];
			t->server_port[1] = (uint16_t)pair[1];
		}
	} else if (str_ieq(name, STR_LIT("source"))) {
		t->source = v;
	} else if (str_ieq(name, STR_LIT("ssrc"))) {
		/* a retina PR saw "0x6f7c" */
		if (str_has_iprefix(v, STR_LIT("0x")))
			v = str_make(v.p + 2, v.len - 2);
		if ((t->has_ssrc = str_hex(&v, UINT32_MAX, pair) == 0 && v.len == 0))
			t->ssrc = (uint32_t)pair[0];
	}
}

static int transport_one(struct str spec, struct rtsp_transport *ret)
{
	static const struct {
		const char *name;
		bool tcp;
	} known[] = {
		{ "RTP/AVP", false }, { "RTP/AVP/UDP", false }, { "RTP/AVP/TCP", true },
		{ "RTP/AVPF", false }, { "RTP/AVPF/UDP", false }, { "RTP/AVPF/TCP", true },
	};
	struct rtsp_transport t = { .source = STR_LIT("") };
	struct str item, name, v;
	size_t i;

	if (str_token(&spec, ";", &item) < 0 || str_trim(item).len == 0)
		return -EBADMSG;
	for (i = 0; i < SPA_N_ELEMENTS(known); i++)
		if (str_ieq(str_trim(item), str_from(known[i].name)))
			break;
	if (i == SPA_N_ELEMENTS(known))
		return -ENOTSUP;
	t.is_tcp = known[i].tcp;
	while (str_token(&spec, ";", &item) == 0) {
		split_parameter(item, &name, &v);
		if (str_ieq(name, STR_LIT("multicast")))
			return -ENOTSUP;
		transport_parameter(&t, name, v);
	}
	*ret = t;
	return 0;
}

int rtsp_transport_parse(struct str value, struct rtsp_transport *ret)
{
	int res = -EBADMSG, last;
	struct str spec;

	while (str_token(&value, ",", &spec) == 0) {
		if (str_trim(spec).len == 0)
			continue;
		if ((last = transport_one(spec, ret)) == 0)
			return 0;
		if (last == -ENOTSUP)
			res = last;
	}
	return res;
}

bool rtsp_public_has(const struct rtsp_message *reply, const char *method)
{
	static const char *const names[] = { "Public", "Allow" };
	const struct str *value;
	struct str list, item;
	uint32_t i, n;

	for (i = 0; i < SPA_N_ELEMENTS(names); i++)
		for (n = 0; (value = rtsp_message_header(reply, names[i], n)) != NULL; n++)
			for (list = *value; str_token(&list, ", \t", &item) == 0; )
				if (str_ieq(item, str_from(method)))
					return true;
	return false;
}
