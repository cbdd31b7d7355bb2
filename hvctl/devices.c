// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl devices: what the host offers over VMBus, who drives it, and what Linux made of it.
 */

#include "hvctl/devices.h"

#include "hvctl/facts/collect.h"
#include "hvctl/subject.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *devices_state(const struct device *device)
{
	if (device->driver[0] == '\0')
		return device_is_ignored(device) ? "ignored" : "no driver";
	return device->state == 3 ? "open" : "closed";
}

void devices_number(int64_t number, char ret[static 24])
{
	ret[0] = '\0';
	if (number >= 0)
		(void)snprintf(ret, 24, "%" PRId64, number);
}

static const char *color_of(const struct device *device)
{
	if (device_is_ignored(device))
		return "darkgray";
	return device_is_in_use(device) ? NULL : "red";
}

/* "eth0", "sda sdb": everything that Linux made of the device. */
static void put_parts(
	const struct guest *guest, const struct device *device, char ret[static 256])
{
	ret[0] = '\0';
	for (size_t i = 0; i < guest->n_parts; i++) {
		if (guest->parts[i].device != device)
			continue;
		if (ret[0] != '\0')
			(void)hvg_text_append(ret, 256, " ");
		(void)hvg_text_append(ret, 256, guest->parts[i].name);
	}
}

static void add_row(
	struct hvctl_table *table, const struct guest *guest, const struct device *device)
{
	char id[24], channels[24], parts[256];
	hvctl_row *row;

	devices_number(device->relid, id);
	devices_number((int64_t)device->n_channels, channels);
	put_parts(guest, device, parts);
	row = hvctl_table_add_below(table, NULL,
		(const char *const[]){ id, device->class_name, device->driver,
			devices_state(device), channels, parts });
	hvctl_row_paint(row, 3, color_of(device));
}

static int print_table(struct hvctl *hvctl, const struct guest *guest)
{
	static const char *const headings[] = { "ID", "DEVICE", "DRIVER", "STATE", "CH", "IS",
		NULL };
	struct hvctl_table *table = hvctl_table_new(hvctl, headings);

	if (!table)
		return HVCTL_WRONG;
	hvctl_table_align_right(table, 0);
	hvctl_table_align_right(table, 4);
	for (size_t i = 0; i < guest->n_devices; i++)
		add_row(table, guest, &guest->devices[i]);
	return hvctl_table_print(table);
}

enum { FROM, VERBOSE, TREE };

const struct hvctl_option devices_options[] = {
	[FROM] = SUBJECT_FROM,
	[VERBOSE] = { "verbose", 'v', NULL,
		"everything: GUIDs, channels, and what came over them" },
	[TREE] = { "tree", 0, NULL, "a tree: devices, and below them what Linux made of them" },
	{ NULL },
};

static int print(
	struct hvctl *hvctl, const struct guest *guest, const struct hvctl_given *given)
{
	int code;

	if (hvctl->json)
		return devices_print_json(guest);
	hvctl_pager_begin(hvctl);
	if (given->value[VERBOSE])
		code = devices_print_full(guest);
	else if (given->value[TREE])
		code = devices_print_tree(hvctl, guest);
	else
		code = print_table(hvctl, guest);
	hvctl_pager_end(hvctl);
	return code;
}

int hvctl_devices(struct hvctl *hvctl, int argc, char *argv[])
{
	struct subject subject = { 0 };
	struct hvctl_given given;
	unsigned int wanted = FACTS_DEVICES;
	int code;

	if (hvctl_take_options(devices_options, &argc, argv, &given) < 0)
		return HVCTL_USAGE;
	if (argc > 1)
		return hvctl_misuse(argv[0]);
	if (given.value[VERBOSE] || given.value[TREE] || hvctl->json)
		wanted |= FACTS_PARTS;
	if (given.value[VERBOSE] || hvctl->json)
		wanted |= FACTS_CHANNELS;
	code = subject_open(&subject, given.value[FROM], wanted);
	if (code == HVCTL_OK)
		code = print(hvctl, &subject.guest, &given);
	subject_done(&subject);
	return code;
}
