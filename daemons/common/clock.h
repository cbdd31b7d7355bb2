/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_CLOCK_H
#define HVG_DAEMONS_CLOCK_H

/* A clock in microseconds. */

#include "base/units.h"

#include <time.h>

static inline uint64_t hvg_clock_us(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

#endif
