/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <netinet/in.h>

#include <spa/utils/defs.h>

#include "module/onvif/budget.h"
#include "module/util/addr.h"
#include "module/util/clock.h"
#include "tests/lib/test.h"

#define START	(1000 * (uint64_t)SPA_NSEC_PER_SEC)

static struct budget b;

static struct sockaddr_storage at(const char *text, uint16_t port)
{
	struct sockaddr_storage ss;

	check_int(addr_parse(str_from(text), port, &ss), 0);
	return ss;
}

static struct sockaddr_storage forged(uint32_t i)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(0x0a000000u + i);
	return ss;
}

static uint32_t take(const char *text, uint32_t times, bool asked, uint64_t now)
{
	struct sockaddr_storage ss = at(text, 3702);
	uint32_t n = 0;

	for (uint32_t i = 0; i < times; i++)
		n += budget_take(&b, &ss, asked, now);
	return n;
}

/* \return how many of per_ms datagrams a ms, each from another address, are looked at */
static uint32_t flood(uint32_t per_ms, uint32_t ms, bool asked, uint64_t now)
{
	uint32_t n = 0, i = 0;

	for (uint32_t t = 0; t < ms; t++) {
		for (uint32_t k = 0; k < per_ms; k++) {
			struct sockaddr_storage ss = forged(i++);

			n += budget_take(&b, &ss, asked, now + t * NSEC_PER_MSEC);
		}
	}
	return n;
}

static void test_one_source(void)
{
	struct sockaddr_storage ports[] = { at("192.0.2.1", 1), at("192.0.2.1", 2), at("::ffff:192.0.2.9", 1) };

	budget_init(&b, START);
	check_int(take("192.0.2.1", 1000, true, START), LIMIT_DATAGRAMS_PER_SOURCE);
	/* its ports share, its neighbours do not */
	check(!budget_take(&b, &ports[1], true, START));
	check(budget_take(&b, &ports[2], true, START));
	check_int(take("192.0.2.2", 20, true, START), 20);
	check_int(take("2001:db8::1", 5, true, START), 5);
	check_int(take("192.0.2.1", 1000, true, START + SPA_NSEC_PER_SEC), LIMIT_DATAGRAMS_PER_SOURCE_S);
}

/* what one source sends in vain costs the others nothing */
static void test_source_spends_nothing(void)
{
	budget_init(&b, START);
	take("192.0.2.1", 100000, true, START);
	check_int(flood(1, 1000, true, START) + LIMIT_DATAGRAMS_PER_SOURCE,
			LIMIT_DATAGRAMS_PER_S * 3 / 4 * 2 - 1);
}

static void test_any_number_of_sources(void)
{
	uint32_t n;

	budget_init(&b, START);
	n = flood(10, 10000, true, START);
	/* a burst, and what grew in 10 s */
	check(n > 10 * LIMIT_DATAGRAMS_PER_S * 3 / 4 && n <= 11 * LIMIT_DATAGRAMS_PER_S * 3 / 4);
}

static void test_unasked_takes_half(void)
{
	uint32_t n;

	budget_init(&b, START);
	n = flood(10, 1000, false, START);
	check(n <= LIMIT_DATAGRAMS_PER_S * 3 / 4);
	check(take("192.0.2.1", 20, true, START + SPA_NSEC_PER_SEC) == 20);
}

static void test_known_have_a_part(void)
{
	static const char * const texts[] = { "192.0.2.1", "fe80::1%1", "192.0.2.3" };
	struct sockaddr_storage known[3];
	uint64_t now = START;
	uint32_t n;

	for (uint32_t i = 0; i < 3; i++)
		known[i] = at(texts[i], 0);
	budget_init(&b, START);
	budget_set_known(&b, known, 3);
	for (uint32_t second = 0; second < 10; second++, now += SPA_NSEC_PER_SEC) {
		flood(10, 1000, true, now);
		for (uint32_t i = 0; i < 3; i++)
			check_int(take(texts[i], 4, i != 1, now + SPA_NSEC_PER_SEC - 1), 4);
	}
	/* somebody who forges their addresses takes that, no more */
	n = take("192.0.2.1", 100000, true, now);
	check(n <= LIMIT_DATAGRAMS_PER_SOURCE);
	now += SPA_NSEC_PER_SEC;
	check_int(take("fe80::1%1", 4, true, now), 4);
	/* the same address behind another interface is somebody else */
	flood(1000, 1, true, now);
	check_int(take("fe80::1%2", 1, true, now), 0);
	/* known no more */
	budget_set_known(&b, known, 0);
	check_int(take("192.0.2.3", 1, true, now), 0);
}

static void test_too_many_known(void)
{
	struct sockaddr_storage many[LIMIT_CAMERAS_MAX + 1];

	for (uint32_t i = 0; i < SPA_N_ELEMENTS(many); i++)
		many[i] = forged(i);
	budget_init(&b, START);
	budget_set_known(&b, many, SPA_N_ELEMENTS(many));
	check_int(b.n_known, LIMIT_CAMERAS_MAX);
}

static const struct test tests[] = {
	{ "one source", test_one_source },
	{ "source spends nothing", test_source_spends_nothing },
	{ "any number of sources", test_any_number_of_sources },
	{ "unasked takes half", test_unasked_takes_half },
	{ "known have a part", test_known_have_a_part },
	{ "too many known", test_too_many_known },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
