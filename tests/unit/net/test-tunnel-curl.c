/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/times.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <spa/utils/defs.h>

#include "module/net/tunnel.h"
#include "module/util/str.h"
#include "tests/lib/test.h"
#include "tests/lib/tls-server.h"
#include "tests/unit/onvif/real-loop.h"

/* A tunnel through libcurl to a web server in a thread, plain and over TLS. It says each
 * line again that it hears; after "bye" it ends. */

#define ROUNDS		12
#define DAY_S		86400l
#define HEAD_LEN	1024

/* The server. Checks are the main thread's: here a failure is a word for it. */
struct conn {
	int fd;
	SSL *ssl;
	char buf[4096];
	size_t at, len;
};

static struct server {
	/* how it is */
	unsigned int lines_per_post;	/* 0: any number */
	bool reply;			/* POST is answered, at length */

	struct tls_server *tls;
	int fd;
	uint16_t port;
	pthread_t thread;
	unsigned int n_posts;
	const char *failure;
} server;

static bool next_conn(struct conn *c)
{
	struct timeval patience = { .tv_sec = 5 };
	int one = 1;

	*c = (struct conn) { .fd = -1 };
	if (server.tls) {
		c->ssl = tls_server_accept(server.tls);
		c->fd = c->ssl ? SSL_get_fd(c->ssl) : -1;
	} else {
		c->fd = accept(server.fd, NULL, NULL);
	}
	if (c->fd >= 0) {
		setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	return c->fd >= 0;
}

static bool conn_read(struct conn *c, char *dst)
{
	ssize_t n;

	if (c->at == c->len) {
		n = c->ssl ? SSL_read(c->ssl, c->buf, sizeof(c->buf)) :
			recv(c->fd, c->buf, sizeof(c->buf), 0);
		if (n <= 0)
			return false;
		c->len = (size_t)n;
		c->at = 0;
	}
	*dst = c->buf[c->at++];
	return true;
}

static void conn_write(struct conn *c, const void *data, size_t size)
{
	ssize_t n = c->ssl ? SSL_write(c->ssl, data, (int)size) :
		send(c->fd, data, size, MSG_NOSIGNAL);

	if (n != (ssize_t)size)
		server.failure = "it cannot write";
}

static void conn_close(struct conn *c)
{
	if (c->ssl) {
		SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
	}
	close(c->fd);
}

static bool read_head(struct conn *c, const char *method, char head[HEAD_LEN])
{
	size_t len = 0;

	memset(head, 0, HEAD_LEN);
	while (len < HEAD_LEN - 1 && conn_read(c, head + len)) {
		len++;
		if (len >= 4 && memcmp(head + len - 4, "\r\n\r\n", 4) == 0)
			return strncmp(head, method, strlen(method)) == 0;
	}
	return false;
}

static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	return at ? (int)(at - digits) : 0;
}

/* \return bytes, 0 at the end */
static size_t read_group(struct conn *c, char dst[3])
{
	char text[4];
	uint32_t v = 0;

	for (size_t i = 0; i < sizeof(text); i++) {
		if (!conn_read(c, &text[i]))
			return 0;
		v = v << 6 | (uint32_t)digit(text[i]);
	}
	dst[0] = (char)(v >> 16);
	dst[1] = (char)(v >> 8);
	dst[2] = (char)v;
	return text[2] == '=' ? 1 : text[3] == '=' ? 2 : 3;
}

static void say_at_length(struct conn *c)
{
	static const char reply[] = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n";
	static char page[100000];

	memset(page, '\n', sizeof(page));
	conn_write(c, reply, sizeof(reply) - 1);
	conn_write(c, page, sizeof(page));
}

/* \return true when another POST goes on */
static bool serve_post(struct conn *get, struct conn *post)
{
	unsigned int lines = 0;
	char line[65536], group[3];
	size_t len = 0, n;

	if (server.reply)
		say_at_length(post);
	while ((n = read_group(post, group)) > 0 && len + n <= sizeof(line)) {
		memcpy(line + len, group, n);
		len += n;
		if (line[len - 1] != '\n')
			continue;
		if (len == 4 && memcmp(line, "bye\n", 4) == 0)
			break;
		/* its end is there before the echo */
		if (++lines == server.lines_per_post)
			conn_close(post);
		conn_write(get, line, len);
		if (lines == server.lines_per_post)
			return true;
		len = 0;
	}
	conn_close(post);
	return false;
}

