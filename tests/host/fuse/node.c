// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Devices and their sleepers. Sleepers are retried in order whenever anything happened: there
 * are few, and a retry that finds nothing costs nothing.
 */

#include "host/fuse/node.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

static struct sleeper *sleeper_new(
	struct sleeper sleepers[static NODE_SLEEPERS], fuse_req_t req)
{
	for (size_t i = 0; i < NODE_SLEEPERS; i++)
		if (!sleepers[i].req) {
			sleepers[i] = (struct sleeper){ .req = req };
			return &sleepers[i];
		}
	return NULL;
}

static void wake_reader(struct node *node, struct sleeper *reader, uint64_t now_us)
{
	char message[NODE_MESSAGE];
	fuse_req_t req = reader->req;
	int r = -EINTR;

	if (!reader->is_interrupted)
		r = node->ops->read(node->driver, message, reader->size, now_us);
	if (r == -EAGAIN)
		return;
	reader->req = NULL;
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		(void)fuse_reply_buf(req, message, (size_t)r);
}

static void reply_open(
	struct node *node, fuse_req_t req, struct fuse_file_info *file, uint64_t now_us)
{
	file->direct_io = 1;
	node->is_closing = false;
	if (fuse_reply_open(req, file) < 0)
		node->ops->release(node->driver, now_us);
}

static void wake_opener(struct node *node, struct sleeper *opener, uint64_t now_us)
{
	fuse_req_t req = opener->req;
	int r = node->ops->open(node->driver);

	if (r == -EBUSY && now_us < opener->deadline_us)
		return;
	opener->req = NULL;
	if (r < 0)
		(void)fuse_reply_err(req, -r);
	else
		reply_open(node, req, &opener->file, now_us);
}

static void wake_poller(struct node *node)
{
	if (!node->poller || node->ops->poll(node->driver) == 0)
		return;
	(void)fuse_lowlevel_notify_poll(node->poller);
	fuse_pollhandle_destroy(node->poller);
	node->poller = NULL;
}

void node_remove(struct node *node)
{
	if (node->poller)
		fuse_pollhandle_destroy(node->poller);
	node->poller = NULL;
	node->ino = 0;
}

void node_settle(struct node *node, uint64_t now_us)
{
	node->ops->tick(node->driver, now_us);
	for (size_t i = 0; i < NODE_SLEEPERS; i++)
		if (node->openers[i].req)
			wake_opener(node, &node->openers[i], now_us);
	for (size_t i = 0; i < NODE_SLEEPERS; i++)
		if (node->readers[i].req)
			wake_reader(node, &node->readers[i], now_us);
	wake_poller(node);
	if (node->ops->is_gone(node->driver))
		node_remove(node);
}

uint64_t node_deadline(const struct node *node)
{
	uint64_t deadline_us = node->ops->deadline(node->driver);

	for (size_t i = 0; i < NODE_SLEEPERS; i++)
		if (node->openers[i].req && node->openers[i].deadline_us < deadline_us)
			deadline_us = node->openers[i].deadline_us;
	return deadline_us;
}

void node_init(struct node *node, fuse_ino_t ino, const struct server_device *device)
{
	*node = (struct node){ .ino = ino, .ops = device->ops, .driver = device->driver };
	node->stat = (struct stat){
		.st_ino = ino,
		.st_mode = S_IFREG | 0600,
		.st_nlink = 1,
		.st_uid = device->owner,
	};
	snprintf(node->name, sizeof(node->name), "%s", device->name);
}

void node_open(
	struct node *node, fuse_req_t req, const struct fuse_file_info *file, uint64_t now_us)
{
	struct sleeper *opener = sleeper_new(node->openers, req);

	if (!opener) {
		(void)fuse_reply_err(req, ENFILE);
		return;
	}
	opener->file = *file;
	opener->deadline_us = node->is_closing ? now_us + NODE_CLOSE_LASTS_US : now_us;
}

void node_read(struct node *node, fuse_req_t req, size_t size)
{
	struct sleeper *reader = sleeper_new(node->readers, req);

	node->is_closing = false;
	if (!reader) {
		(void)fuse_reply_err(req, ENFILE);
		return;
	}
	reader->size = size;
	reader->is_interrupted = fuse_req_interrupted(req);
}

int node_write(struct node *node, const void *bytes, size_t size, uint64_t now_us)
{
	node->is_closing = false;
	return node->ops->write(node->driver, bytes, size, now_us);
}

void node_poll(struct node *node, fuse_req_t req, struct fuse_pollhandle *poller)
{
	node->is_closing = false;
	if (poller && node->poller)
		fuse_pollhandle_destroy(node->poller);
	if (poller)
		node->poller = poller;
	(void)fuse_reply_poll(req, node->ops->poll(node->driver));
}

void node_interrupt(struct node *node, fuse_req_t req)
{
	for (size_t i = 0; i < NODE_SLEEPERS; i++)
		if (node->readers[i].req == req)
			node->readers[i].is_interrupted = true;
}

void node_flush(struct node *node)
{
	node->is_closing = true;
}

void node_release(struct node *node, uint64_t now_us)
{
	node->is_closing = false;
	node->ops->release(node->driver, now_us);
}
