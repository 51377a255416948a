/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef TEST_MODULE_FIXTURE_H
#define TEST_MODULE_FIXTURE_H

#include "module/settings-private.h"
#include "module/util/limits.h"
#include "tests/lib/test.h"

/* A home, an /etc and two /usr/share of our own in a temporary directory, the
 * environment pointing there, and the messages of the last load. */
struct fixture {
	char base[64];
	char etc[96], share[96], our_share[96];
	struct settings *s;
	uint32_t n_messages;
	char messages[32][512];	/* with base cut off */
};

void fixture_init(struct fixture *f);
void fixture_clear(struct fixture *f);
/** writes base/path, making its directories */
void fixture_write(struct fixture *f, const char *path, const char *text);
/** settings_new_in(); must succeed */
void fixture_load(struct fixture *f, const char *args, const char *config_name);
/** loads text as the user's only file, ".../u.conf" */
void fixture_load_text(struct fixture *f, const char *text);
/** key of the i-th camera */
const char *fixture_camera(struct fixture *f, uint32_t i, const char *key);
/** runs the rules for facts "key", "value", ..., NULL */
struct pw_properties *fixture_props(struct fixture *f, const struct spa_dict *entry, ...)
	__attribute__((sentinel));

#define USER		"config/pipewire/"
#define USER_D		USER "pipewire-onvif.conf.d/"
#define FILE_U		USER_D "u.conf"

#endif /* TEST_MODULE_FIXTURE_H */
