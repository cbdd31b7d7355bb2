// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What is in a partition, where it is mounted, and how large it believes to be. XFS and btrfs
 * are asked: what they have on the disk may be older than what they know.
 */

#include "hvctl/disk/look.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/mountinfo.h"
#include "format/volume.h"
#include "os/mounts.h"
#include "os/program.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void look_for_type(int fd, struct disk_content *content)
{
	blkid_probe probe = blkid_new_probe();
	const char *type;

	if (probe && blkid_probe_set_device(probe, fd, 0, 0) == 0 &&
		blkid_do_safeprobe(probe) == 0 &&
		blkid_probe_lookup_value(probe, "TYPE", &type, NULL) == 0)
		(void)snprintf(content->type, sizeof(content->type), "%s", type);
	blkid_free_probe(probe);
}

/* Mounts. */

static bool is_block_device(const char *path, struct hvg_devno dev)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISBLK(status.st_mode) &&
		hvg_devno_is((struct hvg_devno){ major(status.st_rdev), minor(status.st_rdev) },
			dev);
}

/* A btrfs has a number of its own. */
static bool is_mount_of(const struct hvg_mount *mount, struct hvg_devno dev)
{
	char source[PATH_MAX];

	if (hvg_devno_is(mount->dev, dev))
		return true;
	return hvg_span_is(mount->type, "btrfs") &&
		hvg_mount_unescape(mount->source, source, sizeof(source)) >= 0 &&
		is_block_device(source, dev);
}

static void look_for_mount(int fd, struct disk_content *content)
{
	_cleanup_(hvg_mounts_done) struct hvg_mounts mounts = { 0 };
	struct stat status;
	struct hvg_devno dev;

	if (fstat(fd, &status) < 0 || hvg_mounts_read("/proc/self/mountinfo", &mounts) < 0)
		return;
	dev = (struct hvg_devno){ major(status.st_rdev), minor(status.st_rdev) };
	for (size_t i = 0; i < mounts.n && *content->mount == '\0'; i++) {
		const struct hvg_mount *mount = &mounts.list[i];

		if (!is_mount_of(mount, dev) ||
			!hvg_mount_is_reachable(mount, mounts.list, mounts.n))
			continue;
		if (hvg_mount_unescape(mount->point, content->mount, sizeof(content->mount)) <
			0)
			content->mount[0] = '\0';
		content->is_read_only = hvg_mount_has_super_option(mount, "ro");
	}
}

/* Sizes. */

static uint64_t size_of_xfs(int folder)
{
	uint8_t geometry[HVG_XFS_GEOMETRY_SIZE];

	if (ioctl(folder, _IOR('X', 100, uint8_t[HVG_XFS_GEOMETRY_SIZE]), geometry) <
		0) /* XFS_IOC_FSGEOMETRY_V1 */
		return 0;
	return hvg_xfs_bytes(geometry, sizeof(geometry));
}

/* Of a btrfs with one device that has the highest number. */
static void look_at_btrfs(int folder, struct disk_content *content)
{
	struct btrfs_ioctl_fs_info_args info = { 0 };
	struct btrfs_ioctl_dev_info_args device = { 0 };

	if (ioctl(folder, BTRFS_IOC_FS_INFO, &info) < 0)
		return;
	content->is_spread = info.num_devices > 1;
	content->id = device.devid = info.max_id;
	if (!content->is_spread && ioctl(folder, BTRFS_IOC_DEV_INFO, &device) == 0)
		content->size = device.total_bytes;
}

static void look_from_inside(struct disk_content *content)
{
	_cleanup_close_ int folder = open(content->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (strcmp(content->type, "xfs") == 0)
		content->size = size_of_xfs(folder);
	else if (strcmp(content->type, "btrfs") == 0)
		look_at_btrfs(folder, content);
}

static void look_from_outside(int fd, struct disk_content *content)
{
	uint8_t head[HVG_VOLUME_HEAD_SIZE];

	if (pread(fd, head, sizeof(head), 0) != sizeof(head))
		return;
	if (strncmp(content->type, "ext", 3) == 0)
		content->size = hvg_ext_bytes(head, sizeof(head));
}

/*
 * What is at the front of a physical volume tells the size that it was made with, so LVM is
 * asked. Up to an extent at the end may belong to none.
 */
static uint64_t size_of_pv(const char *device)
{
	char words[][DISK_NAME_SIZE] = { "pvs", "--noheadings", "--nosuffix", "--units", "b",
		"--options", "pe_start,pv_size,vg_extent_size,dev_size", "" };
	char *argv[HVG_ELEMENTS(words) + 1] = { 0 };
	_cleanup_free_ char *said = NULL;
	uint64_t start, size, extent, all;
	char *rest, *line;

	(void)snprintf(words[HVG_ELEMENTS(words) - 1], DISK_NAME_SIZE, "%s", device);
	for (size_t i = 0; i < HVG_ELEMENTS(words); i++)
		argv[i] = words[i];
	if (hvg_program_run(argv, NULL, &said) != 0)
		return 0;
	for (rest = said; (line = strsep(&rest, "\n"));) /* there may be warnings before it */
		if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &start, &size,
			    &extent, &all) == 4)
			return HVG_MIN(start + size + extent, all);
	return 0;
}

void disk_look_at_content(int fd, const char *device, struct disk_content *ret)
{
	(void)snprintf(ret->device, sizeof(ret->device), "%s", device);
	look_for_type(fd, ret);
	look_for_mount(fd, ret);
	look_from_outside(fd, ret);
	if (strcmp(ret->type, "LVM2_member") == 0)
		ret->size = size_of_pv(device);
	if (*ret->mount)
		look_from_inside(ret);
}
