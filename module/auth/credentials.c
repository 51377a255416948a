/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "credentials.h"
#include "credentials-file.h"
#include "keyring.h"
#include "module/util/clock.h"
#include "module/util/compat.h"
#include "module/util/limits.h"

/* an editor writes, renames and changes the mode: one reading for all of it */
#define DEBOUNCE_MS	UINT64_C(100)
/* where inotify is not to be had (user limits), look now and then */
#define POLL_MS		UINT64_C(5000)

#define DIR_MASK	(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | \
			 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define FILE_MASK	(IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

struct credentials {
	struct spa_loop_utils *loop;
	const struct credentials_events *events;
	void *data;
	char *path;

	int fd;
	int dir_wd, file_wd;
	struct spa_source *io;
	struct spa_source *timer;
	struct spa_source *event;

	struct credential_list list;
	struct keyring *keyring;	/* NULL: nothing was ever asked for in it */
	uint32_t *asked;		/* the entries that are, by the index of the answer */
	char message[CREDENTIALS_MESSAGE_LEN];	/* empty: the file is fine */
	bool changed_pending, error_pending;
	bool armed;		/* the timer, to read again */

	uint32_t in_emit;
	bool dead;
};

static void credentials_free(struct credentials *c)
{
	credential_list_clear(&c->list);
	free(c->asked);
	free(c->path);
	free(c);
}

/* Emits what is due. \return false when c is gone */
static bool emit(struct credentials *c)
{
	const struct credentials_events *ev = c->events;
	bool alive;

	c->in_emit++;
	if (c->error_pending && !c->dead) {
		c->error_pending = false;
		if (ev && ev->error)
			ev->error(c->data, c->message[0] ? c->message : NULL);
	}
	if (c->changed_pending && !c->dead) {
		c->changed_pending = false;
		if (ev && ev->changed)
			ev->changed(c->data);
	}
	alive = !c->dead;
	if (--c->in_emit == 0 && !alive)
		credentials_free(c);
	return alive;
}

/* ---- passwords in the keyring ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void on_answer(void *data, uint32_t index, enum keyring_status status, const struct secret *password)
{
	struct credentials *c = data;
	struct credential_entry *e = &c->list.entries[c->asked[index]];

	/* what is known is not forgotten when the keyring is locked or gone; when it is not in there any more, it is */
	if (e->keyring == KEYRING_FOUND && status != KEYRING_FOUND && status != KEYRING_MISSING)
		return;
	if (status == KEYRING_FOUND && secret_copy(&e->password, password) < 0)
		status = KEYRING_FAILED;
	/* (in place, which cannot fail, and leaves the empty text) */
	if (status != KEYRING_FOUND)
		explicit_bzero(e->password.value, strlen(e->password.value));
	e->keyring = status;
	c->changed_pending = true;
	spa_loop_utils_signal_event(c->loop, c->event);
}

static const struct keyring_events keyring_events = {
	KEYRING_VERSION_EVENTS,
	.answer = on_answer,
};

/* What is known of an entry that looks the same holds until the keyring says otherwise. */
static void keep_passwords(struct credential_list *list, const struct credential_list *before)
{
	for (uint32_t i = 0; i < list->n_entries; i++) {
		struct credential_entry *e = &list->entries[i];

		for (uint32_t j = 0; j < before->n_entries && e->keyring != KEYRING_NONE; j++) {
			const struct credential_entry *old = &before->entries[j];

			if (old->keyring != KEYRING_NONE && same_text(e->id, old->id) &&
			    same_text(e->address, old->address) && same_text(e->user, old->user) &&
			    secret_copy(&e->password, &old->password) == 0)
				e->keyring = old->keyring;
		}
	}
}

