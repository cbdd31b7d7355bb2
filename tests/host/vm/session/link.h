/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_SESSION_LINK_H
#define HVG_TESTS_HOST_VM_SESSION_LINK_H

/* One end of a socket that carries frames. What cannot be written at once is kept for later. */

#include "host/vm/control.h"
#include "host/vm/message.h"

struct link {
	int fd; /* -1: nobody is there */
	struct control_stream in;
	struct message out;
};

/* The socket becomes the link's, and does not block any more. */
void link_begin(struct link *link, int fd);
void link_end(struct link *link);

/* What poll() has to wait for. */
short link_events(const struct link *link);

/* Reads and writes what can be. -EPIPE: the other end is gone. Frames are then in the stream. */
int link_exchange(struct link *link);

void link_send(struct link *link, const struct control_frame *frame);

/* The same, of a message. */
void link_send_message(struct link *link, uint32_t type, uint64_t id, const struct message *message);

#endif
