/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_RING_HOST_H
#define HVG_TESTS_HOST_RING_HOST_H

/*
 * The host's end of a VMBus channel without a kernel: a socket at which a daemon gets the rings (a
 * memfd) and then exchanges interrupts, 4 bytes each way, as with a UIO device. It has its own idea
 * of rings and messages, from the kernel's hv_ring_buffer.
 *
 * A connection is the open device; that it ends is its close. Closing ours is what taking the device
 * away is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_HOST_MESSAGE 6300

struct ring_host {
	char path[64];
	int listen_fd, fd, map_fd;
	uint8_t *map;
	size_t half, page;
	uint32_t read_index, write_index;
	int32_t n_interrupts;
	uint64_t transaction;
	bool is_negotiated;
};

/* Offers the device: pages in each direction, the header's included. */
int ring_host_offer(struct ring_host *ring, const char *path, size_t pages);
void ring_host_withdraw(struct ring_host *ring);

/*
 * Whether a guest has opened the device and agreed on versions. Lets it in, negotiates and takes
 * note of its end, as far as that is possible without waiting.
 */
bool ring_host_is_ready(struct ring_host *ring);

/* A request of file copy with its body. -EAGAIN: there is no room; -ENODEV: nobody has it open. */
int ring_host_send(struct ring_host *ring, const void *body, size_t size);

/* Asks for versions anew. */
int ring_host_negotiate(struct ring_host *ring);

/* The status of the next answer: 1; 0 if none came in that time; -ENODEV. */
int ring_host_receive(struct ring_host *ring, int timeout_ms, uint32_t *ret_status);

#endif
