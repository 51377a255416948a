/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/auth/credentials-write.h"
#include "module/util/conf.h"
#include "tests/lib/test.h"

/* ---- the system's part, which fails or is the last thing that happens ---- */

static struct {
	const char *call;	/* that fails; or NULL */
	int error;
	uint32_t kill_at;	/* the n-th of all calls is killed in its middle; 0: none */
	uint32_t n_calls;
	void (*meanwhile)(void);	/* done by others, while we wait for the disk */
} sys;

/* called before and after: what is in between may be done, half done, or not */
static void moment(void)
{
	if (++sys.n_calls == sys.kill_at)
		kill(getpid(), SIGKILL);
}

static bool fails(const char *call)
{
	if (sys.call == NULL || strcmp(sys.call, call) != 0)
		return false;
	errno = sys.error;
	return true;
}

ssize_t write(int fd, const void *data, size_t size)
{
	ssize_t n;

	if (fails("write"))
		return -1;
	moment();
	if (sys.kill_at && size > 1)
		size /= 2;
	n = syscall(SYS_write, fd, data, size);
	moment();
	return n;
}

int fsync(int fd)
{
	int res;

	if (fails("fsync"))
		return -1;
	moment();
	if (sys.meanwhile)
		sys.meanwhile();
	res = (int)syscall(SYS_fsync, fd);
	moment();
	return res;
}

int rename(const char *from, const char *to)
{
	int res;

	if (fails("rename"))
		return -1;
	moment();
	res = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
	moment();
	return res;
}

int fchmod(int fd, mode_t mode)
{
	moment();
	return (int)syscall(SYS_fchmod, fd, mode);
}

/* ---- files ---- */

static char dir[] = "/tmp/onvif-test-XXXXXX";
static char path[64];
static char message[CREDENTIALS_MESSAGE_LEN];

