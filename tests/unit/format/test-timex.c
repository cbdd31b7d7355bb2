// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "format/timex.h"

#include <math.h>
#include <stdlib.h>

/* ppb, and what adjtimex(2) is told: microseconds, and ppm * 65536 */
static const struct {
	double ppb;
	int64_t tick_us, frequency;
} rates[] = {
	{ 0, 10000, 0 },
	{ 1000, 10000, 65536 },
	{ -1000, 10000, -65536 },
	{ 500e3, 10000, 500 * 65536 },
	{ -500e3, 10000, -500 * 65536 },
	{ 520e3, 10005, 20 * 65536 },
	{ -5000e3, 9950, 0 },
	{ 5049e3, 10050, 49 * 65536 },
	{ 5051e3, 10051, -49 * 65536 },
	{ 1e9, 11000, 0 },
	{ -1e9, 9000, 0 },
};

START_TEST(writes_a_rate_as_the_kernel_does)
{
	struct hvg_timex_rate rate = hvg_timex_rate_encode(rates[_i].ppb);

	ck_assert_int_eq(rate.tick_us, rates[_i].tick_us);
	ck_assert_int_eq(rate.frequency, rates[_i].frequency);
}
END_TEST

START_TEST(reads_what_it_wrote)
{
	for (double ppb = -9e7; ppb < 9e7; ppb += 123456.7) {
		struct hvg_timex_rate rate = hvg_timex_rate_encode(ppb);

		ck_assert_double_le(fabs(hvg_timex_rate_decode(&rate) - ppb), 0.01);
	}
}
END_TEST

/* MAXFREQ_SCALED and the range of ticks: what the kernel would cut or refuse is never asked
 * for. */
START_TEST(asks_for_nothing_that_the_kernel_refuses)
{
	for (double ppb = -2e8; ppb < 2e8; ppb += 98765.4) {
		struct hvg_timex_rate rate = hvg_timex_rate_encode(ppb);

		ck_assert_int_le(llabs(rate.frequency), 500 * 65536);
		ck_assert_int_ge(rate.tick_us, 9000);
		ck_assert_int_le(rate.tick_us, 11000);
	}
}
END_TEST

Suite *hvg_suite_format_timex(void)
{
	Suite *suite = suite_create("timex");
	TCase *tcase = hvg_suite_case(suite, "timex");

	tcase_add_loop_test(tcase, writes_a_rate_as_the_kernel_does, 0, HVG_ELEMENTS(rates));
	tcase_add_test(tcase, reads_what_it_wrote);
	tcase_add_test(tcase, asks_for_nothing_that_the_kernel_refuses);
	return suite;
}
