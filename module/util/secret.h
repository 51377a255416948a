/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SECRET_H
#define ONVIF_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A string that is overwritten before its memory is given back. Never put
 * .value into a log, a property, an error text or a format argument list.
 */
struct secret {
	char *value;
};

/** Replaces the value by a copy; NULL clears. \return 0 or -ENOMEM */
int secret_set(struct secret *s, const char *value);
/** Replaces the value by a copy of another's. \return 0 or -ENOMEM */
int secret_copy(struct secret *s, const struct secret *from);
void secret_clear(struct secret *s);
/** compares in constant time; two unset secrets are equal */
bool secret_equal(const struct secret *a, const struct secret *b);

#endif /* ONVIF_SECRET_H */
