// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-bench-time FOLDER: our timekeeper and phc2sys's servo through the worlds of tests/sim.
 * Prints a table, and writes FOLDER/time.json and a picture of each world,
 * FOLDER/time-WORLD.svg.
 */

#include "sim/phc2sys.h"
#include "time-report.h"

#include <err.h>

#define SEED 1

static void print(const char *world, const char *steerer, const struct sim_score *score)
{
	time_print_score(world, steerer, score);
	printf(" %6u\n", score->n_steps);
}

static json_t *json_of(const struct sim_score *score)
{
	json_t *row = time_json_of(score);

	json_object_set_new(row, "n_steps", json_integer(score->n_steps));
	return row;
}

static json_t *compare(const char *folder, const struct sim_trace *trace)
{
	struct sim_score scores[2];
	struct time_picture picture = { trace->what, { "hv-timed", "phc2sys" }, scores, 1 };
	json_t *row;

	sim_run(&sim_hvguest, trace, SEED, &scores[0]);
	sim_run(&sim_phc2sys, trace, SEED, &scores[1]);
	print(trace->name, "hv-timed", &scores[0]);
	print("", "phc2sys", &scores[1]);
	time_draw(folder, trace->name, &picture);
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
	time_print_heading("world");
	printf(" %6s\n", "steps");
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
