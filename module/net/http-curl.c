/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>
#include <spa/utils/list.h>

#include "module/net/curl-loop.h"
#include "module/net/curl-tls.h"
#include "module/net/http.h"
#include "module/util/buf.h"
#include "module/util/limits.h"
#include "module/util/uri.h"

#define USER_AGENT	"pipewire-onvif"	/* some refuse requests without any */

struct impl {
	struct http http;
	struct curl_loop *curl;
	struct spa_list calls;
};

struct http_call {
	struct spa_list link;
	struct impl *impl;
	http_done_t done;
	void *data;

	CURL *easy;
	struct curl_tls tls;
	struct curl_slist *headers;
	struct curl_slist *connect_to;
	struct buf request;
	struct buf body;
	struct buf head;		/* the header values that challenge[] and type point into */
	struct span { size_t at, len; } challenge[LIMIT_CHALLENGES], type;
	uint32_t n_challenges;
	uint64_t date;
};

static void wipe_list(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l != NULL; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

static void call_free(struct http_call *call)
{
	if (call->easy) {
		curl_loop_remove(call->impl->curl, call->easy);
		curl_easy_cleanup(call->easy);
	}
	wipe_list(call->headers);
	curl_slist_free_all(call->connect_to);
	buf_clear_secret(&call->request);
	buf_clear(&call->body);
	buf_clear(&call->head);
	free(call);
}

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
	struct http_call *call = user;

	return buf_add(&call->body, data, size * n) < 0 ? 0 : size * n;
}

static struct span keep(struct http_call *call, struct str value)
{
	struct span s = { call->head.len, value.len };

	buf_add_slice(&call->head, value);
	return s;
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
	struct http_call *call = user;
	struct str line = str_make(data, size * n), name;

	if (str_has_prefix(line, STR_LIT("HTTP/"))) {
		/* a final reply after an interim one */
		buf_reset(&call->head);
		call->n_challenges = 0;
		call->type = (struct span) { 0 };
		call->date = 0;
	}
	if (str_until(&line, ':', LIMIT_LINE_LEN, &name) < 0 || str_char(&line, ':') < 0)
		return size * n;
	line = str_trim(line);
	if (line.len > LIMIT_LINE_LEN)
		return size * n;
	if (str_ieq(name, STR_LIT("WWW-Authenticate"))) {
		if (call->n_challenges < LIMIT_CHALLENGES)
			call->challenge[call->n_challenges++] = keep(call, line);
	} else if (str_ieq(name, STR_LIT("Content-Type"))) {
		if (line.len <= LIMIT_CONTENT_TYPE_LEN)
			call->type = keep(call, line);
	} else if (str_ieq(name, STR_LIT("Date"))) {
		char text[64];
		time_t t;

		if (str_copy(line, text, sizeof(text)) == 0 && (t = curl_getdate(text, NULL)) > 0)
			call->date = (uint64_t)t;
	}
	return call->head.error < 0 ? 0 : size * n;
}

static const char *phrase(int res, CURLcode code)
{
	switch (res) {
	case -ETIMEDOUT:
		return "no answer in time";
	case -ECONNREFUSED:
		return "connection refused";
	case -EHOSTUNREACH:
	case -ENETUNREACH:
		return "no route to it";
	case -E2BIG:
		return "the answer is too long";
	case -ENOMEM:
		return "out of memory";
	case -ENXIO:
		return "its name is not known";
	default:
		return curl_easy_strerror(code);
	}
}

static int result(struct http_call *call, CURLcode code, struct http_response *r)
{
	long status = 0, os_errno = 0;
	int res;

	curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &os_errno);
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	if (call->body.error < 0 || call->head.error < 0)
		res = call->body.error < 0 ? call->body.error : call->head.error;
	else
		res = curl_loop_errno(code, os_errno);
	if (res < 0)
		return res;
	if (status < 100 || status > 599)
		return -EPROTO;
	r->status = (int)status;
	r->body = buf_str(&call->body);
	r->date = call->date;
	r->n_challenges = call->n_challenges;
	for (uint32_t i = 0; i < call->n_challenges; i++)
		r->challenge[i] = str_make(buf_str(&call->head).p + call->challenge[i].at,
				call->challenge[i].len);
	r->tls_key = call->tls.key[0] ? call->tls.key : NULL;
	r->content_type = str_make(buf_str(&call->head).p + call->type.at, call->type.len);
	return 0;
}

static void on_done(void *data, CURL *easy, CURLcode code)
{
	struct impl *impl = data;
	struct http_response response = { 0 };
	struct http_call *call = NULL;
	const char *message = NULL;
	int res;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
	spa_list_remove(&call->link);
	if ((res = curl_tls_failure(&call->tls, code, &message)) == 0 &&
	    (res = result(call, code, &response)) < 0)
		message = phrase(res, code);
	/* the handle goes first: the callback may destroy us, and impl->curl with it */
	curl_loop_remove(impl->curl, easy);
	curl_easy_cleanup(easy);
	call->easy = NULL;
	call->done(call->data, res, res < 0 ? NULL : &response, message);
	call_free(call);
}

static const struct curl_loop_events curl_events = {
	NET_VERSION_CURL_LOOP_EVENTS,
	.done = on_done,
};

