// SPDX-License-Identifier: LGPL-2.1-or-later

/* A class device of the subsystem "ptp", whose attribute clock_name tells what it is. */

#include "os/ptp.h"

#include "base/text.h"
#include "base/units.h"
#include "os/udev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <string.h>
#include <sys/ioctl.h>

_Static_assert(HVG_CLOCK_READINGS_MAX == PTP_MAX_SAMPLES, "what one call reads");

static bool is_named(struct udev_device *device, const char *clock_name)
{
	const char *name = udev_device_get_sysattr_value(device, "clock_name");

	return name && strcmp(name, clock_name) == 0;
}

/* 1 if it is the clock; one that vanished meanwhile is not. */
static int look_at(struct udev *udev, const char *syspath, const char *clock_name,
	char ret_node[static HVG_PTP_NODE_SIZE])
{
	_cleanup_udev_device_ struct udev_device *device =
		udev_device_new_from_syspath(udev, syspath);
	const char *node;

	if (!device)
		return errno == ENOMEM ? -ENOMEM : 0;
	node = udev_device_get_devnode(device);
	if (!node || !is_named(device, clock_name))
		return 0;
	return hvg_span_copy(hvg_span_of(node), ret_node, HVG_PTP_NODE_SIZE) < 0 ? 0 : 1;
}

int hvg_ptp_find(const char *clock_name, char ret_node[static HVG_PTP_NODE_SIZE])
{
	_cleanup_udev_ struct udev *udev = udev_new();
	_cleanup_udev_enumerate_ struct udev_enumerate *found = NULL;
	struct udev_list_entry *entry;
	int r;

	if (!udev)
		return -errno;
	found = udev_enumerate_new(udev);
	if (!found)
		return -errno;
	r = udev_enumerate_add_match_subsystem(found, "ptp");
	if (r < 0)
		return r;
	r = udev_enumerate_scan_devices(found);
	if (r < 0)
		return r;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(found))
	{
		r = look_at(udev, udev_list_entry_get_name(entry), clock_name, ret_node);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return -ENOENT;
}

int hvg_ptp_open(const char *node)
{
	int fd = open(node, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

static int64_t nanoseconds(struct ptp_clock_time time)
{
	return (int64_t)time.sec * 1000000000 + (int64_t)time.nsec;
}

int hvg_ptp_read(int fd, struct hvg_clock_reading *ret, size_t n)
{
	struct ptp_sys_offset offset = {
		.n_samples = (unsigned int)HVG_MIN(n, (size_t)PTP_MAX_SAMPLES),
	};

	if (ioctl(fd, PTP_SYS_OFFSET, &offset) < 0)
		return -errno;
	for (size_t i = 0; i < offset.n_samples && i < n; i++)
		ret[i] = (struct hvg_clock_reading){
			.before_ns = nanoseconds(offset.ts[2 * i]),
			.device_ns = nanoseconds(offset.ts[2 * i + 1]),
			.after_ns = nanoseconds(offset.ts[2 * i + 2]),
		};
	return 0;
}
