// SPDX-License-Identifier: LGPL-2.1-or-later

/* What a guest is expected to have from its first boot on. */

#include "hvctl/features/offered.h"

#include "base/duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shutdown: the kernel runs a program itself, whatever init there is. */

static bool is_masked(const struct guest *guest, const char *unit, struct fact *ret)
{
	*ret = fact(guest->facts, "/etc/systemd/system/%s", unit);
	return ret->kind == FACT_LINK && strcmp(ret->text, "/dev/null") == 0;
}

void judge_shutdown(const struct guest *guest, struct verdict *ret)
{
	struct fact command = fact(guest->facts, "/proc/sys/kernel/poweroff_cmd"), program,
		    masked;

	if (!offered_service(guest, &service_shutdown, ret))
		return;
	judgement_because(&ret->judgement, command);
	program = fact(guest->facts, "%.*s", (int)strcspn(command.text, " "), command.text);
	if (is_masked(guest, "poweroff.target", &masked)) {
		judgement_because(&ret->judgement, masked);
		verdict_is(ret, FEATURE_OFF,
			"poweroff.target is masked, so nothing comes of the host's request");
		judgement_fix(&ret->judgement, "systemctl unmask poweroff.target");
		return;
	}
	judgement_because(&ret->judgement, program);
	if (fact_is_there(&command) && !fact_is_there(&program)) {
		verdict_is(ret, FEATURE_DEGRADED,
			"the kernel would run %s, which is not there, and then cut the power",
			program.path);
		judgement_fix(&ret->judgement, "apt install systemd-sysv");
		return;
	}
	verdict_is(
		ret, FEATURE_READY, "the host can ask this guest to shut down or to restart");
}

/* Time. */

static struct fact find_ptp(const struct guest *guest)
{
	struct facts_child clock = { 0 };

	while (facts_next_child(guest->facts, "/sys/class/ptp", &clock)) {
		struct fact name =
			fact(guest->facts, "/sys/class/ptp/%s/clock_name", clock.name);

		if (fact_is(&name, "hyperv"))
			return name;
	}
	return fact(guest->facts, "/sys/class/ptp/*/clock_name");
}

static void judge_samples(
	const struct guest *guest, const struct device *device, struct verdict *ret)
{
	struct fact offset = fact(guest->facts, "clock/host-offset"), signals;
	int64_t n = device_signals(guest, device, &signals);

	judgement_because(&ret->judgement, offset);
	judgement_because(&ret->judgement, signals);
	if (offset.kind == FACT_ERROR && strcmp(offset.text, "ESTALE") == 0) {
		verdict_is(ret, FEATURE_DEGRADED, "the host has sent no time for ten minutes");
		judgement_fix(&ret->judgement,
			"host: Enable-VMIntegrationService -VMName NAME -Name \"%s\"",
			service_time.host_name);
	} else if (offset.kind == FACT_FILE) {
		char distance[HVG_DURATION_SIZE];
		int64_t ns = fact_number(&offset, 0);

		hvg_duration_render((double)(ns < 0 ? -ns : ns), distance);
		verdict_is(ret, FEATURE_WORKS,
			"the host tells its time; this clock is %s %s it", distance,
			ns < 0 ? "behind" : "ahead of");
	} else if (n > 1) {
		verdict_is(ret, FEATURE_WORKS, "the host tells its time");
	} else {
		verdict_is(ret, FEATURE_READY, "the host has not told its time yet");
	}
}

void judge_time(const struct guest *guest, struct verdict *ret)
{
	const struct device *device = offered_service(guest, &service_time, ret);
	struct fact ptp = find_ptp(guest), clocksource;
	bool is_poor = guest_clocksource_is_poor(guest->facts, &clocksource);

	if (!device)
		return;
	judgement_because(&ret->judgement, ptp);
	judgement_because(&ret->judgement, clocksource);
	if (!fact_is_there(&ptp)) {
		verdict_is(ret, FEATURE_DEGRADED,
			"the kernel makes no PTP clock of the host's time");
		judgement_fix(&ret->judgement,
			"modprobe ptp && modprobe -r hv_utils && modprobe hv_utils; or a kernel with "
			"CONFIG_PTP_1588_CLOCK");
	} else if (is_poor) {
		verdict_is(ret, FEATURE_DEGRADED,
			"the clock counts by %s, which is slow or drifts", clocksource.text);
		judgement_fix(&ret->judgement,
			"take clocksource=, tsc= and notsc off the kernel's command line");
	} else {
		judge_samples(guest, device, ret);
	}
}

/* Processors. */

