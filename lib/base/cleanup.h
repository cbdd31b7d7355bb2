/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_BASE_CLEANUP_H
#define HVG_BASE_CLEANUP_H

/*
 * Owners of memory and descriptors that clean up after themselves.
 *
 * A local that owns something says so where it is declared, and hands its charge over with a
 * take macro:
 *
 *	_cleanup_close_ int fd = -EBADF;
 *	...
 *	*ret_fd = hvg_take_fd(&fd);
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f)	__attribute__((cleanup(f)))
#define _cleanup_close_ _cleanup_(hvg_closep)
#define _cleanup_free_	_cleanup_(hvg_freep)
#define _cleanup_fclose_ _cleanup_(hvg_fclosep)
#define _cleanup_closedir_ _cleanup_(hvg_closedirp)

/* Closes a descriptor of ours; errno survives. Always returns -EBADF, the value to store. */
static inline int hvg_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
	return -EBADF;
}

static inline void hvg_closep(int *fd)
{
	*fd = hvg_close(*fd);
}

static inline void hvg_freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void hvg_fclosep(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

static inline void hvg_closedirp(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static inline int hvg_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -EBADF;
	return taken;
}

#define hvg_take_ptr(pointer)                                                                   \
	({                                                                                      \
		__typeof__(pointer) taken_ = (pointer);                                         \
		(pointer) = NULL;                                                               \
		taken_;                                                                         \
	})

#endif
