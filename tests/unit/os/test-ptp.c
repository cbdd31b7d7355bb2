// SPDX-License-Identifier: LGPL-2.1-or-later

/* Finding the clock; how it is read is shown by tests/timed, with a PTP clock. */

#include "suites.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/fake-sysfs.h"
#include "os/ptp.h"
#include "os/sandbox.h"

#include <errno.h>
#include <sched.h>

static char node[HVG_PTP_NODE_SIZE];

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
}

START_TEST(finds_the_clock_by_its_name)
{
	hvg_fake_sysfs("ptp.manifest");
	ck_assert_int_eq(hvg_ptp_find("hyperv", node), 0);
	ck_assert_str_eq(node, "/dev/ptp1");
}
END_TEST

START_TEST(finds_no_clock_of_another_name)
{
	hvg_fake_sysfs("ptp.manifest");
	ck_assert_int_eq(hvg_ptp_find("hyper", node), -ENOENT);
	ck_assert_int_eq(hvg_ptp_find("KVM virtual PTP", node), -ENOENT);
}
END_TEST

START_TEST(finds_nothing_where_there_are_no_clocks)
{
	hvg_fake_sysfs(NULL);
	ck_assert_int_eq(hvg_ptp_find("hyperv", node), -ENOENT);
}
END_TEST

START_TEST(tells_what_is_no_clock)
{
	struct hvg_clock_reading readings[3];
	_cleanup_close_ int fd = hvg_ptp_open("/dev/null");

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(hvg_ptp_read(fd, readings, 3), -ENOTTY);
	ck_assert_int_eq(hvg_ptp_open("/dev/there-is-no-such-clock"), -ENOENT);
}
END_TEST

Suite *hvg_suite_os_ptp(void)
{
	Suite *suite = suite_create("ptp");
	TCase *tcase = hvg_suite_case(suite, "ptp");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, finds_the_clock_by_its_name);
	tcase_add_test(tcase, finds_no_clock_of_another_name);
	tcase_add_test(tcase, finds_nothing_where_there_are_no_clocks);
	tcase_add_test(tcase, tells_what_is_no_clock);
	return suite;
}
