// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One look for everything: tables by libsmartcols, JSON by jansson, complaints on stderr.
 */

#include "hvctl/hvctl.h"

#include "base/utf16.h"

#include <libsmartcols/libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct hvctl_table {
	struct libscols_table *columns;
	size_t n_columns;
};

void hvctl_complain(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "hvctl: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
}

int hvctl_print_json(json_t *value, bool one_line)
{
	size_t flags = one_line ? JSON_COMPACT : JSON_INDENT(2);
	int r;

	if (isatty(STDOUT_FILENO)) /* which obeys more than JSON has to escape */
		flags |= JSON_ENSURE_ASCII;
	r = value ? json_dumpf(value, stdout, flags) : -1;

	json_decref(value);
	printf("\n");
	fflush(stdout);
	return r < 0 ? HVCTL_WRONG : HVCTL_OK;
}

char *hvctl_repair(const char *text)
{
	size_t size = 3 * strlen(text) + 1; /* U+FFFD is three bytes for one */
	char *repaired = malloc(size);

	if (repaired)
		(void)hvg_utf8_fit(text, HVG_UTF8_TO_NUL, SIZE_MAX, repaired, size);
	return repaired;
}

json_t *hvctl_json_text(const char *text)
{
	char *repaired = hvctl_repair(text);
	json_t *value = repaired ? json_string(repaired) : NULL;

	free(repaired);
	return value;
}

struct hvctl_table *hvctl_table_new(struct hvctl *hvctl, const char *const headings[])
{
	struct hvctl_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->columns = scols_new_table();
	if (!table->columns) {
		free(table);
		return NULL;
	}
	for (; headings[table->n_columns]; table->n_columns++)
		(void)scols_table_new_column(table->columns, headings[table->n_columns], 0,
			headings[table->n_columns + 1] ? 0 : SCOLS_FL_WRAP);
	(void)scols_table_enable_colors(table->columns, isatty(STDOUT_FILENO));
	if (!isatty(STDOUT_FILENO))
		(void)scols_table_set_termforce(table->columns, SCOLS_TERMFORCE_NEVER);
	return table;
}

void hvctl_table_add(struct hvctl_table *table, const char *const cells[])
{
	struct libscols_line *line = scols_table_new_line(table->columns, NULL);

	for (size_t i = 0; line && i < table->n_columns; i++)
		(void)scols_line_set_data(line, i, cells[i]);
}

int hvctl_table_print(struct hvctl_table *table)
{
	int r = scols_print_table(table->columns);

	scols_unref_table(table->columns);
	free(table);
	return r < 0 ? HVCTL_WRONG : HVCTL_OK;
}
