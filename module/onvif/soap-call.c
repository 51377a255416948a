/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/soap-call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/auth/auth.h"
#include "module/util/clock.h"
#include "module/util/limits.h"
#include "module/util/uri.h"

/* a handshake alone takes a slow camera seconds */
#define TLS_FACTOR	2u

#define CLOCK_DIFFERS_S	60
#define QUARTER_S	(15 * 60)
#define ZONE_SLACK_S	(2 * 60)
#define MAX_ZONE_S	(14 * 3600)

enum sent { SENT_NOTHING, SENT_HEADER, SENT_TOKEN };

struct soap_call {
	struct soap_client *client;
	enum soap_op op;
	char *url;
	char *argument;
	soap_done_t done;
	void *data;

	struct auth *auth;
	struct http_call *http_call;
	enum sent sent;
	uint32_t n_requests;
};

static void call_free(struct soap_call *call)
{
	auth_destroy(call->auth);
	free(call->url);
	free(call->argument);
	free(call);
}

static void finish(struct soap_call *call, int res, const struct soap_reply *reply, const char *message)
{
	call->done(call->data, res, reply, message);
	call_free(call);
}

static void on_http(void *data, int res, const struct http_response *response, const char *message);

static int64_t our_time(void)
{
	return (int64_t)(clock_realtime() / SPA_NSEC_PER_SEC);
}

static bool differ(int64_t a, int64_t b)
{
	return a - b > CLOCK_DIFFERS_S || b - a > CLOCK_DIFFERS_S;
}

/* Quarters of an hour away, within what there is of time zones: it is local time that is called
 * UTC, as OpenIPC's (before 2026-09) and HiKam's. */
static bool is_local_time(int64_t offset_s)
{
	int64_t off = offset_s < 0 ? -offset_s : offset_s;
	int64_t rest = off % QUARTER_S;

	return off > QUARTER_S / 2 && off <= MAX_ZONE_S + ZONE_SLACK_S &&
		(rest <= ZONE_SLACK_S || rest >= QUARTER_S - ZONE_SLACK_S);
}

/* \return true when there is another clock than that of the token which was refused */
static bool other_clock(struct soap_client *c)
{
	int64_t other = 0;

	if (c->header_known && differ(c->header_offset_s, c->token_offset_s))
		other = c->header_offset_s;
	else if (!is_local_time(c->token_offset_s) &&
	    (c->clock_known || !differ(c->token_offset_s, 0)))
		return false;
	c->token_offset_s = other;
	return true;
}

static int write_token(struct soap_call *call, struct buf *dst)
{
	struct soap_client *c = call->client;
	int64_t now;

	if (!c->token_tried)
		c->token_offset_s = c->clock_known ? c->clock_offset_s : c->header_known ? c->header_offset_s : 0;
	c->token_tried = true;
	/* a camera that thinks it is 1970 must not make us wrap around */
	now = our_time() + c->token_offset_s;
	return auth_username_token(dst, c->user, c->password,
			(uint64_t)SPA_MAX(now, (int64_t)0) * SPA_NSEC_PER_SEC);
}

static bool is_tls(const char *url)
{
	return strncmp(url, "https:", 6) == 0;
}

static struct str url_path(const char *url)
{
	struct uri u;

	if (uri_parse(str_from(url), &u) < 0 || u.path.len == 0)
		return STR_LIT("/");
	return u.path;
}

static int send_request(struct soap_call *call, struct buf *body, struct buf *type, struct buf *authorization)
{
	struct soap_client *c = call->client;

	c->requests++;
	return http_post(c->http, &(struct http_request) {
			.url = call->url, .address = c->address,
			.security = c->security,
			.pin = c->pin ? c->pin : c->tls_key[0] ? c->tls_key : NULL,
			.content_type = type->data,
			.authorization = authorization->len > 0 ? authorization->data : NULL,
			.body = body->data, .body_len = body->len,
			.timeout_ms = c->timeout_ms * (is_tls(call->url) ? TLS_FACTOR : 1),
		}, on_http, call, &call->http_call);
}

