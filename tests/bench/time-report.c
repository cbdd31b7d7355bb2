// SPDX-License-Identifier: LGPL-2.1-or-later

#include "time-report.h"

#include "base/duration.h"
#include "hvctl/plot.h"

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define N_POINTS 1200 /* more than a picture has columns */

void time_print_heading(const char *what)
{
	printf("%-12s %-11s %14s %14s %14s %14s", what, "steerer", "rms", "median", "p99",
		"worst");
}

void time_print_score(const char *what, const char *steerer, const struct sim_score *score)
{
	char rms[HVG_DURATION_SIZE], median[HVG_DURATION_SIZE], p99[HVG_DURATION_SIZE],
		worst[HVG_DURATION_SIZE];

	hvg_duration_render(score->rms_ns, rms);
	hvg_duration_render(score->median_ns, median);
	hvg_duration_render(score->p99_ns, p99);
	hvg_duration_render(score->max_ns, worst);
	printf("%-12s %-11s %14s %14s %14s %14s", what, steerer, rms, median, p99, worst);
}

json_t *time_json_of(const struct sim_score *score)
{
	return json_pack("{sf sf sf sf}", "rms_ns", score->rms_ns, "median_ns",
		score->median_ns, "p99_ns", score->p99_ns, "max_ns", score->max_ns);
}

/* The worst of each stretch, so that nothing is hidden. */
static struct plot_series thin_out(
	const struct sim_score *score, double period_s, const char *name, const char *colour)
{
	size_t stretch = (score->n + N_POINTS - 1) / N_POINTS;
	struct plot_point *points = calloc(N_POINTS, sizeof(*points));
	size_t n = 0;

	if (!points)
		err(2, "%s", name);
	for (size_t begin = 0; begin < score->n; begin += stretch) {
		struct plot_point worst = { .y_ns = NAN };

		for (size_t i = begin; i < begin + stretch && i < score->n; i++)
			if (!(fabs(score->offsets_ns[i]) <= fabs(worst.y_ns)) &&
				!isnan(score->offsets_ns[i]))
				worst = (struct plot_point){ (double)i * period_s,
					score->offsets_ns[i] };
		if (!isnan(worst.y_ns))
			points[n++] = worst;
	}
	return (struct plot_series){ name, colour, points, n };
}

void time_draw(const char *folder, const char *name, const struct time_picture *picture)
{
	const struct sim_score *scores = picture->scores;
	struct plot_series series[2] = {
		thin_out(&scores[1], picture->period_s, picture->names[1], "#d9722a"),
		thin_out(&scores[0], picture->period_s, picture->names[0], "#2a7ad5"),
	};
	struct plot plot = {
		.title = picture->title,
		.to_s = (double)(scores[0].n > scores[1].n ? scores[0].n : scores[1].n) *
			picture->period_s,
		.is_log = true,
		.series = series,
		.n_series = 2,
	};
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/time-%s.svg", folder, name);
	file = fopen(path, "we");
	if (!file)
		err(2, "%s", path);
	plot_svg(file, &plot);
	(void)fclose(file);
	for (size_t i = 0; i < 2; i++)
		free((void *)(uintptr_t)series[i].points);
}
