/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_HYPERV_H
#define HVG_TESTS_HOST_VM_HYPERV_H

/* What a guest sees of the hypervisor: its registers, and two hypercalls. */

#include "host/vm/clock.h"
#include "host/vm/memory.h"
#include "host/vm/outbox.h"
#include "host/vm/synic.h"

/* The registers that are trapped. */
#define HYPERV_MSRS   0x40000000u
#define HYPERV_N_MSRS 0x200u

struct hyperv_ops {
	/* HvPostMessage, HvSignalEvent: false means that there is no such connection. */
	bool (*message)(void *userdata, uint32_t connection, const uint8_t *bytes, size_t size);
	bool (*signal)(void *userdata, uint32_t connection);
};

struct hyperv {
	const struct memory *memory;
	struct outbox *outbox;
	const struct clock *clock;
	struct synic *synic;
	const struct hyperv_ops *ops;
	void *userdata;

	uint64_t guest_os, hypercall_page, reference_tsc, vp_assist[SYNIC_MAX_CPUS];
};

/* false: the processor must get a fault. */
bool hyperv_read_msr(
	const struct hyperv *hyperv, unsigned int cpu, uint32_t msr, uint64_t *ret);
bool hyperv_write_msr(struct hyperv *hyperv, unsigned int cpu, uint32_t msr, uint64_t value);

/* rcx, rdx of the 64-bit calling convention; what rax will be. */
uint64_t hyperv_call(struct hyperv *hyperv, uint64_t control, uint64_t input);

#endif
