/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SIM_KERNEL_H
#define HVG_TESTS_SIM_KERNEL_H

/*
 * What the kernel makes of adjtimex(2), so far as a steerer can see (kernel/time/ntp.c and
 * timekeeping.c of Linux 6.12: timekeeping_validate_timex, process_adjtimex_modes, ntp_clear).
 * It keeps numbers, no clock: how far it was set is told, and whoever has a clock follows.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/timex.h>

struct sim_kernel {
	int status;
	long tick, frequency, max_error, error;
	int64_t offset_left_ns;         /* that the kernel's loop still slews away */
	int64_t adjtime_left_us;        /* that adjtime(3) does */
	int64_t set_ns;                 /* how far the clock was set, in all */
	unsigned int n_sets, n_changes; /* calls that set it; calls that changed anything */
	bool has_right;                 /* CAP_SYS_TIME */
};

void sim_kernel_init(struct sim_kernel *kernel);

/* clock_adjtime(CLOCK_REALTIME): TIME_OK …, or negative errno. */
int sim_kernel_adjust(struct sim_kernel *kernel, struct timex *timex);

double sim_kernel_rate_ppb(const struct sim_kernel *kernel);

#endif
