/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_KEYRING_HELPER_H
#define ONVIF_KEYRING_HELPER_H

#include <stdint.h>
#include <sys/types.h>

#include "module/util/buf.h"
#include "module/util/limits.h"

/*
 * Passwords in the user's keyring (the Secret Service: GNOME Keyring, KWallet, KeePassXC). Who talks
 * to it is a program of its own, pipewire-onvif-keyring, that runs while a password is looked for and
 * no longer: libsecret blocks, prompts and wants GLib's main loop, and GLib once loaded stays, with
 * its threads, in a process that may be the PipeWire daemon. So neither the module nor pw-onvif is linked
 * with it, and who keeps no password there has nothing of it.
 *
 * The helper is called with a verb; what it is to do is its standard input (a file in memory: it cannot
 * block, and no pipe breaks), strings that end in NUL:
 *   lookup	id address user, of each password
 *   store	id address user label password
 *   forget	id address, of a camera: all of its passwords
 *   forget-others	id address user: but for this one
 * What an entry does not name is "". It answers on standard output: struct keyring_reply and so many bytes,
 * a password or, where something failed, a phrase about it. lookup goes on until all are found, and answers
 * again when something changed; the others answer once.
 */
enum keyring_status {
	KEYRING_NONE,		/* the entry has its password itself */
	KEYRING_FOUND,
	KEYRING_ASKED,		/* no answer yet */
	KEYRING_SILENT,		/* no answer for seconds */
	KEYRING_LOCKED,
	KEYRING_MISSING,	/* the keyring is open, and it is not in there */
	KEYRING_ABSENT,		/* there is no Secret Service */
	KEYRING_FAILED,
	KEYRING_UNSUPPORTED,	/* built without libsecret, or the helper is not installed */
	KEYRING_N_STATUS,
};

struct keyring_reply {
	uint32_t index;		/* of what was asked for */
	uint32_t status;	/* enum keyring_status */
	uint32_t size;		/* LIMIT_ERROR_LEN at most */
};

/* What names a password: exactly what the entry names. NULL: it does not name it. */
struct keyring_ref {
	const char *id, *address, *user;
};

/** Appends what finds it, written the same way however the entry writes it.
 * user may be NULL: it is left out, not empty. \return dst's error */
int keyring_add_ref(struct buf *dst, const struct keyring_ref *ref);

struct keyring_child {
	pid_t pid;
	int fd;			/* its answers; -1: there is no child */
};

/** whether there is a helper to be called. Any thread */
bool keyring_is_supported(void);
/** Starts the helper. The request is copied, and may be wiped. Does not block.
 * \param flags of the reading end, O_NONBLOCK or 0
 * \return 0, -ENOTSUP: keyring_is_supported() says no, -ENOENT: it is not installed, or -errno */
int keyring_spawn(const char *verb, const struct buf *request, int flags, struct keyring_child *ret);
/** ends it, whatever it does, and waits for that */
void keyring_reap(struct keyring_child *child);

/** Why there is no password, as a part of a sentence: "the keyring with the camera's password is locked: unlock it".
 * NULL: there is one, or it is on its way */
const char *keyring_reason(enum keyring_status status);

#endif /* ONVIF_KEYRING_HELPER_H */
