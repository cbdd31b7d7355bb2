// SPDX-License-Identifier: LGPL-2.1-or-later

/* How much memory there is, where it lies, and how that changes while the guest runs. */

#include "hvctl/features/offered.h"

#include "hvctl/facts/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* MMIO gap. */

#define FOUR_GIB (UINT64_C(1) << 32)

/* "hv_vmbus: hv_mmio=[mem 0xf8000000-0xfffbffff],[mem 0xfe0000000-0xfffffffff] fb=…" of
 * drivers/hv/vmbus_drv.c */
static bool find_windows(const struct fact *log, uint64_t *ret_low, uint64_t *ret_high)
{
	const char *line = strstr(log->text, "hv_mmio=[mem ");
	uint64_t low, low_end, high = 0, high_end = 0;

	if (!line ||
		sscanf(line, "hv_mmio=[mem %" SCNx64 "-%" SCNx64 "],[mem %" SCNx64 "-%" SCNx64,
			&low, &low_end, &high, &high_end) < 2)
		return false;
	*ret_low = low < FOUR_GIB ? FOUR_GIB - low : 0;
	*ret_high = high_end > high ? high_end + 1 - high : 0;
	return true;
}

void judge_mmio_gap(const struct guest *guest, struct verdict *ret)
{
	struct fact log = fact(guest->facts, "kernel/log");
	uint64_t low, high;

	if (!find_windows(&log, &low, &high)) {
		judgement_because(&ret->judgement, log);
		verdict_is(ret, FEATURE_UNKNOWN,
			fact_is_denied(&log) ? "only the kernel's log tells; root may read it"
					     : "the kernel's log does not tell any more");
		return;
	}
	judgement_because_of(&ret->judgement, log.path,
		"hv_mmio: %" PRIu64 " MiB low, %" PRIu64 " MiB high", low >> 20, high >> 20);
	if (strstr(log.text, "failed to assign")) {
		judgement_because_of(&ret->judgement, log.path, "failed to assign");
		verdict_is(ret, FEATURE_DEGRADED,
			"a device found no room in a gap of %" PRIu64
			" MiB below 4 GiB, %" PRIu64 " MiB above",
			low >> 20, high >> 20);
		judgement_fix(&ret->judgement,
			"host: Set-VM -VMName NAME -LowMemoryMappedIoSpace 3GB -HighMemoryMappedIoSpace 32GB");
		return;
	}
	verdict_is(ret, FEATURE_WORKS,
		"the gap has %" PRIu64 " MiB below 4 GiB, and %" PRIu64 " MiB above", low >> 20,
		high >> 20);
}

/* Dynamic memory. */

/* Whether this kind of guest can have it at all. */
static bool is_possible(const struct guest *guest, struct verdict *ret)
{
	struct fact page = fact(guest->facts, "page/size"),
		    hibernation = fact(guest->facts, "/sys/bus/vmbus/hibernation");

	if (fact_number(&page, 4096) != 4096) {
		judgement_because(&ret->judgement, page);
		verdict_is(ret, FEATURE_NOT_APPLICABLE,
			"a kernel with pages of %s bytes has no ballooning", page.text);
		return false;
	}
	if (fact_is(&hibernation, "1")) {
		judgement_because(&ret->judgement, hibernation);
		verdict_is(ret, FEATURE_OFF,
			"the host lets this virtual machine hibernate, which excludes it");
		judgement_fix(&ret->judgement,
			"host: switch hibernation off (Msvm_VirtualSystemSettingData."
			"EnableHibernation)");
		return false;
	}
	return true;
}

void judge_hot_add(const struct guest *guest, struct verdict *ret)
{
	struct fact parameter = fact(guest->facts, "/sys/module/hv_balloon/parameters/hot_add"),
		    machine = fact(guest->facts, "uname/machine"),
		    policy = memory_policy(guest);
	struct memory_added added = memory_added(guest);
	struct memory_blocks blocks = memory_blocks(guest);

	if (!offered_service(guest, &service_memory, ret))
		return;
	if (guest_is_arm64(guest->facts)) {
		judgement_because(&ret->judgement, machine);
		verdict_is(ret, FEATURE_NOT_APPLICABLE, "Linux cannot add memory on arm64");
		return;
	}
	if (!is_possible(guest, ret))
		return;
	judgement_because(&ret->judgement, parameter);
	judgement_because(&ret->judgement, policy);
	if (fact_is(&parameter, "N")) {
		verdict_is(ret, FEATURE_OFF, "hv_balloon was told not to add memory");
		judgement_fix(&ret->judgement, "echo Y >%s", parameter.path);
	} else if (blocks.n_offline > 0) {
		judgement_because(&ret->judgement, blocks.first_offline);
		verdict_is(ret, FEATURE_DEGRADED,
			"%zu of %zu blocks of memory were added and are not used",
			blocks.n_offline, blocks.n);
		judgement_fix(&ret->judgement,
			"echo online >/sys/devices/system/memory/auto_online_blocks");
		judgement_fix(&ret->judgement,
			"for block in /sys/devices/system/memory/memory*/state; do grep -q offline "
			"$block && echo online >$block; done");
	} else if (added.onlined > 0) {
		judgement_because_of(&ret->judgement, "/sys/kernel/debug/hv-balloon",
			"pages_onlined : %" PRId64, added.onlined);
		verdict_is(ret, FEATURE_WORKS, "%" PRId64 " MiB were added since boot",
			added.onlined >> 8);
	} else if (!memory_comes_online(guest, &policy)) {
		verdict_is(ret, FEATURE_DEGRADED,
			"what the host adds would not be used: no policy, and no rule of udev");
		judgement_fix(&ret->judgement,
			"echo online >/sys/devices/system/memory/auto_online_blocks");
	} else {
		judgement_because(&ret->judgement, policy);
		verdict_is(ret, FEATURE_READY, "what the host adds comes into use");
	}
}

void judge_ballooning(const struct guest *guest, struct verdict *ret)
{
	struct fact configured =
		fact(guest->facts, "kvp/host/VirtualMachineDynamicMemoryBalancingEnabled");
	struct memory_added added = memory_added(guest);

	if (!offered_service(guest, &service_memory, ret) || !is_possible(guest, ret))
		return;
	if (added.ballooned > 0) {
		judgement_because_of(&ret->judgement, "/sys/kernel/debug/hv-balloon",
			"pages_ballooned : %" PRId64, added.ballooned);
		verdict_is(ret, FEATURE_WORKS, "the host has taken %" PRId64 " MiB back",
			added.ballooned >> 8);
		return;
	}
	judgement_because(&ret->judgement, configured);
	if (fact_is(&configured, "0")) {
		verdict_is(ret, FEATURE_READY,
			"the driver is there; this virtual machine's memory is static");
		judgement_fix(&ret->judgement,
			"host: Set-VMMemory -VMName NAME -DynamicMemoryEnabled $true "
			"-MinimumBytes 512MB -MaximumBytes 8GB");
	} else {
		verdict_is(ret, FEATURE_READY, "the host can take memory back");
	}
}
