// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Documentation/virt/kvm/api.rst, step by step. KVM's own Hyper-V emulation stays unused: all
 * registers of that range come to us, so that it works with any KVM, nested ones included.
 */

#include "host/vm/kvm.h"
#include "host/vm/cpuid.h"
#include "host/vm/hyperv.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define INTEL_TSS     0xfffbd000u /* three pages that Intel's processors want for themselves */

/* Page table and segment bits: Intel SDM volume 3, or AMD APM volume 2. */
#define PAGE_TABLE    0x3u
#define PAGE_2M       0x83u
#define SIZE_2M       (2ull << 20)
#define PER_TABLE     512
#define N_DIRECTORIES 4 /* of 1 GiB each */
#define GDT_CODE      0x00af9b000000ffffull
#define GDT_DATA      0x00cf93000000ffffull
#define SELECT_CODE   0x10
#define SELECT_DATA   0x18
#define CR0_PE        (1u << 0)
#define CR0_ET        (1u << 4)
#define CR0_NE        (1u << 5)
#define CR0_PG        (1u << 31)
#define CR4_PAE       (1u << 5)
#define EFER_LME      (1u << 8)
#define EFER_LMA      (1u << 10)
#define RFLAGS_FIXED  2u
#define ENTRY_64      0x200u /* boot.rst: the 64-bit entry is so far into the kernel */

static int step(int r)
{
	return r < 0 ? -errno : 0;
}

static int open_vm(struct kvm *kvm)
{
	kvm->fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm->fd < 0)
		return -errno;
	kvm->vm_fd = ioctl(kvm->fd, KVM_CREATE_VM, 0);
	return step(kvm->vm_fd);
}

static int add_interrupts(struct kvm *kvm)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };

	(void)ioctl(kvm->vm_fd, KVM_SET_TSS_ADDR, INTEL_TSS);
	if (ioctl(kvm->vm_fd, KVM_CREATE_IRQCHIP, 0) < 0)
		return -errno;
	return step(ioctl(kvm->vm_fd, KVM_CREATE_PIT2, &pit));
}

static int add_memory(struct kvm *kvm, const struct memory *memory)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = memory->size,
		.userspace_addr = (uintptr_t)memory->bytes,
	};

	return step(ioctl(kvm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region));
}

static int trap_registers(struct kvm *kvm)
{
	static uint8_t nothing_allowed[HYPERV_N_MSRS / 8];
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_X86_USER_SPACE_MSR,
		.args = { KVM_MSR_EXIT_REASON_FILTER },
	};
	struct kvm_msr_filter filter = {
		.flags = KVM_MSR_FILTER_DEFAULT_ALLOW,
		.ranges = { {
			.flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE,
			.nmsrs = HYPERV_N_MSRS,
			.base = HYPERV_MSRS,
			.bitmap = nothing_allowed,
		} },
	};

	if (ioctl(kvm->vm_fd, KVM_ENABLE_CAP, &cap) < 0)
		return -errno;
	return step(ioctl(kvm->vm_fd, KVM_X86_SET_MSR_FILTER, &filter));
}

static int add_cpu(struct kvm *kvm, unsigned int i)
{
	struct kvm_cpu *cpu = &kvm->cpus[i];
	struct cpuid cpuid = { .header.nent = CPUID_MAX - 16 };

	cpu->fd = ioctl(kvm->vm_fd, KVM_CREATE_VCPU, i);
	if (cpu->fd < 0)
		return -errno;
	cpu->run = mmap(NULL, kvm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu->fd, 0);
	if (cpu->run == MAP_FAILED)
		return -errno;
	if (ioctl(kvm->fd, KVM_GET_SUPPORTED_CPUID, &cpuid) < 0)
		return -errno;
	cpuid_become_hyperv(&cpuid, i);
	return step(ioctl(cpu->fd, KVM_SET_CPUID2, &cpuid));
}

static int add_cpus(struct kvm *kvm, unsigned int n)
{
	int size = ioctl(kvm->fd, KVM_GET_VCPU_MMAP_SIZE, 0), r = 0;

	if (size < 0)
		return -errno;
	kvm->run_size = (size_t)size;
	for (unsigned int i = 0; i < n && r == 0; i++) {
		r = add_cpu(kvm, i);
		kvm->n_cpus++;
	}
	return r;
}

/* Addresses below 4 GiB are what they are. */
static int write_tables(const struct memory *memory)
{
	uint64_t *tables = memory_at(
		memory, LAYOUT_PAGE_TABLES, (2 + N_DIRECTORIES) * (uint64_t)LAYOUT_PAGE);
	uint64_t *gdt = memory_at(memory, LAYOUT_GDT, 4 * sizeof(*gdt));

	if (!tables || !gdt)
		return -ENOSPC;
	tables[0] = (LAYOUT_PAGE_TABLES + LAYOUT_PAGE) | PAGE_TABLE;
	for (unsigned int i = 0; i < N_DIRECTORIES; i++)
		tables[PER_TABLE + i] =
			(LAYOUT_PAGE_TABLES + (2 + i) * LAYOUT_PAGE) | PAGE_TABLE;
	for (unsigned int i = 0; i < N_DIRECTORIES * PER_TABLE; i++)
		tables[2 * PER_TABLE + i] = i * SIZE_2M | PAGE_2M;
	gdt[SELECT_CODE / 8] = GDT_CODE;
	gdt[SELECT_DATA / 8] = GDT_DATA;
	return 0;
}

