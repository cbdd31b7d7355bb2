// SPDX-License-Identifier: LGPL-2.1-or-later

/* A frame with ticks, and a line for each series. Plain SVG 1.1, readable on white and on
 * black. */

#include "hvctl/plot.h"

#include "base/duration.h"
#include "base/units.h"

#include <math.h>

#define WIDTH        860.0
#define HEIGHT       360.0
#define LEFT         90.0
#define RIGHT        20.0
#define TOP          40.0
#define BOTTOM       50.0
#define N_TICKS      5

/* Below this an offset is not drawn smaller on a logarithmic scale: the resolution of the
 * clock. */
#define LOG_FLOOR_NS 10.0

struct scale {
	const struct plot *plot;
	double low, high; /* of y: nanoseconds, or their logarithm */
};

static double level_of(const struct plot *plot, double y_ns)
{
	return plot->is_log ? log10(fmax(fabs(y_ns), LOG_FLOOR_NS)) : y_ns;
}

static struct scale scale_of(const struct plot *plot)
{
	struct scale scale = { .plot = plot, .low = INFINITY, .high = -INFINITY };

	for (size_t i = 0; i < plot->n_series; i++)
		for (size_t j = 0; j < plot->series[i].n; j++) {
			double level = level_of(plot, plot->series[i].points[j].y_ns);

			scale.low = fmin(scale.low, level);
			scale.high = fmax(scale.high, level);
		}
	if (plot->is_log) {
		scale.low = floor(scale.low);
		scale.high = ceil(scale.high);
	}
	if (!(scale.high - scale.low >= 1)) { /* nothing, or a flat line */
		scale.low = (isfinite(scale.low) ? scale.low : 0) - 1;
		scale.high = scale.low + 2;
	}
	return scale;
}

static double x_of(const struct plot *plot, double x_s)
{
	return LEFT +
		(x_s - plot->from_s) / (plot->to_s - plot->from_s) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct scale *scale, double level)
{
	return TOP +
		(scale->high - level) / (scale->high - scale->low) * (HEIGHT - TOP - BOTTOM);
}

/* Titles and names are ours, but a path may come with them. */
static void put_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		default:
			fputc(*text, out);
		}
}

static void label(FILE *out, double x, double y, const char *anchor, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	put_text(out, text);
	fputs("</text>\n", out);
}

static void rule(FILE *out, double x1, double y1, double x2, double y2)
{
	fprintf(out,
		"<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#888\" stroke-opacity=\"0.3\"/>\n",
		x1, y1, x2, y2);
}

static void put_y_axis(FILE *out, const struct scale *scale)
{
	int n = scale->plot->is_log ? (int)(scale->high - scale->low) : N_TICKS - 1;

	for (int i = 0; i <= n; i++) {
		double level = scale->low + (scale->high - scale->low) * i / n;
		double y = y_of(scale, level);
		char text[HVG_DURATION_SIZE];

		hvg_duration_render(scale->plot->is_log ? pow(10, level) : level, text);
		rule(out, LEFT, y, WIDTH - RIGHT, y);
		label(out, LEFT - 6, y + 4, "end", text);
	}
}

/* The largest unit of which the plot is more than two long. */
static const struct unit {
	double s;
	const char *name;
} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };

static const struct unit *unit_of(double range_s)
{
	size_t i = 0;

	while (i < HVG_ELEMENTS(units) - 1 && range_s <= 2 * units[i].s)
		i++;
	return &units[i];
}

static void put_x_axis(FILE *out, const struct plot *plot)
{
	const struct unit *unit = unit_of(plot->to_s - plot->from_s);

	for (int i = 0; i <= N_TICKS - 1; i++) {
		double x_s = plot->from_s + (plot->to_s - plot->from_s) * i / (N_TICKS - 1);
		double x = x_of(plot, x_s);
		const char *anchor = i == N_TICKS - 1 ? "end" : "middle";
		char text[32];

		(void)snprintf(text, sizeof(text), "%g %s",
			(x_s - (plot->from_s == 0 ? 0 : plot->to_s)) / unit->s, unit->name);
		rule(out, x, TOP, x, HEIGHT - BOTTOM);
		label(out, x, HEIGHT - BOTTOM + 18, anchor, text);
	}
}

static void put_series(FILE *out, const struct scale *scale, size_t i)
{
	const struct plot_series *series = &scale->plot->series[i];

	fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.2\" points=\"",
		series->colour);
	for (size_t j = 0; j < series->n; j++)
		fprintf(out, "%.1f,%.1f ", x_of(scale->plot, series->points[j].x_s),
			y_of(scale, level_of(scale->plot, series->points[j].y_ns)));
	fputs("\"/>\n", out);
	fprintf(out, "<g fill=\"%s\">", series->colour);
	label(out, WIDTH - RIGHT - 110.0 * (double)(scale->plot->n_series - 1 - i), 22, "end",
		series->name);
	fputs("</g>\n", out);
}

void plot_svg(FILE *out, const struct plot *plot)
{
	struct scale scale = scale_of(plot);

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#888\">\n",
		WIDTH, HEIGHT);
	label(out, LEFT, 22, "start", plot->title);
	put_y_axis(out, &scale);
	put_x_axis(out, plot);
	for (size_t i = 0; i < plot->n_series; i++)
		put_series(out, &scale, i);
	fputs("</svg>\n", out);
}
