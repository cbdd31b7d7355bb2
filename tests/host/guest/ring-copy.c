// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * ring-copy SOCKET FILE: the least that can take a file from a VMBus channel: each packet is copied
 * out of the ring, its data written to the file, and the packet sent back with success. No name, no
 * size, no check. It is the floor of the benchmark.
 */

#include "host/guest/tool.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct ring {
	int fd;
	uint8_t *map;
	size_t half, page;
	uint32_t from, to; /* our indices */
} ring;

static uint8_t bytes[16384];

static uint32_t *word(size_t ring_at, size_t at)
{
	return (uint32_t *)(void *)(ring.map + ring_at + at);
}

static int receive_map(void)
{
	char control[CMSG_SPACE(sizeof(int))];
	uint64_t size = 0;
	struct iovec iov = { &size, sizeof(size) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(ring.fd, &message, 0) != sizeof(size) || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	ring.page = (size_t)sysconf(_SC_PAGESIZE);
	ring.half = size / 2;
	ring.map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return ring.map == MAP_FAILED ? -1 : 0;
}

static void copy(uint8_t *data, uint32_t at, uint8_t *local, uint32_t n, int is_out)
{
	uint32_t size = (uint32_t)(ring.half - ring.page), first = size - at < n ? size - at : n;

	memcpy(is_out ? local : data + at, is_out ? data + at : local, first);
	memcpy(is_out ? local + first : data, is_out ? data : local + first, n - first);
}

static uint32_t take_packet(void)
{
	uint32_t size = (uint32_t)(ring.half - ring.page), end, length;
	int32_t count;

	while ((end = __atomic_load_n(word(ring.half, 0), __ATOMIC_ACQUIRE)) == ring.from) {
		struct pollfd fd = { .fd = ring.fd, .events = POLLIN };

		(void)poll(&fd, 1, -1);
		if (read(ring.fd, &count, sizeof(count)) <= 0)
			return 0;
	}
	copy(ring.map + ring.half + ring.page, ring.from, bytes, 16, 1);
	length = *(uint16_t *)(void *)(bytes + 4) * 8u;
	copy(ring.map + ring.half + ring.page, ring.from, bytes, length, 1);
	ring.from = (ring.from + length + 8) % size;
	__atomic_store_n(word(ring.half, 4), ring.from, __ATOMIC_SEQ_CST);
	return length;
}

static void answer(uint32_t length)
{
	uint32_t size = (uint32_t)(ring.half - ring.page), begin = ring.to, zero = 0, one = 1;

	memcpy(bytes + 16 + 20, &zero, 4);
	bytes[16 + 25] = 5;
	copy(ring.map + ring.page, begin, bytes, length, 0);
	ring.to = (begin + length + 8) % size;
	__atomic_store_n(word(0, 0), ring.to, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(word(0, 4), __ATOMIC_SEQ_CST) == begin)
		(void)!write(ring.fd, &one, sizeof(one));
}

/* Versions 3.0 and 1.1, whatever was offered. */
static void choose(void)
{
	static const uint16_t choice[] = { 1, 1, 0, 0, 3, 0, 1, 1 };

	memcpy(bytes + 16 + 28, choice, sizeof(choice));
}

int tool_ring_copy(int argc, char *argv[])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	uint32_t length, size;
	uint64_t offset;

	strncpy(address.sun_path, argv[0], sizeof(address.sun_path) - 1);
	ring.fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (file < 0 || connect(ring.fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || receive_map() < 0)
		return 1;
	while ((length = take_packet()) > 0) {
		if (bytes[16 + 12] == 0)
			choose();
		memcpy(&offset, bytes + 16 + 68, sizeof(offset));
		memcpy(&size, bytes + 16 + 76, sizeof(size));
		if (bytes[16 + 12] == 7 && bytes[16 + 28] == 1 && pwrite(file, bytes + 16 + 80, size, (off_t)offset) < 0)
			return 1;
		answer(length);
	}
	return 0;
}