static int set_special_registers(int cpu)
{
	const struct kvm_segment code = { .limit = UINT32_MAX,
		.selector = SELECT_CODE,
		.type = 11,
		.present = 1,
		.s = 1,
		.l = 1,
		.g = 1 };
	const struct kvm_segment data = { .limit = UINT32_MAX,
		.selector = SELECT_DATA,
		.type = 3,
		.present = 1,
		.s = 1,
		.db = 1,
		.g = 1 };
	struct kvm_sregs sregs;

	if (ioctl(cpu, KVM_GET_SREGS, &sregs) < 0)
		return -errno;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.gdt.base = LAYOUT_GDT;
	sregs.gdt.limit = 4 * 8 - 1;
	sregs.idt.limit = 0;
	sregs.cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_PG;
	sregs.cr3 = LAYOUT_PAGE_TABLES;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LME | EFER_LMA;
	return step(ioctl(cpu, KVM_SET_SREGS, &sregs));
}

/* The first processor stands before the kernel's entry; the others wait for it. */
static int prepare_entry(struct kvm *kvm, const struct memory *memory)
{
	struct kvm_regs regs = {
		.rip = LAYOUT_KERNEL + ENTRY_64,
		.rsi = LAYOUT_ZERO_PAGE,
		.rflags = RFLAGS_FIXED,
	};
	int r = write_tables(memory);

	if (r == 0)
		r = set_special_registers(kvm->cpus[0].fd);
	return r < 0 ? r : step(ioctl(kvm->cpus[0].fd, KVM_SET_REGS, &regs));
}

int kvm_new(struct kvm *kvm, const struct memory *memory, unsigned int n_cpus,
	const char **ret_step)
{
	int r;

	*kvm = (struct kvm){ .fd = -EBADF, .vm_fd = -EBADF };
	*ret_step = "opening /dev/kvm";
	r = open_vm(kvm);
	if (r < 0)
		return r;
	*ret_step = "adding interrupt controllers";
	r = add_interrupts(kvm);
	if (r < 0)
		return r;
	*ret_step = "adding memory";
	r = add_memory(kvm, memory);
	if (r < 0)
		return r;
	*ret_step = "trapping Hyper-V's registers";
	r = trap_registers(kvm);
	if (r < 0)
		return r;
	*ret_step = "adding processors";
	r = add_cpus(kvm, n_cpus);
	if (r < 0)
		return r;
	*ret_step = "preparing the first processor";
	return prepare_entry(kvm, memory);
}

void kvm_free(struct kvm *kvm)
{
	for (unsigned int i = 0; i < kvm->n_cpus; i++) {
		if (kvm->cpus[i].run && kvm->cpus[i].run != MAP_FAILED)
			(void)munmap(kvm->cpus[i].run, kvm->run_size);
		if (kvm->cpus[i].fd >= 0)
			close(kvm->cpus[i].fd);
	}
	if (kvm->vm_fd >= 0)
		close(kvm->vm_fd);
	if (kvm->fd >= 0)
		close(kvm->fd);
	*kvm = (struct kvm){ .fd = -EBADF, .vm_fd = -EBADF };
}

void kvm_set_irq(const struct kvm *kvm, unsigned int irq, bool level)
{
	struct kvm_irq_level line = { .irq = irq, .level = level };

	(void)ioctl(kvm->vm_fd, KVM_IRQ_LINE, &line);
}

void kvm_interrupt(const struct kvm *kvm, unsigned int cpu, uint8_t vector)
{
	struct kvm_msi msi = { .address_lo = LAYOUT_LOCAL_APIC | cpu << 12, .data = vector };

	(void)ioctl(kvm->vm_fd, KVM_SIGNAL_MSI, &msi);
}

uint32_t kvm_tsc_khz(const struct kvm *kvm)
{
	int khz = ioctl(kvm->cpus[0].fd, KVM_GET_TSC_KHZ, 0);

	return khz > 0 ? (uint32_t)khz : 0;
}

int kvm_get_tsc_offset(const struct kvm *kvm, int64_t *ret)
{
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uintptr_t)ret,
	};

	return step(ioctl(kvm->cpus[0].fd, KVM_GET_DEVICE_ATTR, &attr));
}

int kvm_set_tsc_offset(const struct kvm *kvm, int64_t offset)
{
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uintptr_t)&offset,
	};
	int r = 0;

	for (unsigned int i = 0; i < kvm->n_cpus && r == 0; i++)
		r = step(ioctl(kvm->cpus[i].fd, KVM_SET_DEVICE_ATTR, &attr));
	return r;
}
