/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_TIMEX_H
#define HVG_FORMAT_TIMEX_H

/*
 * What the kernel's clock interfaces hand over: readings of a PTP clock (PTP_SYS_OFFSET), and
 * the rate and the condition of the system clock (adjtimex(2)).
 */

#include <stdbool.h>
#include <stdint.h>

/* PTP_MAX_SAMPLES of <linux/ptp_clock.h> */
#define HVG_CLOCK_READINGS_MAX 25

/* The PTP clock, read between two looks at the system clock; nanoseconds since 1970. */
struct hvg_clock_reading {
	int64_t before_ns, device_ns, after_ns;
};

/*
 * Rates are corrections in parts per billion: how much faster than by itself the kernel lets
 * the clock run. 1 ppb is 1 ns in each second. Positive = faster.
 */
#define HVG_PPB_PER_PPM        1000.0

/* What clock_adjtime can do at all: ticks of 9000 to 11000 us (kernel/time/ntp.c). */
#define HVG_TIMEX_RATE_MAX_PPB 100e6

struct hvg_timex_rate {
	int64_t tick_us;   /* ADJ_TICK: 10000 is nominal, each microsecond is 100 ppm */
	int64_t frequency; /* ADJ_FREQUENCY: ppm * 65536, at most 500 ppm either way */
};

/* The tick stays nominal unless the frequency cannot do it alone. Cut to the maximum. */
struct hvg_timex_rate hvg_timex_rate_encode(double correction_ppb);
double hvg_timex_rate_decode(const struct hvg_timex_rate *rate);

/* The condition of the system clock, as its steerers left it. */
struct hvg_clock_condition {
	double correction_ppb;
	bool is_unsync;         /* STA_UNSYNC: the kernel does not write it to the RTC */
	bool is_kernel_steered; /* STA_PLL, STA_FLL or STA_PPS*: somebody feeds the kernel's own
				   loop */
};

#endif
