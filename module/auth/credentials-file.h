/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CREDENTIALS_FILE_H
#define ONVIF_CREDENTIALS_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "module/auth/keyring-helper.h"
#include "module/util/conf.h"
#include "module/util/secret.h"

struct credential_entry {
	uint32_t line;
	char *id, *address, *user, *tls_pin;	/* user is never NULL */
	struct secret password;			/* never unset; "" while keyring is not KEYRING_FOUND */
	enum keyring_status keyring;		/* of a file that was only read: KEYRING_NONE or KEYRING_ASKED */
};

struct credential_list {
	struct credential_entry *entries;
	uint32_t n_entries;
};

/** Parses a whole file's text. \return 0, -ENOMEM, -EBADMSG or -E2BIG with *error filled */
int credential_list_parse(const char *file, const char *data, size_t size,
		struct credential_list *ret, struct conf_error *error);
void credential_list_clear(struct credential_list *list);
bool credential_list_equal(const struct credential_list *a, const struct credential_list *b);
/** The entry for a camera, as credentials_find(). \return NULL: none */
const struct credential_entry *credential_list_find(const struct credential_list *list,
		const char *id, const char *address);

#define CREDENTIALS_MESSAGE_LEN	(LIMIT_ERROR_LEN + 512)

/* What was read, and of which file: who wants to write it must know that it is still the same. */
struct credential_file {
	char *data;		/* NULL: there is no file */
	size_t size;
	struct stat st;
	struct credential_list list;
};

/** Reads and parses a file; one that is not there has no entries.
 * \return 0, or -errno (-EACCES for one that is refused) with a sentence that names file, line and remedy */
int credential_file_read(const char *path, struct credential_file *ret,
		char message[CREDENTIALS_MESSAGE_LEN]);
void credential_file_clear(struct credential_file *file);

#endif /* ONVIF_CREDENTIALS_FILE_H */
