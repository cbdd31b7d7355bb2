// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Frames on a socket.
 */

#include "host/vm/session/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void link_begin(struct link *link, int fd)
{
	*link = (struct link){ .fd = fd };
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void link_end(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	control_stream_done(&link->in);
	message_done(&link->out);
	*link = (struct link){ .fd = -1 };
}

short link_events(const struct link *link)
{
	return link->out.size > 0 ? POLLIN | POLLOUT : POLLIN;
}

static int fill(struct link *link)
{
	uint8_t bytes[65536];
	ssize_t n = recv(link->fd, bytes, sizeof(bytes), 0);

	if (n > 0)
		return control_stream_add(&link->in, bytes, (size_t)n);
	if (n == 0)
		return -EPIPE;
	return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
}

static int flush(struct link *link)
{
	ssize_t n;

	if (link->out.size == 0)
		return 0;
	n = send(link->fd, link->out.bytes, link->out.size, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
	link->out.size -= (size_t)n;
	memmove(link->out.bytes, link->out.bytes + n, link->out.size);
	return 0;
}

int link_exchange(struct link *link)
{
	int r = flush(link);

	return r < 0 ? r : fill(link);
}

void link_send(struct link *link, const struct control_frame *frame)
{
	uint8_t header[CONTROL_HEADER];

	if (link->fd < 0)
		return;
	control_encode_header(frame, header);
	message_add_bytes(&link->out, header, sizeof(header));
	message_add_bytes(&link->out, frame->payload, frame->size);
	(void)flush(link); /* whoever reads will find out */
}

void link_send_message(
	struct link *link, uint32_t type, uint64_t id, const struct message *message)
{
	const struct control_frame frame = {
		.type = type,
		.id = id,
		.payload = message->bytes,
		.size = message->size,
	};

	link_send(link, &frame);
}
