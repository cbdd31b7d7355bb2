// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The order in which a ring is touched, which is all that makes it right:
 *
 *	writer	bytes, then write_index (release), full barrier, then the mask and the reader's index
 *	reader	write_index (acquire), then bytes, then read_index (release), full barrier, then what
 *		the writer waits for
 *	going to sleep	mask = 0, full barrier, then write_index once more
 *
 * Each full barrier stands between our store and a load of what the other side stores before it
 * looks at ours: without it both could see the old value, and both would sleep. The same is checked
 * as a model, tests/model/ring.pml. It is C11 throughout, so it is right on arm64 as well.
 */

#include "hvguest/ring.h"

#include "hvguest/packet.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

/* struct hv_ring_buffer */
#define WRITE_INDEX_AT	0
#define READ_INDEX_AT	4
#define MASK_AT		8
#define PENDING_AT	12
#define FEATURES_AT	64
#define HEADER_MIN	128

#define FEATURE_PENDING_SIZE 1 /* the writer of this ring fills in pending_send_sz */

#define UNIT	     8
#define TRAILER_SIZE 8

/* The one place that looks at shared memory as something else than bytes. */
static _Atomic uint32_t *field(const struct hvg_ring *ring, size_t at)
{
	return (_Atomic uint32_t *)(void *)(ring->header + at);
}

static uint32_t load(const struct hvg_ring *ring, size_t at)
{
	return atomic_load_explicit(field(ring, at), memory_order_relaxed);
}

static void store(const struct hvg_ring *ring, size_t at, uint32_t value)
{
	atomic_store_explicit(field(ring, at), value, memory_order_relaxed);
}

static void full_barrier(void)
{
	atomic_thread_fence(memory_order_seq_cst);
}

static bool is_index(const struct hvg_ring *ring, uint32_t index)
{
	return index < ring->size && index % UNIT == 0;
}

static int spoil(struct hvg_ring *ring, int error)
{
	ring->is_bad = true;
	return error;
}

static int init(struct hvg_ring *ring, void *memory, size_t bytes, size_t page_bytes)
{
	if (page_bytes < HEADER_MIN || page_bytes % UNIT != 0 || bytes <= page_bytes ||
		(bytes - page_bytes) % UNIT != 0 || bytes - page_bytes > UINT32_MAX / 2 ||
		(uintptr_t)memory % UNIT != 0)
		return -EINVAL;
	*ring = (struct hvg_ring){
		.header = memory,
		.data = (uint8_t *)memory + page_bytes,
		.size = (uint32_t)(bytes - page_bytes),
	};
	return 0;
}

static int go_on(struct hvg_ring *ring, size_t at)
{
	ring->index = load(ring, at);
	return is_index(ring, ring->index) ? 0 : -EINVAL;
}

int hvg_ring_init_reader(struct hvg_ring *ring, void *memory, size_t bytes, size_t page_bytes)
{
	int r = init(ring, memory, bytes, page_bytes);

	return r < 0 ? r : go_on(ring, READ_INDEX_AT);
}

int hvg_ring_init_writer(struct hvg_ring *ring, void *memory, size_t bytes, size_t page_bytes)
{
	int r = init(ring, memory, bytes, page_bytes);

	return r < 0 ? r : go_on(ring, WRITE_INDEX_AT);
}

/* Bytes from one index up to another: equal means none. */
static uint32_t distance(const struct hvg_ring *ring, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to + ring->size - from;
}

static uint32_t advance(const struct hvg_ring *ring, uint32_t index, uint32_t n)
{
	return (index + n) % ring->size;
}

static void copy_out(const struct hvg_ring *ring, uint32_t index, void *ret, uint32_t n)
{
	uint32_t first = ring->size - index < n ? ring->size - index : n;

	memcpy(ret, ring->data + index, first);
	memcpy((uint8_t *)ret + first, ring->data, n - first);
}

static void copy_in(struct hvg_ring *ring, uint32_t index, const void *bytes, uint32_t n)
{
	uint32_t first = ring->size - index < n ? ring->size - index : n;

	memcpy(ring->data + index, bytes, first);
	memcpy(ring->data, (const uint8_t *)bytes + first, n - first);
}

/* Reading. */

/* What the writer has published behind our index; UINT32_MAX if it cannot be. */
static uint32_t available(const struct hvg_ring *ring)
{
	uint32_t end = atomic_load_explicit(field(ring, WRITE_INDEX_AT), memory_order_acquire);

	return is_index(ring, end) ? distance(ring, ring->index, end) : UINT32_MAX;
}

