/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_UDEV_H
#define HVG_OS_UDEV_H

/* Owners of libudev's objects, and where its events come from. */

#include "base/cleanup.h"

#include <libudev.h>
#include <unistd.h>

#define _cleanup_udev_		 _cleanup_(hvg_udev_unrefp)
#define _cleanup_udev_device_	 _cleanup_(hvg_udev_device_unrefp)
#define _cleanup_udev_enumerate_ _cleanup_(hvg_udev_enumerate_unrefp)

static inline void hvg_udev_unrefp(struct udev **udev)
{
	(void)udev_unref(*udev);
}

static inline void hvg_udev_device_unrefp(struct udev_device **device)
{
	(void)udev_device_unref(*device);
}

static inline void hvg_udev_enumerate_unrefp(struct udev_enumerate **enumerate)
{
	(void)udev_enumerate_unref(*enumerate);
}

/*
 * udevd's events come after its rules have given a node its owner and mode, so they are the better
 * ones; without udevd (an initramfs, a test) the kernel's own are all there is.
 */
static inline const char *hvg_udev_event_source(void)
{
	return access("/run/udev/control", F_OK) == 0 ? "udev" : "kernel";
}

#endif
