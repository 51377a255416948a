/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CURL_TLS_H
#define ONVIF_CURL_TLS_H

#include <curl/curl.h>

#include "module/net/net.h"

/* "sha256//", the hash in base64, the NUL; and some */
#define CURL_TLS_KEY_LEN	80u

/*
 * Whom a TLS connection trusts, and what came of it. One per easy handle, which it must
 * outlive.
 */
struct curl_tls {
	bool show_key;			/* NET_TLS_PIN without a pin: the key is to be told */
	bool pinned;
	char key[CURL_TLS_KEY_LEN];	/* the peer's as a pin, "" not seen: only with NET_TLS_PIN */
};

/** NET_PLAIN leaves the handle alone. pin: one or several "sha256//...", separated by ';'; or NULL.
 * With NET_TLS_PIN and NET_TLS_NONE any certificate and any version of TLS will do, as cheap
 * cameras have them: what counts is the key, or nothing.
 * \return 0, -EINVAL a pin of another form (libcurl would take it for the name of a file), -ENOMEM */
int curl_tls_set(struct curl_tls *t, CURL *easy, enum net_security security, const char *pin);

/** What a failed transfer says about trust. \return -ENOKEY with *ret_message = the peer's key,
 * -EKEYREJECTED with the key seen instead of the pinned one, or with a phrase; 0: another failure */
int curl_tls_failure(const struct curl_tls *t, CURLcode code, const char **ret_message);

#endif /* ONVIF_CURL_TLS_H */
