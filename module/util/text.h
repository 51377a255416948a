/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TEXT_H
#define ONVIF_TEXT_H

#include <stddef.h>

#include "str.h"

/** Makes text from the network fit to be shown: valid UTF-8 (bad bytes become
 * U+FFFD), without control characters, line breaks, bidirectional overrides,
 * zero-width and other format characters; runs of white space become one
 * space; trimmed; cut at a character boundary to size - 1 bytes.
 * \return the length written, dst is always NUL terminated (size > 0) */
size_t text_sanitize(struct str s, char *dst, size_t size);

/** Decodes %XX as in a scope URI; malformed escapes, and %00, stay as they are.
 * \return the length written (cut to size - 1), dst is NUL terminated */
size_t text_percent_decode(struct str s, char *dst, size_t size);

/** The stable id of a camera as used in node.name: lower case, only [a-z0-9_-],
 * others become '_', a leading "urn:uuid:" is dropped, at most size - 1 bytes
 * (a longer one ends in a hash of the whole). \return the length, 0 when s has
 * nothing to show */
size_t text_stable_id(struct str s, char *dst, size_t size);

/** Whether two ids name one camera: neither case, nor blanks around, nor a leading
 * "urn:uuid:" makes a difference. */
bool text_id_equal(const char *a, const char *b);

#endif /* ONVIF_TEXT_H */
