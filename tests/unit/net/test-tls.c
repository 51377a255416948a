/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <openssl/ssl.h>

#include <spa/utils/defs.h>

#include "module/net/net.h"
#include "module/util/str.h"
#include "tests/lib/test.h"
#include "tests/lib/tls-server.h"
#include "tests/unit/onvif/real-loop.h"

/* Streams over TLS: whom they trust, with the certificates that cameras have. */

#define REPLY	"RTSP/1.0 200 OK\r\n\r\n"
#define OTHER	"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define DAY_S	86400l

static struct net *net;
static struct net_stream *stream;

static struct result {
	int connected, closed, res;
	char message[256], in[64];
	size_t len;
} got;

static void on_connected(void *data, const char *address)
{
	static const char request[] = "OPTIONS</end>";

	got.connected++;
	check_str(address, "127.0.0.1");
	check_int(net_stream_send(stream, request, sizeof(request) - 1), sizeof(request) - 1);
}

static void on_readable(void *data)
{
	ssize_t n;

	while ((n = net_stream_recv(stream, got.in + got.len, sizeof(got.in) - 1 - got.len)) > 0)
		got.len += (size_t)n;
}

static void on_writable(void *data)
{
}

static void on_closed(void *data, int res, const char *message)
{
	got.closed++;
	got.res = res;
	check_int(str_copy(str_from(message), got.message, sizeof(got.message)), 0);
}

static const struct net_stream_events events = {
	NET_VERSION_STREAM_EVENTS,
	.connected = on_connected,
	.readable = on_readable,
	.writable = on_writable,
	.closed = on_closed,
};

/* until it is over */
static void converse(struct tls_server *s, enum net_security security, const char *pin)
{
	struct net_target target = { .host = "127.0.0.1", .port = tls_server_port(s),
		.security = security, .pin = pin, .connect_timeout_ms = 5000 };

	got = (struct result) { .res = 1 };
	check_int(net_connect(net, &target, &events, NULL, &stream), 0);
	check(real_loop_until(&got.closed, 1, 10000));
	net_stream_destroy(stream);
	stream = NULL;
}

/* the server's key stands for "%s" */
static const struct trust {
	enum net_security security;
	const char *pin;
	int res;
	const char *message;	/* NULL: a phrase */
} trusts[] = {
	{ NET_TLS_PIN, NULL, -ENOKEY, "%s" },
	{ NET_TLS_PIN, "%s", 0, NULL },
	{ NET_TLS_PIN, OTHER ";%s", 0, NULL },
	{ NET_TLS_PIN, OTHER, -EKEYREJECTED, "%s" },
	{ NET_TLS_PIN, OTHER ";" OTHER, -EKEYREJECTED, "%s" },
	{ NET_TLS_CA, NULL, -EKEYREJECTED, NULL },
	{ NET_TLS_CA, "%s", -EKEYREJECTED, NULL },
	{ NET_TLS_NONE, NULL, 0, NULL },
	{ NET_TLS_NONE, OTHER, 0, NULL },
};

static void check_trust(struct tls_server *s, const struct trust *t)
{
	unsigned int before = tls_server_bytes(s);
	char pin[256];

	tls_server_put_key(s, t->pin ? t->pin : "", pin, sizeof(pin));
	converse(s, t->security, t->pin ? pin : NULL);
	check_int(got.res, t->res);
	check_int(got.connected, t->res == 0);
	/* who is not trusted hears nothing */
	check_int(tls_server_bytes(s) > before, t->res == 0);
	if (t->res == 0)
		check_str(got.in, REPLY);
	else if (t->message)
		check_str(got.message, tls_server_key(s));
	else
		check(got.message[0] != '\0' && strstr(got.message, "sha256//") == NULL);
}

/* All of it must do where the key counts, or nothing does. */
static void test_certificates(void)
{
	static const struct tls_server_params t[] = {
		{ .not_before_s = -DAY_S, .not_after_s = DAY_S, .subject = "good" },
		{ .not_before_s = -2000 * DAY_S, .not_after_s = -1000 * DAY_S, .subject = "expired" },
		{ .not_before_s = DAY_S, .not_after_s = 2 * DAY_S, .subject = "not yet" },
		{ .not_after_s = DAY_S, .subject = "TLS 1.2", .max_version = TLS1_2_VERSION },
		{ .rsa_bits = 2048, .not_after_s = DAY_S, .subject = "TLS 1.2", .max_version = TLS1_2_VERSION },
		{ .rsa_bits = 1024, .not_after_s = DAY_S, .subject = "weak", .digest = "SHA1",
			.max_version = TLS1_2_VERSION },
		{ .rsa_bits = 1024, .not_after_s = DAY_S, .subject = "weak", .digest = "SHA1" },
		{ .rsa_bits = 512, .not_after_s = DAY_S, .subject = "weakest", .digest = "MD5",
			.max_version = TLS1_2_VERSION },
		{ .rsa_bits = 1024, .not_after_s = DAY_S, .subject = "old", .max_version = TLS1_VERSION },
		/* libcurl's log, of which the key is read, quotes it */
		{ .not_after_s = DAY_S, .subject = OTHER },
	};

	net = net_curl_new(real_loop_new());
	check(net != NULL);
	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct tls_server_params params = t[i];
		struct tls_server *s;

		params.reply = REPLY;
		s = tls_server_new(&params);
		for (size_t n = 0; n < SPA_N_ELEMENTS(trusts); n++) {
			test_context("certificate %zu (%s), trust %zu", i, t[i].subject, n);
			check_trust(s, &trusts[n]);
		}
		tls_server_destroy(s);
	}
	net_destroy(net);
	real_loop_destroy();
}

/* A session that is resumed shows no certificate: the key still counts. */
static void test_again(void)
{
	static const struct tls_server_params params = {
		.not_before_s = -DAY_S, .not_after_s = DAY_S, .subject = "camera", .reply = REPLY,
	};
	struct tls_server *s = tls_server_new(&params);

	net = net_curl_new(real_loop_new());
	check(net != NULL);
	for (int i = 0; i < 3; i++) {
		check_trust(s, &trusts[1]);
		check_trust(s, &trusts[3]);
	}
	net_destroy(net);
	real_loop_destroy();
	tls_server_destroy(s);
}

static const struct test tests[] = {
	{ "certificates", test_certificates },
	{ "again and again", test_again },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