static void store(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	check(fd >= 0);
	check_int(syscall(SYS_write, fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

static char *load(const char *name)
{
	char *data = NULL;
	size_t size;

	return conf_read_file(name, &data, &size) < 0 ? NULL : data;
}

static void check_text(const char *name, const char *wanted)
{
	char *text = load(name);

	check_str(text, wanted);
	free(text);
}

static uint32_t count_files(void)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	uint32_t n = 0;

	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static bool keyring;		/* what is put is in the keyring */

static int put(const char *id, const char *address, const char *user, const char *password, const char *pin,
		struct credentials_edited *ret)
{
	struct secret secret = { 0 };
	struct credentials_edited edited = { 0 };
	int res;

	message[0] = '\0';
	check_int(secret_set(&secret, password), 0);
	res = credentials_put(path, &(struct credentials_edit) { .id = id, .address = address,
			.user = user, .password = &secret, .keyring = keyring, .tls_pin = pin }, &edited, message);
	secret_clear(&secret);
	if (ret)
		*ret = edited;
	check((res < 0) == (message[0] != '\0'));
	return res;
}

#define HEAD	"# Users and passwords of cameras, for pipewire-onvif and pw-onvif.\n" \
		"# Readable by its owner only (chmod 600), or it is not read at all.\n"
#define K	"sha256//k"

/* user u, password p */
static const struct {
	const char *before, *id, *address, *pin, *after;
	uint32_t line;
	bool replaced;
} puts_[] = {
	{ NULL, "i", "1.2.3.4", NULL, HEAD "[\n    { id = \"i\" address = \"1.2.3.4\" user = \"u\" password = \"p\" }\n]\n", 4, false },
	{ "", NULL, "cam", K, "[\n    { address = \"cam\" user = \"u\" password = \"p\" tls.pin = \"" K "\" }\n]\n", 2, false },
	{ "# mine", "i", NULL, NULL, "# mine\n[\n    { id = \"i\" user = \"u\" password = \"p\" }\n]\n", 3, false },
	{ "[]", "i", NULL, NULL, "[\n    { id = \"i\" user = \"u\" password = \"p\" }\n]", 2, false },
	{ "# [ ]\n[ # ]\n]# x ]", "i", NULL, NULL,
		"# [ ]\n[ # ]\n    { id = \"i\" user = \"u\" password = \"p\" }\n]# x ]", 3, false },
	{ "[ { id = j user = x } ] # end\n", "i", NULL, NULL,
		"[ { id = j user = x } \n    { id = \"i\" user = \"u\" password = \"p\" }\n] # end\n", 2, false },
	{ "[\n\t{ id = j user = x } # }]\n  # more\n]\n# end", "i", NULL, NULL,
		"[\n\t{ id = j user = x } # }]\n  # more\n    { id = \"i\" user = \"u\" password = \"p\" }\n]\n# end", 4, false },
	{ "[\n{ \"id\": \"j\", \"user\": \"x\" },\n]", "i", NULL, NULL,
		"[\n{ \"id\": \"j\", \"user\": \"x\" },\n    { id = \"i\" user = \"u\" password = \"p\" }\n]", 3, false },
	/* what is there keeps its form, and what names the camera its words */
	{ "[ {id=i user=x} ]", "urn:uuid:I", "1.2.3.4", NULL, "[ {id=i user=\"u\" password = \"p\"} ]", 1, true },
	{ "[\n{ # why\n password : x # old\n user : \"a\\\"b\" , address = \"::ffff:1.2.3.4\" # where\n}\n]",
		"i", "1.2.3.4", K,
		"[\n{ # why\n password : \"p\" # old\n user : \"u\" , address = \"::ffff:1.2.3.4\" tls.pin = \"" K "\" # where\n}\n]",
		2, true },
	{ "[ { tls.pin = \"sha256//o\", user=x, id=i } ]", "i", NULL, K,
		"[ { tls.pin = \"" K "\", user=\"u\", id=i password = \"p\" } ]", 1, true },
	{ "[ { tls.pin = \"sha256//o\", user=x, id=i } ]", "i", NULL, NULL,
		"[ { tls.pin = \"sha256//o\", user=\"u\", id=i password = \"p\" } ]", 1, true },
	/* the one that is in force */
	{ "[ { address = 1.2.3.4 user = a }\n{ id = i user = b }\n{ id = i address = 1.2.3.4 user = c } ]", "i", "1.2.3.4", NULL,
		"[ { address = 1.2.3.4 user = a }\n{ id = i user = b }\n{ id = i address = 1.2.3.4 user = \"u\" password = \"p\" } ]", 3, true },
	{ "[ { address = 1.2.3.4 user = a }\n{ id = i user = b } ]", "i", "1.2.3.4", NULL,
		"[ { address = 1.2.3.4 user = a }\n{ id = i user = \"u\" password = \"p\" } ]", 2, true },
	/* what we do not know of it may be known to who reads it */
	{ "[ { address = 1.2.3.4 user = a }\n{ id = i address = 1.2.3.4 user = b } ]", NULL, "1.2.3.4", NULL,
		"[ { address = 1.2.3.4 user = a }\n{ id = i address = 1.2.3.4 user = \"u\" password = \"p\" } ]", 2, true },
	/* it moved: what was for another address stays for that one */
	{ "[\n{ id = i address = 1.2.3.4 user = c }\n]", "i", "1.2.3.5", NULL,
		"[\n{ id = i address = 1.2.3.4 user = c }\n    { id = \"i\" address = \"1.2.3.5\" user = \"u\" password = \"p\" }\n]", 3, false },
};

/* user u, without a pin, for id i; the text after, where the password is in the keyring and where not */
static const struct {
	const char *before, *keyring, *file;
} moves[] = {
	{ "[]", "[\n    { id = \"i\" user = \"u\" password.keyring = true }\n]", "[\n    { id = \"i\" user = \"u\" password = \"p\" }\n]" },
	{ "[ {id=i user=x} ]", "[ {id=i user=\"u\" password.keyring = true} ]", "[ {id=i user=\"u\" password = \"p\"} ]" },
	/* the one takes the place of the other: the password itself is gone from the file */
	{ "[ {id=i password=old, # why\n user=x} ]", "[ {id=i password.keyring = true, # why\n user=\"u\"} ]",
		"[ {id=i password=\"p\", # why\n user=\"u\"} ]" },
	{ "[ {\"password.keyring\": true, id=i user=x} ]", "[ {\"password.keyring\": true, id=i user=\"u\"} ]",
		"[ {password = \"p\", id=i user=\"u\"} ]" },
	{ "[ {id=i user=x tls.pin=\"" K "\" password.keyring=true} ]", "[ {id=i user=\"u\" tls.pin=\"" K "\" password.keyring=true} ]",
		"[ {id=i user=\"u\" tls.pin=\"" K "\" password = \"p\"} ]" },
	/* both */
	{ "[ {id=i password.keyring=false user=x password=old} ]", "[ {id=i password.keyring=true user=\"u\" } ]",
		"[ {id=i  user=\"u\" password=\"p\"} ]" },
	{ "[ {id=i password=old password.keyring=false user=x # 1\n} ]", "[ {id=i  password.keyring=true user=\"u\" # 1\n} ]",
		"[ {id=i password=\"p\"  user=\"u\" # 1\n} ]" },
	{ "[ { id = j user = x password.keyring = true }\n]", "[ { id = j user = x password.keyring = true }\n    "
		"{ id = \"i\" user = \"u\" password.keyring = true }\n]",
		"[ { id = j user = x password.keyring = true }\n    { id = \"i\" user = \"u\" password = \"p\" }\n]" },
};

static void test_move(void)
{
	for (size_t i = 0; i < SPA_N_ELEMENTS(moves); i++) {
		test_context("row %zu", i);
		for (int n = 0; n < 2; n++) {
			keyring = n == 0;
			store(path, moves[i].before);
			check_int(put("i", NULL, "u", "p", NULL, NULL), 0);
			check_text(path, keyring ? moves[i].keyring : moves[i].file);
		}
	}
}

static void test_put(void)
{
	struct credentials_edited edited;
	struct stat st;
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(puts_); i++) {
		test_context("row %zu", i);
		unlink(path);
		if (puts_[i].before)
			store(path, puts_[i].before);
		check_int(put(puts_[i].id, puts_[i].address, "u", "p", puts_[i].pin, &edited), 0);
		check_text(path, puts_[i].after);
		check_int(edited.line, puts_[i].line);
		check_int(edited.replaced, puts_[i].replaced);
		check_int(stat(path, &st), 0);
		check_int(st.st_mode & 07777, 0600);
		check_int(count_files(), 1);
	}
}

static const struct {
	const char *before, *id, *address, *after;
	int n;
} removals[] = {
	{ "[ ]", "i", "1.2.3.4", "[ ]", 0 },
	{ "[\n  { id = i user = x }\n]\n", "j", NULL, "[\n  { id = i user = x }\n]\n", 0 },
	{ "[\n  { id = i user = x }\n]\n", "i", NULL, "[\n]\n", 1 },
	{ "[ { id = i user = x } ]", "i", NULL, "[  ]", 1 },
	{ "[ { id = i user = x }, {id=j user=y} ]", "i", NULL, "[  {id=j user=y} ]", 1 },
	{ "[\n{id=a user=a},\n{id=i\n user=x\n},\n{id=b user=b} ]", "i", NULL, "[\n{id=a user=a},\n{id=b user=b} ]", 1 },
	/* a comment is somebody's */
	{ "[\n  { id = i user = x } # front\n]", "i", NULL, "[\n   # front\n]", 1 },
	{ "[\n# front\n{ id = i user = x }\n]", "i", NULL, "[\n# front\n]", 1 },
	/* all that would let it log in */
	{ "[ {address=1.2.3.4 user=a}\n{id=i user=b}\n{id=i address=1.2.3.4 user=c}\n{id=i address=1.2.3.5 user=d} ]",
		"i", "1.2.3.4", "[ \n{id=i address=1.2.3.5 user=d} ]", 3 },
	/* by half of what names it */
	{ "[ {id=i address=1.2.3.4 user=a} {id=j address=1.2.3.4 user=b} {id=i user=c} ]", NULL, "1.2.3.4", "[   {id=i user=c} ]", 2 },
	{ "[ {id=i address=1.2.3.4 user=a} {id=i address=1.2.3.5 user=b} {address=1.2.3.4 user=c} ]", "i", NULL,
		"[   {address=1.2.3.4 user=c} ]", 2 },
};

static void test_remove(void)
{
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(removals); i++) {
		test_context("row %zu", i);
		store(path, removals[i].before);
		check_int(credentials_remove(path, removals[i].id, removals[i].address, message), removals[i].n);
		check_text(path, removals[i].after);
		check_int(count_files(), 1);
	}
	unlink(path);
	check_int(credentials_remove(path, "i", NULL, message), 0);
	check_int(count_files(), 0);
}

static void check_reads_back(const char *user, const char *password)
{
	const struct credential_entry *e;
	struct credential_file file;

	check_int(credential_file_read(path, &file, message), 0);
	e = credential_list_find(&file.list, "i", "1.2.3.4");
	check(e != NULL);
	check_str(e->user, user);
	check_str(e->password.value, password);
	credential_file_clear(&file);
}

static const char * const odd[] = {
	"", " ", "  two  blanks ", "\"", "\\", "\\\"", "\"\"\\", "\\u0041", "\\n", "'", "#", "# x", "a#b", "{", "}", "[ ]", "{ a = b }",
	"a,b", "a:b=c", "null", "true", "-1", "sha256//x", "p\xc3\xa4ss\xe2\x82\xacw\xf0\x9f\x94\x91rd", "\xc2\x80", "/", "//",
	"http://u:p@h/", "%s%n", "</Password>", "&amp;", "ends with \\",
};

static void round_trip(const char *user, const char *password)
{
	check_int(put("i", "1.2.3.4", user[0] ? user : "u", password, NULL, NULL), 0);
	check_reads_back(user[0] ? user : "u", password);
}

static void test_round_trip(void)
{
	char longest[LIMIT_CREDENTIAL_LEN + 1], any[2] = "";
	size_t i, n;

	for (i = 0; i < SPA_N_ELEMENTS(odd); i++) {
		test_context("%s", odd[i]);
		unlink(path);
		round_trip(odd[i], odd[i]);
		for (n = 0; n < SPA_N_ELEMENTS(odd); n++)
			round_trip(odd[n], odd[i]);
	}
	for (any[0] = 0x20; any[0] < 0x7f; any[0]++)
		round_trip(any, any);
	memset(longest, '"', LIMIT_CREDENTIAL_LEN);
	longest[LIMIT_CREDENTIAL_LEN] = '\0';
	round_trip(longest, longest);
}

static void test_refused_texts(void)
{
	static const char * const bad[] = { "\x1b[A", "a\tb", "a\n", "\x7f", "\xff", "\xc0\x80", "\xed\xa0\x80", "cut \xe2\x82" };
	char too_long[LIMIT_CREDENTIAL_LEN + 2], too_long_id[LIMIT_ID_LEN + 2];
	size_t i;

	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	memset(too_long_id, 'x', sizeof(too_long_id) - 1);
	too_long_id[sizeof(too_long_id) - 1] = '\0';
	store(path, "[ ]");
	for (i = 0; i < SPA_N_ELEMENTS(bad); i++) {
		check_int(put("i", NULL, bad[i], "p", NULL, NULL), -EINVAL);
		check_contains(message, "user");
		check_int(put("i", NULL, "u", bad[i], NULL, NULL), -EINVAL);
		check_contains(message, "password");
		check_int(put(bad[i], NULL, "u", "p", NULL, NULL), -EINVAL);
	}
	check_int(put("i", NULL, "", "p", NULL, NULL), -EINVAL);
	check_int(put("i", NULL, "u", too_long, NULL, NULL), -E2BIG);
	check(strstr(message, "xxxx") == NULL);
	check_int(put("i", NULL, too_long, "p", NULL, NULL), -E2BIG);
	check_int(put(too_long_id, NULL, "u", "p", NULL, NULL), -E2BIG);
	/* the reader's own word */
	check_int(put("i", NULL, "u", "p", "no key", NULL), -EBADMSG);
	check_int(put(NULL, NULL, "u", "p", NULL, NULL), -EBADMSG);
	check_text(path, "[ ]");
	check_int(count_files(), 1);
}

static void test_address_only(void)
{
	const struct secret password = { (char []) { "p" } };
	struct credentials_edited edited;

	unlink(path);
	check_int(credentials_put(path, &(struct credentials_edit) { .id = "i", .address = "cam", .omit_id = true,
			.user = "u", .password = &password }, &edited, message), 0);
	check(!edited.by_id && edited.by_address);
	check_text(path, HEAD "[\n    { address = \"cam\" user = \"u\" password = \"p\" }\n]\n");
}

/* ---- files that are left alone ---- */

static void check_left_alone(int res, const char *text, const char *wanted)
{
	check_int(put("i", "1.2.3.4", "u", "p", NULL, NULL), res);
	check_contains(message, wanted);
	check_contains(message, path);
	check_int(credentials_remove(path, "i", "1.2.3.4", message), res);
	check_contains(message, wanted);
	check_text(path, text);
}

static void test_refused_files(void)
{
	static const struct { const char *text, *wanted; } files[] = {
		{ "[\n { id = i user = x\n", ":2: this '{' is never closed" },
		{ "[ { id = i usr = x } ]", ":1: unknown key" },
		{ "{ id = i user = x }", "must be a list" },
		{ "[ ]\n[ ]", ":2: " },
		{ "[ { id = i user = x } { id = i user = y } ]", "the same camera" },
	};
	char other[128];
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(files); i++) {
		test_context("row %zu", i);
		store(path, files[i].text);
		check_left_alone(-EACCES, files[i].text, files[i].wanted);
	}
	test_context(NULL);
	store(path, "[ ]");
	chmod(path, 0640);
	check_left_alone(-EACCES, "[ ]", "chmod 600");
	unlink(path);
	mkdir(path, 0700);
	check_int(put("i", NULL, "u", "p", NULL, NULL), -EACCES);
	check_contains(message, "no regular file");
	rmdir(path);
	snprintf(other, sizeof(other), "%s/nowhere", dir);
	check_int(symlink(other, path), 0);
	check_int(put("i", NULL, "u", "p", NULL, NULL), -ENOENT);
	check_contains(message, "link");
	unlink(path);
	check_int(count_files(), 0);
}

