/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_GUEST_PORT_H
#define HVG_TESTS_HOST_VM_GUEST_PORT_H

/* The agent's port to the outside, and the frames on it. */

#include "host/vm/control.h"
#include "host/vm/message.h"

struct port {
	int fd;
	struct control_stream stream;
};

/* Waits a little for the kernel to find it. */
int port_open(struct port *ret);

/* Reads what has come; waits if nothing has. Orders are then in the stream (control_stream_next). */
int port_fill(struct port *port);

int port_send(struct port *port, uint32_t type, uint64_t id, const struct message *message);
int port_reply(struct port *port, uint64_t id, int result, const void *bytes, size_t size);

#endif
