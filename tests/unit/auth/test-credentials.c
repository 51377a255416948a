/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pipewire/pipewire.h>

#include "module/auth/credentials.h"
#include "module/util/buf.h"
#include "module/util/clock.h"
#include "module/util/conf.h"
#include "tests/lib/test.h"

#define SECRET	"hunter2"

static const struct {
	const char *text;
	int res;		/* entries or error */
	uint32_t line;
	const char *message;
} files[] = {
	{ "", 0, 0, NULL },
	{ "# nothing yet", 0, 0, NULL },
	{ "[ ]\n", 0, 0, NULL },
	{ "[ { id = x user = u } ] # end", 1, 0, NULL },
	{ "[ { id = x user = u password = \"\" } { address = 192.0.2.1 user = u },\n"
	  "  { \"id\": \"x\", \"address\": \"192.0.2.1\", \"user\": \"u\", \"tls.pin\": \"sha256//x;sha256//y\" } ]",
		3, 0, NULL },
	{ "[ { id = x user = u }\n { id = x user = u\n", -EBADMSG, 2, "'{' is never closed" },
	{ "[\n{ id = x usr = u } ]", -EBADMSG, 2, "unknown key \"usr\": did you mean \"user\"?" },
	{ "[ { id = x\n username = u } ]", -EBADMSG, 2, "did you mean \"user\"?" },
	{ "[ { id = x tls_pin = u } ]", -EBADMSG, 1, "did you mean \"tls.pin\"?" },
	{ "[ { id = x Password = " SECRET " } ]", -EBADMSG, 1, "did you mean \"password\"?" },
	{ "[ { colour = x } ]", -EBADMSG, 1, "use id, address, user, password, password.keyring or tls.pin" },
	{ "[ { id = x user = u password.keyring = true } { id = y user = u password = p password.keyring = false } ]", 2, 0, NULL },
	{ "[ { id = x user = u password.keyring = " SECRET " } ]", -EBADMSG, 1, "must be true or false" },
	{ "[ { id = x user = u password.keyring = \"\" } ]", -EBADMSG, 1, "password.keyring is empty" },
	{ "[ { id = x user = u\n password = " SECRET " password.keyring = true } ]", -EBADMSG, 1, "remove one" },
	{ "[ { id = x user = u password.keyring = true\n password.keyring = true } ]", -EBADMSG, 2, "given twice" },
	{ "[ { id = x user = u password.keyrng = true } ]", -EBADMSG, 1, "did you mean \"password.keyring\"?" },
	{ "[ { id = x user = u password = my " SECRET " word } ]", -EBADMSG, 1, "needs quotes" },
	{ "[ { id = x user = u password = my " SECRET " } ]", -EBADMSG, 1, "has no quotes" },
	{ "[ { id = x user = u password = my:" SECRET " } ]", -EBADMSG, 1, "quotes" },
	{ "[ { id = x user = u password = \"my\" " SECRET " \"word\" } ]", -EBADMSG, 1, "a quote in it" },
	{ "[ { id = x user = u password = \"my\" tls.pin = sha256//a\n" SECRET " x } ]", -EBADMSG, 2, "an unknown key" },
	{ "[ { id = x user = u " SECRET " x } ]", -EBADMSG, 1, "each followed by = and its value" },
	{ "[ { id = x user = u password = my" SECRET "#1 } ]", -EBADMSG, 1, "'#'" },
	{ "[ { id = x } ]", -EBADMSG, 1, "has no user" },
	{ "[ { id = x user = \"\" } ]", -EBADMSG, 1, "user is empty" },
	{ "[ { id = \"a\\nb\" user = u } ]", -EBADMSG, 1, "id contains control" },
	{ "[ { id = x user = u user = v } ]", -EBADMSG, 1, "user is given twice" },
	{ "[ { id = x user = [ u ] } ]", -EBADMSG, 1, "user must be a text" },
	{ "[ { user = u\n password = " SECRET " } ]", -EBADMSG, 1, "needs an id, an address" },
	{ "[ { id = x user = u tls.pin = abc } ]", -EBADMSG, 1, "sha256//" },
	{ "[ { id = x user = u tls.pin = \"sha256//a;abc\" } ]", -EBADMSG, 1, "sha256//" },
	{ "[ { id = x user = u tls.pin = \";sha256//a\" } ]", -EBADMSG, 1, "sha256//" },
	{ "[ { id = \"urn:uuid:AB\" user = u }\n{ id = ab user = v } ]", -EBADMSG, 2, "line 1" },
	{ "[ { address = \"::ffff:192.0.2.1\" user = u }\n\n{ address = 192.0.2.1 user = v } ]",
		-EBADMSG, 3, "line 1" },
	{ "{ id = x user = u }", -EBADMSG, 1, "must be a list" },
	{ "id = x user = u", -EBADMSG, 1, "must be a list" },
	{ "[ x ]", -EBADMSG, 1, "in braces" },
};

