/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_BUF_H
#define ONVIF_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <spa/utils/defs.h>

#include "str.h"

/*
 * A growing byte buffer with a maximum from birth. The first error (-ENOMEM,
 * -E2BIG) sticks in .error and later additions do nothing, so that a writer
 * checks once at its end. The content always has a NUL after its last byte.
 */
struct buf {
	char *data;
	size_t len;
	size_t alloc;
	size_t max;
	int error;
};

void buf_init(struct buf *b, size_t max);
/** frees the content; the buffer can be used again */
void buf_clear(struct buf *b);
/** as buf_clear(), overwriting the content first */
void buf_clear_secret(struct buf *b);
/** forgets content and error, keeps the memory */
void buf_reset(struct buf *b);

/** all: \return 0 or the sticky error */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_add_str(struct buf *b, const char *s);
int buf_add_slice(struct buf *b, struct str s);
int buf_add_byte(struct buf *b, uint8_t c);
int buf_printf(struct buf *b, const char *fmt, ...) SPA_PRINTF_FUNC(2, 3);
/** text with & < > " ' escaped for XML; bytes that XML 1.0 forbids are dropped */
int buf_add_xml(struct buf *b, struct str s);
/** appends a string of SPA-JSON, with its quotes; s without control bytes */
int buf_add_quoted(struct buf *b, const char *s);
/** base64 of data */
int buf_add_base64(struct buf *b, const void *data, size_t len);

/** removes len bytes from the front */
void buf_consume(struct buf *b, size_t len);
static inline struct str buf_str(const struct buf *b)
{
	return str_make(b->data ? b->data : "", b->len);
}

#endif /* ONVIF_BUF_H */
