/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLHANDLE_H
#define HVG_OS_POOLHANDLE_H

/*
 * One open pool file. Pool files are other people's as well: they are opened as they are, never
 * created, renamed or removed.
 */

#include "hvguest/pool.h"
#include "os/poolstamp.h"

#include <stdbool.h>
#include <stdint.h>

/* Shared by everybody who reads from it: closed by the last. Immutable. */
struct hvg_poolhandle {
	int fd;
	int why_read_only; /* 0 if it can be written, or the negative errno of trying */
	struct hvg_poolstamp stamp; /* when it was opened */
	unsigned int n_refs;
};

/*
 * Opens for reading and, unless read_only, for writing if that is permitted. -ENOENT, -EACCES and
 * the errors of a stamp.
 */
int hvg_poolhandle_open(const char *path, bool read_only, struct hvg_poolhandle **ret);
struct hvg_poolhandle *hvg_poolhandle_ref(struct hvg_poolhandle *handle);
void hvg_poolhandle_unref(struct hvg_poolhandle *handle);

/*
 * Returns 1, or 0 behind the last whole record; what is left of the file there is in ret then, and
 * zeroes. Unless it may wait, -EAGAIN if that is not in memory; file systems that cannot tell are
 * read all the same.
 */
int hvg_poolhandle_read(const struct hvg_poolhandle *handle, uint32_t slot, bool may_wait,
	uint8_t ret[static HVG_POOL_RECORD_SIZE]);

/* The same for as many records as there are, up to a chunk of them: their number. */
#define HVG_POOLHANDLE_CHUNK 25
int hvg_poolhandle_read_chunk(const struct hvg_poolhandle *handle, uint32_t slot, bool may_wait,
	uint8_t ret[static HVG_POOLHANDLE_CHUNK * HVG_POOL_RECORD_SIZE]);

/* One whole record. On failure, part of it may be written. */
int hvg_poolhandle_write(const struct hvg_poolhandle *handle, uint32_t slot,
	const uint8_t record[static HVG_POOL_RECORD_SIZE]);

/* Cuts the file, or makes it longer by zeroes, to n records. */
int hvg_poolhandle_resize(const struct hvg_poolhandle *handle, uint32_t n);

/* Makes what is in the file durable. */
int hvg_poolhandle_flush(const struct hvg_poolhandle *handle);

#endif
