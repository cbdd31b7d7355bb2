// SPDX-License-Identifier: LGPL-2.1-or-later

/* What the store promises, on real files. */

#include "suites.h"
#include "random.h"

#include "base/units.h"
#include "pool-fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(finds_what_was_set)
{
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "b", ""), 0);
	check_value("a", "1");
	check_value("b", "");
	check_none("c");
	ck_assert_str_eq(pool_text(), "a=1 b=");
}
END_TEST

START_TEST(writes_records_that_others_can_read)
{
	uint8_t expected[HVG_POOL_RECORD_SIZE], bytes[HVG_POOL_RECORD_SIZE];
	FILE *file;

	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "key", "a longer value"), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "key", "short"), 0);
	ck_assert_int_eq(hvg_pool_record_encode("key", "short", expected), 0);
	file = fopen(pool_path, "re");
	ck_assert_uint_eq(fread(bytes, 1, sizeof(bytes), file), sizeof(bytes));
	ck_assert_int_eq(fgetc(file), EOF);
	fclose(file);
	ck_assert_mem_eq(bytes, expected, sizeof(bytes));
}
END_TEST

START_TEST(changes_a_value_in_its_place)
{
	pool_append("a", "1");
	pool_append("b", "2");
	pool_append("c", "3");
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "new"), 0);
	ck_assert_str_eq(pool_text(), "a=1 b=new c=3");
}
END_TEST

START_TEST(fills_the_gap_of_a_removed_record_with_the_last)
{
	pool_append("a", "1");
	pool_append("b", "2");
	pool_append("c", "3");
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_unset(store, "a"), 0);
	ck_assert_str_eq(pool_text(), "c=3 b=2");
	ck_assert_int_eq(hvg_poolstore_unset(store, "b"), 0);
	ck_assert_int_eq(hvg_poolstore_unset(store, "c"), 0);
	ck_assert_str_eq(pool_text(), "");
	ck_assert_int_eq(hvg_poolstore_unset(store, "c"), -ENOENT);
}
END_TEST

START_TEST(finds_the_last_of_duplicates)
{
	pool_append("a", "1");
	pool_append("b", "2");
	pool_append("a", "3");
	pool_append("c", "4");
	pool_open(0, 0);
	check_value("a", "3");
	ck_assert_str_eq(pool_shown(), "a=1 b=2 a=3 c=4");
}
END_TEST

START_TEST(reads_records_without_a_nul)
{
	uint8_t bytes[HVG_POOL_RECORD_SIZE];
	struct hvg_pool_record record;
	char key[HVG_POOL_KEY_SIZE + 1] = { 0 };

	memset(bytes, 'k', HVG_POOL_KEY_SIZE);
	memset(bytes + HVG_POOL_KEY_SIZE, 'v', HVG_POOL_VALUE_SIZE);
	memset(key, 'k', HVG_POOL_KEY_SIZE);
	pool_write(pool_path, bytes, sizeof(bytes), O_APPEND);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_find(store, key, true, &record), 0);
	ck_assert_uint_eq(strlen(record.value), HVG_POOL_VALUE_SIZE);
	ck_assert_int_eq(hvg_poolstore_unset(store, key), 0);
	ck_assert_str_eq(pool_text(), "");
}
END_TEST

START_TEST(refuses_what_no_record_can_hold)
{
	static char large[4096];

	memset(large, 'x', sizeof(large) - 1);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "", "value"), -EINVAL);
	ck_assert_int_eq(hvg_poolstore_set(store, large, "value"), -EMSGSIZE);
	ck_assert_int_eq(hvg_poolstore_set(store, "key", large), -EMSGSIZE);
	ck_assert_int_eq(hvg_poolstore_unset(store, ""), -EINVAL);
	ck_assert_str_eq(pool_text(), "");
}
END_TEST

START_TEST(ignores_an_odd_tail_until_it_appends)
{
	pool_append("a", "1");
	pool_write(pool_path, "torn by its writer", 18, O_APPEND);
	pool_open(0, 0);
	ck_assert_str_eq(pool_shown(), "a=1");
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "2"), 0);
	ck_assert_str_eq(pool_text(), "a=2+18");
	check_none("torn by its writer");
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "3"), 0);
	ck_assert_str_eq(pool_text(), "a=2 b=3");
	check_value("b", "3");
}
END_TEST

