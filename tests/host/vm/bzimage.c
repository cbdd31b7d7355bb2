// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The kernel goes to its preferred address, the initrd to the end of memory, and what the
 * kernel must know of both into the zero page (struct boot_params).
 */

#include "host/vm/bzimage.h"
#include "host/vm/bytes.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <string.h>

#define SECTOR               512
#define HEADER_AT            0x1f1 /* in the file, and in the zero page */

/* In the file and in the zero page alike. */
#define AT_SETUP_SECTORS     0x1f1
#define AT_BOOT_FLAG         0x1fe
#define AT_JUMP              0x201 /* the header ends so many bytes after 0x202 */
#define AT_MAGIC             0x202
#define AT_VERSION           0x206
#define AT_LOADER            0x210
#define AT_RAMDISK           0x218
#define AT_RAMDISK_SIZE      0x21c
#define AT_COMMAND_LINE      0x228
#define AT_RAMDISK_MAX       0x22c
#define AT_XLOADFLAGS        0x236
#define AT_COMMAND_LINE_SIZE 0x238
#define AT_INIT_SIZE         0x260
#define MIN_HEADER_END       0x264

/* In the zero page. */
#define AT_ACPI_RSDP         0x070
#define AT_E820_ENTRIES      0x1e8
#define AT_E820              0x2d0

#define VERSION_XLOADFLAGS   0x020c
#define XLF_KERNEL_64        1
#define LOADER_UNKNOWN       0xff

#define E820_RAM             1
#define E820_RESERVED        2

bool bzimage_parse(const uint8_t *bytes, size_t size, struct bzimage *ret)
{
	size_t sectors, header_end, code_at;

	if (size < 2 * SECTOR || get_le16(bytes + AT_BOOT_FLAG) != 0xaa55 ||
		memcmp(bytes + AT_MAGIC, "HdrS", 4) != 0)
		return false;
	if (get_le16(bytes + AT_VERSION) < VERSION_XLOADFLAGS ||
		!(get_le16(bytes + AT_XLOADFLAGS) & XLF_KERNEL_64))
		return false;
	sectors = bytes[AT_SETUP_SECTORS] ? bytes[AT_SETUP_SECTORS] : 4;
	header_end = AT_MAGIC + (size_t)bytes[AT_JUMP];
	code_at = (sectors + 1) * SECTOR;
	if (header_end < MIN_HEADER_END || header_end > AT_E820 || code_at >= size)
		return false;
	*ret = (struct bzimage){
		.header = bytes + HEADER_AT,
		.header_size = header_end - HEADER_AT,
		.code = bytes + code_at,
		.code_size = size - code_at,
		.memory_size = get_le32(bytes + AT_INIT_SIZE),
	};
	return true;
}

static void put_region(uint8_t *zero_page, uint64_t begin, uint64_t end, uint32_t type)
{
	uint8_t *at = zero_page + AT_E820 + 20 * zero_page[AT_E820_ENTRIES]++;

	put_le64(at, begin);
	put_le64(at + 8, end - begin);
	put_le32(at + 16, type);
}

static void fill_zero_page(
	uint8_t *zero_page, const struct bzimage *image, uint64_t memory_size)
{
	memset(zero_page, 0, LAYOUT_PAGE);
	memcpy(zero_page + HEADER_AT, image->header, image->header_size);
	zero_page[AT_LOADER] = LOADER_UNKNOWN;
	put_le32(zero_page + AT_COMMAND_LINE, LAYOUT_COMMAND_LINE);
	put_le64(zero_page + AT_ACPI_RSDP, LAYOUT_ACPI);
	put_region(zero_page, 0, LAYOUT_LOW_END, E820_RAM);
	put_region(zero_page, LAYOUT_LOW_END, LAYOUT_HIGH_START, E820_RESERVED);
	put_region(zero_page, LAYOUT_HIGH_START, memory_size, E820_RAM);
}

int bzimage_load(const struct bzimage *image, const uint8_t *initrd, size_t initrd_size,
	const char *command_line, const struct memory *memory)
{
	uint64_t kernel_end = LAYOUT_KERNEL + image->memory_size, initrd_at;
	uint8_t *zero_page = memory_at(memory, LAYOUT_ZERO_PAGE, LAYOUT_PAGE);
	size_t length = strlen(command_line);

	if (!zero_page || kernel_end > memory->size || image->code_size > image->memory_size ||
		initrd_size > memory->size - kernel_end)
		return -ENOSPC;
	initrd_at = (memory->size - initrd_size) & ~(uint64_t)(LAYOUT_PAGE - 1);
	fill_zero_page(zero_page, image, memory->size);
	if (initrd_at < kernel_end || length > get_le32(zero_page + AT_COMMAND_LINE_SIZE) ||
		memory->size - 1 > get_le32(zero_page + AT_RAMDISK_MAX))
		return -ENOSPC;
	put_le32(zero_page + AT_RAMDISK, (uint32_t)initrd_at);
	put_le32(zero_page + AT_RAMDISK_SIZE, (uint32_t)initrd_size);
	memcpy(memory->bytes + LAYOUT_KERNEL, image->code, image->code_size);
	memcpy(memory->bytes + initrd_at, initrd, initrd_size);
	memcpy(memory->bytes + LAYOUT_COMMAND_LINE, command_line, length + 1);
	return 0;
}
