/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CONF_H
#define ONVIF_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "limits.h"

/*
 * A strict reader of SPA-JSON files. PipeWire's own reader forgives: a missing
 * ']' swallows the next section without a word. This one checks the whole
 * text first and knows the line of everything.
 * Main thread; used for the settings, the credentials and the learned facts.
 */
struct conf_error {
	const char *file;	/* as given, not owned */
	uint32_t line;		/* from 1; 0: the file as a whole */
	char message[LIMIT_ERROR_LEN];
};

/** Checks brackets, quotes, key-value pairing and NUL bytes of a whole text, in
 * which the outermost braces may be missing (as in PipeWire's files).
 * The message quotes none of the text: it may be a password.
 * \return 0, or -EBADMSG with *error filled: what is wrong, where it was opened */
int conf_check(const char *file, const char *data, size_t size, struct conf_error *error);

/** the line, from 1, of a position in data */
uint32_t conf_line(const char *data, const char *pos);

/** Reads a file whole into malloc()ed, NUL terminated memory.
 * \return 0, -errno, -E2BIG over LIMIT_CONF_LEN, -EINVAL when it is no regular file */
int conf_read_file(const char *path, char **ret_data, size_t *ret_size);
/** as conf_read_file() from an open file, which stays open */
int conf_read_fd(int fd, char **ret_data, size_t *ret_size);
/** Replaces a file: temporary file of mode, fsync, rename, directories made (0700).
 * \return 0 or -errno, the old file is then whole */
int conf_write_file(const char *path, uint32_t mode, const char *data, size_t size);
/** The same, 0600 and without the directories, through a temporary file of a fixed name in the
 * same directory, so that one which a crash left there is not left for ever: for who has seen to
 * it that nobody else writes it.
 * \param may_replace asked when all but the renaming is done: 0, or -errno that is returned */
int conf_write_file_through(const char *path, const char *temp, const char *data, size_t size,
		int (*may_replace)(void *user_data), void *user_data);
/** makes the directories above a file (0700). \return 0 or -errno */
int conf_make_parents(const char *path);

/** The word of a list that somebody who typed word probably meant: at most a
 * third of its letters differ. \return an element of known, or NULL */
const char *conf_suggest(const char *word, const char *const *known, size_t n_known);

#endif /* ONVIF_CONF_H */
