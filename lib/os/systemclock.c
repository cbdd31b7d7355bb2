// SPDX-License-Identifier: LGPL-2.1-or-later

/* Every deed looks first: what belongs to others in the status stays as it is. */

#include "os/systemclock.h"

#include "base/units.h"

#include <errno.h>
#include <math.h>

#define NSEC_PER_SEC  INT64_C(1000000000)

/* NTP_PHASE_LIMIT of kernel/time/ntp.c, 16 s: from there on the clock is unsynchronised. */
#define ERROR_MAX_US  16000000

/* Another's rate differs by more than the kernel's rounding of ours. */
#define SAME_RATE_PPB 0.1

/* The kernel's own loops, and leap seconds. */
#define LOOPS         (STA_PLL | STA_FLL | STA_PPSFREQ | STA_PPSTIME | STA_FREQHOLD)
#define LEAPS         (STA_INS | STA_DEL)

const struct hvg_systemclock hvg_systemclock = { .adjust = clock_adjtime };

/* 0 or negative errno: what the call returns otherwise is the state of leap seconds. */
static int adjust(const struct hvg_systemclock *clock, struct timex *timex)
{
	return clock->adjust(CLOCK_REALTIME, timex) < 0 ? -errno : 0;
}

static double rate_of(const struct timex *timex)
{
	struct hvg_timex_rate rate = { .tick_us = timex->tick, .frequency = timex->freq };

	return hvg_timex_rate_decode(&rate);
}

int hvg_systemclock_look(const struct hvg_systemclock *clock, struct hvg_clock_condition *ret)
{
	struct timex now = { .modes = 0 };
	int r = adjust(clock, &now);

	if (r < 0)
		return r;
	*ret = (struct hvg_clock_condition){
		.correction_ppb = rate_of(&now),
		.is_unsync = now.status & STA_UNSYNC,
		.is_kernel_steered = now.status & LOOPS & ~STA_FREQHOLD,
	};
	return 0;
}

/* An offset of 0 ends the one under way, but only while the loop is on (ntp_update_offset). */
static int end_offset(const struct hvg_systemclock *clock, int status)
{
	struct timex timex = {
		.modes = ADJ_STATUS | ADJ_OFFSET,
		.status = (status & ~LOOPS) | STA_PLL,
	};

	return adjust(clock, &timex);
}

static int end_loops(const struct hvg_systemclock *clock, int status)
{
	struct timex timex = { .modes = ADJ_STATUS, .status = status & ~(LOOPS | LEAPS) };

	return adjust(clock, &timex);
}

/* adjtime(3) has a slew of its own, which openntpd and ntpd use. */
static int end_adjtime(const struct hvg_systemclock *clock)
{
	struct timex timex = { .modes = ADJ_OFFSET_SINGLESHOT };

	return adjust(clock, &timex);
}

int hvg_systemclock_claim(const struct hvg_systemclock *clock)
{
	struct timex now = { .modes = 0 };
	int r = adjust(clock, &now);

	if (r >= 0)
		r = end_offset(clock, now.status);
	if (r >= 0)
		r = end_loops(clock, now.status);
	return r < 0 ? r : end_adjtime(clock);
}

/* The kernel wants a fraction that is not negative: -0.3 s are -1 s and 0.7 s. */
int hvg_systemclock_step(const struct hvg_systemclock *clock, int64_t step_ns)
{
	struct timex timex = { .modes = ADJ_SETOFFSET | ADJ_NANO };
	int64_t s = step_ns / NSEC_PER_SEC, ns = step_ns % NSEC_PER_SEC;

	if (ns < 0) {
		s--;
		ns += NSEC_PER_SEC;
	}
	timex.time.tv_sec = s;
	timex.time.tv_usec = ns;
	return adjust(clock, &timex);
}

static void put_rate(struct timex *timex, double correction_ppb)
{
	struct hvg_timex_rate rate = hvg_timex_rate_encode(correction_ppb);

	timex->modes |= ADJ_TICK | ADJ_FREQUENCY;
	timex->tick = rate.tick_us;
	timex->freq = rate.frequency;
}

int hvg_systemclock_steer(const struct hvg_systemclock *clock, double correction_ppb,
	const struct hvg_clock_marks *marks)
{
	struct timex timex = { .modes = 0 };
	int r = adjust(clock, &timex);

	if (r < 0)
		return r;
	timex.modes = ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR;
	timex.status = (timex.status & ~STA_UNSYNC) | (marks->is_unsync ? STA_UNSYNC : 0);
	timex.maxerror = HVG_MIN(marks->max_error_us, (int64_t)ERROR_MAX_US);
	timex.esterror = HVG_MIN(marks->error_us, (int64_t)ERROR_MAX_US);
	put_rate(&timex, correction_ppb);
	return adjust(clock, &timex);
}

int hvg_systemclock_let_go(
	const struct hvg_systemclock *clock, double expected_ppb, double correction_ppb)
{
	struct timex timex = { .modes = 0 };
	int r = adjust(clock, &timex);

	if (r < 0)
		return r;
	if (fabs(rate_of(&timex) - expected_ppb) > SAME_RATE_PPB)
		return 0;
	timex.modes = 0;
	put_rate(&timex, correction_ppb);
	return adjust(clock, &timex);
}
