/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/scopes.h"

#include "module/util/text.h"

#define PREFIX	"onvif://www.onvif.org/"

static void set_once(struct str value, char *dst, size_t size)
{
	char decoded[LIMIT_URI_LEN];
	size_t len;

	if (dst[0] != '\0')
		return;
	len = text_percent_decode(value, decoded, sizeof(decoded));
	text_sanitize(str_make(decoded, len), dst, size);
}

void scopes_add(struct scopes *s, struct str uri)
{
	struct str kind;

	uri = str_trim(uri);
	if (uri.len >= LIMIT_URI_LEN || !str_has_iprefix(uri, STR_LIT(PREFIX)))
		return;
	uri = str_make(uri.p + sizeof(PREFIX) - 1, uri.len - (sizeof(PREFIX) - 1));
	if (str_until(&uri, '/', uri.len, &kind) < 0 || str_char(&uri, '/') < 0)
		return;
	if (str_ieq(kind, STR_LIT("name")))
		set_once(uri, s->name, sizeof(s->name));
	else if (str_ieq(kind, STR_LIT("hardware")))
		set_once(uri, s->hardware, sizeof(s->hardware));
	else if (str_ieq(kind, STR_LIT("location"))) {
		/* "country/china" is what factories set, "Front door" what owners set */
		if (!str_has_iprefix(uri, STR_LIT("country/")) && !str_has_iprefix(uri, STR_LIT("city/")))
			set_once(uri, s->location, sizeof(s->location));
	}
}

void scopes_add_list(struct scopes *s, struct str list)
{
	struct str uri;

	for (uint32_t n = 0; n < LIMIT_SCOPES && str_token(&list, " \t\r\n", &uri) == 0; n++)
		scopes_add(s, uri);
}
