/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_FSFREEZE_H
#define HVG_OS_FSFREEZE_H

/*
 * The deeds of a freeze, one each, through a descriptor that is kept from before the freeze until
 * after the thaw: a path may lead elsewhere by then, and without a descriptor a frozen file system can
 * be unmounted, and is lost frozen. Each may block for as long as a disk does, where no signal
 * helps.
 */

#include "format/mountinfo.h"

/* Where the mounts of process 1 are, whatever namespace we are in. */
#define HVG_FSFREEZE_ROOT "/proc/1/root"

/* Opens a mount's point, as seen from root. The descriptor, or negative errno. */
int hvg_fsfreeze_open(const char *root, const struct hvg_mount *mount);

/*
 * Whether the descriptor leads to that superblock: -ESTALE if not. The mounts must have been read after
 * it was opened: from then on no other mount can get its number.
 */
int hvg_fsfreeze_check(int fd, struct hvg_devno dev, const struct hvg_mount *mounts, size_t n);

/* Writes what is dirty while writers still run, so that the freeze has little left to write. */
int hvg_fsfreeze_sync(int fd);

/* -EBUSY: somebody else has frozen it. -EOPNOTSUPP: its type cannot be. */
int hvg_fsfreeze_freeze(int fd);

/* 0 also if it was not frozen. */
int hvg_fsfreeze_thaw(int fd);

#endif
