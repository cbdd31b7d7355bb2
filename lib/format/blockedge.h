/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_BLOCKEDGE_H
#define HVG_FORMAT_BLOCKEDGE_H

#include "format/mountinfo.h"

/*
 * Upper stands on lower. A file system is its superblock's number in mountinfo, which for most is
 * its disk's; btrfs has a number of its own, and edges to its disks. A loop device stands on the
 * superblock that holds its file.
 */
struct hvg_blockedge {
	struct hvg_devno upper, lower;

	/* Notes of whoever plans with it. */
	unsigned int height;
	bool is_below_root;
};

#endif
