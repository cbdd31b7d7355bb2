// SPDX-License-Identifier: LGPL-2.1-or-later

#include "format/volume.h"

#include "base/bytes.h"
#include "base/units.h"

#include <string.h>

/* UEFI specification, 5.3.2: GPT header. */
#define GPT_SIGNATURE   "EFI PART"
#define GPT_ALTERNATE   32

/*
 * The kernel's Documentation/filesystems/ext4/super.rst; the superblock is 1024 bytes behind
 * the start.
 */
#define EXT_SUPER       1024
#define EXT_BLOCKS_LOW  0x4
#define EXT_LOG_SIZE    0x18 /* of a block, above 1024 */
#define EXT_MAGIC       0x38
#define EXT_INCOMPAT    0x60
#define EXT_BLOCKS_HIGH 0x150
#define EXT_IS_EXT      0xef53
#define EXT_64BIT       0x80
#define EXT_LOG_MAX     6 /* 64 KiB: EXT4_MAX_BLOCK_LOG_SIZE less EXT4_MIN_BLOCK_LOG_SIZE */

/*
 * xfsprogs' libxfs/xfs_fs.h: struct xfs_fsop_geom_v1, in the byte order of the machine, which
 * is little-endian.
 */
#define XFS_DATA_BLOCKS 32

/* SBC-4, 5.20: READ CAPACITY (16), big-endian: the last block, and the size of blocks. */
#define SCSI_LAST       0
#define SCSI_BLOCK_SIZE 8

static struct hvg_reader reader_at(const void *bytes, size_t size, size_t offset)
{
	struct hvg_reader reader;

	hvg_reader_init(&reader, bytes, size);
	hvg_read_skip(&reader, offset);
	return reader;
}

static uint32_t le32_at(const void *bytes, size_t size, size_t offset)
{
	struct hvg_reader reader = reader_at(bytes, size, offset);

	return hvg_read_le32(&reader);
}

static uint64_t le64_at(const void *bytes, size_t size, size_t offset)
{
	struct hvg_reader reader = reader_at(bytes, size, offset);

	return hvg_read_le64(&reader);
}

static uint64_t be_at(const void *bytes, size_t size, size_t offset, size_t width)
{
	struct hvg_reader reader = reader_at(bytes, size, offset);
	const uint8_t *at = hvg_read_bytes(&reader, width);
	uint64_t value = 0;

	for (size_t i = 0; at && i < width; i++)
		value = value << 8 | at[i];
	return value;
}

uint64_t hvg_gpt_alternate(const void *header, size_t size)
{
	struct hvg_reader reader = reader_at(header, size, 0);
	const uint8_t *signature = hvg_read_bytes(&reader, strlen(GPT_SIGNATURE));

	if (!signature || memcmp(signature, GPT_SIGNATURE, strlen(GPT_SIGNATURE)) != 0)
		return 0;
	return le64_at(header, size, GPT_ALTERNATE);
}

uint64_t hvg_ext_bytes(const void *head, size_t size)
{
	uint64_t blocks = le32_at(head, size, EXT_SUPER + EXT_BLOCKS_LOW);
	uint32_t log_size = le32_at(head, size, EXT_SUPER + EXT_LOG_SIZE);

	if ((le32_at(head, size, EXT_SUPER + EXT_MAGIC) & 0xffff) != EXT_IS_EXT ||
		log_size > EXT_LOG_MAX)
		return 0;
	if (le32_at(head, size, EXT_SUPER + EXT_INCOMPAT) & EXT_64BIT)
		blocks |= (uint64_t)le32_at(head, size, EXT_SUPER + EXT_BLOCKS_HIGH) << 32;
	return blocks << (10 + log_size);
}

uint64_t hvg_xfs_bytes(const void *geometry, size_t size)
{
	return le32_at(geometry, size, 0) * le64_at(geometry, size, XFS_DATA_BLOCKS);
}

uint64_t hvg_scsi_bytes(const void *capacity, size_t size)
{
	return (be_at(capacity, size, SCSI_LAST, 8) + 1) * be_at(capacity, size, SCSI_BLOCK_SIZE, 4);
}
