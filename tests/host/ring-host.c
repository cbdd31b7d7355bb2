// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A host that does as little as it may: one packet at a time, no flow control, an interrupt when the
 * guest may sleep. What it does not understand ends the process: that is a bug of the guest's.
 */

#include "host/ring-host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TYPE_NEGOTIATE 0
#define TYPE_FCOPY     7

struct __attribute__((packed)) message {
	uint32_t flags, msgsize;
	uint16_t frame_major, frame_minor, type, message_major, message_minor, size;
	uint32_t status;
	uint8_t transaction, icflags, reserved[2];
	uint8_t body[RING_HOST_MESSAGE - 28];
};

/* What a guest must not do. */
static void require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "ring: %s\n", what);
	abort();
}

static uint8_t *ring_of(const struct ring_host *ring, bool to_guest)
{
	return ring->map + (to_guest ? ring->half : 0);
}

static uint32_t load(const struct ring_host *ring, bool to_guest, size_t at)
{
	return __atomic_load_n((uint32_t *)(void *)(ring_of(ring, to_guest) + at), __ATOMIC_SEQ_CST);
}

static void store(const struct ring_host *ring, bool to_guest, size_t at, uint32_t value)
{
	__atomic_store_n((uint32_t *)(void *)(ring_of(ring, to_guest) + at), value, __ATOMIC_SEQ_CST);
}

static void copy(const struct ring_host *ring, bool to_guest, uint32_t at, void *bytes, size_t n)
{
	uint8_t *data = ring_of(ring, to_guest) + ring->page, *byte = bytes;
	size_t size = ring->half - ring->page, first = size - at < n ? size - at : n;

	if (to_guest) {
		memcpy(data + at, byte, first);
		memcpy(data, byte + first, n - first);
	} else {
		memcpy(byte, data + at, first);
		memcpy(byte + first, data, n - first);
	}
}

static void close_guest(struct ring_host *ring)
{
	if (ring->fd >= 0)
		close(ring->fd);
	if (ring->map_fd >= 0)
		close(ring->map_fd);
	if (ring->map)
		munmap(ring->map, 2 * ring->half);
	ring->fd = ring->map_fd = -1;
	ring->map = NULL;
	ring->is_negotiated = false;
}

int ring_host_offer(struct ring_host *ring, const char *path, size_t pages)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	*ring = (struct ring_host){ .fd = -1, .map_fd = -1, .page = page, .half = pages * page };
	snprintf(ring->path, sizeof(ring->path), "%s", path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	ring->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ring->listen_fd < 0 || bind(ring->listen_fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(ring->listen_fd, 1) < 0)
		return -errno;
	return 0;
}

void ring_host_withdraw(struct ring_host *ring)
{
	(void)unlink(ring->path);
	close(ring->listen_fd);
	close_guest(ring);
	ring->listen_fd = -1;
}

static void send_rings(struct ring_host *ring)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(int)) } };
	uint64_t bytes = 2 * ring->half;
	struct iovec iov = { &bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &ring->map_fd, sizeof(int));
	require(sendmsg(ring->fd, &message, MSG_NOSIGNAL) == sizeof(bytes), "no rings can be sent");
}

