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
#define INDENT		4u	/* of what stands below its row */

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

/* from the column where the cursor is, and below it */
static void print_broken(FILE *f, bool color, const struct cell *cell, uint32_t indent, uint32_t columns)
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

/* ---- as wide as it takes ---- */

/* \return the columns that they take */
static uint32_t print_cells(FILE *f, bool color, const struct cell *cells, uint32_t n,
		const uint32_t widths[OUT_MAX_COLUMNS])
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (i > 0)
			print_gap(f, widths[i - 1] - cells[i - 1].width + GAP);
		out_styled(f, color, cells[i].style, cells[i].text);
		at += widths[i] + GAP;
	}
	return at;
}

static void print_row(const struct out_table *t, FILE *f, bool color, const struct cell *cells,
		const uint32_t widths[OUT_MAX_COLUMNS], uint32_t columns)
{
	uint32_t n = t->n_columns - 1, indent = print_cells(f, color, cells, n, widths);

	if (n > 0)
		print_gap(f, widths[n - 1] - cells[n - 1].width + GAP);
	print_broken(f, color, &cells[n], indent, columns);
	fputc('\n', f);
}

/* ---- no room for the last column beside the others ---- */

static bool is_empty(const struct cell *cell)
{
	return strcmp(cell->text, "-") == 0;
}

static void print_below(FILE *f, bool color, const struct cell *cell, uint32_t columns)
{
	fputc('\n', f);
	if (is_empty(cell))
		return;
	print_gap(f, INDENT);
	print_broken(f, color, cell, INDENT, columns);
	fputc('\n', f);
}

/* ---- no room for the others either ---- */

static void print_stacked(const struct out_table *t, FILE *f, bool color, const struct cell *cells,
		uint32_t columns)
{
	uint32_t at = 0;

	out_styled(f, color, cells[0].style, cells[0].text);
	for (uint32_t i = 1; i + 1 < t->n_columns; i++) {
		if (is_empty(&cells[i]))
			continue;
		if (at == 0 || at + GAP + cells[i].width > columns) {
			fputc('\n', f);
			print_gap(f, at = INDENT);
		} else {
			print_gap(f, GAP);
			at += GAP;
		}
		out_styled(f, color, cells[i].style, cells[i].text);
		at += cells[i].width;
	}
	print_below(f, color, &cells[t->n_columns - 1], columns);
}

/* ---- the whole ---- */

static void print_headings(const struct out_table *t, FILE *f, bool color, uint32_t n,
		const uint32_t widths[OUT_MAX_COLUMNS])
{
	for (uint32_t i = 0; i < n; i++) {
		out_styled(f, color, OUT_BOLD, t->headings[i]);
		if (i + 1 < n)
			print_gap(f, widths[i] - out_width(str_from(t->headings[i])) + GAP);
	}
	fputc('\n', f);
}

int out_table_print(const struct out_table *t, FILE *f, bool color, uint32_t columns)
{
	uint32_t widths[OUT_MAX_COLUMNS], n = t->n_columns, others = 0;
	bool below, stacked;

	if (t->error < 0)
		return t->error;
	measure(t, widths);
	for (uint32_t i = 0; i + 1 < n; i++)
		others += widths[i] + GAP;
	below = columns > 0 && n > 1 && columns < others + MIN_LAST;
	stacked = below && columns + GAP < others;
	if (!stacked)
		print_headings(t, f, color, below ? n - 1 : n, widths);
	for (uint32_t i = 0; i + n <= t->n_cells; i += n) {
		const struct cell *cells = &t->cells[i];

		if (stacked) {
			print_stacked(t, f, color, cells, columns);
		} else if (below) {
			print_cells(f, color, cells, n - 1, widths);
			print_below(f, color, &cells[n - 1], columns);
		} else {
			print_row(t, f, color, cells, widths, columns);
		}
	}
	return 0;
}
