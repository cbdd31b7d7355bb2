/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_BENCH_TIME_REPORT_H
#define HVG_TESTS_BENCH_TIME_REPORT_H

/*
 * How two steerers did with the same clock: a table, JSON, pictures. Where the offsets come
 * from is the benchmark's business.
 */

#include "sim/score.h"

#include <jansson.h>

void time_print_heading(const char *what);

/* A line that is not ended: there may be more columns. */
void time_print_score(const char *what, const char *steerer, const struct sim_score *score);

json_t *time_json_of(const struct sim_score *score);

struct time_picture {
	const char *title;
	const char *names[2];           /* ours, theirs */
	const struct sim_score *scores; /* two */
	double period_s;                /* between two offsets */
};

/* FOLDER/time-NAME.svg */
void time_draw(const char *folder, const char *name, const struct time_picture *picture);

#endif
