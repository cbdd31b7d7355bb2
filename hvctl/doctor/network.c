// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Virtual functions: interfaces that hang below a synthetic adapter, and are to be left alone;
 * and adapters of another time.
 */

#include "hvctl/doctor/doctor.h"

#include "hvctl/facts/rules.h"
#include "hvctl/facts/services.h"

#include <stdio.h>
#include <string.h>

/* The next virtual function behind *at, which is 0 at first; its adapter's name, or "". */
static const char *next_function(
	const struct guest *guest, size_t *at, char ret_adapter[static 64])
{
	while (*at < guest->n_parts) {
		const struct part *part = &guest->parts[(*at)++];
		struct fact master = fact(guest->facts, "/sys/class/net/%s/master", part->name);

		if (strcmp(part->kind, "net") != 0 ||
			strcmp(part->device->class_guid, CLASS_PCI) != 0)
			continue;
		(void)snprintf(ret_adapter, 64, "%.63s",
			fact_is_there(&master) ? fact_target(&master) : "");
		return part->name;
	}
	return NULL;
}

/* NetworkManager's own rules are about veth, gadgets and the like, and always there. */
static bool is_of_manager(const struct fact *rules)
{
	return strcmp(rules->path, "/usr/lib/udev/rules.d/85-nm-unmanaged.rules") == 0;
}

static bool keeps_manager_away(const struct fact *rules)
{
	return !is_of_manager(rules) && strstr(rules->text, "NM_UNMANAGED") &&
		strchr(rules->text, '1');
}

void check_function_managed(const struct guest *guest, struct findings *findings)
{
	struct fact manager = unit_fact(guest, "NetworkManager.service"), ignored;
	struct judgement *finding;
	char adapter[64];
	const char *name;
	size_t at = 0;

	if (!fact_is(&manager, "active") || rules_find(guest, keeps_manager_away, &ignored))
		return;
	while ((name = next_function(guest, &at, adapter))) {
		finding = findings_add(findings, "NetworkManager may take %s, which %s", name,
			*adapter ? "belongs to an adapter"
				 : "it did already, or else it would be below its adapter");
		judgement_because(finding, manager);
		judgement_because(
			finding, fact(guest->facts, "/sys/class/net/%s/master", name));
		judgement_fix(finding,
			"cp /usr/share/hvguest/udev/61-hvguest-function.rules /etc/udev/rules.d/ && "
			"udevadm control --reload && udevadm trigger --settle --action=change /sys/class/net/%s",
			name);
	}
}

void check_function_down(const struct guest *guest, struct findings *findings)
{
	char adapter[64];
	const char *name;
	size_t at = 0;

	while ((name = next_function(guest, &at, adapter))) {
		struct fact state = fact(guest->facts, "/sys/class/net/%s/operstate", name);
		struct judgement *finding;

		if (!*adapter || !fact_is(&state, "down"))
			continue;
		finding = findings_add(
			findings, "%s is down, so %s goes the slow way", name, adapter);
		judgement_because(finding, state);
		judgement_fix(finding, "ip link set %s up", name);
	}
}

void check_function_mtu(const struct guest *guest, struct findings *findings)
{
	char adapter[64];
	const char *name;
	size_t at = 0;

	while ((name = next_function(guest, &at, adapter))) {
		struct fact own = fact(guest->facts, "/sys/class/net/%s/mtu", name),
			    other = fact(guest->facts, "/sys/class/net/%s/mtu", adapter);
		struct judgement *finding;

		if (!*adapter || !fact_is_there(&own) || !fact_is_there(&other) ||
			strcmp(own.text, other.text) == 0)
			continue;
		finding = findings_add(findings, "%s has MTU %s, and its adapter %s has %s",
			name, own.text, adapter, other.text);
		judgement_because(finding, own);
		judgement_because(finding, other);
		judgement_fix(finding, "ip link set %s mtu %s", adapter, own.text);
	}
}

/* A PCI device of a class, below a VMBus device that has made no interface. */
void check_function_driver(const struct guest *guest, struct findings *findings)
{
	for (size_t i = 0; i < guest->n_parts; i++) {
		const struct part *part = &guest->parts[i];
		struct fact driver =
			fact(guest->facts, "/sys/bus/pci/devices/%s/driver", part->name);
		struct judgement *finding;

		if (!guest_part_is_function(guest, part) || fact_is_there(&driver))
			continue;
		finding = findings_add(findings,
			"%s is a virtual function, and no driver takes it", part->name);
		judgement_because(finding,
			fact(guest->facts, "/sys/bus/pci/devices/%s/vendor", part->name));
		judgement_because(finding, driver);
		judgement_fix(finding, "modprobe $(cat /sys/bus/pci/devices/%s/modalias)",
			part->name);
	}
}

/* The emulated adapter of generation 1: a DEC 21140. */
void check_legacy_adapter(const struct guest *guest, struct findings *findings)
{
	struct facts_child child = { 0 };

	while (facts_next_child(guest->facts, "/sys/bus/pci/devices", &child)) {
		struct fact vendor = fact(
				    guest->facts, "/sys/bus/pci/devices/%s/vendor", child.name),
			    device = fact(
				    guest->facts, "/sys/bus/pci/devices/%s/device", child.name);
		struct judgement *finding;

		if (!fact_is(&vendor, "0x1011") || !fact_is(&device, "0x0009"))
			continue;
		finding = findings_add(findings,
			"%s is a legacy adapter, which is emulated and slow", child.name);
		judgement_because(finding, vendor);
		judgement_because(finding, device);
		judgement_fix(finding,
			"host: Add-VMNetworkAdapter -VMName NAME -SwitchName SWITCH, and remove the legacy one");
	}
}
