// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * One system call for each message. EBADF is the driver's word for a device that was withdrawn; it
 * is renamed here, so that it cannot be mistaken for a slip of ours.
 */

#include "hvguest/chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static int error_from_errno(int error)
{
	return error == EBADF ? -ENODEV : -error;
}

int hvg_chardev_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

int hvg_chardev_recv(int fd, void *buffer, size_t size)
{
	ssize_t n = read(fd, buffer, size);

	if (n < 0)
		return errno == EINVAL ? -EMSGSIZE : error_from_errno(errno); /* EINVAL: too small */
	return n > 0 ? (int)n : -ENODEV; /* no message is empty: this is the end of a test double */
}

int hvg_chardev_send(int fd, const void *bytes, size_t size)
{
	ssize_t n = write(fd, bytes, size);

	if (n < 0)
		return error_from_errno(errno);
	return (size_t)n == size ? 0 : -EIO;
}

int hvg_chardev_reply(int fd, const void *bytes, size_t size)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	int r;

	do
		r = poll(&waiting, 1, 0);
	while (r < 0 && errno == EINTR); /* an answer is not lost by that */
	if (r < 0)
		return -errno;
	if (waiting.revents & (POLLERR | POLLHUP))
		return -ENODEV;
	if (waiting.revents & POLLIN)
		return -ESTALE;
	return hvg_chardev_send(fd, bytes, size);
}
