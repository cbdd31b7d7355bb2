/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TRANSPORT_TRANSPORT_H
#define HVG_TRANSPORT_TRANSPORT_H

/*
 * What carries one message in and one message out, whatever it is underneath: a character device of
 * hv_utils, or a VMBus ring through UIO.
 */

#include "hvguest/chardev.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hvg_transport_ops {
	/*
	 * 0: open, and to be registered with. 1: open, and ready. -ENODEV, -ENOENT: not there. From
	 * then on get_fd gives a descriptor to poll for POLLIN; it stays the transport's.
	 */
	int (*open)(void *at);
	int (*get_fd)(const void *at);

	/*
	 * The next message: its size, 0 if there is none. It lies in the transport's memory until the
	 * next call of recv or wait. recv is for a descriptor that is ready; wait sleeps until there is
	 * a message, and returns -EINTR when a signal came.
	 */
	int (*recv)(void *at, const void **ret_bytes);
	int (*wait)(void *at, const void **ret_bytes);

	/* Whether a message waits of which the descriptor does not tell. NULL: there is no such thing. */
	bool (*has_more)(void *at);

	/*
	 * reply answers the last message unless a newer one waits: then -ESTALE. send does not look,
	 * for those who know.
	 */
	int (*send)(void *at, const void *bytes, size_t size);
	int (*reply)(void *at, const void *bytes, size_t size);

	/* Takes a transport in any state. */
	void (*close)(void *at);
};

struct hvg_transport {
	const struct hvg_transport_ops *ops;
	void *at;
};

/* A character device. */
struct hvg_chardev_transport {
	const char *path;
	int fd;
	uint8_t message[HVG_CHARDEV_MESSAGE_MAX];
};

/* path lives as long as the transport. */
void hvg_chardev_transport_init(struct hvg_chardev_transport *chardev, const char *path);
struct hvg_transport hvg_chardev_transport(struct hvg_chardev_transport *chardev);

#endif
