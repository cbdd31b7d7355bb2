// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/bytes.h"
#include "format/volume.h"

#include <string.h>

static uint8_t bytes[HVG_VOLUME_HEAD_SIZE];

static void put(size_t offset, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[offset + i] = (uint8_t)(value >> (8 * i));
}

static void setup(void)
{
	memset(bytes, 0, sizeof(bytes));
}

START_TEST(finds_the_second_table_of_gpt)
{
	memcpy(bytes, "EFI PART", 8);
	put(32, 0x112345678, 8);
	ck_assert_uint_eq(hvg_gpt_alternate(bytes, HVG_GPT_HEADER_SIZE), 0x112345678);
	ck_assert_uint_eq(hvg_gpt_alternate(bytes, 39), 0);
	bytes[0] = 'e';
	ck_assert_uint_eq(hvg_gpt_alternate(bytes, HVG_GPT_HEADER_SIZE), 0);
}
END_TEST

START_TEST(tells_how_large_a_disk_says_it_is)
{
	static const uint8_t answer[HVG_SCSI_CAPACITY_SIZE] = { 0, 0, 0, 1, 0, 0, 0, 0xff, 0, 0, 0x10, 0 };

	ck_assert_uint_eq(hvg_scsi_bytes(answer, sizeof(answer)), 0x100000100 * 4096);
	ck_assert_uint_eq(hvg_scsi_bytes(answer, 11), 0);
}
END_TEST

static void put_ext(uint32_t low, uint32_t high, uint32_t log_size, uint32_t incompat)
{
	put(1024 + 0x4, low, 4);
	put(1024 + 0x18, log_size, 4);
	put(1024 + 0x38, 0xef53, 2);
	put(1024 + 0x60, incompat, 4);
	put(1024 + 0x150, high, 4);
}

START_TEST(tells_how_large_an_ext_is)
{
	put_ext(25600, 7, 0, 0);
	ck_assert_uint_eq(hvg_ext_bytes(bytes, sizeof(bytes)), 25600 * 1024);
	put_ext(262144, 1, 2, 0x80 | 0x2);
	ck_assert_uint_eq(hvg_ext_bytes(bytes, sizeof(bytes)), ((1ull << 32) + 262144) * 4096);
}
END_TEST

START_TEST(takes_nothing_else_for_an_ext)
{
	put_ext(25600, 0, 7, 0);
	ck_assert_uint_eq(hvg_ext_bytes(bytes, sizeof(bytes)), 0);
	put_ext(25600, 0, 2, 0);
	put(1024 + 0x38, 0xef52, 2);
	ck_assert_uint_eq(hvg_ext_bytes(bytes, sizeof(bytes)), 0);
	put_ext(25600, 0, 2, 0);
	ck_assert_uint_eq(hvg_ext_bytes(bytes, 1024 + 4), 0);
}
END_TEST

START_TEST(tells_how_large_an_xfs_is)
{
	put(0, 4096, 4);
	put(32, 5ull << 32, 8);
	ck_assert_uint_eq(hvg_xfs_bytes(bytes, HVG_XFS_GEOMETRY_SIZE), (5ull << 32) * 4096);
	ck_assert_uint_eq(hvg_xfs_bytes(bytes, 36), 0);
}
END_TEST

Suite *hvg_suite_format_volume(void)
{
	Suite *suite = suite_create("format/volume");
	TCase *tcase = hvg_suite_case(suite, "volume");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, finds_the_second_table_of_gpt);
	tcase_add_test(tcase, tells_how_large_a_disk_says_it_is);
	tcase_add_test(tcase, tells_how_large_an_ext_is);
	tcase_add_test(tcase, takes_nothing_else_for_an_ext);
	tcase_add_test(tcase, tells_how_large_an_xfs_is);
	return suite;
}
