/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_SYSTEMCLOCK_H
#define HVG_OS_SYSTEMCLOCK_H

/*
 * The system clock as its steerer sees it: CLOCK_REALTIME by clock_adjtime(2). One function for
 * each deed; all but looking need CAP_SYS_TIME. Rates are corrections in ppb, positive =
 * faster.
 */

#include "format/timex.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/timex.h>
#include <time.h>

/* The system call, so that tests can have a clock of their own. */
struct hvg_systemclock {
	int (*adjust)(clockid_t clock, struct timex *timex);
};

extern const struct hvg_systemclock hvg_systemclock;

struct hvg_clock_marks {
	bool is_unsync;       /* not to be written to the RTC */
	int64_t max_error_us; /* the kernel lets it grow by 500 ppm until it is told again */
	int64_t error_us;
};

int hvg_systemclock_look(const struct hvg_systemclock *clock, struct hvg_clock_condition *ret);

/*
 * Ends what others have left under way: the kernel's own loops, an offset that is still being
 * slewed, a leap second that was announced. The rate stays.
 */
int hvg_systemclock_claim(const struct hvg_systemclock *clock);

/* Adds so much to the time. The kernel marks the clock as unsynchronised. */
int hvg_systemclock_step(const struct hvg_systemclock *clock, int64_t step_ns);

/* Sets the rate and the marks. */
int hvg_systemclock_steer(const struct hvg_systemclock *clock, double correction_ppb,
	const struct hvg_clock_marks *marks);

/* Sets the rate if it still is expected_ppb: somebody else may have the clock by now. */
int hvg_systemclock_let_go(
	const struct hvg_systemclock *clock, double expected_ppb, double correction_ppb);

#endif
