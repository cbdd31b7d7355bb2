// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A bit for each block says who has it. A transfer is cut into runs of blocks that one of the two has; a block
 * of which only a part is written is completed from the file first.
 */

#include "host/vm/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK 4096u /* what file systems write */

/* Blocks. */

static bool is_written(const struct overlay *overlay, uint64_t at)
{
	return overlay->is_written[at / BLOCK / 8] & 1u << at / BLOCK % 8;
}

static void mark(struct overlay *overlay, uint64_t at)
{
	overlay->is_written[at / BLOCK / 8] |= (uint8_t)(1u << at / BLOCK % 8);
}

static uint64_t next_block(uint64_t at)
{
	return at - at % BLOCK + BLOCK;
}

/* How many bytes from there on have the same owner, limit at most. */
static uint64_t run_length(const struct overlay *overlay, uint64_t at, uint64_t limit)
{
	uint64_t end = next_block(at);

	while (end < at + limit && is_written(overlay, end) == is_written(overlay, at))
		end += BLOCK;
	return end - at < limit ? end - at : limit;
}

/* Vectors. */

static uint64_t total(const struct iovec *vectors, int n)
{
	uint64_t size = 0;

	for (int i = 0; i < n; i++)
		size += vectors[i].iov_len;
	return size;
}

static void skip(struct iovec **vectors, int *n, size_t size)
{
	while (*n > 0 && size >= (*vectors)->iov_len) {
		size -= (*vectors)->iov_len;
		(*vectors)++;
		(*n)--;
	}
	if (size > 0) {
		(*vectors)->iov_base = (uint8_t *)(*vectors)->iov_base + size;
		(*vectors)->iov_len -= size;
	}
}

/* One vector's worth of a run: a system call more is nothing to what the guest has paid for its request. */
static size_t first_part(const struct iovec *vectors, uint64_t run)
{
	return vectors->iov_len < run ? vectors->iov_len : (size_t)run;
}

static int read_file(const struct overlay *overlay, uint8_t *bytes, size_t size, uint64_t at)
{
	uint64_t left = at < overlay->file_size ? overlay->file_size - at : 0;
	ssize_t n = left > 0 ? pread(overlay->fd, bytes, left < size ? (size_t)left : size, (off_t)at) : 0;

	if (n < 0)
		return -errno;
	memset(bytes + n, 0, size - (size_t)n);
	return 0;
}

static int read_part(const struct overlay *overlay, uint8_t *bytes, size_t size, uint64_t at)
{
	if (!is_written(overlay, at))
		return read_file(overlay, bytes, size, at);
	return pread(overlay->written_fd, bytes, size, (off_t)at) == (ssize_t)size ? 0 : -EIO;
}

int overlay_read(struct overlay *overlay, struct iovec *vectors, int n, uint64_t at)
{
	uint64_t left;
	size_t size;
	int r = 0;

	for (; r == 0 && (left = total(vectors, n)) > 0; at += size) {
		size = first_part(vectors, run_length(overlay, at, left));
		r = read_part(overlay, vectors->iov_base, size, at);
		skip(&vectors, &n, size);
	}
	return r;
}

/* The block there, if the file has it and not all of it is about to be written. */
static int complete(struct overlay *overlay, uint64_t at, uint64_t begin, uint64_t end)
{
	uint64_t block_at = at - at % BLOCK;
	uint8_t block[BLOCK];
	int r;

	if (is_written(overlay, at) || (block_at >= begin && block_at + BLOCK <= end))
		return 0;
	r = read_file(overlay, block, BLOCK, block_at);
	if (r == 0 && pwrite(overlay->written_fd, block, BLOCK, (off_t)block_at) != BLOCK)
		r = -EIO;
	return r;
}

int overlay_write(struct overlay *overlay, struct iovec *vectors, int n, uint64_t at)
{
	uint64_t end = at + total(vectors, n);
	int r = 0;

	if (end == at)
		return 0;
	r = complete(overlay, at, at, end);
	if (r == 0)
		r = complete(overlay, end - 1, at, end);
	if (r == 0 && pwritev(overlay->written_fd, vectors, n, (off_t)at) != (ssize_t)(end - at))
		r = -EIO;
	for (; r == 0 && at < end; at = next_block(at))
		mark(overlay, at);
	return r;
}

/* Life. */

/* A block that has been written is whole. What is cut off comes back from neither. */
int overlay_resize(struct overlay *overlay, uint64_t size)
{
	if (size > OVERLAY_MAX_SIZE)
		return -ENOSPC;
	if (ftruncate(overlay->written_fd, (off_t)size) < 0 ||
		ftruncate(overlay->written_fd, (off_t)((size + BLOCK - 1) / BLOCK * BLOCK)) < 0)
		return -errno;
	if (size < overlay->file_size)
		overlay->file_size = size;
	overlay->size = size;
	return 0;
}

int overlay_forget(struct overlay *overlay)
{
	off_t end = overlay->fd < 0 ? 0 : lseek(overlay->fd, 0, SEEK_END);

	if (end < 0 || ftruncate(overlay->written_fd, 0) < 0)
		return -errno;
	memset(overlay->is_written, 0, OVERLAY_MAX_SIZE / BLOCK / 8);
	overlay->file_size = (uint64_t)end;
	return overlay_resize(overlay, overlay->file_size);
}

int overlay_open(struct overlay *overlay, const char *path)
{
	int r = 0;

	*overlay = (struct overlay){
		.fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -EBADF,
		.written_fd = memfd_create("written", MFD_CLOEXEC),
		.is_written = calloc(1, OVERLAY_MAX_SIZE / BLOCK / 8),
	};
	if ((path && overlay->fd < 0) || overlay->written_fd < 0 || !overlay->is_written)
		r = -errno;
	if (r == 0)
		r = overlay_forget(overlay);
	if (r < 0)
		overlay_close(overlay);
	return r;
}

void overlay_close(struct overlay *overlay)
{
	if (overlay->fd >= 0)
		close(overlay->fd);
	if (overlay->written_fd >= 0)
		close(overlay->written_fd);
	free(overlay->is_written);
	*overlay = (struct overlay){ .fd = -EBADF, .written_fd = -EBADF };
}
