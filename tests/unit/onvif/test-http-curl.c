/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/net/http.h"
#include "module/util/addr.h"
#include "module/util/buf.h"
#include "tests/lib/test.h"
#include "tests/unit/onvif/real-loop.h"

/* a server that answers the n-th connection whatever it asked, and closes */
static struct server {
	struct spa_loop_utils *loop;
	struct spa_source *listener, *client;
	uint16_t port;
	int n_requests;
	char request[65536];
	size_t len;
	const char *reply;
	size_t reply_len;
	bool mute;
} srv;

static void on_client(void *data, int fd, uint32_t mask)
{
	ssize_t n = recv(fd, srv.request + srv.len, sizeof(srv.request) - 1 - srv.len, MSG_DONTWAIT);

	if (n > 0) {
		srv.len += (size_t)n;
		srv.request[srv.len] = '\0';
		if (srv.mute || !strstr(srv.request, "</end>"))
			return;
		srv.n_requests++;
		for (size_t at = 0; at < srv.reply_len;) {
			ssize_t sent = send(fd, srv.reply + at, srv.reply_len - at, MSG_NOSIGNAL);

			if (sent <= 0)
				break;
			at += (size_t)sent;
		}
		shutdown(fd, SHUT_WR);
	} else if (n == 0) {
		spa_loop_utils_destroy_source(srv.loop, srv.client);
		srv.client = NULL;
	}
}

static void on_listener(void *data, int fd, uint32_t mask)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (srv.client)
		spa_loop_utils_destroy_source(srv.loop, srv.client);
	srv.len = 0;
	srv.client = spa_loop_utils_add_io(srv.loop, client, SPA_IO_IN, true, on_client, NULL);
}

static void server_reply(const char *reply)
{
	srv.reply = reply;
	srv.reply_len = strlen(reply);
}