static void serve(struct tls_server *s, void *data)
{
	static const char ok[] = "HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\nearly\n";
	char head[HEAD_LEN];
	struct conn get, post;

	server.tls = s;
	if (!next_conn(&get))
		return;
	if (!read_head(&get, "GET /a HTTP/1.0\r\n", head))
		server.failure = "no GET";
	/* in one segment, in one record */
	conn_write(&get, ok, sizeof(ok) - 1);
	do {
		if (!next_conn(&post)) {
			server.failure = "no POST";
			break;
		}
		if (!read_head(&post, "POST /a HTTP/1.0\r\n", head))
			server.failure = "no POST";
		server.n_posts++;
	} while (serve_post(&get, &post));
	conn_close(&get);
}

static void *run(void *data)
{
	serve(NULL, NULL);
	return NULL;
}

static void server_start(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);

	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(server.fd >= 0);
	check_int(bind(server.fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	check_int(listen(server.fd, 8), 0);
	check_int(getsockname(server.fd, (struct sockaddr *)&sin, &len), 0);
	server.port = ntohs(sin.sin_port);
	check_int(pthread_create(&server.thread, NULL, run, NULL), 0);
}

static void server_stop(void)
{
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
}

/* the client */

static struct client {
	struct net_stream *stream;
	size_t line_len;
	int round, connected, closed, res;
	char message[128];
	char in[65536], out[65536];
	size_t in_len, out_len, sent;
} client;

static void flush(void)
{
	ssize_t n;

	while (client.sent < client.out_len) {
		n = net_stream_send(client.stream, client.out + client.sent, client.out_len - client.sent);
		if (n < 0)
			return;
		client.sent += (size_t)n;
		if (client.sent < client.out_len)
			return;
	}
}

static void next_round(void)
{
	if (client.round > ROUNDS)
		return;
	if (client.round++ == ROUNDS) {
		memcpy(client.out, "bye\n", 4);
		client.out_len = 4;
	} else {
		memset(client.out, 'a' + client.round, client.line_len);
		client.out[client.line_len - 1] = '\n';
		client.out_len = client.line_len;
	}
	client.sent = 0;
	flush();
}

static void on_connected(void *data, const char *address)
{
	client.connected++;
	check_str(address, "127.0.0.1");
}

static void on_readable(void *data)
{
	ssize_t n;

	while ((n = net_stream_recv(client.stream, client.in + client.in_len,
			sizeof(client.in) - client.in_len)) > 0)
		client.in_len += (size_t)n;
	if (client.in_len == 0 || client.in[client.in_len - 1] != '\n')
		return;
	if (client.round == 0)
		check(client.in_len == 6 && memcmp(client.in, "early\n", 6) == 0);
	else
		check(client.in_len == client.out_len && memcmp(client.in, client.out, client.in_len) == 0);
	client.in_len = 0;
	next_round();
}

static void on_writable(void *data)
{
	flush();
}

static void on_closed(void *data, int res, const char *message)
{
	client.closed++;
	client.res = res;
	check_int(str_copy(str_from(message), client.message, sizeof(client.message)), 0);
}

static const struct net_stream_events events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.closed = on_closed,
};

static void converse(uint16_t port, enum net_security security, const char *pin, size_t line_len)
{
	struct net_tunnel_target target = {
		.target = { .host = "127.0.0.1", .port = port, .security = security, .pin = pin,
			.connect_timeout_ms = 5000 },
		.path = "/a", .user_agent = "test",
	};
	struct spa_loop_utils *loop = real_loop_new();
	struct net *net = net_curl_new(loop);

	check(net != NULL);
	client = (struct client) { .line_len = line_len, .res = 1 };
	check_int(net_tunnel_connect(loop, net, &target, &events, NULL, &client.stream), 0);
	real_loop_until(&client.closed, 1, 10000);
	net_stream_destroy(client.stream);
	net_destroy(net);
	real_loop_destroy();
}