START_TEST(lists_the_file_as_it_is)
{
	struct hvg_pool_record record;
	uint32_t n;

	pool_append("a", "1");
	pool_append("b", "2");
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_count(store, true, &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(hvg_poolstore_slot(store, 1, true, &record), 0);
	ck_assert_str_eq(record.key, "b");
	ck_assert_int_eq(hvg_poolstore_slot(store, 2, true, &record), -ENOENT);
	ck_assert_int_eq(hvg_poolstore_slot(store, UINT32_MAX, true, &record), -ENOENT);
	ck_assert_int_eq(hvg_poolstore_unset(store, "a"), 0);
	ck_assert_int_eq(hvg_poolstore_slot(store, 0, true, &record), 0);
	ck_assert_str_eq(record.key, "b");
}
END_TEST

/* Enumerations */

static void append_all(const char *keys)
{
	for (size_t i = 0; keys[i]; i++) {
		char key[2] = { keys[i] }, value[2] = { (char)('1' + i) };

		pool_append(key, value);
	}
}

static const char *at(uint32_t position)
{
	static struct hvg_pool_record record;
	int r = hvg_poolstore_at(store, position, true, &record);

	ck_assert(r == 0 || r == -ENOENT);
	return r == 0 ? record.key : "";
}

START_TEST(shows_what_is_appended_later_the_next_time)
{
	pool_append("a", "1");
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_rewind(store, true), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "2"), 0);
	ck_assert_str_eq(at(0), "a");
	ck_assert_str_eq(at(1), "");
	ck_assert_str_eq(pool_shown(), "a=1 b=2");
}
END_TEST

START_TEST(keeps_positions_while_records_are_removed)
{
	append_all("abcdef");
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_rewind(store, true), 0);
	ck_assert_str_eq(at(0), "a");
	ck_assert_int_eq(hvg_poolstore_unset(store, "a"), 0); /* f lies in its slot now */
	ck_assert_int_eq(hvg_poolstore_unset(store, "c"), 0); /* e lies in its slot now */
	ck_assert_str_eq(at(1), "b");
	ck_assert_str_eq(at(2), "d"); /* a gap: what comes next */
	ck_assert_str_eq(at(3), "d");
	ck_assert_str_eq(at(4), "e");
	ck_assert_str_eq(at(5), "f");
	ck_assert_str_eq(at(6), "");
	ck_assert_str_eq(pool_shown(), pool_text());
}
END_TEST

START_TEST(keeps_positions_when_others_append)
{
	append_all("abcd");
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_rewind(store, true), 0);
	ck_assert_str_eq(at(0), "a");
	ck_assert_int_eq(hvg_poolstore_unset(store, "a"), 0);
	pool_append("e", "5");
	ck_assert_str_eq(at(3), "d");
	ck_assert_str_eq(at(4), "");
	check_value("e", "5");
}
END_TEST

START_TEST(passes_over_records_without_a_key)
{
	static const uint8_t blank[HVG_POOL_RECORD_SIZE];

	pool_write(pool_path, blank, sizeof(blank), O_APPEND);
	pool_append("a", "1");
	pool_write(pool_path, blank, sizeof(blank), O_APPEND);
	pool_write(pool_path, blank, sizeof(blank), O_APPEND);
	pool_append("b", "2");
	pool_write(pool_path, blank, sizeof(blank), O_APPEND);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_rewind(store, true), 0);
	ck_assert_str_eq(at(0), "a");
	ck_assert_str_eq(at(1), "a");
	ck_assert_str_eq(at(2), "b");
	ck_assert_str_eq(at(4), "b");
	ck_assert_str_eq(at(5), "");
}
END_TEST

