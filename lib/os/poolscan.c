// SPDX-License-Identifier: LGPL-2.1-or-later

/* The stamp first, then the content, chunk by chunk: a hash of each key is what is remembered. */

#include "os/poolscan.h"

#include "base/cleanup.h"

#include <errno.h>

/* The handle in use stays, if it is of this file and as good as one can be had. */
static int get_handle(struct hvg_poolscan *scan)
{
	struct hvg_poolhandle *in_use = scan->handle;

	if (in_use && hvg_poolstamp_is_same_file(&in_use->stamp, &scan->stamp) &&
		(scan->read_only || in_use->why_read_only == 0))
		return 0;
	hvg_poolhandle_unref(hvg_take_ptr(scan->handle));
	return hvg_poolhandle_open(scan->path, scan->read_only, &scan->handle);
}

static int append_all(struct hvg_poolindex *index, const uint8_t *records, uint32_t n)
{
	int r = hvg_poolindex_reserve(index, n);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < n; i++)
		hvg_poolindex_append(index,
			hvg_poolindex_hash((const char *)records + (size_t)i * HVG_POOL_RECORD_SIZE));
	return 0;
}

static int index_file(struct hvg_poolscan *scan)
{
	_cleanup_free_ uint8_t *records = malloc(HVG_POOLHANDLE_CHUNK * HVG_POOL_RECORD_SIZE);
	int n, r;

	if (!records)
		return -ENOMEM;
	do {
		n = hvg_poolhandle_read_chunk(scan->handle, scan->index.n, scan->may_wait, records);
		if (n < 0)
			return n;
		r = append_all(&scan->index, records, (uint32_t)n);
		if (r < 0)
			return r;
	} while (n == HVG_POOLHANDLE_CHUNK);
	return 0;
}

int hvg_poolscan_run(struct hvg_poolscan *scan)
{
	int r;

	r = hvg_poolstamp_of_path(scan->path, &scan->stamp);
	if (r < 0)
		return r;
	if (!scan->stamp.is_there) {
		hvg_poolhandle_unref(hvg_take_ptr(scan->handle));
		return 0;
	}
	r = get_handle(scan);
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	r = hvg_poolstamp_of_fd(scan->handle->fd, &scan->stamp);
	if (r < 0)
		return r;
	if (hvg_pool_records_in(scan->stamp.size_bytes) > HVG_POOL_MAX_RECORDS)
		return -EFBIG;
	return index_file(scan);
}

void hvg_poolscan_done(struct hvg_poolscan *scan)
{
	hvg_poolhandle_unref(hvg_take_ptr(scan->handle));
	hvg_poolindex_done(&scan->index);
}
