/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SIM_SCORE_H
#define HVG_TESTS_SIM_SCORE_H

/* One run of a steerer through a trace, and what came of it. Offsets are true ones, each
 * second. */

#include "sim/steerer.h"

struct sim_score {
	double rms_ns, median_ns, p99_ns, max_ns; /* of the absolute offset after the warm-up */
	unsigned int n_steps;
	double *offsets_ns; /* from the beginning; NAN for seconds that the guest did not live
			       in */
	size_t n;
};

void sim_run(const struct sim_steerer *steerer, const struct sim_trace *trace, uint64_t seed,
	struct sim_score *ret);

/* The figures, of what offsets there are from that one on. */
void sim_score_judge(struct sim_score *score, size_t begin);
void sim_score_done(struct sim_score *score);

#endif
