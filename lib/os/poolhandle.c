// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Opening is the delicate part: without following a link, without blocking on a fifo, and sure
 * that what was opened is what was looked at.
 */

#include "os/poolhandle.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int open_file(const char *path, int access)
{
	int fd = open(path, access | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

/* A file that may not be written is still there to be read. */
static int open_as_permitted(const char *path, bool read_only, int *ret_why_read_only)
{
	int fd = read_only ? -EROFS : open_file(path, O_RDWR);

	*ret_why_read_only = fd < 0 ? fd : 0;
	if (fd == -EACCES || fd == -EPERM || fd == -EROFS || fd == -ETXTBSY)
		fd = open_file(path, O_RDONLY);
	return fd;
}

int hvg_poolhandle_open(const char *path, bool read_only, struct hvg_poolhandle **ret)
{
	_cleanup_free_ struct hvg_poolhandle *handle = NULL;
	struct hvg_poolstamp stamp;
	int r;

	/* First of all: a socket cannot be opened, and a device should not be. */
	r = hvg_poolstamp_of_path(path, &stamp);
	if (r < 0)
		return r;
	if (!stamp.is_there)
		return -ENOENT;

	handle = calloc(1, sizeof(*handle));
	if (!handle)
		return -ENOMEM;
	handle->n_refs = 1;
	handle->fd = open_as_permitted(path, read_only, &handle->why_read_only);
	if (handle->fd < 0)
		return handle->fd;
	r = hvg_poolstamp_of_fd(handle->fd, &handle->stamp);
	if (r < 0) {
		hvg_close(handle->fd);
		return r;
	}
	*ret = hvg_take_ptr(handle);
	return 0;
}

struct hvg_poolhandle *hvg_poolhandle_ref(struct hvg_poolhandle *handle)
{
	if (handle)
		__atomic_add_fetch(&handle->n_refs, 1, __ATOMIC_RELAXED);
	return handle;
}

void hvg_poolhandle_unref(struct hvg_poolhandle *handle)
{
	if (!handle || __atomic_sub_fetch(&handle->n_refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	hvg_close(handle->fd);
	free(handle);
}

static off_t offset_of(uint32_t slot)
{
	return (off_t)slot * HVG_POOL_RECORD_SIZE;
}

static ssize_t read_once(const struct hvg_poolhandle *handle, struct iovec *into, off_t offset,
	bool may_wait)
{
	ssize_t n;

	if (!may_wait) {
		n = preadv2(handle->fd, into, 1, offset, RWF_NOWAIT);
		if (n >= 0 || errno != EOPNOTSUPP)
			return n < 0 ? -errno : n;
	}
	n = preadv(handle->fd, into, 1, offset);
	return n < 0 ? -errno : n;
}

/* Fills all of into: by zeroes behind the end of the file. Returns how much is of the file. */
static ssize_t read_all(const struct hvg_poolhandle *handle, struct iovec into, off_t offset,
	bool may_wait)
{
	size_t wanted = into.iov_len;

	/* Without waiting, a read may stop at the first page that is not in memory: ask again. */
	while (into.iov_len > 0) {
		ssize_t n = read_once(handle, &into, offset, may_wait);

		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		if (n == 0)
			break;
		into.iov_base = (uint8_t *)into.iov_base + n;
		into.iov_len -= (size_t)n;
		offset += n;
	}
	memset(into.iov_base, 0, into.iov_len);
	return (ssize_t)(wanted - into.iov_len);
}

static int read_records(const struct hvg_poolhandle *handle, uint32_t slot, struct iovec into,
	bool may_wait)
{
	ssize_t n = read_all(handle, into, offset_of(slot), may_wait);

	return (int)(n < 0 ? n : n / HVG_POOL_RECORD_SIZE);
}

int hvg_poolhandle_read(const struct hvg_poolhandle *handle, uint32_t slot, bool may_wait,
	uint8_t ret[static HVG_POOL_RECORD_SIZE])
{
	struct iovec into = { .iov_base = ret, .iov_len = HVG_POOL_RECORD_SIZE };

	return read_records(handle, slot, into, may_wait);
}

int hvg_poolhandle_read_chunk(const struct hvg_poolhandle *handle, uint32_t slot, bool may_wait,
	uint8_t ret[static HVG_POOLHANDLE_CHUNK * HVG_POOL_RECORD_SIZE])
{
	struct iovec into = {
		.iov_base = ret,
		.iov_len = HVG_POOLHANDLE_CHUNK * HVG_POOL_RECORD_SIZE,
	};

	return read_records(handle, slot, into, may_wait);
}

int hvg_poolhandle_write(const struct hvg_poolhandle *handle, uint32_t slot,
	const uint8_t record[static HVG_POOL_RECORD_SIZE])
{
	size_t done = 0;

	while (done < HVG_POOL_RECORD_SIZE) {
		ssize_t n = pwrite(handle->fd, record + done, HVG_POOL_RECORD_SIZE - done,
			offset_of(slot) + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

int hvg_poolhandle_resize(const struct hvg_poolhandle *handle, uint32_t n)
{
	int r;

	do
		r = ftruncate(handle->fd, offset_of(n)) < 0 ? -errno : 0;
	while (r == -EINTR);
	return r;
}

int hvg_poolhandle_flush(const struct hvg_poolhandle *handle)
{
	int r;

	do
		r = fdatasync(handle->fd) < 0 ? -errno : 0;
	while (r == -EINTR);
	return r;
}
