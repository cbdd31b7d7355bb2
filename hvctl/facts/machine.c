// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What kind of machine this is, and who its host is: DMI, EFI, CPUID. Leaves and bits:
 * Hypervisor Top-Level Functional Specification, section 2.4.
 */

#include "hvctl/facts/guest.h"

#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ISOLATION_BIT 22 /* of EBX of leaf 0x40000003: HV_ISOLATION in asm/hyperv-tlfs.h */

/* KVM and others can look like Hyper-V to CPUID; only Hyper-V has a VMBus, and makes such a
 * machine. */
bool guest_is_hyperv(const struct facts *facts)
{
	struct fact bus = fact(facts, "/sys/bus/vmbus"),
		    vendor = fact(facts, "/sys/class/dmi/id/sys_vendor"),
		    product = fact(facts, "/sys/class/dmi/id/product_name");

	return fact_is_there(&bus) ||
		(fact_is(&vendor, "Microsoft Corporation") &&
			fact_is(&product, "Virtual Machine"));
}

int guest_generation(const struct facts *facts)
{
	struct fact efi = fact(facts, "/sys/firmware/efi"),
		    bios = fact(facts, "/sys/class/dmi/id/bios_version");

	if (fact_is_there(&efi) ||
		strncmp(bios.text, "Hyper-V UEFI", strlen("Hyper-V UEFI")) == 0)
		return 2;
	return fact_is_there(&bios) ? 1 : 0;
}

bool guest_is_azure(const struct facts *facts)
{
	struct fact tag = fact(facts, "/sys/class/dmi/id/chassis_asset_tag");

	return fact_is(&tag, "7783-7084-3265-9085-8269-3286-77");
}

bool guest_is_arm64(const struct facts *facts)
{
	struct fact machine = fact(facts, "uname/machine");

	return fact_is(&machine, "aarch64");
}

uint32_t guest_cpuid(const struct facts *facts, const char *leaf, unsigned int n)
{
	struct fact registers = fact(facts, "cpuid/%s", leaf);
	unsigned int value[4] = { 0 };

	(void)sscanf(registers.text, "%x %x %x %x", &value[0], &value[1], &value[2], &value[3]);
	return value[n];
}

bool guest_is_isolated(const struct facts *facts)
{
	return guest_is_hyperv(facts) && guest_cpuid(facts, "40000003", 1) >> ISOLATION_BIT & 1;
}

/* "0-3,5": Documentation/admin-guide/cputopology.rst */
unsigned int guest_processors(const struct facts *facts)
{
	struct fact online = fact(facts, "/sys/devices/system/cpu/online");
	unsigned int n = 0, first, last;
	int size;

	for (const char *at = online.text; sscanf(at, "%u%n", &first, &size) == 1;
		at += *at == ',') {
		at += size;
		last = first;
		if (sscanf(at, "-%u%n", &last, &size) == 1)
			at += size;
		n += last >= first ? last - first + 1 : 0;
	}
	return n;
}

/* EAX of leaf 0x40000002. What only looks like Hyper-V gives numbers of its own. */
unsigned int guest_host_build(const struct facts *facts)
{
	return guest_is_hyperv(facts) ? guest_cpuid(facts, "40000002", 0) : 0;
}

const char *guest_host_name(unsigned int build)
{
	static const struct {
		unsigned int build;
		const char *name;
	} hosts[] = {
		{ 9200, "Windows Server 2012" },
		{ 9600, "Windows Server 2012 R2" },
		{ 14393, "Windows Server 2016" },
		{ 17763, "Windows Server 2019" },
		{ 17784, "Azure Stack HCI 20H2" },
		{ 20348, "Windows Server 2022" },
		{ 25398, "Windows Server, version 23H2" },
		{ 26100, "Windows Server 2025" },
	};

	for (size_t i = 0; i < HVG_ELEMENTS(hosts); i++)
		if (hosts[i].build == build)
			return hosts[i].name;
	return NULL;
}

bool guest_clocksource_is_poor(const struct facts *facts, struct fact *ret)
{
	static const char *const poor[] = { "hyperv_clocksource_msr", "acpi_pm", "jiffies",
		"pit", "refined-jiffies" };

	*ret = fact(facts, "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	for (size_t i = 0; i < HVG_ELEMENTS(poor); i++)
		if (fact_is(ret, poor[i]))
			return true;
	return false;
}

void guest_os(const struct facts *facts, struct hvg_osrelease *ret)
{
	struct fact file = fact(facts, "/etc/os-release");

	if (!fact_is_there(&file))
		file = fact(facts, "/usr/lib/os-release");
	hvg_osrelease_parse(file.text, strlen(file.text), ret);
}

bool guest_kernel_is_at_least(const struct facts *facts, unsigned int major, unsigned int minor)
{
	struct fact release = fact(facts, "/proc/sys/kernel/osrelease");
	unsigned int has_major, has_minor;

	if (sscanf(release.text, "%u.%u", &has_major, &has_minor) != 2)
		return false;
	return has_major != major ? has_major > major : has_minor >= minor;
}
