// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The map: every feature, what it needs, and since when which system has it. Releases:
 * Microsoft's "Supported Linux and FreeBSD virtual machines for Hyper-V" and its page for each
 * distribution, in the editions of 2019 to 2025; kernels: from the history of drivers/hv and
 * its neighbours.
 */

#include "hvctl/features/feature.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Host, Linux, Debian, Ubuntu, RHEL, SLES, Oracle, FreeBSD. Two releases are one for each line.
 * "any": it takes nothing of a kernel. "-": the maps do not list it, which proves nothing.
 */
#define CORE                                                                                   \
	{                                                                                      \
		"2008 R2", "3.4", "7", "12.04", "6.4, 7.0", "11 SP3", "6.8", "10.0"            \
	}

const struct feature features[] = {
	{
		.name = "shutdown",
		.group = "General",
		.title = "Integrated shutdown",
		.needs = "hv_utils; the service \"Shutdown\"; a program at kernel.poweroff_cmd",
		.since = CORE,
		.judge = judge_shutdown,
	},
	{
		.name = "time",
		.group = "General",
		.title = "Time synchronization",
		.needs = "hv_utils with PTP; the service \"Time Synchronization\"; to "
			 "the microsecond with a host of 2016 or later",
		.since = CORE,
		.judge = judge_time,
	},
	{
		.name = "smp",
		.group = "General",
		.title = "Multiprocessing",
		.needs = "a kernel with SMP",
		.since = CORE,
		.judge = judge_smp,
	},
	{
		.name = "heartbeat",
		.group = "General",
		.title = "Heartbeat",
		.needs = "hv_utils; the service \"Heartbeat\"",
		.since = CORE,
		.judge = judge_heartbeat,
	},
	{
		.name = "mouse",
		.group = "General",
		.title = "Integrated mouse",
		.needs = "hid_hyperv",
		.since = CORE,
		.judge = judge_mouse,
	},
	{
		.name = "storage",
		.group = "General",
		.title = "Hyper-V storage device",
		.needs = "hv_storvsc, in the initramfs",
		.since = CORE,
		.judge = judge_storage,
	},
	{
		.name = "network",
		.group = "General",
		.title = "Hyper-V network device",
		.needs = "hv_netvsc; an adapter that is no legacy adapter",
		.since = CORE,
		.judge = judge_network,
	},
	{
		.name = "jumbo",
		.group = "Network",
		.title = "Jumbo frames",
		.needs = "a physical adapter, a switch and a network that carry them",
		.since = CORE,
		.judge = judge_jumbo,
	},
	{
		.name = "vlan",
		.group = "Network",
		.title = "VLAN tagging and trunking",
		.needs = "a port of the host's switch that is a trunk, and 8021q",
		.since = { "2008 R2", "3.4", "7", "12.04", "7.0", "11 SP3", "7.0", "10.0" },
		.judge = judge_vlan,
	},
	{
		.name = "live-migration",
		.group = "Network",
		.title = "Live migration",
		.needs = "no device that is passed through",
		.since = CORE,
		.judge = judge_live_migration,
	},
	{
		.name = "ip-injection",
		.group = "Network",
		.title = "Static IP injection",
		.needs = "the service \"Key-Value Pair Exchange\"; hv-kvpd and hv-netd",
		.since = { "2012", "3.7", "-", "12.04", "6.4, 7.0", "11 SP3", "6.8", "10.0" },
		.judge = judge_ip_injection,
	},
	{
		.name = "vrss",
		.group = "Network",
		.title = "vRSS",
		.needs = "several processors; VMQ or VMMQ on the host's adapter",
		.since = { "2012 R2", "3.16", "9", "14.04", "6.6, 7.1", "12 SP1", "6.8",
			"11.0" },
		.judge = judge_vrss,
	},
	{
		.name = "offloads",
		.group = "Network",
		.title = "TCP segmentation and checksum offloads",
		.needs = "the host's adapter has them switched on",
		.since = { "2008 R2", "3.15", "9", "14.04", "6.6, 7.1", "11 SP4", "6.8",
			"10.2" },
		.judge = judge_offloads,
	},
	{
		.name = "sriov",
		.group = "Network",
		.title = "SR-IOV",
		.needs = "an adapter with IovWeight, and the driver of its virtual function",
		.since = { "2016", "4.14", "9", "16.04", "7.4", "12 SP2", "7.3", "-" },
		.judge = judge_sriov,
	},
	{
		.name = "vhdx-resize",
		.group = "Storage",
		.title = "VHDX resize",
		.needs = "a VHDX on a SCSI controller",
		.since = { "2012 R2", "3.13", "7", "14.04", "6.5, 7.2", "11 SP3", "6.8",
			"11.0" },
		.judge = judge_vhdx_resize,
	},
	{
		.name = "fibre-channel",
		.group = "Storage",
		.title = "Virtual Fibre Channel",
		.needs = "a virtual SAN on the host; LUN 0 on the target",
		.since = { "2012 R2", "3.11", "-", "14.04", "6.5, 7.0", "11 SP3", "6.8", "-" },
		.judge = judge_fibre_channel,
	},
	{
		.name = "backup",
		.group = "Storage",
		.title = "Live virtual machine backup",
		.needs = "the service \"VSS\"; hv-vssd or another daemon",
		.since = { "2012 R2", "3.10", "8", "14.04", "6.6, 7.0", "11 SP3", "6.8",
			"11.1" },
		.judge = judge_backup,
	},
	{
		.name = "trim",
		.group = "Storage",
		.title = "TRIM",
		.needs =
			"a dynamic VHDX on a SCSI controller; fstrim.timer or the option discard",
		.since = { "2012 R2", "3.17", "9", "12.04", "6.8, 7.2", "11 SP4", "6.8",
			"11.1" },
		.judge = judge_trim,
	},
	{
		.name = "mmio-gap",
		.group = "Memory",
		.title = "MMIO gap",
		.needs = "what devices need that are passed through; the host sets it",
		.since = { "2012 R2", "any", "7", "12.04", "6.4, 7.0", "11 SP3", "6.8",
			"10.0" },
		.judge = judge_mmio_gap,
	},
	{
		.name = "hot-add",
		.group = "Memory",
		.title = "Dynamic memory: hot-add",
		.needs = "hv_balloon; new blocks come online; x86-64",
		.since = { "2012", "3.10", "9", "14.04", "6.8, 7.1", "11 SP3", "6.8", "-" },
		.judge = judge_hot_add,
	},
	{
		.name = "ballooning",
		.group = "Memory",
		.title = "Dynamic memory: ballooning",
		.needs = "hv_balloon; pages of 4 KiB",
		.since = { "2012", "3.8", "9", "14.04", "6.4, 7.0", "11 SP3", "6.8", "-" },
		.judge = judge_ballooning,
	},
	{
		.name = "video",
		.group = "Video",
		.title = "Hyper-V video device",
		.needs = "hyperv_drm (hyperv_fb before Linux 5.14)",
		.since = { "2008 R2", "3.10", "8", "14.04", "6.5, 7.0", "11 SP3", "6.8", "-" },
		.judge = judge_video,
	},
	{
		.name = "kvp",
		.group = "Miscellaneous",
		.title = "Key-value pair exchange",
		.needs = "hv_utils; the service \"Key-Value Pair Exchange\"; hv-kvpd "
			 "or another daemon",
		.since = { "2008 R2", "3.1", "8", "12.04", "6.4, 7.0", "11 SP3", "6.8",
			"10.0" },
		.judge = judge_kvp,
	},
	{
		.name = "nmi",
		.group = "Miscellaneous",
		.title = "Non-maskable interrupt",
		.needs = "kernel.unknown_nmi_panic and kdump, to get a dump of it",
		.since = { "2012 R2", "any", "8", "12.04", "6.4, 7.0", "11 SP3", "6.8",
			"10.0" },
		.judge = judge_nmi,
	},
	{
		.name = "pae",
		.group = "Miscellaneous",
		.title = "PAE kernel",
		.needs = "a 32-bit kernel",
		.since = { "2008 R2", "any", "7", "12.04", "6.4", "11 SP3", "6.8", "-" },
		.judge = judge_pae,
	},
	{
		.name = "file-copy",
		.group = "Miscellaneous",
		.title = "File copy from host to guest",
		.needs =
			"hv_utils, or uio_hv_generic since Linux 6.10; the service "
			"\"Guest Service Interface\", which is off at first; hv-fcopyd or another daemon",
		.since = { "2012 R2", "3.15", "8", "14.04", "6.6, 7.1", "11 SP4", "6.8", "-" },
		.judge = judge_file_copy,
	},
	{
		.name = "sockets",
		.group = "Miscellaneous",
		.title = "Hyper-V sockets",
		.needs = "hv_sock; a service that is registered on the host",
		.since = { "2016", "4.14", "9", "14.04", "8.0", "12 SP3", "6.8", "-" },
		.judge = judge_sockets,
	},
	{
		.name = "pci",
		.group = "Miscellaneous",
		.title = "PCI pass-through",
		.needs = "pci_hyperv, and the driver of the device; static memory",
		.since = { "2016", "4.6", "9", "14.04", "7.3", "12 SP1", "6.8", "11.1" },
		.judge = judge_pci,
	},
	{
		.name = "uefi",
		.group = "Generation 2",
		.title = "Boot using UEFI",
		.needs = "generation 2",
		.since = { "2012 R2", "any", "8", "14.04", "6.8, 7.0", "11 SP4", "6.8",
			"11.1" },
		.judge = judge_uefi,
	},
	{
		.name = "secure-boot",
		.group = "Generation 2",
		.title = "Secure boot",
		.needs = "generation 2; the host's template MicrosoftUEFICertificateAuthority",
		.since = { "2016", "any", "10", "14.04", "7.0", "12 SP1", "7.3", "-" },
		.judge = judge_secure_boot,
	},
	{ NULL },
};

