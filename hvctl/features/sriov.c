// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * SR-IOV: a virtual function comes as a PCI device on VMBus, its driver makes an interface of
 * it, and hv_netvsc puts that below the adapter with the same MAC
 * (Documentation/networking/.../netvsc.rst).
 */

#include "hvctl/features/offered.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct part *find_function(const struct guest *guest)
{
	for (size_t i = 0; i < guest->n_parts; i++)
		if (strcmp(guest->parts[i].kind, "net") == 0 &&
			strcmp(guest->parts[i].device->class_guid, CLASS_PCI) == 0)
			return &guest->parts[i];
	return NULL;
}

/* A PCI device that is an adapter and of which no driver has made an interface. */
static const struct part *find_idle_device(const struct guest *guest)
{
	for (size_t i = 0; i < guest->n_parts; i++)
		if (guest_part_is_function(guest, &guest->parts[i]))
			return &guest->parts[i];
	return NULL;
}

static void judge_function(const struct guest *guest, const char *name, struct verdict *ret)
{
	struct fact master = fact(guest->facts, "/sys/class/net/%s/master", name),
		    state = fact(guest->facts, "/sys/class/net/%s/operstate", name), packets;

	judgement_because(
		&ret->judgement, fact(guest->facts, "/sys/class/net/%s/device/driver", name));
	judgement_because(&ret->judgement, master);
	judgement_because(&ret->judgement, state);
	if (!fact_is_there(&master)) {
		verdict_is(ret, FEATURE_DEGRADED, "%s is there, and below no adapter", name);
		judgement_fix(&ret->judgement,
			"keep network managers off %s (udev: ENV{NM_UNMANAGED}=\"1\")", name);
		return;
	}
	packets = fact(guest->facts, "ethtool/%s/vf_tx_packets", fact_target(&master));
	judgement_because(&ret->judgement, packets);
	if (fact_is(&state, "down")) {
		verdict_is(ret, FEATURE_DEGRADED, "%s is down, so %s goes the slow way", name,
			fact_target(&master));
		judgement_fix(&ret->judgement, "ip link set %s up", name);
	} else if (fact_number(&packets, 0) > 0) {
		verdict_is(ret, FEATURE_WORKS, "%s sends by %s: %s packets",
			fact_target(&master), name, packets.text);
	} else {
		verdict_is(ret, FEATURE_READY, "%s is below %s", name, fact_target(&master));
	}
}

void judge_sriov(const struct guest *guest, struct verdict *ret)
{
	const struct part *function = find_function(guest), *idle = find_idle_device(guest);

	if (function) {
		judge_function(guest, function->name, ret);
	} else if (idle) {
		judgement_because(&ret->judgement,
			fact(guest->facts, "/sys/bus/pci/devices/%s/vendor", idle->name));
		judgement_because(&ret->judgement,
			fact(guest->facts, "/sys/bus/pci/devices/%s/driver", idle->name));
		verdict_is(ret, FEATURE_MISSING,
			"the host offers a virtual function, and no driver takes it");
		judgement_fix(&ret->judgement,
			"modprobe $(cat /sys/bus/pci/devices/%s/modalias)", idle->name);
	} else {
		judgement_because(
			&ret->judgement, fact(guest->facts, "/sys/bus/vmbus/drivers/hv_pci"));
		verdict_is(ret, FEATURE_NOT_OFFERED,
			"the host gives no adapter a virtual function");
		judgement_fix(&ret->judgement,
			"host: Set-VMNetworkAdapter -VMName NAME -IovWeight 100");
	}
}
