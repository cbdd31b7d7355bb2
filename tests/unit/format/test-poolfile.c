// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "hvguest/pool.h"

#include <errno.h>
#include <string.h>

START_TEST(lays_records_out_as_the_kernel_tree_does)
{
	uint8_t bytes[HVG_POOL_RECORD_SIZE];

	memset(bytes, 0xff, sizeof(bytes));
	ck_assert_int_eq(hvg_pool_record_encode("key", "value", bytes), 0);
	ck_assert_uint_eq(sizeof(bytes), 2560);
	ck_assert_mem_eq(bytes, "key\0", 4);
	ck_assert_mem_eq(bytes + 512, "value\0", 6);
}
END_TEST

START_TEST(fills_the_rest_of_a_record_with_zeroes)
{
	uint8_t bytes[HVG_POOL_RECORD_SIZE];
	static const uint8_t zeroes[HVG_POOL_RECORD_SIZE];

	memset(bytes, 0xff, sizeof(bytes));
	ck_assert_int_eq(hvg_pool_record_encode("k", "v", bytes), 0);
	ck_assert_mem_eq(bytes + 1, zeroes, 511);
	ck_assert_mem_eq(bytes + 513, zeroes, 2047);
}
END_TEST

START_TEST(reads_fields_that_are_filled_completely)
{
	uint8_t bytes[HVG_POOL_RECORD_SIZE];
	struct hvg_pool_record record;

	memset(bytes, 'k', 512);
	memset(bytes + 512, 'v', 2048);
	hvg_pool_record_decode(bytes, &record);
	ck_assert_uint_eq(strlen(record.key), 512);
	ck_assert_uint_eq(strlen(record.value), 2048);
	ck_assert_int_eq(record.key[511], 'k');
	ck_assert_int_eq(record.value[0], 'v');
}
END_TEST

START_TEST(ends_text_at_the_first_nul)
{
	uint8_t bytes[HVG_POOL_RECORD_SIZE] = "key\0rest";
	struct hvg_pool_record record;

	memcpy(bytes + 512, "value\0rest", 11);
	hvg_pool_record_decode(bytes, &record);
	ck_assert_str_eq(record.key, "key");
	ck_assert_str_eq(record.value, "value");
}
END_TEST

/* Key and value lengths, and what encoding them says. */
static const struct {
	size_t n_key, n_value;
	int result;
} lengths[] = {
	{ 1, 0, 0 },
	{ 511, 2047, 0 },
	{ 0, 1, -EINVAL },
	{ 512, 1, -EMSGSIZE },
	{ 1, 2048, -EMSGSIZE },
	{ 3000, 5000, -EMSGSIZE },
};

START_TEST(refuses_what_leaves_no_room_for_a_nul)
{
	static char key[8192], value[8192];
	uint8_t bytes[HVG_POOL_RECORD_SIZE];
	struct hvg_pool_record record;

	memset(key, 0, sizeof(key));
	memset(value, 0, sizeof(value));
	memset(key, 'k', lengths[_i].n_key);
	memset(value, 'v', lengths[_i].n_value);
	memset(bytes, 0xee, sizeof(bytes));
	ck_assert_int_eq(hvg_pool_record_encode(key, value, bytes), lengths[_i].result);
	if (lengths[_i].result < 0) {
		ck_assert_uint_eq(bytes[0], 0xee);
		return;
	}
	hvg_pool_record_decode(bytes, &record);
	ck_assert_str_eq(record.key, key);
	ck_assert_str_eq(record.value, value);
}
END_TEST

START_TEST(counts_whole_records_only)
{
	ck_assert_uint_eq(hvg_pool_records_in(0), 0);
	ck_assert_uint_eq(hvg_pool_records_in(2559), 0);
	ck_assert_uint_eq(hvg_pool_records_in(2560), 1);
	ck_assert_uint_eq(hvg_pool_records_in(2560 * 10 + 100), 10);
}
END_TEST

static const struct {
	const char *text;
	int result;
	enum hvg_pool pool;
} names[] = {
	{ "external", 0, HVG_POOL_EXTERNAL },
	{ "guest", 0, HVG_POOL_GUEST },
	{ "auto", 0, HVG_POOL_AUTO },
	{ "host", 0, HVG_POOL_AUTO_EXTERNAL },
	{ "internal", 0, HVG_POOL_AUTO_INTERNAL },
	{ "0", 0, HVG_POOL_EXTERNAL },
	{ "3", 0, HVG_POOL_AUTO_EXTERNAL },
	{ "4", 0, HVG_POOL_AUTO_INTERNAL },
	{ "5", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "01", -EINVAL, 0 },
	{ "", -EINVAL, 0 },
	{ "Guest", -EINVAL, 0 },
	{ "guests", -EINVAL, 0 },
};

START_TEST(knows_pools_by_name_and_number)
{
	enum hvg_pool pool = HVG_POOL_AUTO;

	ck_assert_int_eq(hvg_pool_parse(names[_i].text, &pool), names[_i].result);
	ck_assert_int_eq(pool, names[_i].result == 0 ? names[_i].pool : HVG_POOL_AUTO);
}
END_TEST

START_TEST(names_every_pool_and_its_file)
{
	for (unsigned int i = 0; i < HVG_N_POOLS; i++) {
		enum hvg_pool pool = HVG_N_POOLS;
		char expected[] = ".kvp_pool_0";

		expected[sizeof(expected) - 2] = (char)('0' + i);
		ck_assert_str_eq(hvg_pool_file_name((enum hvg_pool)i), expected);
		ck_assert_int_eq(hvg_pool_parse(hvg_pool_name((enum hvg_pool)i), &pool), 0);
		ck_assert_uint_eq(pool, i);
	}
	ck_assert_str_eq(hvg_pool_name((enum hvg_pool)HVG_N_POOLS), "unknown");
	ck_assert_ptr_null(hvg_pool_file_name((enum hvg_pool)HVG_N_POOLS));
	ck_assert_ptr_null(hvg_pool_file_name((enum hvg_pool)-1));
}
END_TEST

Suite *hvg_suite_format_poolfile(void)
{
	Suite *suite = suite_create("format/poolfile");
	TCase *tcase = hvg_suite_case(suite, "poolfile");

	tcase_add_test(tcase, lays_records_out_as_the_kernel_tree_does);
	tcase_add_test(tcase, fills_the_rest_of_a_record_with_zeroes);
	tcase_add_test(tcase, reads_fields_that_are_filled_completely);
	tcase_add_test(tcase, ends_text_at_the_first_nul);
	tcase_add_loop_test(tcase, refuses_what_leaves_no_room_for_a_nul, 0,
		(int)HVG_ELEMENTS(lengths));
	tcase_add_test(tcase, counts_whole_records_only);
	tcase_add_loop_test(tcase, knows_pools_by_name_and_number, 0, (int)HVG_ELEMENTS(names));
	tcase_add_test(tcase, names_every_pool_and_its_file);
	return suite;
}
