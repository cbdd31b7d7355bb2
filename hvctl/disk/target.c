// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * From a word to a device number, and from that, by sysfs, to the disk.
 */

#include "hvctl/disk/target.h"

#include "base/cleanup.h"
#include "format/mountinfo.h"
#include "os/mounts.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int devno_of_file(const char *path, struct hvg_devno *ret)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;
	if (!S_ISBLK(status.st_mode))
		return -ENOTBLK;
	*ret = (struct hvg_devno){ major(status.st_rdev), minor(status.st_rdev) };
	return 0;
}

/* A btrfs has a number of its own, and its source is one of its disks. */
static int devno_of_mount(const struct hvg_mount *mount, struct hvg_devno *ret)
{
	char source[PATH_MAX];

	*ret = mount->dev;
	if (mount->dev.major != 0)
		return 0;
	if (!hvg_span_is(mount->type, "btrfs") ||
		hvg_mount_unescape(mount->source, source, sizeof(source)) < 0)
		return 0; /* of no disk, as the caller will see */
	return devno_of_file(source, ret);
}

static bool is_at(const struct hvg_mount *mount, const char *path)
{
	char point[PATH_MAX];

	return hvg_mount_unescape(mount->point, point, sizeof(point)) >= 0 &&
		strcmp(point, path) == 0;
}

static int devno_of_point(const char *word, struct hvg_devno *ret)
{
	_cleanup_(hvg_mounts_done) struct hvg_mounts mounts = { 0 };
	char path[PATH_MAX];
	int r = hvg_mounts_read("/proc/self/mountinfo", &mounts);

	if (r < 0)
		return r;
	if (!realpath(word, path))
		return -errno;
	for (size_t i = mounts.n; i-- > 0;) /* the last one is on top */
		if (is_at(&mounts.list[i], path))
			return devno_of_mount(&mounts.list[i], ret);
	return -ENOTBLK;
}

static int devno_of(const char *word, struct hvg_devno *ret)
{
	char device[PATH_MAX];
	int r = devno_of_file(word, ret);

	if (r == -ENOTBLK)
		return devno_of_point(word, ret);
	if (r != -ENOENT || strchr(word, '/'))
		return r;
	(void)snprintf(device, sizeof(device), "/dev/%s", word);
	return devno_of_file(device, ret);
}

/* The first line of one of the device's files; false, and "", without such a file. */
static bool read_line(const char *device, const char *name, char *ret, size_t ret_size)
{
	char path[PATH_MAX + 32];
	_cleanup_fclose_ FILE *file = NULL;

	ret[0] = '\0';
	(void)snprintf(path, sizeof(path), "%s/%s", device, name);
	file = fopen(path, "re");
	return file && fgets(ret, (int)ret_size, file);
}

static enum disk_kind kind_of(const char *device)
{
	char line[160];

	if (read_line(device, "md/level", line, sizeof(line)))
		return DISK_IS_RAID;
	if (!read_line(device, "dm/uuid", line, sizeof(line)))
		return DISK_IS_DISK;
	if (strncmp(line, "LVM-", 4) == 0)
		return DISK_IS_LVM;
	return strncmp(line, "CRYPT-", 6) == 0 ? DISK_IS_CRYPT : DISK_IS_SOMETHING_ELSE;
}

int disk_target_find(const char *word, struct disk_target *ret)
{
	struct disk_target target = { 0 };
	char link[64], device[PATH_MAX], number[16];
	struct hvg_devno devno;
	int r = devno_of(word, &devno);

	if (r < 0)
		return r;
	(void)snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", devno.major, devno.minor);
	if (!realpath(link, device)) {
		(void)snprintf(
			target.disk, sizeof(target.disk), "%.*s", DISK_NAME_SIZE - 1, word);
		target.kind = DISK_IS_SOMETHING_ELSE;
		*ret = target;
		return 0;
	}
	if (read_line(device, "partition", number, sizeof(number))) {
		target.wanted = (unsigned int)strtoul(number, NULL, 10);
		(void)dirname(device);
	}
	target.kind = kind_of(device);
	(void)snprintf(
		target.disk, sizeof(target.disk), "%.*s", DISK_NAME_SIZE - 1, basename(device));
	*ret = target;
	return 0;
}
