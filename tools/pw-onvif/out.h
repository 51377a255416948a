/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_TOOL_OUT_H
#define ONVIF_TOOL_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "module/util/buf.h"

/*
 * What is printed. Cameras, files and the environment choose the texts: nothing of
 * theirs may move the cursor, colour the screen or break a line.
 */

enum out_style {
	OUT_PLAIN,
	OUT_GOOD,	/* green */
	OUT_NOTE,	/* yellow */
	OUT_BAD,	/* red */
	OUT_DIM,
	OUT_BOLD,
};

/** The columns of a terminal that a text in UTF-8 takes, whatever the locale is */
uint32_t out_width(struct str s);
/** The columns of the terminal behind f; 0 when there is none */
uint32_t out_terminal_columns(FILE *f);
/** Writes a text, in a colour where those are wanted. The text is printed as it is. */
void out_styled(FILE *f, bool color, enum out_style style, const char *text);
/** A text as one word of a shell, which takes nothing in it for a command: what is recommended
 * gets copied. One that needs more than quotes, or has no room, becomes NAME. */
void out_shell_word(const char *text, char *dst, size_t size);
/** Writes a string of JSON, quotes included. Bytes that are no UTF-8 become U+FFFD;
 * what some terminals obey is escaped. \return 0 or the buffer's error */
int out_json_string(struct buf *b, struct str s);
/** as out_json_string(), with "name": before it and a comma before that if it is not the first
 * member of an object */
int out_json_member(struct buf *b, const char *name, const char *value);
/** Prints the content and a line break. \return 0, or the buffer's error, which is told on
 * standard error */
int out_json_print(struct buf *b);

/* A table, whose columns are as wide as the widest cell */
struct out_table;

#define OUT_MAX_COLUMNS		8u

/** n headings of at most OUT_MAX_COLUMNS; they must outlive it. \return NULL: no memory */
struct out_table *out_table_new(const char * const *headings, uint32_t n);
void out_table_free(struct out_table *t);
/** The next cell, from left to right, row by row: a copy, made fit to be shown; "-" for an
 * empty or missing one. \return 0 or -ENOMEM (also kept until out_table_print()) */
int out_table_add(struct out_table *t, enum out_style style, const char *text);
/** columns: how wide a line may be before the last cell is continued below itself, then below its row,
 * and then the others below each other; 0: as wide as it likes. \return 0, or -ENOMEM when a cell was lost: then nothing is printed */
int out_table_print(const struct out_table *t, FILE *f, bool color, uint32_t columns);

#endif /* ONVIF_TOOL_OUT_H */
