// SPDX-License-Identifier: LGPL-2.1-or-later

/* Finding the clock and hearing of it; how it is read is shown by tests/timed, with a PTP
 * clock. */

#include "suites.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/fake-sysfs.h"
#include "os/ptp.h"
#include "os/sandbox.h"
#include "os/uevent.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>

#define HYPERV  "/devices/virtual/ptp/ptp1"
#define ANOTHER "/devices/pci0000:00/0000:00:02.0/ptp/ptp0"

static struct hvg_ptp_monitor *monitor;
static char node[HVG_PTP_NODE_SIZE];

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNET | CLONE_NEWNS);
}

static void teardown(void)
{
	monitor = hvg_ptp_monitor_free(monitor);
}

static void start(void)
{
	hvg_fake_sysfs("ptp.manifest");
	ck_assert_int_eq(hvg_ptp_monitor_new("hyperv", &monitor), 0);
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

/* 1 and an event, or 0 if none comes. */
static int wait_for_event(struct hvg_ptp_event *ret)
{
	struct pollfd ready = { .fd = hvg_ptp_monitor_get_fd(monitor), .events = POLLIN };

	if (poll(&ready, 1, 5000) == 0)
		return 0;
	return hvg_ptp_monitor_next(monitor, ret);
}

START_TEST(hears_of_the_clock)
{
	struct hvg_ptp_event event;

	start();
	hvg_uevent_of_kernel(&(struct hvg_uevent){ "add", HYPERV, "ptp", "ptp1" });
	ck_assert_int_eq(wait_for_event(&event), 1);
	ck_assert(event.is_added);
	ck_assert_str_eq(event.node, "/dev/ptp1");
	hvg_uevent_of_kernel(&(struct hvg_uevent){ "remove", HYPERV, "ptp", "ptp1" });
	ck_assert_int_eq(wait_for_event(&event), 1);
	ck_assert(!event.is_added);
	ck_assert_int_eq(hvg_ptp_monitor_next(monitor, &event), 0);
}
END_TEST

static const struct hvg_uevent unheard[] = {
	{ "add", ANOTHER, "ptp", "ptp0" },
	{ "change", HYPERV, "ptp", "ptp1" },
	{ "add", HYPERV, "ptp", NULL },
	{ "add", "/devices/virtual/misc/vmbus!hv_kvp", "misc", "vmbus/hv_kvp" },
};

/* An event that is heard follows, so that nothing need be waited for. */
START_TEST(keeps_silent_about_the_rest)
{
	struct hvg_ptp_event event;
	int r = 0;

	start();
	hvg_uevent_of_kernel(&unheard[_i]);
	hvg_uevent_of_kernel(&(struct hvg_uevent){ "remove", HYPERV, "ptp", "ptp1" });
	for (int i = 0; i < 2 && r == 0; i++)
		r = wait_for_event(&event);
	ck_assert_int_eq(r, 1);
	ck_assert(!event.is_added);
}
END_TEST

START_TEST(waits_for_udevd_where_it_runs)
{
	struct hvg_ptp_event event;

	hvg_sandbox_write("/run/udev/control", "");
	start();
	hvg_uevent_of_kernel(&(struct hvg_uevent){ "remove", ANOTHER, "ptp", "ptp0" });
	hvg_uevent_of_udevd(&(struct hvg_uevent){ "add", HYPERV, "ptp", "ptp1" });
	ck_assert_int_eq(wait_for_event(&event), 1);
	ck_assert(event.is_added);
	ck_assert_str_eq(event.node, "/dev/ptp1");
}
END_TEST

START_TEST(tells_what_is_no_clock)
{
	struct hvg_clock_reading readings[3];
	_cleanup_close_ int fd = hvg_ptp_open("/dev/null");

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(hvg_ptp_read(fd, readings, 3), -ENOTTY);
	ck_assert_int_eq(hvg_ptp_open("/dev/there-is-no-such-clock"), -ENOENT);
	ck_assert_ptr_null(hvg_ptp_monitor_free(NULL));
}
END_TEST

Suite *hvg_suite_os_ptp(void)
{
	Suite *suite = suite_create("ptp");
	TCase *tcase = hvg_suite_case(suite, "ptp");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, finds_the_clock_by_its_name);
	tcase_add_test(tcase, finds_no_clock_of_another_name);
	tcase_add_test(tcase, finds_nothing_where_there_are_no_clocks);
	tcase_add_test(tcase, hears_of_the_clock);
	tcase_add_loop_test(tcase, keeps_silent_about_the_rest, 0, HVG_ELEMENTS(unheard));
	tcase_add_test(tcase, waits_for_udevd_where_it_runs);
	tcase_add_test(tcase, tells_what_is_no_clock);
	return suite;
}
