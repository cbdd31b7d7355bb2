// SPDX-License-Identifier: LGPL-2.1-or-later

/* What becomes of the guest's clock while hv-timed has it. */

#include "timed/suites.h"

#include <errno.h>
#include <math.h>

static bool is_right(double limit_ns)
{
	return fabs(machine_offset_ns(m)) < limit_ns;
}

static bool is_unsync(void)
{
	bool is;

	machine_lock(m);
	is = m->kernel.status & STA_UNSYNC;
	machine_unlock(m);
	return is;
}

static unsigned int n_sets(void)
{
	unsigned int n;

	machine_lock(m);
	n = m->kernel.n_sets;
	machine_unlock(m);
	return n;
}

static double rate_ppb(void)
{
	double ppb;

	machine_lock(m);
	ppb = m->world.correction_ppb;
	machine_unlock(m);
	return ppb;
}

/* Nobody else is there. */
static void start(void)
{
	machine_start_bus(m, "");
	machine_start(m);
}

static void run_in(void)
{
	start();
	machine_wait(m, machine_has_said(m, "follows the host's"));
	machine_live(20);
	machine_wait(m, is_right(0.5 * MS));
}

/* The issue's: 40000 s wrong at the start, right within 15 s. */
START_TEST(sets_a_clock_that_is_far_off)
{
	m->trace.first_offset_ns = -40000 * S;
	start();
	machine_wait(m, is_right(5 * MS));
	machine_wait(m, machine_has_said(m, "set forward by 40000"));
	machine_live(30);
	ck_assert(is_right(0.5 * MS));
	ck_assert_uint_eq(n_sets(), 1);
	ck_assert(!is_unsync());
}
END_TEST

START_TEST(slews_a_clock_that_is_a_little_off)
{
	m->trace.first_offset_ns = 3 * MS;
	start();
	machine_wait(m, is_right(0.2 * MS));
	ck_assert_uint_eq(n_sets(), 0);
}
END_TEST

START_TEST(keeps_the_clock_without_a_bus)
{
	m->trace.first_offset_ns = 7 * S;
	machine_start(m);
	machine_wait(m, is_right(1 * MS));
	ck_assert_uint_eq(n_sets(), 1);
}
END_TEST

START_TEST(learns_the_frequency)
{
	run_in();
	machine_live(60);
	ck_assert_double_eq_tol(rate_ppb(), -12e3, 100e3);
	ck_assert(is_right(0.2 * MS));
}
END_TEST

START_TEST(is_right_soon_after_a_pause)
{
	run_in();
	machine_lock(m);
	m->world.true_ns += 3600 * S;
	m->world.next_word_ns += 3600 * S;
	m->world.second_ns += 3600 * S;
	machine_unlock(m);
	machine_live(3); /* 15 s of a host that speaks every 5 */
	machine_wait(m, is_right(5 * MS));
	ck_assert_uint_eq(n_sets(), 1);
}
END_TEST

START_TEST(refuses_to_go_two_weeks_back)
{
	run_in();
	machine_lock(m);
	m->world.host_set_ns -= 14 * 86400 * S;
	machine_unlock(m);
	machine_wait(m, machine_has_said(m, "set the clock back by 14.0 d, which is beyond"));
	machine_live(10);
	ck_assert_uint_eq(n_sets(), 0);
	machine_wait(m, is_unsync());
}
END_TEST

START_TEST(follows_the_host_two_weeks_forward)
{
	run_in();
	machine_lock(m);
	m->world.host_set_ns += 14 * 86400 * S;
	machine_unlock(m);
	machine_wait(m, is_right(5 * MS));
	ck_assert_uint_eq(n_sets(), 1);
}
END_TEST

START_TEST(goes_on_by_itself_while_the_host_is_silent)
{
	run_in();
	machine_live(60);
	machine_lock(m);
	m->world.silent_until_ns = m->world.true_ns + 1e6 * S;
	machine_unlock(m);
	machine_wait(m, machine_has_said(m, "The host is silent"));
	machine_live(20);
	ck_assert(is_right(2 * MS));
	machine_lock(m);
	m->world.silent_until_ns = 0;
	machine_unlock(m);
	machine_live(20);
	ck_assert(is_right(0.5 * MS));
	ck_assert_uint_eq(n_sets(), 0);
}
END_TEST

START_TEST(tells_of_a_host_that_was_silent_for_ten_minutes)
{
	run_in();
	machine_lock(m);
	m->read_error = -ESTALE;
	machine_unlock(m);
	machine_wait(m, machine_has_said(m, "not told its time for ten minutes"));
	machine_wait(m, machine_has_said(m, "The host is silent"));
	machine_lock(m);
	m->read_error = 0;
	machine_unlock(m);
	machine_live(20);
	machine_wait(m, is_right(0.5 * MS));
}
END_TEST

/* Before the host's first word the kernel makes up a time in 2185. */
START_TEST(believes_no_time_that_is_none)
{
	start();
	machine_wait(m, machine_has_said(m, "follows the host's"));
	machine_lock(m);
	m->world.host_set_ns += 160 * 365.25 * 86400 * S;
	machine_unlock(m);
	machine_wait(m, machine_has_said(m, "cannot be the time"));
	ck_assert_uint_eq(n_sets(), 0);
}
END_TEST

