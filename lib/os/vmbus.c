// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * /sys/bus/vmbus/devices by libudev. A device may vanish at any moment while it is looked at: what
 * cannot be read then stays unknown, and a device whose folder is gone is left out.
 */

#include "hvguest/vmbus.h"

#include "base/classname.h"
#include "base/guid.h"
#include "base/text.h"
#include "os/udev.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

_Static_assert(HVG_VMBUS_GUID_SIZE == HVG_GUID_TEXT_SIZE, "one form of GUIDs");

struct hvg_vmbus_devices {
	struct hvg_vmbus_device *items;
	size_t n;
};

const char *hvg_vmbus_class_name(const char *class_guid)
{
	return hvg_class_name(class_guid);
}

/* A GUID in any form, in ours; empty if it is none. */
static void put_guid(const char *text, char ret[static HVG_VMBUS_GUID_SIZE])
{
	struct hvg_guid guid;

	ret[0] = '\0';
	if (text && hvg_guid_parse(text, &guid) == 0)
		hvg_guid_render(&guid, ret);
}

static void put_text(const char *text, char *ret, size_t ret_size)
{
	if (text)
		(void)hvg_span_copy(hvg_span_of(text), ret, ret_size);
}

static int number(struct udev_device *device, const char *attribute)
{
	const char *text = udev_device_get_sysattr_value(device, attribute);
	int value;
	char rest;

	if (!text || sscanf(text, "%d%c", &value, &rest) != 1 || value < 0)
		return -1;
	return value;
}

/* The first entry of a folder below the device, as "PREFIXentry"; nothing if there is no such. */
static void put_child(const char *syspath, const char *folder, const char *prefix, char *ret,
	size_t ret_size)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	if (snprintf(path, sizeof(path), "%s/%s", syspath, folder) >= (int)sizeof(path))
		return;
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory)) && entry->d_name[0] == '.')
		;
	if (entry && strlen(prefix) + strlen(entry->d_name) < ret_size)
		(void)sprintf(ret, "%s%s", prefix, entry->d_name);
	(void)closedir(directory);
}

static void describe(struct udev_device *udev_device, struct hvg_vmbus_device *ret)
{
	const char *syspath = udev_device_get_syspath(udev_device);
	struct hvg_vmbus_device device = { 0 };

	put_guid(udev_device_get_sysname(udev_device), device.instance);
	put_guid(udev_device_get_sysattr_value(udev_device, "class_id"), device.class_guid);
	device.class_name = hvg_vmbus_class_name(device.class_guid);
	put_text(udev_device_get_driver(udev_device), device.driver, sizeof(device.driver));
	device.relid = number(udev_device, "id");
	device.state = number(udev_device, "state");
	put_child(syspath, "net", "", device.net_interface, sizeof(device.net_interface));
	put_child(syspath, "uio", "/dev/", device.uio_node, sizeof(device.uio_node));
	*ret = device;
}

static int add_device(struct hvg_vmbus_devices *devices, struct udev *udev, const char *syspath)
{
	_cleanup_udev_device_ struct udev_device *device =
		udev_device_new_from_syspath(udev, syspath);
	struct hvg_vmbus_device *items;

	if (!device)
		return errno == ENOMEM ? -ENOMEM : 0; /* it has vanished */
	items = reallocarray(devices->items, devices->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	devices->items = items;
	describe(device, &items[devices->n]);
	if (items[devices->n].instance[0] != '\0')
		devices->n++;
	return 0;
}

static int by_relid(const void *a, const void *b)
{
	const struct hvg_vmbus_device *left = a, *right = b;

	if (left->relid != right->relid)
		return left->relid < right->relid ? -1 : 1;
	return strcmp(left->instance, right->instance);
}

static int enumerate(struct hvg_vmbus_devices *devices)
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
	r = udev_enumerate_add_match_subsystem(found, "vmbus");
	if (r < 0)
		return r;
	r = udev_enumerate_scan_devices(found);
	if (r < 0)
		return r;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(found)) {
		r = add_device(devices, udev, udev_list_entry_get_name(entry));
		if (r < 0)
			return r;
	}
	return 0;
}

int hvg_vmbus_devices_new(struct hvg_vmbus_devices **ret)
{
	struct hvg_vmbus_devices *devices = calloc(1, sizeof(*devices));
	int r;

	if (!devices)
		return -ENOMEM;
	r = enumerate(devices);
	if (r < 0) {
		hvg_vmbus_devices_free(devices);
		return r;
	}
	if (devices->n > 0)
		qsort(devices->items, devices->n, sizeof(devices->items[0]), by_relid);
	*ret = devices;
	return 0;
}

struct hvg_vmbus_devices *hvg_vmbus_devices_free(struct hvg_vmbus_devices *devices)
{
	if (devices)
		free(devices->items);
	free(devices);
	return NULL;
}

size_t hvg_vmbus_devices_count(const struct hvg_vmbus_devices *devices)
{
	return devices->n;
}

const struct hvg_vmbus_device *hvg_vmbus_devices_get(const struct hvg_vmbus_devices *devices,
	size_t i)
{
	return i < devices->n ? &devices->items[i] : NULL;
}

const struct hvg_vmbus_device *hvg_vmbus_devices_find(const struct hvg_vmbus_devices *devices,
	const char *instance)
{
	char wanted[HVG_VMBUS_GUID_SIZE];

	put_guid(instance, wanted);
	for (size_t i = 0; i < devices->n; i++)
		if (strcmp(devices->items[i].instance, wanted) == 0)
			return &devices->items[i];
	return NULL;
}

/*
 * Misc devices: struct miscdevice's name in drivers/hv/hv_utils_transport.c's callers, and not that of their
 * folder in sysfs ("vmbus!hv_kvp"), by which udev 257 finds nothing.
 */
static const char *sysname(enum hvg_vmbus_service service)
{
	switch (service) {
	case HVG_VMBUS_KVP:
		return "vmbus/hv_kvp";
	case HVG_VMBUS_VSS:
		return "vmbus/hv_vss";
	case HVG_VMBUS_FCOPY:
		return "vmbus/hv_fcopy";
	}
	return "";
}

int hvg_vmbus_find_node(enum hvg_vmbus_service service, char *ret, size_t ret_size)
{
	_cleanup_udev_ struct udev *udev = udev_new();
	_cleanup_udev_device_ struct udev_device *device = NULL;
	const char *node;

	if (!udev)
		return -errno;
	device = udev_device_new_from_subsystem_sysname(udev, "misc", sysname(service));
	if (!device)
		return errno == ENODEV ? -ENOENT : -errno;
	node = udev_device_get_devnode(device);
	if (!node)
		return -ENOENT;
	return hvg_span_copy(hvg_span_of(node), ret, ret_size);
}
