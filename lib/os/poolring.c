// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The ring of journal pages. The newest page tells how far the pool file is settled, so pages are
 * never marked: they become void by what is written after them. A page that a power loss tore is
 * the newest one, was never acknowledged, and lies where a settled page was.
 */

#include "os/poolring.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/bootid.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define RING_SIZE (HVG_POOLRING_N_PAGES * HVG_POOLJOURNAL_PAGE_SIZE)

static off_t offset_of(uint64_t sequence)
{
	return (off_t)(sequence % HVG_POOLRING_N_PAGES) * HVG_POOLJOURNAL_PAGE_SIZE;
}

static int write_bytes(int fd, const uint8_t *page, off_t offset)
{
	size_t done = 0;

	while (done < HVG_POOLJOURNAL_PAGE_SIZE) {
		ssize_t n = pwrite(fd, page + done, HVG_POOLJOURNAL_PAGE_SIZE - done,
			offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static int flush(int fd)
{
	return fdatasync(fd) < 0 ? -errno : 0;
}

static int read_page(const struct hvg_poolring *ring, uint64_t place, struct hvg_pooljournal_page *ret)
{
	uint8_t bytes[HVG_POOLJOURNAL_PAGE_SIZE];
	ssize_t n = pread(ring->fd, bytes, sizeof(bytes), offset_of(place));
	int r;

	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(bytes))
		return -EBADMSG;
	r = hvg_pooljournal_decode(bytes, ret);
	if (r < 0)
		return r;
	return ret->sequence % HVG_POOLRING_N_PAGES == place % HVG_POOLRING_N_PAGES ? 0 : -EBADMSG;
}

/* The folder's entry of a new file is as much to be lost as its content. */
static int flush_folder(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd = -EBADF;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

/* Zeroes rather than fallocate(2): pages written over them need no change of the file's map. */
static int allocate(int fd, const char *path, uint64_t size_bytes)
{
	static const uint8_t zeroes[HVG_POOLJOURNAL_PAGE_SIZE];
	uint64_t begin = size_bytes / sizeof(zeroes) * sizeof(zeroes);
	int r;

	if (size_bytes >= RING_SIZE)
		return 0;
	for (uint64_t offset = begin; offset < RING_SIZE; offset += sizeof(zeroes)) {
		r = write_bytes(fd, zeroes, (off_t)offset);
		if (r < 0)
			return r;
	}
	if (fsync(fd) < 0)
		return -errno;
	return flush_folder(path);
}

static int open_file(const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;
	int r;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADFD;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	r = allocate(fd, path, (uint64_t)st.st_size);
	return r < 0 ? r : hvg_take_fd(&fd);
}

static void find_newest(struct hvg_poolring *ring)
{
	for (uint64_t place = 0; place < HVG_POOLRING_N_PAGES; place++) {
		struct hvg_pooljournal_page page;
		int r = read_page(ring, place, &page);

		if (r < 0 && r != -ENODATA)
			ring->n_corrupt++;
		if (r < 0 || page.sequence <= ring->sequence)
			continue;
		ring->sequence = page.sequence;
		ring->settled = page.settled;
	}
}

int hvg_poolring_open(struct hvg_poolring *ring, const char *path)
{
	struct hvg_poolring opened = HVG_POOLRING_INIT;

	opened.fd = open_file(path);
	if (opened.fd < 0)
		return opened.fd;

	/* Without a boot id every start counts as another boot: more is replayed, nothing is lost. */
	(void)hvg_bootid_read(opened.boot_id);
	find_newest(&opened);
	*ring = opened;
	return 0;
}

void hvg_poolring_close(struct hvg_poolring *ring)
{
	ring->fd = hvg_close(ring->fd);
}

bool hvg_poolring_is_open(const struct hvg_poolring *ring)
{
	return ring->fd >= 0;
}

bool hvg_poolring_is_full(const struct hvg_poolring *ring)
{
	return ring->sequence - ring->settled >= HVG_POOLRING_N_PAGES;
}

static int write_page(struct hvg_poolring *ring, struct hvg_pooljournal_page *page)
{
	uint8_t bytes[HVG_POOLJOURNAL_PAGE_SIZE];
	int r;

	memcpy(page->boot_id, ring->boot_id, sizeof(page->boot_id));
	hvg_pooljournal_encode(page, bytes);
	r = write_bytes(ring->fd, bytes, offset_of(page->sequence));
	return r < 0 ? r : flush(ring->fd);
}

int hvg_poolring_write(struct hvg_poolring *ring, struct hvg_pooljournal_page *change)
{
	int r;

	change->sequence = ring->sequence + 1;
	change->settled = ring->settled;
	r = write_page(ring, change);
	ring->sequence = change->sequence;
	if (r < 0)
		(void)hvg_poolring_void(ring); /* it may have reached the disk all the same */
	return r;
}

int hvg_poolring_note(struct hvg_poolring *ring)
{
	struct hvg_pooljournal_page note = {
		.kind = HVG_POOLJOURNAL_NOTE,
		.sequence = ring->sequence + 1,
		.settled = ring->sequence + 1,
	};
	int r;

	r = write_page(ring, &note);
	if (r < 0)
		return r;
	ring->sequence = ring->settled = note.sequence;
	return 0;
}

int hvg_poolring_void(struct hvg_poolring *ring)
{
	struct hvg_pooljournal_page note = {
		.kind = HVG_POOLJOURNAL_NOTE,
		.sequence = ring->sequence,
		.settled = ring->settled,
	};

	return write_page(ring, &note);
}

int hvg_poolring_window(const struct hvg_poolring *ring, struct hvg_pooljournal_page **ret_pages)
{
	struct hvg_pooljournal_page *pages = calloc(HVG_POOLRING_N_PAGES, sizeof(*pages));
	uint64_t oldest = ring->settled + 1;
	int n = 0;

	if (!pages)
		return -ENOMEM;

	/* What a corrupt page says of the others cannot be more than a ring. */
	if (ring->sequence - ring->settled > HVG_POOLRING_N_PAGES)
		oldest = ring->sequence - HVG_POOLRING_N_PAGES + 1;
	for (uint64_t sequence = oldest; sequence <= ring->sequence; sequence++)
		if (read_page(ring, sequence, &pages[n]) == 0 && pages[n].sequence == sequence &&
			pages[n].kind == HVG_POOLJOURNAL_CHANGE)
			n++;
	*ret_pages = pages;
	return n;
}
