/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_EXTENTS_H
#define HVG_SERVICE_EXTENTS_H

/*
 * Which bytes of a file have arrived: ranges that neither overlap nor touch, sorted. A host sends
 * them in order, so there is one; a few more are kept for one that does not.
 */

#include <stdbool.h>
#include <stdint.h>

#define HVG_EXTENTS_MAX 64 /* ours: a host that leaves more holes than this is not copying a file */

struct hvg_extents {
	struct hvg_extent {
		uint64_t begin, end;
	} at[HVG_EXTENTS_MAX];
	unsigned int n;
};

/* begin < end. -ENOSPC if that would be too many ranges: nothing is added. */
int hvg_extents_add(struct hvg_extents *extents, uint64_t begin, uint64_t end);

/* Whether every byte of a file of this size is there, and nothing behind it. */
bool hvg_extents_are_whole(const struct hvg_extents *extents, uint64_t size);

uint64_t hvg_extents_bytes(const struct hvg_extents *extents);

#endif
