// SPDX-License-Identifier: LGPL-2.1-or-later

/* Silence is counted while the guest must speak, and reported once. */

#include "suites.h"

#include "host/vm/watchdog.h"

static struct watchdog watchdog;

static void set_up(void)
{
	watchdog = (struct watchdog){ .limit_us = 100 };
}

START_TEST(barks_once_after_the_limit)
{
	ck_assert(!watchdog_tick(&watchdog, 1000));
	ck_assert_uint_eq(watchdog_due(&watchdog), 1100);
	ck_assert(!watchdog_tick(&watchdog, 1099));
	ck_assert_uint_eq(watchdog_due(&watchdog), 1100);
	ck_assert(watchdog_tick(&watchdog, 1100));
	ck_assert(!watchdog_tick(&watchdog, 1300));
	ck_assert_uint_eq(watchdog_due(&watchdog), UINT64_MAX);
}
END_TEST

START_TEST(is_content_with_a_sign_of_life)
{
	ck_assert(!watchdog_tick(&watchdog, 1000));
	ck_assert(!watchdog_tick(&watchdog, 1099));
	watchdog_feed(&watchdog);
	ck_assert(!watchdog_tick(&watchdog, 1198));
	ck_assert(watchdog_tick(&watchdog, 1199));
}
END_TEST

START_TEST(does_not_count_a_rest)
{
	ck_assert(!watchdog_tick(&watchdog, 1000));
	ck_assert(!watchdog_tick(&watchdog, 1060));
	watchdog_rest(&watchdog);
	ck_assert_uint_eq(watchdog_due(&watchdog), UINT64_MAX);
	ck_assert(!watchdog_tick(&watchdog, 9000));
	ck_assert(!watchdog_tick(&watchdog, 9039));
	ck_assert(watchdog_tick(&watchdog, 9040));
}
END_TEST

START_TEST(may_have_endless_patience)
{
	watchdog.limit_us = 0;
	ck_assert(!watchdog_tick(&watchdog, 1));
	ck_assert(!watchdog_tick(&watchdog, UINT64_MAX));
	ck_assert_uint_eq(watchdog_due(&watchdog), UINT64_MAX);
}
END_TEST

Suite *hvg_suite_host_vm_watchdog(void)
{
	Suite *suite = suite_create("host/vm/watchdog");
	TCase *tcase = hvg_suite_case(suite, "silence");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, barks_once_after_the_limit);
	tcase_add_test(tcase, is_content_with_a_sign_of_life);
	tcase_add_test(tcase, does_not_count_a_rest);
	tcase_add_test(tcase, may_have_endless_patience);
	return suite;
}
