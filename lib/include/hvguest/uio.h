/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_UIO_H
#define HVGUEST_UIO_H

/*
 * A VMBus channel that uio_hv_generic gives to a program: two rings (hvguest/ring.h) and interrupts.
 *
 *	mapping	first half: guest to host; second half: host to guest
 *	read	4 bytes, once the counter of interrupts has changed; EIO: the host took the device away
 *	write	4 bytes, not 0: signals the host
 *
 * Opening connects the channel, and the host then begins to talk. When the device is gone (-ENODEV)
 * its pages are the kernel's again: close at once, and touch nothing before.
 */

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hvg_uio;

/* node: "/dev/uio0". -EBUSY if another program that locks it (flock) has it; -ENODEV, -ENOENT. */
int hvg_uio_open(const char *node, struct hvg_uio **ret);

/*
 * The same with descriptors that somebody else has opened: events to read and write as above, map to
 * map bytes of. They are the channel's from then on, also after an error.
 */
int hvg_uio_attach(int events, int map, size_t bytes, struct hvg_uio **ret);

/* Takes NULL, returns NULL. */
struct hvg_uio *hvg_uio_close(struct hvg_uio *uio);

/* To be polled for POLLIN; it stays the channel's. */
int hvg_uio_get_fd(const struct hvg_uio *uio);

/*
 * The next packet (hvguest/packet.h): its size, or 0 if there is none, in which case the descriptor
 * will tell of the next one. -ENODEV: gone. -EBADMSG: the host broke the ring.
 */
int hvg_uio_recv(struct hvg_uio *uio, void *buffer, size_t size);

/* Sleeps until there is one. -EINTR when a signal came. */
int hvg_uio_wait(struct hvg_uio *uio, void *buffer, size_t size);

/* Whether a packet lies there; for those who do not want to be told later. */
bool hvg_uio_has_more(struct hvg_uio *uio);

/* Sends a packet, and signals the host if it sleeps. Waits for room as long as a host may take. */
int hvg_uio_send(struct hvg_uio *uio, const void *packet, size_t size);

#ifdef __cplusplus
}
#endif

#endif
