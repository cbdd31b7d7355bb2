/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_TIMEHISTORY_H
#define HVG_SERVICE_TIMEHISTORY_H

/* The samples of the last hour, or since the clock was set, for the administrator to look at. */

#include <stddef.h>
#include <stdint.h>

#define HVG_TIMEHISTORY_US  (UINT64_C(3600) * 1000000)

/* One each 5 s, and some to spare for hosts that speak more often; older ones make room. */
#define HVG_TIMEHISTORY_MAX 900

struct hvg_timehistory_entry {
	uint64_t at_us;    /* CLOCK_MONOTONIC */
	int64_t host_us;   /* the host's time, since 1970 */
	int64_t offset_ns; /* positive = our clock was ahead */
};

struct hvg_timehistory {
	struct hvg_timehistory_entry entries[HVG_TIMEHISTORY_MAX];
	size_t first, n;
};

/* Of the offsets in the history, in nanoseconds; zeroes if there are none. */
struct hvg_timehistory_spread {
	double rms_ns;
	int64_t median_abs_ns, p99_abs_ns, max_abs_ns;
};

/* Zeroes are an empty history. */
void hvg_timehistory_add(
	struct hvg_timehistory *history, const struct hvg_timehistory_entry *entry);

/* Forgets what is older than an hour. */
void hvg_timehistory_expire(struct hvg_timehistory *history, uint64_t now_us);

/* The oldest is 0. NULL past the last one. */
const struct hvg_timehistory_entry *hvg_timehistory_at(
	const struct hvg_timehistory *history, size_t i);

struct hvg_timehistory_spread hvg_timehistory_spread(const struct hvg_timehistory *history);

#endif
