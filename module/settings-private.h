/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SETTINGS_PRIVATE_H
#define ONVIF_SETTINGS_PRIVATE_H

#include "module/settings.h"
#include "module/util/buf.h"

/* what settings*.c share, and their tests */

#define SETTINGS_FILE		"pipewire-onvif.conf"
#define SETTINGS_ARGS_NAME	"module arguments"

/* What is being put together from all texts. */
struct settings_build {
	struct settings *s;
	struct pw_properties *properties;	/* onvif.properties */
	bool no_discovery;			/* onvif.discovery does not count in this text */
	struct buf rules;			/* onvif.rules without the outer brackets */
	settings_message_t message;
	void *data;
	int error;				/* the first -ENOMEM */
};

/* Directories that the environment does not name. */
struct settings_dirs {
	const char *etc;
	const char *share[2];	/* libpipewire's, ours; may be the same */
};

/** as settings_new() */
int settings_new_in(const struct settings_dirs *dirs, const char *args, const char *config_name,
		settings_message_t message, void *data, struct settings **ret);

/** line 0: the text as a whole */
void settings_say(struct settings_build *b, const char *file, uint32_t line, const char *fmt, ...)
	SPA_PRINTF_FUNC(4, 5);

/** Adds an entry of onvif.cameras, or merges it over the one of the same camera.
 * \param pairs checked, as they stand in a file
 * \return 0, -EINVAL: it names no camera, -E2BIG, -ENOMEM (also in b->error) */
int settings_add_camera(struct settings_build *b, struct str pairs);

/* settings-check.c */
/** Takes over what is right in a text and tells what is not.
 * \param args the text is module arguments: settings may stand outside of onvif.properties */
void settings_read_text(struct settings_build *b, const char *file, const char *data, size_t size,
		bool args);
/** whether the text has a section of ours */
bool settings_concerns_us(const char *data, size_t size);

/* settings-files.c */
void settings_read_files(struct settings_build *b, const struct settings_dirs *dirs,
		const char *config_name);
/** \param xdg "XDG_CONFIG_HOME"; fallback below the home directory, ".config"
 * \return owned by the caller; "" when there is no home; NULL: no memory */
char *settings_home_path(const char *xdg, const char *fallback, const char *name);

/* settings-value.c */
/** Checks a value as text. \return 0 or -EINVAL */
int settings_check_text(const struct settings_key *key, const char *text);
/** Decodes a string or word. \return 0, -E2BIG, -EINVAL: it is a container */
int settings_token_text(struct str token, char *dst, size_t size);
/** the value of a dictionary if right, else the default */
const char *settings_lookup(const struct spa_dict *dict, const char *name);
bool settings_lookup_bool(const struct spa_dict *dict, const char *name);
uint32_t settings_lookup_uint(const struct spa_dict *dict, const char *name);
/** the place in the key's list of values */
uint32_t settings_lookup_enum(const struct spa_dict *dict, const char *name);

#endif /* ONVIF_SETTINGS_PRIVATE_H */
