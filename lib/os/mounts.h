/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_MOUNTS_H
#define HVG_OS_MOUNTS_H

/* A mountinfo file, read and parsed. */

#include "format/mountinfo.h"

struct hvg_mounts {
	char *text;
	struct hvg_mount *list;
	size_t n;
};

#define HVG_MOUNTS_PATH "/proc/1/mountinfo"

/* To be given to done in any case; zeroes are empty mounts. */
int hvg_mounts_read(const char *path, struct hvg_mounts *ret);
void hvg_mounts_done(struct hvg_mounts *mounts);

/* All of a small file, NUL-terminated; the caller frees. */
int hvg_file_read(const char *path, char **ret, size_t *ret_size);

#endif
