// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What adapters can beyond plain packets. Each judge goes through the synthetic adapters and
 * keeps the best (or, where one that fails spoils it, the worst) that it finds.
 */

#include "hvctl/features/offered.h"

#include "hvctl/facts/unit-fix.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The next synthetic adapter behind *at, which is 0 at first; NULL behind the last. */
static const char *next_nic(const struct guest *guest, size_t *at)
{
	while (*at < guest->n_parts) {
		const struct part *part = &guest->parts[(*at)++];

		if (strcmp(part->kind, "net") == 0 &&
			strcmp(part->device->class_guid, CLASS_NETWORK) == 0)
			return part->name;
	}
	return NULL;
}

/* Without an adapter there is nothing to judge. */
static bool has_nic(const struct guest *guest, struct verdict *ret)
{
	size_t at = 0;

	if (next_nic(guest, &at))
		return true;
	judgement_because(
		&ret->judgement, fact(guest->facts, "/sys/bus/vmbus/drivers/hv_netvsc"));
	verdict_is(ret, FEATURE_NOT_APPLICABLE, "there is no synthetic adapter");
	return false;
}

static struct fact ethtool(const struct guest *guest, const char *nic, const char *name)
{
	return fact(guest->facts, "ethtool/%s/%s", nic, name);
}

/* Jumbo frames. */

void judge_jumbo(const struct guest *guest, struct verdict *ret)
{
	const char *nic;
	size_t at = 0;

	if (!has_nic(guest, ret))
		return;
	verdict_is(ret, FEATURE_UNKNOWN, "how large frames may be was not asked of the driver");
	while ((nic = next_nic(guest, &at))) {
		struct fact mtu = fact(guest->facts, "/sys/class/net/%s/mtu", nic),
			    max = ethtool(guest, nic, "mtu-max");

		judgement_because(&ret->judgement, mtu);
		judgement_because(&ret->judgement, max);
		if (fact_number(&mtu, 0) > 1500) {
			verdict_is(ret, FEATURE_WORKS,
				"%s sends frames of up to %" PRId64 " bytes", nic,
				fact_number(&mtu, 0));
			return;
		}
		if (fact_number(&max, 0) > 1500) {
			verdict_is(ret, FEATURE_READY,
				"%s could send %" PRId64 " bytes if switch and network can",
				nic, fact_number(&max, 0));
			judgement_fix(&ret->judgement, "ip link set %s mtu 9000", nic);
		} else if (ret->state == FEATURE_UNKNOWN && fact_is_there(&max)) {
			verdict_is(ret, FEATURE_NOT_OFFERED,
				"the host allows %s no frames beyond 1500 bytes", nic);
			judgement_fix(&ret->judgement,
				"host: Set-NetAdapterAdvancedProperty -Name PHYSICAL -RegistryKeyword "
				"\"*JumboPacket\" -RegistryValue 9014");
		}
	}
}

/* VLANs. */

/* A VLAN on top of the adapter, or "". /proc/net/vlan/config has "eth0.20 | 20 | eth0". */
static void find_vlan(const struct guest *guest, const char *nic, char ret[static 64])
{
	struct fact config = fact(guest->facts, "/proc/net/vlan/config");

	ret[0] = '\0';
	for (const char *line = config.text; line;
		line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		char name[64], below[64];

		if (sscanf(line, "%63s | %*d | %63s", name, below) == 2 &&
			strcmp(below, nic) == 0)
			(void)snprintf(ret, 64, "%s", name);
	}
}

static void judge_used_vlan(const struct guest *guest, const char *vlan, struct verdict *ret)
{
	struct fact rx = fact(guest->facts, "/sys/class/net/%s/statistics/rx_packets", vlan),
		    tx = fact(guest->facts, "/sys/class/net/%s/statistics/tx_packets", vlan);

	judgement_because(&ret->judgement, rx);
	judgement_because(&ret->judgement, tx);
	if (fact_number(&rx, 0) > 0) {
		verdict_is(ret, FEATURE_WORKS, "packets come over %s", vlan);
	} else if (fact_number(&tx, 0) > 0) {
		verdict_is(ret, FEATURE_DEGRADED,
			"%s sends and gets nothing: the host's port may be no trunk", vlan);
		judgement_fix(&ret->judgement,
			"host: Set-VMNetworkAdapterVlan -VMName NAME -Trunk -AllowedVlanIdList 10,20 -NativeVlanId 0");
	} else {
		verdict_is(ret, FEATURE_READY, "%s is there, and nothing has gone over it yet",
			vlan);
	}
}

