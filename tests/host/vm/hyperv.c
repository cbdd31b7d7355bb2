// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Registers and hypercalls: Top-Level Functional Specification, "Synthetic MSRs" and
 * "Hypercall Interface". Whatever else the guest wants was not promised in cpuid.c, and is
 * reported.
 */

#include "host/vm/hyperv.h"
#include "host/vm/bytes.h"
#include "host/vm/layout.h"

#include <inttypes.h>
#include <string.h>

#define MSR_GUEST_OS       0x40000000u
#define MSR_HYPERCALL      0x40000001u
#define MSR_VP_INDEX       0x40000002u
#define MSR_REFERENCE_TIME 0x40000020u
#define MSR_REFERENCE_TSC  0x40000021u
#define MSR_TSC_FREQUENCY  0x40000022u
#define MSR_APIC_FREQUENCY 0x40000023u
#define MSR_VP_ASSIST      0x40000073u
#define MSR_SYNIC          0x40000080u
#define MSR_SYNIC_END      0x400000a0u

#define ENABLED            1u
#define APIC_HZ            1000000000u /* of KVM's */

#define CALL_CODE          0xffffu
#define CALL_FAST          (1u << 16)
#define CALL_POST_MESSAGE  0x5cu
#define CALL_SIGNAL_EVENT  0x5du
#define CONNECTION_MASK    0xffffffu

#define STATUS_OK          0u
#define STATUS_BAD_CODE    2u
#define STATUS_BAD_INPUT   3u
#define STATUS_BAD_PORT    18u

/* struct hv_input_post_message */
#define POST_SIZE          256
#define AT_CONNECTION      0
#define AT_TYPE            8
#define AT_SIZE            12
#define AT_PAYLOAD         16
#define TYPE_VMBUS         1

static void *enabled_page(const struct hyperv *hyperv, uint64_t value)
{
	if (!(value & ENABLED))
		return NULL;
	return memory_at(hyperv->memory, value & ~(uint64_t)(LAYOUT_PAGE - 1), LAYOUT_PAGE);
}

/* An instruction that leaves the guest with its registers as they are: out; ret. */
static void fill_hypercall_page(struct hyperv *hyperv)
{
	static const uint8_t code[] = { 0xe6, LAYOUT_PORT_HYPERCALL, 0xc3 };
	void *page = enabled_page(hyperv, hyperv->hypercall_page);

	if (page)
		memcpy(page, code, sizeof(code));
}

/* Sequence, reserved, scale, offset; a sequence of 0 would mean "ask me instead". */
static void fill_reference_page(struct hyperv *hyperv)
{
	uint8_t *page = enabled_page(hyperv, hyperv->reference_tsc);

	if (!page)
		return;
	put_le32(page, 1);
	put_le64(page + 8, clock_scale(hyperv->clock->tsc_khz));
	put_le64(page + 16, 0);
}

bool hyperv_read_msr(const struct hyperv *hyperv, unsigned int cpu, uint32_t msr, uint64_t *ret)
{
	if (msr >= MSR_SYNIC && msr < MSR_SYNIC_END)
		return synic_read(hyperv->synic, cpu, msr, ret);
	switch (msr) {
	case MSR_GUEST_OS:
		*ret = hyperv->guest_os;
		return true;
	case MSR_HYPERCALL:
		*ret = hyperv->hypercall_page;
		return true;
	case MSR_VP_INDEX:
		*ret = cpu;
		return true;
	case MSR_REFERENCE_TIME:
		*ret = clock_reference(hyperv->clock);
		return true;
	case MSR_REFERENCE_TSC:
		*ret = hyperv->reference_tsc;
		return true;
	case MSR_TSC_FREQUENCY:
		*ret = (uint64_t)hyperv->clock->tsc_khz * 1000;
		return true;
	case MSR_APIC_FREQUENCY:
		*ret = APIC_HZ;
		return true;
	case MSR_VP_ASSIST:
		*ret = hyperv->vp_assist[cpu];
		return true;
	default:
		outbox_fault(hyperv->outbox, "the guest reads register %#" PRIx32, msr);
		return false;
	}
}

bool hyperv_write_msr(struct hyperv *hyperv, unsigned int cpu, uint32_t msr, uint64_t value)
{
	if (msr >= MSR_SYNIC && msr < MSR_SYNIC_END)
		return synic_write(hyperv->synic, cpu, msr, value);
	switch (msr) {
	case MSR_GUEST_OS:
		hyperv->guest_os = value;
		return true;
	case MSR_HYPERCALL:
		hyperv->hypercall_page = value;
		fill_hypercall_page(hyperv);
		return true;
	case MSR_REFERENCE_TSC:
		hyperv->reference_tsc = value;
		fill_reference_page(hyperv);
		return true;
	case MSR_VP_ASSIST: /* Linux writes it whether or not it is promised */
		hyperv->vp_assist[cpu] = value;
		return true;
	default:
		outbox_fault(hyperv->outbox,
			"the guest writes %#" PRIx64 " to register %#" PRIx32, value, msr);
		return false;
	}
}

/* One copy out of the guest's memory, and only that is looked at. */
static uint64_t post_message(struct hyperv *hyperv, uint64_t address)
{
	const void *input = memory_at(hyperv->memory, address, POST_SIZE);
	uint8_t bytes[POST_SIZE];
	uint32_t size;

	if (!input)
		return STATUS_BAD_INPUT;
	memcpy(bytes, input, sizeof(bytes));
	size = get_le32(bytes + AT_SIZE);
	if (size > sizeof(bytes) - AT_PAYLOAD || get_le32(bytes + AT_TYPE) != TYPE_VMBUS) {
		outbox_fault_bytes(hyperv->outbox, "a bad message", bytes, sizeof(bytes));
		return STATUS_BAD_INPUT;
	}
	return hyperv->ops->message(hyperv->userdata,
		       get_le32(bytes + AT_CONNECTION) & CONNECTION_MASK, bytes + AT_PAYLOAD,
		       size)
		? STATUS_OK
		: STATUS_BAD_PORT;
}

uint64_t hyperv_call(struct hyperv *hyperv, uint64_t control, uint64_t input)
{
	uint32_t code = control & CALL_CODE;
	bool is_fast = control & CALL_FAST;

	if (code == CALL_POST_MESSAGE && !is_fast)
		return post_message(hyperv, input);
	if (code == CALL_SIGNAL_EVENT && is_fast)
		return hyperv->ops->signal(hyperv->userdata, input & CONNECTION_MASK)
			? STATUS_OK
			: STATUS_BAD_PORT;
	outbox_fault(hyperv->outbox, "the guest makes hypercall %#" PRIx64, control);
	return STATUS_BAD_CODE;
}
