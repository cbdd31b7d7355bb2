/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_RING_H
#define HVG_TESTS_HOST_VM_RING_H

/*
 * A ring buffer of a channel, seen from the host: pages of the guest, the first with the
 * indices, the others with packets that wrap around at the end. Packets are copied out before
 * anybody looks at them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* enum vmbus_packet_type of include/linux/hyperv.h */
enum ring_type {
	RING_IN_BAND = 6,
	RING_TRANSFER_PAGES = 7,
	RING_GPA_DIRECT = 9,
	RING_COMPLETION = 11,
};

#define RING_WANTS_COMPLETION 1u /* a flag */
#define RING_MAX_PACKET       32768

struct ring_packet {
	uint16_t type, flags;
	uint64_t transaction;
	const uint8_t *header; /* what a type has between descriptor and payload; in eights */
	size_t header_size;
	const uint8_t *payload; /* its size from a guest is rounded up to eights */
	size_t size;
};

struct ring {
	uint8_t *const *pages; /* as long as the ring is used */
	uint32_t size;         /* bytes of data */
};

/* -EINVAL: two pages are the least. */
int ring_init(struct ring *ring, uint8_t *const *pages, size_t n_pages);

/* -ENOSPC: the guest must read first; -EBADMSG: it has broken the indices. */
int ring_write(struct ring *ring, const struct ring_packet *packet);

/* 1: a packet, in the given bytes; 0: none; -EBADMSG: broken. */
int ring_read(struct ring *ring, uint8_t bytes[RING_MAX_PACKET], struct ring_packet *ret);

/* Does the reader want to hear of what was written? */
bool ring_wants_signal(const struct ring *ring);

#endif
