/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_CPUID_H
#define HVG_TESTS_HOST_VM_CPUID_H

/* What a guest's processor says of itself: what KVM can do, and that this is Hyper-V. */

#include <linux/kvm.h>

#define CPUID_MAX 256

struct cpuid {
	struct kvm_cpuid2 header;
	struct kvm_cpuid_entry2 entries[CPUID_MAX];
};

/* Turns what KVM supports into what processor number cpu has. */
void cpuid_become_hyperv(struct cpuid *cpuid, unsigned int cpu);

#endif
