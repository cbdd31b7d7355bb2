// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * /sys/bus/vmbus/devices by libudev. A device may vanish at any moment while it is looked at: what
 * cannot be read then stays unknown, and a device whose folder is gone is left out.
 */

#include "hvguest/vmbus.h"

#include "base/guid.h"
#include "base/text.h"
#include "base/units.h"
#include "os/udev.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

_Static_assert(HVG_VMBUS_GUID_SIZE == HVG_GUID_TEXT_SIZE, "one form of GUIDs");

/*
 * Class GUIDs: include/linux/hyperv.h of the kernel. Names: tools/hv/lsvmbus; from "Initial machine
 * configuration" on our own, for classes that it does not know.
 */
static const struct {
	const char *guid;
	const char *name;
} classes[] = {
	{ "0e0b6031-5213-4934-818b-38d90ced39db", "[Operating system shutdown]" },
	{ "9527e630-d0ae-497b-adce-e80ab0175caf", "[Time Synchronization]" },
	{ "57164f39-9115-4e78-ab55-382f3bd5422d", "[Heartbeat]" },
	{ "a9a0f4e7-5a45-4d96-b827-8a841e8c03e6", "[Data Exchange]" },
	{ "35fa2e29-ea23-4236-96ae-3a6ebacba440", "[Backup (volume checkpoint)]" },
	{ "34d14be3-dee4-41c8-9ae7-6b174977c192", "[Guest services]" },
	{ "525074dc-8985-46e2-8057-a307dc18a502", "[Dynamic Memory]" },
	{ "cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a", "Synthetic mouse" },
	{ "f912ad6d-2b17-48ea-bd65-f927a61c7684", "Synthetic keyboard" },
	{ "da0a7802-e377-4aac-8e77-0558eb1073f8", "Synthetic framebuffer adapter" },
	{ "f8615163-df3e-46c5-913f-f2d2f965ed0e", "Synthetic network adapter" },
	{ "32412632-86cb-44a2-9b5c-50d1417354f5", "Synthetic IDE Controller" },
	{ "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f", "Synthetic SCSI Controller" },
	{ "2f9bcc4a-0069-4af3-b76b-6fd0be528cda", "Synthetic fiber channel adapter" },
	{ "8c2eaf3d-32a7-4b09-ab99-bd1f1c86b501", "Synthetic RDMA adapter" },
	{ "44c4f61d-4444-4400-9d52-802e27ede19f", "PCI Express pass-through" },
	{ "276aacf4-ac15-426c-98dd-7521ad3f01fe", "[Reserved system device]" },
	{ "f8e65716-3cb3-4a06-9a60-1889c5cccab5", "[Reserved system device]" },
	{ "3375baf4-9e15-4b30-b765-67acb10d607b", "[Reserved system device]" },
	{ "c376c1c3-d276-48d2-90a9-c04748072c60", "[Initial machine configuration]" },
	{ "f9e9c0d3-b511-4a48-8046-d38079a8830c", "[Remote desktop data]" },
	{ "8b60ccf6-709f-4c11-90b5-229c959a9e6a", "VMBus serial port" },
	{ "427b03e7-4ceb-4286-b5fc-486f4a1dd439", "[Crash dump]" },
};

struct hvg_vmbus_devices {
	struct hvg_vmbus_device *items;
	size_t n;
};

const char *hvg_vmbus_class_name(const char *class_guid)
{
	for (size_t i = 0; i < HVG_ELEMENTS(classes); i++)
		if (strcmp(classes[i].guid, class_guid) == 0)
			return classes[i].name;
	return "Unknown";
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

/* Misc devices: struct miscdevice's name in drivers/hv/hv_utils_transport.c's callers. */
static const char *sysname(enum hvg_vmbus_service service)
{
	switch (service) {
	case HVG_VMBUS_KVP:
		return "vmbus!hv_kvp";
	case HVG_VMBUS_VSS:
		return "vmbus!hv_vss";
	case HVG_VMBUS_FCOPY:
		return "vmbus!hv_fcopy";
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
