/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SIM_STEERER_H
#define HVG_TESTS_SIM_STEERER_H

/* Who steers the guest's clock in a simulated world. */

#include "sim/world.h"

struct sim_steerer {
	const char *name;
	size_t size; /* of its state: zeroes, then init */
	void (*init)(void *state, struct sim_world *world);

	/* Does what is due; how long to sleep then, in ns of CLOCK_MONOTONIC. */
	double (*act)(void *state, struct sim_world *world);
	unsigned int (*n_steps)(const void *state); /* how often it has set the clock */
};

extern const struct sim_steerer sim_hvguest; /* lib/service/timekeeper */

#endif
