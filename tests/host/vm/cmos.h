/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_CMOS_H
#define HVG_TESTS_HOST_VM_CMOS_H

#include <stdint.h>
#include <time.h>

/* A byte of the MC146818 clock: BCD, 24 hours, UTC, never in the middle of an update. */
uint8_t cmos_read(uint8_t reg, time_t now);

#endif
