/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_VIRTIO_H
#define HVG_TESTS_HOST_VM_VIRTIO_H

/*
 * A virtio device on a page of registers: virtio 1.2, "Virtio Over MMIO". Hyper-V has no such
 * thing; they carry what a test needs besides Hyper-V: the agent's bytes, and disks.
 */

#include "host/vm/outbox.h"
#include "host/vm/virtqueue.h"

#define VIRTIO_MAX_QUEUES 4

struct virtio;

struct virtio_kind {
	uint32_t device_id, n_queues;
	uint64_t features; /* besides VIRTIO_F_VERSION_1 */

	/* The device's own registers. */
	void (*read_config)(struct virtio *virtio, uint8_t *ret, size_t at, size_t size);

	/* The driver has put something into a queue. */
	void (*notify)(struct virtio *virtio, uint32_t queue);
	void (*reset)(struct virtio *virtio);
};

struct virtio {
	const struct virtio_kind *kind;
	struct outbox *outbox;
	void (*set_irq)(void *userdata, unsigned int irq, bool level);
	void *userdata;
	unsigned int irq;

	uint32_t status, interrupts, generation;
	uint32_t selected_features, selected_queue;
	struct virtqueue queues[VIRTIO_MAX_QUEUES];
};

/* Fills in the rest, as at power on. */
void virtio_start(struct virtio *virtio, const struct memory *memory);

/* Registers. Offsets from the beginning of the page. */
uint32_t virtio_read(struct virtio *virtio, uint32_t at);
void virtio_write(struct virtio *virtio, uint32_t at, uint32_t value);

/* The device's own registers, any size. */
#define VIRTIO_CONFIG 0x100u
void virtio_read_config(struct virtio *virtio, uint32_t at, uint8_t *ret, size_t size);

/* A queue's next chain; what is wrong with one is reported. */
bool virtio_take(struct virtio *virtio, uint32_t queue, struct virtqueue_chain *ret);
void virtio_give(
	struct virtio *virtio, uint32_t queue, const struct virtqueue_chain *chain, size_t n);

/* The configuration has changed. */
void virtio_tell_config(struct virtio *virtio);

#endif
