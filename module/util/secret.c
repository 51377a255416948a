/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"

int secret_set(struct secret *s, const char *value)
{
	char *copy = NULL;

	if (value != NULL && (copy = strdup(value)) == NULL)
		return -ENOMEM;
	secret_clear(s);
	s->value = copy;
	return 0;
}

int secret_copy(struct secret *s, const struct secret *from)
{
	return secret_set(s, from ? from->value : NULL);
}

void secret_clear(struct secret *s)
{
	if (s == NULL || s->value == NULL)
		return;
	explicit_bzero(s->value, strlen(s->value));
	free(s->value);
	s->value = NULL;
}

/* takes as long whether the first byte differs or the last */
bool secret_equal(const struct secret *a, const struct secret *b)
{
	size_t la, lb, i;
	volatile uint8_t diff;

	if (a->value == NULL || b->value == NULL)
		return a->value == b->value;
	la = strlen(a->value);
	lb = strlen(b->value);
	diff = la != lb;
	for (i = 0; i < lb; i++)
		diff = (uint8_t)(diff | (a->value[la ? i % la : 0] ^ b->value[i]));
	return diff == 0;
}
