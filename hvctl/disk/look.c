// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A disk and its partition table. libblkid reads that; what it does not tell, where the second
 * table of GPT is, stands in the first one.
 */

#include "hvctl/disk/look.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/volume.h"
#include "os/program.h"

#include <blkid/blkid.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SECTOR 512 /* what sysfs and libblkid count in, whatever the disk's own is */

/* The kernel. */

uint64_t disk_size(const char *device)
{
	char path[DISK_NAME_SIZE + 32];
	_cleanup_fclose_ FILE *file = NULL;
	uint64_t sectors = 0;

	(void)snprintf(path, sizeof(path), "/sys/class/block/%s/size", device);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%" SCNu64, &sectors) != 1)
		return 0;
	return sectors * SECTOR;
}

int disk_rescan(const char *disk)
{
	static const char *const files[] = { "rescan", "rescan_controller" /* NVMe */ };
	char path[DISK_NAME_SIZE + 64];

	for (size_t i = 0; i < HVG_ELEMENTS(files); i++) {
		_cleanup_close_ int fd = -EBADF;

		(void)snprintf(
			path, sizeof(path), "/sys/class/block/%s/device/%s", disk, files[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || write(fd, "1", 1) < 0)
			return -errno;
		return 1;
	}
	return 0;
}

/* The table. */

static uint64_t table_end_of(int fd, uint64_t sector)
{
	uint8_t header[HVG_GPT_HEADER_SIZE];
	uint64_t alternate;

	if (pread(fd, header, sizeof(header), (off_t)sector) != sizeof(header))
		return 0;
	alternate = hvg_gpt_alternate(header, sizeof(header));
	return alternate > 0 ? (alternate + 1) * sector : 0;
}

static void add_part(blkid_partition found, struct disk_layout *layout)
{
	size_t length = strlen(layout->disk);
	struct disk_part *part = &layout->parts[layout->n_parts];

	if (layout->n_parts == DISK_PARTS_MAX) {
		layout->has_more_parts = true;
		return;
	}
	*part = (struct disk_part){
		.number = (unsigned int)blkid_partition_get_partno(found),
		.start = (uint64_t)blkid_partition_get_start(found) * SECTOR,
		.size = (uint64_t)blkid_partition_get_size(found) * SECTOR,
		.is_extended = blkid_partition_is_extended(found),
		.is_logical = blkid_partition_is_logical(found),
	};
	/* The kernel's disk_name(): "sda1", "nvme0n1p1" */
	(void)snprintf(part->device, sizeof(part->device), "%.48s%s%u", layout->disk,
		isdigit((unsigned char)layout->disk[length - 1]) ? "p" : "", part->number);
	part->known = disk_size(part->device + strlen("/dev/"));
	layout->n_parts++;
}

static void take_table(blkid_probe probe, int fd, struct disk_layout *layout)
{
	blkid_partlist parts = blkid_probe_get_partitions(probe);
	int n = parts ? blkid_partlist_numof_partitions(parts) : 0;

	if (strcmp(layout->table_name, "gpt") == 0)
		layout->table = DISK_TABLE_GPT;
	else
		layout->table = strcmp(layout->table_name, "dos") == 0 ? DISK_TABLE_MBR
								       : DISK_TABLE_OTHER;
	if (layout->table == DISK_TABLE_GPT)
		layout->table_end = table_end_of(fd, layout->sector);
	for (int i = 0; i < n; i++)
		add_part(blkid_partlist_get_partition(parts, i), layout);
}

static int read_disk(int fd, struct disk_layout *layout)
{
	blkid_probe probe = blkid_new_probe();
	const char *name;
	int r;

	if (!probe || blkid_probe_set_device(probe, fd, 0, 0) < 0) {
		blkid_free_probe(probe);
		return -EIO;
	}
	(void)blkid_probe_enable_partitions(probe, 1);
	r = blkid_do_safeprobe(probe);
	layout->is_ambiguous = r == -2;
	if (r == 0 && blkid_probe_lookup_value(probe, "PTTYPE", &name, NULL) == 0) {
		(void)snprintf(layout->table_name, sizeof(layout->table_name), "%s", name);
		take_table(probe, fd, layout);
	}
	blkid_free_probe(probe);
	return r == -1 ? -EIO : 0;
}

/* A shrunk disk has a table that nobody takes for one any more. */
static void take_lost_table(int fd, struct disk_layout *layout)
{
	uint64_t end = table_end_of(fd, layout->sector);

	if (layout->table != DISK_TABLE_GPT && end > layout->size)
		layout->table_end = end;
}

static int look_at_content(int disk, struct disk_layout *layout)
{
	const struct disk_part *part = disk_wanted_part(layout);
	_cleanup_close_ int fd = -EBADF;

	if (layout->table == DISK_TABLE_NONE) {
		disk_look_at_content(disk, layout->disk, &layout->content);
		return 0;
	}
	if (!part || part->is_extended)
		return 0;
	fd = open(part->device, O_RDONLY | O_CLOEXEC);
	if (fd < 0) /* the kernel does not know it yet */
		return errno == ENOENT || errno == ENXIO ? 0 : -errno;
	disk_look_at_content(fd, part->device, &layout->content);
	return 0;
}

static unsigned int look_for_tools(void)
{
	unsigned int tools = 0;

	for (size_t i = 0; i < DISK_N_TOOLS; i++)
		tools |= hvg_program_exists(disk_tools[i].name) ? 1u << i : 0;
	return tools;
}

int disk_look(const struct disk_target *target, struct disk_layout *ret)
{
	_cleanup_close_ int fd = -EBADF;
	int sector, r;

	*ret = (struct disk_layout){
		.kind = target->kind, .wanted = target->wanted, .tools = look_for_tools()
	};
	(void)snprintf(ret->disk, sizeof(ret->disk), "%s%.56s",
		target->disk[0] == '/' ? "" : "/dev/", target->disk);
	if (target->kind != DISK_IS_DISK)
		return 0;
	fd = open(ret->disk, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &ret->size) < 0 ||
		ioctl(fd, BLKSSZGET, &sector) < 0)
		return -errno;
	ret->sector = (uint64_t)sector;
	r = read_disk(fd, ret);
	if (r < 0)
		return r;
	take_lost_table(fd, ret);
	return look_at_content(fd, ret);
}
