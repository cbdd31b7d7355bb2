// SPDX-License-Identifier: LGPL-2.1-or-later

/* Events of devices that do not exist, in a network namespace of our own. */

#include "suites.h"

#include "base/units.h"
#include "hvguest/vmbus.h"
#include "os/fake-sysfs.h"
#include "os/sandbox.h"
#include "os/uevent.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#define MISC  "/devices/virtual/misc/"
#define NIC   HVG_FAKE_VMBUS "/6bd31a94-5a0e-4b5e-9d0f-3f1e2d3c4b5a"
#define FCOPY HVG_FAKE_VMBUS "/eb765408-105f-49b6-b4aa-c123b64d17d4"

static struct hvg_vmbus_monitor *monitor;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNET | CLONE_NEWNS);
}

static void start(void)
{
	ck_assert_int_eq(hvg_vmbus_monitor_new(&monitor), 0);
}

static void teardown(void)
{
	monitor = hvg_vmbus_monitor_free(monitor);
}

/* NULL if nothing comes. */
static const struct hvg_vmbus_event *wait_for_event(int timeout_ms)
{
	struct pollfd ready = { .fd = hvg_vmbus_monitor_get_fd(monitor), .events = POLLIN };
	const struct hvg_vmbus_event *event = NULL;
	int r;

	if (poll(&ready, 1, timeout_ms) == 0)
		return NULL;
	r = hvg_vmbus_monitor_next(monitor, &event);
	ck_assert_int_ge(r, 0);
	return r == 1 ? event : NULL;
}

static const struct {
	struct hvg_uevent uevent;
	struct hvg_vmbus_event event;
} heard[] = {
	{ { "add", MISC "vmbus!hv_kvp", "misc", "vmbus/hv_kvp" },
		{ true, "/dev/vmbus/hv_kvp", "" } },
	{ { "remove", MISC "vmbus!hv_kvp", "misc", "vmbus/hv_kvp" },
		{ false, "/dev/vmbus/hv_kvp", "" } },
	{ { "add", MISC "vmbus!hv_vss", "misc", "vmbus/hv_vss" },
		{ true, "/dev/vmbus/hv_vss", "" } },
	{ { "add", NIC, "vmbus", NULL }, { true, "", "6bd31a94-5a0e-4b5e-9d0f-3f1e2d3c4b5a" } },
	{ { "remove", NIC, "vmbus", NULL },
		{ false, "", "6bd31a94-5a0e-4b5e-9d0f-3f1e2d3c4b5a" } },
	{ { "add", FCOPY "/uio/uio0", "uio", "uio0" },
		{ true, "/dev/uio0", "eb765408-105f-49b6-b4aa-c123b64d17d4" } },
	{ { "remove", FCOPY "/uio/uio0", "uio", "uio0" },
		{ false, "/dev/uio0", "eb765408-105f-49b6-b4aa-c123b64d17d4" } },
};

static void check_heard(const struct hvg_vmbus_event *event, size_t i)
{
	ck_assert_ptr_nonnull(event);
	ck_assert(event->is_added == heard[i].event.is_added);
	ck_assert_str_eq(event->node, heard[i].event.node);
	ck_assert_str_eq(event->instance, heard[i].event.instance);
}

START_TEST(tells_what_comes_and_goes)
{
	const struct hvg_vmbus_event *none;

	start();
	hvg_uevent_of_kernel(&heard[_i].uevent);
	check_heard(wait_for_event(5000), (size_t)_i);
	ck_assert_int_eq(hvg_vmbus_monitor_next(monitor, &none), 0);
}
END_TEST

static const struct hvg_uevent unheard[] = {
	{ "add", MISC "tun", "misc", "net/tun" },
	{ "add", MISC "vmbus!other", "misc", "vmbus/other" },
	{ "change", MISC "vmbus!hv_kvp", "misc", "vmbus/hv_kvp" },
	{ "change", NIC, "vmbus", NULL },
	{ "bind", NIC, "vmbus", NULL },
	{ "add", NIC "/net/eth0", "net", NULL },
	{ "add", "/devices/pci0000:00/0000:00:02.0/uio/uio1", "uio", NULL },
	{ "add", HVG_FAKE_VMBUS "/vmbus_7", "vmbus", NULL },
};

/* An event that is heard follows, so that nothing need be waited for. */
START_TEST(keeps_silent_about_the_rest)
{
	start();
	hvg_uevent_of_kernel(&unheard[_i]);
	hvg_uevent_of_kernel(&heard[0].uevent);
	for (int i = 0; i < 2; i++) {
		const struct hvg_vmbus_event *event = wait_for_event(5000);

		if (!event)
			continue;
		check_heard(event, 0);
		return;
	}
	ck_abort_msg("the second event was not heard");
}
END_TEST

START_TEST(has_nothing_to_tell_at_first)
{
	const struct hvg_vmbus_event *event = NULL;

	start();
	ck_assert_int_eq(hvg_vmbus_monitor_next(monitor, &event), 0);
	ck_assert_ptr_null(event);
	ck_assert_ptr_null(hvg_vmbus_monitor_free(NULL));
}
END_TEST

START_TEST(keeps_the_order_of_a_burst)
{
	start();
	for (size_t i = 0; i < HVG_ELEMENTS(heard); i++)
		hvg_uevent_of_kernel(&heard[i].uevent);
	for (size_t i = 0; i < HVG_ELEMENTS(heard); i++)
		check_heard(wait_for_event(5000), i);
}
END_TEST

/* With udevd, the kernel's event comes too early: the node has not got its owner yet. */
START_TEST(waits_for_udevd_where_it_runs)
{
	hvg_sandbox_write("/run/udev/control", "");
	start();
	hvg_uevent_of_kernel(&heard[0].uevent);
	hvg_uevent_of_udevd(&heard[2].uevent);
	check_heard(wait_for_event(5000), 2);
	hvg_uevent_of_udevd(&unheard[5]); /* filtered in the kernel, by the subsystem */
	hvg_uevent_of_udevd(&heard[5].uevent);
	check_heard(wait_for_event(5000), 5);
}
END_TEST

START_TEST(tells_that_events_were_lost)
{
	const struct hvg_vmbus_event *event;
	int small = 1, r = 0;

	start();
	ck_assert_int_eq(setsockopt(hvg_vmbus_monitor_get_fd(monitor), SOL_SOCKET, SO_RCVBUF, &small,
				 sizeof(small)),
		0);
	for (int i = 0; i < 100; i++)
		hvg_uevent_of_kernel(&heard[0].uevent);
	for (int i = 0; i < 200 && r >= 0; i++)
		r = hvg_vmbus_monitor_next(monitor, &event);
	ck_assert_int_eq(r, -ENOBUFS);
	while (hvg_vmbus_monitor_next(monitor, &event) == 1)
		;
	hvg_uevent_of_kernel(&heard[1].uevent);
	check_heard(wait_for_event(5000), 1);
}
END_TEST

Suite *hvg_suite_os_vmbus_monitor(void)
{
	Suite *suite = suite_create("vmbus-monitor");
	TCase *tcase = hvg_suite_case(suite, "vmbus-monitor");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, tells_what_comes_and_goes, 0, HVG_ELEMENTS(heard));
	tcase_add_loop_test(tcase, keeps_silent_about_the_rest, 0, HVG_ELEMENTS(unheard));
	tcase_add_test(tcase, has_nothing_to_tell_at_first);
	tcase_add_test(tcase, keeps_the_order_of_a_burst);
	tcase_add_test(tcase, waits_for_udevd_where_it_runs);
	tcase_add_test(tcase, tells_that_events_were_lost);
	return suite;
}
