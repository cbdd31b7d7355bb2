// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What FUSE asks of the folder. Nothing is cached in the kernel, because nodes come and go;
 * each operation takes the lock, tells the node, and lets server_unlock settle the rest.
 */

#include "host/fuse/server-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

static struct stat root_stat(void)
{
	return (struct stat){
		.st_ino = FUSE_ROOT_ID, .st_mode = S_IFDIR | 0755, .st_nlink = 2
	};
}

static bool get_stat(struct server *server, fuse_ino_t ino, struct stat *ret)
{
	const struct node *node = server_node(server, ino);

	if (ino == FUSE_ROOT_ID)
		*ret = root_stat();
	else if (node)
		*ret = node->stat;
	else
		return false;
	return true;
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct server *server = fuse_req_userdata(req);
	struct fuse_entry_param entry = { 0 };
	const struct node *node;

	(void)server_lock(server);
	for (size_t i = 0; i < SERVER_NODES; i++) {
		node = &server->nodes[i];
		if (node->ino && strcmp(node->name, name) == 0) {
			entry.ino = node->ino;
			entry.attr = node->stat;
		}
	}
	server_unlock(server);
	if (entry.ino)
		(void)fuse_reply_entry(req, &entry);
	else
		(void)fuse_reply_err(req, ENOENT);
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct server *server = fuse_req_userdata(req);
	struct stat stat;
	bool found;

	(void)server_lock(server);
	found = get_stat(server, ino, &stat);
	server_unlock(server);
	if (found)
		(void)fuse_reply_attr(req, &stat, 0);
	else
		(void)fuse_reply_err(req, ENOENT);
}

/* What udev does to a device: owner and mode. Anything else is accepted and has no effect. */
static void on_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
	struct fuse_file_info *file)
{
	struct server *server = fuse_req_userdata(req);
	struct node *node;

	(void)server_lock(server);
	node = server_node(server, ino);
	if (node && to_set & FUSE_SET_ATTR_UID)
		node->stat.st_uid = attr->st_uid;
	if (node && to_set & FUSE_SET_ATTR_GID)
		node->stat.st_gid = attr->st_gid;
	if (node && to_set & FUSE_SET_ATTR_MODE)
		node->stat.st_mode = S_IFREG | (attr->st_mode & 07777);
	server_unlock(server);
	on_getattr(req, ino, file);
}

static void on_readdir(
	fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *file)
{
	struct server *server = fuse_req_userdata(req);
	char entries[1024];
	size_t used = 0;

	(void)server_lock(server);
	for (size_t i = (size_t)off; i < SERVER_NODES; i++) {
		const struct node *node = &server->nodes[i];

		if (node->ino)
			used += fuse_add_direntry(req, entries + used, sizeof(entries) - used,
				node->name, &node->stat, (off_t)i + 1);
	}
	server_unlock(server);
	(void)fuse_reply_buf(req, entries, used < size ? used : 0);
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct server *server = fuse_req_userdata(req);
	struct node *node;

	(void)server_lock(server);
	node = server_node(server, ino);
	if (node)
		node_open(node, req, file, server->now_us);
	else
		(void)fuse_reply_err(req, ENXIO);
	server_unlock(server);
}

/* libfuse holds the request here, so it is only marked; the thread settles right after. */
static void on_interrupt(fuse_req_t req, void *userdata)
{
	struct server *server = userdata;

	(void)server_lock(server);
	for (size_t i = 0; i < SERVER_NODES; i++)
		node_interrupt(&server->nodes[i], req);
	pthread_mutex_unlock(&server->lock);
}

/* O_NONBLOCK is in file->flags, and ignored, as the kernel does. */
static void on_read(
	fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *file)
{
	struct server *server = fuse_req_userdata(req);
	struct node *node;

	fuse_req_interrupt_func(req, on_interrupt, server);
	(void)server_lock(server);
	node = server_node(server, ino);
	if (node)
		node_read(node, req, size);
	else
		(void)fuse_reply_err(req, EBADF);
	server_unlock(server);
}

static void on_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t size, off_t off,
	struct fuse_file_info *file)
{
	struct server *server = fuse_req_userdata(req);
	struct node *node;
	int r = -EBADF;

	(void)server_lock(server);
	node = server_node(server, ino);
	if (node)
		r = node_write(node, bytes, size, server->now_us);
	server_unlock(server);
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		(void)fuse_reply_write(req, size);
}

static void on_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file,
	struct fuse_pollhandle *poller)
{
	struct server *server = fuse_req_userdata(req);
	struct node *node;

	(void)server_lock(server);
	node = server_node(server, ino);
	if (node) {
		node_poll(node, req, poller);
	} else {
		fuse_pollhandle_destroy(poller);
		(void)fuse_reply_poll(req, POLLERR | POLLHUP);
	}
	pthread_mutex_unlock(&server->lock); /* unsettled: who was just told needs no waking */
}

/* Comes with each close() of a descriptor, before it returns; RELEASE comes later. */
static void on_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct server *server = fuse_req_userdata(req);
	struct node *node;

	(void)server_lock(server);
	node = server_node(server, ino);
	if (node)
		node_flush(node);
	server_unlock(server);
	(void)fuse_reply_err(req, 0);
}

static void on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct server *server = fuse_req_userdata(req);
	struct node *node;

	(void)server_lock(server);
	node = server_node(server, ino);
	if (node)
		node_release(node, server->now_us);
	server_unlock(server);
	(void)fuse_reply_err(req, 0);
}

const struct fuse_lowlevel_ops server_operations = {
	.lookup = on_lookup,
	.getattr = on_getattr,
	.setattr = on_setattr,
	.readdir = on_readdir,
	.open = on_open,
	.read = on_read,
	.write = on_write,
	.poll = on_poll,
	.flush = on_flush,
	.release = on_release,
};
