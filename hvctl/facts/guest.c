// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The devices, from /sys/bus/vmbus/devices: Documentation/ABI/stable/sysfs-bus-vmbus.
 */

#include "hvctl/facts/guest.h"

#include "base/classname.h"
#include "base/guid.h"
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES "/sys/bus/vmbus/devices"

static size_t count_lines(const char *text)
{
	size_t n = *text != '\0';

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void put_guid(const char *text, char ret[static HVG_VMBUS_GUID_SIZE])
{
	struct hvg_guid guid;

	if (hvg_guid_parse(text, &guid) == 0)
		hvg_guid_render(&guid, ret);
}

/* False if the folder's name is no GUID. */
static bool describe(const struct facts *facts, const char *name, struct device *ret)
{
	struct fact class_id = fact(facts, DEVICES "/%s/class_id", name);
	struct fact driver = fact(facts, DEVICES "/%s/driver", name);
	struct fact state = fact(facts, DEVICES "/%s/state", name);
	struct fact mapping = fact(facts, DEVICES "/%s/channel_vp_mapping", name);

	*ret = (struct device){ .relid = fact_number(&mapping, -1), /* the primary comes first */
		.state = fact_number(&state, -1) };
	put_guid(name, ret->instance);
	put_guid(class_id.text, ret->class_guid);
	ret->class_name = hvg_class_name(ret->class_guid);
	ret->n_channels = count_lines(mapping.text);
	if (fact_is_there(&driver))
		(void)snprintf(ret->driver, sizeof(ret->driver), "%.31s", fact_target(&driver));
	return ret->instance[0] != '\0';
}

static int by_relid(const void *a, const void *b)
{
	const struct device *left = a, *right = b;

	if (left->relid != right->relid)
		return left->relid < right->relid ? -1 : 1;
	return strcmp(left->instance, right->instance);
}

static int find_devices(struct guest *guest)
{
	size_t max = facts_count_children(guest->facts, DEVICES);
	struct facts_child child = { 0 };

	guest->devices = calloc(max + 1, sizeof(guest->devices[0]));
	if (!guest->devices)
		return -ENOMEM;
	while (facts_next_child(guest->facts, DEVICES, &child))
		if (describe(guest->facts, child.name, &guest->devices[guest->n_devices]))
			guest->n_devices++;
	qsort(guest->devices, guest->n_devices, sizeof(guest->devices[0]), by_relid);
	return 0;
}

static const struct device *by_instance(const struct guest *guest, const char *instance)
{
	for (size_t i = 0; i < guest->n_devices; i++)
		if (strncmp(guest->devices[i].instance, instance, HVG_VMBUS_GUID_SIZE - 1) == 0)
			return &guest->devices[i];
	return NULL;
}

/*
 * The device whose folder a link leads through: "../../devices/…/INSTANCE/net/eth0". Of two it
 * is the lower one: a virtual function's bus hangs below a device, not below VMBus.
 */
static const struct device *device_above(const struct guest *guest, const char *target)
{
	const struct device *device = NULL;

	for (const char *at = strchr(target, '/'); at && !device; at = strchr(at + 1, '/'))
		if (strcspn(at + 1, "/") == HVG_VMBUS_GUID_SIZE - 1)
			device = by_instance(guest, at + 1);
	return device;
}

static const struct {
	const char *kind, *folder;
} links[] = {
	{ "net", "/sys/class/net" },
	{ "block", "/sys/block" },
	{ "pci", "/sys/bus/pci/devices" },
	{ "fc_host", "/sys/class/fc_host" },
};

static void find_parts_in(struct guest *guest, const char *kind, const char *folder)
{
	struct facts_child child = { 0 };

	while (facts_next_child(guest->facts, folder, &child)) {
		struct fact link = fact(guest->facts, "%s/%s", folder, child.name);
		const struct device *device = device_above(guest, link.text);
		struct part *part = &guest->parts[guest->n_parts];

		if (link.kind != FACT_LINK || !device)
			continue;
		*part = (struct part){ .kind = kind, .device = device };
		(void)snprintf(part->name, sizeof(part->name), "%.63s", child.name);
		guest->n_parts++;
	}
}

static int find_parts(struct guest *guest)
{
	size_t max = 0;

	for (size_t i = 0; i < HVG_ELEMENTS(links); i++)
		max += facts_count_children(guest->facts, links[i].folder);
	guest->parts = calloc(max + 1, sizeof(guest->parts[0]));
	if (!guest->parts)
		return -ENOMEM;
	for (size_t i = 0; i < HVG_ELEMENTS(links); i++)
		find_parts_in(guest, links[i].kind, links[i].folder);
	return 0;
}

int guest_init(struct guest *guest, const struct facts *facts)
{
	int r;

	*guest = (struct guest){ .facts = facts };
	r = find_devices(guest);
	return r < 0 ? r : find_parts(guest);
}

void guest_done(struct guest *guest)
{
	free(guest->devices);
	free(guest->parts);
	*guest = (struct guest){ 0 };
}

static const struct device *search(
	const struct guest *guest, size_t first, const char *class_guid)
{
	for (size_t i = first; i < guest->n_devices; i++)
		if (strcmp(guest->devices[i].class_guid, class_guid) == 0)
			return &guest->devices[i];
	return NULL;
}

const struct device *guest_device(const struct guest *guest, const char *class_guid)
{
	return search(guest, 0, class_guid);
}

const struct device *guest_next_device(const struct guest *guest, const struct device *behind)
{
	return search(guest, (size_t)(behind - guest->devices) + 1, behind->class_guid);
}

const struct device *guest_device_of(
	const struct guest *guest, const char *kind, const char *name)
{
	for (size_t i = 0; i < guest->n_parts; i++)
		if (strcmp(guest->parts[i].kind, kind) == 0 &&
			strcmp(guest->parts[i].name, name) == 0)
			return guest->parts[i].device;
	return NULL;
}

bool guest_part_is_function(const struct guest *guest, const struct part *part)
{
	struct fact class_code =
		fact(guest->facts, "/sys/bus/pci/devices/%s/class", part->name);

	return strcmp(part->kind, "pci") == 0 && strncmp(class_code.text, "0x0200", 6) == 0;
}

struct fact device_fact(
	const struct guest *guest, const struct device *device, const char *name)
{
	return fact(guest->facts, DEVICES "/%s/%s", device->instance, name);
}

static int64_t counter(
	const struct guest *guest, const struct device *device, int64_t relid, const char *name)
{
	struct fact found = fact(guest->facts, DEVICES "/%s/channels/%" PRId64 "/%s",
		device->instance, relid, name);

	return fact_number(&found, -1);
}

bool device_next_channel(
	const struct guest *guest, const struct device *device, size_t *at, struct channel *ret)
{
	struct fact mapping = device_fact(guest, device, "channel_vp_mapping");
	const char *line = mapping.text + *at;
	struct channel channel = { .cpu = -1 };

	if (*at > strlen(mapping.text) ||
		sscanf(line, "%" SCNd64 ":%" SCNd64, &channel.relid, &channel.cpu) < 1)
		return false;
	*at += strcspn(line, "\n") + 1;
	channel.interrupts = counter(guest, device, channel.relid, "interrupts");
	channel.events = counter(guest, device, channel.relid, "events");
	channel.full = counter(guest, device, channel.relid, "out_full_total");
	*ret = channel;
	return true;
}

bool device_is_in_use(const struct device *device)
{
	return device->driver[0] != '\0' && device->state == 3;
}

bool device_is_ignored(const struct device *device)
{
	/* drivers/hv/channel_mgmt.c, vmbus_unsupported_devs; a serial port and a crash dump
	 * beside them */
	static const char *const ignored[] = {
		"f8e65716-3cb3-4a06-9a60-1889c5cccab5", /* AVMA */
		"3375baf4-9e15-4b30-b765-67acb10d607b", /* AVMA */
		"276aacf4-ac15-426c-98dd-7521ad3f01fe", /* remote desktop */
		"c376c1c3-d276-48d2-90a9-c04748072c60", /* initial machine configuration */
		"f9e9c0d3-b511-4a48-8046-d38079a8830c", /* remote desktop */
		"8b60ccf6-709f-4c11-90b5-229c959a9e6a",
		"427b03e7-4ceb-4286-b5fc-486f4a1dd439",
	};

	for (size_t i = 0; i < HVG_ELEMENTS(ignored); i++)
		if (strcmp(device->class_guid, ignored[i]) == 0)
			return true;
	return false;
}
