/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_GUEST_H
#define HVG_HVCTL_GUEST_H

/*
 * A guest as its facts describe it: what kind of machine it is, and its VMBus devices with what
 * Linux made of each.
 */

#include "hvctl/facts/facts.h"

#include "format/osrelease.h"
#include "hvguest/vmbus.h"

/* Class GUIDs: include/linux/hyperv.h. */
#define CLASS_SHUTDOWN  "0e0b6031-5213-4934-818b-38d90ced39db"
#define CLASS_TIME      "9527e630-d0ae-497b-adce-e80ab0175caf"
#define CLASS_HEARTBEAT "57164f39-9115-4e78-ab55-382f3bd5422d"
#define CLASS_KVP       "a9a0f4e7-5a45-4d96-b827-8a841e8c03e6"
#define CLASS_VSS       "35fa2e29-ea23-4236-96ae-3a6ebacba440"
#define CLASS_FCOPY     "34d14be3-dee4-41c8-9ae7-6b174977c192"
#define CLASS_MEMORY    "525074dc-8985-46e2-8057-a307dc18a502"
#define CLASS_MOUSE     "cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a"
#define CLASS_KEYBOARD  "f912ad6d-2b17-48ea-bd65-f927a61c7684"
#define CLASS_VIDEO     "da0a7802-e377-4aac-8e77-0558eb1073f8"
#define CLASS_NETWORK   "f8615163-df3e-46c5-913f-f2d2f965ed0e"
#define CLASS_IDE       "32412632-86cb-44a2-9b5c-50d1417354f5"
#define CLASS_SCSI      "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f"
#define CLASS_FC        "2f9bcc4a-0069-4af3-b76b-6fd0be528cda"
#define CLASS_PCI       "44c4f61d-4444-4400-9d52-802e27ede19f"

struct device {
	char instance[HVG_VMBUS_GUID_SIZE];
	char class_guid[HVG_VMBUS_GUID_SIZE]; /* empty if it cannot be read */
	const char *class_name;
	char driver[32]; /* empty: nobody drives it */
	int64_t relid;   /* of the primary channel; -1 if unknown */
	int64_t state;   /* 3: its channel is open; -1 if unknown */
	size_t n_channels;
};

/* What Linux made of a device: a network interface, a disk, … */
struct part {
	const char *kind; /* "net", "block", "pci", "fc_host" */
	char name[64];    /* "eth0" */
	const struct device *device;
};

struct guest {
	const struct facts *facts;
	struct device *devices; /* by relid */
	size_t n_devices;
	struct part *parts; /* by kind and name */
	size_t n_parts;
};

/* The facts must outlive the guest. -ENOMEM is the only error; free with guest_done. */
int guest_init(struct guest *guest, const struct facts *facts);
void guest_done(struct guest *guest);

/* The first device of that class, or the next one behind another; NULL if there is none. */
const struct device *guest_device(const struct guest *guest, const char *class_guid);
const struct device *guest_next_device(const struct guest *guest, const struct device *behind);

/* The device that a part of that kind and name is made of, or NULL. */
const struct device *guest_device_of(
	const struct guest *guest, const char *kind, const char *name);

/* Whether a part is a PCI function that is an adapter, which SR-IOV gives: class 0x0200. */
bool guest_part_is_function(const struct guest *guest, const struct part *part);

/* A fact of a device: "driver", "channels/11/interrupts". */
struct fact device_fact(
	const struct guest *guest, const struct device *device, const char *name);

/* One channel of a device; -1 where nothing is known. */
struct channel {
	int64_t relid, cpu;
	int64_t interrupts; /* how often the host signalled */
	int64_t events;     /* how often Linux looked */
	int64_t full;       /* how often its ring was full when Linux wrote */
};

/* Goes through the channels: at is 0 at first. False behind the last one. */
bool device_next_channel(const struct guest *guest, const struct device *device, size_t *at,
	struct channel *ret);

/* Whether somebody drives it and its channel is open. */
bool device_is_in_use(const struct device *device);

/* Left alone by Linux on purpose: nothing is wrong if nobody drives it. */
bool device_is_ignored(const struct device *device);

/* The machine. */

bool guest_is_hyperv(const struct facts *facts);
int guest_generation(const struct facts *facts); /* 1, 2; 0 if that cannot be told */
bool guest_is_azure(const struct facts *facts);
bool guest_is_arm64(const struct facts *facts);
bool guest_is_isolated(const struct facts *facts); /* a confidential guest */

/* How many processors are in use; 0 if that cannot be told. */
unsigned int guest_processors(const struct facts *facts);

/* The hypervisor's build, 20348 for Windows Server 2022; 0 if it does not tell. */
unsigned int guest_host_build(const struct facts *facts);

/* "Windows Server 2022" for 20348; NULL for what is not listed. */
const char *guest_host_name(unsigned int build);

/* The n-th of "EAX EBX ECX EDX" (0 to 3); 0 if it is not there. */
uint32_t guest_cpuid(const struct facts *facts, const char *leaf, unsigned int n);

/* Whether the clock counts by a source of which each read costs an exit to the host, or which
 * drifts; which source it is. */
bool guest_clocksource_is_poor(const struct facts *facts, struct fact *ret);

/* /etc/os-release or /usr/lib/os-release. */
void guest_os(const struct facts *facts, struct hvg_osrelease *ret);

/* Whether the kernel's version is at least that. False if it is unknown. */
bool guest_kernel_is_at_least(
	const struct facts *facts, unsigned int major, unsigned int minor);

#endif