static void test_full(void)
{
	struct credentials_edited edited;
	struct buf b;
	uint32_t i;

	buf_init(&b, LIMIT_CONF_LEN);
	buf_add_str(&b, "[\n");
	for (i = 0; i < LIMIT_CREDENTIALS; i++)
		buf_printf(&b, "{ id = x%u user = u }\n", i);
	buf_add_str(&b, "]\n");
	store(path, b.data);
	check_int(put("more", NULL, "u", "p", NULL, NULL), -E2BIG);
	check_text(path, b.data);
	/* one of them can still be changed */
	check_int(put("x1000", NULL, "u", "p", NULL, &edited), 0);
	check_int(edited.line, 1002);
	buf_clear(&b);
}

static void test_link(void)
{
	char target[128];
	struct stat st;

	snprintf(target, sizeof(target), "%s/dotfiles", dir);
	store(target, "[\n]\n");
	unlink(path);
	check_int(symlink("dotfiles", path), 0);
	check_int(put("i", NULL, "u", "p", NULL, NULL), 0);
	check_int(lstat(path, &st), 0);
	check(S_ISLNK(st.st_mode));
	check_text(target, "[\n    { id = \"i\" user = \"u\" password = \"p\" }\n]\n");
	check_int(credentials_remove(path, "i", NULL, message), 1);
	check_text(target, "[\n]\n");
	check_int(count_files(), 2);
	unlink(path);
	unlink(target);
}

