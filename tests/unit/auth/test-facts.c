/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/auth/facts.h"
#include "module/auth/facts-file.h"
#include "module/util/conf.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

#define PIN		"sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="
#define OTHER_PIN	"sha256//t62CeU2tQiqkexU74Gxa2eg7fRbEgoChTociMee9wno="

struct fixture {
	struct vloop *v;
	char dir[64], path[128], bad[160];
	struct facts *f;
	const char *warning;
};

static void open_it(struct fixture *x)
{
	x->warning = "?";
	x->f = facts_new(vloop_utils(x->v), x->path, &x->warning);
	check(x->f != NULL);
}

static void setup(struct fixture *x)
{
	*x = (struct fixture){ .dir = "/tmp/onvif-test-XXXXXX" };
	check(mkdtemp(x->dir) != NULL);
	snprintf(x->path, sizeof(x->path), "%s/pipewire/state.conf", x->dir);
	snprintf(x->bad, sizeof(x->bad), "%s.bad", x->path);
	x->v = vloop_new();
	open_it(x);
}

static void teardown(struct fixture *x)
{
	facts_destroy(x->f);
	vloop_destroy(x->v);
	remove(x->path);
	remove(x->bad);
	*strrchr(x->path, '/') = '\0';
	remove(x->path);
	remove(x->dir);
}

static void reopen(struct fixture *x)
{
	facts_destroy(x->f);
	open_it(x);
}

static char *contents(struct fixture *x)
{
	static char text[LIMIT_CONF_LEN + 1];
	char *data;
	size_t size;

	text[0] = '\0';
	if (conf_read_file(x->path, &data, &size) == 0) {
		memcpy(text, data, size + 1);
		free(data);
	}
	return text;
}

static void test_remember(void)
{
	struct fixture x;
	struct stat st;

	setup(&x);
	check(x.warning == NULL);
	check(facts_get(x.f, "cam", "name") == NULL);
	check_int(facts_set(x.f, "cam \"1\\", "name", "Tür \"vorn\" \\"), 0);
	check_int(facts_set(x.f, "cam \"1\\", "transport", "tcp"), 0);
	check_int(facts_set(x.f, "cam \"1\\", "last-address", "fe80::1%eth0"), 0);
	check_int(facts_set(x.f, "b", "backchannel", "true"), 0);
	check_int(facts_set(x.f, "b", "tls-pin", PIN), 0);
	check_int(facts_set(x.f, "b", "tls-pin-rtsp", OTHER_PIN), 0);
	check_str(facts_get(x.f, "cam \"1\\", "transport"), "tcp");
	reopen(&x);
	check(x.warning == NULL);
	check_str(facts_get(x.f, "cam \"1\\", "name"), "Tür \"vorn\" \\");
	check_str(facts_get(x.f, "cam \"1\\", "transport"), "tcp");
	check_str(facts_get(x.f, "cam \"1\\", "last-address"), "fe80::1%eth0");
	check_str(facts_get(x.f, "b", "backchannel"), "true");
	check_str(facts_get(x.f, "b", "tls-pin"), PIN);
	check_str(facts_get(x.f, "b", "tls-pin-rtsp"), OTHER_PIN);
	check(facts_get(x.f, "b", "name") == NULL);
	check_int(stat(x.path, &st), 0);
	check_int(st.st_mode & 07777, 0600);

	check_int(facts_set(x.f, "b", "backchannel", NULL), 0);
	facts_forget(x.f, "cam \"1\\");
	facts_forget(x.f, "nobody");
	reopen(&x);
	check(facts_get(x.f, "b", "backchannel") == NULL);
	check(facts_get(x.f, "cam \"1\\", "name") == NULL);
	teardown(&x);
}

static void test_save_time(void)
{
	struct fixture x;

	setup(&x);
	check_int(vloop_armed_timers(x.v), 0);
	check_int(facts_set(x.f, "a", "name", "1"), 0);
	vloop_run(x.v, 1500);
	check_int(facts_set(x.f, "a", "name", "2"), 0);
	vloop_run(x.v, 499);
	check_str(contents(&x), "");
	/* not postponed by the second change */
	vloop_run(x.v, 1);
	check_contains(contents(&x), "name = \"2\"");
	check_int(vloop_armed_timers(x.v), 0);
	/* no change, nothing to write */
	check_int(facts_set(x.f, "a", "name", "2"), 0);
	check_int(facts_set(x.f, "c", "name", NULL), 0);
	facts_clear_refused(x.f, "a");
	check_int(vloop_armed_timers(x.v), 0);
	/* what cannot be written now is written with the next change */
	check_int(unlink(x.path), 0);
	check_int(mkdir(x.path, 0700), 0);
	check_int(facts_set(x.f, "a", "name", "3"), 0);
	vloop_run(x.v, 2000);
	check_int(rmdir(x.path), 0);
	check_int(facts_set(x.f, "a", "transport", "udp"), 0);
	vloop_run(x.v, 2000);
	check_contains(contents(&x), "name = \"3\"");
	teardown(&x);
}

