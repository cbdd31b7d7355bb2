/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_SERVER_PRIVATE_H
#define HVG_TESTS_HOST_FUSE_SERVER_PRIVATE_H

/* What the server's thread (server.c) and its FUSE operations (operations.c) share. */

#include "host/fuse/node.h"
#include "host/fuse/server.h"

#define SERVER_NODES 4

struct server {
	struct fuse_session *session;
	char folder[64];
	int fuse_fd, wake_fd;
	bool is_mounted, is_running, is_stopping;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t now_us;   /* when the lock was taken */
	uint64_t armed_us; /* when the thread wakes by itself */
	fuse_ino_t last_ino;
	struct node nodes[SERVER_NODES];
};

extern const struct fuse_lowlevel_ops server_operations;

/* NULL if there is none (any more). A free place in the table has ino 0. */
struct node *server_node(struct server *server, fuse_ino_t ino);

#endif
