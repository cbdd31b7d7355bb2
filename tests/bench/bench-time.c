// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-bench-time FOLDER: our timekeeper and phc2sys's servo through the worlds of tests/sim.
 * Prints a table, and writes FOLDER/time.json and a picture of each world,
 * FOLDER/time-WORLD.svg.
 */

#include "hvctl/plot.h"
#include "sim/phc2sys.h"
#include "sim/score.h"

#include "base/duration.h"

#include <err.h>
#include <jansson.h>
#include <stdlib.h>

#define SEED     1
#define N_POINTS 1200 /* more than a picture has columns */

static void print_heading(void)
{
	printf("%-12s %-11s %14s %14s %14s %14s %6s\n", "world", "steerer", "rms", "median",
		"p99", "worst", "steps");
}

static void print_score(const char *world, const char *steerer, const struct sim_score *score)
{
	char rms[HVG_DURATION_SIZE], median[HVG_DURATION_SIZE], p99[HVG_DURATION_SIZE],
		worst[HVG_DURATION_SIZE];

	hvg_duration_render(score->rms_ns, rms);
	hvg_duration_render(score->median_ns, median);
	hvg_duration_render(score->p99_ns, p99);
	hvg_duration_render(score->max_ns, worst);
	printf("%-12s %-11s %14s %14s %14s %14s %6u\n", world, steerer, rms, median, p99, worst,
		score->n_steps);
}

static json_t *json_of(const struct sim_score *score)
{
	return json_pack("{sf sf sf sf si}", "rms_ns", score->rms_ns, "median_ns",
		score->median_ns, "p99_ns", score->p99_ns, "max_ns", score->max_ns, "n_steps",
		(int)score->n_steps);
}

/* The worst of each stretch, so that nothing is hidden. */
static struct plot_series thin_out(
	const struct sim_score *score, const char *name, const char *colour)
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
				worst = (struct plot_point){ (double)i, score->offsets_ns[i] };
		if (!isnan(worst.y_ns))
			points[n++] = worst;
	}
	return (struct plot_series){ name, colour, points, n };
}

static void draw(
	const char *folder, const struct sim_trace *trace, const struct sim_score scores[2])
{
	struct plot_series series[2] = {
		thin_out(&scores[1], "phc2sys", "#d9722a"),
		thin_out(&scores[0], "hv-timed", "#2a7ad5"),
	};
	struct plot plot = {
		.title = trace->what,
		.to_s = trace->seconds,
		.is_log = true,
		.series = series,
		.n_series = 2,
	};
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/time-%s.svg", folder, trace->name);
	file = fopen(path, "we");
	if (!file)
		err(2, "%s", path);
	plot_svg(file, &plot);
	fclose(file);
	for (size_t i = 0; i < 2; i++)
		free((void *)(uintptr_t)series[i].points);
}

static json_t *compare(const char *folder, const struct sim_trace *trace)
{
	struct sim_score scores[2];
	json_t *row;

	sim_run(&sim_hvguest, trace, SEED, &scores[0]);
	sim_run(&sim_phc2sys, trace, SEED, &scores[1]);
	print_score(trace->name, "hv-timed", &scores[0]);
	print_score("", "phc2sys", &scores[1]);
	draw(folder, trace, scores);
	row = json_pack("{ss ss so so}", "world", trace->name, "what", trace->what, "hv-timed",
		json_of(&scores[0]), "phc2sys", json_of(&scores[1]));
	sim_score_done(&scores[0]);
	sim_score_done(&scores[1]);
	return row;
}

int main(int argc, char *argv[])
{
	json_t *rows = json_array();
	char path[4096];

	if (argc != 2)
		errx(2, "usage: hvg-bench-time FOLDER");
	printf("Offsets to the host's clock, simulated (seed %d), after a warm-up.\n\n", SEED);
	print_heading();
	for (size_t i = 0; i < sim_n_traces; i++)
		json_array_append_new(rows, compare(argv[1], &sim_traces[i]));
	snprintf(path, sizeof(path), "%s/time.json", argv[1]);
	if (json_dump_file(rows, path, JSON_INDENT(2)) < 0)
		errx(2, "%s cannot be written", path);
	json_decref(rows);
	printf("\nWhat the worlds are stands in tests/sim/traces.c; pictures: %s/time-*.svg\n",
		argv[1]);
	return 0;
}
