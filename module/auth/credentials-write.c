/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "credentials-write.h"
#include "module/util/conf.h"

#define LOCK_TRIES	50
#define LOCK_PAUSE_NS	(100 * 1000 * 1000)
#define TRIES		5	/* while an editor saves it */

struct writer {
	const char *path;	/* as the user knows it */
	char target[PATH_MAX];	/* with its links followed */
	char temp[PATH_MAX];
	char *message;
	int lock;
	const struct credential_file *read;

	/* what is to be done */
	const struct credentials_edit *edit;	/* NULL: id's and address' are removed */
	const char *id, *address;
	struct credentials_edited edited;
	int n_removed;
};

static int SPA_PRINTF_FUNC(3, 4) fail(struct writer *w, int res, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(w->message, CREDENTIALS_MESSAGE_LEN, fmt, args);
	va_end(args);
	return res;
}

/* Of a link the file that it names is replaced, or is made. */
static int follow_links(struct writer *w)
{
	char *real = realpath(w->path, NULL);
	struct stat st;
	int len, res = 0;

	if (real == NULL && errno == ENOMEM)
		return fail(w, -ENOMEM, "Out of memory");
	if (real == NULL && lstat(w->path, &st) == 0 && S_ISLNK(st.st_mode))
		return fail(w, -ENOENT, "%s is a link to a file that is not there: make that file, "
				"or remove the link", w->path);
	len = snprintf(w->target, sizeof(w->target), "%s", real ? real : w->path);
	if (len < 0 || (size_t)len >= sizeof(w->target))
		res = -ENAMETOOLONG;
	len = snprintf(w->temp, sizeof(w->temp), "%s.new", w->target);
	if (len < 0 || (size_t)len >= sizeof(w->temp))
		res = -ENAMETOOLONG;
	free(real);
	return res < 0 ? fail(w, res, "%.100s...: the path is too long", w->path) : 0;
}

/* of the directory: the file is another one after each writing */
static int open_lock(struct writer *w)
{
	char *dir = strdup(w->target), *slash = dir ? strrchr(dir, '/') : NULL;
	int fd;

	if (dir == NULL)
		return -ENOMEM;
	if (slash)
		slash[1] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	return fd < 0 ? -errno : fd;
}

static int take_lock(struct writer *w)
{
	struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	int i;

	if ((w->lock = open_lock(w)) < 0)
		return fail(w, w->lock, "%s cannot be written: %s", w->path, strerror(-w->lock));
	for (i = 0; i < LOCK_TRIES; i++) {
		/* some network file systems know none: may_replace() has to do there */
		if (flock(w->lock, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR))
			return 0;
		nanosleep(&pause, NULL);
	}
	close(w->lock);
	return fail(w, -EBUSY, "%s is being written by another program: try again", w->path);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
		a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The last look before it is replaced: an editor asks for no lock. */
static int may_replace(void *data)
{
	struct writer *w = data;
	struct stat st;

	if (stat(w->target, &st) < 0)
		return errno == ENOENT && w->read->data == NULL ? 0 : -EAGAIN;
	return w->read->data && is_same_file(&st, &w->read->st) ? 0 : -EAGAIN;
}

/* \return 0, 1: there is nothing to write, or -errno */
static int edit_text(struct writer *w, const struct credential_file *f, struct buf *dst)
{
	int res;

	if (w->edit)
		res = credentials_edit_put(f->data, f->size, &f->list, w->edit, dst, &w->edited);
	else
		res = w->n_removed = credentials_edit_remove(f->data, f->size, &f->list, w->id, w->address, dst);
	if (res == -ENOMEM)
		return fail(w, res, "Out of memory");
	if (res == -E2BIG)
		return fail(w, res, "%s: there is no room in it for one more", w->path);
	if (res < 0)
		return fail(w, res, "%s cannot be edited by this program: change it by hand", w->path);
	return !w->edit && res == 0;
}

/* \return -EAGAIN: somebody else changed it meanwhile */
static int write_once(struct writer *w)
{
	struct credential_file f;
	struct buf text;
	int res;

	w->message[0] = '\0';
	if ((res = credential_file_read(w->target, &f, w->message)) < 0)
		return res;
	w->read = &f;
	buf_init(&text, LIMIT_CONF_LEN);
	if ((res = edit_text(w, &f, &text)) == 0)
		res = conf_write_file_through(w->target, w->temp, buf_str(&text).p, text.len, may_replace, w);
	else if (res == 1)
		res = 0;
	else
		goto done;
	if (res == -EAGAIN)
		fail(w, res, "%s is being written by another program: try again", w->path);
	else if (res < 0)
		fail(w, res, "%s cannot be written: %s", w->path, strerror(-res));
done:
	buf_clear_secret(&text);
	credential_file_clear(&f);
	return res;
}

static int run(struct writer *w)
{
	int res, i;

	if ((res = follow_links(w)) < 0)
		return res;
	if (w->edit && (res = conf_make_parents(w->target)) < 0)
		return fail(w, res, "the directory of %s cannot be made: %s", w->path, strerror(-res));
	if ((res = take_lock(w)) < 0)
		return res;
	res = -EAGAIN;
	for (i = 0; i < TRIES && res == -EAGAIN; i++)
		res = write_once(w);
	close(w->lock);
	return res == -EAGAIN ? -EBUSY : res;
}

int credentials_put(const char *path, const struct credentials_edit *edit,
		struct credentials_edited *ret, char message[CREDENTIALS_MESSAGE_LEN])
{
	struct writer w = { .path = path, .edit = edit, .message = message };
	char phrase[LIMIT_ERROR_LEN];
	int res;

	if ((res = credentials_check_edit(edit, phrase)) < 0)
		return fail(&w, res, "This cannot be stored: %s", phrase);
	if ((res = run(&w)) == 0)
		*ret = w.edited;
	return res;
}

int credentials_remove(const char *path, const char *id, const char *address,
		char message[CREDENTIALS_MESSAGE_LEN])
{
	struct writer w = { .path = path, .id = id, .address = address, .message = message };
	int res;

	/* where there is no file, no directory for it is made */
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	res = run(&w);
	return res < 0 ? res : w.n_removed;
}