static void check_conversation(void)
{
	if (server.failure)
		test_fail(__FILE__, __LINE__, "the server says: %s", server.failure);
	check_int(client.closed, 1);
	if (client.res < 0)
		test_fail(__FILE__, __LINE__, "%d, %s", client.res, client.message);
	check_int(client.connected, 1);
	check_int(client.round, ROUNDS + 1);
	check_int(server.n_posts, server.lines_per_post ? ROUNDS / server.lines_per_post + 1 : 1);
}

static const struct server servers[] = {
	{ 0 },
	{ .reply = true },
	{ .lines_per_post = 1 },
	{ .lines_per_post = 3, .reply = true },
};

/* three of the longest are less than a POST's Content-Length: whoever hangs up right behind that
 * is taken for one that counts */
static const size_t lengths[] = { 2, 1000, 3073, 8000 };

static void test_plain(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(servers); i++)
		for (size_t n = 0; n < SPA_N_ELEMENTS(lengths); n++) {
			test_context("server %zu, lines of %zu", i, lengths[n]);
			server = servers[i];
			server_start();
			converse(server.port, NET_PLAIN, NULL, lengths[n]);
			server_stop();
			check_conversation();
		}
}

static void test_tls(void)
{
	static const struct tls_server_params params = {
		.not_before_s = -DAY_S, .not_after_s = DAY_S, .subject = "camera", .run = serve,
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(servers); i++)
		for (size_t n = 0; n < SPA_N_ELEMENTS(lengths); n++) {
			struct tls_server *s;
			unsigned int handshakes;

			test_context("server %zu, lines of %zu", i, lengths[n]);
			server = servers[i];
			s = tls_server_new(&params);
			converse(tls_server_port(s), NET_TLS_PIN, tls_server_key(s), lengths[n]);
			handshakes = tls_server_handshakes(s);
			tls_server_destroy(s);
			check_conversation();
			/* the same trust for each of its connections */
			check_int(handshakes, server.n_posts + 1);
		}
}

/* another key than the pinned one; the first use */
static void test_trust(void)
{
	static const char other[] = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
	static const struct tls_server_params params = {
		.not_before_s = -DAY_S, .not_after_s = DAY_S, .subject = "camera", .run = serve,
	};
	static const struct {
		enum net_security security;
		const char *pin;
		int res;
	} t[] = {
		{ NET_TLS_PIN, NULL, -ENOKEY },
		{ NET_TLS_PIN, other, -EKEYREJECTED },
		{ NET_TLS_CA, NULL, -EKEYREJECTED },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct tls_server *s;

		server = (struct server) { 0 };
		s = tls_server_new(&params);
		converse(tls_server_port(s), t[i].security, t[i].pin, 2);
		check_int(client.closed, 1);
		check_int(client.res, t[i].res);
		if (t[i].security == NET_TLS_PIN)
			check_str(client.message, tls_server_key(s));
		check_int(client.connected + client.round, 0);
		tls_server_destroy(s);
		check_int(server.n_posts, 0);
	}
}

/* Nobody reads what is over: it must not keep the processor busy. */
static void test_idle(void)
{
	struct tms before, after;
	struct net_tunnel_target target = {
		.target = { .host = "127.0.0.1", .connect_timeout_ms = 5000 }, .path = "/a", .user_agent = "test",
	};
	struct spa_loop_utils *loop = real_loop_new();
	struct net *net = net_curl_new(loop);

	client = (struct client) { .line_len = 2, .res = 1 };
	server = (struct server) { .reply = true };
	server_start();
	target.target.port = server.port;
	/* the rounds are over: nothing is said */
	client.round = ROUNDS + 1;
	client.out_len = 6;
	memcpy(client.out, "early\n", 6);
	check_int(net_tunnel_connect(loop, net, &target, &events, NULL, &client.stream), 0);
	check(real_loop_until(&client.connected, 1, 5000));
	real_loop_run(100);
	times(&before);
	real_loop_run(500);
	times(&after);
	check(after.tms_utime + after.tms_stime - before.tms_utime - before.tms_stime <
			sysconf(_SC_CLK_TCK) / 4);
	check_int(client.closed, 0);
	net_stream_destroy(client.stream);
	net_destroy(net);
	real_loop_destroy();
	server_stop();
}

static const struct test tests[] = {
	{ "plain", test_plain },
	{ "TLS", test_tls },
	{ "trust", test_trust },
	{ "idle", test_idle },
};

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
