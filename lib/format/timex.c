// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A rate is a number of ticks and a rest. Most clocks need less than the frequency can give, so
 * that a tick other than 10000 is seen only while much is being corrected.
 */

#include "format/timex.h"

#include "base/units.h"

#include <math.h>

/* USER_HZ is 100 on every architecture that Hyper-V has: 10000 us a tick. */
#define TICK_NOMINAL_US   10000
#define PPB_PER_TICK_US   100e3
#define FREQUENCY_PER_PPB (65536 / HVG_PPB_PER_PPM)

/* MAXFREQ of <linux/timex.h> */
#define FREQUENCY_MAX_PPB 500e3

static double clamp(double value, double limit)
{
	return HVG_MAX(-limit, HVG_MIN(value, limit));
}

struct hvg_timex_rate hvg_timex_rate_encode(double correction_ppb)
{
	double ppb = clamp(correction_ppb, HVG_TIMEX_RATE_MAX_PPB), ticks = 0;

	if (fabs(ppb) > FREQUENCY_MAX_PPB)
		ticks = (double)llround(ppb / PPB_PER_TICK_US);
	return (struct hvg_timex_rate){
		.tick_us = TICK_NOMINAL_US + llround(ticks),
		.frequency = llround((ppb - ticks * PPB_PER_TICK_US) * FREQUENCY_PER_PPB),
	};
}

double hvg_timex_rate_decode(const struct hvg_timex_rate *rate)
{
	return (double)(rate->tick_us - TICK_NOMINAL_US) * PPB_PER_TICK_US +
		(double)rate->frequency / FREQUENCY_PER_PPB;
}
