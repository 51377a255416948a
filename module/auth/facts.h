/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_FACTS_H
#define ONVIF_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include <spa/support/loop.h>

#include "module/util/secret.h"

/*
 * Learned facts: what we found out about cameras and must not forget when we
 * restart. $XDG_STATE_HOME/pipewire/onvif-state.conf, SPA-JSON, 0600, written by
 * us only, atomically, soon (2 s, at once for a refused password) after a change.
 *   { key = "<hex>" cameras = { "<onvif.id>" = { last-address = ... transport = ...
 *     tls-pin = ... backchannel = true refused = "<hmac hex>" } } }
 * A file that cannot be read is kept aside (.bad) and we start anew with a warning
 * text. Main thread.
 */
struct facts;

/** path NULL: kept in memory only. *ret_warning: NULL or a sentence owned by facts. \return NULL with errno */
struct facts *facts_new(struct spa_loop_utils *loop, const char *path, const char **ret_warning);
/** What the file holds, for another process than the one that writes it: nothing is ever written, a
 * damaged file stays where it is. \return NULL with errno */
struct facts *facts_new_reader(struct spa_loop_utils *loop, const char *path, const char **ret_warning);
/** writes what is unsaved */
void facts_destroy(struct facts *f);

/** names of facts: "last-address", "transport", "tls-pin" (the key of the web service),
 * "tls-pin-rtsp" (that of the RTSPS service), "backchannel", "name", "id" (the endpoint
 * reference of a camera that is configured by address), "endpoint" (the one that the
 * camera itself answered with when it was asked) */
const char *facts_get(struct facts *f, const char *id, const char *name);
/** The camera of which this fact, or "id" and "endpoint" by text_id_equal(), has that value ("last-address":
 * the port may be left out): the one that changed last. \return NULL when there is none; valid until the next change */
const char *facts_find(struct facts *f, const char *name, const char *value);
/** value NULL removes. \return 0, -ENOMEM, -EINVAL (unknown name, no UTF-8, control
 * characters), -E2BIG (LIMIT_ID_LEN, LIMIT_TEXT_LEN) */
int facts_set(struct facts *f, const char *id, const char *name, const char *value);
/** everything about one camera */
void facts_forget(struct facts *f, const char *id);

/** Remembers a refused user and password as a keyed hash; written at once. */
int facts_set_refused(struct facts *f, const char *id, const char *user, const struct secret *password);
/** true if exactly this user and password were refused by this camera */
bool facts_is_refused(struct facts *f, const char *id, const char *user, const struct secret *password);
void facts_clear_refused(struct facts *f, const char *id);

#endif /* ONVIF_FACTS_H */
