/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_RING_H
#define HVGUEST_RING_H

/*
 * One direction of a VMBus channel: a ring in memory that is shared with the host (struct
 * hv_ring_buffer of the kernel's hyperv.h). Index arithmetic over given memory, and nothing else:
 * who wakes whom is told to the caller, who has the means to do it.
 *
 *	page 0	write_index, read_index, interrupt_mask, pending_send_sz, feature_bits
 *	then	packets one behind the other, each followed by 8 bytes, wrapping at the end
 *
 * The host can change every byte at any time. Our own index is kept here and never read back; the
 * other one is read once and checked; a packet is copied out before anything of it is believed. What
 * cannot be (-EBADMSG) ends the ring: it stays bad, and the channel must be opened anew.
 *
 * One thread reads and one writes; a ring object belongs to one of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hvg_ring {
	uint8_t *header, *data;
	uint32_t size;	/* of the data */
	uint32_t index; /* ours: where we read or write next */
	bool is_bad;
};

/*
 * memory of bytes bytes, page_bytes of them the header: the kernel's page size, or more. -EINVAL if
 * that cannot be a ring. A ring that was in use goes on where its index stands.
 */
int hvg_ring_init_reader(struct hvg_ring *ring, void *memory, size_t bytes, size_t page_bytes);
int hvg_ring_init_writer(struct hvg_ring *ring, void *memory, size_t bytes, size_t page_bytes);

/*
 * The next packet (hvguest/packet.h) into buffer: its size, or 0 if there is none. *ret_wakes: the
 * host waits for the space that is free now, and must be signalled. -EBADMSG: the ring is bad.
 * -EMSGSIZE if buffer is too small, which makes it bad too.
 */
int hvg_ring_read(struct hvg_ring *ring, void *buffer, size_t buffer_size, bool *ret_wakes);

/* The reader: no signals please, while we look anyway. */
void hvg_ring_mask(struct hvg_ring *ring);

/* The reader goes to sleep: signals again. True if it must not, because a packet came meanwhile. */
bool hvg_ring_unmask(struct hvg_ring *ring);

/*
 * Appends a packet, whose size is a multiple of 8. *ret_wakes: the host sleeps, and must be
 * signalled. -EAGAIN if there is no room: the host signals once there is. -EBADMSG: the ring is bad.
 * -EMSGSIZE: a packet that never fits.
 */
int hvg_ring_write(struct hvg_ring *ring, const void *packet, size_t size, bool *ret_wakes);

#ifdef __cplusplus
}
#endif

#endif
