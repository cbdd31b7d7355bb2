// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "service/timefilter.h"

#include <errno.h>

#define NOW INT64_C(1790000000000000000) /* in 2026 */
#define US  INT64_C(1000)
#define MS  INT64_C(1000000)

static struct hvg_timefilter filter;
static struct hvg_time_sample sample;

static void setup(void)
{
	filter = (struct hvg_timefilter){ 0 };
}

/* A reading at NOW by the host; our clock is ahead by offset_ns. */
static struct hvg_clock_reading reading(
	int64_t offset_ns, int64_t way_there_ns, int64_t way_back_ns)
{
	return (struct hvg_clock_reading){ NOW + offset_ns - way_there_ns, NOW,
		NOW + offset_ns + way_back_ns };
}

START_TEST(tells_how_far_our_clock_is_ahead)
{
	struct hvg_clock_reading one = reading(7 * MS, 300, 300);

	ck_assert_int_eq(hvg_timefilter_pick(&filter, &one, 1, &sample), 0);
	ck_assert_int_eq(sample.offset_ns, 7 * MS);
	ck_assert_int_eq(sample.delay_ns, 600);
	ck_assert_int_eq(sample.device_ns, NOW);
	one = reading(-40000 * 1000 * MS, 300, 300);
	ck_assert_int_eq(hvg_timefilter_pick(&filter, &one, 1, &sample), 0);
	ck_assert_int_eq(sample.offset_ns, -40000 * 1000 * MS);
}
END_TEST

START_TEST(takes_the_quickest_readings)
{
	struct hvg_clock_reading readings[] = {
		reading(5 * US, 400, 2 * MS),
		reading(5 * US, 300, 300),
		reading(5 * US, 1 * MS, 400),
		reading(5 * US, 400, 800),
	};

	ck_assert_int_eq(hvg_timefilter_pick(&filter, readings, 4, &sample), 0);
	ck_assert_int_eq(sample.offset_ns, 5 * US);
	ck_assert_int_eq(sample.delay_ns, 600);
}
END_TEST

START_TEST(averages_the_quickest_quarter)
{
	struct hvg_clock_reading readings[8];

	for (size_t i = 0; i < 8; i++)
		readings[i] = reading(100 * US, 50 * US, 90 * US);
	readings[3] = reading(1000, 300, 300);
	readings[6] = reading(1200, 310, 310);
	ck_assert_int_eq(hvg_timefilter_pick(&filter, readings, 8, &sample), 0);
	ck_assert_int_eq(sample.offset_ns, 1100);
}
END_TEST

static int pick_one(int64_t delay_ns)
{
	struct hvg_clock_reading one = reading(0, delay_ns / 2, delay_ns / 2);

	return hvg_timefilter_pick(&filter, &one, 1, &sample);
}

START_TEST(refuses_what_was_slower_than_usual)
{
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(pick_one(2 * US), 0);
	ck_assert_int_eq(pick_one(50 * US), -EAGAIN);
	ck_assert_int_eq(pick_one(2 * US), 0);
	ck_assert_int_eq(pick_one(4 * US), 0);
}
END_TEST

START_TEST(does_not_mind_small_differences_of_quick_readings)
{
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(pick_one(100), 0);
	ck_assert_int_eq(pick_one(1 * US), 0);
}
END_TEST

START_TEST(believes_a_machine_that_has_become_slower)
{
	int n_refused = 0;

	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(pick_one(2 * US), 0);
	while (pick_one(50 * US) == -EAGAIN)
		n_refused++;
	ck_assert_int_ge(n_refused, 1);
	ck_assert_int_le(n_refused, 3);
	for (int i = 0; i < 40; i++)
		(void)pick_one(50 * US);
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(pick_one(50 * US), 0);
}
END_TEST

/* Seconds since 1970 that no host shows today: among them what the kernel makes up at first. */
static const int64_t nonsense_s[] = { 0, -1, 1500000000, 6801580800, 9000000000 };

START_TEST(takes_no_nonsense)
{
	struct hvg_clock_reading readings[] = { reading(0, 300, 300), reading(0, 300, 300) };

	readings[1].device_ns = nonsense_s[_i] * 1000 * MS;
	ck_assert_int_eq(hvg_timefilter_pick(&filter, readings, 2, &sample), -EBADMSG);
}
END_TEST

START_TEST(takes_no_reading_during_which_the_clock_was_set_back)
{
	struct hvg_clock_reading one = reading(0, 300, -400);

	ck_assert_int_eq(hvg_timefilter_pick(&filter, &one, 1, &sample), -EBADMSG);
	ck_assert_int_eq(hvg_timefilter_pick(&filter, &one, 0, &sample), -EBADMSG);
}
END_TEST

START_TEST(reads_no_more_than_the_kernel_gives)
{
	struct hvg_clock_reading readings[HVG_CLOCK_READINGS_MAX + 5];

	for (size_t i = 0; i < HVG_ELEMENTS(readings); i++)
		readings[i] = reading(0, 300, 300);
	readings[HVG_CLOCK_READINGS_MAX].device_ns = 0;
	ck_assert_int_eq(
		hvg_timefilter_pick(&filter, readings, HVG_ELEMENTS(readings), &sample), 0);
}
END_TEST

Suite *hvg_suite_service_timefilter(void)
{
	Suite *suite = suite_create("timefilter");
	TCase *tcase = hvg_suite_case(suite, "timefilter");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, tells_how_far_our_clock_is_ahead);
	tcase_add_test(tcase, takes_the_quickest_readings);
	tcase_add_test(tcase, averages_the_quickest_quarter);
	tcase_add_test(tcase, refuses_what_was_slower_than_usual);
	tcase_add_test(tcase, does_not_mind_small_differences_of_quick_readings);
	tcase_add_test(tcase, believes_a_machine_that_has_become_slower);
	tcase_add_loop_test(tcase, takes_no_nonsense, 0, HVG_ELEMENTS(nonsense_s));
	tcase_add_test(tcase, takes_no_reading_during_which_the_clock_was_set_back);
	tcase_add_test(tcase, reads_no_more_than_the_kernel_gives);
	return suite;
}
