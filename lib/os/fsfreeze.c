// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * FIFREEZE and FITHAW act on the superblock behind a descriptor (ioctl_fsfreeze in fs/ioctl.c). Which one
 * that is tells the number of its mount: st_dev is another one on btrfs.
 */

#include "os/fsfreeze.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: the point may be a FIFO that a bind mount covers. */
int hvg_fsfreeze_open(const char *root, const struct hvg_mount *mount)
{
	char point[PATH_MAX], path[PATH_MAX];
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = hvg_mount_unescape(mount->point, point, sizeof(point));
	if (r < 0)
		return r;
	if ((size_t)snprintf(path, sizeof(path), "%s%s", root, point) >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	return hvg_take_fd(&fd);
}

int hvg_fsfreeze_check(int fd, struct hvg_devno dev, const struct hvg_mount *mounts, size_t n)
{
	struct statx found;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &found) < 0)
		return -errno;
	if (!(found.stx_mask & STATX_MNT_ID))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < n; i++)
		if (mounts[i].id == found.stx_mnt_id)
			return hvg_devno_is(mounts[i].dev, dev) ? 0 : -ESTALE;
	return -ESTALE;
}

int hvg_fsfreeze_sync(int fd)
{
	return syncfs(fd) < 0 ? -errno : 0;
}

int hvg_fsfreeze_freeze(int fd)
{
	return ioctl(fd, FIFREEZE, 0) < 0 ? -errno : 0;
}

int hvg_fsfreeze_thaw(int fd)
{
	if (ioctl(fd, FITHAW, 0) == 0)
		return 0;
	return errno == EINVAL ? 0 : -errno;
}