static int post(struct soap_call *call, enum sent how)
{
	struct buf security, body, type, authorization;
	int res = 0;

	buf_init(&security, LIMIT_LINE_LEN);
	buf_init(&body, LIMIT_SOAP_LEN);
	buf_init(&type, LIMIT_LINE_LEN);
	buf_init(&authorization, LIMIT_LINE_LEN);
	if (how == SENT_TOKEN)
		res = write_token(call, &security);
	else if (how == SENT_HEADER)
		res = auth_authorize(call->auth, "POST", url_path(call->url), &authorization);
	if (res >= 0)
		res = soap_write(&body, call->op, call->argument, buf_str(&security));
	if (res >= 0)
		res = soap_write_content_type(&type, call->op);
	if (res >= 0) {
		call->sent = how;
		call->n_requests++;
		res = send_request(call, &body, &type, &authorization);
	}
	buf_clear_secret(&security);
	buf_clear_secret(&body);
	buf_clear(&type);
	buf_clear_secret(&authorization);
	return res < 0 ? res : 0;
}

static void post_or_finish(struct soap_call *call, enum sent how)
{
	int res;

	if (call->n_requests >= LIMIT_SOAP_TRIES)
		finish(call, -EACCES, NULL, "it asks for the password again and again");
	else if ((res = post(call, how)) < 0)
		finish(call, res, NULL, "the request could not be sent");
}

static void refuse(struct soap_call *call, const struct http_response *response)
{
	/* after a success elsewhere it is a matter of rights, not of the password */
	if (call->client->proven) {
		call->client->shut_out |= response->status == 401;
		finish(call, -EPERM, NULL, "this user may not");
		return;
	}
	if (call->client->worked_before) {
		finish(call, -EBUSY, NULL, "it took this user and password before");
		return;
	}
	call->client->refused = true;
	finish(call, -EACCES, NULL, call->sent == SENT_TOKEN &&
			(call->client->refused_tokens > 1 || !call->client->clock_known) ?
			"user or password is wrong, or its clock is" : "user or password is wrong");
}

static void refuse_token(struct soap_call *call, const struct http_response *response)
{
	struct soap_client *c = call->client;

	if (!c->proven && c->refused_tokens++ == 0 && other_clock(c))
		post_or_finish(call, SENT_TOKEN);
	else
		refuse(call, response);
}

/* Was it the password, or does it know nothing of tokens? */
static void after_token(struct soap_call *call, const struct http_response *response)
{
	struct soap_client *c = call->client;
	enum auth_verdict verdict = AUTH_REFUSED;

	if (response->status == 401 && response->n_challenges > 0)
		verdict = auth_challenge(call->auth, response->challenge, response->n_challenges, false);
	if (verdict == AUTH_UNSUPPORTED && auth_no_memory(call->auth)) {
		finish(call, -ENOMEM, NULL, auth_reason(call->auth));
	} else if (verdict == AUTH_UNSUPPORTED && !c->proven) {
		/* nothing was found out about the password: it is right as soon as auth.basic is */
		c->use_token = false;
		finish(call, -EACCES, NULL, auth_reason(call->auth));
	} else if (verdict == AUTH_RETRY && c->proven) {
		/* another service took it */
		c->use_token = false;
		post_or_finish(call, SENT_HEADER);
	} else {
		refuse_token(call, response);
	}
}

static void try_token(struct soap_call *call)
{
	call->client->use_token = true;
	post_or_finish(call, SENT_TOKEN);
}

static bool may_log_in(const struct soap_client *c)
{
	return c->user && !c->refused && !c->hold_login;
}

/* The camera wants to know who we are. */
static void log_in(struct soap_call *call, const struct http_response *response)
{
	struct soap_client *c = call->client;

	if (!may_log_in(c)) {
		finish(call, -EACCES, NULL, c->refused ? "user or password is wrong" :
				"user and password are needed");
		return;
	}
	if (call->sent == SENT_TOKEN) {
		after_token(call, response);
		return;
	}
	if (response->status != 401 || response->n_challenges == 0) {
		if (call->sent == SENT_HEADER)
			refuse(call, response);
		else
			try_token(call);
		return;
	}
	switch (auth_challenge(call->auth, response->challenge, response->n_challenges,
			call->sent == SENT_HEADER)) {
	case AUTH_RETRY:
		post_or_finish(call, SENT_HEADER);
		break;
	case AUTH_NEED_CREDENTIALS:
		finish(call, -EACCES, NULL, "user and password are needed");
		break;
	case AUTH_REFUSED:
		refuse(call, response);
		break;
	case AUTH_UNSUPPORTED:
		if (auth_no_memory(call->auth)) {
			finish(call, -ENOMEM, NULL, auth_reason(call->auth));
			break;
		}
		/* a Digest that we lack must not bring the password out in another form */
		if (auth_saw_digest(call->auth) || call->sent == SENT_HEADER)
			finish(call, -EACCES, NULL, auth_reason(call->auth));
		else
			try_token(call);
		break;
	}
}

