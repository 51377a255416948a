/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <curl/curl.h>

#include "module/net/http.h"
#include "module/util/str.h"
#include "tests/lib/oom.h"
#include "tests/lib/test.h"
#include "tests/lib/tls-server.h"
#include "tests/unit/onvif/real-loop.h"

/* Whole requests in which the n-th allocation fails, of ours or of libcurl's. */

static struct tls_server *server;

static struct result {
	int n, res, status;
	bool whole;
} got;

struct request {
	const char *scheme;
	enum net_security security;
	bool key;		/* the server's is the pin */
	int res;		/* when there is memory */
};

static void on_done(void *data, int res, const struct http_response *r, const char *message)
{
	got.n++;
	got.res = res;
	if (res < 0) {
		check(r == NULL && message != NULL && message[0] != '\0');
		return;
	}
	got.status = r->status;
	got.whole = str_eq(r->body, STR_LIT("<a/>")) && r->n_challenges == 1 &&
		str_eq(r->challenge[0], STR_LIT("Digest realm=\"a\", nonce=\"1\"")) && r->date == 100;
}

static int post(struct http *http, const struct request *q)
{
	struct http_call *call;
	char url[64];
	int res;

	memset(&got, 0, sizeof(got));
	snprintf(url, sizeof(url), "%s://camera:%u/onvif", q->scheme, tls_server_port(server));
	res = http_post(http, &(struct http_request) {
		.url = url, .address = "127.0.0.1", .security = q->security,
		.pin = q->key ? tls_server_key(server) : NULL, .content_type = "application/soap+xml",
		.authorization = "Digest x=\"y\"", .body = "<hello></end>", .body_len = 13, .timeout_ms = 2000,
	}, on_done, NULL, &call);
	if (res == 0)
		check(real_loop_until(&got.n, 1, 10000));
	return res;
}

static void run(void *data)
{
	const struct request *q = data;
	struct spa_loop_utils *loop;
	struct http *http;
	int res;

	loop = real_loop_new();
	oom_start();
	if ((http = http_curl_new(loop)) == NULL) {
		oom_stop();
		check(oom_failed() && errno == ENOMEM);
		real_loop_destroy();
		return;
	}
	res = post(http, q);
	oom_stop();
	if (res < 0 || got.res < 0) {
		/* some of libcurl's failures have no better name than that of what it could not do then */
		check(oom_failed() ? res <= 0 : got.res == q->res);
		check(res == 0 || res == -ENOMEM);
	} else {
		/* what comes is whole: a challenge that is left out would be another one's choice */
		check_int(got.status, 401);
		check(got.whole);
	}
	/* with memory again it works again */
	if (oom_failed()) {
		check_int(post(http, q), 0);
		check_int(got.res, q->res);
	}
	http_destroy(http);
	real_loop_destroy();
}

static void sweep(struct request request)
{
	check(oom_sweep(OOM_FROM_THERE, run, &request) > 20);
	check(oom_sweep(OOM_ONCE, run, &request) > 20);
}

static void test_requests(void)
{
	sweep((struct request) { "https", NET_TLS_PIN, true, 0 });
	sweep((struct request) { "https", NET_TLS_PIN, false, -ENOKEY });
	sweep((struct request) { "https", NET_TLS_NONE, false, 0 });
}

static const struct test tests[] = {
	{ "requests", test_requests },
};

int main(int argc, char **argv)
{
	int res;

	check_int(curl_global_init_mem(CURL_GLOBAL_DEFAULT, oom_malloc, free, oom_realloc, oom_strdup,
			oom_calloc), CURLE_OK);
	/* (without memory to keep a session, libcurl 7.88 frees something twice) */
	server = tls_server_new(&(struct tls_server_params) { .not_after_s = 86400, .subject = "camera",
		.no_sessions = true,
		.reply = "HTTP/1.1 401 Unauthorized\r\nDate: Thu, 01 Jan 1970 00:01:40 GMT\r\n"
		"WWW-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\nContent-Length: 4\r\n\r\n<a/>" });
	res = test_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
	tls_server_destroy(server);
	return res;
}