static void test_files(void)
{
	struct conf_error e;
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(files); i++) {
		e = (struct conf_error){ 0 };
		check_int(credentials_check("f", files[i].text, strlen(files[i].text), &e),
				files[i].res);
		if (files[i].res >= 0)
			continue;
		check_contains(e.message, files[i].message);
		check_int(e.line, files[i].line);
		check_str(e.file, "f");
		check(strstr(e.message, SECRET) == NULL);
	}
}

static void test_limits(void)
{
	struct conf_error e;
	struct buf b;
	uint32_t i;

	buf_init(&b, LIMIT_CONF_LEN);
	buf_add_str(&b, "[");
	for (i = 0; i < LIMIT_CREDENTIALS; i++)
		buf_printf(&b, "{id=x%u user=u}\n", i);
	buf_add_str(&b, "]");
	check_int(credentials_check("f", b.data, b.len, &e), LIMIT_CREDENTIALS);
	b.len--;
	buf_add_str(&b, "{id=more user=u}]");
	check_int(credentials_check("f", b.data, b.len, &e), -E2BIG);
	check_int(e.line, LIMIT_CREDENTIALS + 1);

	for (i = 0; i < 2; i++) {
		buf_reset(&b);
		buf_add_str(&b, "[{id=x user=u password=");
		for (uint32_t n = 0; n < LIMIT_CREDENTIAL_LEN + i; n++)
			buf_add_byte(&b, 'p');
		buf_add_str(&b, "}]");
		check_int(credentials_check("f", b.data, b.len, &e), i ? -E2BIG : 1);
	}
	buf_clear(&b);
}

/* every prefix of a good file is either whole or told what it lacks */
static void test_truncated(void)
{
	const char *text = "# c\n[ { id = \"urn:uuid:1\" address=192.0.2.1, user = \"a\\\"b\" "
		"password = \"\\u00e4\\n\" tls.pin = \"sha256//abc\" } { id : y user : z } ]";
	struct conf_error e;
	size_t n;

	for (n = 0; n <= strlen(text); n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, text, n);
		copy[n] = '\0';
		int res = credentials_check("f", copy, n, &e);
		check(res == -EBADMSG || res == 0 || res == 2);
		free(copy);
	}
}

struct fixture {
	struct pw_loop *loop;
	struct credentials *c;
	char dir[64], path[128];
	int n_changed, n_errors;
	char message[1024];	/* empty: the last one was NULL */
	bool destroy;
};

static void on_changed(void *data)
{
	struct fixture *f = data;

	f->n_changed++;
	if (f->destroy) {
		credentials_destroy(f->c);
		f->c = NULL;
	}
}

static void on_error(void *data, const char *message)
{
	struct fixture *f = data;

	f->n_errors++;
	snprintf(f->message, sizeof(f->message), "%s", message ? message : "");
	if (f->destroy) {
		credentials_destroy(f->c);
		f->c = NULL;
	}
}

static const struct credentials_events events = {
	CREDENTIALS_VERSION_EVENTS,
	.changed = on_changed,
	.error = on_error,
};

/* without the file, and without the directory above it */
static void setup(struct fixture *f)
{
	*f = (struct fixture){ .dir = "/tmp/onvif-test-XXXXXX" };
	check(mkdtemp(f->dir) != NULL);
	snprintf(f->path, sizeof(f->path), "%s/a/b/c.conf", f->dir);
	f->loop = pw_loop_new(NULL);
	check(f->loop != NULL);
	pw_loop_enter(f->loop);
}

