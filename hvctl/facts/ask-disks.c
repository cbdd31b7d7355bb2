// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * How large a disk says it is, and where its second partition table is, which take root; and how
 * large file systems on disks are.
 */

#include "hvctl/facts/asks.h"

#include "base/cleanup.h"
#include "format/mountinfo.h"
#include "format/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SECTOR 512

/* The sector (of 512 bytes) that ends the disk as its partition table has it; 0 without such a
 * table. */
static uint64_t read_alternate(int fd)
{
	uint8_t header[HVG_GPT_HEADER_SIZE];
	uint64_t alternate;
	int block_size;

	if (ioctl(fd, BLKSSZGET, &block_size) < 0 || block_size < SECTOR)
		return 0;
	if (pread(fd, header, sizeof(header), block_size) != sizeof(header))
		return 0;
	alternate = hvg_gpt_alternate(header, sizeof(header));
	return alternate > 0 ? (alternate + 1) * (uint64_t)(block_size / SECTOR) - 1 : 0;
}

static int ask_open_disk(struct facts *facts, const char *disk, int fd)
{
	uint64_t alternate = read_alternate(fd), sectors = ask_capacity(fd) / SECTOR;
	char path[FACT_PATH_SIZE];
	int r = 0;

	(void)snprintf(path, sizeof(path), "gpt/%.32s/alternate", disk);
	if (alternate > 0)
		r = ask_add(facts, path, "%" PRIu64, alternate);
	(void)snprintf(path, sizeof(path), "scsi/%.32s/sectors", disk);
	if (sectors > 0 && r == 0)
		r = ask_add(facts, path, "%" PRIu64, sectors);
	return r;
}

static int ask_disk(struct facts *facts, const char *disk)
{
	_cleanup_close_ int fd = -EBADF;
	char path[FACT_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "/dev/%.32s", disk);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return ask_open_disk(facts, disk, fd);
	(void)snprintf(path, sizeof(path), "gpt/%.32s/alternate", disk);
	return errno == EACCES ? facts_add(facts, FACT_ERROR, path, "EACCES") : 0;
}

#define DISKS_MAX 256

static int ask_all_disks(struct facts *facts)
{
	char names[DISKS_MAX][32];
	struct facts_child child = { 0 };
	size_t n = 0;
	int r = 0;

	while (n < DISKS_MAX && facts_next_child(facts, "/sys/block", &child))
		if (strncmp(child.name, "sd", 2) == 0)
			(void)snprintf(names[n++], sizeof(names[0]), "%.31s", child.name);
	for (size_t i = 0; i < n && r == 0; i++)
		r = ask_disk(facts, names[i]);
	return r;
}

static int ask_file_system(struct facts *facts, const struct hvg_mount *mount)
{
	char path[FACT_PATH_SIZE], point[4096], source[256];
	struct statvfs status;

	if (hvg_mount_unescape(mount->source, source, sizeof(source)) < 0 ||
		strncmp(source, "/dev/", 5) != 0)
		return 0;
	if (hvg_mount_unescape(mount->point, point, sizeof(point)) < 0 ||
		statvfs(point, &status) < 0)
		return 0;
	(void)snprintf(
		path, sizeof(path), "filesystems/%u:%u", mount->dev.major, mount->dev.minor);
	return ask_add(facts, path, "%" PRIu64, (uint64_t)status.f_blocks * status.f_frsize);
}

int ask_disks(struct facts *facts)
{
	struct fact mountinfo = fact(facts, "/proc/self/mountinfo");
	int r = ask_all_disks(facts);

	for (const char *at = mountinfo.text; *at && r == 0;) {
		size_t size = strcspn(at, "\n");
		struct hvg_mount mount;

		if (hvg_mountinfo_parse(at, size, &mount, 1) == 1)
			r = ask_file_system(facts, &mount);
		at += size + (at[size] == '\n');
	}
	return r;
}
