/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "module/util/text.h"
#include "tools/pw-onvif/login.h"

/* Passwords in the user's keyring, put there and taken out. Blocks: somebody may be asked to unlock it. */

static ssize_t read_whole(int fd, void *data, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = read(fd, (char *)data + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return len == size ? 0 : -EPIPE;
}

/* What the keyring says in its own words comes from elsewhere. */
static int take_reply(int fd, char message[LIMIT_ERROR_LEN])
{
	struct keyring_reply r;
	char text[LIMIT_ERROR_LEN] = "";

	if (read_whole(fd, &r, sizeof(r)) < 0 || r.size > sizeof(text) || read_whole(fd, text, r.size) < 0) {
		snprintf(message, LIMIT_ERROR_LEN, "the keyring does not answer");
		return -EPIPE;
	}
	if (r.status == KEYRING_FOUND)
		return 0;
	text_sanitize(str_make(text, r.size), message, LIMIT_ERROR_LEN);
	if (r.status == KEYRING_ABSENT)
		snprintf(message, LIMIT_ERROR_LEN, "there is no Secret Service, which would keep the keyring (GNOME Keyring, "
				"KWallet, KeePassXC): start one");
	else if (r.status == KEYRING_LOCKED)
		snprintf(message, LIMIT_ERROR_LEN, "the keyring is locked: unlock it");
	else if (message[0] == '\0')
		snprintf(message, LIMIT_ERROR_LEN, "the keyring refuses it");
	return -EACCES;
}

static int call(const char *verb, struct buf *request, char message[LIMIT_ERROR_LEN])
{
	struct keyring_child child;
	int res = request->error;

	if (res == 0)
		res = keyring_spawn(verb, request, 0, &child);
	buf_clear_secret(request);
	if (res == -ENOENT)
		snprintf(message, LIMIT_ERROR_LEN, "support for keyrings (pipewire-onvif-keyring) is not installed");
	else if (res == -ENOTSUP)
		snprintf(message, LIMIT_ERROR_LEN, "this was built without libsecret");
	else if (res < 0)
		snprintf(message, LIMIT_ERROR_LEN, "%s", strerror(-res));
	if (res < 0)
		return res;
	res = take_reply(child.fd, message);
	keyring_reap(&child);
	return res;
}

int login_keyring_store(const struct keyring_ref *ref, const char *label, const struct secret *password,
		char message[LIMIT_ERROR_LEN])
{
	struct buf request;

	buf_init(&request, LIMIT_LINE_LEN);
	keyring_add_ref(&request, ref);
	buf_add(&request, label, strlen(label) + 1);
	buf_add(&request, password->value, strlen(password->value) + 1);
	return call("store", &request, message);
}

int login_keyring_forget(const struct keyring_ref *ref, char message[LIMIT_ERROR_LEN])
{
	struct buf request;

	buf_init(&request, LIMIT_LINE_LEN);
	keyring_add_ref(&request, ref);
	return call(ref->user ? "forget-others" : "forget", &request, message);
}
