/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/onvif/device-camera.h"

#define KEY	"sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="
#define OTHER	"sha256//t62CeU2tQiqkexU74Gxa2eg7fRbEgoChTociMee9wno="
#define CHANGED	"The certificate of 192.0.2.7 is not the one that it had before: if the camera was reset or replaced, " \
	"put its new key into its entry in onvif-credentials.conf: tls.pin = \"" KEY "\""

static void ask_tls(const char *xaddr, enum net_security security, const char *pin)
{
	check_int(ask_params(&(struct device_query_params) {
		.xaddr = xaddr, .address = "192.0.2.7", .security = security, .pin = pin,
		.user = "u", .password = &password,
	}), 0);
	vloop_flush(cam.v);
	check_int(got.n, 1);
}

static void begin_tls(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	fake_http_set_tls_key(cam.http, KEY);
}

static void test_trust(void)
{
	static const struct {
		enum net_security security;
		const char *pin;
		int res;
		const char *key;	/* as the result has it */
		const char *message;
	} t[] = {
		{ NET_TLS_PIN, NULL, 0, KEY, NULL },
		{ NET_PLAIN, NULL, 0, KEY, NULL },
		{ NET_TLS_PIN, KEY, 0, KEY, NULL },
		{ NET_TLS_PIN, OTHER ";" KEY, 0, KEY, NULL },
		{ NET_TLS_PIN, OTHER, -EKEYREJECTED, "", CHANGED },
		{ NET_TLS_NONE, NULL, 0, "", NULL },
		{ NET_TLS_CA, NULL, -EKEYREJECTED, "", "The certificate of 192.0.2.7 is not trusted: "
			"its certificate is not valid." },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		begin_tls();
		ask_tls("https://10.0.0.1/onvif/device_service", t[i].security, t[i].pin);
		check_int(got.res, t[i].res);
		check_str(got.info.tls_pin, t[i].key);
		if (t[i].message)
			check_str(got.message, t[i].message);
		check(!got.refused);
		/* nothing reached it where it is not trusted */
		if (t[i].res < 0)
			check_int(cam.n, 0);
		else
			check(cam.logins > 0);
		end();
	}
}

/* one handshake more, and nobody else's key afterwards */
static void test_first_key(void)
{
	begin_tls();
	ask_tls("https://10.0.0.1/onvif/device_service", NET_TLS_PIN, NULL);
	check_int(fake_http_count(cam.http), cam.n + 1);
	check_str(fake_http_last(cam.http)->pin, KEY);
	check_int(fake_http_last(cam.http)->security, NET_TLS_PIN);
	end();

	/* another one answers in the midst of it, whichever step it is */
	for (uint32_t i = 2; i < 20; i++) {
		begin_tls();
		fake_http_set_handler(cam.http, NULL, NULL);
		check_int(ask_params(&(struct device_query_params) { .xaddr = "https://10.0.0.1/onvif/device_service",
				.address = "192.0.2.7", .user = "u", .password = &password }), 0);
		fake_http_answer(cam.http, &(struct fake_http_reply) { .res = -ENOKEY, .message = KEY });
		for (uint32_t n = 2; n < i; n++) {
			struct fake_http_reply reply = { .status = 200 };
			struct fake_http_request q = *fake_http_last(cam.http);

			handle(NULL, &q, &reply);
			fake_http_answer(cam.http, &reply);
		}
		check_str(fake_http_last(cam.http)->pin, KEY);
		fake_http_answer(cam.http, &(struct fake_http_reply) { .res = -EKEYREJECTED, .message = OTHER });
		check_int(got.n, 1);
		check_int(got.res, -EKEYREJECTED);
		check_contains(got.message, OTHER);
		check_str(got.info.tls_pin, KEY);
		check_int(fake_http_count(cam.http), i);
		end();
	}

	/* a server that shows a key again and again, though one is known, gets nothing */
	begin_tls();
	fake_http_set_handler(cam.http, NULL, NULL);
	check_int(ask_params(&(struct device_query_params) { .xaddr = "https://10.0.0.1/d", .address = "192.0.2.7" }), 0);
	fake_http_answer(cam.http, &(struct fake_http_reply) { .res = -ENOKEY, .message = KEY });
	fake_http_answer(cam.http, &(struct fake_http_reply) { .res = -ENOKEY, .message = OTHER });
	check_int(got.n, 1);
	check(got.res < 0);
	end();
}

