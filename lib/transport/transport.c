// SPDX-License-Identifier: LGPL-2.1-or-later

/* The character device as a transport. Its read sleeps by itself, so recv and wait are one. */

#include "transport/transport.h"

#include "base/cleanup.h"

static int chardev_open(void *at)
{
	struct hvg_chardev_transport *chardev = at;

	chardev->fd = hvg_chardev_open(chardev->path);
	return chardev->fd < 0 ? chardev->fd : 0;
}

static int chardev_get_fd(const void *at)
{
	const struct hvg_chardev_transport *chardev = at;

	return chardev->fd;
}

static int chardev_recv(void *at, const void **ret_bytes)
{
	struct hvg_chardev_transport *chardev = at;

	*ret_bytes = chardev->message;
	return hvg_chardev_recv(chardev->fd, chardev->message, sizeof(chardev->message));
}

static int chardev_send(void *at, const void *bytes, size_t size)
{
	struct hvg_chardev_transport *chardev = at;

	return hvg_chardev_send(chardev->fd, bytes, size);
}

static int chardev_reply(void *at, const void *bytes, size_t size)
{
	struct hvg_chardev_transport *chardev = at;

	return hvg_chardev_reply(chardev->fd, bytes, size);
}

static void chardev_close(void *at)
{
	struct hvg_chardev_transport *chardev = at;

	chardev->fd = hvg_close(chardev->fd);
}

static const struct hvg_transport_ops chardev_ops = {
	.open = chardev_open,
	.get_fd = chardev_get_fd,
	.recv = chardev_recv,
	.wait = chardev_recv,
	.send = chardev_send,
	.reply = chardev_reply,
	.close = chardev_close,
};

void hvg_chardev_transport_init(struct hvg_chardev_transport *chardev, const char *path)
{
	chardev->path = path;
	chardev->fd = -EBADF;
}

struct hvg_transport hvg_chardev_transport(struct hvg_chardev_transport *chardev)
{
	return (struct hvg_transport){ &chardev_ops, chardev };
}
