/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>

#include "module/rtsp/sdp.h"
#include "module/util/addr.h"
#include "module/util/buf.h"

/*
 * URIs as cameras write them. util/uri.h is strict; here "rtsp://rtsp://host" and
 * "192.168.253.220:1935/" must give their path. Host and port of what a camera
 * says are never used: only the address that answered is dialled.
 */

static struct str skip(struct str s, size_t n)
{
	return str_make(s.p + n, s.len - n);
}

static size_t first_of(struct str s, const char *chars)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (str_find(str_from(chars), s.p[i]) >= 0)
			break;
	return i;
}

/* no blanks, control bytes or bytes beyond ASCII: it goes into a request line */
static bool is_clean(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

static struct str cut_fragment(struct str s)
{
	return str_make(s.p, first_of(s, "#"));
}

/* takes "scheme://" */
static bool take_scheme(struct str *s)
{
	ptrdiff_t end = str_search(*s, STR_LIT("://"));

	if (end <= 0 || first_of(*s, "/?#:") != (size_t)end)
		return false;
	*s = skip(*s, (size_t)end + 3);
	return true;
}

/* scheme://authority, and the path with its query behind it */
static int split(struct str uri, struct str *origin, struct str *path)
{
	struct str rest = uri;
	size_t len;

	if (!take_scheme(&rest))
		return -EBADMSG;
	len = (size_t)(rest.p - uri.p) + first_of(rest, "/?#");
	*origin = str_make(uri.p, len);
	*path = cut_fragment(skip(uri, len));
	return 0;
}

/* "host:port/...", "192.0.2.1/...", "::ffff:192.0.2.1/...": a scheme was forgotten */
static bool is_authority(struct str s)
{
	struct sockaddr_storage ss;
	struct str first = str_make(s.p, first_of(s, "/?"));

	return str_find(first, ':') >= 0 || addr_parse(first, 0, &ss) == 0;
}

static int finish(struct buf *b, char *dst, size_t size)
{
	int res = b->error;

	if (res == 0 && (res = str_copy(buf_str(b), dst, size)) == 0)
		res = (int)b->len;
	buf_clear(b);
	return res;
}

/* RFC 3986 5.2.4, on the path in b from start on */
static void remove_dots(struct buf *b, size_t start, struct str path)
{
	struct str segment;
	size_t n;

	while (path.len > 0) {
		n = 1 + first_of(skip(path, 1), "/");
		segment = str_make(path.p, n);
		path = skip(path, n);
		if (str_eq(segment, STR_LIT("/."))) {
			if (path.len == 0)
				buf_add_byte(b, '/');
		} else if (str_eq(segment, STR_LIT("/.."))) {
			while (b->len > start && b->data[b->len - 1] != '/')
				b->data[--b->len] = '\0';
			if (b->len > start)
				b->data[--b->len] = '\0';
			if (path.len == 0)
				buf_add_byte(b, '/');
		} else {
			buf_add_slice(b, segment);
		}
	}
}

/* RFC 3986 5.2.2 with a reference that has no scheme */
static void resolve_reference(struct buf *b, struct str origin, struct str base, struct str ref)
{
	struct str base_path = str_make(base.p, first_of(base, "?"));
	struct str path, query;
	struct buf merged;

	buf_add_slice(b, origin);
	if (str_has_prefix(ref, STR_LIT("//")))
		ref = skip(ref, 2 + first_of(skip(ref, 2), "/?"));
	if (ref.len == 0 || ref.p[0] == '?') {
		buf_add_slice(b, base_path);
		buf_add_slice(b, ref);
		return;
	}
	path = str_make(ref.p, first_of(ref, "?"));
	query = skip(ref, path.len);
	buf_init(&merged, 2 * LIMIT_LINE_LEN);
	if (path.p[0] != '/') {
		while (base_path.len > 0 && base_path.p[base_path.len - 1] != '/')
			base_path.len--;
		if (base_path.len == 0)
			buf_add_byte(&merged, '/');
		buf_add_slice(&merged, base_path);
	}
	buf_add_slice(&merged, path);
	if (merged.error < 0)
		b->error = merged.error;
	remove_dots(b, b->len, buf_str(&merged));
	buf_add_slice(b, query);
	buf_clear(&merged);
}

/* base and control, query and all, with one '/' between (Verint's begins with one) */
static void append_reference(struct buf *b, struct str base, struct str ref)
{
	while (base.len > 0 && base.p[base.len - 1] == '/')
		base.len--;
	buf_add_slice(b, base);
	if (ref.p[0] != '?')
		buf_add_byte(b, '/');
	while (ref.len > 0 && ref.p[0] == '/')
		ref = skip(ref, 1);
	buf_add_slice(b, ref);
}

/* the path of an absolute URI, however wrong its host is */
static struct str absolute_path(struct str s)
{
	while (take_scheme(&s))
		;
	return cut_fragment(skip(s, first_of(s, "/?#")));
}

int sdp_control_uri(const char *base, struct str control, bool resolve, char *dst, size_t size)
{
	struct str origin, path, rest;
	struct buf b;

	control = str_trim(control);
	rest = control;
	if (!is_clean(control) || split(str_from(base), &origin, &path) < 0)
		return -EBADMSG;
	buf_init(&b, 2 * LIMIT_LINE_LEN);
	if (control.len == 0 || str_eq(control, STR_LIT("*"))) {
		buf_add_str(&b, base);
	} else if (take_scheme(&rest)) {
		buf_add_slice(&b, origin);
		buf_add_slice(&b, absolute_path(control));
	} else if (resolve) {
		resolve_reference(&b, origin, path, cut_fragment(control));
	} else {
		append_reference(&b, str_from(base), control);
	}
	return finish(&b, dst, size);
}

static struct str usable(const struct str *value)
{
	struct str s = value ? str_trim(*value) : str_make("", 0);

	return is_clean(s) ? s : str_make("", 0);
}

int sdp_base_uri(const char *request_uri, const struct str *content_base,
		const struct str *content_location, char *dst, size_t size)
{
	struct str value = usable(content_base), origin, path, rest;
	struct buf b;

	if (value.len == 0)
		value = usable(content_location);
	rest = value;
	buf_init(&b, 2 * LIMIT_LINE_LEN);
	if (value.len == 0 || split(str_from(request_uri), &origin, &path) < 0) {
		buf_add_str(&b, request_uri);
	} else if (take_scheme(&rest) || is_authority(value)) {
		buf_add_slice(&b, origin);
		buf_add_slice(&b, absolute_path(value));
	} else {
		resolve_reference(&b, origin, path, cut_fragment(value));
	}
	return finish(&b, dst, size);
}
