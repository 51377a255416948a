/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CREDENTIALS_FILE_H
#define ONVIF_CREDENTIALS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "module/util/conf.h"
#include "module/util/secret.h"

struct credential_entry {
	uint32_t line;
	char *id, *address, *user, *tls_pin;	/* user is never NULL */
	struct secret password;			/* never unset */
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

#endif /* ONVIF_CREDENTIALS_FILE_H */
