/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_DISK_TARGET_H
#define HVG_HVCTL_DISK_TARGET_H

/*
 * What somebody names: a disk ("sda", "/dev/sda", a link to it), a partition, or a mount point.
 */

#include "hvctl/disk/layout.h"

struct disk_target {
	char disk[DISK_NAME_SIZE]; /* as the kernel has it: "sda" */
	enum disk_kind kind;
	unsigned int wanted; /* the number of a partition, or 0 */
};

/* -ENOENT: there is no such thing; -ENOTBLK: it is neither a device nor a mount point. */
int disk_target_find(const char *word, struct disk_target *ret);

#endif