static void test_directories(void)
{
	char saved[sizeof(path)], sub[128];
	struct stat st;
	mode_t mask;

	memcpy(saved, path, sizeof(saved));
	snprintf(path, sizeof(path), "%s/a/b/c", dir);
	mask = umask(0);
	check_int(credentials_remove(path, "i", NULL, message), 0);
	check_int(count_files(), 0);
	check_int(put("i", NULL, "u", "p", NULL, NULL), 0);
	check_int(stat(path, &st), 0);
	check_int(st.st_mode & 07777, 0600);
	unlink(path);
	snprintf(sub, sizeof(sub), "%s/a/b", dir);
	check_int(stat(sub, &st), 0);
	check_int(st.st_mode & 07777, 0700);
	rmdir(sub);
	sub[strlen(sub) - 2] = '\0';
	rmdir(sub);
	umask(mask);
	memcpy(path, saved, sizeof(saved));
}

/* ---- when it goes wrong ---- */

#define OLD	"[\n    { id = \"i\" user = \"u\" password = \"old\" }\n]\n"
#define NEW	"[\n    { id = \"i\" user = \"u\" password = \"new\" }\n]\n"

static void test_failures(void)
{
	static const struct { const char *call; int error; } rows[] = {
		{ "write", ENOSPC }, { "write", EIO }, { "fsync", EIO }, { "rename", EXDEV }, { "rename", EACCES },
	};
	size_t i;

	for (i = 0; i < SPA_N_ELEMENTS(rows); i++) {
		store(path, OLD);
		sys.call = rows[i].call;
		sys.error = rows[i].error;
		check_int(put("i", NULL, "u", "new", NULL, NULL), -rows[i].error);
		check_contains(message, strerror(rows[i].error));
		check_int(credentials_remove(path, "i", NULL, message), -rows[i].error);
		sys.call = NULL;
		check_text(path, OLD);
		check_int(count_files(), 1);
	}
}

