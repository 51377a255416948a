/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CREDENTIALS_H
#define ONVIF_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include <spa/support/loop.h>

#include "module/auth/keyring-helper.h"
#include "module/util/secret.h"

/*
 * The credentials file: SPA-JSON
 *   [ { id = "urn:uuid:..." address = "192.0.2.20" user = "u" password = "p" tls.pin = "sha256//..." } ]
 * id or address or both; what is given must match. tls.pin may name several keys with ';'
 * between. Mode 0600 and our own user's
 * or it is refused. Watched with inotify (the directory too: editors rename).
 * A file that is refused leaves the entries that were read before in force.
 * A password that is in the keyring (password.keyring = true) comes when it comes: "changed" tells. It is
 * asked for again whenever the file was written; one that is known stays so while the keyring
 * is locked or gone.
 * Main thread.
 */
struct credentials_events {
#define CREDENTIALS_VERSION_EVENTS	0
	uint32_t version;
	/** entries were added, removed or changed */
	void (*changed)(void *data);
	/** the file cannot be used: one sentence that names file, line and remedy.
	 * NULL: it can again. */
	void (*error)(void *data, const char *message);
};

struct credential {
	const char *id;		/* NULL: any */
	const char *address;	/* NULL: any */
	const char *user;
	const struct secret *password;	/* "" while it is not known */
	/* KEYRING_NONE, KEYRING_FOUND: the password is known; else why it is not, see keyring_reason() */
	enum keyring_status keyring;
	const char *tls_pin;	/* or NULL */
};

struct credentials;

/** Reads path and watches it; it may be absent. Events come from the loop, also
 * for what the first reading found. \return NULL with errno */
struct credentials *credentials_new(struct spa_loop_utils *loop, const char *path,
		const struct credentials_events *events, void *data);
void credentials_destroy(struct credentials *c);

/** The entry for a camera: id and address both given beats id alone beats address
 * alone; NULL arguments match only entries that do not name them.
 * \return 0, -ENOENT. *ret points into c, valid until the next event */
int credentials_find(struct credentials *c, const char *id, const char *address,
		struct credential *ret);

/** whether passwords are asked for in the keyring, of which it is not known yet how that ends */
bool credentials_are_pending(struct credentials *c);

/** Parses a whole file's text; the checks that credentials_new() makes, without
 * the file. error as conf_check(). \return the number of entries or -errno */
struct conf_error;
int credentials_check(const char *file, const char *data, size_t size, struct conf_error *error);

#endif /* ONVIF_CREDENTIALS_H */
