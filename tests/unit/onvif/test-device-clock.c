/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <time.h>

#include "tests/unit/onvif/device-camera.h"

#define START	1767225600	/* of the virtual clock: 2026-01-01T00:00:00Z */
#define NONE	INT64_MIN
#define WINDOW	30		/* s, as strict as cameras are */

/* all in s ahead of us */
static const struct {
	const char *what;
	int64_t said;		/* by GetSystemDateAndTime; NONE: not at all */
	int64_t header;		/* Date of its answers */
	int64_t real;		/* what tokens are compared with; NONE: the password is wrong */
	uint32_t refused;	/* tokens */
	bool fails;
} cases[] = {
	{ "all right", 0, 0, 0, 0, false },
	{ "ahead, and says so", 100, NONE, 100, 0, false },
	{ "1970, and says so", -START + 9, NONE, -START + 9, 0, false },
	{ "two hours ahead, and says so", 7200, NONE, 7200, 0, false },
	/* OpenIPC, HiKam */
	{ "local time called UTC, east", 7200, NONE, 0, 1, false },
	{ "local time called UTC, west", -18000, NONE, 0, 1, false },
	{ "local time called UTC, India", 19800, NONE, 0, 1, false },
	{ "local time called UTC, Nepal, a minute fast", 20700 + 60, NONE, 10, 1, false },
	{ "local time called UTC, a minute slow", 7200 - 60, NONE, 0, 1, false },
	{ "local time called UTC, as far as it goes", 14 * 3600, NONE, 0, 1, false },
	{ "local time called UTC, and its Date is right", 7200 + 300, 300, 300, 1, false },
	{ "local time called UTC and GMT", 7200, 7200, 0, 1, false },
	{ "its Date is right", 100, 5000, 5000, 1, false },
	{ "its Date alone is there, and local", NONE, 3600, 0, 1, false },
	{ "its Date alone is there", NONE, 500, 500, 0, false },
	{ "no time at all", NONE, NONE, 0, 0, false },
	/* nothing raises a doubt: not tried again, accounts get locked */
	{ "wrong without a reason", 100, NONE, 0, 1, true },
	{ "no time zone", 26 * 3600, NONE, 0, 1, true },
	{ "between time zones", 7200 + 400, NONE, 0, 1, true },
	{ "wrong, and its Date says the same", 1300, 1310, 0, 1, true },
	{ "wrong password", 0, 0, NONE, 1, true },
	{ "wrong password, no time at all", NONE, NONE, NONE, 1, true },
	/* two tokens are the most */
	{ "wrong password, local time", 7200, NONE, NONE, 2, true },
	{ "wrong password, two clocks", 100, 5000, NONE, 2, true },
	{ "a third clock", 7200, 300, 5000, 2, true },
};

static int64_t real;
static uint32_t refused;

static bool token_valid(const char *body)
{
	const char *created = strstr(body, "<wsu:Created>");
	struct tm tm = { 0 };
	int64_t at;
	bool valid;

	check(created != NULL);
	check(strptime(created + 13, "%Y-%m-%dT%H:%M:%S", &tm) != NULL);
	at = (int64_t)timegm(&tm) - START;
	valid = real != NONE && at >= real - WINDOW && at <= real + WINDOW;
	refused += !valid;
	return valid;
}

static void print_date(int64_t offset, char *dst, size_t size)
{
	time_t t = (time_t)(START + offset);
	struct tm tm;

	check(gmtime_r(&t, &tm) != NULL);
	snprintf(dst, size, "<x:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>%d</tt:Hour><tt:Minute>%d</tt:Minute>"
			"<tt:Second>%d</tt:Second></tt:Time><tt:Date><tt:Year>%d</tt:Year><tt:Month>%d</tt:Month>"
			"<tt:Day>%d</tt:Day></tt:Date></tt:UTCDateTime></x:SystemDateAndTime>",
			tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* the first or the second token is right, and so are all that follow */
static void test_clocks(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(cases); i++) {
		char date[1024] = "!<s:Fault/>";

		begin();
		real = cases[i].real;
		refused = 0;
		if (cases[i].said != NONE)
			print_date(cases[i].said, date, sizeof(date));
		cam.answers = (const struct answer []) { { "GetSystemDateAndTime", TDS, 200, date } };
		cam.n_answers = 1;
		cam.auth = TOKEN;
		cam.token_valid = token_valid;
		if (cases[i].header != NONE)
			cam.date = (uint64_t)(START + cases[i].header);
		ask("u");
		if (refused != cases[i].refused || got.res != (cases[i].fails ? -EACCES : 0) ||
		    got.refused != cases[i].fails || cam.tokens != refused + (cases[i].fails ? 0 : 11))
			test_fail(__FILE__, __LINE__, "%s: %d, %u tokens, %u refused", cases[i].what, got.res,
					cam.tokens, refused);
		end();
	}
}

static const struct test tests[] = {
	{ "clocks", test_clocks },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
