/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_TIMESYNC_H
#define HVG_TESTS_HOST_VM_TIMESYNC_H

#include "host/vm/ic.h"

#define TIMESYNC_SYNC   1u
#define TIMESYNC_SAMPLE 2u

/* Tells the guest a time of the host, in CLOCK_TICKS since 1601. */
void timesync_ask(struct ic *ic, uint64_t id, const struct clock *clock, uint32_t flags,
	uint64_t host_time);

#endif