static void teardown(struct fixture *f)
{
	static const char * const parts[] = { "/a/b/c.conf", "/a/b/n", "/a/b", "/a/x.conf", "/a", "" };
	char path[128];

	credentials_destroy(f->c);
	pw_loop_leave(f->loop);
	pw_loop_destroy(f->loop);
	for (size_t i = 0; i < SPA_N_ELEMENTS(parts); i++) {
		snprintf(path, sizeof(path), "%s%s", f->dir, parts[i]);
		remove(path);
	}
}

static void open_it(struct fixture *f)
{
	f->c = credentials_new(f->loop->utils, f->path, &events, f);
	check(f->c != NULL);
}

/* until so many events have come, at most 3 s, or for 300 ms when none is due */
static void run(struct fixture *f, int n_changed, int n_errors)
{
	bool wait = f->n_changed < n_changed || f->n_errors < n_errors;
	uint64_t end = clock_monotonic() + (wait ? 3000 : 300) * NSEC_PER_MSEC;

	while (clock_monotonic() < end &&
	       (!wait || f->n_changed < n_changed || f->n_errors < n_errors))
		pw_loop_iterate(f->loop, 50);
	check_int(f->n_changed, n_changed);
	check_int(f->n_errors, n_errors);
}

static void put(struct fixture *f, uint32_t mode, const char *text)
{
	check_int(conf_write_file(f->path, mode, text, strlen(text)), 0);
}

static const char *find(struct fixture *f, const char *id, const char *address)
{
	struct credential r = { .user = "?" };
	int res = credentials_find(f->c, id, address, &r);

	check(res == 0 || res == -ENOENT);
	return res == 0 ? r.user : "none";
}

static void test_find(void)
{
	struct fixture f;
	struct credential r;

	setup(&f);
	put(&f, 0600, "[ { id = \"urn:uuid:AA-1\" address = 192.0.2.1 user = both password = p tls.pin = \"sha256//k\" }\n"
		"{ address = 192.0.2.1 user = address } { id = aa-1 user = id }\n"
		"{ address = \"cam.example\" user = name } { id = bb address = 192.0.2.2 user = pair } ]");
	open_it(&f);
	check_str(find(&f, "URN:UUID:aa-1", "192.0.2.1"), "both");
	check_str(find(&f, "aa-1", "192.0.2.9"), "id");
	check_str(find(&f, "urn:uuid:aa-1", NULL), "id");
	check_str(find(&f, "other", "192.0.2.1"), "address");
	check_str(find(&f, NULL, "::ffff:192.0.2.1"), "address");
	check_str(find(&f, NULL, "CAM.example."), "name");
	/* all that is given must match */
	check_str(find(&f, "bb", NULL), "none");
	check_str(find(&f, "bb", "192.0.2.1"), "address");
	check_str(find(&f, NULL, "192.0.2.2"), "none");
	check_str(find(&f, NULL, NULL), "none");
	check_int(credentials_find(f.c, "aa-1", "192.0.2.1", &r), 0);
	check_str(r.password->value, "p");
	check_str(r.tls_pin, "sha256//k");
	check_int(f.n_changed, 0);
	run(&f, 1, 0);
	teardown(&f);
}

static void test_watch(void)
{
	struct fixture f;
	int i;

	setup(&f);
	open_it(&f);
	run(&f, 0, 0);
	/* two directories and the file at once */
	put(&f, 0600, "[ { id = x user = one } ]");
	run(&f, 1, 0);
	check_str(find(&f, "x", NULL), "one");
	/* the same content is no change; renamed over and in place */
	put(&f, 0600, "[ { id = x user = one } ] ");
	run(&f, 1, 0);
	put(&f, 0600, "[ { id = x user = two } ]");
	run(&f, 2, 0);
	i = open(f.path, O_WRONLY | O_TRUNC);
	check_int(write(i, "[{ id=x user=six}]", 18), 18);
	close(i);
	run(&f, 3, 0);
	check_str(find(&f, "x", NULL), "six");
	check_int(unlink(f.path), 0);
	run(&f, 4, 0);
	check_str(find(&f, "x", NULL), "none");
	/* the directory too, and back again */
	*strrchr(f.path, '/') = '\0';
	check_int(rmdir(f.path), 0);
	f.path[strlen(f.path)] = '/';
	run(&f, 4, 0);
	put(&f, 0600, "[ { id = x user = seven } ]");
	run(&f, 5, 0);
	teardown(&f);
}

