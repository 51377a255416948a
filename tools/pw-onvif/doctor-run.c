/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "module/util/clock.h"
#include "tools/pw-onvif/doctor.h"

#define TIMEOUT_MS	3000u

extern char **environ;

static int spawn(const char * const argv[], int out, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int res;

	if ((res = posix_spawn_file_actions_init(&actions)) != 0)
		return -res;
	if ((res = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)) == 0 &&
	    (res = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)) == 0 &&
	    (res = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO)) == 0)
		/* it takes them as they are and changes none */
		res = posix_spawnp(ret, argv[0], &actions, NULL, (char * const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -res;
}

/* \return 0 at the end of what it prints, -ETIMEDOUT */
static int read_output(int fd, char *dst, size_t size)
{
	uint64_t now, end = clock_monotonic() + TIMEOUT_MS * NSEC_PER_MSEC;
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char rest[4096];
	size_t len = 0;
	ssize_t n;

	dst[0] = '\0';
	while ((now = clock_monotonic()) < end) {
		if (poll(&poll_fd, 1, (int)((end - now) / NSEC_PER_MSEC) + 1) <= 0)
			continue;
		/* what does not fit is read all the same: it must not wait for us */
		n = len + 1 < size ? read(fd, dst + len, size - 1 - len) : read(fd, rest, sizeof(rest));
		if (n <= 0)
			return 0;
		if (len + 1 < size) {
			len += (size_t)n;
			dst[len] = '\0';
		}
	}
	return -ETIMEDOUT;
}

int doctor_run(const char * const argv[], char *dst, size_t size)
{
	int fds[2], res, status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	res = spawn(argv, fds[1], &pid);
	close(fds[1]);
	if (res < 0) {
		close(fds[0]);
		return res;
	}
	if ((res = read_output(fds[0], dst, size)) < 0)
		kill(pid, SIGKILL);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (res < 0)
		return res;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECANCELED;
}
