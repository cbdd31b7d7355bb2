// SPDX-License-Identifier: LGPL-2.1-or-later

/* Hotplug of VMBus devices and their nodes. */

#include "hvguest/vmbus.h"

#include "base/guid.h"
#include "base/text.h"
#include "base/units.h"
#include "os/udev.h"

#include <errno.h>
#include <string.h>

struct hvg_vmbus_monitor {
	struct udev_monitor *monitor;
	struct hvg_vmbus_event event;
};

static const char *const subsystems[] = { "misc", "uio", "vmbus" };

static int subscribe(struct udev_monitor *monitor)
{
	for (size_t i = 0; i < HVG_ELEMENTS(subsystems); i++) {
		int r = udev_monitor_filter_add_match_subsystem_devtype(monitor, subsystems[i],
			NULL);

		if (r < 0)
			return r;
	}
	return udev_monitor_enable_receiving(monitor);
}

int hvg_vmbus_monitor_new(struct hvg_vmbus_monitor **ret)
{
	_cleanup_udev_ struct udev *udev = udev_new();
	struct hvg_vmbus_monitor *monitor;
	int r;

	if (!udev)
		return -errno;
	monitor = calloc(1, sizeof(*monitor));
	if (!monitor)
		return -ENOMEM;
	monitor->monitor = udev_monitor_new_from_netlink(udev, hvg_udev_event_source());
	r = monitor->monitor ? subscribe(monitor->monitor) : -errno;
	if (r < 0) {
		hvg_vmbus_monitor_free(monitor);
		return r;
	}
	*ret = monitor;
	return 0;
}

struct hvg_vmbus_monitor *hvg_vmbus_monitor_free(struct hvg_vmbus_monitor *monitor)
{
	if (monitor)
		(void)udev_monitor_unref(monitor->monitor);
	free(monitor);
	return NULL;
}

int hvg_vmbus_monitor_get_fd(const struct hvg_vmbus_monitor *monitor)
{
	return udev_monitor_get_fd(monitor->monitor);
}

/* The VMBus device in the path of a device: the folder that is named by a GUID. */
static void put_instance(const char *devpath, char ret[static HVG_VMBUS_GUID_SIZE])
{
	struct hvg_span rest = hvg_span_of(devpath), piece;
	char name[HVG_VMBUS_GUID_SIZE];
	struct hvg_guid guid;

	while (hvg_span_cut(&rest, '/', &piece))
		if (hvg_span_copy(piece, name, sizeof(name)) == 0 &&
			hvg_guid_parse(name, &guid) == 0)
			hvg_guid_render(&guid, ret);
}

static bool is_node_of_utils(struct udev_device *device)
{
	const char *prefix = "vmbus/hv_", *name = udev_device_get_sysname(device);

	return name && strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool put_change(struct udev_device *device, struct hvg_vmbus_event *ret)
{
	const char *action = udev_device_get_action(device);

	if (!action)
		return false;
	ret->is_added = strcmp(action, "add") == 0;
	return ret->is_added || strcmp(action, "remove") == 0;
}

/* False if this is not our business. */
static bool put_subject(struct udev_device *device, struct hvg_vmbus_event *ret)
{
	const char *subsystem = udev_device_get_subsystem(device);
	const char *node = udev_device_get_devnode(device);

	if (!subsystem)
		return false;
	if (strcmp(subsystem, "misc") != 0)
		put_instance(udev_device_get_devpath(device), ret->instance);
	else if (!is_node_of_utils(device))
		return false;
	if (node && hvg_span_copy(hvg_span_of(node), ret->node, sizeof(ret->node)) < 0)
		return false;
	return ret->node[0] != '\0' || ret->instance[0] != '\0';
}

int hvg_vmbus_monitor_next(struct hvg_vmbus_monitor *monitor, const struct hvg_vmbus_event **ret)
{
	for (;;) {
		_cleanup_udev_device_ struct udev_device *device =
			udev_monitor_receive_device(monitor->monitor);
		struct hvg_vmbus_event event = { 0 };

		if (!device)
			return errno == EAGAIN ? 0 : -errno;
		if (!put_change(device, &event) || !put_subject(device, &event))
			continue;
		monitor->event = event;
		*ret = &monitor->event;
		return 1;
	}
}