/* what is dialled */
static void test_urls(void)
{
	static const struct {
		const char *xaddr, *media, *url;
		uint16_t port;
		bool https;
	} t[] = {
		{ "https://10.0.0.1/onvif/device_service", "http://10.0.0.1/onvif/media",
			"https://192.0.2.7/onvif/media", 443, true },
		{ "https://10.0.0.1:8443/onvif/device_service", "http://10.0.0.1:80/onvif/media",
			"https://192.0.2.7:8443/onvif/media", 8443, true },
		{ "https://10.0.0.1/onvif/device_service", "https://10.0.0.1:4443/onvif/media",
			"https://192.0.2.7:4443/onvif/media", 443, true },
		{ "http://10.0.0.1/onvif/device_service", "https://10.0.0.1/onvif/media",
			"https://192.0.2.7/onvif/media", 80, false },
		{ "http://10.0.0.1:8000/onvif/device_service", "http://10.0.0.1/onvif/media",
			"http://192.0.2.7/onvif/media", 8000, false },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		char services[512];

		begin_tls();
		snprintf(services, sizeof(services), "<x:Service><x:Namespace>" TRT "</x:Namespace><x:XAddr>%s</x:XAddr>"
				"</x:Service>", t[i].media);
		cam.answers = (const struct answer []) { { "GetServices", TDS, 200, services } };
		cam.n_answers = 1;
		ask_tls(t[i].xaddr, NET_TLS_PIN, NULL);
		check_int(got.res, 0);
		check_str(fake_http_last(cam.http)->url, t[i].url);
		check_int(got.info.http_port, t[i].port);
		check_int(got.info.https, t[i].https);
		check_str(got.info.tls_pin, strncmp(t[i].url, "https", 5) == 0 ? KEY : "");
		end();
	}

	/* old ones that name no service */
	begin_tls();
	cam.answers = (const struct answer []) { { "GetServices", TDS, 500, NULL }, { "GetCapabilities", TDS, 500, NULL } };
	cam.n_answers = 2;
	ask_tls("https://10.0.0.1:8443/onvif/device_service", NET_TLS_PIN, KEY);
	check_str(fake_http_last(cam.http)->url, "https://192.0.2.7:8443/onvif/media_service");
	end();

	/* no TLS there */
	begin();
	ask_tls("https://10.0.0.1/onvif/device_service", NET_TLS_PIN, NULL);
	check_int(got.res, -ECONNREFUSED);
	end();
}

/* a password in readable form is for the one with the key, or the certificate */
static void test_basic(void)
{
	static const struct {
		const char *xaddr;
		enum net_security security;
		const char *pin;
		bool basic;
	} t[] = {
		{ "https://10.0.0.1/onvif/device_service", NET_TLS_PIN, KEY, true },
		{ "https://10.0.0.1/onvif/device_service", NET_TLS_PIN, NULL, false },
		{ "https://10.0.0.1/onvif/device_service", NET_TLS_NONE, KEY, false },
		{ "http://10.0.0.1/onvif/device_service", NET_TLS_PIN, KEY, false },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		begin_tls();
		cam.challenge[0] = "Basic realm=\"cam\"";
		ask_tls(t[i].xaddr, t[i].security, t[i].pin);
		check_int(got.res, 0);
		check_int(cam.logins > 0, t[i].basic);
		check_int(cam.tokens > 0, !t[i].basic);
		end();
	}
}

static void test_long_host(void)
{
	static const char host[] = "fe80::1234:5678:9abc:def0%a-very-long-interface-name-indeed";

	begin();
	fake_http_set_tls_key(cam.http, KEY);
	check_int(ask_params(&(struct device_query_params) {
		.xaddr = "https://x/d", .address = host, .pin = OTHER }), 0);
	vloop_flush(cam.v);
	check_contains(got.message, "tls.pin = \"" KEY "\"");
	end();
}

static const struct test tests[] = {
	{ "trust", test_trust },
	{ "first key", test_first_key },
	{ "URLs", test_urls },
	{ "Basic", test_basic },
	{ "long host", test_long_host },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
