// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Ranges in order. A new one swallows all that it overlaps or touches, which stand side by side.
 */

#include "service/extents.h"

#include "base/units.h"

#include <errno.h>
#include <string.h>

int hvg_extents_add(struct hvg_extents *extents, uint64_t begin, uint64_t end)
{
	struct hvg_extent *at = extents->at;
	unsigned int first = 0, last;

	if (extents->n == 1 && at[0].end == begin) { /* the next piece, as ever */
		at[0].end = end;
		return 0;
	}
	while (first < extents->n && at[first].end < begin)
		first++;
	last = first;
	while (last < extents->n && at[last].begin <= end)
		last++;
	if (first == last && extents->n == HVG_EXTENTS_MAX)
		return -ENOSPC;
	if (first < last) {
		begin = HVG_MIN(begin, at[first].begin);
		end = HVG_MAX(end, at[last - 1].end);
	}
	memmove(at + first + 1, at + last, (extents->n - last) * sizeof(*at));
	extents->n = extents->n + 1 - (last - first);
	at[first] = (struct hvg_extent){ begin, end };
	return 0;
}

bool hvg_extents_are_whole(const struct hvg_extents *extents, uint64_t size)
{
	if (size == 0)
		return extents->n == 0;
	return extents->n == 1 && extents->at[0].begin == 0 && extents->at[0].end == size;
}

uint64_t hvg_extents_bytes(const struct hvg_extents *extents)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < extents->n; i++)
		bytes += extents->at[i].end - extents->at[i].begin;
	return bytes;
}
