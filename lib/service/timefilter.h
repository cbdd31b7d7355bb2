/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_TIMEFILTER_H
#define HVG_SERVICE_TIMEFILTER_H

/*
 * Many readings of a PTP clock become one sample. A reading is as good as it was quick: what
 * lies between the two looks at our clock is time in which we may not have run. The quickest
 * quarter is averaged; if even that was slow, compared with what this machine usually does,
 * nothing is said.
 *
 * Offsets are in nanoseconds, positive = our clock is ahead of the host's.
 */

#include "format/timex.h"

#include <stddef.h>
#include <stdint.h>

#define HVG_TIMEFILTER_HISTORY 32

struct hvg_time_sample {
	int64_t offset_ns;
	int64_t delay_ns; /* of the quickest reading: the offset is off by half of it at most */
	int64_t device_ns; /* what the PTP clock showed then */
};

struct hvg_timefilter {
	int64_t delays_ns[HVG_TIMEFILTER_HISTORY]; /* of the quickest readings, a ring */
	size_t n, next;
	unsigned int n_refused; /* in a row */
};

/*
 * -EAGAIN: every reading was slow, read again. -EBADMSG: nonsense, as before the host's first
 * sample (the kernel then tells about the year 2185). No readings are nonsense, too.
 */
int hvg_timefilter_pick(struct hvg_timefilter *filter, const struct hvg_clock_reading *readings,
	size_t n, struct hvg_time_sample *ret);

#endif
