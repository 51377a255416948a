/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_ASK_H
#define ONVIF_TOOL_ASK_H

#include <stdbool.h>

#include "module/util/secret.h"

/*
 * A line from standard input. On a terminal it can be typed without being seen; the terminal is
 * as it was before, whatever signal comes meanwhile. Read byte by byte: what follows is the next
 * one's, and nothing of it stays in a buffer.
 */

/** prompt: shown on standard error, NULL: none. \return 0, -ENODATA at the end of the input, -E2BIG over
 * LIMIT_CREDENTIAL_LEN bytes, -EILSEQ a NUL byte, -EINTR: a signal that means to end us, -errno */
int ask_line(const char *prompt, bool hidden, struct secret *ret);

#endif /* ONVIF_TOOL_ASK_H */
