/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_NETFILE_H
#define HVG_OS_NETFILE_H

/*
 * Small files that are replaced as a whole, so that whoever looks, even after a loss of power, sees
 * the old one or the new one.
 */

#include <stddef.h>
#include <sys/types.h>

/* More than any configuration of a network. */
#define HVG_NETFILE_MAX (1024 * 1024)

/* All of a file with a NUL behind it, which the caller frees. -ENOENT, -EFBIG; -EBADF if it is no file. */
int hvg_netfile_read(const char *path, char **ret_text, size_t *ret_size);

/*
 * Replaces a file, or creates it with mode; one that was there keeps its mode and owner. A symbolic
 * link stays, and what it leads to is replaced. Folders above are created.
 */
int hvg_netfile_write(const char *path, const char *text, size_t size, mode_t mode);

/* 0 also if there is none. */
int hvg_netfile_remove(const char *path);

/* The folder that a path is in: created with those above it; flushed to the disk. */
int hvg_netfile_make_folder_of(const char *path);
int hvg_netfile_flush_folder_of(const char *path);

#endif
