// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Everything that hvctl looks at on a machine, one row for each folder (asks.c adds what is no
 * text file). `hvctl report` writes down exactly this, so this is also what leaves
 * the machine with it, but for what mask.c hides.
 */

#include "hvctl/facts/collect.h"
#include "hvctl/facts/filter.h"

const struct fact_source fact_sources[] = {
	/* VMBus, and what Linux made of it: links lead through the folder of a VMBus device. */
	{ FACTS_ALL, "/sys/bus", "vmbus?" },
	{ FACTS_SYSTEM, "/sys/bus/vmbus", "hibernation drivers/" },
	{ FACTS_DEVICES | FACTS_SYSTEM, "/sys/bus/vmbus/devices/*",
		"class_id state driver> channel_vp_mapping" },
	{ FACTS_SYSTEM, "/sys/bus/vmbus/devices/*",
		"id device_id numa_node driver_override net/ uio/" },
	{ FACTS_CHANNELS | FACTS_SYSTEM, "/sys/bus/vmbus/devices/*/channels/*",
		"interrupts events" },
	{ FACTS_CHANNELS, "/sys/bus/vmbus/devices/*/channels/*", "out_full_total" },
	{ FACTS_REPORT, "/sys/bus/vmbus/devices/*/channels/*", "intr_in_full intr_out_empty" },
	{ FACTS_DEVICES | FACTS_SYSTEM, "/sys/class/net", "*>" },
	{ FACTS_PARTS | FACTS_SYSTEM, "/sys/class/net/*", "master>" },
	{ FACTS_SYSTEM, "/sys/class/net/*",
		"address mtu flags operstate carrier speed ifalias" },
	{ FACTS_PARTS | FACTS_SYSTEM, "/sys/class/net/*/device", "driver>" },
	{ FACTS_DEVICES | FACTS_SYSTEM, "/sys/block", "*>" },
	{ FACTS_PARTS | FACTS_SYSTEM, "/sys/block/*", "size" },
	{ FACTS_PARTS | FACTS_SYSTEM, "/sys/block/*/device", "vendor model timeout" },
	{ FACTS_DEVICES | FACTS_SYSTEM, "/sys/bus/pci/devices", "*>" },
	{ FACTS_PARTS | FACTS_SYSTEM, "/sys/bus/pci/devices/*",
		"vendor device class driver>" },
	{ FACTS_DEVICES | FACTS_SYSTEM, "/sys/class/fc_host", "*>" },
	{ FACTS_PARTS | FACTS_SYSTEM, "/sys/class/fc_host/*",
		"node_name port_name port_state" },

	/* The virtual machine, and the system in it. */
	{ FACTS_ALL, "/sys/class/dmi/id", "sys_vendor product_name" },
	{ FACTS_HOST | FACTS_SYSTEM, "/sys/class/dmi/id",
		"bios_version bios_date chassis_asset_tag" },
	{ FACTS_HOST | FACTS_SYSTEM, "/sys/firmware/efi", "fw_platform_size" },
	{ FACTS_HOST | FACTS_SYSTEM, "/etc", "os-release", filter_os_release },
	{ FACTS_HOST | FACTS_SYSTEM, "/usr/lib", "os-release", filter_os_release },
	{ FACTS_HOST | FACTS_SYSTEM, "/proc", "cmdline" },
	{ FACTS_HOST | FACTS_SYSTEM, "/proc/sys/kernel", "osrelease" },
	{ FACTS_HOST | FACTS_SYSTEM, "/proc", "meminfo", filter_meminfo },
	{ FACTS_HOST | FACTS_SYSTEM, "/sys/devices/system/cpu", "online present possible" },
	{ FACTS_HOST | FACTS_SYSTEM, "/sys/firmware/efi/efivars",
		"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c "
		"MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23",
		filter_efi_variable },
	{ FACTS_HOST | FACTS_SYSTEM, "/sys/firmware/efi/efivars",
		"db-d719b2cb-3d3a-4596-a3bc-dad00e67656f", filter_authorities },

	/* Drivers */
	{ FACTS_SYSTEM, "/sys/module",
		"hv_vmbus? hv_utils? hv_balloon? hv_netvsc? hv_storvsc? hv_sock? pci_hyperv? hid_hyperv? "
		"hyperv_keyboard? hyperv_drm? hyperv_fb? uio_hv_generic? vsock?" },
	{ FACTS_SYSTEM, "/sys/module/hv_vmbus/parameters", "max_version" },
	{ FACTS_SYSTEM, "/sys/module/hv_balloon/parameters", "hot_add pressure_report_delay" },
	{ FACTS_SYSTEM, "/sys/module/hv_netvsc/parameters", "ring_size" },
	{ FACTS_SYSTEM, "/sys/module/kernel/parameters", "crash_kexec_post_notifiers" },
	{ FACTS_SYSTEM, "/sys/module/module/parameters", "sig_enforce" },
	{ FACTS_SYSTEM, "/sys/kernel/debug", "hv-balloon" },
	{ FACTS_SYSTEM, "/usr/libexec/hypervkvpd", "hv_set_ifconfig?" },
	{ FACTS_SYSTEM, "/dev/vmbus", "hv_kvp? hv_vss? hv_fcopy?" },
	{ FACTS_SYSTEM, "/dev", "ptp_hyperv> vsock?" },

	/* Clock */
	{ FACTS_SYSTEM, "/sys/class/ptp/*", "clock_name" },
	{ FACTS_SYSTEM, "/sys/devices/system/clocksource/clocksource0",
		"current_clocksource available_clocksource" },
	{ FACTS_SYSTEM, "/sys/devices/system/clockevents/clockevent0", "current_device" },
	{ FACTS_SYSTEM, "/etc", "chrony.conf", filter_chrony },
	{ FACTS_SYSTEM, "/etc/chrony", "chrony.conf", filter_chrony },
	{ FACTS_SYSTEM, "/etc/chrony/conf.d", "*.conf", filter_chrony },

	/* Processors, memory, and what happens at a panic */
	{ FACTS_SYSTEM, "/proc", "interrupts", filter_interrupts },
	{ FACTS_SYSTEM, "/sys/devices/system/memory", "auto_online_blocks block_size_bytes" },
	{ FACTS_SYSTEM, "/sys/devices/system/memory/memory*", "state" },
	{ FACTS_SYSTEM, "/proc/sys/kernel",
		"poweroff_cmd unknown_nmi_panic panic_on_unrecovered_nmi panic hyperv_record_panic_msg" },
	{ FACTS_SYSTEM, "/sys/kernel", "kexec_crash_loaded kexec_crash_size" },
	{ FACTS_SYSTEM, "/sys/kernel/security", "lockdown" },
	{ FACTS_SYSTEM, "/sys/power", "state disk resume" },
	{ FACTS_SYSTEM, "/sbin", "poweroff? reboot?" },
	{ FACTS_SYSTEM, "/usr/sbin", "poweroff? reboot?" },

	/* Disks, and what is on them */
	{ FACTS_SYSTEM, "/sys/block/*/queue",
		"scheduler discard_max_bytes discard_granularity" },
	{ FACTS_SYSTEM, "/sys/block/sd*/sd*", "partition start size" },
	{ FACTS_SYSTEM, "/sys/block/nvme*/nvme*", "partition start size" },
	{ FACTS_SYSTEM, "/sys/block/dm-*/dm", "name uuid" },
	{ FACTS_SYSTEM, "/sys/block/dm-*", "slaves/" },
	{ FACTS_SYSTEM, "/sys/class/scsi_disk/*", "thin_provisioning provisioning_mode" },
	{ FACTS_SYSTEM, "/sys/class", "iscsi_session/" },
	{ FACTS_SYSTEM, "/proc/self", "mountinfo", filter_mounts },
	{ FACTS_SYSTEM, "/proc", "swaps" },
	{ FACTS_SYSTEM, "/etc", "fstab", filter_fstab },
	{ FACTS_SYSTEM, "/etc", "crypttab", filter_crypttab },

	/* Adapters */
	{ FACTS_SYSTEM, "/sys/class/net/*/statistics", "rx_packets tx_packets" },
	{ FACTS_SYSTEM, "/proc/net/vlan", "config" },

	/* Picture, mouse and keyboard */
	{ FACTS_SYSTEM, "/proc", "fb" },
	{ FACTS_SYSTEM, "/sys/class/drm/card[0-9]/device", "driver>" },
	{ FACTS_SYSTEM, "/proc/bus/input", "devices", filter_input },

	/* Services, and rules of udev: those that systemd wants, and those that somebody masked
	 */
	{ FACTS_SYSTEM, "/etc/systemd/system", "*.target> *.service> *.timer>" },
	{ FACTS_SYSTEM, "/etc/systemd/system/*.wants", "*?" },
	{ FACTS_SYSTEM, "/usr/lib/systemd/system/timers.target.wants", "*?" },
	{ FACTS_SYSTEM, "/etc/udev/rules.d", "*.rules", filter_udev },
	{ FACTS_SYSTEM, "/usr/lib/udev/rules.d", "*.rules", filter_udev },
	{ FACTS_SYSTEM, "/boot/efi/EFI/BOOT", "*?" },
	{ FACTS_SYSTEM, "/boot/efi/EFI/boot", "*?" },
	{ 0 },
};
