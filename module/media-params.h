/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_MEDIA_PARAMS_H
#define ONVIF_MEDIA_PARAMS_H

#include "module/session/session.h"

/* session_params that own what they point to, to cross threads */
struct media_params {
	struct session_params p;
	struct secret password;
	char *uri, *uri_tls, *uri_http, *address, *user, *codec, *tls_pin;
};

/** \return NULL with errno */
struct media_params *media_params_new(const struct session_params *params);
void media_params_free(struct media_params *mp);

#endif /* ONVIF_MEDIA_PARAMS_H */