/* Fresh rings: the kernel zeroes them when a channel is opened. */
static void let_in(struct ring_host *ring)
{
	ring->fd = accept4(ring->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (ring->fd < 0)
		return;
	ring->map_fd = memfd_create("rings", MFD_CLOEXEC);
	require(ring->map_fd >= 0 && ftruncate(ring->map_fd, (off_t)(2 * ring->half)) == 0, "no memory");
	ring->map = mmap(NULL, 2 * ring->half, PROT_READ | PROT_WRITE, MAP_SHARED, ring->map_fd, 0);
	require(ring->map != MAP_FAILED, "no memory");
	ring->read_index = ring->write_index = 0;
	store(ring, false, 64, 1);
	store(ring, true, 64, 1);
	send_rings(ring);
	(void)ring_host_negotiate(ring);
}

static int put(struct ring_host *ring, struct message *message, size_t size)
{
	uint32_t begin = ring->write_index, data = (uint32_t)(ring->half - ring->page);
	uint32_t length = (uint32_t)(16 + (size + 7) / 8 * 8), read_index = load(ring, true, 4);
	uint32_t used = (begin + data - read_index) % data;
	uint16_t descriptor[8] = { 6, 2, (uint16_t)(length / 8), 0 };
	uint32_t trailer[2] = { 0, begin };

	require(read_index < data && read_index % 8 == 0, "the guest's read index is none");
	if (data - used <= length + 8)
		return -EAGAIN;
	ring->transaction++;
	memcpy(descriptor + 4, &ring->transaction, 8);
	copy(ring, true, begin, descriptor, 16);
	copy(ring, true, (begin + 16) % data, message, length - 16);
	copy(ring, true, (begin + length) % data, trailer, 8);
	ring->write_index = (begin + length + 8) % data;
	store(ring, true, 0, ring->write_index);
	if (load(ring, true, 8) == 0 && load(ring, true, 4) == begin) {
		ring->n_interrupts++;
		if (send(ring->fd, &ring->n_interrupts, 4, MSG_NOSIGNAL) != 4)
			return -ENODEV;
	}
	return 0;
}

static int send_message(struct ring_host *ring, uint16_t type, const void *body, size_t size)
{
	static struct message message;

	memset(&message, 0, sizeof(message));
	message.flags = 1;
	message.msgsize = (uint32_t)(20 + size);
	message.frame_major = type == TYPE_NEGOTIATE ? 0 : 3;
	message.type = type;
	message.message_major = message.message_minor = type == TYPE_NEGOTIATE ? 0 : 1;
	message.size = (uint16_t)size;
	message.icflags = 3;
	memcpy(message.body, body, size);
	return put(ring, &message, 28 + size);
}

int ring_host_negotiate(struct ring_host *ring)
{
	/* frameworks 1.0 and 3.0, messages 1.1 */
	static const uint16_t offer[] = { 2, 1, 0, 0, 1, 0, 3, 0, 1, 1 };

	ring->is_negotiated = false;
	return send_message(ring, TYPE_NEGOTIATE, offer, sizeof(offer));
}

/* The next answer of the guest's, if there is one. */
static bool take(struct ring_host *ring, struct message *ret)
{
	uint32_t data = (uint32_t)(ring->half - ring->page), end = load(ring, false, 0);
	uint16_t descriptor[8];
	uint32_t length;

	require(end < data && end % 8 == 0, "the guest's write index is none");
	if (end == ring->read_index)
		return false;
	copy(ring, false, ring->read_index, descriptor, 16);
	length = descriptor[2] * 8u;
	require(descriptor[0] == 6 && descriptor[1] == 2 && length >= 16 + 28 && length - 16 <= sizeof(*ret),
		"the guest's descriptor is none");
	require(memcmp(descriptor + 4, &ring->transaction, 8) == 0, "the guest answers another packet");
	copy(ring, false, (ring->read_index + 16) % data, ret, length - 16);
	ring->read_index = (ring->read_index + length + 8) % data;
	store(ring, false, 4, ring->read_index);
	require(ret->icflags == 5 && ret->transaction == 0, "the guest's answer is not marked as one");
	return true;
}

static void take_choice(struct ring_host *ring, const struct message *answer)
{
	static const uint16_t choice[] = { 1, 1, 0, 0, 3, 0, 1, 1 };

	require(answer->status == 0 && memcmp(answer->body, choice, sizeof(choice)) == 0,
		"the guest chose versions that are none");
	ring->is_negotiated = true;
}

/* Signals of the guest's. False once it has closed. */
static bool take_signals(struct ring_host *ring)
{
	int32_t value;
	ssize_t n;

	while ((n = recv(ring->fd, &value, sizeof(value), MSG_DONTWAIT)) > 0)
		require(n == 4 && value != 0, "the guest's signal is none");
	return n < 0 && errno == EAGAIN;
}

static bool is_open(struct ring_host *ring)
{
	if (ring->fd >= 0 && !take_signals(ring))
		close_guest(ring);
	if (ring->fd < 0 && ring->listen_fd >= 0)
		let_in(ring);
	return ring->fd >= 0;
}

bool ring_host_is_ready(struct ring_host *ring)
{
	struct message answer;

	if (is_open(ring) && !ring->is_negotiated && take(ring, &answer) && answer.type == TYPE_NEGOTIATE)
		take_choice(ring, &answer);
	return ring->is_negotiated;
}

int ring_host_send(struct ring_host *ring, const void *body, size_t size)
{
	return ring_host_is_ready(ring) ? send_message(ring, TYPE_FCOPY, body, size) : -ENODEV;
}

int ring_host_receive(struct ring_host *ring, int timeout_ms, uint32_t *ret_status)
{
	struct message answer;

	for (;;) {
		struct pollfd fd = { .fd = ring->fd, .events = POLLIN };

		if (ring->fd < 0)
			return -ENODEV;
		if (take(ring, &answer)) {
			if (answer.type == TYPE_NEGOTIATE) {
				take_choice(ring, &answer);
				continue;
			}
			*ret_status = answer.status;
			return 1;
		}
		if (poll(&fd, 1, timeout_ms) == 0)
			return 0;
		if (!take_signals(ring)) {
			close_guest(ring);
			return -ENODEV;
		}
	}
}
