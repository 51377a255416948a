/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "conf.h"

int conf_read_fd(int fd, char **ret_data, size_t *ret_size)
{
	char chunk[4096];
	struct stat st;
	struct buf b;
	ssize_t n;
	int res = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	buf_init(&b, LIMIT_CONF_LEN);
	res = buf_add(&b, "", 0);
	while (res == 0) {
		if ((n = read(fd, chunk, sizeof(chunk))) == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		res = n < 0 ? -errno : buf_add(&b, chunk, (size_t)n);
	}
	explicit_bzero(chunk, sizeof(chunk));
	if (res < 0) {
		buf_clear_secret(&b);
		return res;
	}
	*ret_data = b.data;
	*ret_size = b.len;
	return 0;
}

int conf_read_file(const char *path, char **ret_data, size_t *ret_size)
{
	/* not blocking: a FIFO without a writer would hold the main loop */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), res;

	if (fd < 0)
		return -errno;
	res = conf_read_fd(fd, ret_data, ret_size);
	close(fd);
	return res;
}

/* makes every directory above path; changes path and restores it */
static int make_parents(char *path)
{
	char *p;
	int res;

	for (p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		res = mkdir(path, 0700) < 0 ? -errno : 0;
		*p = '/';
		/* a directory above may be one that we may not write, only pass */
		if (res < 0 && res != -EEXIST && res != -EACCES && res != -EROFS)
			return res;
	}
	return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* the new name reaches the disk with its directory */
static void sync_parent(char *path)
{
	char *slash = strrchr(path, '/');
	int fd;

	if (slash == NULL)
		return;
	slash[1] = '\0';
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
		fsync(fd);
		close(fd);
	}
}

/* fd is of temp, and closed */
static int fill(int fd, uint32_t mode, const char *data, size_t size)
{
	int res = fchmod(fd, (mode_t)mode) < 0 ? -errno : write_all(fd, data, size);

	if (close(fd) < 0 && res == 0)
		res = -errno;
	return res;
}

/* res: what came of it so far */
static int move(int res, char *temp, const char *path)
{
	if (res == 0 && rename(temp, path) < 0)
		res = -errno;
	if (res < 0)
		unlink(temp);
	else
		sync_parent(temp);
	return res;
}

static int replace(const char *path, uint32_t mode, const char *data, size_t size)
{
	char temp[PATH_MAX];
	int fd, len, res;

	len = snprintf(temp, sizeof(temp), "%s.XXXXXX", path);
	if (len < 0 || (size_t)len >= sizeof(temp))
		return -ENAMETOOLONG;
	if ((res = make_parents(temp)) < 0)
		return res;
	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0)
		return -errno;
	return move(fill(fd, mode, data, size), temp, path);
}

int conf_write_file_through(const char *path, const char *temp, const char *data, size_t size,
		int (*may_replace)(void *user_data), void *user_data)
{
	char copy[PATH_MAX];
	int fd, len, res;

	len = snprintf(copy, sizeof(copy), "%s", temp);
	if (len < 0 || (size_t)len >= sizeof(copy))
		return -ENAMETOOLONG;
	/* not written over: somebody may have it open */
	if (unlink(temp) < 0 && errno != ENOENT)
		return -errno;
	if ((fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
		return -errno;
	if ((res = fill(fd, 0600, data, size)) == 0)
		res = may_replace(user_data);
	return move(res, copy, path);
}

int conf_make_parents(const char *path)
{
	char *copy = strdup(path);
	int res = copy ? make_parents(copy) : -ENOMEM;

	free(copy);
	return res;
}

int conf_write_file(const char *path, uint32_t mode, const char *data, size_t size)
{
	/* a link into a user's collection of dot files stays one */
	char *target = realpath(path, NULL);
	int res;

	res = replace(target ? target : path, mode, data, size);
	free(target);
	return res;
}
