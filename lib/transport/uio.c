// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The device around two rings. What the kernel says is asked first, and the mapping is looked at
 * afterwards: once the device is gone the pages belong to somebody else. Between two calls of ours a
 * file may have been written, which takes its time.
 */

#include "hvguest/uio.h"

#include "base/cleanup.h"
#include "hvguest/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>

/*
 * Older drivers mask interrupts in their handler, which races with our unmasking: a wake-up may be
 * lost, and this is how long it stays so.
 */
#define LOST_WAKEUP_MS 5000

/* A host that does not take what lies in the ring for this long is broken. */
#define ROOM_MS	   100
#define ROOM_TRIES 100

struct hvg_uio {
	int fd;
	void *map;
	size_t bytes;
	bool is_gone;
	struct hvg_ring to_host, from_host;
};

/* The size of the mapping is told by sysfs, and nowhere else rightly. */
static int read_map_size(const char *node, size_t *ret)
{
	const char *name = strrchr(node, '/');
	char path[128], text[32] = "", *end;
	_cleanup_fclose_ FILE *file = NULL;

	snprintf(path, sizeof(path), "/sys/class/uio/%s/maps/map0/size", name ? name + 1 : node);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (!fgets(text, sizeof(text), file))
		return -EIO;
	*ret = strtoull(text, &end, 16);
	return end == text ? -EIO : 0;
}

static int init_rings(struct hvg_uio *uio)
{
	size_t half = uio->bytes / 2, page = (size_t)sysconf(_SC_PAGESIZE);
	int r = hvg_ring_init_writer(&uio->to_host, uio->map, half, page);

	return r < 0 ? r : hvg_ring_init_reader(&uio->from_host, (uint8_t *)uio->map + half, half, page);
}

/* events stays the caller's after an error. */
static int map_rings(int events, int map, size_t bytes, struct hvg_uio **ret)
{
	struct hvg_uio *uio = calloc(1, sizeof(*uio));
	int r;

	if (!uio)
		return -ENOMEM;
	uio->fd = events;
	uio->bytes = bytes;
	uio->map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	r = uio->map == MAP_FAILED ? -errno : init_rings(uio);
	if (r < 0) {
		if (uio->map != MAP_FAILED)
			(void)munmap(uio->map, bytes);
		free(uio);
		return r;
	}
	*ret = uio;
	return 0;
}

int hvg_uio_open(const char *node, struct hvg_uio **ret)
{
	_cleanup_close_ int fd = -EBADF;
	size_t bytes;
	int r = read_map_size(node, &bytes);

	if (r < 0)
		return r;
	fd = open(node, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	r = map_rings(fd, fd, bytes, ret);
	if (r >= 0)
		(void)hvg_take_fd(&fd);
	return r;
}

int hvg_uio_attach(int events, int map, size_t bytes, struct hvg_uio **ret)
{
	_cleanup_close_ int events_fd = events, map_fd = map;
	int r;

	if (fcntl(events_fd, F_SETFL, fcntl(events_fd, F_GETFL) | O_NONBLOCK) < 0)
		return -errno;
	r = map_rings(events_fd, map_fd, bytes, ret);
	if (r >= 0)
		(void)hvg_take_fd(&events_fd);
	return r;
}

struct hvg_uio *hvg_uio_close(struct hvg_uio *uio)
{
	if (!uio)
		return NULL;
	(void)munmap(uio->map, uio->bytes);
	(void)hvg_close(uio->fd);
	free(uio);
	return NULL;
}

int hvg_uio_get_fd(const struct hvg_uio *uio)
{
	return uio->fd;
}

/* Takes note of the interrupts so far. An end of file is that of a peer that is no kernel. */
static int take_interrupts(struct hvg_uio *uio)
{
	int32_t count;
	ssize_t n = read(uio->fd, &count, sizeof(count));

	if (n == (ssize_t)sizeof(count) || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return 0;
	uio->is_gone = true;
	return -ENODEV;
}

/* Without a wait, and without taking note of interrupts: the loop is still to be told of those. */
static bool is_there(struct hvg_uio *uio)
{
	struct pollfd fd = { .fd = uio->fd };

	if (!uio->is_gone && poll(&fd, 1, 0) > 0) /* POLLERR, POLLHUP */
		uio->is_gone = true;
	return !uio->is_gone;
}

static int signal_host(struct hvg_uio *uio)
{
	int32_t one = 1;

	if (write(uio->fd, &one, sizeof(one)) == (ssize_t)sizeof(one))
		return 0;
	if (errno == EAGAIN) /* it has more signals before it than it can count */
		return 0;
	uio->is_gone = true;
	return -ENODEV;
}

static int take_packet(struct hvg_uio *uio, void *buffer, size_t size)
{
	bool wakes;
	int n = hvg_ring_read(&uio->from_host, buffer, size, &wakes);

	if (wakes && signal_host(uio) < 0)
		return -ENODEV;
	return n;
}

bool hvg_uio_has_more(struct hvg_uio *uio)
{
	return is_there(uio) && hvg_ring_unmask(&uio->from_host);
}

int hvg_uio_recv(struct hvg_uio *uio, void *buffer, size_t size)
{
	int n;

	if (uio->is_gone || take_interrupts(uio) < 0)
		return -ENODEV;
	do
		n = take_packet(uio, buffer, size);
	while (n == 0 && hvg_ring_unmask(&uio->from_host));
	return n;
}

static int sleep_for_interrupt(struct hvg_uio *uio, int timeout_ms)
{
	struct pollfd fd = { .fd = uio->fd, .events = POLLIN };

	if (poll(&fd, 1, timeout_ms) < 0)
		return -errno;
	return take_interrupts(uio);
}

int hvg_uio_wait(struct hvg_uio *uio, void *buffer, size_t size)
{
	int n, r;

	if (uio->is_gone)
		return -ENODEV;
	for (;;) {
		n = take_packet(uio, buffer, size);
		if (n != 0)
			return n;
		if (hvg_ring_unmask(&uio->from_host))
			continue;
		r = sleep_for_interrupt(uio, LOST_WAKEUP_MS);
		if (r < 0)
			return r;
	}
}

int hvg_uio_send(struct hvg_uio *uio, const void *packet, size_t size)
{
	bool wakes;
	int r;

	if (!is_there(uio))
		return -ENODEV;
	r = hvg_ring_write(&uio->to_host, packet, size, &wakes);
	for (int i = 0; r == -EAGAIN && i < ROOM_TRIES; i++) {
		if (sleep_for_interrupt(uio, ROOM_MS) == -ENODEV)
			return -ENODEV;
		r = hvg_ring_write(&uio->to_host, packet, size, &wakes);
	}
	if (r < 0)
		return r;
	return wakes ? signal_host(uio) : 0;
}
