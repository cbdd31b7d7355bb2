/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SCENARIOS_GROWTH_H
#define HVG_TESTS_SCENARIOS_GROWTH_H

/* Whether a daemon grows while it is asked for something again and again. */

#include "scenario.h"

struct growth_test {
	const char *program; /* as ps knows it; it runs */
	void (*ask)(struct machine *m, unsigned int round);
	unsigned int n_requests;	     /* of the host, in one round */
	unsigned int n_rounds, n_rounds_full; /* how often; with HVG_FULL */
};

/* Ends the scenario if the program has more memory or descriptors at the end than soon after the beginning. */
void play_growth(struct machine *m, const struct growth_test *test);

#endif
