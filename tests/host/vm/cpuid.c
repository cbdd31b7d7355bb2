// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Leaves 0x400000xx: Hypervisor Top-Level Functional Specification, "Feature Discovery". The
 * values are few on purpose: each feature named here is one that the monitor then has to have.
 */

#include "host/vm/cpuid.h"

#include <string.h>

#define HYPERVISOR_LEAVES     0x40000000u
#define HYPERVISOR_MASK       0xffffff00u

#define FEATURE_HYPERVISOR    (1u << 31) /* leaf 1, ecx */

/* Leaf 3, eax: which registers there are. */
#define HV_REFERENCE_COUNT    (1u << 1)
#define HV_SYNIC              (1u << 2)
#define HV_HYPERCALL          (1u << 5)
#define HV_VP_INDEX           (1u << 6)
#define HV_REFERENCE_TSC      (1u << 9)
#define HV_FREQUENCIES        (1u << 11)
/* ebx: which hypercalls */
#define HV_POST_MESSAGES      (1u << 4)
#define HV_SIGNAL_EVENTS      (1u << 5)
/* edx */
#define HV_FREQUENCIES_EXIST  (1u << 8)

/* Leaf 4, eax: what the guest should do. */
#define HV_RELAXED_TIMING     (1u << 5)
#define HV_NO_AUTO_EOI        (1u << 9)
#define HV_NEVER_NOTIFY_SPINS 0xffffffffu

static const struct kvm_cpuid_entry2 hyperv[] = {
	{ 0x40000000, .eax = 0x40000006, .ebx = 0x7263694d /* Micr */,
		.ecx = 0x666f736f /* osof */, .edx = 0x76482074 /* t Hv */ },
	{ 0x40000001, .eax = 0x31237648 /* Hv#1 */ },
	/* build, major and minor, service pack, service number: Windows Server 2019 */
	{ 0x40000002, .eax = 17763, .ebx = 10 << 16, .ecx = 0, .edx = 1 },
	{ 0x40000003,
		.eax = HV_REFERENCE_COUNT | HV_SYNIC | HV_HYPERCALL | HV_VP_INDEX |
			HV_REFERENCE_TSC | HV_FREQUENCIES,
		.ebx = HV_POST_MESSAGES | HV_SIGNAL_EVENTS, .edx = HV_FREQUENCIES_EXIST },
	{ 0x40000004, .eax = HV_RELAXED_TIMING | HV_NO_AUTO_EOI, .ebx = HV_NEVER_NOTIFY_SPINS },
	{ 0x40000005, .eax = 64, .ebx = 64 }, /* virtual, logical processors at most */
	{ 0x40000006 },
};

#define N_HYPERV (sizeof(hyperv) / sizeof(hyperv[0]))

static void give_number(struct kvm_cpuid_entry2 *entry, unsigned int cpu)
{
	if (entry->function == 1) {
		entry->ebx = (entry->ebx & 0x00ffffff) | cpu << 24;
		entry->ecx |= FEATURE_HYPERVISOR;
	}
	if (entry->function == 0xb)
		entry->edx = cpu;
}

void cpuid_become_hyperv(struct cpuid *cpuid, unsigned int cpu)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < cpuid->header.nent; i++) {
		struct kvm_cpuid_entry2 entry = cpuid->entries[i];

		if ((entry.function & HYPERVISOR_MASK) == HYPERVISOR_LEAVES)
			continue;
		give_number(&entry, cpu);
		cpuid->entries[n++] = entry;
	}
	for (unsigned int i = 0; i < N_HYPERV && n < CPUID_MAX; i++)
		cpuid->entries[n++] = hyperv[i];
	cpuid->header.nent = n;
}
