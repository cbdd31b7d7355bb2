/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_VIRTQUEUE_H
#define HVG_TESTS_HOST_VM_VIRTQUEUE_H

/* A queue of a virtio device: virtio 1.2, "Split Virtqueues", from the device's side. */

#include "host/vm/memory.h"

#include <stdbool.h>
#include <stddef.h>

#define VIRTQUEUE_SIZE 128

struct virtqueue_part {
	uint8_t *bytes;
	uint32_t size;
};

/* Buffers that the driver has lent: some to read, then some to fill. */
struct virtqueue_chain {
	uint16_t head;
	size_t n_read, n_fill;
	struct virtqueue_part read[VIRTQUEUE_SIZE], fill[VIRTQUEUE_SIZE];
};

struct virtqueue {
	const struct memory *memory;
	uint32_t size; /* as the driver wants it, at most VIRTQUEUE_SIZE */
	uint64_t descriptors, available, used;
	bool is_ready;
	uint16_t next; /* of the available ones */
};

/* 1: a chain; 0: there is none; -EBADMSG: the driver's rings make no sense. */
int virtqueue_take(struct virtqueue *queue, struct virtqueue_chain *ret);

/* Gives it back, with so many bytes filled. true: the driver wants to hear of it. */
bool virtqueue_give(struct virtqueue *queue, const struct virtqueue_chain *chain, size_t n);

/* Between a chain's buffers and one piece of memory; how many bytes there were. */
size_t virtqueue_gather(const struct virtqueue_chain *chain, uint8_t *ret, size_t size);
size_t virtqueue_scatter(
	const struct virtqueue_chain *chain, const uint8_t *bytes, size_t size);

#endif
