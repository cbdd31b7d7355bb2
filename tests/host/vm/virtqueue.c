// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Three tables in the guest's memory: descriptors (address, length, flags, next), those that
 * the driver makes available, and those that the device has used.
 */

#include "host/vm/virtqueue.h"
#include "host/vm/bytes.h"

#include <errno.h>
#include <string.h>

#define DESCRIPTOR   16
#define FLAG_NEXT    1
#define FLAG_FILL    2 /* VIRTQ_DESC_F_WRITE: the device writes */

/* Both rings begin with u16 flags, u16 index. */
#define AT_INDEX     2
#define AT_RING      4
#define AVAILABLE    2
#define USED         8

#define NO_INTERRUPT 1

static uint8_t *table(const struct virtqueue *queue, uint64_t address, uint32_t entry)
{
	return memory_at(queue->memory, address, AT_RING + (uint64_t)queue->size * entry);
}

static uint16_t *index_of(uint8_t *ring)
{
	return (uint16_t *)(void *)(ring + AT_INDEX);
}

static int add_part(
	const struct virtqueue *queue, const uint8_t *descriptor, struct virtqueue_chain *chain)
{
	struct virtqueue_part part = { .size = get_le32(descriptor + 8) };
	bool is_filled = get_le16(descriptor + 12) & FLAG_FILL;

	part.bytes = memory_at(queue->memory, get_le64(descriptor), part.size);
	if (!part.bytes || chain->n_read + chain->n_fill == queue->size)
		return -EBADMSG;
	if (is_filled)
		chain->fill[chain->n_fill++] = part;
	else
		chain->read[chain->n_read++] = part;
	return 0;
}

static int follow(const struct virtqueue *queue, uint16_t head, struct virtqueue_chain *chain)
{
	const uint8_t *all = memory_at(
		queue->memory, queue->descriptors, (uint64_t)queue->size * DESCRIPTOR);
	uint8_t descriptor[DESCRIPTOR];
	uint16_t i = head;

	chain->head = head;
	chain->n_read = chain->n_fill = 0;
	do {
		if (!all || i >= queue->size)
			return -EBADMSG;
		memcpy(descriptor, all + (size_t)i * DESCRIPTOR, DESCRIPTOR);
		if (add_part(queue, descriptor, chain) < 0)
			return -EBADMSG;
		i = get_le16(descriptor + 14);
	} while (get_le16(descriptor + 12) & FLAG_NEXT);
	return 1;
}

int virtqueue_take(struct virtqueue *queue, struct virtqueue_chain *ret)
{
	uint8_t *ring = table(queue, queue->available, AVAILABLE);
	uint16_t head;

	if (!queue->is_ready)
		return 0;
	if (!ring || queue->size == 0 || queue->available % 2)
		return -EBADMSG;
	if (__atomic_load_n(index_of(ring), __ATOMIC_ACQUIRE) == queue->next)
		return 0;
	head = get_le16(ring + AT_RING + AVAILABLE * (queue->next % queue->size));
	queue->next++;
	return follow(queue, head, ret);
}

bool virtqueue_give(struct virtqueue *queue, const struct virtqueue_chain *chain, size_t n)
{
	uint8_t *ring = table(queue, queue->used, USED);
	const uint8_t *available = table(queue, queue->available, AVAILABLE);
	uint16_t index;
	uint8_t *at;

	if (!ring || !available || queue->used % 4)
		return false;
	index = *index_of(ring);
	at = ring + AT_RING + (size_t)USED * (index % queue->size);
	put_le32(at, chain->head);
	put_le32(at + 4, (uint32_t)n);
	__atomic_store_n(index_of(ring), (uint16_t)(index + 1), __ATOMIC_SEQ_CST);
	return !(get_le16(available) & NO_INTERRUPT);
}

size_t virtqueue_gather(const struct virtqueue_chain *chain, uint8_t *ret, size_t size)
{
	size_t done = 0;

	for (size_t i = 0; i < chain->n_read && done < size; i++) {
		const struct virtqueue_part *part = &chain->read[i];
		size_t n = part->size < size - done ? part->size : size - done;

		memcpy(ret + done, part->bytes, n);
		done += n;
	}
	return done;
}

size_t virtqueue_scatter(const struct virtqueue_chain *chain, const uint8_t *bytes, size_t size)
{
	size_t done = 0;

	for (size_t i = 0; i < chain->n_fill && done < size; i++) {
		const struct virtqueue_part *part = &chain->fill[i];
		size_t n = part->size < size - done ? part->size : size - done;

		memcpy(part->bytes, bytes + done, n);
		done += n;
	}
	return done;
}