static void test_refused(void)
{
	struct secret p = { 0 }, q = { 0 };
	struct fixture x;

	setup(&x);
	check_int(secret_set(&p, "hunter2"), 0);
	check_int(secret_set(&q, "hunter3"), 0);
	check(!facts_is_refused(x.f, "a", "u", &p));
	check_int(facts_set_refused(x.f, "a", "u", &p), 0);
	/* at once, and not in clear */
	check_contains(contents(&x), "refused = \"");
	check(strstr(contents(&x), "hunter2") == NULL);
	check_int(vloop_armed_timers(x.v), 0);
	reopen(&x);
	check(facts_is_refused(x.f, "a", "u", &p));
	check(!facts_is_refused(x.f, "a", "u", &q));
	check(!facts_is_refused(x.f, "a", "v", &p));
	check(!facts_is_refused(x.f, "b", "u", &p));
	check(facts_get(x.f, "a", "refused") == NULL);
	check_int(facts_set(x.f, "a", "refused", "x"), -EINVAL);
	facts_clear_refused(x.f, "a");
	facts_clear_refused(x.f, "b");
	check(!facts_is_refused(x.f, "a", "u", &p));
	reopen(&x);
	check(!facts_is_refused(x.f, "a", "u", &p));
	check_int(facts_set_refused(x.f, "", "u", &p), -EINVAL);
	secret_clear(&p);
	secret_clear(&q);
	teardown(&x);
}

static void test_bad_file(void)
{
	static const char * const bad[] = {
		"", "{ key = ", "{ }", "[ ]", "{ key = \"00\" }", "{ cameras = { } }",
		"{ key = \"zz00000000000000000000000000000000000000000000000000000000000000\" }",
		"{ key = \"0000000000000000000000000000000000000000000000000000000000000000\" cameras = [ ] }",
		"{ key = \"0000000000000000000000000000000000000000000000000000000000000000\" cameras = { a = b } }",
		"{ key = \"0000000000000000000000000000000000000000000000000000000000000000\" cameras = { a = { name = [ ] } } }",
	};
	struct fixture x;
	size_t i;

	setup(&x);
	for (i = 0; i < SPA_N_ELEMENTS(bad); i++) {
		facts_destroy(x.f);
		check_int(conf_write_file(x.path, 0600, bad[i], strlen(bad[i])), 0);
		open_it(&x);
		check_contains(x.warning, "is kept as ");
		check_contains(x.warning, x.bad);
		check_int(access(x.bad, F_OK), 0);
		check_int(access(x.path, F_OK), -1);
		check_int(facts_set(x.f, "a", "name", "n"), 0);
		reopen(&x);
		check(x.warning == NULL);
	}
	/* a newer version's file */
	facts_destroy(x.f);
	const char *newer = "{ version = 9 key = \"0000000000000000000000000000000000000000000000000000000000000000\""
		" more = { a = b } cameras = { a = { colour = red name = n } } }";
	check_int(conf_write_file(x.path, 0600, newer, strlen(newer)), 0);
	open_it(&x);
	check(x.warning == NULL);
	check_str(facts_get(x.f, "a", "name"), "n");
	teardown(&x);
}

static void test_limits(void)
{
	static const char * const names[] = { "last-address", "transport", "tls-pin", "tls-pin-rtsp",
		"backchannel", "name", "id", "endpoint" };
	char text[LIMIT_TEXT_LEN + 2], id[LIMIT_ID_LEN + 2];
	struct secret p = { 0 };
	struct fixture x;
	uint32_t i;

	setup(&x);
	check_int(facts_set(x.f, "a", "colour", "x"), -EINVAL);
	check_int(facts_set(x.f, "", "name", "x"), -EINVAL);
	check_int(facts_set(x.f, "a", "name", "x\ny"), -EINVAL);
	check_int(facts_set(x.f, "a", "name", "\xff"), -EINVAL);
	check(facts_get(x.f, "a", "colour") == NULL);
	memset(text, '"', sizeof(text));
	text[LIMIT_TEXT_LEN + 1] = '\0';
	check_int(facts_set(x.f, "a", "name", text), -E2BIG);
	text[LIMIT_TEXT_LEN] = '\0';
	memset(id, '"', sizeof(id));
	id[LIMIT_ID_LEN + 1] = '\0';
	check_int(facts_set(x.f, id, "name", "x"), -E2BIG);
	check_int(facts_set_refused(x.f, id, "u", &p), -E2BIG);
	id[LIMIT_ID_LEN] = '\0';

	/* the largest file can be written and read; who was refused stays */
	check_int(facts_set_refused(x.f, "first", "u", &p), 0);
	for (i = 0; i <= FACTS_MAX_CAMERAS; i++) {
		snprintf(id, 6, "%05u", i);
		id[5] = '"';
		for (size_t n = 0; n < SPA_N_ELEMENTS(names); n++)
			check_int(facts_set(x.f, id, names[n], text), 0);
	}
	/* all there are, but for "refused" */
	check_int(SPA_N_ELEMENTS(names), N_FACTS - 1);
	reopen(&x);
	check(x.warning == NULL);
	check_str(facts_get(x.f, id, "backchannel"), text);
	check(facts_is_refused(x.f, "first", "u", &p));
	memcpy(id, "00001", 5);
	check(facts_get(x.f, id, "name") == NULL);
	memcpy(id, "00002", 5);
	check_str(facts_get(x.f, id, "name"), text);
	teardown(&x);
}

