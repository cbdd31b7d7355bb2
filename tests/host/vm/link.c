// SPDX-License-Identifier: LGPL-2.1-or-later

/* Bytes in and out of one descriptor. */

#include "host/vm/link.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path)) {
		close(fd);
		return -ENAMETOOLONG;
	}
	strcpy(address.sun_path, path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

int link_open(struct link *link, const char *path)
{
	struct stat status;
	int r;

	*link = (struct link){ .fd = -EBADF };
	if (stat(path, &status) < 0)
		return -errno;
	r = S_ISSOCK(status.st_mode) ? connect_to(path) : open(path, O_RDWR | O_CLOEXEC);
	if (r < 0)
		return S_ISSOCK(status.st_mode) ? r : -errno;
	link->fd = r;
	return fcntl(link->fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

void link_close(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -EBADF;
	control_stream_done(&link->in);
	outbox_done(&link->out);
}

int link_receive(struct link *link)
{
	uint8_t bytes[65536];
	ssize_t n = read(link->fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return -errno;
	return n == 0 ? -ENOTCONN : control_stream_add(&link->in, bytes, (size_t)n);
}

bool link_has_unsent(const struct link *link)
{
	return link->n_sent < link->out.n;
}

void link_take(struct link *link, struct outbox *outbox)
{
	struct outbox empty = link->out;

	if (link_has_unsent(link))
		return;
	empty.n = 0;
	link->out = *outbox;
	link->n_sent = 0;
	*outbox = empty;
}

int link_send(struct link *link)
{
	ssize_t n;

	while (link_has_unsent(link)) {
		n = write(link->fd, link->out.bytes + link->n_sent, link->out.n - link->n_sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		link->n_sent += (size_t)n;
	}
	return 0;
}
