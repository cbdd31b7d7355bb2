// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One look for every table and tree: libsmartcols, as lsblk has it. On a terminal the last
 * column is broken between words, so that a sentence can stand in it at 80 columns too; what is
 * not a terminal gets whole lines.
 */

#include "base/cleanup.h"
#include "hvctl/hvctl.h"

#include <libsmartcols/libsmartcols.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define LAST_WIDTH_MIN 12 /* with less, the table is wider than the terminal */
#define BRANCH_WIDTH   2  /* of each level of a tree */

struct hvctl_table {
	struct libscols_table *columns;
	size_t n_columns;
	bool is_tree, has_colors;
};

bool hvctl_wants_colors(void)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return hvctl_terminal_width() > 0 && !(no_color && *no_color) &&
		!(terminal && strcmp(terminal, "dumb") == 0);
}

static void add_column(struct hvctl_table *table, const char *heading)
{
	bool is_branch = table->is_tree && table->n_columns == 0;

	(void)scols_table_new_column(table->columns, heading, 0, is_branch ? SCOLS_FL_TREE : 0);
	table->n_columns++;
}

static struct hvctl_table *make(const char *const headings[], bool is_tree)
{
	struct hvctl_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->columns = scols_new_table();
	if (!table->columns) {
		free(table);
		return NULL;
	}
	table->is_tree = is_tree;
	table->has_colors = hvctl_wants_colors();
	for (size_t i = 0; headings[i]; i++)
		add_column(table, headings[i]);
	(void)scols_table_enable_colors(table->columns, table->has_colors);
	return table;
}

struct hvctl_table *hvctl_table_new(struct hvctl *hvctl, const char *const headings[])
{
	return make(headings, false);
}

struct hvctl_table *hvctl_tree_new(struct hvctl *hvctl, const char *const headings[])
{
	return make(headings, true);
}

void hvctl_table_align_right(struct hvctl_table *table, size_t column)
{
	struct libscols_column *found = scols_table_get_column(table->columns, column);

	if (found)
		(void)scols_column_set_flags(
			found, scols_column_get_flags(found) | SCOLS_FL_RIGHT);
}

hvctl_row *hvctl_table_add_below(
	struct hvctl_table *table, hvctl_row *parent, const char *const cells[])
{
	struct libscols_line *line = scols_table_new_line(table->columns, parent);

	for (size_t i = 0; line && i < table->n_columns; i++)
		(void)scols_line_set_data(line, i, cells[i]);
	return line;
}

void hvctl_table_add(struct hvctl_table *table, const char *const cells[])
{
	(void)hvctl_table_add_below(table, NULL, cells);
}

void hvctl_row_paint(hvctl_row *row, size_t column, const char *color)
{
	struct libscols_cell *cell = row ? scols_line_get_cell(row, column) : NULL;

	if (cell && color)
		(void)scols_cell_set_color(cell, color);
}

size_t hvctl_width(const char *text)
{
	wchar_t wide[512];
	size_t n = mbstowcs(wide, text, sizeof(wide) / sizeof(wide[0]));
	int width = n != (size_t)-1 ? wcswidth(wide, n) : -1;

	if (width >= 0)
		return (size_t)width;
	width = 0;
	for (; *text; text++) /* in a locale that has no such characters: those of UTF-8 */
		width += (*text & 0xc0) != 0x80;
	return (size_t)width;
}

static size_t width_of_branches(struct libscols_line *line)
{
	size_t width = 0;

	while ((line = scols_line_get_parent(line)))
		width += BRANCH_WIDTH;
	return width;
}

static size_t width_of_column(struct hvctl_table *table, size_t column)
{
	struct libscols_column *found = scols_table_get_column(table->columns, column);
	size_t widest = hvctl_width(scols_cell_get_data(scols_column_get_header(found)));

	for (size_t i = 0; i < scols_table_get_nlines(table->columns); i++) {
		struct libscols_line *line = scols_table_get_line(table->columns, i);
		const char *text = scols_cell_get_data(scols_line_get_cell(line, column));
		size_t width = (text ? hvctl_width(text) : 0) +
			(column == 0 ? width_of_branches(line) : 0);

		widest = width > widest ? width : widest;
	}
	return widest;
}

/* What is left of the terminal for the last column; 0 if it is nothing to wrap to. */
static size_t width_of_rest(struct hvctl_table *table)
{
	size_t terminal = hvctl_terminal_width(), used = 0;

	for (size_t i = 0; i + 1 < table->n_columns; i++)
		used += width_of_column(table, i) + 1;
	return terminal >= used + LAST_WIDTH_MIN ? terminal - used : 0;
}

char *hvctl_wrap(const char *text, size_t width)
{
	char *wrapped = strdup(text), *line = wrapped, *end, sign;

	for (char *word = wrapped; wrapped && *word; word = end + (sign != '\0')) {
		end = word + strcspn(word, " \n");
		sign = *end;
		*end = '\0';
		if (word > line && hvctl_width(line) > width) {
			word[-1] = '\n';
			line = word;
		}
		*end = sign;
		if (sign == '\n')
			line = end + 1;
	}
	return wrapped;
}

/* Only breaks of ours are to begin a line, or a value could forge one. */
static char *without_breaks(const char *text)
{
	size_t n = strlen(text);
	char *ret = malloc(2 * n + 1), *to = ret;

	for (; ret && *text; text++)
		to = *text == '\n' ? stpcpy(to, "\\n") : (*to = *text, to + 1);
	if (ret)
		*to = '\0';
	return ret;
}

static void wrap_last_column(struct hvctl_table *table)
{
	size_t width = width_of_rest(table), last = table->n_columns - 1;
	struct libscols_column *column = scols_table_get_column(table->columns, last);

	(void)scols_column_set_flags(column, scols_column_get_flags(column) | SCOLS_FL_WRAP);
	(void)scols_column_set_wrapfunc(
		column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
	(void)scols_column_set_safechars(column, "\n");
	for (size_t i = 0; i < scols_table_get_nlines(table->columns); i++) {
		struct libscols_line *line = scols_table_get_line(table->columns, i);
		const char *cell = scols_cell_get_data(scols_line_get_cell(line, last));
		_cleanup_free_ char *text = cell ? without_breaks(cell) : NULL;
		char *wrapped = text ? hvctl_wrap(text, width > 0 ? width : SIZE_MAX) : NULL;

		if (wrapped)
			(void)scols_line_refer_data(line, last, wrapped);
	}
}

int hvctl_table_print(struct hvctl_table *table)
{
	int r;

	if (hvctl_terminal_width() > 0) {
		(void)scols_table_set_termforce(table->columns, SCOLS_TERMFORCE_ALWAYS);
		(void)scols_table_set_termwidth(table->columns, hvctl_terminal_width());
		wrap_last_column(table);
	} else {
		(void)scols_table_set_termforce(table->columns, SCOLS_TERMFORCE_NEVER);
	}
	r = scols_print_table(table->columns);
	scols_unref_table(table->columns);
	free(table);
	return r < 0 ? HVCTL_WRONG : HVCTL_OK;
}
