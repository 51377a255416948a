/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/rtsp/message.h"
#include "module/util/limits.h"

#define FRAME_HEADER	4u
/* Twice the largest item, as consumed bytes stay in front until they outweigh
 * the rest, and what one feed may add. */
#define INPUT_LEN	(2u * (LIMIT_RTSP_HEAD_LEN + LIMIT_RTSP_BODY_LEN + FRAME_HEADER) + 128u * 1024u)

void rtsp_parser_init(struct rtsp_parser *p)
{
	*p = (struct rtsp_parser){ 0 };
	buf_init(&p->in, INPUT_LEN);
}

void rtsp_parser_clear(struct rtsp_parser *p)
{
	buf_clear(&p->in);
	rtsp_parser_init(p);
}

static void item_reset(struct rtsp_parser *p)
{
	p->scan = p->line = 0;
	p->head_len = p->body_len = 0;
	p->started = false;
}

static void item_release(struct rtsp_parser *p)
{
	if (p->consumed == 0)
		return;
	p->pos += p->consumed;
	p->consumed = 0;
	item_reset(p);
}

int rtsp_parser_feed(struct rtsp_parser *p, const void *data, size_t len)
{
	item_release(p);
	/* moving less than was consumed keeps the cost linear */
	if (p->pos > 0 && p->pos >= p->in.len - p->pos) {
		buf_consume(&p->in, p->pos);
		p->pos = 0;
	}
	return buf_add(&p->in, data, len);
}

