// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Everything about each device: as paragraphs, as the tree of what hangs below it, and as JSON.
 */

#include "hvctl/devices.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What a part is, beyond its name. */

static void describe_block(const struct facts *facts, const char *name, char ret[static 128])
{
	struct fact vendor = fact(facts, "/sys/block/%s/device/vendor", name);
	struct fact model = fact(facts, "/sys/block/%s/device/model", name);
	struct fact size = fact(facts, "/sys/block/%s/size", name);
	double gib = (double)fact_number(&size, 0) / (1 << 21); /* of sectors of 512 bytes */
	char vendor_text[32], model_text[64];

	fact_trim(&vendor, vendor_text, sizeof(vendor_text));
	fact_trim(&model, model_text, sizeof(model_text));
	(void)snprintf(ret, 128, "%s%s%s, %.1f GiB", vendor_text, *vendor_text ? " " : "",
		model_text, gib);
}

static void describe_net(const struct facts *facts, const char *name, char ret[static 128])
{
	struct fact driver = fact(facts, "/sys/class/net/%s/device/driver", name);
	struct fact master = fact(facts, "/sys/class/net/%s/master", name);

	(void)snprintf(ret, 128, "%.40s", fact_is_there(&driver) ? fact_target(&driver) : "");
	if (fact_is_there(&master))
		(void)snprintf(ret, 128, "%.40s, a virtual function below %.40s",
			fact_is_there(&driver) ? fact_target(&driver) : "",
			fact_target(&master));
}

static void describe_pci(const struct facts *facts, const char *name, char ret[static 128])
{
	struct fact vendor = fact(facts, "/sys/bus/pci/devices/%s/vendor", name);
	struct fact device = fact(facts, "/sys/bus/pci/devices/%s/device", name);
	struct fact driver = fact(facts, "/sys/bus/pci/devices/%s/driver", name);

	(void)snprintf(ret, 128, "%.10s:%.10s, %.40s", vendor.text, device.text,
		fact_is_there(&driver) ? fact_target(&driver) : "no driver");
}

static void describe_fc_host(const struct facts *facts, const char *name, char ret[static 128])
{
	struct fact port = fact(facts, "/sys/class/fc_host/%s/port_name", name);
	struct fact state = fact(facts, "/sys/class/fc_host/%s/port_state", name);

	(void)snprintf(ret, 128, "port %.40s, %.40s", port.text, state.text);
}

static void describe(const struct facts *facts, const struct part *part, char ret[static 128])
{
	static const struct {
		const char *kind;
		void (*describe)(const struct facts *facts, const char *name, char *ret);
	} kinds[] = { { "block", describe_block }, { "net", describe_net },
		{ "pci", describe_pci }, { "fc_host", describe_fc_host } };

	ret[0] = '\0';
	for (size_t i = 0; i < HVG_ELEMENTS(kinds); i++)
		if (strcmp(kinds[i].kind, part->kind) == 0)
			kinds[i].describe(facts, part->name, ret);
}

/* Paragraphs. */

/* What others named, so nothing of it may command the terminal. */
static void print_escaped(const char *text)
{
	_cleanup_free_ char *escaped = hvctl_escape(text);

	printf("%s", escaped ? escaped : "");
}

static void print_parts(const struct guest *guest, const struct device *device)
{
	for (size_t i = 0; i < guest->n_parts; i++) {
		const struct part *part = &guest->parts[i];
		char description[128];

		if (part->device != device)
			continue;
		describe(guest->facts, part, description);
		printf("        Is: ");
		print_escaped(part->name);
		printf(" (");
		print_escaped(description);
		printf(")\n");
	}
}

static void print_channels(const struct guest *guest, const struct device *device)
{
	struct channel channel;
	size_t at = 0;

	while (device_next_channel(guest, device, &at, &channel)) {
		printf("   Channel: %" PRId64 " on CPU %" PRId64, channel.relid, channel.cpu);
		if (channel.interrupts >= 0)
			printf(", %" PRId64 " interrupts, %" PRId64 " events",
				channel.interrupts, channel.events);
		if (channel.full > 0)
			printf(", %" PRId64 " times full", channel.full);
		printf("\n");
	}
}