static struct http *start(void)
{
	struct sockaddr_in6 sin = { .sin6_family = AF_INET6 };	/* and IPv4 */
	socklen_t len = sizeof(sin);
	struct http *http;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(&srv, 0, sizeof(srv));
	check(bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	check(listen(fd, 8) == 0);
	check(getsockname(fd, (struct sockaddr *)&sin, &len) == 0);
	srv.port = ntohs(sin.sin6_port);
	srv.loop = real_loop_new();
	srv.listener = spa_loop_utils_add_io(srv.loop, fd, SPA_IO_IN, true, on_listener, NULL);
	http = http_curl_new(srv.loop);
	check(http != NULL);
	return http;
}

static void stop(struct http *http)
{
	http_destroy(http);
	if (srv.client)
		spa_loop_utils_destroy_source(srv.loop, srv.client);
	spa_loop_utils_destroy_source(srv.loop, srv.listener);
	real_loop_destroy();
}

static struct result {
	int n, res, status;
	char body[256], message[128], type[128], challenge[LIMIT_CHALLENGES][128];
	uint32_t n_challenges;
	size_t body_len;
	uint64_t date;
	struct http *destroy;
	struct http *again;
} got;

static void post(struct http *http, const char *url, const char *address);

static void on_done(void *data, int res, const struct http_response *r, const char *message)
{
	got.n++;
	got.res = res;
	if (res < 0) {
		check(r == NULL && message != NULL);
		str_copy(str_from(message), got.message, sizeof(got.message));
	} else {
		got.status = r->status;
		got.body_len = r->body.len;
		got.date = r->date;
		str_copy(str_make(r->body.p, SPA_MIN(r->body.len, 255u)), got.body, sizeof(got.body));
		str_copy(r->content_type, got.type, sizeof(got.type));
		got.n_challenges = r->n_challenges;
		for (uint32_t i = 0; i < r->n_challenges; i++)
			str_copy(r->challenge[i], got.challenge[i], sizeof(got.challenge[i]));
	}
	if (got.destroy)
		http_destroy(got.destroy);
	if (got.again) {
		struct http *http = got.again;

		got.again = NULL;
		post(http, "http://h/again", "127.0.0.1");
	}
}

static struct http_call *last_call;

static void post(struct http *http, const char *url, const char *address)
{
	char text[256];
	struct buf b;
	const char *slash = strchr(url + 8, '/');

	buf_init(&b, sizeof(text));
	buf_printf(&b, "%.*s:%u%s", (int)(slash - url), url, srv.port, slash);
	check_int(http_post(http, &(struct http_request) {
		.url = b.data, .address = address, .content_type = "application/soap+xml; charset=utf-8",
		.authorization = "Digest x=\"y\"", .body = "<hello></end>", .body_len = 13,
		.timeout_ms = 300,
	}, on_done, NULL, &last_call), 0);
	buf_clear(&b);
}

static void do_post(struct http *http, const char *reply)
{
	memset(&got, 0, sizeof(got));
	server_reply(reply);
	post(http, "http://camera.invalid/onvif/device_service?a=../b", "127.0.0.1");
	check_int(got.n, 0);
	check(real_loop_until(&got.n, 1, 2000));
}

static void test_exchange(void)
{
	struct http *http = start();
	char want[512];
	struct buf b;

	do_post(http, "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n"
			"Date: Thu, 01 Jan 1970 00:01:40 GMT\r\nContent-Length: 4\r\n\r\n<a/>");
	check_int(got.res, 0);
	check_int(got.status, 200);
	check_str(got.body, "<a/>");
	check_str(got.type, "application/soap+xml");
	check_int(got.date, 100);
	check_int(got.n_challenges, 0);

	buf_init(&b, sizeof(want));
	buf_printf(&b, "POST /onvif/device_service?a=../b HTTP/1.1\r\nHost: camera.invalid:%u\r\n"
			"User-Agent: pipewire-onvif\r\nAccept: */*\r\n"
			"Content-Type: application/soap+xml; charset=utf-8\r\n"
			"Authorization: Digest x=\"y\"\r\nContent-Length: 13\r\n\r\n<hello></end>", srv.port);
	check_str(srv.request, b.data);
	buf_clear(&b);
	stop(http);
}

static void test_challenges(void)
{
	struct http *http = start();

	do_post(http, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n"
			"www-authenticate:Basic realm=\"a\"\r\nContent-Length: 0\r\n\r\n");
	check_int(got.status, 401);
	check_int(got.n_challenges, 2);
	check_str(got.challenge[0], "Digest realm=\"a\", nonce=\"1\"");
	check_str(got.challenge[1], "Basic realm=\"a\"");

	do_post(http, "HTTP/1.1 100 Continue\r\nWWW-Authenticate: Digest early\r\n\r\n"
			"HTTP/1.1 401 U\r\nWWW-Authenticate: Basic a\r\nWWW-Authenticate: Basic b\r\n"
			"WWW-Authenticate: Basic c\r\nWWW-Authenticate: Basic d\r\nWWW-Authenticate: Basic e\r\n"
			"WWW-Authenticate: Basic f\r\nWWW-Authenticate: Basic g\r\nWWW-Authenticate: Basic h\r\n"
			"WWW-Authenticate: Basic i\r\nContent-Length: 0\r\n\r\n");
	check_int(got.n_challenges, LIMIT_CHALLENGES);
	check_str(got.challenge[0], "Basic a");
	check_str(got.challenge[7], "Basic h");
	stop(http);
}

static void test_no_redirect(void)
{
	struct http *http = start();

	do_post(http, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
	check_int(got.res, 0);
	check_int(got.status, 302);
	check_int(srv.n_requests, 1);
	stop(http);
}

static void test_close_delimited(void)
{
	struct http *http = start();

	do_post(http, "HTTP/1.0 200 OK\r\n\r\n<a></a>");
	check_str(got.body, "<a></a>");
	do_post(http, "HTTP/1.1 500 Internal\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<x>\r\n4\r\n</x>\r\n0\r\n\r\n");
	check_int(got.status, 500);
	check_str(got.body, "<x></x>");
	/* no decompression: what comes is what there is */
	do_post(http, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
	check_str(got.body, "abc");
	stop(http);
}

static void test_limits(void)
{
	static char big[LIMIT_SOAP_LEN + 64];
	struct http *http = start();
	const char head[] = "HTTP/1.0 200 OK\r\n\r\n";

	memset(big, 'x', sizeof(big) - 1);
	memcpy(big, head, sizeof(head) - 1);
	big[sizeof(head) - 1 + LIMIT_SOAP_LEN] = '\0';
	do_post(http, big);
	check_int(got.res, 0);
	check_int(got.body_len, LIMIT_SOAP_LEN);

	big[sizeof(head) - 1 + LIMIT_SOAP_LEN] = 'x';
	do_post(http, big);
	check_int(got.res, -E2BIG);
	check_str(got.message, "the answer is too long");

	do_post(http, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nabc");
	check_int(got.res, -E2BIG);
	stop(http);
}

static void test_failures(void)
{
	struct http *http = start();
	struct http_call *call;

	do_post(http, "junk that is not HTTP\r\n\r\n");
	check(got.res < 0);
	do_post(http, "");
	check_int(got.res, -ECONNRESET);
	do_post(http, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
	check(got.res < 0);

	srv.mute = true;
	do_post(http, "");
	check_int(got.res, -ETIMEDOUT);
	check_str(got.message, "no answer in time");

	memset(&got, 0, sizeof(got));
	check_int(http_post(http, &(struct http_request) {
		.url = "http://192.0.2.1:1/", .address = "127.0.0.1", .body = "", .timeout_ms = 300,
	}, on_done, NULL, &call), 0);
	check(real_loop_until(&got.n, 1, 2000));
	check_int(got.res, -ECONNREFUSED);
	check_str(got.message, "connection refused");

	/* only http and https */
	memset(&got, 0, sizeof(got));
	if (http_post(http, &(struct http_request) { .url = "file:///etc/passwd", .body = "",
			.timeout_ms = 300 }, on_done, NULL, &call) == 0) {
		check(real_loop_until(&got.n, 1, 2000));
		check(got.res < 0);
	}
	stop(http);
}

static void test_ipv6(void)
{
	struct http *http = start();
	char address[ADDR_STRLEN] = "";
	struct ifaddrs *list, *i;

	memset(&got, 0, sizeof(got));
	server_reply("HTTP/1.0 200 OK\r\n\r\n<a></a>");
	post(http, "http://192.0.2.1/x", "::1");
	check(real_loop_until(&got.n, 1, 2000));
	check_int(got.res, 0);

	/* a link-local one, whose interface the URL cannot name */
	check(getifaddrs(&list) == 0);
	for (i = list; i != NULL; i = i->ifa_next) {
		struct sockaddr_storage ss = { 0 };

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET6)
			continue;
		memcpy(&ss, i->ifa_addr, sizeof(struct sockaddr_in6));
		if (IN6_IS_ADDR_LINKLOCAL(&((struct sockaddr_in6 *)&ss)->sin6_addr) &&
		    addr_format(&ss, address) == 0)
			break;
	}
	freeifaddrs(list);
	if (address[0] != '\0') {
		memset(&got, 0, sizeof(got));
		post(http, "http://[fe80::1]/x", address);
		check(real_loop_until(&got.n, 1, 2000));
		check_int(got.res, 0);
		check_str(got.body, "<a></a>");
	}
	stop(http);
}

static void test_proxy(void)
{
	struct http *http = start();

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	do_post(http, "HTTP/1.0 200 OK\r\n\r\n<a></a>");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	check_int(got.res, 0);
	stop(http);
}

static void test_cancel(void)
{
	struct http *http = start();

	memset(&got, 0, sizeof(got));
	server_reply("HTTP/1.0 200 OK\r\n\r\n");
	post(http, "http://h/x", "127.0.0.1");
	http_cancel(http, last_call);
	post(http, "http://h/x", "127.0.0.1");
	real_loop_run(5);
	if (got.n == 0)
		http_cancel(http, last_call);
	real_loop_run(50);
	/* and two in flight when it goes */
	srv.mute = true;
	post(http, "http://h/x", "127.0.0.1");
	post(http, "http://h/x", "127.0.0.1");
	real_loop_run(20);
	stop(http);
	check(got.n <= 2);	/* the server holds one connection only */
}

static void test_from_callback(void)
{
	struct http *http = start();

	memset(&got, 0, sizeof(got));
	server_reply("HTTP/1.0 200 OK\r\n\r\n");
	got.again = http;
	post(http, "http://h/x", "127.0.0.1");
	check(real_loop_until(&got.n, 2, 2000));

	memset(&got, 0, sizeof(got));
	got.destroy = http;
	post(http, "http://h/x", "127.0.0.1");
	check(real_loop_until(&got.n, 1, 2000));
	real_loop_run(20);
	stop(NULL);
}

static const struct test tests[] = {
	{ "exchange", test_exchange },
	{ "challenges", test_challenges },
	{ "no redirect", test_no_redirect },
	{ "body forms", test_close_delimited },
	{ "limits", test_limits },
	{ "failures", test_failures },
	{ "IPv6", test_ipv6 },
	{ "no proxy", test_proxy },
	{ "cancel", test_cancel },
	{ "from the callback", test_from_callback },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
