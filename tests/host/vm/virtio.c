// SPDX-License-Identifier: LGPL-2.1-or-later

/* The registers, and the one interrupt, whose level says that there is something
 * unacknowledged. */

#include "host/vm/virtio.h"

#include <string.h>

/* virtio 1.2, table 4.1 */
enum {
	MAGIC = 0x000,
	VERSION = 0x004,
	DEVICE_ID = 0x008,
	VENDOR_ID = 0x00c,
	DEVICE_FEATURES = 0x010,
	DEVICE_FEATURES_SELECT = 0x014,
	DRIVER_FEATURES_SELECT = 0x024,
	QUEUE_SELECT = 0x030,
	QUEUE_SIZE_MAX = 0x034,
	QUEUE_SIZE = 0x038,
	QUEUE_READY = 0x044,
	QUEUE_NOTIFY = 0x050,
	INTERRUPT_STATUS = 0x060,
	INTERRUPT_ACK = 0x064,
	STATUS = 0x070,
	QUEUE_DESCRIPTORS = 0x080,
	QUEUE_AVAILABLE = 0x090,
	QUEUE_USED = 0x0a0,
	GENERATION = 0x0fc,
};

#define MAGIC_VALUE       0x74726976u /* "virt" */
#define MMIO_VERSION      2u
#define VENDOR            0x47564855u

#define FEATURE_VERSION_1 (1ull << 32)

#define INTERRUPT_QUEUE   1u
#define INTERRUPT_CONFIG  2u

static void update_irq(struct virtio *virtio)
{
	virtio->set_irq(virtio->userdata, virtio->irq, virtio->interrupts != 0);
}

static void reset(struct virtio *virtio)
{
	virtio->status = virtio->interrupts = 0;
	virtio->selected_features = virtio->selected_queue = 0;
	for (unsigned int i = 0; i < VIRTIO_MAX_QUEUES; i++) {
		const struct memory *memory = virtio->queues[i].memory;

		virtio->queues[i] = (struct virtqueue){ .memory = memory };
	}
	virtio->kind->reset(virtio);
}

void virtio_start(struct virtio *virtio, const struct memory *memory)
{
	for (unsigned int i = 0; i < VIRTIO_MAX_QUEUES; i++)
		virtio->queues[i].memory = memory;
	reset(virtio);
}

static struct virtqueue *selected(struct virtio *virtio)
{
	return virtio->selected_queue < virtio->kind->n_queues
		? &virtio->queues[virtio->selected_queue]
		: NULL;
}

static uint32_t half(uint64_t value, uint32_t is_upper)
{
	return is_upper > 1 ? 0 : (uint32_t)(is_upper ? value >> 32 : value);
}

uint32_t virtio_read(struct virtio *virtio, uint32_t at)
{
	const struct virtqueue *queue = selected(virtio);

	switch (at) {
	case MAGIC:
		return MAGIC_VALUE;
	case VERSION:
		return MMIO_VERSION;
	case DEVICE_ID:
		return virtio->kind->device_id;
	case VENDOR_ID:
		return VENDOR;
	case DEVICE_FEATURES:
		return half(
			virtio->kind->features | FEATURE_VERSION_1, virtio->selected_features);
	case QUEUE_SIZE_MAX:
		return queue ? VIRTQUEUE_SIZE : 0;
	case QUEUE_READY:
		return queue ? queue->is_ready : 0;
	case INTERRUPT_STATUS:
		return virtio->interrupts;
	case STATUS:
		return virtio->status;
	case GENERATION:
		return virtio->generation;
	default:
		return 0;
	}
}

static void set_half(uint64_t *value, uint32_t is_upper, uint32_t part)
{
	if (is_upper)
		*value = (uint32_t)*value | (uint64_t)part << 32;
	else
		*value = (*value & ~(uint64_t)UINT32_MAX) | part;
}

static void write_queue(struct virtqueue *queue, uint32_t at, uint32_t value)
{
	switch (at) {
	case QUEUE_SIZE:
		queue->size = value <= VIRTQUEUE_SIZE ? value : 0;
		break;
	case QUEUE_READY:
		queue->is_ready = value & 1;
		break;
	case QUEUE_DESCRIPTORS:
	case QUEUE_DESCRIPTORS + 4:
		set_half(&queue->descriptors, at & 4, value);
		break;
	case QUEUE_AVAILABLE:
	case QUEUE_AVAILABLE + 4:
		set_half(&queue->available, at & 4, value);
		break;
	case QUEUE_USED:
	case QUEUE_USED + 4:
		set_half(&queue->used, at & 4, value);
		break;
	default:
		break;
	}
}

static void set_status(struct virtio *virtio, uint32_t status)
{
	if (status == 0)
		reset(virtio);
	else
		virtio->status = status;
	update_irq(virtio);
}

void virtio_write(struct virtio *virtio, uint32_t at, uint32_t value)
{
	struct virtqueue *queue = selected(virtio);

	switch (at) {
	case DEVICE_FEATURES_SELECT:
	case DRIVER_FEATURES_SELECT:
		virtio->selected_features = value;
		break;
	case QUEUE_SELECT:
		virtio->selected_queue = value;
		break;
	case QUEUE_NOTIFY:
		if (value < virtio->kind->n_queues)
			virtio->kind->notify(virtio, value);
		break;
	case INTERRUPT_ACK:
		virtio->interrupts &= ~value;
		update_irq(virtio);
		break;
	case STATUS:
		set_status(virtio, value);
		break;
	default:
		if (queue)
			write_queue(queue, at, value);
		break;
	}
}

void virtio_read_config(struct virtio *virtio, uint32_t at, uint8_t *ret, size_t size)
{
	memset(ret, 0, size);
	virtio->kind->read_config(virtio, ret, at - VIRTIO_CONFIG, size);
}

bool virtio_take(struct virtio *virtio, uint32_t queue, struct virtqueue_chain *ret)
{
	int r = virtqueue_take(&virtio->queues[queue], ret);

	if (r < 0) {
		outbox_fault(virtio->outbox, "virtio device %u: queue %u is broken",
			virtio->kind->device_id, queue);
		virtio->queues[queue].is_ready = false;
	}
	return r > 0;
}

void virtio_give(
	struct virtio *virtio, uint32_t queue, const struct virtqueue_chain *chain, size_t n)
{
	if (!virtqueue_give(&virtio->queues[queue], chain, n))
		return;
	virtio->interrupts |= INTERRUPT_QUEUE;
	update_irq(virtio);
}

void virtio_tell_config(struct virtio *virtio)
{
	virtio->generation++;
	virtio->interrupts |= INTERRUPT_CONFIG;
	update_irq(virtio);
}