/* Whatever bytes there are: everything ends, and says the same. */
START_TEST(walks_over_arbitrary_bytes)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);
	static uint8_t bytes[20 * HVG_POOL_RECORD_SIZE];
	size_t size = hvg_random_below(&random, sizeof(bytes) + 1);
	struct hvg_pool_record record;
	uint32_t n, i;

	for (size_t k = 0; k < size; k++)
		bytes[k] = _i % 2 ? (uint8_t)hvg_random_next(&random) :
				    (uint8_t)"ab\0"[hvg_random_below(&random, 3)];
	pool_write(pool_path, bytes, size, O_TRUNC);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_rewind(store, true), 0);
	for (i = 0; hvg_poolstore_at(store, i, true, &record) == 0; i++)
		ck_assert_str_ne(record.key, "");
	ck_assert_int_eq(hvg_poolstore_count(store, true, &n), 0);
	ck_assert_uint_eq(n, size / HVG_POOL_RECORD_SIZE);
	ck_assert_uint_le(i, n);
	for (i = 0; hvg_poolstore_slot(store, i, true, &record) == 0; i++)
		if (record.key[0] != '\0')
			ck_assert_int_eq(hvg_poolstore_find(store, record.key, true, &record), 0);
	ck_assert_uint_eq(i, n);
	ck_assert_int_eq(hvg_poolstore_set(store, "key", "value"), 0);
	check_value("key", "value");
}
END_TEST

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

START_TEST(refuses_a_configuration_that_cannot_work)
{
	struct hvg_poolstore_config config = { 0 };

	ck_assert_int_eq(hvg_poolstore_new(&config, &store), -EINVAL);
	config.path = pool_path;
	ck_assert_int_eq(hvg_poolstore_new(&config, &store), -EINVAL);
	config.journal_path = pool_journal;
	config.max_records = HVG_POOL_MAX_RECORDS + 1;
	ck_assert_int_eq(hvg_poolstore_new(&config, &store), -EINVAL);
	ck_assert_ptr_null(store);
	hvg_poolstore_free(NULL);
}
END_TEST

START_TEST(explains_every_error_differently)
{
	static const int errors[] = { -ELOOP, -EISDIR, -EBADFD, -EACCES, -EFBIG, -ESTALE, -EROFS,
		-ENOENT, -ENOSPC, -EDQUOT, -EIO, -ETIMEDOUT, -EBUSY, -EINVAL, -EMSGSIZE, -EAGAIN,
		-ENOMEM, -EXDEV };

	for (size_t i = 0; i < HVG_ELEMENTS(errors); i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(hvg_poolstore_explain(errors[i]),
				hvg_poolstore_explain(errors[k]));
}
END_TEST

START_TEST(leaks_no_descriptor)
{
	int before = count_descriptors();
	char other[128];

	snprintf(other, sizeof(other), "%s/other", pool_folder);
	for (int i = 0; i < 10; i++) {
		pool_open(0, 0);
		ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
		for (int k = 0; k < 5; k++) {
			ck_assert_int_eq(rename(pool_path, other), 0);
			check_none("a");
			pool_append("b", "2");
			check_value("b", "2");
			ck_assert_int_eq(unlink(pool_path), 0);
			ck_assert_int_eq(mkdir(pool_path, 0755), 0);
			ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), -EISDIR);
			ck_assert_int_eq(rmdir(pool_path), 0);
			ck_assert_int_eq(rename(other, pool_path), 0);
			check_value("a", "1");
		}
		pool_close();
	}
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

Suite *hvg_suite_os_poolstore(void)
{
	Suite *suite = suite_create("os/poolstore");
	TCase *tcase = hvg_suite_case(suite, "poolstore");

	tcase_add_checked_fixture(tcase, pool_setup, pool_teardown);
	tcase_add_test(tcase, finds_what_was_set);
	tcase_add_test(tcase, writes_records_that_others_can_read);
	tcase_add_test(tcase, changes_a_value_in_its_place);
	tcase_add_test(tcase, fills_the_gap_of_a_removed_record_with_the_last);
	tcase_add_test(tcase, finds_the_last_of_duplicates);
	tcase_add_test(tcase, reads_records_without_a_nul);
	tcase_add_test(tcase, refuses_what_no_record_can_hold);
	tcase_add_test(tcase, ignores_an_odd_tail_until_it_appends);
	tcase_add_test(tcase, lists_the_file_as_it_is);
	tcase_add_test(tcase, shows_what_is_appended_later_the_next_time);
	tcase_add_test(tcase, keeps_positions_while_records_are_removed);
	tcase_add_test(tcase, keeps_positions_when_others_append);
	tcase_add_test(tcase, passes_over_records_without_a_key);
	tcase_add_loop_test(tcase, walks_over_arbitrary_bytes, 0, 40);
	tcase_add_test(tcase, refuses_a_configuration_that_cannot_work);
	tcase_add_test(tcase, explains_every_error_differently);
	tcase_add_test(tcase, leaks_no_descriptor);
	return suite;
}
