/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_UDEV_H
#define HVG_OS_UDEV_H

/* Owners of libudev's objects. */

#include "base/cleanup.h"

#include <libudev.h>

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

#endif
