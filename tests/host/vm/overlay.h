/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_OVERLAY_H
#define HVG_TESTS_HOST_VM_OVERLAY_H

/*
 * A disk's bytes: a file that is only read, and over it, in memory, what has been written since. Everybody may use
 * the same file at the same time; what was written can be forgotten.
 */

#include <stdint.h>
#include <sys/uio.h>

#define OVERLAY_MAX_SIZE (UINT64_C(16) << 30)

struct overlay {
	int fd;		     /* the file; -EBADF: there is none, and all is zero */
	uint64_t file_size;
	int written_fd;	     /* memory, as long as the disk */
	uint8_t *is_written; /* a bit for each block that there can be */
	uint64_t size;
};

/* path NULL: no file. */
int overlay_open(struct overlay *overlay, const char *path);
void overlay_close(struct overlay *overlay);

/* What is beyond the file is zero, and what is cut off is lost. -ENOSPC: no disk is so long. */
int overlay_resize(struct overlay *overlay, uint64_t size);

/* All that was written, and each resize. */
int overlay_forget(struct overlay *overlay);

/* All of it, which must be within the disk, or negative errno. The vectors are used up. */
int overlay_read(struct overlay *overlay, struct iovec *vectors, int n, uint64_t at);
int overlay_write(struct overlay *overlay, struct iovec *vectors, int n, uint64_t at);

#endif