static bool is_method_char(char c)
{
	return (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

enum start {
	START_MORE,		/* cannot be told yet */
	START_JUNK,
	START_FRAME,
	START_LINE,
};

/* "$", channel, length; behind junk it must also carry RTP or RTCP (version 2) */
static enum start frame_start(struct str s, bool resync)
{
	const uint8_t *d = (const uint8_t *)s.p;

	if (!resync)
		return START_FRAME;
	if (s.len >= 2 && d[1] >= LIMIT_RTSP_RESYNC_CHANNEL)
		return START_JUNK;
	if (s.len < FRAME_HEADER + 1)
		return START_MORE;
	if ((uint32_t)(d[2] << 8 | d[3]) > LIMIT_RTSP_RESYNC_FRAME_LEN || (d[4] & 0xc0) != 0x80)
		return START_JUNK;
	return START_FRAME;
}

/* "RTSP/1.0 200", as far as it is there ('9' stands for a digit) */
static enum start reply_start(struct str s)
{
	static const char form[] = "RTSP/9.9 999";
	size_t i;

	for (i = 0; form[i] != '\0'; i++) {
		if (i == s.len)
			return START_MORE;
		if (form[i] == '9' ? !is_digit(s.p[i]) : s.p[i] != form[i])
			return START_JUNK;
	}
	return START_LINE;
}

static enum start request_start(struct str s)
{
	size_t i;

	for (i = 0; i < s.len && i < LIMIT_RTSP_METHOD_LEN; i++)
		if (!is_method_char(s.p[i]))
			return s.p[i] == ' ' && i >= 3 ? START_LINE : START_JUNK;
	return i < LIMIT_RTSP_METHOD_LEN ? START_MORE : START_JUNK;
}

static enum start classify(struct str s, bool resync)
{
	enum start start;

	if (s.len == 0)
		return START_MORE;
	if (s.p[0] == '$')
		return frame_start(s, resync);
	if ((start = reply_start(s)) == START_JUNK)
		start = request_start(s);
	return start;
}

/* RFC 2326 7.1; the reason may be missing */
static int parse_status(struct str line, struct rtsp_message *m)
{
	uint64_t status;
	ptrdiff_t space = str_find(line, ' ');

	if (space < 0)
		return -EBADMSG;
	line = str_make(line.p + space + 1, line.len - (size_t)space - 1);
	if (str_uint(&line, 599, &status) < 0 || status < 100)
		return -EBADMSG;
	if (line.len > 0 && line.p[0] != ' ')
		return -EBADMSG;
	m->type = RTSP_REPLY;
	m->status = (int)status;
	m->reason = str_trim(line);
	return 0;
}

/* RFC 2326 6.1 */
static int parse_request(struct str line, struct rtsp_message *m)
{
	struct str method, uri, version;

	if (str_token(&line, " ", &method) < 0 || str_token(&line, " ", &uri) < 0 ||
	    str_token(&line, " ", &version) < 0)
		return -EBADMSG;
	if (!str_has_prefix(version, STR_LIT("RTSP/")) || str_trim(line).len > 0)
		return -EBADMSG;
	m->type = RTSP_REQUEST;
	m->method = method;
	m->uri = uri;
	return 0;
}

static int parse_start(struct str line, struct rtsp_message *m)
{
	if (str_has_prefix(line, STR_LIT("RTSP/")))
		return parse_status(line, m);
	return parse_request(line, m);
}

/* \return 1 when the start line is whole and good, 0, -EBADMSG (junk), -E2BIG */
static int scan_start(struct rtsp_parser *p, struct str in)
{
	struct rtsp_message m;
	const char *end = memchr(in.p + p->scan, '\n', in.len - p->scan);
	size_t len = end ? (size_t)(end - in.p) : in.len;

	if (len > LIMIT_LINE_LEN + 1)
		return p->skipped == 0 && in.p[0] == 'R' ? -E2BIG : -EBADMSG;
	p->scan = len;
	if (end == NULL)
		return 0;
	if (parse_start(str_trim(str_make(in.p, len)), &m) < 0)
		return -EBADMSG;
	p->line = p->scan = len + 1;
	p->started = true;
	return 1;
}

/* Finds the empty line behind the headers; makes folded lines (RFC 2326 4.2) one.
 * \return 1 when it is there, 0, -E2BIG */
static int scan_head(struct rtsp_parser *p, char *d, size_t len)
{
	const char *nl;
	size_t end;

	while ((nl = memchr(d + p->scan, '\n', len - p->scan)) != NULL) {
		end = (size_t)(nl - d);
		if (end - p->line > LIMIT_LINE_LEN + 1 || end >= LIMIT_RTSP_HEAD_LEN)
			return -E2BIG;
		if (end == p->line || (end == p->line + 1 && d[p->line] == '\r')) {
			p->head_len = end + 1;
			return 1;
		}
		/* whether the line goes on is told by the byte after its end */
		if (end + 1 == len) {
			p->scan = end;
			return 0;
		}
		if (d[end + 1] == ' ' || d[end + 1] == '\t') {
			d[end] = ' ';
			if (d[end - 1] == '\r')
				d[end - 1] = ' ';
		} else {
			p->line = end + 1;
		}
		p->scan = end + 1;
	}
	p->scan = len;
	return len - p->line > LIMIT_LINE_LEN + 1 || len > LIMIT_RTSP_HEAD_LEN ? -E2BIG : 0;
}

static int add_header(struct str line, struct rtsp_message *m)
{
	ptrdiff_t colon = str_find(line, ':');
	struct str name;

	/* cameras send lines without a colon, too: nothing can be learned from them */
	if (colon < 0 || (name = str_trim(str_make(line.p, (size_t)colon))).len == 0)
		return 0;
	if (m->n_headers == LIMIT_HEADERS)
		return -E2BIG;
	m->header[m->n_headers++] = (struct rtsp_header){
		.name = name,
		.value = str_trim(str_make(line.p + colon + 1, line.len - (size_t)colon - 1)),
	};
	return 0;
}

/* Several must agree: which one a peer between us and the camera believed is unknown. */
static int content_length(const struct rtsp_message *m, size_t *ret)
{
	const struct str *value;
	uint64_t len = 0, v;
	uint32_t i;
	int res;

	for (i = 0; (value = rtsp_message_header(m, "Content-Length", i)) != NULL; i++) {
		if ((res = str_to_uint(*value, LIMIT_RTSP_BODY_LEN, &v)) < 0)
			return res == -ERANGE ? -E2BIG : -EBADMSG;
		if (i > 0 && v != len)
			return -EBADMSG;
		len = v;
	}
	*ret = (size_t)len;
	return 0;
}

static int parse_head(struct str head, struct rtsp_message *m)
{
	const struct str *value;
	struct str line;
	uint64_t cseq;
	int res;

	*m = (struct rtsp_message){ 0 };
	if (str_line(&head, LIMIT_LINE_LEN + 1, &line) < 0 || parse_start(str_trim(line), m) < 0)
		return -EBADMSG;
	while (str_line(&head, LIMIT_RTSP_HEAD_LEN, &line) == 0)
		if ((res = add_header(line, m)) < 0)
			return res;

	value = rtsp_message_header(m, "CSeq", 0);
	if (value && str_to_uint(*value, UINT32_MAX, &cseq) == 0) {
		m->has_cseq = true;
		m->cseq = (uint32_t)cseq;
	}
	return 0;
}

static int next_frame(struct rtsp_parser *p, struct str in, struct rtsp_message *ret)
{
	const uint8_t *d = (const uint8_t *)in.p;
	size_t len;

	if (in.len < FRAME_HEADER || in.len - FRAME_HEADER < (len = (size_t)d[2] << 8 | d[3]))
		return 0;
	/* not the whole struct: video comes in thousands of these */
	ret->type = RTSP_FRAME;
	ret->status = 0;
	ret->reason = ret->method = ret->uri = str_make("", 0);
	ret->has_cseq = false;
	ret->n_headers = 0;
	ret->channel = d[1];
	ret->body = str_make(in.p + FRAME_HEADER, len);
	p->consumed = FRAME_HEADER + len;
	p->skipped = 0;
	return 1;
}

static int next_message(struct rtsp_parser *p, struct str in, struct rtsp_message *ret)
{
	struct rtsp_message m;
	int res;

	if (p->head_len > 0 && in.len - p->head_len < p->body_len)
		return 0;
	if (p->head_len == 0) {
		if ((res = scan_head(p, p->in.data + p->pos, in.len)) <= 0)
			return res;
		if ((res = parse_head(str_make(in.p, p->head_len), &m)) < 0 ||
		    (res = content_length(&m, &p->body_len)) < 0)
			return res;
		if (in.len - p->head_len < p->body_len)
			return 0;
	} else if ((res = parse_head(str_make(in.p, p->head_len), &m)) < 0) {
		return res;
	}
	m.body = str_make(in.p + p->head_len, p->body_len);
	*ret = m;
	p->consumed = p->head_len + p->body_len;
	p->skipped = 0;
	return 1;
}

static int skip_junk(struct rtsp_parser *p)
{
	p->pos++;
	p->junk++;
	item_reset(p);
	return ++p->skipped > LIMIT_RTSP_RESYNC_LEN ? -EBADMSG : 0;
}

static bool at_line_end(struct str in)
{
	return in.len > 0 && (in.p[0] == '\r' || in.p[0] == '\n');
}

int rtsp_parser_next(struct rtsp_parser *p, struct rtsp_message *ret)
{
	struct str in;
	int res;

	item_release(p);
	for (;;) {
		in = buf_str(&p->in);
		in = str_make(in.p + p->pos, in.len - p->pos);
		if (p->started)
			return next_message(p, in, ret);
		if (p->skipped == 0 && at_line_end(in)) {
			/* RFC 2326 4.1: empty lines before a message are to be ignored */
			p->pos++;
			continue;
		}
		switch (classify(in, p->skipped > 0)) {
		case START_MORE:
			return 0;
		case START_FRAME:
			return next_frame(p, in, ret);
		case START_LINE:
			if ((res = scan_start(p, in)) > 0)
				continue;
			if (res != -EBADMSG)
				return res;
			SPA_FALLTHROUGH;
		case START_JUNK:
			if ((res = skip_junk(p)) < 0)
				return res;
			break;
		}
	}
}

int rtsp_message_write(const struct rtsp_message *m, struct buf *dst)
{
	if (m->type == RTSP_REPLY)
		buf_printf(dst, "RTSP/1.0 %d " STR_FMT "\r\n", m->status, STR_ARG(m->reason));
	else
		buf_printf(dst, STR_FMT " " STR_FMT " RTSP/1.0\r\n", STR_ARG(m->method), STR_ARG(m->uri));
	for (uint32_t i = 0; i < m->n_headers; i++)
		buf_printf(dst, STR_FMT ": " STR_FMT "\r\n", STR_ARG(m->header[i].name),
				STR_ARG(m->header[i].value));
	buf_add_str(dst, "\r\n");
	return buf_add_slice(dst, m->body);
}