static void test_memory_only(void)
{
	struct vloop *v = vloop_new();
	struct secret p = { 0 };
	struct facts *f = facts_new(vloop_utils(v), NULL, NULL);

	check(f != NULL);
	check_int(facts_set(f, "a", "name", "n"), 0);
	check_int(facts_set_refused(f, "a", "u", &p), 0);
	check(facts_is_refused(f, "a", "u", &p));
	check_str(facts_get(f, "a", "name"), "n");
	check_int(vloop_armed_timers(v), 0);
	facts_destroy(f);
	facts_destroy(NULL);
	vloop_destroy(v);
}

static void test_find(void)
{
	struct fixture x;

	setup(&x);
	check_int(facts_set(x.f, "a", "name", "Front Door"), 0);
	check_int(facts_set(x.f, "a", "last-address", "192.0.2.20"), 0);
	check_int(facts_set(x.f, "b", "last-address", "192.0.2.20:8080"), 0);
	check_int(facts_set(x.f, "b", "endpoint", "urn:uuid:ABCD"), 0);
	check_str(facts_find(x.f, "name", "Front Door"), "a");
	check(facts_find(x.f, "name", "front door") == NULL);
	check_str(facts_find(x.f, "last-address", "192.0.2.20:8080"), "b");
	check_str(facts_find(x.f, "last-address", "192.0.2.20"), "b");
	check(facts_find(x.f, "last-address", "192.0.2.2") == NULL);
	check(facts_find(x.f, "last-address", "192.0.2.20:80") == NULL);
	check_int(facts_set(x.f, "c", "last-address", "[fe80::1%eth0]:8080"), 0);
	check_str(facts_find(x.f, "last-address", "fe80::1%eth0"), "c");
	check(facts_find(x.f, "last-address", "fe80:") == NULL);
	check_int(facts_set(x.f, "c", "last-address", "fe80::1"), 0);
	check(facts_find(x.f, "last-address", "fe80:") == NULL && facts_find(x.f, "last-address", "fe80") == NULL);
	check_str(facts_find(x.f, "endpoint", "abcd"), "b");
	check(facts_find(x.f, "id", "abcd") == NULL);
	check(facts_find(x.f, "refused", "") == NULL && facts_find(x.f, "nonsense", "") == NULL);
	/* an address that changed hands is the newcomer's */
	check_int(facts_set(x.f, "b", "last-address", "192.0.2.20"), 0);
	check_str(facts_find(x.f, "last-address", "192.0.2.20"), "b");
	teardown(&x);
}

static void write_damaged(struct fixture *x)
{
	check_int(conf_write_file(x->path, 0600, "{ key = ", 8), 0);
}

/* another process's file: looked at, and no more */
static void test_reader(void)
{
	struct secret p = { 0 };
	const char *warning = "?";
	struct fixture x;
	struct facts *r;

	setup(&x);
	check_int(secret_set(&p, "p"), 0);
	check_int(facts_set(x.f, "a", "name", "n"), 0);
	check_int(facts_set_refused(x.f, "a", "u", &p), 0);
	r = facts_new_reader(vloop_utils(x.v), x.path, &warning);
	check(r != NULL && warning == NULL);
	check_str(facts_get(r, "a", "name"), "n");
	check(facts_is_refused(r, "a", "u", &p));
	check_int(facts_set(r, "a", "name", "other"), 0);
	facts_clear_refused(r, "a");
	vloop_run(x.v, 10000);
	facts_destroy(r);
	reopen(&x);
	check_str(facts_get(x.f, "a", "name"), "n");
	check(facts_is_refused(x.f, "a", "u", &p));

	write_damaged(&x);
	r = facts_new_reader(vloop_utils(x.v), x.path, &warning);
	check(r != NULL);
	check_contains(warning, "damaged");
	check(facts_get(r, "a", "name") == NULL);
	facts_destroy(r);
	check_int(access(x.path, F_OK), 0);
	check(access(x.bad, F_OK) < 0);
	secret_clear(&p);
	teardown(&x);
}

static const struct test tests[] = {
	{ "find", test_find },
	{ "reader", test_reader },
	{ "remember", test_remember },
	{ "save time", test_save_time },
	{ "refused", test_refused },
	{ "bad file", test_bad_file },
	{ "limits", test_limits },
	{ "memory only", test_memory_only },
};

int main(int argc, char **argv)
{
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
