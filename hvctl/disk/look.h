/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_DISK_LOOK_H
#define HVG_HVCTL_DISK_LOOK_H

/* Looking at disks, and having the kernel look. */

#include "hvctl/disk/target.h"

/*
 * By libblkid, sysfs and mountinfo; it takes root: -EACCES. Something that is no disk is not
 * looked at.
 */
int disk_look(const struct disk_target *target, struct disk_layout *ret);

/*
 * Has the kernel ask the disk for its size. 1 if it did, 0 if there is no such way: then its
 * driver hears of a change by itself.
 */
int disk_rescan(const char *disk);

/* In bytes, as the kernel has it; 0 if there is no such device. */
uint64_t disk_size(const char *device);

/* look-content.c: what is on the device, to be opened by the caller. */
void disk_look_at_content(int fd, const char *device, struct disk_content *ret);

#endif
