/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVGUEST_CHARDEV_H
#define HVGUEST_CHARDEV_H

/*
 * The character devices of hv_utils, /dev/vmbus/hv_*: one message in, one message out
 * (drivers/hv/hv_utils_transport.c).
 *
 * Poll the descriptor for POLLIN, level-triggered, and receive once for each time it is ready:
 * O_NONBLOCK is ignored by these devices, and a second read would block.
 */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Large enough for any message of any of the devices. */
#define HVG_CHARDEV_MESSAGE_MAX 8192

/*
 * A descriptor to close with close(2). -EBUSY while another process has it open (one may), -ENOENT
 * if the host does not offer the service.
 */
int hvg_chardev_open(const char *path);

/*
 * The size of the one message received. -ENODEV once the device was withdrawn: close it at once,
 * because the kernel waits for that. -EMSGSIZE if buffer is too small: the message stays, close too.
 */
int hvg_chardev_recv(int fd, void *buffer, size_t size);

/* 0, -ENODEV as above, or what the driver says: -EINVAL if it waits for no such message. */
int hvg_chardev_send(int fd, const void *bytes, size_t size);

/*
 * Sends the answer to the last request, unless a newer one waits already: then the kernel has given
 * up on the last, and would take this for the answer to the newer. -ESTALE says so.
 */
int hvg_chardev_reply(int fd, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
