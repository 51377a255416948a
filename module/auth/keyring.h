/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_KEYRING_H
#define ONVIF_KEYRING_H

#include <stdint.h>

#include <spa/support/loop.h>

#include "module/auth/keyring-helper.h"
#include "module/util/secret.h"

/*
 * Looks passwords up in the user's keyring, without ever waiting for it: see keyring-helper.h. Asks nobody to
 * unlock anything. What is not there at once is answered again when that changes; a helper that
 * ended too soon is started again after a while. Main thread.
 */
struct keyring_events {
#define KEYRING_VERSION_EVENTS	0
	uint32_t version;
	/** password is valid until this returns; NULL unless status is KEYRING_FOUND.
	 * The keyring must not be destroyed from here. */
	void (*answer)(void *data, uint32_t index, enum keyring_status status, const struct secret *password);
};

struct keyring;

/** \return NULL with errno */
struct keyring *keyring_new(struct spa_loop_utils *loop, const struct keyring_events *events, void *data);
void keyring_destroy(struct keyring *k);

/** Asks for these, and for none that were asked for before. Answers come from the loop.
 * \return 0, -ENOMEM, -E2BIG: there will be no answer then */
int keyring_look_up(struct keyring *k, const struct keyring_ref *refs, uint32_t n_refs);

#endif /* ONVIF_KEYRING_H */
