/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/onvif/device-camera.h"

static void test_digest(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.challenge[1] = "Basic realm=\"cam\"";
	ask("u");
	check_int(got.res, 0);
	/* every operation but the time: once without, once with an answer to a fresh nonce */
	check_int(cam.logins, 11);
	check_int(cam.n, 23);
	check_int(cam.tokens, 0);
	check_contains(fake_http_last(cam.http)->authorization, "Digest username=\"u\"");
	check_contains(fake_http_last(cam.http)->authorization, "uri=\"/onvif/media\"");
	check_contains(fake_http_last(cam.http)->authorization, "nc=00000001");
	check(strstr(fake_http_last(cam.http)->authorization, "s3cret") == NULL);
	end();
}

static void test_refused(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.refuse = true;
	ask("u");
	check_int(got.res, -EACCES);
	check(got.refused);
	check_int(cam.logins, 1);
	check_contains(got.message, "refused");
	end();

	begin();
	cam.auth = TOKEN;
	cam.refuse = true;
	ask("u");
	check_int(got.res, -EACCES);
	check(got.refused);
	check_int(cam.tokens, 1);
	check_int(cam.logins, 0);
	end();

	/* the time already needs a login */
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.date_is_protected = true;
	cam.refuse = true;
	ask("u");
	check_int(got.res, -EACCES);
	check(got.refused);
	check_int(cam.n, 2);
	end();
}

static void test_no_credentials(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.date_is_protected = true;
	ask(NULL);
	check_int(got.res, -EACCES);
	check(!got.refused);
	check_int(cam.n, 2);
	check_contains(got.message, "login");
	end();

	begin();
	cam.auth = TOKEN;
	ask(NULL);
	check_int(got.res, -EACCES);
	check(!got.refused);
	check(got.info.clock_known);
	end();
}

static void test_token(void)
{
	begin();
	cam.auth = TOKEN;
	ask("u");
	check_int(got.res, 0);
	/* once it is known, no round without */
	check_int(cam.tokens, 11);
	check_int(cam.n, 13);
	check_contains(cam.token_body, "<wsse:Username>u</wsse:Username>");
	/* the camera's clock */
	check_contains(cam.token_body, "<wsu:Created>2026-01-01T00:01:40.000Z</wsu:Created>");
	check(strstr(cam.token_body, "s3cret") == NULL);
	end();

	/* the time itself is protected: the Date header must do */
	begin();
	cam.auth = TOKEN;
	cam.date_is_protected = true;
	cam.date = 1767225600 - 3600;
	ask("u");
	check_int(got.res, 0);
	check_int(cam.tokens, 12);
	check_int(got.info.clock_offset_s, 100);
	end();
}

static void test_no_challenge(void)
{
	begin();
	cam.auth = CHALLENGE;
	ask("u");
	check_int(got.res, 0);
	check_int(cam.tokens, 11);
	check_int(cam.logins, 0);
	end();
}

static void test_basic(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = "Basic realm=\"cam\"";
	ask("u");
	/* the token does not give the password away */
	check_int(cam.logins, 0);
	check_int(cam.tokens, 11);
	check_int(got.res, 0);
	end();

	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = "Basic realm=\"cam\"";
	check_int(ask_params(&(struct device_query_params) {
		.xaddr = "http://x/onvif/device_service", .address = "192.0.2.7",
		.user = "u", .password = &password, .allow_basic = true, .pin = "sha256//AAAA",
	}), 0);
	vloop_flush(cam.v);
	check_int(got.res, 0);
	check_int(cam.logins, 11);
	check_str(fake_http_last(cam.http)->authorization, "Basic dTpzM2NyZXQ=");
	check_str(fake_http_last(cam.http)->pin, "sha256//AAAA");
	end();
}

static void test_unknown_digest(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = "Digest realm=\"cam\", nonce=\"n1\", algorithm=WHIRLPOOL";
	cam.challenge[1] = "Basic realm=\"cam\"";
	ask("u");
	check_int(got.res, -EACCES);
	check(!got.refused);
	check_int(cam.logins + cam.tokens, 0);
	end();
}

static void test_rights(void)
{
	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.protected_for_all = "GetAudioDecoderConfigurationOptions";
	ask("u");
	check_int(got.res, 0);
	check(!got.refused);
	check(!got.info.decoder_options_known);
	end();

	begin();
	cam.auth = CHALLENGE;
	cam.challenge[0] = DIGEST;
	cam.protected_for_all = "GetStreamUri";
	ask("u");
	check_int(got.res, -ENOTSUP);
	check(!got.refused);
	check_contains(got.message, "may not");
	end();
}

static const struct test tests[] = {
	{ "digest", test_digest },
	{ "refused", test_refused },
	{ "no credentials", test_no_credentials },
	{ "token", test_token },
	{ "401 without a challenge", test_no_challenge },
	{ "basic", test_basic },
	{ "unknown digest", test_unknown_digest },
	{ "rights", test_rights },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
