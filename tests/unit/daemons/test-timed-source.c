// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Finding the host's clock, losing it, and hearing of it again, in a /dev and a /sys of the test's own. How it
 * is read is shown by tests/timed, with a PTP clock.
 */

#include "suites.h"

#include "base/units.h"
#include "hv-timed/source.h"
#include "os/fake-sysfs.h"
#include "os/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

static sd_event *event;
static struct timed_source source;
static unsigned int n_changes;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_fake_sysfs("ptp.manifest");
	ck_assert_int_eq(mount("tmpfs", "/dev", "tmpfs", 0, "mode=0755"), 0);
	ck_assert_int_eq(sd_event_new(&event), 0);
	n_changes = 0;
}

static void teardown(void)
{
	timed_source_done(&source);
	sd_event_unref(event);
}

static void on_change(void *userdata)
{
	n_changes++;
}

/* All that is due. */
static void run(void)
{
	while (sd_event_run(event, 300 * HVG_USEC_PER_MSEC) > 0)
		;
}

static void start(void)
{
	ck_assert_int_ge(timed_source_init(&source, event, NULL, on_change, NULL), 0);
	run();
}

static void expect_open(void)
{
	run();
	ck_assert_int_ge(source.fd, 0);
	ck_assert_str_eq(source.node, "/dev/ptp1");
	ck_assert_int_eq(source.error, 0);
}

static void expect_closed(int error)
{
	run();
	ck_assert_int_eq(source.fd, -EBADF);
	ck_assert_str_eq(source.node, "");
	ck_assert_int_eq(source.error, error);
}

START_TEST(opens_the_clock_that_is_there)
{
	hvg_sandbox_write("/dev/ptp1", "");
	start();
	expect_open();
	ck_assert_uint_eq(n_changes, 1);
}
END_TEST

START_TEST(opens_the_clock_once_its_node_appears)
{
	start();
	expect_closed(0);
	ck_assert_uint_eq(n_changes, 1);
	hvg_sandbox_write("/dev/ptp1", "");
	expect_open();
	ck_assert_uint_eq(n_changes, 2);
}
END_TEST

START_TEST(finds_a_clock_that_was_lost_again)
{
	hvg_sandbox_write("/dev/ptp1", "");
	start();
	ck_assert_int_eq(unlink("/dev/ptp1"), 0);
	expect_closed(0);
	hvg_sandbox_write("/dev/ptp1", "");
	expect_open();
}
END_TEST

/* A link is made under another name, and then renamed. */
static void link_as_udevd(const char *name)
{
	hvg_sandbox_run("ln -s ptp1 '/dev/.#%s' && mv '/dev/.#%s' /dev/%s", name, name, name);
}

/* Before udevd has done its work the node is root's, and an attempt is refused. */
START_TEST(waits_for_udevd_where_it_runs)
{
	hvg_sandbox_write("/run/udev/control", "");
	start();
	n_changes = 0;
	hvg_sandbox_write("/dev/ptp1", "");
	link_as_udevd("ptp_other");
	expect_closed(0);
	ck_assert_uint_eq(n_changes, 0);
	link_as_udevd("ptp_hyperv");
	expect_open();
	ck_assert_uint_eq(n_changes, 1);
}
END_TEST

START_TEST(is_not_disturbed_by_other_nodes)
{
	hvg_sandbox_write("/dev/ptp1", "");
	hvg_sandbox_write("/dev/ptp0", "");
	start();
	n_changes = 0;
	ck_assert_int_eq(unlink("/dev/ptp0"), 0);
	hvg_sandbox_write("/dev/sda", "");
	expect_open();
	ck_assert_uint_eq(n_changes, 0);
}
END_TEST

START_TEST(says_why_the_clock_cannot_be_opened)
{
	ck_assert_int_eq(symlink("ptp1", "/dev/ptp1"), 0);
	start();
	expect_closed(-ELOOP);
}
END_TEST

Suite *hvg_suite_daemons_timed_source(void)
{
	Suite *suite = suite_create("timed-source");
	TCase *tcase = hvg_suite_case(suite, "timed-source");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, opens_the_clock_that_is_there);
	tcase_add_test(tcase, opens_the_clock_once_its_node_appears);
	tcase_add_test(tcase, finds_a_clock_that_was_lost_again);
	tcase_add_test(tcase, waits_for_udevd_where_it_runs);
	tcase_add_test(tcase, is_not_disturbed_by_other_nodes);
	tcase_add_test(tcase, says_why_the_clock_cannot_be_opened);
	return suite;
}
