// SPDX-License-Identifier: LGPL-2.1-or-later

/* Memory and processors that the host gives, and this guest does not take. */

#include "hvctl/doctor/doctor.h"

#include "hvctl/facts/memory.h"

#include <stdlib.h>
#include <string.h>

#define POLICY "/sys/devices/system/memory/auto_online_blocks"

void check_offline_memory(const struct guest *guest, struct findings *findings)
{
	struct memory_blocks blocks = memory_blocks(guest);
	struct judgement *finding;

	if (blocks.n_offline == 0)
		return;
	finding = findings_add(findings, "%zu of %zu blocks of memory %s offline",
		blocks.n_offline, blocks.n, blocks.n_offline == 1 ? "is" : "are");
	judgement_because(finding, blocks.first_offline);
	judgement_because(finding, memory_policy(guest));
	judgement_fix(finding,
		"for block in $(grep -l offline /sys/devices/system/memory/memory*/state); do echo online >$block; done");
	judgement_fix(finding, "echo online >" POLICY);
}

/* Of a guest whose memory the host changes; whether it does stands in its key-value pairs. */
void check_memory_policy(const struct guest *guest, struct findings *findings)
{
	struct fact configured = fact(guest->facts,
			    "kvp/host/VirtualMachineDynamicMemoryBalancingEnabled"),
		    policy;
	struct judgement *finding;

	if (!fact_is(&configured, "1") || guest_is_arm64(guest->facts) ||
		memory_comes_online(guest, &policy))
		return;
	policy = memory_policy(guest);
	if (policy.kind != FACT_FILE)
		return;
	finding = findings_add(
		findings, "this guest has dynamic memory, and what is added stays offline");
	judgement_because(finding, configured);
	judgement_because(finding, policy);
	judgement_fix(finding, "echo online >" POLICY);
	judgement_fix(finding,
		"cp /usr/share/hvguest/udev/61-hvguest-memory.rules /etc/udev/rules.d/ && udevadm control --reload");
}

void check_hot_add_failure(const struct guest *guest, struct findings *findings)
{
	struct fact log = fact(guest->facts, "kernel/log");
	const char *line = strstr(log.text, "hot_add memory failed");
	struct judgement *finding;

	if (!line)
		line = strstr(log.text, "Memory hot add failed");
	if (!line)
		return;
	finding = findings_add(findings, "the kernel could not add memory that the host gave");
	judgement_because_of(finding, log.path, "%.*s", (int)strcspn(line, "\n"), line);
	judgement_because(
		finding, fact(guest->facts, "/sys/devices/system/memory/block_size_bytes"));
	judgement_fix(finding,
		"host: make startup, minimum and maximum multiples of 128 MB, or of the block size");
}

#define USUAL_BLOCK (128u << 20)

void check_block_size(const struct guest *guest, struct findings *findings)
{
	struct fact size = fact(guest->facts, "/sys/devices/system/memory/block_size_bytes"),
		    configured = fact(guest->facts,
			    "kvp/host/VirtualMachineDynamicMemoryBalancingEnabled");
	unsigned long long bytes = strtoull(size.text, NULL, 16);
	struct judgement *finding;

	if (!fact_is(&configured, "1") || bytes <= USUAL_BLOCK)
		return;
	finding = findings_add(
		findings, "memory can be added by %llu MiB at a time only", bytes >> 20);
	judgement_because(finding, size);
	judgement_fix(finding, "host: make startup, minimum and maximum multiples of %llu MB",
		bytes >> 20);
}

void check_processors(const struct guest *guest, struct findings *findings)
{
	struct fact online = fact(guest->facts, "/sys/devices/system/cpu/online"),
		    present = fact(guest->facts, "/sys/devices/system/cpu/present");
	struct judgement *finding;

	if (!fact_is_there(&online) || !fact_is_there(&present) ||
		strcmp(online.text, present.text) == 0)
		return;
	finding = findings_add(
		findings, "of processors %s only %s are in use", present.text, online.text);
	judgement_because(finding, online);
	judgement_because(finding, present);
	judgement_fix(finding,
		"for cpu in /sys/devices/system/cpu/cpu*/online; do echo 1 >$cpu; done");
	judgement_fix(
		finding, "take maxcpus=, nr_cpus= and nosmp off the kernel's command line");
}
