/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SIM_NOISE_H
#define HVG_TESTS_SIM_NOISE_H

/* Random numbers of several shapes from one seed: the same seed, the same world. */

#include <math.h>
#include <stdint.h>

struct noise {
	uint64_t state;
};

static inline struct noise noise_from(uint64_t seed)
{
	return (struct noise){ .state = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1) };
}

/* xorshift64* (Vigna, 2016); 0 <= x < 1 */
static inline double noise_uniform(struct noise *noise)
{
	noise->state ^= noise->state >> 12;
	noise->state ^= noise->state << 25;
	noise->state ^= noise->state >> 27;
	return (double)((noise->state * UINT64_C(0x2545f4914f6cdd1d)) >> 11) /
		9007199254740992.0;
}

/* Box and Muller (1958); mean 0, variance 1 */
static inline double noise_normal(struct noise *noise)
{
	double radius = sqrt(-2 * log(1 - noise_uniform(noise)));

	return radius * cos(2 * M_PI * noise_uniform(noise));
}

/* Mean 1 */
static inline double noise_exponential(struct noise *noise)
{
	return -log(1 - noise_uniform(noise));
}

#endif
