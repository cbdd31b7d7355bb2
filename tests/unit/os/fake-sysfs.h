/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_OS_FAKE_SYSFS_H
#define HVG_TESTS_UNIT_OS_FAKE_SYSFS_H

/*
 * A /sys of a Hyper-V guest, made from a manifest in tests/data/sysfs. Each line is one of
 *
 *	vmbus INSTANCE CLASS RELID STATE DRIVER	a VMBus device; "-" for no driver
 *	misc NAME MINOR				a misc device, "vmbus!hv_kvp"
 *	file PATH CONTENT			a file with one line in it
 *	dir PATH
 *	link PATH TARGET
 *
 * with paths below /sys; "@INSTANCE" at the start of a path is the folder of that device. Empty
 * lines and lines that begin with '#' are skipped.
 */

/* Where the kernel puts VMBus devices (kernels before 6.2 call the last folder VMBUS:00). */
#define HVG_FAKE_VMBUS "/devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/MSFT1000:00"

/*
 * Puts the tree over /sys, in the sandbox (CLONE_NEWNS) that the test has entered, and tells
 * libudev not to mind that it is no sysfs. NULL: an empty /sys.
 */
void hvg_fake_sysfs(const char *manifest);

#endif
