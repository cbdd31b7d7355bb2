/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_CMOS_H
#define HVG_TESTS_HOST_VM_CMOS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CMOS_REGISTERS 0x33

/* The MC146818 clock: BCD, 24 hours, UTC, never in the middle of an update. Zeroes: it shows
 * the host's time. */
struct cmos {
	int64_t ahead_s; /* of the host's clock, because the guest has set it so */
	bool is_held;    /* the guest is setting it: what it shows stands still */
	uint8_t held[CMOS_REGISTERS];
};

uint8_t cmos_read(const struct cmos *cmos, uint8_t reg, time_t host_now);
void cmos_write(struct cmos *cmos, uint8_t reg, uint8_t value, time_t host_now);

#endif