static int ask_keyring(struct credentials *c)
{
	uint32_t n = 0, i, size = SPA_MAX(c->list.n_entries, 1u);
	struct keyring_ref *refs;
	int res;

	free(c->asked);
	c->asked = calloc(size, sizeof(*c->asked));
	refs = calloc(size, sizeof(*refs));
	for (i = 0; refs && c->asked && i < c->list.n_entries; i++) {
		const struct credential_entry *e = &c->list.entries[i];

		if (e->keyring == KEYRING_NONE)
			continue;
		refs[n] = (struct keyring_ref) { e->id, e->address, e->user };
		c->asked[n++] = i;
	}
	res = refs && c->asked ? 0 : -ENOMEM;
	if (res == 0 && n > 0 && c->keyring == NULL &&
	    (c->keyring = keyring_new(c->loop, &keyring_events, c)) == NULL)
		res = -errno;
	/* (none: what it was asked for before is not asked for any more) */
	if (res == 0 && c->keyring)
		res = keyring_look_up(c->keyring, refs, n);
	free(refs);
	return res;
}

static void use_keyring(struct credentials *c)
{
	if (ask_keyring(c) == 0)
		return;
	keyring_destroy(c->keyring);
	c->keyring = NULL;
	c->changed_pending = true;
	for (uint32_t i = 0; i < c->list.n_entries; i++)
		if (c->list.entries[i].keyring == KEYRING_ASKED)
			c->list.entries[i].keyring = KEYRING_FAILED;
}

static void set_error(struct credentials *c, const char *message)
{
	if (strcmp(c->message, message) == 0)
		return;
	snprintf(c->message, sizeof(c->message), "%s", message);
	c->error_pending = true;
}

static void reload(struct credentials *c)
{
	char message[sizeof(c->message)] = "";
	struct credential_file file;

	if (credential_file_read(c->path, &file, message) == 0) {
		keep_passwords(&file.list, &c->list);
		if (!credential_list_equal(&file.list, &c->list))
			c->changed_pending = true;
		credential_list_clear(&c->list);
		c->list = file.list;
		file.list = (struct credential_list){ 0 };
		credential_file_clear(&file);
		use_keyring(c);
	}
	set_error(c, message);
}

/* cuts path to the directory above */
static bool cut(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || path[1] == '\0')
		return false;
	slash[slash == path] = '\0';
	return true;
}

/* Watches the nearest directory that exists; its next one may come later. */
static int watch_dir(struct credentials *c)
{
	char *dir = strdup(c->path);
	int wd = -1;

	if (dir == NULL)
		return -1;
	while (wd < 0 && cut(dir))
		wd = inotify_add_watch(c->fd, dir, DIR_MASK);
	free(dir);
	return wd;
}

static void unwatch(struct credentials *c, int *wd)
{
	if (*wd >= 0)
		inotify_rm_watch(c->fd, *wd);
	*wd = -1;
}

/* Sets the watches anew. Twice, because a directory may come into being
 * between the look and the watch. */
static void watch(struct credentials *c)
{
	int wd = -1, again, i;

	if (c->fd < 0)
		return;
	for (i = 0; i < LIMIT_PATH_PARTS; i++) {
		again = watch_dir(c);
		if (again == wd)
			break;
		wd = again;
	}
	if (c->dir_wd != wd)
		unwatch(c, &c->dir_wd);
	c->dir_wd = wd;
	/* a link's target lies in a directory that we do not watch */
	wd = inotify_add_watch(c->fd, c->path, FILE_MASK);
	if (c->file_wd != wd)
		unwatch(c, &c->file_wd);
	c->file_wd = wd;
}

static void on_timer(void *data, uint64_t expirations)
{
	struct credentials *c = data;

	c->armed = false;
	watch(c);
	reload(c);
	if (c->dir_wd < 0)
		timer_arm(c->loop, c->timer, POLL_MS * NSEC_PER_MSEC);
	emit(c);
}

static void on_event(void *data, uint64_t count)
{
	emit(data);
}

