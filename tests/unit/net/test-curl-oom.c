/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "module/net/net.h"
#include "tests/lib/oom.h"
#include "tests/lib/test.h"
#include "tests/lib/tls-server.h"
#include "tests/unit/onvif/real-loop.h"

/* Whole connections in which the n-th allocation fails, of ours or of libcurl's. */

static struct tls_server *server;
static uint16_t plain_port;

static struct result {
	struct net_stream *stream;
	int connected, closed;
	int n;			/* of the two */
	int res;
	ssize_t sent;
} got;

static void on_connected(void *data, const char *address)
{
	check(got.n == 0 && strcmp(address, "127.0.0.1") == 0);
	got.connected++;
	got.n++;
	got.sent = net_stream_send(got.stream, "hello", 5);
}

static void on_readable(void *data)
{
	char bytes[256];

	while (net_stream_recv(got.stream, bytes, sizeof(bytes)) > 0)
		;
}

static void on_writable(void *data)
{
}

static void on_closed(void *data, int res, const char *message)
{
	check(got.closed == 0 && message != NULL && message[0] != '\0');
	got.closed++;
	got.n++;
	got.res = res;
}

static const struct net_stream_events events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.closed = on_closed,
};

static int dial(struct net *net, bool tls)
{
	struct net_target target = {
		.host = "127.0.0.1", .port = tls ? tls_server_port(server) : plain_port,
		.security = tls ? NET_TLS_PIN : NET_PLAIN, .pin = tls ? tls_server_key(server) : NULL,
		.connect_timeout_ms = 2000,
	};
	int res;

	memset(&got, 0, sizeof(got));
	if ((res = net_connect(net, &target, &events, NULL, &got.stream)) == 0)
		check(real_loop_until(&got.n, 1, 10000));
	return res;
}

static void run(void *data)
{
	const bool *tls = data;
	struct spa_loop_utils *loop = real_loop_new();
	struct net *net;
	int res;

	oom_start();
	if ((net = net_curl_new(loop)) == NULL) {
		oom_stop();
		check(oom_failed() && errno == ENOMEM);
		real_loop_destroy();
		return;
	}
	res = dial(net, *tls);
	oom_stop();
	/* what is told is the end, or that it works; nothing else without a failure */
	check(res == 0 || (oom_failed() && res == -ENOMEM));
	check(oom_failed() || got.connected == 1);
	check(got.closed == 0 || got.res < 0);
	if (res == 0)
		net_stream_destroy(got.stream);
	/* with memory again it works again */
	check_int(dial(net, *tls), 0);
	check(got.connected == 1 && got.sent == 5);
	net_stream_destroy(got.stream);
	net_destroy(net);
	real_loop_destroy();
}

static void sweep(bool tls)
{
	check(oom_sweep(OOM_FROM_THERE, run, &tls) > 20);
	check(oom_sweep(OOM_ONCE, run, &tls) > 20);
}

static void test_plain(void)
{
	sweep(false);
}

static void test_tls(void)
{
	sweep(true);
}

static const struct test tests[] = {
	{ "TCP", test_plain },
	{ "TLS", test_tls },
};

/* takes connections and says nothing: the kernel does that */
static int listen_plain(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 || listen(fd, 4000) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) < 0)
		abort();
	plain_port = ntohs(sin.sin_port);
	return fd;
}

int main(int argc, char **argv)
{
	int fd = listen_plain(), res;

	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, oom_malloc, free, oom_realloc, oom_strdup,
			oom_calloc) != CURLE_OK)
		abort();
	/* (without memory to keep a session, libcurl 7.88 frees something twice) */
	server = tls_server_new(&(struct tls_server_params) { .not_after_s = 86400, .subject = "camera",
		.no_sessions = true, .reply = "" });
	res = test_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
	tls_server_destroy(server);
	close(fd);
	return res;
}
