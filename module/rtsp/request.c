/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include "module/rtsp/request.h"

#define REQUIRE_BACKCHANNEL	"www.onvif.org/ver20/backchannel"

void pending_free(struct pending *p)
{
	free(p->uri);
	buf_clear(&p->fields);
	free(p);
}

/* What a camera gave us (a session id, a control) must not become a header of ours. */
static bool is_plain(const char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static int add_field(struct buf *b, const char *name, const char *value)
{
	if (!is_plain(value))
		return -EINVAL;
	return value ? buf_printf(b, "%s: %s\r\n", name, value) : 0;
}

static int copy_request(struct pending *p, const struct rtsp_request *r)
{
	int res;

	if (!is_plain(r->method) || !is_plain(r->uri) || str_find(str_from(r->uri), ' ') >= 0)
		return -EINVAL;
	if ((res = str_copy(str_from(r->method), p->method, sizeof(p->method))) < 0 ||
	    (res = add_field(&p->fields, "Session", r->session)) < 0 ||
	    (res = add_field(&p->fields, "Require", r->require_backchannel ? REQUIRE_BACKCHANNEL : NULL)) < 0 ||
	    (res = add_field(&p->fields, "Accept", r->accept)) < 0 ||
	    (res = add_field(&p->fields, "Transport", r->transport)) < 0 ||
	    (res = add_field(&p->fields, "Range", r->range)) < 0)
		return res;
	return (p->uri = str_dup(str_from(r->uri))) ? 0 : -ENOMEM;
}

int pending_new(const struct rtsp_request *request, rtsp_reply_t reply, void *data,
		struct pending **ret)
{
	struct pending *p;
	int res;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return -ENOMEM;
	buf_init(&p->fields, 4u * LIMIT_LINE_LEN);
	p->keepalive = request->keepalive;
	p->reply = reply;
	p->data = data;
	if ((res = copy_request(p, request)) < 0) {
		pending_free(p);
		return res;
	}
	*ret = p;
	return 0;
}

int pending_write(struct pending *p, uint32_t cseq, const char *user_agent, struct auth *auth,
		struct buf *dst)
{
	struct buf value;
	int res;

	p->cseq = cseq;
	p->tries++;
	/* some cameras know only "CSeq", spelt so, and want a User-Agent (go2rtc#7, #235) */
	buf_printf(dst, "%s %s RTSP/1.0\r\nCSeq: %u\r\nUser-Agent: %s\r\n", p->method, p->uri,
			cseq, user_agent);
	buf_add_slice(dst, buf_str(&p->fields));

	buf_init(&value, LIMIT_LINE_LEN);
	if ((res = auth_authorize(auth, p->method, str_from(p->uri), &value)) > 0) {
		buf_add_str(dst, "Authorization: ");
		buf_add_slice(dst, buf_str(&value));
		buf_add_str(dst, "\r\n");
	}
	buf_clear_secret(&value);
	p->authorized = res > 0;
	buf_add_str(dst, "\r\n");
	return res < 0 ? res : dst->error;
}