static void print_device(const struct guest *guest, const struct device *device)
{
	printf("%s\n", device->class_name);
	printf("     Class: %s\n  Instance: %s\n", device->class_guid, device->instance);
	printf("    Driver: ");
	if (device->driver[0] != '\0') {
		print_escaped(device->driver);
		printf(", %s\n", devices_state(device));
	} else {
		printf("none (%s)\n", devices_state(device));
	}
	print_parts(guest, device);
	print_channels(guest, device);
}

int devices_print_full(const struct guest *guest)
{
	for (size_t i = 0; i < guest->n_devices; i++) {
		if (i > 0)
			printf("\n");
		print_device(guest, &guest->devices[i]);
	}
	return HVCTL_OK;
}

/* A tree. */

static void add_branch(
	struct hvctl_table *tree, const struct guest *guest, const struct device *device)
{
	hvctl_row *branch;
	char relid[24], what[160];

	devices_number(device->relid, relid);
	(void)snprintf(what, sizeof(what), "channel %s, %s", relid, devices_state(device));
	branch = hvctl_table_add_below(
		tree, NULL, (const char *const[]){ device->class_name, device->driver, what });
	for (size_t i = 0; i < guest->n_parts; i++) {
		if (guest->parts[i].device != device)
			continue;
		describe(guest->facts, &guest->parts[i], what);
		(void)hvctl_table_add_below(tree, branch,
			(const char *const[]){
				guest->parts[i].name, guest->parts[i].kind, what });
	}
}

int devices_print_tree(struct hvctl *hvctl, const struct guest *guest)
{
	static const char *const headings[] = { "DEVICE", "DRIVER", "WHAT", NULL };
	struct hvctl_table *tree = hvctl_tree_new(hvctl, headings);

	if (!tree)
		return HVCTL_WRONG;
	for (size_t i = 0; i < guest->n_devices; i++)
		add_branch(tree, guest, &guest->devices[i]);
	return hvctl_table_print(tree);
}

/* JSON. */

static json_t *number_or_null(int64_t number)
{
	return number < 0 ? json_null() : json_integer(number);
}

static json_t *json_of_channels(const struct guest *guest, const struct device *device)
{
	json_t *channels = json_array();
	struct channel channel;
	size_t at = 0;

	while (device_next_channel(guest, device, &at, &channel))
		json_array_append_new(channels,
			json_pack("{sI so so so so}", "id", (json_int_t)channel.relid, "cpu",
				number_or_null(channel.cpu), "interrupts",
				number_or_null(channel.interrupts), "events",
				number_or_null(channel.events), "full",
				number_or_null(channel.full)));
	return channels;
}

static json_t *json_of_parts(const struct guest *guest, const struct device *device)
{
	json_t *parts = json_array();

	for (size_t i = 0; i < guest->n_parts; i++) {
		char description[128];

		if (guest->parts[i].device != device)
			continue;
		describe(guest->facts, &guest->parts[i], description);
		json_array_append_new(parts,
			json_pack("{ss so so}", "kind", guest->parts[i].kind, "name",
				hvctl_json_text(guest->parts[i].name), "description",
				hvctl_json_text(description)));
	}
	return parts;
}

static json_t *json_of_device(const struct guest *guest, const struct device *device)
{
	return json_pack("{so ss ss ss so ss so so}", "id", number_or_null(device->relid),
		"name", device->class_name, "class", device->class_guid, "instance",
		device->instance, "driver",
		device->driver[0] ? hvctl_json_text(device->driver) : json_null(), "state",
		devices_state(device), "parts", json_of_parts(guest, device), "channels",
		json_of_channels(guest, device));
}

int devices_print_json(const struct guest *guest)
{
	json_t *devices = json_array();

	for (size_t i = 0; i < guest->n_devices; i++)
		json_array_append_new(devices, json_of_device(guest, &guest->devices[i]));
	return hvctl_print_json(devices, false);
}
