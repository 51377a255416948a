/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include <openssl/ssl.h>

#include <spa/utils/defs.h>

#include "module/net/http.h"
#include "module/util/str.h"
#include "tests/lib/test.h"
#include "tests/lib/tls-server.h"
#include "tests/unit/onvif/real-loop.h"

#define REPLY	"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>"
#define OTHER	"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define DAY_S	86400l

static const struct tls_server_params good = {
	.not_before_s = -DAY_S, .not_after_s = DAY_S, .subject = "camera", .reply = REPLY,
};

static struct http *http;

static struct result {
	int n, res, status;
	char message[256], key[HTTP_TLS_KEY_LEN];
} got;

static void on_done(void *data, int res, const struct http_response *r, const char *message)
{
	got.n++;
	got.res = res;
	if (res < 0) {
		check(r == NULL);
		check_int(str_copy(str_from(message), got.message, sizeof(got.message)), 0);
		return;
	}
	got.status = r->status;
	check_int(str_copy(str_from(r->tls_key), got.key, sizeof(got.key)), 0);
}

static int post(const char *scheme, uint16_t port, enum net_security security, const char *pin)
{
	struct http_call *call;
	char url[64];
	int res;

	memset(&got, 0, sizeof(got));
	snprintf(url, sizeof(url), "%s://camera:%u/onvif", scheme, port);
	res = http_post(http, &(struct http_request) {
		.url = url, .address = "127.0.0.1", .security = security, .pin = pin,
		.authorization = "Digest secret", .body = "<hello></end>", .body_len = 13, .timeout_ms = 5000,
	}, on_done, NULL, &call);
	check(res < 0 || real_loop_until(&got.n, 1, 10000));
	return res;
}

static void begin(void)
{
	http = http_curl_new(real_loop_new());
	check(http != NULL);
}

static void end(void)
{
	http_destroy(http);
	real_loop_destroy();
}

/* one pin: the server's key stands for "%s" */
static const struct trust {
	enum net_security security;
	const char *pin;
	int res;
	const char *message;	/* "%s": the server's key */
	bool sent, shows_key;
} trusts[] = {
	{ NET_TLS_PIN, NULL, -ENOKEY, "%s", false, false },
	{ NET_PLAIN, NULL, -ENOKEY, "%s", false, false },
	{ NET_TLS_PIN, "%s", 0, NULL, true, true },
	{ NET_PLAIN, "%s", 0, NULL, true, true },
	{ NET_TLS_PIN, OTHER ";%s", 0, NULL, true, true },
	{ NET_TLS_PIN, "%s;" OTHER, 0, NULL, true, true },
	{ NET_TLS_PIN, OTHER, -EKEYREJECTED, "%s", false, false },
	{ NET_TLS_PIN, OTHER ";" OTHER, -EKEYREJECTED, "%s", false, false },
	{ NET_TLS_CA, NULL, -EKEYREJECTED, NULL, false, false },
	/* a key that is known is no substitute where authorities are demanded */
	{ NET_TLS_CA, "%s", -EKEYREJECTED, NULL, false, false },
	{ NET_TLS_NONE, NULL, 0, NULL, true, false },
	{ NET_TLS_NONE, OTHER, 0, NULL, true, false },
};

static void check_trust(struct tls_server *s, const struct trust *t)
{
	char pin[256], message[256];
	unsigned int before = tls_server_bytes(s);

	tls_server_put_key(s, t->pin ? t->pin : "", pin, sizeof(pin));
	check_int(post("https", tls_server_port(s), t->security, t->pin ? pin : NULL), 0);
	check_int(got.res, t->res);
	check_int(tls_server_bytes(s) > before, t->sent);
	check_str(got.key, t->shows_key ? tls_server_key(s) : "");
	if (t->message) {
		tls_server_put_key(s, t->message, message, sizeof(message));
		check_str(got.message, message);
	} else if (t->res < 0) {
		check(got.message[0] != '\0' && strstr(got.message, "sha256//") == NULL);
	}
}

static void test_trust(void)
{
	struct tls_server *s = tls_server_new(&good);

	begin();
	for (size_t i = 0; i < SPA_N_ELEMENTS(trusts); i++)
		check_trust(s, &trusts[i]);
	end();
	tls_server_destroy(s);
}

/* what stands in cameras: all of it must do where the key counts, or nothing does */
static void test_certificates(void)
{
	static const struct tls_server_params t[] = {
		{ .not_before_s = -2000 * DAY_S, .not_after_s = -1000 * DAY_S, .subject = "expired", .reply = REPLY },
		{ .not_before_s = DAY_S, .not_after_s = 2 * DAY_S, .subject = "not yet", .reply = REPLY },
		{ .rsa_bits = 1024, .not_after_s = DAY_S, .subject = "weak", .digest = "SHA1", .reply = REPLY,
			.max_version = TLS1_2_VERSION },
		{ .rsa_bits = 512, .not_after_s = DAY_S, .subject = "weakest", .digest = "MD5", .reply = REPLY,
			.max_version = TLS1_2_VERSION },
		{ .rsa_bits = 1024, .not_after_s = DAY_S, .subject = "old", .reply = REPLY,
			.max_version = TLS1_VERSION },
		/* libcurl's log, of which we read the key, quotes it */
		{ .not_after_s = DAY_S, .subject = OTHER, .reply = REPLY },
	};

	begin();
	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		struct tls_server *s = tls_server_new(&t[i]);

		for (size_t n = 0; n < SPA_N_ELEMENTS(trusts); n++)
			check_trust(s, &trusts[n]);
		tls_server_destroy(s);
	}
	end();
}

/* A session that is resumed shows no certificate: the key still counts. */
static void test_again(void)
{
	struct tls_server *s = tls_server_new(&good);

	begin();
	for (int i = 0; i < 3; i++) {
		check_trust(s, &trusts[2]);
		check_trust(s, &trusts[6]);
	}
	end();
	tls_server_destroy(s);
}

static void test_bad_pins(void)
{
	/* libcurl takes a pin of another form for a file's name */
	static const char *const pins[] = { "", "x", "/etc/passwd", "sha1//abc", ";", ";" OTHER,
		OTHER ";/etc/passwd", "/etc/passwd;" OTHER };

	begin();
	for (size_t i = 0; i < SPA_N_ELEMENTS(pins); i++)
		check_int(post("https", 443, NET_TLS_PIN, pins[i]), -EINVAL);
	end();
}

/* for http they mean nothing */
static void test_plain(void)
{
	struct tls_server *s = tls_server_new(&good);

	begin();
	check_int(post("http", tls_server_port(s), NET_TLS_PIN, NULL), 0);
	check(got.res != -ENOKEY && got.res != -EKEYREJECTED && got.res < 0);
	check_int(post("HTTPS", tls_server_port(s), NET_TLS_PIN, NULL), 0);
	check_int(got.res, -ENOKEY);
	end();
	tls_server_destroy(s);
}

static const struct test tests[] = {
	{ "trust", test_trust },
	{ "certificates", test_certificates },
	{ "again and again", test_again },
	{ "bad pins", test_bad_pins },
	{ "plain", test_plain },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