const char *feature_state_name(enum feature_state state)
{
	switch (state) {
	case FEATURE_WORKS:
		return "works";
	case FEATURE_READY:
		return "ready";
	case FEATURE_DEGRADED:
		return "degraded";
	case FEATURE_OFF:
		return "off";
	case FEATURE_MISSING:
		return "missing";
	case FEATURE_NOT_OFFERED:
		return "not offered";
	case FEATURE_NOT_APPLICABLE:
		return "not applicable";
	case FEATURE_UNKNOWN:
		break;
	}
	return "unknown";
}

const struct feature *feature_find(const char *name)
{
	for (const struct feature *feature = features; feature->name; feature++)
		if (strcmp(feature->name, name) == 0)
			return feature;
	return NULL;
}

void verdict_is(struct verdict *verdict, enum feature_state state, const char *format, ...)
{
	va_list arguments;

	verdict->state = state;
	va_start(arguments, format);
	(void)vsnprintf(
		verdict->judgement.text, sizeof(verdict->judgement.text), format, arguments);
	va_end(arguments);
}

void feature_judge(
	const struct feature *feature, const struct guest *guest, struct verdict *ret)
{
	*ret = (struct verdict){ .state = FEATURE_UNKNOWN };
	feature->judge(guest, ret);
	assert(ret->judgement.n_evidence > 0); /* whoever says something says why */
	assert(ret->judgement.text[0] != '\0');
}
