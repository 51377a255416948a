/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CREDENTIALS_WRITE_H
#define ONVIF_CREDENTIALS_WRITE_H

#include "module/auth/credentials-edit.h"

/*
 * Changes one camera's entry in the credentials file. Whenever it is interrupted, the file is
 * the old one or the new one, whole. A file that cannot be parsed, or that the reader would refuse,
 * is left alone; a link stays a link. One writer at a time (a lock on the directory); an
 * editor knows no locks: what it saved in between is read again, not lost.
 * Blocks, up to 5 s where another one writes.
 */

/** \return 0, -EINVAL or -E2BIG: credentials_check_edit() says no, -EACCES: the file is
 * refused, -EBUSY: somebody else keeps writing, or another -errno; message: a sentence */
int credentials_put(const char *path, const struct credentials_edit *edit,
		struct credentials_edited *ret, char message[CREDENTIALS_MESSAGE_LEN]);
/** as credentials_edit_remove(). \return how many there were, or -errno with a sentence */
int credentials_remove(const char *path, const char *id, const char *address,
		char message[CREDENTIALS_MESSAGE_LEN]);

#endif /* ONVIF_CREDENTIALS_WRITE_H */
