// SPDX-License-Identifier: LGPL-2.1-or-later

/* Which records a change leaves, in which order. */

#include "suites.h"

#include "base/units.h"
#include "pool-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

static const struct {
	const char *before; /* keys, one letter each, with values 1, 2, ... */
	char operation, key;
	const char *after;
} duplicates[] = {
	{ "aba", 's', 'a', "a=new b=2" },
	{ "aab", 's', 'a', "b=3 a=new" },
	{ "baa", 's', 'a', "b=1 a=new" },
	{ "aaaa", 's', 'a', "a=new" },
	{ "aba", 'u', 'a', "b=2" },
	{ "aaaa", 'u', 'a', "" },
	{ "abaca", 'u', 'a', "c=4 b=2" },
	/* The order of the others' duplicates stays: the last one counts. */
	{ "xaa", 'u', 'x', "a=2 a=3" },
	{ "xabaa", 'u', 'x', "a=2 a=4 b=3 a=5" },
	{ "axabab", 'u', 'x', "a=1 b=4 a=3 b=6 a=5" },
	{ "xya", 'u', 'x', "a=3 y=2" },
};

static void append_all(const char *keys)
{
	for (size_t i = 0; keys[i]; i++) {
		char key[2] = { keys[i] }, value[2] = { (char)('1' + i) };

		pool_append(key, value);
	}
}

static void check_duplicates(size_t i)
{
	char key[2] = { duplicates[i].key };

	pool_open(0, 0);
	if (duplicates[i].operation == 's')
		ck_assert_int_eq(hvg_poolstore_set(store, key, "new"), 0);
	else
		ck_assert_int_eq(hvg_poolstore_unset(store, key), 0);
	ck_assert_str_eq(pool_text(), duplicates[i].after);
	ck_assert_str_eq(pool_shown(), duplicates[i].after);
}

START_TEST(leaves_the_right_records_of_duplicates)
{
	append_all(duplicates[_i].before);
	check_duplicates((size_t)_i);
}
END_TEST

/* Steps that leave the number of records leave that, too; the last step cuts it off. */
START_TEST(leaves_the_same_records_before_half_a_record)
{
	append_all(duplicates[_i].before);
	pool_write(pool_path, "torn by its writer", 18, O_APPEND);
	check_duplicates((size_t)_i);
}
END_TEST

START_TEST(has_a_limit_of_records)
{
	pool_append("a", "1");
	pool_append("b", "2");
	pool_open(3, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "c", "3"), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "d", "4"), -ENOSPC);
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "new"), 0);
	ck_assert_str_eq(pool_text(), "a=1 b=new c=3");
	ck_assert_int_eq(hvg_poolstore_unset(store, "a"), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "d", "4"), 0);
}
END_TEST

static uint64_t now_realtime_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

START_TEST(discards_what_is_older_than_the_boot)
{
	uint64_t boot_us = now_realtime_us() + 3600 * HVG_USEC_PER_SEC;

	pool_append("a", "1");
	pool_open(0, 0);
	check_value("a", "1");
	ck_assert_int_eq(hvg_poolstore_discard_stale(store, boot_us), 1);
	check_none("a");
	ck_assert_str_eq(pool_text(), "");
	ck_assert_int_eq(hvg_poolstore_discard_stale(store, boot_us), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "2"), 0);
	ck_assert_str_eq(pool_text(), "b=2");
}
END_TEST

START_TEST(keeps_what_was_written_since_the_boot)
{
	pool_append("a", "1");
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_discard_stale(store,
				 now_realtime_us() - 3600 * HVG_USEC_PER_SEC), 0);
	check_value("a", "1");
}
END_TEST

START_TEST(makes_old_content_fresh_by_setting_the_same_value)
{
	struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	pool_append("a", "1");
	ck_assert_int_eq(utimensat(AT_FDCWD, pool_path, old, 0), 0);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	ck_assert_int_eq(hvg_poolstore_discard_stale(store,
				 now_realtime_us() - 3600 * HVG_USEC_PER_SEC), 0);
	check_value("a", "1");
}
END_TEST

Suite *hvg_suite_os_poolchange(void)
{
	Suite *suite = suite_create("os/poolchange");
	TCase *tcase = hvg_suite_case(suite, "poolchange");

	tcase_add_checked_fixture(tcase, pool_setup, pool_teardown);
	tcase_add_loop_test(tcase, leaves_the_right_records_of_duplicates, 0, (int)HVG_ELEMENTS(duplicates));
	tcase_add_loop_test(tcase, leaves_the_same_records_before_half_a_record, 0,
		(int)HVG_ELEMENTS(duplicates));
	tcase_add_test(tcase, has_a_limit_of_records);
	tcase_add_test(tcase, discards_what_is_older_than_the_boot);
	tcase_add_test(tcase, keeps_what_was_written_since_the_boot);
	tcase_add_test(tcase, makes_old_content_fresh_by_setting_the_same_value);
	return suite;
}