#define EDITED	"[\n{ id = k user = k }\n]\n"
#define BOTH	"[\n{ id = k user = k }\n    { id = \"i\" user = \"u\" password = \"new\" }\n]\n"

static int n_edits;

static void edit(void)
{
	if (n_edits-- > 0)
		store(path, EDITED);
}

/* An editor knows no lock: what it saved while we wrote is not lost. */
static void test_editor(void)
{
	store(path, OLD);
	sys.meanwhile = edit;
	n_edits = 1;
	check_int(put("i", NULL, "u", "new", NULL, NULL), 0);
	check_text(path, BOTH);

	unlink(path);
	n_edits = 1;
	check_int(put("i", NULL, "u", "new", NULL, NULL), 0);
	check_text(path, BOTH);

	/* it does not go on for ever */
	n_edits = 1000;
	check_int(put("i", NULL, "u", "new", NULL, NULL), -EBUSY);
	check_contains(message, "another program");
	sys.meanwhile = NULL;
	check_text(path, EDITED);
	check_int(count_files(), 1);
}

static void test_lock(void)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY), status;
	pid_t pid;

	store(path, OLD);
	check_int(flock(fd, LOCK_EX), 0);
	if ((pid = fork()) == 0)
		_exit(put("i", NULL, "u", "new", NULL, NULL) == 0 ? 0 : 1);
	usleep(150000);
	check_text(path, OLD);
	store(path, EDITED);
	flock(fd, LOCK_UN);
	close(fd);
	check_int(waitpid(pid, &status, 0), pid);
	check_int(status, 0);
	check_text(path, BOTH);
}

