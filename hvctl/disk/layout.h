/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_DISK_LAYOUT_H
#define HVG_HVCTL_DISK_LAYOUT_H

/*
 * A disk as it is found: its size, what its partition table says, what the kernel knows of
 * that, and what is in the partition that is to grow. Sizes and places are in bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_NAME_SIZE 64  /* of a device: "/dev/nvme0n1p1" */
#define DISK_PATH_SIZE 512 /* of a mount point, and of a word of a command */
#define DISK_PARTS_MAX 128 /* what a usual GPT has room for */

/* What was asked for may be no disk, but something that stands on disks. */
enum disk_kind {
	DISK_IS_DISK,
	DISK_IS_LVM, /* a logical volume */
	DISK_IS_CRYPT,
	DISK_IS_RAID,
	DISK_IS_SOMETHING_ELSE,
};

enum disk_table {
	DISK_TABLE_NONE,
	DISK_TABLE_GPT,
	DISK_TABLE_MBR,
	DISK_TABLE_OTHER,
};

struct disk_part {
	unsigned int number;
	char device[DISK_NAME_SIZE];
	uint64_t start, size;
	uint64_t known; /* its size as the kernel has it; 0: the kernel does not know it */
	bool is_extended, is_logical;
};

/* What is in a partition, or on a disk without partitions. */
struct disk_content {
	char device[DISK_NAME_SIZE]; /* "" if the kernel does not know it */
	char type[32];               /* as blkid(8) names it; "" for nothing that is known */
	char mount[DISK_PATH_SIZE];  /* "" if it is not mounted */
	bool is_read_only;
	bool is_spread; /* a btrfs of several disks */
	uint64_t size;  /* that it believes to have; 0 if that is not known */
	uint64_t id;    /* of the device in its btrfs */
};

struct disk_layout {
	char disk[DISK_NAME_SIZE]; /* "/dev/sda" */
	enum disk_kind kind;
	uint64_t size;
	uint64_t sector;
	bool is_ambiguous; /* it looks like several things at once */

	enum disk_table table;
	char table_name[16]; /* as blkid(8) has it */
	uint64_t
		table_end; /* where GPT believes that the disk ends; 0 if that cannot be read */
	unsigned int wanted; /* the partition that was asked for; 0: the last one */
	struct disk_part parts[DISK_PARTS_MAX];
	size_t n_parts;
	bool has_more_parts;

	struct disk_content content; /* of the wanted partition */
	unsigned int tools;          /* 1 << enum disk_tool */
};

/* What grows things, and where Debian has it. */
enum disk_tool {
	DISK_SFDISK,
	DISK_PARTX,
	DISK_RESIZE2FS,
	DISK_XFS_GROWFS,
	DISK_BTRFS,
	DISK_PVRESIZE,
	DISK_N_TOOLS,
};
extern const struct disk_tool_row {
	const char *name, *package;
} disk_tools[DISK_N_TOOLS];

/* The partition that ends last, and the one that is to grow; NULL if there is none. */
const struct disk_part *disk_last_part(const struct disk_layout *layout);
const struct disk_part *disk_wanted_part(const struct disk_layout *layout);

#endif