static int add_header(struct curl_slist **list, const char *name, const char *value)
{
	struct buf b;
	struct curl_slist *l = NULL;

	buf_init(&b, 2 * LIMIT_LINE_LEN);
	buf_add_str(&b, name);
	buf_add_str(&b, value);
	if (b.error == 0)
		l = curl_slist_append(*list, b.data);
	buf_clear_secret(&b);
	if (l == NULL)
		return -ENOMEM;
	*list = l;
	return 0;
}

/* Dials address, whatever host and port the URL names. */
static int pin_address(struct http_call *call, const char *address)
{
	const char *percent = strchr(address, '%');
	char text[LIMIT_HOST_LEN + 1];
	struct str host = percent ? str_make(address, (size_t)(percent - address)) : str_from(address);
	struct buf b;
	int res;

	if ((res = str_copy(host, text, sizeof(text))) < 0)
		return res;
	buf_init(&b, LIMIT_HOST_LEN + 9);
	res = buf_printf(&b, strchr(text, ':') ? "::[%s]:" : "::%s:", text);
	if (res == 0 && (call->connect_to = curl_slist_append(NULL, b.data)) == NULL)
		res = -ENOMEM;
	buf_clear(&b);
	if (res < 0)
		return res;
	if (percent)
		curl_easy_setopt(call->easy, CURLOPT_ADDRESS_SCOPE, (long)if_nametoindex(percent + 1));
	curl_easy_setopt(call->easy, CURLOPT_CONNECT_TO, call->connect_to);
	return 0;
}

static int set_security(struct http_call *call, const struct http_request *q)
{
	struct uri u;

	if (uri_parse(str_from(q->url), &u) < 0)
		return -EINVAL;
	if (!str_ieq(u.scheme, STR_LIT("https")))
		return 0;
	return curl_tls_set(&call->tls, call->easy,
			q->security == NET_PLAIN ? NET_TLS_PIN : q->security, q->pin);
}

static int set_options(struct http_call *call, const struct http_request *q)
{
	CURL *e = call->easy;
	int res;

	if (curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
	    curl_easy_setopt(e, CURLOPT_URL, q->url) != CURLE_OK ||
	    curl_easy_setopt(e, CURLOPT_USERAGENT, USER_AGENT) != CURLE_OK ||
	    /* a desktop's http_proxy must not see camera traffic */
	    curl_easy_setopt(e, CURLOPT_PROXY, "") != CURLE_OK)
		return -ENOMEM;
	if ((res = set_security(call, q)) < 0)
		return res;
	curl_easy_setopt(e, CURLOPT_PRIVATE, call);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* Digest covers the path as we know it */
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	/* cameras have few connections; none is kept */
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
	curl_easy_setopt(e, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(e, CURLOPT_MAXFILESIZE, (long)LIMIT_SOAP_LEN);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(e, CURLOPT_POST, 1L);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, buf_str(&call->request).p);
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)q->body_len);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers);
	return q->address ? pin_address(call, q->address) : 0;
}

static int call_start(struct http_call *call, const struct http_request *q)
{
	int res;

	if ((res = add_header(&call->headers, "Expect:", "")) < 0)
		return res;
	if (q->content_type &&
	    (res = add_header(&call->headers, "Content-Type: ", q->content_type)) < 0)
		return res;
	if (q->authorization &&
	    (res = add_header(&call->headers, "Authorization: ", q->authorization)) < 0)
		return res;
	if ((res = buf_add(&call->request, q->body, q->body_len)) < 0)
		return res;
	if ((call->easy = curl_easy_init()) == NULL)
		return -ENOMEM;
	if ((res = set_options(call, q)) < 0)
		return res;
	return curl_loop_add(call->impl->curl, call->easy);
}

static int impl_post(struct http *http, const struct http_request *request,
		http_done_t done, void *data, struct http_call **ret)
{
	struct impl *impl = SPA_CONTAINER_OF(http, struct impl, http);
	struct http_call *call;
	int res;

	if ((call = calloc(1, sizeof(*call))) == NULL)
		return -ENOMEM;
	call->impl = impl;
	call->done = done;
	call->data = data;
	buf_init(&call->request, LIMIT_SOAP_LEN);
	buf_init(&call->body, LIMIT_SOAP_LEN);
	buf_init(&call->head, (LIMIT_CHALLENGES + 2) * LIMIT_LINE_LEN);
	if ((res = call_start(call, request)) < 0) {
		call_free(call);
		return res;
	}
	spa_list_append(&impl->calls, &call->link);
	*ret = call;
	return 0;
}

static void impl_cancel(struct http *http, struct http_call *call)
{
	spa_list_remove(&call->link);
	call_free(call);
}

static void impl_destroy(struct http *http)
{
	struct impl *impl = SPA_CONTAINER_OF(http, struct impl, http);
	struct http_call *call;

	spa_list_consume(call, &impl->calls, link)
		impl_cancel(http, call);
	curl_loop_destroy(impl->curl);
	free(impl);
}

static const struct http_methods http_methods = {
	HTTP_VERSION_METHODS,
	.post = impl_post,
	.cancel = impl_cancel,
	.destroy = impl_destroy,
};

struct http *http_curl_new(struct spa_loop_utils *loop)
{
	struct impl *impl;

	if ((impl = calloc(1, sizeof(*impl))) == NULL)
		return NULL;
	impl->http.methods = &http_methods;
	spa_list_init(&impl->calls);
	if ((impl->curl = curl_loop_new(loop, &curl_events, impl)) == NULL) {
		free(impl);
		return NULL;
	}
	return &impl->http;
}
