// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A grid of characters. Each column takes the points of its share of time; the scale is
 * symmetric, so that zero is in the middle row.
 */

#include "hvctl/plot.h"

#include "base/duration.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

#define COLUMNS 60
#define ROWS    9
#define LABEL   12

struct column {
	double sum_ns, least_ns, most_ns;
	size_t n;
};

static void gather(const struct plot *plot, struct column columns[static COLUMNS])
{
	const struct plot_series *series = &plot->series[0];
	double width_s = (plot->to_s - plot->from_s) / COLUMNS;

	for (size_t i = 0; i < series->n; i++) {
		double at = (series->points[i].x_s - plot->from_s) / width_s,
		       y_ns = series->points[i].y_ns;
		struct column *column;

		if (at < 0 || at > COLUMNS)
			continue;
		column = &columns[HVG_MIN((size_t)at, (size_t)COLUMNS - 1)];
		column->least_ns = column->n == 0 ? y_ns : fmin(column->least_ns, y_ns);
		column->most_ns = column->n == 0 ? y_ns : fmax(column->most_ns, y_ns);
		column->sum_ns += y_ns;
		column->n++;
	}
}

/* Up to 1, 2 or 5 times a power of ten. */
static double round_up(double value)
{
	static const double nice[] = { 1, 2, 5, 10 };
	double power = pow(10, floor(log10(fmax(value, 1))));

	for (size_t i = 0; i < HVG_ELEMENTS(nice); i++)
		if (value <= nice[i] * power)
			return nice[i] * power;
	return 10 * power;
}

static double scale_of(const struct column columns[static COLUMNS])
{
	double most_ns = 1;

	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].n > 0)
			most_ns = fmax(most_ns,
				fmax(fabs(columns[i].least_ns), fabs(columns[i].most_ns)));
	return round_up(most_ns);
}

/* The highest row is 0. */
static int row_of(double y_ns, double scale_ns)
{
	return (int)lround((1 - y_ns / scale_ns) * (ROWS - 1) / 2);
}

static char mark(const struct column *column, double scale_ns, int row)
{
	if (column->n == 0)
		return row == ROWS / 2 ? '-' : ' ';
	if (row == row_of(column->sum_ns / (double)column->n, scale_ns))
		return '*';
	if (row >= row_of(column->most_ns, scale_ns) &&
		row <= row_of(column->least_ns, scale_ns))
		return '|';
	return row == ROWS / 2 ? '-' : ' ';
}

static void print_row(
	FILE *out, const struct column columns[static COLUMNS], double scale_ns, int row)
{
	char label[HVG_DURATION_SIZE] = "", line[COLUMNS + 1];

	if (row % (ROWS / 2) == 0)
		hvg_duration_render(scale_ns * (1 - 2.0 * row / (ROWS - 1)), label);
	for (size_t i = 0; i < COLUMNS; i++)
		line[i] = mark(&columns[i], scale_ns, row);
	line[COLUMNS] = '\0';
	fprintf(out, "%*s |%s\n", LABEL, label, line);
}

void plot_text(FILE *out, const struct plot *plot)
{
	struct column columns[COLUMNS] = { 0 };
	double scale_ns, minutes = (plot->to_s - plot->from_s) / 60;
	char label[HVG_DURATION_SIZE];

	if (plot->n_series == 0 || plot->series[0].n == 0)
		return;
	gather(plot, columns);
	scale_ns = scale_of(columns);
	for (int row = 0; row < ROWS; row++)
		print_row(out, columns, scale_ns, row);
	fprintf(out, "%*s +%.*s\n", LABEL, "", COLUMNS,
		"------------------------------------------------------------");
	(void)snprintf(label, sizeof(label), "-%.0f min", minutes);
	fprintf(out, "%*s  %-*s%s\n", LABEL, "", COLUMNS - 3, label, "now");
}
