/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_DISKS_H
#define HVG_HVCTL_DISKS_H

/*
 * Hyper-V's virtual disks, what is on them, and what is mounted.
 */

#include "hvctl/facts/guest.h"

/* The next virtual disk behind *at, which is 0 at first; NULL behind the last. No optical
 * drives. */
const char *disks_next(const struct guest *guest, size_t *at);

/* Room at the end of a disk that no partition has. */
struct disk_room {
	uint64_t bytes; /* 0: less than what a partition table needs for itself, or there is no
			   partition */
	struct fact size, last; /* of the disk, and the partition that ends last */
	char partition[64];     /* its name; "" if there is none */
};
struct disk_room disk_room(const struct guest *guest, const char *disk);

/* Whether fstrim.timer is on; the unit, or the link that makes it so. */
bool disks_are_trimmed(const struct guest *guest, struct fact *ret);

/* A mount. Texts are cut if they are too long. */
struct mount_row {
	char dev[24]; /* "8:1" */
	char point[256], source[128], type[32];
	bool is_writable;
	bool is_on_disk; /* its source is a device */
	bool can_freeze; /* Linux can freeze file systems of that type */
	bool discards;
};

/* The next mount behind *at, which is 0 at first. */
bool mounts_next(const struct guest *guest, size_t *at, struct mount_row *ret);

/* The size of a mounted file system; -1 if it is not known. */
int64_t mount_bytes(const struct guest *guest, const struct mount_row *mount);

#endif
