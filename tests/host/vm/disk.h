/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_DISK_H
#define HVG_TESTS_HOST_VM_DISK_H

/* A disk: a virtio block device over a file or a block device of this machine. */

#include "host/vm/virtio.h"

struct disk {
	struct virtio virtio; /* the first, so that one is the other */
	int fd;
	uint64_t size; /* in bytes, as the guest sees it */
};

extern const struct virtio_kind disk_kind;

/* The rest of the virtio device is set by the caller. */
int disk_open(struct disk *disk, const char *path);
void disk_close(struct disk *disk);

/* A file is made so long; -ENOSPC: a block device is shorter. A guest that runs is told. */
int disk_resize(struct disk *disk, uint64_t size);

#endif
