/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_NODE_H
#define HVG_TESTS_HOST_FUSE_NODE_H

/*
 * One device in the folder, and who sleeps on it. A request that cannot be answered yet (a read
 * without a message, an open that may succeed once a close arrives) sleeps here; node_settle
 * answers what can be answered. To be used with the server's lock held.
 */

#include "host/fuse/driver.h"
#include "host/fuse/server.h"

#define FUSE_USE_VERSION 314
#include <fuse3/fuse_lowlevel.h>
#include <sys/stat.h>

#define NODE_SLEEPERS 8

/* FUSE's RELEASE comes some time after close() returned: what depends on it waits, this long at most. */
#define NODE_CLOSE_LASTS_US 250000

#define NODE_MESSAGE  8192 /* the largest message of any hv_utils device is 7432 bytes */

struct sleeper {
	fuse_req_t req; /* NULL: free */
	size_t size;    /* of a read */
	bool is_interrupted;
	struct fuse_file_info file; /* of an open */
	uint64_t deadline_us;
};

struct node {
	fuse_ino_t ino; /* 0: free */
	char name[32];
	struct stat stat;
	const struct driver_ops *ops;
	void *driver;
	struct fuse_pollhandle *poller;
	bool is_closing; /* a close() was seen and nothing since */
	struct sleeper readers[NODE_SLEEPERS];
	struct sleeper openers[NODE_SLEEPERS];
};

void node_init(struct node *node, fuse_ino_t ino, const struct server_device *device);

/* The node goes; nobody has it open. */
void node_remove(struct node *node);

/* Lets the driver's time pass, and everybody see what changed. The node may be gone then. */
void node_settle(struct node *node, uint64_t now_us);

/* When node_settle must be called again even if nothing happens; DRIVER_NEVER for never. */
uint64_t node_deadline(const struct node *node);

/* Each answers the request, now or later. */
void node_open(
	struct node *node, fuse_req_t req, const struct fuse_file_info *file, uint64_t now_us);
void node_read(struct node *node, fuse_req_t req, size_t size);
int node_write(struct node *node, const void *bytes, size_t size, uint64_t now_us);
void node_poll(struct node *node, fuse_req_t req, struct fuse_pollhandle *poller);

/* The reader whose request this is gets EINTR when the node is settled. */
void node_interrupt(struct node *node, fuse_req_t req);

/* A close() was seen; the driver's release follows. */
void node_flush(struct node *node);
void node_release(struct node *node, uint64_t now_us);

#endif
