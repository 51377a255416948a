/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "module/session/session-impl.h"
#include "module/util/uri.h"

static int copy(const char *from, char **ret, const char **ret_public)
{
	if (from != NULL && (*ret = strdup(from)) == NULL)
		return -ENOMEM;
	*ret_public = *ret;
	return 0;
}

static bool is_scheme(struct str s)
{
	return str_ieq(s, STR_LIT("rtsp")) || str_ieq(s, STR_LIT("rtsps")) ||
		str_ieq(s, STR_LIT("http")) || str_ieq(s, STR_LIT("https"));
}

int session_check_uri(const char *uri)
{
	struct uri u;
	int res;

	if ((res = uri_parse(str_from(uri), &u)) < 0)
		return res;
	return u.has_userinfo || u.host.len == 0 || !is_scheme(u.scheme) ? -EINVAL : 0;
}

/* what a camera offers besides, and cannot be used, is not offered */
static const char *usable(const char *uri)
{
	return uri && session_check_uri(uri) == 0 ? uri : NULL;
}

int session_settings_init(struct session_settings *set, const struct session_params *params)
{
	struct session_settings new = { .p = *params };

	if (params->uri != NULL && session_check_uri(params->uri) < 0)
		return -EINVAL;

	new.p.password = NULL;
	if (copy(params->uri, &new.uri, &new.p.uri) < 0 ||
	    copy(usable(params->uri_tls), &new.uri_tls, &new.p.uri_tls) < 0 ||
	    copy(usable(params->uri_http), &new.uri_http, &new.p.uri_http) < 0 ||
	    copy(params->tls_pin, &new.tls_pin, &new.p.tls_pin) < 0 ||
	    copy(params->address, &new.address, &new.p.address) < 0 ||
	    copy(params->user, &new.user, &new.p.user) < 0 ||
	    copy(params->codec, &new.codec, &new.p.codec) < 0 ||
	    (params->password && secret_copy(&new.password, params->password) < 0)) {
		session_settings_clear(&new);
		return -ENOMEM;
	}
	if (new.p.ptime_ms == 0)
		new.p.ptime_ms = SESSION_PTIME_MS;
	*set = new;
	return 0;
}

void session_settings_clear(struct session_settings *set)
{
	free(set->uri);
	free(set->uri_tls);
	free(set->uri_http);
	free(set->tls_pin);
	free(set->address);
	free(set->user);
	free(set->codec);
	secret_clear(&set->password);
	*set = (struct session_settings) { 0 };
}

static bool equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool session_login_equal(const struct session_settings *a, const struct session_settings *b)
{
	return equal(a->user, b->user) && secret_equal(&a->password, &b->password) &&
		a->p.allow_basic == b->p.allow_basic && a->p.login_by_tls == b->p.login_by_tls;
}

bool session_target_equal(const struct session_settings *a, const struct session_settings *b)
{
	/* (uri_tls and uri_http come with what the camera answers: used next time) */
	return equal(a->uri, b->uri) && equal(a->address, b->address) &&
		a->p.transport == b->p.transport && a->p.tls == b->p.tls &&
		a->p.forward_tracks == b->p.forward_tracks;
}
