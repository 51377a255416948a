/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <spa/utils/defs.h>
#include <spa/utils/list.h>

#include "tests/lib/fake-http.h"
#include "tests/lib/test.h"

struct http_call {
	struct spa_list link;
	struct fake_http_request request;
	http_done_t done;
	void *data;
	bool held;	/* the handler left it */
};

struct fake_http {
	struct http http;
	struct spa_loop_utils *loop;
	struct spa_source *event;
	fake_http_handler_t handler;
	void *data;
	struct spa_list calls;
	struct fake_http_request last;
	uint32_t count;
	int post_error;
	char tls_key[HTTP_TLS_KEY_LEN];
	bool in_answer, dead;
};

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

static struct fake_http_request request_copy(const struct fake_http_request *r)
{
	return (struct fake_http_request) {
		.url = copy(r->url), .address = copy(r->address),
		.content_type = copy(r->content_type), .authorization = copy(r->authorization),
		.pin = copy(r->pin), .body = copy(r->body), .security = r->security,
		.timeout_ms = r->timeout_ms,
	};
}

static void request_clear(struct fake_http_request *r)
{
	free(r->url);
	free(r->address);
	free(r->content_type);
	free(r->authorization);
	free(r->pin);
	free(r->body);
	*r = (struct fake_http_request) { 0 };
}

static void call_free(struct http_call *call)
{
	request_clear(&call->request);
	free(call);
}

static void fake_free(struct fake_http *f)
{
	struct http_call *call;

	spa_list_consume(call, &f->calls, link) {
		spa_list_remove(&call->link);
		call_free(call);
	}
	if (f->event)
		spa_loop_utils_destroy_source(f->loop, f->event);
	request_clear(&f->last);
	free(f);
}

static bool is_tls(struct http_call *call)
{
	return strncmp(call->request.url, "https:", 6) == 0;
}

/* \return false with the failure when TLS ends it */
static bool trust(struct fake_http *f, struct http_call *call, struct fake_http_reply *reply)
{
	struct str pins = str_from(call->request.pin), pin;

	if (!is_tls(call))
		return true;
	reply->message = f->tls_key;
	if (f->tls_key[0] == '\0') {
		reply->res = -ECONNREFUSED;
		reply->message = "connection refused";
	} else if (call->request.security == NET_TLS_CA) {
		reply->res = -EKEYREJECTED;
		reply->message = "its certificate is not valid";
	} else if (call->request.security != NET_TLS_NONE) {
		reply->res = pins.len > 0 ? -EKEYREJECTED : -ENOKEY;
		while (str_token(&pins, ";", &pin) == 0)
			if (str_eq(pin, str_from(f->tls_key)))
				reply->res = 0;
	}
	return reply->res == 0;
}

static void answer(struct fake_http *f, struct http_call *call, const struct fake_http_reply *reply)
{
	struct http_response r = { .status = reply->status, .date = reply->date };

	spa_list_remove(&call->link);
	r.body = str_from(reply->body);
	if (is_tls(call) && f->tls_key[0] != '\0' &&
	    (call->request.security == NET_PLAIN || call->request.security == NET_TLS_PIN))
		r.tls_key = f->tls_key;
	r.content_type = STR_LIT("application/soap+xml");
	while (r.n_challenges < LIMIT_CHALLENGES && reply->challenge[r.n_challenges]) {
		r.challenge[r.n_challenges] = str_from(reply->challenge[r.n_challenges]);
		r.n_challenges++;
	}
	f->in_answer = true;
	if (reply->res < 0)
		call->done(call->data, reply->res, NULL, reply->message ? reply->message : "told to fail");
	else
		call->done(call->data, 0, &r, NULL);
	f->in_answer = false;
	call_free(call);
}

static struct http_call *next(struct fake_http *f, bool held)
{
	struct http_call *call;

	spa_list_for_each(call, &f->calls, link)
		if (held || !call->held)
			return call;
	return NULL;
}

static void on_event(void *data, uint64_t count)
{
	struct fake_http *f = data;
	struct http_call *call;

	while (!f->dead && f->handler && (call = next(f, false)) != NULL) {
		struct fake_http_reply reply = { .status = 200 };

		if (!trust(f, call, &reply) || f->handler(f->data, &call->request, &reply))
			answer(f, call, &reply);
		else
			call->held = true;
	}
	if (f->dead)
		fake_free(f);
}

static int fake_post(struct http *http, const struct http_request *q, http_done_t done, void *data,
		struct http_call **ret)
{
	struct fake_http *f = SPA_CONTAINER_OF(http, struct fake_http, http);
	struct http_call *call;
	char *body;

	if (f->post_error < 0)
		return f->post_error;
	call = calloc(1, sizeof(*call));
	body = calloc(1, q->body_len + 1);
	check(call != NULL && body != NULL);
	check(q->timeout_ms > 0);
	memcpy(body, q->body, q->body_len);
	call->request = (struct fake_http_request) {
		copy(q->url), copy(q->address), copy(q->content_type), copy(q->authorization),
		copy(q->pin), body, q->security, q->timeout_ms,
	};
	call->done = done;
	call->data = data;
	spa_list_append(&f->calls, &call->link);
	request_clear(&f->last);
	f->last = request_copy(&call->request);
	f->count++;
	if (f->event)
		spa_loop_utils_signal_event(f->loop, f->event);
	*ret = call;
	return 0;
}

static void fake_cancel(struct http *http, struct http_call *call)
{
	spa_list_remove(&call->link);
	call_free(call);
}

static void fake_destroy(struct http *http)
{
	struct fake_http *f = SPA_CONTAINER_OF(http, struct fake_http, http);

	if (f->in_answer)
		f->dead = true;
	else
		fake_free(f);
}

static const struct http_methods methods = {
	HTTP_VERSION_METHODS,
	.post = fake_post,
	.cancel = fake_cancel,
	.destroy = fake_destroy,
};

struct fake_http *fake_http_new(struct spa_loop_utils *loop)
{
	struct fake_http *f = calloc(1, sizeof(*f));

	check(f != NULL);
	f->http.methods = &methods;
	f->loop = loop;
	spa_list_init(&f->calls);
	if (loop)
		check((f->event = spa_loop_utils_add_event(loop, on_event, f)) != NULL);
	return f;
}

struct http *fake_http_get(struct fake_http *f)
{
	return &f->http;
}

void fake_http_set_handler(struct fake_http *f, fake_http_handler_t handler, void *data)
{
	f->handler = handler;
	f->data = data;
}

uint32_t fake_http_count(struct fake_http *f)
{
	return f->count;
}

uint32_t fake_http_pending(struct fake_http *f)
{
	struct http_call *call;
	uint32_t n = 0;

	spa_list_for_each(call, &f->calls, link)
		n++;
	return n;
}

const struct fake_http_request *fake_http_last(struct fake_http *f)
{
	return &f->last;
}

void fake_http_answer(struct fake_http *f, const struct fake_http_reply *reply)
{
	struct http_call *call = next(f, true);

	check(call != NULL);
	answer(f, call, reply);
	if (f->dead)
		fake_free(f);
}

void fake_http_set_tls_key(struct fake_http *f, const char *key)
{
	check_int(str_copy(str_from(key), f->tls_key, sizeof(f->tls_key)), 0);
}

void fake_http_set_post_error(struct fake_http *f, int res)
{
	f->post_error = res;
}
