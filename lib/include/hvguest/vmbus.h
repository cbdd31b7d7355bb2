/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_VMBUS_H
#define HVGUEST_VMBUS_H

/*
 * The devices that a Hyper-V host offers over VMBus, the nodes that programs open, and their coming
 * and going.
 *
 * Create the monitor first and look for devices afterwards: then nothing slips through in between.
 */

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HVG_VMBUS_GUID_SIZE 37 /* "8-4-4-4-12" and a NUL */

/* One offered device. Text is empty where there is nothing to say. Later versions may add members. */
struct hvg_vmbus_device {
	char instance[HVG_VMBUS_GUID_SIZE];   /* lower case, no braces */
	char class_guid[HVG_VMBUS_GUID_SIZE]; /* what it is: the same form */
	const char *class_name;		      /* hvg_vmbus_class_name(class_guid) */
	char driver[32];		      /* "hv_utils"; empty: nobody drives it */
	int relid;			      /* of the primary channel; -1 if unknown */
	int state;			      /* 3: its channel is open; -1 if unknown */
	char net_interface[16];		      /* "eth0", of a network adapter */
	char uio_node[32];		      /* "/dev/uio0", if a program may drive it */
};

struct hvg_vmbus_devices;

/* What is there now, sorted by relid. Not on Hyper-V, that is 0 devices and no error. */
int hvg_vmbus_devices_new(struct hvg_vmbus_devices **ret);
struct hvg_vmbus_devices *hvg_vmbus_devices_free(struct hvg_vmbus_devices *devices);
size_t hvg_vmbus_devices_count(const struct hvg_vmbus_devices *devices);

/* NULL past the last one. Lives as long as devices. */
const struct hvg_vmbus_device *hvg_vmbus_devices_get(const struct hvg_vmbus_devices *devices,
	size_t i);

/* The device of that instance, or NULL. */
const struct hvg_vmbus_device *hvg_vmbus_devices_find(const struct hvg_vmbus_devices *devices,
	const char *instance);

/* As lsvmbus prints it: "[Data Exchange]", "Synthetic network adapter"; "Unknown". Never NULL. */
const char *hvg_vmbus_class_name(const char *class_guid);

/* The services of the kernel's hv_utils driver that leave the work to a program. */
enum hvg_vmbus_service {
	HVG_VMBUS_KVP,
	HVG_VMBUS_VSS,
	HVG_VMBUS_FCOPY, /* before Linux 6.10; afterwards look for a uio_node */
};

/*
 * The node to open, "/dev/vmbus/hv_kvp". -ENOENT while the host does not offer that service (or the
 * driver is not loaded); -ENOSPC if ret is too small.
 */
int hvg_vmbus_find_node(enum hvg_vmbus_service service, char *ret, size_t ret_size);

struct hvg_vmbus_event {
	bool is_added;			    /* or else removed */
	char node[64];			    /* "/dev/vmbus/hv_kvp", "/dev/uio0"; empty for a device */
	char instance[HVG_VMBUS_GUID_SIZE]; /* of the device, or of the one the UIO node is for */
};

struct hvg_vmbus_monitor;

/*
 * Tells of the nodes of hv_utils, of UIO nodes on VMBus, and of VMBus devices. Where udevd runs an
 * added node is told once its rules were applied.
 */
int hvg_vmbus_monitor_new(struct hvg_vmbus_monitor **ret);
struct hvg_vmbus_monitor *hvg_vmbus_monitor_free(struct hvg_vmbus_monitor *monitor);

/* To be polled for POLLIN; it stays the monitor's. */
int hvg_vmbus_monitor_get_fd(const struct hvg_vmbus_monitor *monitor);

/*
 * 1 and an event, which lives until the next call; 0 if none waits. -ENOBUFS if some were lost: look
 * for devices again.
 */
int hvg_vmbus_monitor_next(struct hvg_vmbus_monitor *monitor, const struct hvg_vmbus_event **ret);

#ifdef __cplusplus
}
#endif

#endif
