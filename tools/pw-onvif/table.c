/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spa/utils/defs.h>

#include "module/util/limits.h"
#include "module/util/text.h"
#include "tools/pw-onvif/out.h"

#define GAP		2u	/* between columns */
#define MIN_LAST	24u	/* the last column is not broken into less than this */

struct cell {
	char *text;
	uint32_t width;
	enum out_style style;
};

struct out_table {
	const char * const *headings;
	uint32_t n_columns;
	struct cell *cells;
	uint32_t n_cells, alloc;
	int error;
};

struct out_table *out_table_new(const char * const *headings, uint32_t n)
{
	struct out_table *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->headings = headings;
	t->n_columns = SPA_MIN(n, OUT_MAX_COLUMNS);
	return t;
}

void out_table_free(struct out_table *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 0; i < t->n_cells; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}

static int grow(struct out_table *t)
{
	uint32_t alloc = t->alloc ? t->alloc * 2 : 64;
	struct cell *cells;

	if (t->n_cells < t->alloc)
		return 0;
	if ((cells = realloc(t->cells, alloc * sizeof(*cells))) == NULL)
		return -ENOMEM;
	t->cells = cells;
	t->alloc = alloc;
	return 0;
}

int out_table_add(struct out_table *t, enum out_style style, const char *text)
{
	char clean[2 * LIMIT_ERROR_LEN];
	struct cell cell = { .style = style };

	if (text_sanitize(str_from(text), clean, sizeof(clean)) == 0)
		strcpy(clean, "-");
	cell.width = out_width(str_from(clean));
	if (t->error < 0 || (t->error = grow(t)) < 0)
		return t->error;
	if ((cell.text = strdup(clean)) == NULL)
		return t->error = -ENOMEM;
	t->cells[t->n_cells++] = cell;
	return 0;
}

static void measure(const struct out_table *t, uint32_t widths[OUT_MAX_COLUMNS])
{
	for (uint32_t i = 0; i < t->n_columns; i++)
		widths[i] = out_width(str_from(t->headings[i]));
	for (uint32_t i = 0; i < t->n_cells; i++)
		widths[i % t->n_columns] = SPA_MAX(widths[i % t->n_columns], t->cells[i].width);
}

static void print_gap(FILE *f, uint32_t n)
{
	fprintf(f, "%*s", (int)n, "");
}

/* the words that fit, at least one */
static struct str take_line(struct str *rest, uint32_t columns)
{
	struct str at = *rest, line = str_make(rest->p, 0), word;

	while (str_token(&at, " ", &word) == 0) {
		struct str longer = str_make(rest->p, (size_t)(word.p + word.len - rest->p));

		if (line.len > 0 && out_width(longer) > columns)
			break;
		line = longer;
	}
	*rest = str_trim(str_make(line.p + line.len, rest->len - line.len));
	return line;
}

static void print_last(FILE *f, bool color, const struct cell *cell, uint32_t indent, uint32_t columns)
{
	struct str rest = str_from(cell->text), line;
	char text[2 * LIMIT_ERROR_LEN];

	if (columns < indent + MIN_LAST) {
		out_styled(f, color, cell->style, cell->text);
		return;
	}
	for (bool first = true; rest.len > 0; first = false) {
		line = take_line(&rest, columns - indent);
		if (!first) {
			fputc('\n', f);
			print_gap(f, indent);
		}
		if (str_copy(line, text, sizeof(text)) == 0)
			out_styled(f, color, cell->style, text);
	}
}

static void print_row(const struct out_table *t, FILE *f, bool color, const struct cell *cells,
		const uint32_t widths[OUT_MAX_COLUMNS], uint32_t columns)
{
	uint32_t indent = 0;

	for (uint32_t i = 0; i + 1 < t->n_columns; i++) {
		out_styled(f, color, cells[i].style, cells[i].text);
		print_gap(f, widths[i] - cells[i].width + GAP);
		indent += widths[i] + GAP;
	}
	print_last(f, color, &cells[t->n_columns - 1], indent, columns);
	fputc('\n', f);
}

int out_table_print(const struct out_table *t, FILE *f, bool color, uint32_t columns)
{
	uint32_t widths[OUT_MAX_COLUMNS];

	if (t->error < 0)
		return t->error;
	measure(t, widths);
	for (uint32_t i = 0; i < t->n_columns; i++) {
		out_styled(f, color, OUT_BOLD, t->headings[i]);
		if (i + 1 < t->n_columns)
			print_gap(f, widths[i] - out_width(str_from(t->headings[i])) + GAP);
	}
	fputc('\n', f);
	for (uint32_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns)
		print_row(t, f, color, &t->cells[i], widths, columns);
	return 0;
}
