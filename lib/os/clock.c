// SPDX-License-Identifier: LGPL-2.1-or-later

/* One clock, in one unit. */

#include "os/clock.h"

#include "base/units.h"

#include <time.h>

uint64_t hvg_clock_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}
