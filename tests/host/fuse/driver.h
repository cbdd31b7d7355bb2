/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_DRIVER_H
#define HVG_TESTS_HOST_FUSE_DRIVER_H

/*
 * What an hv_utils device looks like to the file system in front of it: the file operations of
 * hvutil_transport (drivers/hv/hv_utils_transport.c), with time passed in. A driver starts nothing by
 * itself: whoever holds it calls tick once the deadline has passed, and looks at poll after
 * every call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRIVER_NEVER UINT64_MAX

struct driver_ops {
	int (*open)(void *driver);

	/* The message's size; -EAGAIN when there is none: the caller sleeps and asks again. */
	int (*read)(void *driver, void *ret_bytes, size_t size, uint64_t now_us);

	/* 0, or why the message was refused. */
	int (*write)(void *driver, const void *bytes, size_t size, uint64_t now_us);

	/* POLLIN | POLLRDNORM, POLLERR | POLLHUP, or nothing; never POLLOUT. */
	unsigned int (*poll)(const void *driver);

	void (*release)(void *driver, uint64_t now_us);

	uint64_t (*deadline)(const void *driver);
	void (*tick)(void *driver, uint64_t now_us);

	/* Withdrawn by the host and closed by the guest: the node goes. */
	bool (*is_gone)(const void *driver);
};

#endif
