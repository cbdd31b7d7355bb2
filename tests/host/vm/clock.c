// SPDX-License-Identifier: LGPL-2.1-or-later

/* The clocks of host and guest, from CLOCK_REALTIME and the time stamp counter. */

#include "host/vm/clock.h"

#include <x86intrin.h>

#define UNIX_EPOCH 11644473600u /* in seconds since 1601 */

uint64_t clock_host(const struct clock *clock)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return ((uint64_t)now.tv_sec + UNIX_EPOCH) * CLOCK_TICKS + (uint64_t)now.tv_nsec / 100 +
		(uint64_t)clock->shift;
}

time_t clock_host_unix(const struct clock *clock)
{
	return (time_t)(clock_host(clock) / CLOCK_TICKS - UNIX_EPOCH);
}

uint64_t clock_guest_tsc(const struct clock *clock)
{
	return clock->stands ? clock->stood_at : __rdtsc() + (uint64_t)clock->tsc_offset;
}

uint64_t clock_scale(uint32_t tsc_khz)
{
	return (uint64_t)(((unsigned __int128)CLOCK_TICKS << 64) / ((uint64_t)tsc_khz * 1000));
}

uint64_t clock_reference(const struct clock *clock)
{
	unsigned __int128 tsc = clock_guest_tsc(clock);

	return (uint64_t)(tsc * clock_scale(clock->tsc_khz) >> 64);
}

void clock_stop(struct clock *clock)
{
	clock->stood_at = clock_guest_tsc(clock);
	clock->stands = true;
}

void clock_go(struct clock *clock)
{
	clock->tsc_offset = (int64_t)(clock->stood_at - __rdtsc());
	clock->stands = false;
}
