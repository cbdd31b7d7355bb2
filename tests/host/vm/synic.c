// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Layouts: Top-Level Functional Specification, "Inter-Partition Communication"; in Linux
 * include/asm-generic/hyperv-tlfs.h, struct hv_message. The guest looks at these pages while we
 * write, so that what says "there is something" is written last.
 */

#include "host/vm/synic.h"
#include "host/vm/bytes.h"
#include "host/vm/layout.h"

#include <string.h>

#define MSR_CONTROL        0x40000080u
#define MSR_VERSION        0x40000081u
#define MSR_FLAGS_PAGE     0x40000082u
#define MSR_MESSAGE_PAGE   0x40000083u
#define MSR_END_OF_MESSAGE 0x40000084u
#define MSR_SINT0          0x40000090u

#define SINT_MASKED        (1u << 16)
#define PAGE_ENABLED       1u

#define SLOT               256 /* bytes, in either page */

/* struct hv_message_header */
#define AT_TYPE            0
#define AT_SIZE            4
#define AT_FLAGS           5
#define AT_PORT            8
#define AT_PAYLOAD         16
#define TYPE_VMBUS         1
#define FLAG_PENDING       1

void synic_init(struct synic *synic)
{
	memset(synic->cpus, 0, sizeof(synic->cpus));
	for (unsigned int cpu = 0; cpu < SYNIC_MAX_CPUS; cpu++)
		for (unsigned int i = 0; i < SYNIC_SINTS; i++)
			synic->cpus[cpu].sint[i] = SINT_MASKED;
	synic->message_cpu = 0;
	synic->first = synic->n_waiting = 0;
}

static uint8_t *slot(const struct synic *synic, uint64_t page)
{
	uint8_t *bytes;

	if (!(page & PAGE_ENABLED))
		return NULL;
	bytes = memory_at(synic->memory, page & ~(uint64_t)(LAYOUT_PAGE - 1), LAYOUT_PAGE);
	return bytes ? bytes + SYNIC_VMBUS * SLOT : NULL;
}

static void interrupt(struct synic *synic, unsigned int cpu)
{
	uint64_t sint = synic->cpus[cpu].sint[SYNIC_VMBUS];

	if (!(sint & SINT_MASKED))
		synic->interrupt(synic->userdata, cpu, (uint8_t)sint);
}

/* The guest may empty the slot just when we say that more is waiting: so look again. */
static bool is_taken(uint8_t *bytes)
{
	uint32_t *type = (uint32_t *)(void *)(bytes + AT_TYPE);

	if (__atomic_load_n(type, __ATOMIC_SEQ_CST) == 0)
		return false;
	(void)__atomic_fetch_or(bytes + AT_FLAGS, FLAG_PENDING, __ATOMIC_SEQ_CST);
	return __atomic_load_n(type, __ATOMIC_SEQ_CST) != 0;
}

static void fill(uint8_t *bytes, const struct synic_message *message)
{
	uint32_t *type = (uint32_t *)(void *)(bytes + AT_TYPE);

	memset(bytes + AT_SIZE, 0, AT_PAYLOAD - AT_SIZE);
	bytes[AT_SIZE] = message->size;
	put_le64(bytes + AT_PORT, 1);
	memcpy(bytes + AT_PAYLOAD, message->bytes, message->size);
	__atomic_store_n(type, TYPE_VMBUS, __ATOMIC_RELEASE);
}

static void deliver(struct synic *synic)
{
	uint8_t *bytes = slot(synic, synic->cpus[synic->message_cpu].message_page);

	while (bytes && synic->n_waiting > 0 && !is_taken(bytes)) {
		fill(bytes, &synic->waiting[synic->first]);
		synic->first = (synic->first + 1) % SYNIC_MAX_WAITING;
		synic->n_waiting--;
		interrupt(synic, synic->message_cpu);
	}
}

void synic_post(struct synic *synic, const void *bytes, size_t size)
{
	struct synic_message *message;

	if (synic->n_waiting == SYNIC_MAX_WAITING || size > SYNIC_MAX_MESSAGE) {
		outbox_fault(synic->outbox, "the guest does not take its messages");
		return;
	}
	message = &synic->waiting[(synic->first + synic->n_waiting) % SYNIC_MAX_WAITING];
	message->size = (uint8_t)size;
	memcpy(message->bytes, bytes, size);
	synic->n_waiting++;
	deliver(synic);
}

void synic_signal(struct synic *synic, unsigned int cpu, unsigned int flag)
{
	uint8_t *bytes;

	if (cpu >= SYNIC_MAX_CPUS || flag >= SLOT * 8)
		return;
	bytes = slot(synic, synic->cpus[cpu].flags_page);
	if (!bytes)
		return;
	(void)__atomic_fetch_or(bytes + flag / 8, (uint8_t)(1 << flag % 8), __ATOMIC_SEQ_CST);
	interrupt(synic, cpu);
}

/* Where a register is kept; NULL: nowhere. */
static uint64_t *place(struct synic_cpu *cpu, uint32_t msr)
{
	if (msr >= MSR_SINT0 && msr < MSR_SINT0 + SYNIC_SINTS)
		return &cpu->sint[msr - MSR_SINT0];
	switch (msr) {
	case MSR_CONTROL:
		return &cpu->control;
	case MSR_FLAGS_PAGE:
		return &cpu->flags_page;
	case MSR_MESSAGE_PAGE:
		return &cpu->message_page;
	default:
		return NULL;
	}
}

bool synic_read(const struct synic *synic, unsigned int cpu, uint32_t msr, uint64_t *ret)
{
	struct synic_cpu copy = synic->cpus[cpu];
	const uint64_t *value = place(&copy, msr);

	if (value)
		*ret = *value;
	else if (msr == MSR_VERSION)
		*ret = 1;
	else if (msr == MSR_END_OF_MESSAGE)
		*ret = 0;
	else
		return false;
	return true;
}

bool synic_write(struct synic *synic, unsigned int cpu, uint32_t msr, uint64_t value)
{
	uint64_t *at = place(&synic->cpus[cpu], msr);

	if (!at && msr != MSR_END_OF_MESSAGE)
		return false;
	if (at)
		*at = value;
	deliver(synic);
	return true;
}
