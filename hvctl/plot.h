/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_PLOT_H
#define HVG_HVCTL_PLOT_H

/* Offsets over time, as text for a terminal and as SVG. Nothing here knows where they come
 * from. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct plot_point {
	double x_s;  /* seconds from wherever the plot begins */
	double y_ns; /* positive = our clock is ahead */
};

struct plot_series {
	const char *name, *colour;       /* SVG's */
	const struct plot_point *points; /* in the order of x */
	size_t n;
};

struct plot {
	const char *title;
	double from_s,
		to_s; /* the range of x; labels are seconds, minutes or hours before to_s */
	bool is_log;  /* the size of the offset, on a logarithmic scale */
	const struct plot_series *series;
	size_t n_series;
};

/*
 * One series in columns: '*' is the middle of what fell into a column, '|' the rest of its
 * range. Nothing is printed if there are no points.
 */
void plot_text(FILE *out, const struct plot *plot);

void plot_svg(FILE *out, const struct plot *plot);

#endif
