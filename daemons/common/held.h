/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_HELD_H
#define HVG_DAEMONS_HELD_H

/*
 * Log messages that are kept in memory for a while, because whoever would take them may write to a
 * disk that is frozen. What finds no room is counted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define HVG_HELD_BYTES	65536 /* some hundred messages */
#define HVG_HELD_FIELDS 16    /* more than a message has */

struct hvg_held {
	bool is_on;
	size_t used;
	unsigned int n_dropped;
	uint8_t bytes[HVG_HELD_BYTES];
};

void hvg_held_add(struct hvg_held *held, const struct iovec *fields, int n);

/* Hands out all of them in their order, and is empty. How many had found no room. */
unsigned int hvg_held_release(struct hvg_held *held, void (*take)(void *userdata, const struct iovec *fields, int n),
	void *userdata);

#endif
