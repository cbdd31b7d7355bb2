// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Events of devices that do not exist, in a network namespace of our own: the kernel passes on what
 * root of the namespace asks it to (uevent_net_rcv in lib/kobject_uevent.c), and for udevd's group
 * we write what udevd would (struct monitor_netlink_header, src/libsystemd/sd-device of systemd).
 */

#include "suites.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "hvguest/vmbus.h"
#include "os/fake-sysfs.h"
#include "os/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MISC  "/devices/virtual/misc/"
#define NIC   HVG_FAKE_VMBUS "/6bd31a94-5a0e-4b5e-9d0f-3f1e2d3c4b5a"
#define FCOPY HVG_FAKE_VMBUS "/eb765408-105f-49b6-b4aa-c123b64d17d4"

#define GROUP_KERNEL 0 /* not a group: to the kernel, which passes it on */
#define GROUP_UDEV   2

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

struct uevent {
	const char *action, *devpath, *subsystem, *devname; /* devname may be NULL */
};

/* NUL-separated, as on the wire; the kernel adds the sequence number by itself. */
static size_t render(const struct uevent *event, char ret[static 1024])
{
	int n = snprintf(ret, 1024, "ACTION=%s%cDEVPATH=%s%cSUBSYSTEM=%s%c", event->action, 0,
		event->devpath, 0, event->subsystem, 0);

	if (event->devname)
		n += snprintf(ret + n, 1024 - (size_t)n, "DEVNAME=%s%cMAJOR=10%cMINOR=99%c",
			event->devname, 0, 0, 0);
	return (size_t)n;
}

static void send_to(unsigned int groups, const void *bytes, size_t size)
{
	_cleanup_close_ int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = groups };

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(sendto(fd, bytes, size, 0, (struct sockaddr *)&to, sizeof(to)) ==
			(ssize_t)size,
		"%s", strerror(errno));
}

static void kernel_says(const struct uevent *event)
{
	struct {
		struct nlmsghdr header;
		char bytes[2048];
	} message = { .header = { .nlmsg_type = NLMSG_MIN_TYPE, .nlmsg_flags = NLM_F_REQUEST } };
	int n = snprintf(message.bytes, 1024, "%s@%s%c", event->action, event->devpath, 0);

	message.header.nlmsg_len =
		(uint32_t)(NLMSG_HDRLEN + (size_t)n + render(event, message.bytes + n));
	send_to(GROUP_KERNEL, &message, message.header.nlmsg_len);
}

/* MurmurHash2 of a short text with seed 0: udevd's events are filtered by it in the kernel. */
static uint32_t murmur(const char *text)
{
	const uint32_t m = 0x5bd1e995;
	size_t left = strlen(text);
	uint32_t hash = (uint32_t)left;

	for (; left >= 4; text += 4, left -= 4) {
		uint32_t k;

		memcpy(&k, text, 4);
		k *= m;
		k ^= k >> 24;
		hash = (hash * m) ^ (k * m);
	}
	for (size_t i = left; i > 0; i--)
		hash ^= (uint32_t)(uint8_t)text[i - 1] << (8 * (i - 1));
	hash *= left > 0 ? m : 1;
	hash ^= hash >> 13;
	hash *= m;
	return hash ^ hash >> 15;
}

static void udevd_says(const struct uevent *event)
{
	struct {
		char prefix[8];
		uint32_t magic, header_size, properties_off, properties_len;
		uint32_t subsystem_hash, devtype_hash, tags[2];
		char properties[1024];
	} message = { .prefix = "libudev" };
	size_t header_size = sizeof(message) - sizeof(message.properties);

	message.magic = htonl(0xfeedcafe);
	message.header_size = (uint32_t)header_size;
	message.properties_off = (uint32_t)header_size;
	message.properties_len = (uint32_t)render(event, message.properties);
	message.properties_len += (uint32_t)sizeof("SEQNUM=77");
	memcpy(message.properties + message.properties_len - sizeof("SEQNUM=77"), "SEQNUM=77",
		sizeof("SEQNUM=77"));
	message.subsystem_hash = htonl(murmur(event->subsystem));
	send_to(GROUP_UDEV, &message, header_size + message.properties_len);
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
	struct uevent uevent;
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
	kernel_says(&heard[_i].uevent);
	check_heard(wait_for_event(5000), (size_t)_i);
	ck_assert_int_eq(hvg_vmbus_monitor_next(monitor, &none), 0);
}
END_TEST

static const struct uevent unheard[] = {
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
	kernel_says(&unheard[_i]);
	kernel_says(&heard[0].uevent);
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
		kernel_says(&heard[i].uevent);
	for (size_t i = 0; i < HVG_ELEMENTS(heard); i++)
		check_heard(wait_for_event(5000), i);
}
END_TEST

/* With udevd, the kernel's event comes too early: the node has not got its owner yet. */
START_TEST(waits_for_udevd_where_it_runs)
{
	hvg_sandbox_write("/run/udev/control", "");
	start();
	kernel_says(&heard[0].uevent);
	udevd_says(&heard[2].uevent);
	check_heard(wait_for_event(5000), 2);
	udevd_says(&unheard[5]); /* filtered in the kernel, by the subsystem */
	udevd_says(&heard[5].uevent);
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
		kernel_says(&heard[0].uevent);
	for (int i = 0; i < 200 && r >= 0; i++)
		r = hvg_vmbus_monitor_next(monitor, &event);
	ck_assert_int_eq(r, -ENOBUFS);
	while (hvg_vmbus_monitor_next(monitor, &event) == 1)
		;
	kernel_says(&heard[1].uevent);
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
