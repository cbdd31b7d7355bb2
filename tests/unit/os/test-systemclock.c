// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * With a kernel of our own: the clock of this machine is looked at in one test, and changed in
 * none.
 */

#include "suites.h"

#include "base/units.h"
#include "os/systemclock.h"
#include "sim/kernel.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sim_kernel kernel;

static int fake_adjtime(clockid_t id, struct timex *timex)
{
	int r;

	ck_assert_int_eq(id, CLOCK_REALTIME);
	r = sim_kernel_adjust(&kernel, timex);
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

static const struct hvg_systemclock systemclock = { .adjust = fake_adjtime };
static const struct hvg_clock_marks good = { .max_error_us = 30, .error_us = 7 };

static void setup(void)
{
	sim_kernel_init(&kernel);
}

START_TEST(tells_what_rate_the_clock_has)
{
	struct hvg_clock_condition condition;

	kernel.frequency = -65536;
	kernel.tick = 10001;
	ck_assert_int_eq(hvg_systemclock_look(&systemclock, &condition), 0);
	ck_assert_double_eq_tol(condition.correction_ppb, 99e3, 1e-6);
	ck_assert(condition.is_unsync);
	ck_assert(!condition.is_kernel_steered);
	ck_assert_uint_eq(kernel.n_changes, 0);
}
END_TEST

START_TEST(tells_that_somebody_feeds_the_kernels_loop)
{
	static const int loops[] = { STA_PLL, STA_PLL | STA_FLL, STA_PPSFREQ };
	struct hvg_clock_condition condition;

	kernel.status = loops[_i];
	ck_assert_int_eq(hvg_systemclock_look(&systemclock, &condition), 0);
	ck_assert(condition.is_kernel_steered);
	ck_assert(!condition.is_unsync);
}
END_TEST

START_TEST(steers)
{
	ck_assert_int_eq(hvg_systemclock_steer(&systemclock, -12345.6, &good), 0);
	ck_assert_double_eq_tol(sim_kernel_rate_ppb(&kernel), -12345.6, 0.01);
	ck_assert_int_eq(kernel.tick, 10000);
	ck_assert_int_eq(hvg_systemclock_steer(&systemclock, 4800e3, &good), 0);
	ck_assert_double_eq_tol(sim_kernel_rate_ppb(&kernel), 4800e3, 0.01);
	ck_assert_uint_eq(kernel.n_sets, 0);
}
END_TEST

START_TEST(marks_the_clock_as_good_and_as_no_longer_good)
{
	struct hvg_clock_marks bad = {
		.is_unsync = true, .max_error_us = 99000000, .error_us = 5
	};

	ck_assert_int_eq(hvg_systemclock_steer(&systemclock, 0, &good), 0);
	ck_assert(!(kernel.status & STA_UNSYNC));
	ck_assert_int_eq(kernel.max_error, 30);
	ck_assert_int_eq(kernel.error, 7);
	ck_assert_int_eq(hvg_systemclock_steer(&systemclock, 0, &bad), 0);
	ck_assert(kernel.status & STA_UNSYNC);
	ck_assert_int_eq(kernel.max_error, 16000000);
}
END_TEST

START_TEST(leaves_the_rest_of_the_status_alone)
{
	kernel.status = STA_INS | STA_NANO | STA_UNSYNC;
	ck_assert_int_eq(hvg_systemclock_steer(&systemclock, 0, &good), 0);
	ck_assert_int_eq(kernel.status, STA_INS | STA_NANO);
}
END_TEST

static const int64_t steps_ns[] = { 1, -1, 40000000000000, -300000000, -1000000000, -1000000001,
	1209600000000000, -1209600000000007 };

START_TEST(steps_by_exactly_so_much)
{
	ck_assert_int_eq(hvg_systemclock_step(&systemclock, steps_ns[_i]), 0);
	ck_assert_int_eq(kernel.set_ns, steps_ns[_i]);
	ck_assert_uint_eq(kernel.n_sets, 1);
}
END_TEST

START_TEST(claims_a_clock_by_ending_what_others_began)
{
	kernel.status = STA_PLL | STA_INS | STA_NANO;
	kernel.offset_left_ns = 123456;
	kernel.adjtime_left_us = 789;
	kernel.frequency = 4242;
	ck_assert_int_eq(hvg_systemclock_claim(&systemclock), 0);
	ck_assert_int_eq(kernel.status, STA_NANO);
	ck_assert_int_eq(kernel.offset_left_ns, 0);
	ck_assert_int_eq(kernel.adjtime_left_us, 0);
	ck_assert_int_eq(kernel.frequency, 4242);
	ck_assert_uint_eq(kernel.n_sets, 0);
}
END_TEST

/* Without STA_PLL the kernel takes no offset: it must be switched on for a moment. */
START_TEST(ends_an_offset_that_was_left_when_the_loop_was_switched_off)
{
	kernel.status = STA_FREQHOLD;
	kernel.offset_left_ns = -5000;
	ck_assert_int_eq(hvg_systemclock_claim(&systemclock), 0);
	ck_assert_int_eq(kernel.offset_left_ns, 0);
	ck_assert_int_eq(kernel.status, 0);
}
END_TEST

START_TEST(lets_go_of_its_own_rate_only)
{
	ck_assert_int_eq(hvg_systemclock_steer(&systemclock, 4800e3, &good), 0);
	ck_assert_int_eq(hvg_systemclock_let_go(&systemclock, 4800e3, 20e3), 0);
	ck_assert_double_eq_tol(sim_kernel_rate_ppb(&kernel), 20e3, 0.01);
	kernel.n_changes = 0;
	ck_assert_int_eq(hvg_systemclock_let_go(&systemclock, 4800e3, 30e3), 0);
	ck_assert_double_eq_tol(sim_kernel_rate_ppb(&kernel), 20e3, 0.01);
	ck_assert_uint_eq(kernel.n_changes, 0);
}
END_TEST

START_TEST(may_look_but_not_touch_without_the_right)
{
	struct hvg_clock_condition condition;

	kernel.has_right = false;
	ck_assert_int_eq(hvg_systemclock_look(&systemclock, &condition), 0);
	ck_assert_int_eq(hvg_systemclock_steer(&systemclock, 0, &good), -EPERM);
	ck_assert_int_eq(hvg_systemclock_step(&systemclock, 1), -EPERM);
	ck_assert_int_eq(hvg_systemclock_claim(&systemclock), -EPERM);
	ck_assert_int_eq(hvg_systemclock_let_go(&systemclock, 0, 1), -EPERM);
}
END_TEST

/* For good, so that what follows cannot touch the machine's clock. */
static void drop_the_right(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	ck_assert_int_eq(syscall(SYS_capget, &header, data), 0);
	for (size_t i = 0; i < 2; i++)
		data[i] = (struct __user_cap_data_struct){ 0 };
	ck_assert_int_eq(syscall(SYS_capset, &header, data), 0);
}

START_TEST(looks_at_the_clock_of_this_machine)
{
	struct hvg_clock_condition condition;

	drop_the_right();
	ck_assert_int_eq(hvg_systemclock_look(&hvg_systemclock, &condition), 0);
	ck_assert_double_le(condition.correction_ppb, HVG_TIMEX_RATE_MAX_PPB);
	ck_assert_int_eq(hvg_systemclock_step(&hvg_systemclock, 1), -EPERM);
	ck_assert_int_eq(
		hvg_systemclock_steer(&hvg_systemclock, condition.correction_ppb, &good),
		-EPERM);
}
END_TEST

Suite *hvg_suite_os_systemclock(void)
{
	Suite *suite = suite_create("systemclock");
	TCase *tcase = hvg_suite_case(suite, "systemclock");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, tells_what_rate_the_clock_has);
	tcase_add_loop_test(tcase, tells_that_somebody_feeds_the_kernels_loop, 0, 3);
	tcase_add_test(tcase, steers);
	tcase_add_test(tcase, marks_the_clock_as_good_and_as_no_longer_good);
	tcase_add_test(tcase, leaves_the_rest_of_the_status_alone);
	tcase_add_loop_test(tcase, steps_by_exactly_so_much, 0, HVG_ELEMENTS(steps_ns));
	tcase_add_test(tcase, claims_a_clock_by_ending_what_others_began);
	tcase_add_test(tcase, ends_an_offset_that_was_left_when_the_loop_was_switched_off);
	tcase_add_test(tcase, lets_go_of_its_own_rate_only);
	tcase_add_test(tcase, may_look_but_not_touch_without_the_right);
	tcase_add_test(tcase, looks_at_the_clock_of_this_machine);
	return suite;
}
