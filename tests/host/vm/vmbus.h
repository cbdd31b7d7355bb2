/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_VMBUS_H
#define HVG_TESTS_HOST_VM_VMBUS_H

/*
 * The VMBus as the host has it: what the guest's messages ask for, and which channels there
 * are. Pure: messages and signals go out through the ops.
 */

#include "host/vm/channel.h"
#include "host/vm/outbox.h"

#define VMBUS_MAX_CHANNELS   16
#define VMBUS_MAX_RELID      2047 /* event flags of a slot */
#define VMBUS_LATEST_VERSION 0x50003u

struct vmbus_ops {
	void (*post)(void *userdata, const uint8_t *bytes, size_t size);
	void (*signal)(void *userdata, uint32_t cpu, uint32_t relid);

	/* The processor that messages go to from now on. false: there is none of that number.
	 */
	bool (*choose_cpu)(void *userdata, uint32_t cpu);
};

struct vmbus {
	const struct memory *memory; /* that of the guest that runs */
	struct outbox *outbox;
	const struct vmbus_ops *ops;
	void *userdata;
	uint32_t limit; /* the highest version that is accepted */

	uint32_t version; /* 0: nobody is connected */
	bool listens;     /* the guest has asked for offers */
	uint32_t last_relid;
	struct gpadls gpadls;
	struct channel *channels[VMBUS_MAX_CHANNELS];
	size_t n_channels;
};

void vmbus_init(struct vmbus *vmbus);

/* The channel stays where it is for as long as the bus. */
void vmbus_add(struct vmbus *vmbus, struct channel *channel);

/* Replies to id when the guest knows, or when there is none. */
void vmbus_offer(struct vmbus *vmbus, struct channel *channel, uint64_t id);
void vmbus_withdraw(struct vmbus *vmbus, struct channel *channel);

/* Hypercalls. false: there is no such connection. */
bool vmbus_message(struct vmbus *vmbus, uint32_t connection, const uint8_t *bytes, size_t size);
bool vmbus_signal(struct vmbus *vmbus, uint32_t connection);

/* The guest is gone, or comes back as another one. */
void vmbus_reset(struct vmbus *vmbus);

#endif