/* On how many processors a row of /proc/interrupts is not zero; 0 without such a row. */
static unsigned int spread(const struct fact *interrupts, const char *row)
{
	const char *at = strstr(interrupts->text, row);
	unsigned int n = 0;
	char *end;

	if (!at)
		return 0;
	for (at += strlen(row);; at = end) {
		unsigned long long count = strtoull(at, &end, 10);

		if (end == at)
			return n;
		n += count > 0;
	}
}

static bool is_single(const struct fact *online)
{
	return !strpbrk(online->text, "-,");
}

void judge_smp(const struct guest *guest, struct verdict *ret)
{
	struct fact online = fact(guest->facts, "/sys/devices/system/cpu/online"),
		    present = fact(guest->facts, "/sys/devices/system/cpu/present"),
		    interrupts = fact(guest->facts, "/proc/interrupts");
	unsigned int n = spread(&interrupts, "HYP:");

	judgement_because(&ret->judgement, online);
	judgement_because(&ret->judgement, present);
	if (!fact_is_there(&online) || !fact_is_there(&present)) {
		verdict_is(ret, FEATURE_UNKNOWN,
			"the kernel does not tell which processors there are");
		return;
	}
	if (strcmp(online.text, present.text) != 0) {
		judgement_because(&ret->judgement, fact(guest->facts, "/proc/cmdline"));
		verdict_is(ret, FEATURE_DEGRADED, "of processors %s only %s are in use",
			present.text, online.text);
		judgement_fix(&ret->judgement,
			"take maxcpus=, nr_cpus= and nosmp off the kernel's command line");
		judgement_fix(&ret->judgement,
			"for cpu in /sys/devices/system/cpu/cpu*/online; do echo 1 >$cpu; done");
		return;
	}
	if (is_single(&online)) {
		verdict_is(ret, FEATURE_READY, "this virtual machine has one processor");
		return;
	}
	if (n > 0)
		judgement_because_of(
			&ret->judgement, "/proc/interrupts", "HYP on %u processors", n);
	if (n == 1) {
		verdict_is(ret, FEATURE_DEGRADED,
			"one of processors %s gets all interrupts of the host", online.text);
		judgement_fix(&ret->judgement,
			"spread the channels (hvctl devices -v) over processors: echo CPU "
			">/sys/bus/vmbus/devices/INSTANCE/channels/ID/cpu");
	} else {
		verdict_is(ret, FEATURE_WORKS, "processors %s are in use", online.text);
	}
}

/* Heartbeat. */

void judge_heartbeat(const struct guest *guest, struct verdict *ret)
{
	const struct device *device = offered_service(guest, &service_heartbeat, ret);
	struct fact signals;
	int64_t n;

	if (!device)
		return;
	n = device_signals(guest, device, &signals);
	judgement_because(&ret->judgement, signals);
	if (n > 1) /* the first one negotiates */
		verdict_is(ret, FEATURE_WORKS,
			"the host has asked %" PRId64 " times since the driver was loaded", n);
	else
		verdict_is(ret, FEATURE_READY,
			n < 0 ? "this kernel does not count how often the host asks"
			      : "the host has not asked yet");
}

/* Mouse and keyboard. */

void judge_mouse(const struct guest *guest, struct verdict *ret)
{
	struct fact input = fact(guest->facts, "/proc/bus/input/devices");
	const struct device *device = guest_device(guest, CLASS_MOUSE);
	const char *name = "Microsoft Vmbus HID-compliant Mouse";

	if (device && device->driver[0] == '\0' && guest_is_azure(guest->facts)) {
		judgement_because(&ret->judgement, device_fact(guest, device, "driver"));
		verdict_is(ret, FEATURE_NOT_APPLICABLE, "Azure shows no screen to point at");
		return;
	}
	if (!offered_service(guest, &service_mouse, ret))
		return;
	if (!strstr(input.text, name)) {
		judgement_because(&ret->judgement, input);
		verdict_is(ret, FEATURE_DEGRADED, "the driver has made no input device");
		judgement_fix(&ret->judgement, "journalctl -k -b -g hid_hyperv");
		return;
	}
	judgement_because_of(&ret->judgement, input.path, "%s", name);
	verdict_is(ret, FEATURE_READY, "there is an absolute pointer for the host's console");
}

/* Disks. */

/* Counts devices of a class, and those that nobody drives. */
static void count(const struct guest *guest, const char *class_guid, unsigned int *n,
	const struct device **ret_idle)
{
	for (const struct device *at = guest_device(guest, class_guid); at;
		at = guest_next_device(guest, at)) {
		++*n;
		if (!device_is_in_use(at))
			*ret_idle = at;
	}
}

