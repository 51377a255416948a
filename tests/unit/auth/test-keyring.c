/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pipewire/pipewire.h>

#include "module/auth/credentials.h"
#include "module/auth/keyring.h"
#include "module/util/clock.h"
#include "module/util/conf.h"
#include "tests/lib/test.h"
#include "tests/lib/vloop.h"

/* What the helper answers, by one that answers what it is told to. */

static char dir[] = "/tmp/onvif-test-XXXXXX";
static char helper[64], answers[64], request[64], pid_file[64];

/* takes the request down, answers byte by byte, and goes on or ends */
static void set_helper(const char *then)
{
	char text[512];

	snprintf(text, sizeof(text), "#!/bin/sh\ncat >%s.new; mv %s.new %s; echo $$ >%s\n"
			"dd if=%s bs=1 2>/dev/null\n%s\n", request, request, request, pid_file, answers, then);
	check_int(conf_write_file(helper, 0700, text, strlen(text)), 0);
}

static void add_answer(struct buf *b, uint32_t index, uint32_t status, const char *text, uint32_t size)
{
	struct keyring_reply r = { index, status, size };

	buf_add(b, &r, sizeof(r));
	buf_add(b, text, SPA_MIN(strlen(text), size));
}

static void set_answers(const struct buf *b)
{
	check_int(conf_write_file(answers, 0600, buf_str(b).p, b->len), 0);
}

struct seen {
	char text[512];		/* "0=5 1=1:password" */
	uint32_t n;
};

static void on_answer(void *data, uint32_t index, enum keyring_status status, const struct secret *password)
{
	struct seen *s = data;
	size_t len = strlen(s->text);

	check((status == KEYRING_FOUND) == (password != NULL));
	s->n++;
	snprintf(s->text + len, sizeof(s->text) - len, "%s%u=%d%s%s", len ? " " : "", index, status,
			password ? ":" : "", password ? password->value : "");
}

static const struct keyring_events events = {
	KEYRING_VERSION_EVENTS,
	.answer = on_answer,
};

static const struct keyring_ref refs[] = {
	{ "urn:uuid:AB-1", "::ffff:192.0.2.1", "Admin" },
	{ NULL, "CAM.example", "u" },
	{ "b", NULL, "u v" },
};

static void run(struct pw_loop *loop, struct seen *s, uint32_t n)
{
	uint64_t end = clock_monotonic() + 5000 * NSEC_PER_MSEC;

	while (s->n < n && clock_monotonic() < end)
		pw_loop_iterate(loop, 50);
	check_int(s->n, n);
}

/* one lookup of all three; the helper is gone afterwards */
static void look_up(const struct buf *b, uint32_t n, const char *wanted)
{
	struct pw_loop *loop = pw_loop_new(NULL);
	struct seen seen = { .text = "" };
	struct keyring *k;

	set_answers(b);
	pw_loop_enter(loop);
	k = keyring_new(loop->utils, &events, &seen);
	check(k != NULL);
	check_int(keyring_look_up(k, refs, 3), 0);
	check_int(seen.n, 0);
	run(loop, &seen, n);
	check_str(seen.text, wanted);
	keyring_destroy(k);
	pw_loop_leave(loop);
	pw_loop_destroy(loop);
}

static void test_answers(void)
{
	char long_text[LIMIT_ERROR_LEN + 2], wanted[LIMIT_ERROR_LEN + 64];
	struct buf b;

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	buf_init(&b, 65536);
	/* in any order, again when something changed, with nothing or with what fills it */
	set_helper("exec sleep 100");
	add_answer(&b, 1, KEYRING_LOCKED, "", 0);
	add_answer(&b, 0, KEYRING_FOUND, "", 0);
	add_answer(&b, 2, KEYRING_MISSING, "a phrase", 8);
	add_answer(&b, 1, KEYRING_FOUND, long_text, LIMIT_ERROR_LEN);
	snprintf(wanted, sizeof(wanted), "1=%d 0=%d: 2=%d 1=%d:%.*s", KEYRING_LOCKED, KEYRING_FOUND, KEYRING_MISSING,
			KEYRING_FOUND, (int)LIMIT_ERROR_LEN, long_text);
	look_up(&b, 4, wanted);

	/* it ends too soon: who has no answer is told so, who has one keeps it */
	set_helper("exit 1");
	buf_reset(&b);
	add_answer(&b, 0, KEYRING_FOUND, "p", 1);
	add_answer(&b, 1, KEYRING_LOCKED, "", 0);
	buf_add(&b, "half", 4);
	snprintf(wanted, sizeof(wanted), "0=%d:p 1=%d 2=%d", KEYRING_FOUND, KEYRING_LOCKED, KEYRING_FAILED);
	look_up(&b, 3, wanted);
	buf_clear(&b);
}

