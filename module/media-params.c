/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/media-params.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int dup_string(const char *s, char **dst, const char **view)
{
	if (s && (*dst = strdup(s)) == NULL)
		return -ENOMEM;
	*view = *dst;
	return 0;
}

struct media_params *media_params_new(const struct session_params *params)
{
	struct media_params *mp;

	if ((mp = calloc(1, sizeof(*mp))) == NULL)
		return NULL;
	mp->p = *params;
	mp->p.password = NULL;
	if (dup_string(params->uri, &mp->uri, &mp->p.uri) < 0 ||
	    dup_string(params->uri_tls, &mp->uri_tls, &mp->p.uri_tls) < 0 ||
	    dup_string(params->uri_http, &mp->uri_http, &mp->p.uri_http) < 0 ||
	    dup_string(params->tls_pin, &mp->tls_pin, &mp->p.tls_pin) < 0 ||
	    dup_string(params->address, &mp->address, &mp->p.address) < 0 ||
	    dup_string(params->user, &mp->user, &mp->p.user) < 0 ||
	    dup_string(params->codec, &mp->codec, &mp->p.codec) < 0 ||
	    (params->password && secret_copy(&mp->password, params->password) < 0)) {
		media_params_free(mp);
		errno = ENOMEM;
		return NULL;
	}
	if (params->password)
		mp->p.password = &mp->password;
	return mp;
}

void media_params_free(struct media_params *mp)
{
	if (mp == NULL)
		return;
	secret_clear(&mp->password);
	free(mp->uri);
	free(mp->uri_tls);
	free(mp->uri_http);
	free(mp->tls_pin);
	free(mp->address);
	free(mp->user);
	free(mp->codec);
	free(mp);
}
