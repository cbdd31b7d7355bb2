/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_UNITS_H
#define HVG_BASE_UNITS_H

/* Time is uint64_t microseconds of CLOCK_MONOTONIC unless a name says otherwise. */

#include <stddef.h>
#include <stdint.h>

#define HVG_USEC_PER_MSEC UINT64_C(1000)
#define HVG_USEC_PER_SEC  UINT64_C(1000000)
#define HVG_NSEC_PER_USEC UINT64_C(1000)

/* "Never", as a deadline. Look at the state before comparing it by arithmetic. */
#define HVG_NEVER UINT64_MAX

#define HVG_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Each argument is evaluated once. */
#define HVG_MIN(a, b)                                           \
	({                                                      \
		__typeof__(a) min_a_ = (a);                     \
		__typeof__(b) min_b_ = (b);                     \
		min_a_ < min_b_ ? min_a_ : min_b_;              \
	})
#define HVG_MAX(a, b)                                           \
	({                                                      \
		__typeof__(a) max_a_ = (a);                     \
		__typeof__(b) max_b_ = (b);                     \
		max_a_ > max_b_ ? max_a_ : max_b_;              \
	})

#endif
