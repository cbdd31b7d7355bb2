/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_DISK_PLAN_H
#define HVG_HVCTL_DISK_PLAN_H

/*
 * What has to be done so that all of a disk is used: steps, each of them a command; or why that
 * is not done. Decided from a layout alone.
 *
 *	room behind the last partition		second table, partition, kernel, content
 *	partition larger than its content	content
 *	neither					nothing
 *
 * What is not understood is refused, with the reason, but only where there is room to be won: a
 * disk that is full is left alone whatever is on it.
 */

#include "hvctl/disk/layout.h"

#define DISK_STEPS_MAX 4
#define DISK_WORDS_MAX 8

struct disk_step {
	const char *deed;                           /* "grow the file system" */
	const char *input;                          /* what the command reads; NULL: nothing */
	char words[DISK_WORDS_MAX][DISK_PATH_SIZE]; /* of the command; "" behind the last */
};

struct disk_plan {
	char refusal[DISK_PATH_SIZE + 256]; /* a sentence; "" if it is not refused */
	struct disk_step steps[DISK_STEPS_MAX];
	size_t n_steps; /* 0: nothing to do, or refused */
};

void disk_plan_make(const struct disk_layout *layout, struct disk_plan *ret);

/* Whether they do the same. */
bool disk_plan_is_same(const struct disk_plan *a, const struct disk_plan *b);

#endif
