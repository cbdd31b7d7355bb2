/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_CLOCK_H
#define HVG_TESTS_HOST_VM_CLOCK_H

/*
 * Two clocks in units of 100 ns, as Hyper-V has them. The host's: UTC since 1601, and whatever
 * the scenario has shifted it by. The reference time of the guest: since its start, without its
 * pauses; it is the guest's time stamp counter in other units.
 */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_TICKS 10000000u /* in a second */

struct clock {
	int64_t shift; /* of the host's clock */
	uint32_t tsc_khz;
	int64_t tsc_offset; /* the guest's counter is ours plus this */
	bool stands;
	uint64_t stood_at; /* the guest's counter then */
};

uint64_t clock_host(const struct clock *clock);
time_t clock_host_unix(const struct clock *clock);

uint64_t clock_guest_tsc(const struct clock *clock);
uint64_t clock_reference(const struct clock *clock);

/* Reference time = counter * scale >> 64. */
uint64_t clock_scale(uint32_t tsc_khz);

void clock_stop(struct clock *clock);
void clock_go(struct clock *clock);

#endif