void judge_vlan(const struct guest *guest, struct verdict *ret)
{
	struct fact tag = fact(guest->facts, "/sys/class/dmi/id/chassis_asset_tag"), offload;
	const char *nic;
	char vlan[64];
	size_t at = 0;

	if (!has_nic(guest, ret))
		return;
	if (guest_is_azure(guest->facts)) {
		judgement_because(&ret->judgement, tag);
		verdict_is(ret, FEATURE_NOT_APPLICABLE, "Azure's networks have no VLANs");
		return;
	}
	verdict_is(ret, FEATURE_UNKNOWN,
		"whether VLANs can be tagged was not asked of the driver");
	while ((nic = next_nic(guest, &at))) {
		offload = ethtool(guest, nic, "tx-vlan-hw-insert");
		judgement_because(&ret->judgement, offload);
		find_vlan(guest, nic, vlan);
		if (vlan[0] != '\0') {
			judge_used_vlan(guest, vlan, ret);
			return;
		}
		if (fact_has_word(&offload, "on"))
			verdict_is(ret, FEATURE_READY,
				"%s can carry VLANs if the host's port is a trunk", nic);
	}
}

/* Live migration. */

/* A device that was passed through and is no virtual function of an adapter. */
static const struct part *passed_through(const struct guest *guest)
{
	for (size_t i = 0; i < guest->n_parts; i++) {
		const struct part *part = &guest->parts[i];
		struct fact class_code =
			fact(guest->facts, "/sys/bus/pci/devices/%s/class", part->name);

		if (strcmp(part->kind, "pci") == 0 && fact_is_there(&class_code) &&
			!guest_part_is_function(guest, part))
			return part;
	}
	return NULL;
}

void judge_live_migration(const struct guest *guest, struct verdict *ret)
{
	struct fact clocksource = fact(guest->facts,
			    "/sys/devices/system/clocksource/clocksource0/current_clocksource"),
		    cmdline = fact(guest->facts, "/proc/cmdline");
	const struct part *device = passed_through(guest);

	judgement_because(&ret->judgement, fact(guest->facts, "/sys/bus/vmbus"));
	judgement_because(&ret->judgement, clocksource);
	if (device) {
		judgement_because(&ret->judgement,
			fact(guest->facts, "/sys/bus/pci/devices/%s/class", device->name));
		verdict_is(ret, FEATURE_NOT_APPLICABLE,
			"a device is passed through (%s), which ties it to this host",
			device->name);
		judgement_fix(&ret->judgement,
			"host: Remove-VMAssignableDevice -VMName NAME -LocationPath PATH");
	} else if (fact_has_word(&cmdline, "tsc=reliable")) {
		judgement_because(&ret->judgement, cmdline);
		verdict_is(ret, FEATURE_DEGRADED,
			"tsc=reliable makes the clock jump on a host of another speed");
		judgement_fix(
			&ret->judgement, "take tsc=reliable off the kernel's command line");
	} else {
		verdict_is(ret, FEATURE_READY, "nothing in this guest stands in the way");
	}
}

/* Static IP injection. */

void judge_ip_injection(const struct guest *guest, struct verdict *ret)
{
	struct fact script = fact(guest->facts, "/usr/libexec/hypervkvpd/hv_set_ifconfig"),
		    socket = unit_fact(guest, "hv-netd.socket"),
		    service = unit_fact(guest, "hv-netd.service");
	struct attached daemon;

	if (!has_nic(guest, ret) || !offered_daemon(guest, &service_kvp, ret, &daemon))
		return;
	if (daemon.is_ours) {
		judgement_because(
			&ret->judgement, fact_is(&service, "active") ? service : socket);
		if (fact_is(&service, "active") || fact_is(&socket, "active")) {
			verdict_is(ret, FEATURE_READY,
				"hv-netd does what the host asks (hvctl net status tells for each adapter)");
			return;
		}
		verdict_is(ret, FEATURE_MISSING,
			"hv-kvpd hears the host, and hv-netd does not run");
		unit_fix_start(&ret->judgement, guest, "hv-netd.socket");
		return;
	}
	judgement_because(&ret->judgement, script);
	if (fact_is_there(&script)) {
		verdict_is(ret, FEATURE_READY,
			"%s would run a script that may suit this system, or not", daemon.name);
		return;
	}
	verdict_is(
		ret, FEATURE_MISSING, "%s would run a script that is not there", daemon.name);
	unit_fix_stop_others(&ret->judgement, guest, &service_kvp);
	unit_fix_start(&ret->judgement, guest, "hv-kvpd.service");
	unit_fix_start(&ret->judgement, guest, "hv-netd.socket");
}

/* vRSS. */

static unsigned int busy_queues(const struct guest *guest, const char *nic, int64_t n_queues)
{
	unsigned int n = 0;

	for (int64_t i = 0; i < n_queues; i++) {
		struct fact packets =
			fact(guest->facts, "ethtool/%s/rx_queue_%" PRId64 "_packets", nic, i);

		n += fact_number(&packets, 0) > 0;
	}
	return n;
}

