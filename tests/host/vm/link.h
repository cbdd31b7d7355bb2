/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_LINK_H
#define HVG_TESTS_HOST_VM_LINK_H

/* The stream to the scenario: a character device or a unix socket, never blocking. */

#include "host/vm/outbox.h"

#include <stdbool.h>

struct link {
	int fd;
	struct control_stream in;
	struct outbox out; /* being sent */
	size_t n_sent;
};

int link_open(struct link *link, const char *path);
void link_close(struct link *link);

/* Reads what there is. -ENOTCONN: the other end is gone. */
int link_receive(struct link *link);

/* Takes over what is in the outbox, if all before it has gone. */
void link_take(struct link *link, struct outbox *outbox);

/* Sends what can be sent now. */
int link_send(struct link *link);
bool link_has_unsent(const struct link *link);

#endif
