/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_CLOCK_H
#define HVG_OS_CLOCK_H

/* The clock that deadlines are of. */

#include <stdint.h>

/* CLOCK_MONOTONIC, in microseconds. */
uint64_t hvg_clock_now_us(void);

#endif
