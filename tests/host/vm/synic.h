/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_SYNIC_H
#define HVG_TESTS_HOST_VM_SYNIC_H

/*
 * The synthetic interrupt controller, in user space: per processor a page of message slots and
 * one of event flags. The VMBus has slot 2 of both. A slot holds one message; what comes
 * meanwhile waits here, and the guest says when it has taken one.
 */

#include "host/vm/memory.h"
#include "host/vm/outbox.h"

#include <stdbool.h>

#define SYNIC_MAX_CPUS    8
#define SYNIC_MAX_MESSAGE 240
#define SYNIC_MAX_WAITING 512
#define SYNIC_SINTS       16
#define SYNIC_VMBUS       2 /* HYPERV's SINT for the VMBus */

struct synic_cpu {
	uint64_t control, flags_page, message_page, sint[SYNIC_SINTS];
};

struct synic_message {
	uint8_t size, bytes[SYNIC_MAX_MESSAGE];
};

struct synic {
	const struct memory *memory;
	struct outbox *outbox;
	void (*interrupt)(void *userdata, unsigned int cpu, uint8_t vector);
	void *userdata;

	struct synic_cpu cpus[SYNIC_MAX_CPUS];
	unsigned int message_cpu; /* who gets the messages */
	struct synic_message waiting[SYNIC_MAX_WAITING];
	unsigned int first, n_waiting;
};

void synic_init(struct synic *synic);

/* Registers 0x40000080 to 0x4000009f; false: there is none of that number. */
bool synic_read(const struct synic *synic, unsigned int cpu, uint32_t msr, uint64_t *ret);
bool synic_write(struct synic *synic, unsigned int cpu, uint32_t msr, uint64_t value);

/* A message of the VMBus to the guest. */
void synic_post(struct synic *synic, const void *bytes, size_t size);

/* Sets an event flag, and interrupts. */
void synic_signal(struct synic *synic, unsigned int cpu, unsigned int flag);

#endif
