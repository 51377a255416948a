/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SCOPES_H
#define ONVIF_SCOPES_H

#include "module/util/limits.h"
#include "module/util/str.h"

/* What the scopes of a device say about it (ONVIF Core 7.3.3.2), sanitised. */
struct scopes {
	char name[LIMIT_NAME_LEN];
	char hardware[LIMIT_TEXT_LEN];
	char location[LIMIT_TEXT_LEN];
};

/** Takes one scope URI; unknown ones are ignored. The first of a kind wins;
 * locations below country/ and city/ are factory settings, and ignored. */
void scopes_add(struct scopes *s, struct str uri);
/** Takes a blank-separated list, of which the first LIMIT_SCOPES count. */
void scopes_add_list(struct scopes *s, struct str list);

#endif /* ONVIF_SCOPES_H */