static void test_nonsense(void)
{
	static const struct keyring_reply bad[] = {
		/* (three are asked for) */
		{ 3, KEYRING_FOUND, 0 }, { 0, KEYRING_NONE, 0 }, { 0, KEYRING_N_STATUS, 0 },
		{ 0, KEYRING_FOUND, LIMIT_ERROR_LEN + 1 }, { UINT32_MAX, UINT32_MAX, UINT32_MAX },
	};
	char wanted[64];
	struct buf b;

	set_helper("exec sleep 100");
	snprintf(wanted, sizeof(wanted), "0=%d 1=%d 2=%d", KEYRING_FAILED, KEYRING_FAILED, KEYRING_FAILED);
	buf_init(&b, 1024);
	for (size_t i = 0; i < SPA_N_ELEMENTS(bad); i++) {
		test_context("row %zu", i);
		buf_reset(&b);
		buf_add(&b, &bad[i], sizeof(bad[i]));
		look_up(&b, 3, wanted);
	}
	buf_clear(&b);
}

static pid_t helper_pid(void)
{
	char *text = NULL;
	size_t size;
	pid_t pid;

	check_int(conf_read_file(pid_file, &text, &size), 0);
	pid = (pid_t)strtoul(text, NULL, 10);
	free(text);
	check(pid > 1);
	return pid;
}

static void test_request(void)
{
	static const char wanted[] = "ab-1\0" "192.0.2.1\0" "Admin\0" "\0" "cam.example\0" "u\0" "b\0" "\0" "u v";
	char *text = NULL, none[64];
	struct buf b;
	size_t size;

	set_helper("exec sleep 100");
	buf_init(&b, 1024);
	for (uint32_t i = 0; i < 3; i++)
		add_answer(&b, i, KEYRING_LOCKED, "", 0);
	snprintf(none, sizeof(none), "0=%d 1=%d 2=%d", KEYRING_LOCKED, KEYRING_LOCKED, KEYRING_LOCKED);
	look_up(&b, 3, none);
	buf_clear(&b);
	check_int(conf_read_file(request, &text, &size), 0);
	check_int(size, sizeof(wanted));
	check(memcmp(text, wanted, sizeof(wanted)) == 0);
	free(text);
	/* it does not outlive who asked, and is no zombie either */
	check(kill(helper_pid(), 0) < 0 && errno == ESRCH);
}

/* In virtual time nothing is read: as if it said nothing. */
static void test_silence(void)
{
	struct vloop *v = vloop_new();
	struct seen seen = { .text = "" };
	struct keyring *k = keyring_new(vloop_utils(v), &events, &seen);
	char wanted[64];

	set_helper("exec sleep 100");
	check_int(keyring_look_up(k, refs, 2), 0);
	vloop_run(v, 4990);
	check_int(seen.n, 0);
	vloop_run(v, 100);
	snprintf(wanted, sizeof(wanted), "0=%d 1=%d", KEYRING_SILENT, KEYRING_SILENT);
	check_str(seen.text, wanted);
	/* nobody is asked for any more, and nobody is answered */
	check_int(keyring_look_up(k, refs, 0), 0);
	vloop_run(v, 100000);
	check_int(seen.n, 2);
	keyring_destroy(k);
	vloop_destroy(v);
}

static void test_not_installed(void)
{
	struct vloop *v = vloop_new();
	struct seen seen = { .text = "" };
	struct keyring *k = keyring_new(vloop_utils(v), &events, &seen);

	unlink(helper);
	check_int(keyring_look_up(k, refs, 1), 0);
	vloop_run(v, 10);
	/* tried again after a while: it may be installed meanwhile */
	vloop_run(v, 30000);
	check_str(seen.text, "0=8 0=8");
	check_int(KEYRING_UNSUPPORTED, 8);
	keyring_destroy(k);
	vloop_destroy(v);
	keyring_destroy(NULL);
}