static void judge_queues(const struct guest *guest, const char *nic, struct verdict *ret)
{
	struct fact now = ethtool(guest, nic, "channels"),
		    most = ethtool(guest, nic, "channels-max");
	int64_t n = fact_number(&now, -1), max = fact_number(&most, -1);
	unsigned int busy = busy_queues(guest, nic, n);

	judgement_because(&ret->judgement, now);
	judgement_because(&ret->judgement, most);
	if (n > 1 && busy > 1) {
		judgement_because_of(&ret->judgement, "ethtool rx_queue_*_packets",
			"%s has packets on %u queues", nic, busy);
		verdict_is(
			ret, FEATURE_WORKS, "%s is spread over %" PRId64 " channels", nic, n);
	} else if (n > 1) {
		verdict_is(ret, FEATURE_READY,
			"%s has %" PRId64 " channels, with little traffic", nic, n);
	} else if (n == 1 && max > 1) {
		verdict_is(ret, FEATURE_OFF, "%s uses one of %" PRId64 " channels", nic, max);
		judgement_fix(&ret->judgement, "ethtool -L %s combined %" PRId64, nic, max);
	} else if (max == 1) {
		verdict_is(ret, FEATURE_NOT_OFFERED, "the host gives %s one channel", nic);
		judgement_fix(&ret->judgement,
			"host: Set-VMNetworkAdapter -VMName NAME -VrssEnabled $true -VmmqEnabled $true");
	}
}

void judge_vrss(const struct guest *guest, struct verdict *ret)
{
	struct fact present = fact(guest->facts, "/sys/devices/system/cpu/present");
	const char *nic;
	size_t at = 0;

	if (!has_nic(guest, ret))
		return;
	if (fact_is_there(&present) && !strpbrk(present.text, "-,")) {
		judgement_because(&ret->judgement, present);
		verdict_is(
			ret, FEATURE_NOT_APPLICABLE, "this virtual machine has one processor");
		return;
	}
	verdict_is(ret, FEATURE_UNKNOWN,
		"how many channels there are was not asked of the driver");
	while ((nic = next_nic(guest, &at)) && ret->state != FEATURE_OFF)
		judge_queues(guest, nic, ret);
}

/* Offloads. */

static const char *const offloads[] = { "tx-checksum-ipv4", "tx-checksum-ipv6", "rx-checksum",
	"tx-tcp-segmentation", "tx-tcp6-segmentation" };

#define N_OFFLOADS (sizeof(offloads) / sizeof(offloads[0]))

static void judge_offloads_of(const struct guest *guest, const char *nic, struct verdict *ret)
{
	unsigned int n_on = 0, n_off = 0, n_fixed = 0;

	for (size_t i = 0; i < N_OFFLOADS; i++) {
		struct fact offload = ethtool(guest, nic, offloads[i]);

		judgement_because(&ret->judgement, offload);
		n_on += fact_has_word(&offload, "on");
		n_fixed += fact_has_word(&offload, "off") && fact_has_word(&offload, "[fixed]");
		n_off += fact_has_word(&offload, "off") && !fact_has_word(&offload, "[fixed]");
	}
	if (n_off > 0) {
		verdict_is(ret, n_on > 0 ? FEATURE_DEGRADED : FEATURE_OFF,
			"%u of %zu offloads of %s are switched off", n_off, N_OFFLOADS, nic);
		judgement_fix(&ret->judgement, "ethtool -K %s tx on rx on tso on", nic);
	} else if (n_on > 0 && n_fixed > 0) {
		verdict_is(ret, FEATURE_DEGRADED, "the host offers %u of %zu offloads of %s",
			n_on, N_OFFLOADS, nic);
		judgement_fix(&ret->judgement,
			"host: Enable-NetAdapterChecksumOffload and Enable-NetAdapterLso -Name PHYSICAL");
	} else if (n_on > 0) {
		verdict_is(ret, FEATURE_WORKS,
			"checksums and segments of %s are left to the host", nic);
	} else if (n_fixed > 0) {
		verdict_is(ret, FEATURE_NOT_OFFERED, "the host offers none for %s", nic);
		judgement_fix(&ret->judgement,
			"host: Enable-NetAdapterChecksumOffload and Enable-NetAdapterLso -Name PHYSICAL");
	}
}

void judge_offloads(const struct guest *guest, struct verdict *ret)
{
	const char *nic;
	size_t at = 0;

	if (!has_nic(guest, ret))
		return;
	verdict_is(
		ret, FEATURE_UNKNOWN, "what is left to the host was not asked of the driver");
	while ((nic = next_nic(guest, &at)) &&
		(ret->state == FEATURE_UNKNOWN || ret->state == FEATURE_WORKS)) {
		ret->judgement.n_evidence = 0;
		judge_offloads_of(guest, nic, ret);
	}
}
