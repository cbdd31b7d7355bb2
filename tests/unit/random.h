/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_RANDOM_H
#define HVG_TESTS_UNIT_RANDOM_H

/* Numbers for random walks: the same seed gives the same walk, so that a failure repeats. */

#include <stdint.h>
#include <stdlib.h>

struct hvg_random {
	uint64_t state;
};

/* xorshift64* (Vigna, 2016) */
static inline uint64_t hvg_random_next(struct hvg_random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline struct hvg_random hvg_random_from(unsigned int seed)
{
	return (struct hvg_random){ .state = UINT64_C(0x9e3779b97f4a7c15) * (seed + UINT64_C(1)) };
}

static inline unsigned int hvg_random_below(struct hvg_random *random, unsigned int limit)
{
	return (unsigned int)((hvg_random_next(random) >> 32) % limit);
}

/* Steps of a random walk: small in CI, large with ./dev test --full. */
static inline unsigned int hvg_random_steps(unsigned int steps)
{
	return getenv("HVG_FULL") ? steps * 50 : steps;
}

#endif