/* \return true when the key is one to go on with: nothing was sent so far */
static bool learn_key(struct soap_call *call, const char *key)
{
	struct soap_client *c = call->client;

	if (c->pin || c->tls_key[0] || str_copy(str_from(key), c->tls_key, sizeof(c->tls_key)) < 0)
		return false;
	call->n_requests = 0;
	post_or_finish(call, call->sent);
	return true;
}

static void take_header(struct soap_client *c, const struct http_response *response)
{
	/* of several keys that were allowed, the one that it has */
	if (response->tls_key)
		str_copy(str_from(response->tls_key), c->tls_key, sizeof(c->tls_key));
	if (response->date != 0) {
		c->header_offset_s = (int64_t)response->date - our_time();
		c->header_known = true;
	}
}

static void on_http(void *data, int res, const struct http_response *response, const char *message)
{
	struct soap_call *call = data;
	struct soap_reply reply = { 0 };
	bool is_soap;

	call->http_call = NULL;
	if (res == -ENOKEY && learn_key(call, message))
		return;
	if (res < 0) {
		finish(call, res, NULL, message);
		return;
	}
	take_header(call->client, response);
	res = soap_parse(response->body, call->op, &reply);
	if (res == -ENOMEM) {
		finish(call, res, NULL, "out of memory");
		return;
	}
	is_soap = res == 0;
	if (response->status == 401 || (is_soap && reply.fault && reply.not_authorized)) {
		soap_reply_clear(&reply);
		log_in(call, response);
		return;
	}
	if (is_soap && (call->sent == SENT_HEADER || (call->sent == SENT_TOKEN && !reply.fault)))
		call->client->proven = true;
	if (!is_soap && response->status == 403)
		finish(call, -EPERM, NULL, "it forbids that");
	else if (!is_soap)
		finish(call, -EPROTO, NULL, response->status / 100 == 2 ?
				"the answer is no SOAP" : "there is no such service");
	else if (reply.fault)
		finish(call, -EREMOTEIO, &reply, reply.reason);
	else
		finish(call, 0, &reply, NULL);
	soap_reply_clear(&reply);
}

/* readable for whoever has the key that we knew before, or a certificate */
static bool may_use_basic(const struct soap_client *c, const char *url)
{
	return c->allow_basic || (is_tls(url) && (c->security == NET_TLS_CA ||
			(c->pin && c->security != NET_TLS_NONE)));
}

int soap_call_new(struct soap_client *client, const char *url, enum soap_op op,
		const char *argument, soap_done_t done, void *data, struct soap_call **ret)
{
	struct soap_call *call;
	int res = -ENOMEM;

	if ((call = calloc(1, sizeof(*call))) == NULL)
		return -ENOMEM;
	call->client = client;
	call->op = op;
	call->done = done;
	call->data = data;
	if ((call->url = strdup(url)) == NULL ||
	    (argument && (call->argument = strdup(argument)) == NULL) ||
	    (call->auth = auth_new(may_use_basic(client, url))) == NULL ||
	    (res = auth_set_credentials(call->auth, client->user, client->password)) < 0 ||
	    (res = post(call, client->use_token && may_log_in(client) ? SENT_TOKEN : SENT_NOTHING)) < 0) {
		call_free(call);
		return res;
	}
	*ret = call;
	return 0;
}

void soap_call_cancel(struct soap_call *call)
{
	if (call->http_call)
		http_cancel(call->client->http, call->http_call);
	call_free(call);
}
