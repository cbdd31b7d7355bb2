// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "service/timehistory.h"

#include <math.h>

static struct hvg_timehistory history;

static void setup(void)
{
	history = (struct hvg_timehistory){ 0 };
}

static void add(uint64_t at_s, int64_t offset_ns)
{
	struct hvg_timehistory_entry entry = {
		.at_us = at_s * HVG_USEC_PER_SEC,
		.host_us = (int64_t)at_s,
		.offset_ns = offset_ns,
	};

	hvg_timehistory_add(&history, &entry);
}

START_TEST(keeps_samples_in_their_order)
{
	add(5, 100);
	add(10, -200);
	ck_assert_int_eq(hvg_timehistory_at(&history, 0)->offset_ns, 100);
	ck_assert_int_eq(hvg_timehistory_at(&history, 1)->offset_ns, -200);
	ck_assert_ptr_null(hvg_timehistory_at(&history, 2));
}
END_TEST

START_TEST(forgets_after_an_hour)
{
	add(5, 1);
	add(10, 2);
	add(3605, 3);
	ck_assert_int_eq(hvg_timehistory_at(&history, 0)->offset_ns, 1);
	add(3606, 4);
	ck_assert_int_eq(hvg_timehistory_at(&history, 0)->offset_ns, 2);
	hvg_timehistory_expire(&history, 3607 * HVG_USEC_PER_SEC);
	ck_assert_uint_eq(history.n, 3);
	hvg_timehistory_expire(&history, 9000 * HVG_USEC_PER_SEC);
	ck_assert_ptr_null(hvg_timehistory_at(&history, 0));
}
END_TEST

START_TEST(makes_room_for_the_newest)
{
	for (uint64_t i = 0; i < HVG_TIMEHISTORY_MAX + 10; i++)
		add(i, (int64_t)i);
	ck_assert_uint_eq(history.n, HVG_TIMEHISTORY_MAX);
	ck_assert_int_eq(hvg_timehistory_at(&history, 0)->offset_ns, 10);
	ck_assert_int_eq(hvg_timehistory_at(&history, HVG_TIMEHISTORY_MAX - 1)->offset_ns,
		HVG_TIMEHISTORY_MAX + 9);
}
END_TEST

START_TEST(tells_how_far_the_offsets_spread)
{
	struct hvg_timehistory_spread spread;

	for (uint64_t i = 1; i <= 100; i++)
		add(i, i % 2 ? (int64_t)i : -(int64_t)i);
	spread = hvg_timehistory_spread(&history);
	ck_assert_double_eq_tol(spread.rms_ns, sqrt(338350.0 / 100), 1e-9);
	ck_assert_int_eq(spread.median_abs_ns, 50);
	ck_assert_int_eq(spread.p99_abs_ns, 99);
	ck_assert_int_eq(spread.max_abs_ns, 100);
}
END_TEST

START_TEST(has_a_spread_of_nothing)
{
	struct hvg_timehistory_spread spread = hvg_timehistory_spread(&history);

	ck_assert_double_eq(spread.rms_ns, 0);
	ck_assert_int_eq(spread.max_abs_ns, 0);
	add(1, -7);
	spread = hvg_timehistory_spread(&history);
	ck_assert_int_eq(spread.median_abs_ns, 7);
	ck_assert_int_eq(spread.p99_abs_ns, 7);
}
END_TEST

Suite *hvg_suite_service_timehistory(void)
{
	Suite *suite = suite_create("timehistory");
	TCase *tcase = hvg_suite_case(suite, "timehistory");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, keeps_samples_in_their_order);
	tcase_add_test(tcase, forgets_after_an_hour);
	tcase_add_test(tcase, makes_room_for_the_newest);
	tcase_add_test(tcase, tells_how_far_the_offsets_spread);
	tcase_add_test(tcase, has_a_spread_of_nothing);
	return suite;
}
