/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/util/buf.h"
#include "module/util/clock.h"
#include "module/util/random.h"
#include "module/util/secret.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

static void test_add(void)
{
	struct buf b;

	buf_init(&b, 10);
	check_slice(buf_str(&b), "");
	check_int(buf_add_str(&b, "abc"), 0);
	check_int(buf_add_byte(&b, 'd'), 0);
	check_int(buf_printf(&b, "%d", 567), 0);
	check_int(buf_add_slice(&b, STR_LIT("hij")), 0);
	check_str(b.data, "abcd567hij");
	check_int(buf_add(&b, "", 0), 0);
	check_int(buf_add_byte(&b, 'x'), -E2BIG);
	check_str(b.data, "abcd567hij");
	buf_consume(&b, 4);
	check_str(b.data, "567hij");
	/* the first error stays */
	check_int(buf_add_byte(&b, 'x'), -E2BIG);
	check_int(buf_printf(&b, "x"), -E2BIG);
	check_int(buf_add_xml(&b, STR_LIT("x")), -E2BIG);
	check_int(buf_add_base64(&b, "x", 1), -E2BIG);
	buf_reset(&b);
	check_str(b.data, "");
	check_int(buf_printf(&b, "%s", "0123456789"), 0);
	buf_reset(&b);
	check_int(buf_printf(&b, "%s", "0123456789A"), -E2BIG);
	check_str(b.data, "");
	buf_clear(&b);
	check(b.data == NULL);
	check_int(b.max, 10);
	check_int(b.error, 0);
	buf_consume(&b, 4);
	buf_clear_secret(&b);
	check_int(buf_add(&b, "", 0), 0);
	check_str(b.data, "");
	buf_clear_secret(&b);
	buf_init(&b, 0);
	check_int(buf_add_byte(&b, 'x'), -E2BIG);
	buf_clear(&b);
	buf_init(&b, 100);
	check_int(buf_add(&b, "x", SIZE_MAX), -E2BIG);
	buf_clear(&b);
}

static void test_grow(void)
{
	struct buf b;

	buf_init(&b, 100000);
	for (int i = 0; i < 100000; i++)
		check_int(buf_add_byte(&b, (uint8_t)('a' + i % 26)), 0);
	check_int(buf_add_byte(&b, 'x'), -E2BIG);
	for (int i = 0; i < 100000; i++)
		check(b.data[i] == 'a' + i % 26);
	check_int(b.alloc, 100001);
	buf_consume(&b, 99999);
	check_int(b.len, 1);
	buf_consume(&b, 99999);
	check_int(b.len, 0);
	buf_clear(&b);
}

static void test_encodings(void)
{
	static const struct {
		const char *in, *xml;
	} x[] = {
		{ "a<b>&\"'", "a&lt;b&gt;&amp;&quot;&apos;" },
		{ "\x01\x1f\t\n\r ", "\t\n\r " },
		{ "\xc3\xa9\xff\xc3", "\xc3\xa9" },
		{ "\xef\xbf\xbe\xef\xbf\xbd\xf0\x9f\x93\xb7", "\xef\xbf\xbd\xf0\x9f\x93\xb7" },
	}, b64[] = {	/* RFC 4648 10 */
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfb", "//77" },
	};
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < SPA_N_ELEMENTS(x); i++) {
		buf_reset(&b);
		check_int(buf_add_xml(&b, str_from(x[i].in)), 0);
		check_str(b.data, x[i].xml);
	}
	for (size_t i = 0; i < SPA_N_ELEMENTS(b64); i++) {
		buf_reset(&b);
		buf_add_base64(&b, b64[i].in, strlen(b64[i].in));
		check_str(b.data, b64[i].xml);
	}
	buf_reset(&b);
	check_int(buf_add_quoted(&b, "a \"b\\"), 0);
	check_str(b.data, "\"a \\\"b\\\\\"");
	buf_clear(&b);
}

static void test_secret(void)
{
	struct secret a = { 0 }, b = { 0 };

	check(secret_equal(&a, &b));
	check_int(secret_set(&a, "abc"), 0);
	check(!secret_equal(&a, &b) && !secret_equal(&b, &a));
	check_int(secret_copy(&b, &a), 0);
	check(a.value != b.value && secret_equal(&a, &b));
	check_int(secret_set(&b, "abcabc"), 0);
	check(!secret_equal(&a, &b) && !secret_equal(&b, &a));
	check_int(secret_set(&b, ""), 0);
	check(!secret_equal(&a, &b) && !secret_equal(&b, &a));
	check_int(secret_set(&a, ""), 0);
	check(secret_equal(&a, &b));
	check_int(secret_copy(&a, NULL), 0);
	check(a.value == NULL);
	/* from itself */
	check_int(secret_set(&b, "xyz"), 0);
	check_int(secret_set(&b, b.value + 1), 0);
	check_str(b.value, "yz");
	secret_clear(&b);
	secret_clear(&b);
	secret_clear(NULL);
}

static uint8_t next;

static void fill(void *dst, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)dst)[i] = next++;
}

static void fill_zero(void *dst, size_t len)
{
	memset(dst, 0, len);
}

static void test_random(void)
{
	uint32_t counts[10] = { 0 };
	char uuid[UUID_STRLEN];

	for (int i = 0; i < 10000; i++)
		counts[random_below(10)]++;
	for (int i = 0; i < 10; i++)
		check(counts[i] > 800 && counts[i] < 1200);
	check_int(random_below(1), 0);
	check(random_u32() | random_u32() | random_u32());
	next = 0;
	random_set_source(fill);
	random_uuid(uuid);
	check_str(uuid, "00010203-0405-4607-8809-0a0b0c0d0e0f");
	random_set_source(fill_zero);
	check_int(random_below(3), 0);
	random_set_source(NULL);
}

static void on_timer(void *data, uint64_t expirations)
{
	(*(int *)data)++;
}

static void test_clock(void)
{
	uint64_t mono = clock_monotonic(), real = clock_realtime();
	struct spa_loop_utils *u;
	struct spa_source *t;
	struct vloop *v;
	int fired = 0;

	check(mono > 0 && clock_monotonic() >= mono);
	check(real > UINT64_C(1700000000) * SPA_NSEC_PER_SEC);
	v = vloop_new();
	u = vloop_utils(v);
	check(clock_monotonic() == vloop_now(v));
	t = spa_loop_utils_add_timer(u, on_timer, &fired);
	timer_arm(u, t, 0);
	vloop_run(v, 1);
	check_int(fired, 1);
	timer_arm(u, t, 1500 * NSEC_PER_MSEC);
	vloop_run(v, 1499);
	check_int(fired, 1);
	vloop_run(v, 1);
	check_int(fired, 2);
	timer_arm_at(u, t, clock_monotonic() + 10 * NSEC_PER_MSEC);
	vloop_run(v, 10);
	check_int(fired, 3);
	timer_arm(u, t, 10 * NSEC_PER_MSEC);
	timer_disarm(u, t);
	vloop_run(v, 1000);
	check_int(fired, 3);
	spa_loop_utils_destroy_source(u, t);
	vloop_destroy(v);
	check(clock_monotonic() >= mono);
}

static const struct test tests[] = {
	{ "buf add", test_add }, { "buf grow", test_grow }, { "buf encodings", test_encodings },
	{ "secret", test_secret }, { "random", test_random }, { "clock", test_clock },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
