/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_TIME_H
#define HVG_HVCTL_TIME_H

#include "hvctl/hvctl.h"
#include "hvctl/plot.h"

#include <stdint.h>

/* What org.hvguest.Time1 tells; text is owned. */
struct time_status {
	char *state, *mode, *owner, *source, *source_error, *clock_source;
	char *last_step_by, *last_step_cause;
	int64_t offset_ns, sample_offset_ns, sample_delay_ns, sample_time_us;
	int64_t last_step_ns, last_step_time_us, refused_step_ns;
	int64_t spread_ns[4]; /* rms, median, 99th percentile, maximum of the size */
	double frequency_ppb;
	uint32_t n_samples;
};

struct time_history {
	struct plot_point *points; /* x is seconds since the newest one, 0 or negative */
	int64_t *times_us;         /* since 1970 */
	size_t n;
};

/* time-bus.c: exit codes; what is wrong has been said. */
int time_read_status(struct hvctl *hvctl, struct time_status *ret);
int time_read_history(struct hvctl *hvctl, struct time_history *ret);
void time_status_done(struct time_status *status);
void time_history_done(struct time_history *history);

#endif