static void test_two_writers(void)
{
	struct credential_file file;
	pid_t pid[4];
	char id[16];
	int status;

	unlink(path);
	for (int i = 0; i < 4; i++) {
		if ((pid[i] = fork()) != 0)
			continue;
		for (int n = 0; n < 10; n++) {
			snprintf(id, sizeof(id), "c%d-%d", i, n);
			if (put(id, NULL, "u", "p", NULL, NULL) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		check_int(waitpid(pid[i], &status, 0), pid[i]);
		check_int(status, 0);
	}
	check_int(credential_file_read(path, &file, message), 0);
	check_int(file.list.n_entries, 40);
	credential_file_clear(&file);
	check_int(count_files(), 1);
}

static void run_killed(uint32_t at)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		sys.n_calls = 0;
		sys.kill_at = at;
		_exit(put("i", NULL, "u", "new", NULL, NULL) == 0 ? 0 : 1);
	}
	check_int(waitpid(pid, &status, 0), pid);
	check(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : status == 0);
}

static void check_old_or_new(uint32_t *n_old, uint32_t *n_new)
{
	char *text = load(path);
	struct stat st;

	check(text != NULL);
	if (strcmp(text, OLD) == 0)
		++*n_old;
	else if (strcmp(text, NEW) == 0)
		++*n_new;
	else
		check_str(text, "the old file or the new one");
	free(text);
	check_int(stat(path, &st), 0);
	check_int(st.st_mode & 07777, 0600);
}