START_TEST(serves_a_clock_that_goes_and_comes_back)
{
	run_in();
	machine_lock(m);
	m->read_error = -ENODEV;
	machine_unlock(m);
	ck_assert_int_eq(unlink(folder_path(&m->bus.folder, "ptp")), 0);
	machine_wait(m, machine_has_said(m, "The host's clock has gone"));
	machine_live(5);
	machine_lock(m);
	m->read_error = 0;
	m->world.guest_ns -= 30 * S;
	machine_unlock(m);
	folder_write(&m->bus.folder, "ptp", "");
	machine_wait(m, is_right(1 * MS));
}
END_TEST

START_TEST(waits_for_a_clock_that_comes_later)
{
	m->trace.first_offset_ns = 7 * S;
	ck_assert_int_eq(unlink(folder_path(&m->bus.folder, "ptp")), 0);
	start();
	machine_wait(m, machine_has_said(m, "There is no PTP clock"));
	folder_write(&m->bus.folder, "ptp", "");
	machine_wait(m, is_right(1 * MS));
}
END_TEST

START_TEST(leaves_no_slew_behind)
{
	m->trace.first_offset_ns = 400 * MS;
	start();
	machine_wait(m, fabs(rate_ppb()) > 4e6);
	ck_assert_int_eq(machine_stop(m), 0);
	ck_assert_double_le(fabs(rate_ppb()), 600e3);
}
END_TEST

START_TEST(says_that_it_may_not_touch_the_clock)
{
	unsigned int n;

	m->trace.first_offset_ns = 7 * S;
	m->kernel.has_right = false;
	start();
	machine_wait(m, machine_has_said(m, "cannot be changed: Operation not permitted"));
	machine_lock(m);
	n = m->n_reads;
	machine_unlock(m);
	machine_live(20);
	machine_lock(m);
	n = m->n_reads - n;
	m->kernel.has_right = true;
	machine_unlock(m);
	ck_assert_uint_le(n, 20 * 25);
	machine_wait(m, is_right(1 * MS));
}
END_TEST

START_TEST(obeys_its_settings)
{
	folder_write(&m->bus.folder, "time.conf",
		"[Steps]\nAtStart=infinity\n[Slew]\nLimit=80000\n");
	m->trace.first_offset_ns = 600 * MS;
	start();
	machine_wait(m, is_right(1 * MS));
	ck_assert_uint_eq(n_sets(), 0);
}
END_TEST

START_TEST(reads_its_settings_again)
{
	unsigned int n;

	run_in();
	folder_write(&m->bus.folder, "time.conf", "[Clock]\nMode=monitor\n");
	ck_assert_int_eq(kill(m->daemon, SIGHUP), 0);
	machine_live(5);
	n = machine_n_changes(m);
	machine_live(15);
	ck_assert_uint_eq(machine_n_changes(m), n);
	folder_write(&m->bus.folder, "time.conf", "");
	ck_assert_int_eq(kill(m->daemon, SIGHUP), 0);
	machine_wait(m, machine_n_changes(m) > n);
}
END_TEST

START_TEST(only_steps_if_told_so)
{
	folder_write(&m->bus.folder, "time.conf", "[Clock]\nMode=step-only\n");
	m->trace.first_offset_ns = -7 * S;
	start();
	machine_wait(m, is_right(1 * MS));
	machine_live(20);
	ck_assert_uint_eq(machine_n_changes(m), 1);
	ck_assert_double_eq(rate_ppb(), 0);
}
END_TEST

Suite *suite_clock(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = suite_case(suite);

	tcase_add_test(tcase, sets_a_clock_that_is_far_off);
	tcase_add_test(tcase, slews_a_clock_that_is_a_little_off);
	tcase_add_test(tcase, keeps_the_clock_without_a_bus);
	tcase_add_test(tcase, believes_no_time_that_is_none);
	tcase_add_test(tcase, tells_of_a_host_that_was_silent_for_ten_minutes);

	tcase = suite_case(suite);
	tcase_add_test(tcase, learns_the_frequency);
	tcase_add_test(tcase, is_right_soon_after_a_pause);
	tcase_add_test(tcase, refuses_to_go_two_weeks_back);
	tcase_add_test(tcase, follows_the_host_two_weeks_forward);

	tcase = suite_case(suite);
	tcase_add_test(tcase, goes_on_by_itself_while_the_host_is_silent);

	tcase = suite_case(suite);
	tcase_add_test(tcase, serves_a_clock_that_goes_and_comes_back);
	tcase_add_test(tcase, waits_for_a_clock_that_comes_later);
	tcase_add_test(tcase, leaves_no_slew_behind);
	tcase_add_test(tcase, says_that_it_may_not_touch_the_clock);
	tcase_add_test(tcase, obeys_its_settings);
	tcase_add_test(tcase, reads_its_settings_again);
	tcase_add_test(tcase, only_steps_if_told_so);
	return suite;
}
