/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_KVM_H
#define HVG_TESTS_HOST_VM_KVM_H

/* A virtual machine of the kernel's, made ready for a 64-bit Linux at LAYOUT_KERNEL. */

#include "host/vm/memory.h"

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>

#define KVM_MAX_CPUS 8

struct kvm_cpu {
	int fd;
	struct kvm_run *run;
};

struct kvm {
	int fd, vm_fd;
	size_t run_size;
	unsigned int n_cpus;
	struct kvm_cpu cpus[KVM_MAX_CPUS];
};

/* ret_step: what could not be done, when the result is negative. Free it all the same. */
int kvm_new(struct kvm *kvm, const struct memory *memory, unsigned int n_cpus,
	const char **ret_step);
void kvm_free(struct kvm *kvm);

void kvm_set_irq(const struct kvm *kvm, unsigned int irq, bool level);
void kvm_interrupt(const struct kvm *kvm, unsigned int cpu, uint8_t vector);

uint32_t kvm_tsc_khz(const struct kvm *kvm);

/* What is added to this machine's counter. No processor may run meanwhile. */
int kvm_get_tsc_offset(const struct kvm *kvm, int64_t *ret);
int kvm_set_tsc_offset(const struct kvm *kvm, int64_t offset);

#endif
