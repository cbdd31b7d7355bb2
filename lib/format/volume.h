/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FORMAT_VOLUME_H
#define HVG_FORMAT_VOLUME_H

/*
 * How far a disk, a partition table or a file system believes to reach. libblkid tells that of
 * file systems since 2.39; Debian 12 has 2.38.
 *
 * Each takes bytes that were read, and answers 0 if they are no such thing, or too few.
 */

#include <stddef.h>
#include <stdint.h>

/* Of the first header of GPT, in block 1 of a disk: the block that has the second one. */
#define HVG_GPT_HEADER_SIZE 92
uint64_t hvg_gpt_alternate(const void *header, size_t size);

/* In bytes, from the first HVG_VOLUME_HEAD_SIZE bytes of ext2, ext3 or ext4. */
#define HVG_VOLUME_HEAD_SIZE 4096
uint64_t hvg_ext_bytes(const void *head, size_t size);

/* In bytes, from what XFS_IOC_FSGEOMETRY_V1 answers. */
#define HVG_XFS_GEOMETRY_SIZE 112
uint64_t hvg_xfs_bytes(const void *geometry, size_t size);

/* In bytes, from what a disk answers to READ CAPACITY (16). */
#define HVG_SCSI_CAPACITY_SIZE 32
uint64_t hvg_scsi_bytes(const void *capacity, size_t size);

#endif
