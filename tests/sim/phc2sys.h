/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SIM_PHC2SYS_H
#define HVG_TESTS_SIM_PHC2SYS_H

/*
 * What `phc2sys -s /dev/ptp_hyperv -c CLOCK_REALTIME -O 0` does, as the reference point: its PI
 * servo with the defaults of phc2sys(8) and ptp4l(8), linuxptp 3.1.1:
 *
 *	-R 1		one update a second
 *	-N 5		by the quickest of 5 readings
 *	-P 0.7 -I 0.3	the constants of the PI servo
 *	-F 0.00002	a first offset above 20 us is stepped
 *	-S 0		no later one ever is
 *	-L 200000000	an interval that differs from CLOCK_MONOTONIC's by 20 % starts it over
 *
 * The first frequency is that between the first two samples that are 0.016/ki seconds apart. No
 * frequency is above what adjtimex(2) allows, 500 ppm; while it is cut to that, the integral does
 * not grow.
 *
 * One thing is kinder here: a reading that fails is skipped, where phc2sys ends.
 */

#include "sim/steerer.h"

extern const struct sim_steerer sim_phc2sys;

#endif
