/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_POOLRECOVER_H
#define HVG_OS_POOLRECOVER_H

/*
 * What a pool's journal is for: making the pool file whole after a crash. The caller holds the
 * file's locks, and flushes the file afterwards.
 */

#include "os/poolhandle.h"
#include "os/poolindex.h"
#include "os/poolring.h"

#include <stdbool.h>
#include <stdint.h>

struct hvg_poolrecovery {
	unsigned int n_replayed; /* changes that were not, or not wholly, in the file */
	unsigned int n_dropped;	 /* changes that a later writer has overwritten */
	uint32_t leftover;	 /* a slot that holds a copy of a moved record, or HVG_POOLINDEX_NONE */
};

/*
 * Returns 1 if there was anything in the window, else 0. is_suspect: the kernel's copy of the pool
 * file may not have reached the disk, although this is still the same boot.
 */
int hvg_poolrecover(const struct hvg_poolring *ring, const struct hvg_poolhandle *handle,
	bool is_suspect, struct hvg_poolrecovery *ret);

#endif
