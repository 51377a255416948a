/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tests/unit/rtsp/client-owner.h"

/* the right password: the caller sees one reply */
static void test_right(void)
{
	begin_as("u", "p", false);
	vloop_flush(v);
	buf_reset(&told);
	ask("DESCRIBE");
	check(strstr(sent(), "Authorization") == NULL);
	fake_net_take(f, SIZE_MAX);
	say_status(401, 1, "WWW-Authenticate: Basic realm=\"r\"\r\n" DIGEST);
	check_told("");
	check_contains(sent(), "DESCRIBE " URI " RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: test\r\nAuthorization: Digest username=\"u\"");
	/* MD5 of the three parts by hand: HA1 = u:r:p, HA2 = DESCRIBE:uri */
	check_contains(sent(), "uri=\"" URI "\"");
	fake_net_take(f, SIZE_MAX);
	say_status(200, 2, "");
	check_told("DESCRIBE: 0 200\n");
	/* the next ones carry it at once */
	ask("SETUP");
	check_contains(sent(), "Authorization: Digest");
	/* a nonce that expired without a word is replaced, once */
	fake_net_take(f, SIZE_MAX);
	say_status(401, 3, "WWW-Authenticate: Digest realm=\"r\", nonce=\"m\"\r\n");
	check_contains(sent(), "nonce=\"m\"");
	say_status(401, 4, "WWW-Authenticate: Digest realm=\"r\", nonce=\"o\"\r\n");
	check_told("SETUP: -13 401\n");
	end();
}

/* the wrong password: tried once */
static void test_wrong(void)
{
	begin_as("u", "x", false);
	vloop_flush(v);
	buf_reset(&told);
	ask("A");
	say_status(401, 1, DIGEST);
	say_status(401, 2, DIGEST);
	check_told("A: -13 401\n");
	/* and never again */
	fake_net_take(f, SIZE_MAX);
	ask("B");
	check(strstr(sent(), "Authorization") == NULL);
	say_status(401, 3, DIGEST);
	check_told("B: -13 401\n");
	end();
}

/* good-bye alone is worth no login; behind another one it has one */
static void test_goodbye(void)
{
	begin_as("u", "x", false);
	vloop_flush(v);
	buf_reset(&told);
	ask("TEARDOWN");
	say_status(401, 1, DIGEST);
	check_told("TEARDOWN: -126 401\n");
	ask("A");
	say_status(401, 2, DIGEST);
	say_status(200, 3, "");
	check_told("A: 0 200\n");
	fake_net_take(f, SIZE_MAX);
	ask("TEARDOWN");
	check_contains(sent(), "Authorization: Digest");
	say_status(401, 4, "WWW-Authenticate: Digest realm=\"r\", nonce=\"m\", stale=true\r\n");
	say_status(200, 5, "");
	check_told("TEARDOWN: 0 200\n");
	end();
}

/* a nonce that is always stale */
static void test_stale(void)
{
	int i;

	begin_as("u", "p", false);
	vloop_flush(v);
	buf_reset(&told);
	ask("A");
	for (i = 1; i < 20; i++)
		say_status(401, i, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", stale=true\r\n");
	check_told("A: -13 401\n");
	end();
}

static void test_none(void)
{
	/* nobody gave any */
	begin();
	ask("A");
	say_status(401, 1, DIGEST);
	check_told("A: -126 401\n");
	end();

	/* Basic in the clear, nothing at all */
	begin_as("u", "p", false);
	vloop_flush(v);
	buf_reset(&told);
	ask("A");
	say_status(401, 1, "WWW-Authenticate: Basic realm=\"r\"\r\n");
	check_told("A: -95 401\n");
	check(strlen(rtsp_client_auth_reason(client)) > 0);
	ask("B");
	say_status(401, 2, "");
	check_told("B: -95 401\n");
	end();

	begin_as("u", "p", true);
	vloop_flush(v);
	ask("A");
	say_status(401, 1, "WWW-Authenticate: Basic realm=\"r\"\r\n");
	check_contains(sent(), "Authorization: Basic dTpw\r\n");
	end();
}

static const struct test tests[] = {
	{ "the right password", test_right },
	{ "a wrong password", test_wrong },
	{ "a login for good-bye", test_goodbye },
	{ "a nonce that is always stale", test_stale },
	{ "nothing that may be used", test_none },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
