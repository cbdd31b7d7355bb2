/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_OS_UEVENT_H
#define HVG_TESTS_UNIT_OS_UEVENT_H

/*
 * Events of devices that do not exist, for a network namespace of the test's own: the kernel
 * passes on what root of the namespace asks it to (uevent_net_rcv in lib/kobject_uevent.c), and
 * for udevd's group we write what udevd would (struct monitor_netlink_header,
 * src/libsystemd/sd-device of systemd).
 */

struct hvg_uevent {
	const char *action, *devpath, *subsystem, *devname; /* devname may be NULL */
};

void hvg_uevent_of_kernel(const struct hvg_uevent *event);
void hvg_uevent_of_udevd(const struct hvg_uevent *event);

#endif