static void test_refused(void)
{
	struct fixture f;

	setup(&f);
	put(&f, 0640, "[ { id = x user = one } ]");
	open_it(&f);
	run(&f, 0, 1);
	check_contains(f.message, "run `chmod 600 ");
	check_contains(f.message, f.path);
	check_str(find(&f, "x", NULL), "none");
	check_int(chmod(f.path, 0600), 0);
	run(&f, 1, 2);
	check_str(f.message, "");
	check_str(find(&f, "x", NULL), "one");
	/* a broken file leaves what was read before in force */
	put(&f, 0600, "[ { id = x user = two password = " SECRET " ]");
	run(&f, 1, 3);
	check_contains(f.message, "c.conf:1: ']' where the '{' of line 1");
	check(strstr(f.message, SECRET) == NULL);
	check_str(find(&f, "x", NULL), "one");
	/* the same error is told once */
	put(&f, 0600, "[ { id = x user = two password = other ]");
	run(&f, 1, 3);
	put(&f, 0604, "[ { id = x user = two } ]");
	run(&f, 1, 4);
	check_contains(f.message, "chmod");
	put(&f, 0600, "[ { id = x user = two } ]");
	run(&f, 2, 5);
	check_str(f.message, "");
	if (geteuid() == 0) {
		check_int(chown(f.path, 1, 1), 0);
		run(&f, 2, 6);
		check_contains(f.message, "belongs to another user: run `chown 0 ");
		check_str(find(&f, "x", NULL), "two");
	}
	teardown(&f);

	setup(&f);
	put(&f, 0600, "");
	check_int(unlink(f.path), 0);
	check_int(mkfifo(f.path, 0600), 0);
	open_it(&f);
	run(&f, 0, 1);
	check_contains(f.message, "no regular file");
	teardown(&f);
}

/* a collection of dot files: the link's target lies elsewhere */
static void test_link(void)
{
	struct fixture f;
	char target[128], link[128];

	setup(&f);
	put(&f, 0600, "");
	check_int(unlink(f.path), 0);
	snprintf(link, sizeof(link), "%s", f.path);
	snprintf(target, sizeof(target), "%s/a/x.conf", f.dir);
	snprintf(f.path, sizeof(f.path), "%s", target);
	put(&f, 0600, "[]");
	check_int(symlink(target, link), 0);
	snprintf(f.path, sizeof(f.path), "%s", link);
	open_it(&f);
	/* written through the link, which stays one */
	put(&f, 0600, "[ { id = x user = one } ]");
	run(&f, 1, 0);
	check_int(readlink(link, target, sizeof(target)), (int)strlen(f.dir) + 9);
	teardown(&f);
}

static void test_destroy_inside(void)
{
	struct fixture f;

	setup(&f);
	put(&f, 0600, "[ { id = x user = one } ]");
	f.destroy = true;
	open_it(&f);
	run(&f, 1, 0);
	check(f.c == NULL);
	open_it(&f);
	credentials_destroy(f.c);
	f.c = NULL;
	run(&f, 1, 0);
	put(&f, 0644, "[ { id = x user = one } ]");
	open_it(&f);
	run(&f, 1, 1);
	check(f.c == NULL);
	teardown(&f);
	credentials_destroy(NULL);
}

static const struct test tests[] = {
	{ "files", test_files },
	{ "limits", test_limits },
	{ "truncated", test_truncated },
	{ "find", test_find },
	{ "watch", test_watch },
	{ "refused", test_refused },
	{ "link", test_link },
	{ "destroy inside", test_destroy_inside },
};

int main(int argc, char **argv)
{
	pw_init(NULL, NULL);
	return test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
}
