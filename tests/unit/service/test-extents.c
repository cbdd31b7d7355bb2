// SPDX-License-Identifier: LGPL-2.1-or-later

/* Ranges, one by one, and then against a map of bytes. */

#include "suites.h"

#include "base/units.h"
#include "random.h"
#include "service/extents.h"

#include <errno.h>
#include <string.h>

static struct hvg_extents extents;

static void setup(void)
{
	memset(&extents, 0, sizeof(extents));
}

START_TEST(is_whole_once_all_is_there)
{
	ck_assert(hvg_extents_are_whole(&extents, 0));
	ck_assert(!hvg_extents_are_whole(&extents, 1));
	ck_assert_int_eq(hvg_extents_add(&extents, 0, 10), 0);
	ck_assert_int_eq(hvg_extents_add(&extents, 10, 20), 0);
	ck_assert(!hvg_extents_are_whole(&extents, 0));
	ck_assert(!hvg_extents_are_whole(&extents, 19));
	ck_assert(hvg_extents_are_whole(&extents, 20));
	ck_assert(!hvg_extents_are_whole(&extents, 21));
	ck_assert_uint_eq(extents.n, 1);
}
END_TEST

START_TEST(knows_a_gap)
{
	hvg_extents_add(&extents, 0, 10);
	hvg_extents_add(&extents, 11, 20);
	ck_assert(!hvg_extents_are_whole(&extents, 20));
	ck_assert_uint_eq(hvg_extents_bytes(&extents), 19);
	hvg_extents_add(&extents, 10, 11);
	ck_assert(hvg_extents_are_whole(&extents, 20));
}
END_TEST

START_TEST(begins_at_the_beginning)
{
	hvg_extents_add(&extents, 1, 20);
	ck_assert(!hvg_extents_are_whole(&extents, 20));
	hvg_extents_add(&extents, 0, 1);
	ck_assert(hvg_extents_are_whole(&extents, 20));
}
END_TEST

START_TEST(holds_the_largest_file)
{
	hvg_extents_add(&extents, 0, UINT64_MAX);
	ck_assert(hvg_extents_are_whole(&extents, UINT64_MAX));
}
END_TEST

START_TEST(has_a_limit)
{
	for (uint64_t i = 0; i < HVG_EXTENTS_MAX; i++)
		ck_assert_int_eq(hvg_extents_add(&extents, 4 * i, 4 * i + 1), 0);
	ck_assert_int_eq(hvg_extents_add(&extents, 1000, 1001), -ENOSPC);
	ck_assert_int_eq(hvg_extents_add(&extents, 2, 3), -ENOSPC);
	ck_assert_uint_eq(hvg_extents_bytes(&extents), HVG_EXTENTS_MAX);
	ck_assert_int_eq(hvg_extents_add(&extents, 1, 4), 0); /* joins two */
	ck_assert_uint_eq(extents.n, HVG_EXTENTS_MAX - 1);
	ck_assert_int_eq(hvg_extents_add(&extents, 0, 1000), 0);
	ck_assert(hvg_extents_are_whole(&extents, 1000));
}
END_TEST

#define MAP 200

static void compare(const bool map[static MAP])
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < MAP; i++)
		bytes += map[i];
	ck_assert_uint_eq(hvg_extents_bytes(&extents), bytes);
	for (unsigned int i = 0; i < extents.n; i++) {
		ck_assert_uint_lt(extents.at[i].begin, extents.at[i].end);
		if (i > 0)
			ck_assert_uint_lt(extents.at[i - 1].end, extents.at[i].begin);
		for (uint64_t at = extents.at[i].begin; at < extents.at[i].end; at++)
			ck_assert(map[at]);
	}
}

START_TEST(agrees_with_a_map_of_bytes)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);

	for (unsigned int round = hvg_random_steps(200); round > 0; round--) {
		bool map[MAP] = { false };

		setup();
		for (unsigned int i = 0; i < 40; i++) {
			unsigned int begin = hvg_random_below(&random, MAP - 1);
			unsigned int n = 1 + hvg_random_below(&random, 8);
			unsigned int end = HVG_MIN(begin + n, (unsigned int)MAP);

			ck_assert_int_eq(hvg_extents_add(&extents, begin, end), 0);
			memset(map + begin, true, end - begin);
			compare(map);
		}
	}
}
END_TEST

Suite *hvg_suite_service_extents(void)
{
	Suite *suite = suite_create("service/extents");
	TCase *tcase = hvg_suite_case(suite, "extents");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, is_whole_once_all_is_there);
	tcase_add_test(tcase, knows_a_gap);
	tcase_add_test(tcase, begins_at_the_beginning);
	tcase_add_test(tcase, holds_the_largest_file);
	tcase_add_test(tcase, has_a_limit);
	tcase_add_loop_test(tcase, agrees_with_a_map_of_bytes, 0, 4);
	return suite;
}