/* Is it about a part of our path? Whatever it was, the next reading tells; but
 * the directory above may be a busy one. */
static bool is_ours(const struct credentials *c, const struct inotify_event *ev)
{
	return ev->len == 0 || strstr(c->path, ev->name) != NULL;
}

static void on_io(void *data, int fd, uint32_t mask)
{
	struct credentials *c = data;
	SPA_ALIGNED(8) char events[4096];
	const struct inotify_event *ev;
	bool ours = false;
	ssize_t n, at;

	while ((n = read(fd, events, sizeof(events))) > 0) {
		for (at = 0; at < n; at += (ssize_t)(sizeof(*ev) + ev->len)) {
			ev = SPA_PTROFF(events, at, const struct inotify_event);
			ours = ours || is_ours(c, ev);
		}
	}
	/* never postponed: somebody may write all the time */
	if (!ours || c->armed)
		return;
	c->armed = true;
	timer_arm(c->loop, c->timer, DEBOUNCE_MS * NSEC_PER_MSEC);
}

static int start(struct credentials *c)
{
	if ((c->timer = compat_add_timer(c->loop, on_timer, c)) == NULL ||
	    (c->event = compat_add_event(c->loop, on_event, c)) == NULL)
		return -errno;
	c->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (c->fd >= 0) {
		c->io = spa_loop_utils_add_io(c->loop, c->fd, SPA_IO_IN, true, on_io, c);
		if (c->io == NULL)
			return -errno;
	}
	watch(c);
	reload(c);
	if (c->dir_wd < 0)
		timer_arm(c->loop, c->timer, POLL_MS * NSEC_PER_MSEC);
	if (c->changed_pending || c->error_pending)
		spa_loop_utils_signal_event(c->loop, c->event);
	return 0;
}

struct credentials *credentials_new(struct spa_loop_utils *loop, const char *path,
		const struct credentials_events *events, void *data)
{
	struct credentials *c = calloc(1, sizeof(*c));
	int res = -ENOMEM;

	if (c == NULL)
		return NULL;
	c->loop = loop;
	c->events = events;
	c->data = data;
	c->fd = c->dir_wd = c->file_wd = -1;
	if ((c->path = strdup(path)) == NULL || (res = start(c)) < 0) {
		credentials_destroy(c);
		errno = -res;
		return NULL;
	}
	return c;
}

void credentials_destroy(struct credentials *c)
{
	if (c == NULL || c->dead)
		return;
	if (c->io != NULL)
		spa_loop_utils_destroy_source(c->loop, c->io);
	else if (c->fd >= 0)
		close(c->fd);
	if (c->timer != NULL)
		spa_loop_utils_destroy_source(c->loop, c->timer);
	if (c->event != NULL)
		spa_loop_utils_destroy_source(c->loop, c->event);
	keyring_destroy(c->keyring);
	c->keyring = NULL;
	c->dead = true;
	if (c->in_emit == 0)
		credentials_free(c);
}

int credentials_find(struct credentials *c, const char *id, const char *address,
		struct credential *ret)
{
	const struct credential_entry *best = credential_list_find(&c->list, id, address);

	if (best == NULL)
		return -ENOENT;
	*ret = (struct credential){
		.id = best->id,
		.address = best->address,
		.user = best->user,
		.password = &best->password,
		.keyring = best->keyring,
		.tls_pin = best->tls_pin,
	};
	return 0;
}

bool credentials_are_pending(struct credentials *c)
{
	for (uint32_t i = 0; i < c->list.n_entries; i++)
		if (c->list.entries[i].keyring == KEYRING_ASKED)
			return true;
	return false;
}

int credentials_check(const char *file, const char *data, size_t size, struct conf_error *error)
{
	struct credential_list list;
	int res;

	if ((res = credential_list_parse(file, data, size, &list, error)) < 0)
		return res;
	res = (int)list.n_entries;
	credential_list_clear(&list);
	return res;
}