/* In the middle of every write, before and after everything that touches the disk. */
static void test_killed(void)
{
	uint32_t n_old = 0, n_new = 0, at;

	for (at = 1; at < 60; at++) {
		test_context("killed at moment %u", at);
		store(path, OLD);
		run_killed(at);
		check_old_or_new(&n_old, &n_new);
		/* what was left lying about is gone after the next time */
		check_int(put("i", NULL, "u", "new", NULL, NULL), 0);
		check_text(path, NEW);
		check_int(count_files(), 1);
	}
	check(n_old > 10 && n_new > 10);
}

/* and at any time, from outside */
static void test_killed_by_time(void)
{
	uint32_t n_old = 0, n_new = 0, i;
	int status;
	pid_t pid;

	for (i = 0; i < 200; i++) {
		store(path, OLD);
		if ((pid = fork()) == 0) {
			put("i", NULL, "u", "new", NULL, NULL);
			_exit(0);
		}
		usleep(i * 20);
		kill(pid, SIGKILL);
		check_int(waitpid(pid, &status, 0), pid);
		check_old_or_new(&n_old, &n_new);
	}
	printf("# %u times the old one, %u times the new one\n", n_old, n_new);
}

static const struct test tests[] = {
	{ "put", test_put },
	{ "keyring", test_move },
	{ "remove", test_remove },
	{ "address only", test_address_only },
	{ "round trip", test_round_trip },
	{ "refused texts", test_refused_texts },
	{ "refused files", test_refused_files },
	{ "full", test_full },
	{ "link", test_link },
	{ "directories", test_directories },
	{ "failures", test_failures },
	{ "an editor", test_editor },
	{ "lock", test_lock },
	{ "two writers", test_two_writers },
	{ "killed", test_killed },
	{ "killed by time", test_killed_by_time },
};

int main(int argc, char **argv)
{
	int res;

	check(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/file", dir);
	res = test_main(tests, SPA_N_ELEMENTS(tests), argc, argv);
	unlink(path);
	rmdir(dir);
	return res;
}
