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
	/* every operation but the time: once without, once with an answer to a fresh nonce; and
	 * the id once more, at first */
	check_int(cam.logins, 11);
	check_int(cam.n, 24);
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
	check_int(cam.n, 4);
	check_int(cam.logins, 1);
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
	check_int(cam.n, 3);
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
	check_int(cam.n, 14);
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
	check_int(got.res, -EBUSY);
	check(!got.refused);
	check_contains(got.message, "too many are connected to it, or this user may not have its stream address");
	end();
}

/* Dahua again: 401 in the middle, where a fault would say that it is a matter of rights */
static void test_shut_out(void)
{
	static const struct {
		const char *op;
		int res;
	} t[] = {
		{ "GetProfiles", -EBUSY },
		{ "GetStreamUri", -EBUSY },
		/* can be done without */
		{ "GetAudioOutputs", 0 },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		for (int mode = CHALLENGE; mode <= TOKEN; mode++) {
			begin();
			cam.auth = (enum auth_mode)mode;
			cam.challenge[0] = DIGEST;
			cam.protected_for_all = t[i].op;
			ask("u");
			/* a token is refused by a fault: no rights */
			check_int(got.res, mode == TOKEN && t[i].res == -EBUSY ? -ENOTSUP : t[i].res);
			check(!got.refused);
			check(got.info.logged_in);
			end();
		}
	}
}

static void ask_expecting(const char *id, const char *user)
{
	check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7", .expect_id = id,
			.user = user, .password = user ? &password : NULL }), 0);
	vloop_flush(cam.v);
	check_int(got.n, 1);
}

/* who it is, before it is told who we are */
static void test_identity(void)
{
	static const struct {
		const char *expected, *said;
		bool open;
		int res;
	} t[] = {
		{ NULL, "urn:uuid:b", true, 0 },
		{ "urn:uuid:a", "urn:uuid:a", true, 0 },
		{ "urn:uuid:a", "A", true, 0 },
		{ "urn:uuid:a", "urn:uuid:b", true, -EXDEV },
		{ "urn:uuid:a", "", true, 0 },
		/* told after the login only: too late to matter */
		{ "urn:uuid:a", "urn:uuid:b", false, 0 },
	};

	for (size_t i = 0; i < SPA_N_ELEMENTS(t); i++) {
		for (int mode = OPEN; mode <= TOKEN; mode++) {
			char inside[128];

			begin();
			snprintf(inside, sizeof(inside), "<x:GUID>%s</x:GUID>", t[i].said);
			cam.answers = (const struct answer []) { { "GetEndpointReference", TDS, 200, inside } };
			cam.n_answers = 1;
			cam.auth = (enum auth_mode)mode;
			cam.challenge[0] = DIGEST;
			cam.endpoint_is_open = t[i].open;
			ask_expecting(t[i].expected, "u");
			check_int(got.res, mode == OPEN && t[i].said[0] && t[i].expected && !t[i].open ? -EXDEV : t[i].res);
			check_str(got.info.id, t[i].said);
			check_int(got.info.logged_in, got.res == 0 && mode != OPEN);
			if (got.res == -EXDEV) {
				check_str(got.message, "Another camera answers at 192.0.2.7 now.");
				check_int(cam.logins + cam.tokens, 0);
				check_int(cam.n, 2);
			}
			end();
		}
	}
}

/* nothing is logged in to before the id was asked for */
static void test_order(void)
{
	for (int protected = 0; protected < 2; protected++) {
		begin();
		cam.auth = CHALLENGE;
		cam.challenge[0] = DIGEST;
		cam.date_is_protected = protected;
		fake_http_set_handler(cam.http, NULL, NULL);
		check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7",
				.user = "u", .password = &password }), 0);
		while (got.n == 0) {
			struct fake_http_reply reply = { .status = 200 };
			struct fake_http_request q = *fake_http_last(cam.http);

			if (q.authorization)
				check(asked_for("GetEndpointReference") > 0);
			handle(NULL, &q, &reply);
			fake_http_answer(cam.http, &reply);
		}
		check_int(got.res, 0);
		check(got.info.clock_known);
		check_str(got.info.id, "urn:uuid:cam");
		end();
	}
}

/* Dahua says 401 when too many are connected */
static void test_worked_before(void)
{
	static const enum auth_mode modes[] = { CHALLENGE, TOKEN };

	for (size_t i = 0; i < SPA_N_ELEMENTS(modes); i++) {
		begin();
		cam.auth = modes[i];
		cam.challenge[0] = DIGEST;
		cam.refuse = true;
		check_int(ask_params(&(struct device_query_params) { .address = "192.0.2.7",
				.user = "u", .password = &password, .worked_before = true }), 0);
		vloop_flush(cam.v);
		check_int(got.n, 1);
		check_int(got.res, -EBUSY);
		check(!got.refused);
		check(!got.info.logged_in);
		check_contains(got.message, "took before");
		check_int(cam.logins + cam.tokens, 1);
		end();
	}
}

/* One service wants tokens, another Digest. What the first one took is tried with the second. */
static bool handle_mixed(void *data, const struct fake_http_request *q, struct fake_http_reply *reply)
{
	bool digest = strstr(q->url, "/onvif/media") != NULL;

	cam.auth = digest ? CHALLENGE : TOKEN;
	if (digest && strstr(q->body, "UsernameToken")) {
		cam.tokens++;
		reply->status = 401;
		reply->challenge[0] = DIGEST;
		return true;
	}
	return handle(data, q, reply);
}

static void test_mixed(void)
{
	begin();
	cam.challenge[0] = DIGEST;
	fake_http_set_handler(cam.http, handle_mixed, NULL);
	ask("u");
	check_int(got.res, 0);
	check(!got.refused);
	check(cam.logins > 5);
	/* one round with a token where none is wanted, not one each time */
	check_int(cam.tokens, 5);
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
	{ "401 in the middle", test_shut_out },
	{ "identity", test_identity },
	{ "order", test_order },
	{ "worked before", test_worked_before },
	{ "mixed services", test_mixed },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
