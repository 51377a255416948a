/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "keyring-helper.h"
#include "module/util/addr.h"

/* for the build directory and for tests, as PipeWire has it for its modules */
#define HELPER_VARIABLE	"ONVIF_KEYRING_HELPER"

extern char **environ;

static void lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static void add_text(struct buf *dst, const char *text)
{
	buf_add(dst, text, strlen(text) + 1);
}

static void add_id(struct buf *dst, const char *id)
{
	struct str s = str_trim(str_from(id));
	char text[LIMIT_ID_LEN + 1];

	if (str_has_iprefix(s, STR_LIT("urn:uuid:"))) {
		s.p += strlen("urn:uuid:");
		s.len -= strlen("urn:uuid:");
	}
	if (str_copy(s, text, sizeof(text)) < 0) {
		dst->error = -E2BIG;
		return;
	}
	lower(text);
	add_text(dst, text);
}

static void add_address(struct buf *dst, const char *address)
{
	char text[LIMIT_CREDENTIAL_LEN + 1];
	struct sockaddr_storage ss;

	if (str_copy(str_from(address), text, sizeof(text)) < 0) {
		dst->error = -E2BIG;
		return;
	}
	if (addr_parse(str_from(address), 0, &ss) < 0 || addr_format(&ss, text) < 0)
		lower(text);
	add_text(dst, text);
}

int keyring_add_ref(struct buf *dst, const struct keyring_ref *ref)
{
	add_id(dst, ref->id ? ref->id : "");
	add_address(dst, ref->address ? ref->address : "");
	if (ref->user)
		add_text(dst, ref->user);
	return dst->error;
}

static const char *helper(void)
{
	const char *path = secure_getenv(HELPER_VARIABLE);

	return path && path[0] ? path : KEYRING_HELPER;
}

bool keyring_is_supported(void)
{
	return helper()[0] != '\0';
}

/* Where the process has no standard input or output, a descriptor of ours must not be one of them:
 * it would be overwritten by the other. */
static int above_standard(int fd)
{
	int moved;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return moved;
}

static int request_file(const struct buf *request)
{
	int fd = above_standard(memfd_create("onvif-keyring-request", MFD_CLOEXEC));
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pwrite(fd, buf_str(request).p, request->len, 0);
	if (n == (ssize_t)request->len)
		return fd;
	close(fd);
	return -ENOSPC;
}

static int run(const char *path, const char *verb, int in, int out, pid_t *ret)
{
	/* (nothing changes them: that is how they are declared) */
	char *argv[] = { strdup(path), strdup(verb), NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int res = ENOMEM;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	/* signals that this process blocks or ignores, the helper hears */
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (argv[0] && argv[1] &&
	    (res = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO)) == 0 &&
	    (res = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO)) == 0)
		res = posix_spawn(ret, path, &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	free(argv[0]);
	free(argv[1]);
	return -res;
}

int keyring_spawn(const char *verb, const struct buf *request, int flags, struct keyring_child *ret)
{
	struct keyring_child child = { .fd = -1 };
	int in, fds[2], res;

	if (!keyring_is_supported())
		return -ENOTSUP;
	/* (where a new process cannot tell that, as under valgrind) */
	if (access(helper(), X_OK) < 0)
		return -ENOENT;
	if ((in = request_file(request)) < 0)
		return in;
	if (pipe2(fds, O_CLOEXEC) < 0) {
		res = -errno;
		close(in);
		return res;
	}
	fds[0] = above_standard(fds[0]);
	fds[1] = above_standard(fds[1]);
	res = fds[0] < 0 || fds[1] < 0 ? -EMFILE : run(helper(), verb, in, fds[1], &child.pid);
	if (res == 0 && flags && fcntl(fds[0], F_SETFL, flags) < 0) {
		res = -errno;
		keyring_reap(&child);
	}
	close(in);
	if (fds[1] >= 0)
		close(fds[1]);
	if (res < 0) {
		if (fds[0] >= 0)
			close(fds[0]);
		return res;
	}
	child.fd = fds[0];
	*ret = child;
	return 0;
}

void keyring_reap(struct keyring_child *child)
{
	if (child->fd >= 0)
		close(child->fd);
	/* (a host may collect its children without us, and their numbers serve again) */
	if (child->pid > 0 && waitpid(child->pid, NULL, WNOHANG) == 0) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	*child = (struct keyring_child){ .fd = -1 };
}

const char *keyring_reason(enum keyring_status status)
{
	static const char * const reasons[KEYRING_N_STATUS] = {
		[KEYRING_SILENT] = "the keyring with the camera's password does not answer: wait",
		[KEYRING_LOCKED] = "the keyring with the camera's password is locked: unlock it",
		[KEYRING_MISSING] = "the camera's password is not in the keyring: put it there",
		[KEYRING_ABSENT] = "the keyring with the camera's password is not running: start it",
		[KEYRING_FAILED] = "the keyring did not give the camera's password: look into the log",
		[KEYRING_UNSUPPORTED] = "the camera's password is in a keyring, and support for those (libsecret) "
			"is not installed: install it",
	};

	return status < KEYRING_N_STATUS ? reasons[status] : NULL;
}