/* The first part of that kind, or NULL. */
static const struct part *first_part(const struct guest *guest, const char *kind)
{
	for (size_t i = 0; i < guest->n_parts; i++)
		if (strcmp(guest->parts[i].kind, kind) == 0)
			return &guest->parts[i];
	return NULL;
}

/* A disk of generation 1 by the emulated controller: its VMBus driver came too late. */
static bool is_emulated(const struct guest *guest, struct fact *ret)
{
	struct facts_child disk = { 0 };

	while (facts_next_child(guest->facts, "/sys/block", &disk)) {
		*ret = fact(guest->facts, "/sys/block/%s/device/model", disk.name);
		if (strncmp(ret->text, "Virtual HD", strlen("Virtual HD")) == 0)
			return true;
	}
	return false;
}

void judge_storage(const struct guest *guest, struct verdict *ret)
{
	static const char *const classes[] = { CLASS_IDE, CLASS_SCSI, CLASS_FC };
	const struct device *idle = NULL;
	const struct part *disk = first_part(guest, "block");
	unsigned int n = 0;
	struct fact emulated;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		count(guest, classes[i], &n, &idle);
	if (is_emulated(guest, &emulated)) {
		judgement_because(&ret->judgement, emulated);
		verdict_is(ret, FEATURE_DEGRADED,
			"a disk is driven as an emulated IDE disk, slowly and without TRIM");
		judgement_fix(&ret->judgement,
			"have hv_vmbus and hv_storvsc in the initramfs, and take ata_piix.* off the "
			"kernel's command line");
	} else if (n == 0) {
		judgement_because(
			&ret->judgement, fact(guest->facts, "/sys/bus/vmbus/devices"));
		verdict_is(ret, FEATURE_NOT_OFFERED,
			"this virtual machine has no disk controller of that kind");
		judgement_fix(&ret->judgement, "host: Add-VMScsiController -VMName NAME");
	} else if (idle) {
		judgement_because(&ret->judgement, device_fact(guest, idle, "class_id"));
		judgement_because(&ret->judgement, device_fact(guest, idle, "driver"));
		verdict_is(
			ret, FEATURE_MISSING, "no driver takes one of %u disk controllers", n);
		judgement_fix(&ret->judgement, "modprobe hv_storvsc");
	} else if (!disk) {
		judgement_because(&ret->judgement, fact(guest->facts, "/sys/block"));
		verdict_is(ret, FEATURE_READY,
			"%u disk controller%s driven, and no disk is attached", n,
			n == 1 ? " is" : "s are");
	} else {
		judgement_because(&ret->judgement, device_fact(guest, disk->device, "driver"));
		judgement_because(
			&ret->judgement, fact(guest->facts, "/sys/block/%s/device/vendor", disk->name));
		verdict_is(ret, FEATURE_WORKS, "%u disk controller%s driven", n,
			n == 1 ? " is" : "s are");
	}
}

/* Adapters. */

void judge_network(const struct guest *guest, struct verdict *ret)
{
	const struct device *idle = NULL;
	unsigned int n = 0;

	count(guest, CLASS_NETWORK, &n, &idle);
	if (n == 0) {
		judgement_because(
			&ret->judgement, fact(guest->facts, "/sys/bus/vmbus/devices"));
		verdict_is(ret, FEATURE_NOT_OFFERED, "this virtual machine has no adapter");
		judgement_fix(&ret->judgement,
			"host: Add-VMNetworkAdapter -VMName NAME -SwitchName SWITCH");
		return;
	}
	if (idle) {
		judgement_because(&ret->judgement, device_fact(guest, idle, "class_id"));
		judgement_because(&ret->judgement, device_fact(guest, idle, "driver"));
		verdict_is(ret, FEATURE_MISSING, "no driver takes one of %u adapters", n);
		judgement_fix(&ret->judgement, "modprobe hv_netvsc");
		return;
	}
	verdict_is(ret, FEATURE_READY, "%u adapter%s driven, and nothing has come over %s yet",
		n, n == 1 ? " is" : "s are", n == 1 ? "it" : "them");
	for (size_t i = 0; i < guest->n_parts; i++) {
		const struct part *part = &guest->parts[i];
		struct fact packets = fact(
			guest->facts, "/sys/class/net/%s/statistics/rx_packets", part->name);

		if (strcmp(part->kind, "net") != 0 ||
			strcmp(part->device->class_guid, CLASS_NETWORK) != 0)
			continue;
		judgement_because(&ret->judgement,
			fact(guest->facts, "/sys/class/net/%s/operstate", part->name));
		judgement_because(&ret->judgement, packets);
		if (fact_number(&packets, 0) > 0)
			verdict_is(ret, FEATURE_WORKS, "%u adapter%s driven", n,
				n == 1 ? " is" : "s are");
	}
}
