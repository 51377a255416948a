/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CREDENTIALS_EDIT_H
#define ONVIF_CREDENTIALS_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "module/auth/credentials-file.h"
#include "module/util/buf.h"

/*
 * One camera's entry in the text of a credentials file. The text is edited, not written anew:
 * comments, order and all that is not this entry stay as they are. Pure.
 */
struct credentials_edit {
	const char *id, *address;	/* which camera, as far as it is known: one of them at least */
	bool omit_id;			/* a new entry names the address only */
	const char *user;
	const struct secret *password;
	bool keyring;			/* the entry says that it is in the keyring, and has none */
	const char *tls_pin;		/* NULL: that of the entry stays, if it has one */
};

/* The entry that came of it. */
struct credentials_edited {
	uint32_t line;
	bool replaced;			/* there was one: what names its camera stayed as it was */
	bool by_id, by_address;		/* what names its camera */
};

/** What the reader would refuse, or what nobody types on purpose. \return 0, -E2BIG, -EINVAL
 * with a phrase that contains nothing of it: "the password contains control characters" */
int credentials_check_edit(const struct credentials_edit *edit, char message[LIMIT_ERROR_LEN]);

/** The entry that credentials_edit_put() would change. \return NULL: it would make a new one */
const struct credential_entry *credentials_edit_find(const struct credential_list *list,
		const struct credentials_edit *edit);
/** whether credentials_edit_remove() would remove it */
bool credentials_is_about(const struct credential_entry *entry, const char *id, const char *address);

/** Puts user and password into the entry that is in force for the camera, or into a new one. Where
 * the camera's id is not known, an entry for its address is its own, whatever id that names
 * besides. list is what data was parsed to; data may be NULL.
 * \return 0, dst's error, -ENOMEM, -EBADMSG: this text we cannot edit (dst is of no use then) */
int credentials_edit_put(const char *data, size_t size, const struct credential_list *list,
		const struct credentials_edit *edit, struct buf *dst, struct credentials_edited *ret);

/** Takes out every entry that is for the camera, by what both name, id or address.
 * \return how many, or as credentials_edit_put() */
int credentials_edit_remove(const char *data, size_t size, const struct credential_list *list,
		const char *id, const char *address, struct buf *dst);

#endif /* ONVIF_CREDENTIALS_EDIT_H */
