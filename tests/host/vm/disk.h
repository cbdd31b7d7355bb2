/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_DISK_H
#define HVG_TESTS_HOST_VM_DISK_H

/* A disk: a virtio block device over a file, which is not written (overlay.h), or over nothing. */

#include "host/vm/overlay.h"
#include "host/vm/virtio.h"

struct disk {
	struct virtio virtio; /* the first, so that one is the other */
	struct overlay bytes;
	uint64_t blank_size; /* of one that is over nothing, at first */
};

extern const struct virtio_kind disk_kind;

/* path NULL: a blank one of that size. The rest of the virtio device is set by the caller. */
int disk_open(struct disk *disk, const char *path, uint64_t size);
void disk_close(struct disk *disk);

/* A guest that runs is told. -ENOSPC: too much. */
int disk_resize(struct disk *disk, uint64_t size);

/* As it was at first. Not while a guest runs. */
int disk_renew(struct disk *disk);

#endif
