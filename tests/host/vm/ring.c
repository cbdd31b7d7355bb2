// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * struct hv_ring_buffer and struct vmpacket_descriptor of include/linux/hyperv.h. The guest
 * reads and writes the indices at the same time; each has one writer.
 */

#include "host/vm/ring.h"
#include "host/vm/bytes.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <string.h>

/* The first page, in words of four bytes. */
#define WRITE_INDEX    0
#define READ_INDEX     1
#define INTERRUPT_MASK 2

#define DESCRIPTOR     16
#define TRAILER        8

static uint32_t *word(const struct ring *ring, unsigned int i)
{
	return (uint32_t *)(void *)ring->pages[0] + i;
}

int ring_init(struct ring *ring, uint8_t *const *pages, size_t n_pages)
{
	if (n_pages < 2 || n_pages > UINT32_MAX / LAYOUT_PAGE)
		return -EINVAL;
	*ring = (struct ring){
		.pages = pages,
		.size = ((uint32_t)n_pages - 1) * LAYOUT_PAGE,
	};
	return 0;
}

/* The next piece of the data that is in one page. */
static uint8_t *piece(const struct ring *ring, uint32_t at, size_t size, size_t *ret_size)
{
	size_t room = LAYOUT_PAGE - at % LAYOUT_PAGE;

	*ret_size = size < room ? size : room;
	return ring->pages[1 + at / LAYOUT_PAGE] + at % LAYOUT_PAGE;
}

static uint32_t put(const struct ring *ring, uint32_t at, const uint8_t *bytes, size_t size)
{
	size_t n;

	for (; size > 0; size -= n) {
		uint8_t *to = piece(ring, at, size, &n);

		memcpy(to, bytes, n);
		bytes += n;
		at = (at + (uint32_t)n) % ring->size;
	}
	return at;
}

static void take(const struct ring *ring, uint32_t at, uint8_t *bytes, size_t size)
{
	size_t n;

	for (; size > 0; size -= n) {
		const uint8_t *from = piece(ring, at, size, &n);

		memcpy(bytes, from, n);
		bytes += n;
		at = (at + (uint32_t)n) % ring->size;
	}
}

/* Both indices, and how many bytes are between them. */
static int look(const struct ring *ring, uint32_t *ret_write, uint32_t *ret_read)
{
	uint32_t w = __atomic_load_n(word(ring, WRITE_INDEX), __ATOMIC_ACQUIRE);
	uint32_t r = __atomic_load_n(word(ring, READ_INDEX), __ATOMIC_ACQUIRE);

	if (w >= ring->size || r >= ring->size || w % 8 || r % 8)
		return -EBADMSG;
	*ret_write = w;
	*ret_read = r;
	return (int)(w >= r ? w - r : w + ring->size - r);
}

int ring_write(struct ring *ring, const struct ring_packet *packet)
{
	static const uint8_t padding[8];
	size_t n_padding = (8 - packet->size % 8) % 8;
	size_t size = DESCRIPTOR + packet->header_size + packet->size + n_padding;
	uint8_t descriptor[DESCRIPTOR], trailer[TRAILER];
	uint32_t begin, at, read;
	int used = look(ring, &begin, &read);

	if (used < 0)
		return used;
	if (ring->size - (uint32_t)used <= size + TRAILER)
		return -ENOSPC;
	put_le16(descriptor, packet->type);
	put_le16(descriptor + 2, (uint16_t)((DESCRIPTOR + packet->header_size) / 8));
	put_le16(descriptor + 4, (uint16_t)(size / 8));
	put_le16(descriptor + 6, packet->flags);
	put_le64(descriptor + 8, packet->transaction);
	put_le64(trailer, (uint64_t)begin << 32); /* where the packet began */
	at = put(ring, begin, descriptor, DESCRIPTOR);
	at = put(ring, at, packet->header, packet->header_size);
	at = put(ring, at, packet->payload, packet->size);
	at = put(ring, at, padding, n_padding);
	at = put(ring, at, trailer, TRAILER);
	__atomic_store_n(word(ring, WRITE_INDEX), at, __ATOMIC_SEQ_CST);
	return 0;
}

static int parse(const uint8_t *bytes, size_t size, struct ring_packet *ret)
{
	size_t header_end = (size_t)get_le16(bytes + 2) * 8;

	if (header_end < DESCRIPTOR || header_end > size)
		return -EBADMSG;
	*ret = (struct ring_packet){
		.type = get_le16(bytes),
		.flags = get_le16(bytes + 6),
		.transaction = get_le64(bytes + 8),
		.header = bytes + DESCRIPTOR,
		.header_size = header_end - DESCRIPTOR,
		.payload = bytes + header_end,
		.size = size - header_end,
	};
	return 1;
}

/* The length is looked at in our copy of the descriptor, which then stands for the packet's. */
int ring_read(struct ring *ring, uint8_t bytes[RING_MAX_PACKET], struct ring_packet *ret)
{
	uint32_t write, begin;
	int used = look(ring, &write, &begin), r;
	size_t size;

	if (used <= 0)
		return used;
	if (used < DESCRIPTOR + TRAILER)
		return -EBADMSG;
	take(ring, begin, bytes, DESCRIPTOR);
	size = (size_t)get_le16(bytes + 4) * 8;
	if (size < DESCRIPTOR || size > RING_MAX_PACKET || size + TRAILER > (size_t)used)
		return -EBADMSG;
	take(ring, (begin + DESCRIPTOR) % ring->size, bytes + DESCRIPTOR, size - DESCRIPTOR);
	r = parse(bytes, size, ret);
	begin = (begin + (uint32_t)size + TRAILER) % ring->size;
	__atomic_store_n(word(ring, READ_INDEX), begin, __ATOMIC_SEQ_CST);
	return r;
}

bool ring_wants_signal(const struct ring *ring)
{
	return __atomic_load_n(word(ring, INTERRUPT_MASK), __ATOMIC_SEQ_CST) == 0;
}