/* hv_pkt_iter_close: only if this very packet made the room that the host waits for. */
static bool makes_room(const struct hvg_ring *ring, uint32_t freed)
{
	uint32_t pending, end, room;

	if (!(load(ring, FEATURES_AT) & FEATURE_PENDING_SIZE))
		return false;
	full_barrier();
	pending = load(ring, PENDING_AT);
	end = load(ring, WRITE_INDEX_AT);
	if (pending == 0 || !is_index(ring, end))
		return false;
	room = ring->size - distance(ring, ring->index, end);
	return room > pending && room - freed <= pending;
}

static void consume(struct hvg_ring *ring, uint32_t n, bool *ret_wakes)
{
	ring->index = advance(ring, ring->index, n);
	atomic_store_explicit(field(ring, READ_INDEX_AT), ring->index, memory_order_release);
	*ret_wakes = makes_room(ring, n);
}

int hvg_ring_read(struct hvg_ring *ring, void *buffer, size_t buffer_size, bool *ret_wakes)
{
	uint32_t there, rest;
	uint8_t *bytes = buffer;
	int size;

	*ret_wakes = false;
	if (ring->is_bad)
		return -EBADMSG;
	there = available(ring);
	if (there == 0)
		return 0;
	if (there > ring->size || there < HVG_PACKET_DESCRIPTOR_SIZE + TRAILER_SIZE)
		return spoil(ring, -EBADMSG);
	if (buffer_size < HVG_PACKET_DESCRIPTOR_SIZE)
		return spoil(ring, -EMSGSIZE);

	/* The descriptor that is looked at is our copy, and it is not fetched again with the rest. */
	copy_out(ring, ring->index, bytes, HVG_PACKET_DESCRIPTOR_SIZE);
	size = hvg_packet_size(bytes);
	if (size < 0 || (uint32_t)size + TRAILER_SIZE > there)
		return spoil(ring, -EBADMSG);
	if ((size_t)size > buffer_size)
		return spoil(ring, -EMSGSIZE);
	rest = (uint32_t)size - HVG_PACKET_DESCRIPTOR_SIZE;
	copy_out(ring, advance(ring, ring->index, HVG_PACKET_DESCRIPTOR_SIZE),
		bytes + HVG_PACKET_DESCRIPTOR_SIZE, rest);
	consume(ring, (uint32_t)size + TRAILER_SIZE, ret_wakes);
	return size;
}

void hvg_ring_mask(struct hvg_ring *ring)
{
	store(ring, MASK_AT, 1);
}

bool hvg_ring_unmask(struct hvg_ring *ring)
{
	store(ring, MASK_AT, 0);
	full_barrier();
	return available(ring) != 0;
}

/* Writing. */

/* Free bytes, or UINT32_MAX if the reader's index cannot be. Acquire: what it has read is ours again. */
static uint32_t room_left(const struct hvg_ring *ring)
{
	uint32_t begin = atomic_load_explicit(field(ring, READ_INDEX_AT), memory_order_acquire);

	return is_index(ring, begin) ? ring->size - distance(ring, begin, ring->index) : UINT32_MAX;
}

/* A ring that is full would look empty, so one unit always stays free. */
static int find_room(struct hvg_ring *ring, uint32_t needed)
{
	uint32_t room = room_left(ring);

	if (room <= needed) {
		store(ring, PENDING_AT, needed);
		full_barrier();
		room = room_left(ring);
	}
	if (room == UINT32_MAX)
		return spoil(ring, -EBADMSG);
	if (room <= needed)
		return -EAGAIN;
	store(ring, PENDING_AT, 0);
	return 0;
}

static void publish(struct hvg_ring *ring, uint32_t n, bool *ret_wakes)
{
	uint32_t begin = ring->index;

	ring->index = advance(ring, begin, n);
	atomic_store_explicit(field(ring, WRITE_INDEX_AT), ring->index, memory_order_release);
	full_barrier();
	*ret_wakes = load(ring, MASK_AT) == 0 && load(ring, READ_INDEX_AT) == begin;
}

int hvg_ring_write(struct hvg_ring *ring, const void *packet, size_t size, bool *ret_wakes)
{
	uint8_t trailer[TRAILER_SIZE] = { 0 };
	int r;

	*ret_wakes = false;
	if (ring->is_bad)
		return -EBADMSG;
	if (size % UNIT != 0 || size >= ring->size - TRAILER_SIZE)
		return -EMSGSIZE;
	r = find_room(ring, (uint32_t)size + TRAILER_SIZE);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(uint32_t); i++) /* its upper half: where the packet begins */
		trailer[4 + i] = (uint8_t)(ring->index >> 8 * i);
	copy_in(ring, ring->index, packet, (uint32_t)size);
	copy_in(ring, advance(ring, ring->index, (uint32_t)size), trailer, sizeof(trailer));
	publish(ring, (uint32_t)size + TRAILER_SIZE, ret_wakes);
	return 0;
}