static const struct credentials_events no_events = { CREDENTIALS_VERSION_EVENTS };

static const char *password_of(struct credentials *c, enum keyring_status status)
{
	struct credential r = { 0 };

	check_int(credentials_find(c, NULL, "192.0.2.1", &r), 0);
	check_int(r.keyring, status);
	return r.password->value;
}

static void wait_for_status(struct pw_loop *loop, struct credentials *c, enum keyring_status status)
{
	uint64_t end = clock_monotonic() + 5000 * NSEC_PER_MSEC;
	struct credential r = { 0 };

	while (clock_monotonic() < end && (credentials_find(c, NULL, "192.0.2.1", &r) < 0 || r.keyring != status))
		pw_loop_iterate(loop, 50);
	check_int(r.keyring, status);
}

static void answer_with(enum keyring_status status, const char *text)
{
	struct buf b;

	buf_init(&b, 1024);
	add_answer(&b, 0, status, text, (uint32_t)strlen(text));
	set_answers(&b);
	buf_clear(&b);
}

/* Through the file: asked for again whenever that is written; what is known is kept while the keyring is locked. */
static void test_credentials(void)
{
	static const char entry[] = "[ { address = 192.0.2.1 user = u password.keyring = true } { id = x user = v } ]";
	struct pw_loop *loop = pw_loop_new(NULL);
	struct credential r = { 0 };
	struct credentials *c;
	char path[64];

	snprintf(path, sizeof(path), "%s/credentials", dir);
	set_helper("exec sleep 100");
	answer_with(KEYRING_LOCKED, "");
	check_int(conf_write_file(path, 0600, entry, strlen(entry)), 0);
	pw_loop_enter(loop);
	c = credentials_new(loop->utils, path, &no_events, NULL);
	check(c != NULL && credentials_are_pending(c));
	check_str(password_of(c, KEYRING_ASKED), "");
	wait_for_status(loop, c, KEYRING_LOCKED);
	check(!credentials_are_pending(c));
	check_int(credentials_find(c, "x", NULL, &r), 0);
	check_int(r.keyring, KEYRING_NONE);

	answer_with(KEYRING_FOUND, "secret");
	check_int(conf_write_file(path, 0600, entry, strlen(entry)), 0);
	wait_for_status(loop, c, KEYRING_FOUND);
	check_str(password_of(c, KEYRING_FOUND), "secret");

	unlink(request);
	answer_with(KEYRING_LOCKED, "");
	check_int(conf_write_file(path, 0600, entry, strlen(entry)), 0);
	for (int i = 0; i < 100 && access(request, F_OK) < 0; i++)
		pw_loop_iterate(loop, 50);
	for (int i = 0; i < 5; i++)
		pw_loop_iterate(loop, 50);
	check_str(password_of(c, KEYRING_FOUND), "secret");

	/* what is no longer in it, is no longer known */
	answer_with(KEYRING_MISSING, "");
	check_int(conf_write_file(path, 0600, entry, strlen(entry)), 0);
	wait_for_status(loop, c, KEYRING_MISSING);
	check_str(password_of(c, KEYRING_MISSING), "");
	credentials_destroy(c);
	pw_loop_leave(loop);
	pw_loop_destroy(loop);
	unlink(path);
}

static const struct test tests[] = {
	{ "answers", test_answers },
	{ "nonsense", test_nonsense },
	{ "request", test_request },
	{ "silence", test_silence },
	{ "credentials", test_credentials },
	{ "not installed", test_not_installed },
};

int main(int argc, char **argv)
{
	int res;

	pw_init(NULL, NULL);
	check(mkdtemp(dir) != NULL);
	snprintf(helper, sizeof(helper), "%s/helper", dir);
	snprintf(answers, sizeof(answers), "%s/answers", dir);
	snprintf(request, sizeof(request), "%s/request", dir);
	snprintf(pid_file, sizeof(pid_file), "%s/pid", dir);
	setenv("ONVIF_KEYRING_HELPER", helper, 1);
	res = test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
	unlink(helper);
	unlink(answers);
	unlink(request);
	unlink(pid_file);
	rmdir(dir);
	return res;
}
