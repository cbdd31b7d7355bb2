// SPDX-License-Identifier: LGPL-2.1-or-later

/* Kernels: what is one, and where its pieces and the initrd go. */

#include "suites.h"

#include "host/vm/bytes.h"
#include "host/vm/bzimage.h"
#include "host/vm/layout.h"

#include <errno.h>
#include <string.h>

#define IMAGE  (3 * 512 + 100)
#define MEMORY (32u << 20)

static uint8_t file[4096];
static struct memory memory;
static struct bzimage image;

static void set_up(void)
{
	ck_assert_int_eq(memory_new(&memory, MEMORY), 0);
	memset(file, 0, sizeof(file));
	file[0x1f1] = 2; /* sectors of setup */
	put_le16(file + 0x1fe, 0xaa55);
	file[0x200] = 0xeb;
	file[0x201] = 0x66;
	memcpy(file + 0x202, "HdrS", 4);
	put_le16(file + 0x206, 0x020f);
	put_le32(file + 0x22c, 0x7fffffff);
	put_le16(file + 0x236, 1);
	put_le32(file + 0x238, 2047);
	put_le32(file + 0x260, 1u << 20);
	memset(file + 3 * 512, 0xcc, 100);
}

static void tear_down(void)
{
	memory_free(&memory);
}

START_TEST(is_found_in_the_file)
{
	ck_assert(bzimage_parse(file, IMAGE, &image));
	ck_assert_ptr_eq(image.header, file + 0x1f1);
	ck_assert_uint_eq(image.header_size, 0x268 - 0x1f1);
	ck_assert_ptr_eq(image.code, file + 3 * 512);
	ck_assert_uint_eq(image.code_size, 100);
	ck_assert_uint_eq(image.memory_size, 1u << 20);
	file[0x1f1] = 0; /* means four */
	ck_assert(bzimage_parse(file, sizeof(file), &image));
	ck_assert_ptr_eq(image.code, file + 5 * 512);
}
END_TEST

static const struct {
	size_t at;
	uint8_t value;
} wrong[] = {
	{ 0x1ff, 0 },    /* boot flag */
	{ 0x202, 'h' },  /* magic */
	{ 0x206, 0x0b }, /* an old protocol */
	{ 0x236, 0 },    /* no 64-bit entry */
	{ 0x201, 0x61 }, /* a header that ends before init_size does */
	{ 0x201, 0xcf }, /* and one that runs into the memory map */
	{ 0x1f1, 7 },    /* all setup, no code */
};

START_TEST(is_none_when_something_is_wrong)
{
	file[wrong[_i].at] = wrong[_i].value;
	ck_assert(!bzimage_parse(file, sizeof(file), &image));
}
END_TEST

START_TEST(is_none_when_it_is_cut_off)
{
	ck_assert(!bzimage_parse(file, 1023, &image));
	ck_assert(!bzimage_parse(file, 3 * 512, &image));
	ck_assert(bzimage_parse(file, 3 * 512 + 1, &image));
}
END_TEST

START_TEST(is_laid_out_for_the_kernel)
{
	const uint8_t initrd[5000] = { 'i', [4999] = 'd' };
	const uint8_t *zero;
	uint32_t initrd_at;

	ck_assert(bzimage_parse(file, IMAGE, &image));
	ck_assert_int_eq(bzimage_load(&image, initrd, sizeof(initrd), "quiet", &memory), 0);
	zero = memory.bytes + LAYOUT_ZERO_PAGE;
	ck_assert_mem_eq(memory.bytes + LAYOUT_KERNEL, file + 3 * 512, 100);
	ck_assert_str_eq((char *)memory.bytes + get_le32(zero + 0x228), "quiet");
	initrd_at = get_le32(zero + 0x218);
	ck_assert_uint_eq(initrd_at % 4096, 0);
	ck_assert_uint_eq(get_le32(zero + 0x21c), sizeof(initrd));
	ck_assert_mem_eq(memory.bytes + initrd_at, initrd, sizeof(initrd));
	ck_assert_uint_eq(zero[0x210], 0xff);
	ck_assert_uint_eq(get_le64(zero + 0x70), LAYOUT_ACPI);
	ck_assert_mem_eq(zero + 0x202, "HdrS", 4);
}
END_TEST

START_TEST(knows_the_memory)
{
	const uint8_t *entries = memory.bytes + LAYOUT_ZERO_PAGE + 0x2d0;

	ck_assert(bzimage_parse(file, IMAGE, &image));
	ck_assert_int_eq(bzimage_load(&image, file, 1, "", &memory), 0);
	ck_assert_uint_eq(memory.bytes[LAYOUT_ZERO_PAGE + 0x1e8], 3);
	ck_assert_uint_eq(get_le64(entries + 8), LAYOUT_LOW_END);
	ck_assert_uint_eq(get_le32(entries + 16), 1);
	ck_assert_uint_eq(get_le64(entries + 20), LAYOUT_LOW_END);
	ck_assert_uint_eq(get_le32(entries + 36), 2);
	ck_assert_uint_eq(get_le64(entries + 40), 1u << 20);
	ck_assert_uint_eq(get_le64(entries + 48), MEMORY - (1u << 20));
	ck_assert_uint_eq(get_le32(entries + 56), 1);
}
END_TEST

START_TEST(must_fit)
{
	char long_line[2100];

	ck_assert(bzimage_parse(file, IMAGE, &image));
	ck_assert_int_eq(
		bzimage_load(&image, memory.bytes, MEMORY - (17u << 20), "", &memory), 0);
	ck_assert_int_eq(
		bzimage_load(&image, memory.bytes, MEMORY - (17u << 20) + 1, "", &memory),
		-ENOSPC);
	memset(long_line, 'x', sizeof(long_line));
	long_line[2048] = '\0';
	ck_assert_int_eq(bzimage_load(&image, file, 1, long_line, &memory), -ENOSPC);
	long_line[2047] = '\0';
	ck_assert_int_eq(bzimage_load(&image, file, 1, long_line, &memory), 0);
	image.memory_size = MEMORY;
	ck_assert_int_eq(bzimage_load(&image, file, 1, "", &memory), -ENOSPC);
	image.memory_size = 50;
	ck_assert_int_eq(bzimage_load(&image, file, 1, "", &memory), -ENOSPC);
}
END_TEST

Suite *hvg_suite_host_vm_bzimage(void)
{
	Suite *suite = suite_create("host/vm/bzimage");
	TCase *tcase = hvg_suite_case(suite, "kernel");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, is_found_in_the_file);
	tcase_add_loop_test(
		tcase, is_none_when_something_is_wrong, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tcase, is_none_when_it_is_cut_off);
	tcase_add_test(tcase, is_laid_out_for_the_kernel);
	tcase_add_test(tcase, knows_the_memory);
	tcase_add_test(tcase, must_fit);
	return suite;
}
