// SPDX-License-Identifier: LGPL-2.1-or-later

/* What readers see, with other programs and other threads writing. */

#include "suites.h"
#include "random.h"

#include "pool-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONG_US UINT64_C(20000000)

START_TEST(notices_what_others_append)
{
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	pool_append("b", "2");
	check_value("b", "2");
	ck_assert_int_eq(hvg_poolstore_set(store, "c", "3"), 0);
	ck_assert_str_eq(pool_text(), "a=1 b=2 c=3");
}
END_TEST

START_TEST(notices_what_others_write_over)
{
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	pool_overwrite(0, "b", "2");
	check_none("a");
	check_value("b", "2");
}
END_TEST

/* The clock of files stands still for 4 ms: no luck may be needed, so often. */
START_TEST(notices_a_write_in_the_same_tick_as_ours)
{
	pool_open(0, 0);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
		pool_overwrite(0, "b", "2");
		check_none("a");
		check_value("b", "2");
		pool_overwrite(0, "a", "1");
	}
}
END_TEST

START_TEST(notices_a_second_write_in_the_tick_of_the_first)
{
	pool_open(0, 0);
	pool_append("a", "1");
	check_value("a", "1");
	pool_overwrite(0, "b", "2");
	usleep(200000);
	check_none("a");
	check_value("b", "2");
}
END_TEST

START_TEST(leaves_nothing_to_a_second_look_when_it_changes)
{
	for (int i = 0; i < 50; i++) {
		pool_open(0, 0);
		pool_overwrite(0, "a", "1");
		check_value("a", "1");
		pool_overwrite(0, "b", "2");
		ck_assert_int_eq(hvg_poolstore_set(store, "b", "new"), 0);
		ck_assert_str_eq(pool_text(), "b=new");
		pool_close();
	}
}
END_TEST

START_TEST(notices_a_write_whose_time_was_put_back)
{
	struct timespec times[2];
	struct stat st;

	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	usleep(50000);
	ck_assert_int_eq(stat(pool_path, &st), 0);
	pool_overwrite(0, "b", "2");
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	ck_assert_int_eq(utimensat(AT_FDCWD, pool_path, times, 0), 0);
	check_value("b", "2");
}
END_TEST

/* Whoever may write to a file need not own it: then its time is not ours to set. */
START_TEST(notices_others_in_a_file_that_it_does_not_own)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(pool_path, 0666), 0);
	ck_assert_int_eq(chmod(pool_folder, 0777), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	pool_overwrite(0, "b", "2");
	usleep(200000);
	check_none("a");
	check_value("b", "2");
	pool_close();
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(tells_that_the_content_changed)
{
	uint64_t first, next;

	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_generation(store, true, &first), 0);
	usleep(200000); /* not young any more */
	ck_assert_int_eq(hvg_poolstore_generation(store, true, &first), 0);
	ck_assert_int_eq(hvg_poolstore_generation(store, true, &next), 0);
	ck_assert_uint_eq(next, first);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	ck_assert_int_eq(hvg_poolstore_generation(store, true, &next), 0);
	ck_assert_uint_gt(next, first);
	ck_assert_int_eq(hvg_poolstore_generation(store, true, &first), 0);
	ck_assert_uint_eq(next, first);
	pool_append("b", "2");
	ck_assert_int_eq(hvg_poolstore_generation(store, true, &next), 0);
	ck_assert_uint_gt(next, first);
}
END_TEST

START_TEST(notices_that_the_file_was_replaced)
{
	char other[128];

	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	snprintf(other, sizeof(other), "%s/other", pool_folder);
	ck_assert_int_eq(rename(pool_path, other), 0);
	check_none("a");
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "2"), -ENOENT);
	pool_append("c", "3");
	check_value("c", "3");
	ck_assert_int_eq(hvg_poolstore_set(store, "d", "4"), 0);
	ck_assert_str_eq(pool_text(), "c=3 d=4");
	ck_assert_int_eq(rename(other, pool_path), 0);
	check_value("a", "1");
	check_none("c");
	ck_assert_str_eq(pool_text(), "a=1");
}
END_TEST

START_TEST(waits_for_the_file_to_appear)
{
	ck_assert_int_eq(unlink(pool_path), 0);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_recover(store, NULL), 0);
	ck_assert_str_eq(pool_shown(), "");
	check_none("a");
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), -ENOENT);
	ck_assert_int_eq(hvg_poolstore_unset(store, "a"), -ENOENT);
	ck_assert_int_eq(access(pool_path, F_OK), -1);
	pool_append("a", "1");
	check_value("a", "1");
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "2"), 0);
}
END_TEST

START_TEST(does_not_wait_for_the_disk_when_it_must_not)
{
	struct hvg_pool_record record;
	int fd, r;

	for (int i = 0; i < 50; i++) {
		char key[16];

		snprintf(key, sizeof(key), "key%d", i);
		pool_append(key, "value");
	}
	pool_open(0, 0);
	check_value("key7", "value");
	ck_assert_int_eq(hvg_poolstore_find(store, "key7", false, &record), 0);
	ck_assert_int_eq(hvg_poolstore_rewind(store, false), 0);
	ck_assert_int_eq(hvg_poolstore_at(store, 3, false, &record), 0);

	/* Where a file system can forget a page and say so, there is an answer at once. */
	fd = open(pool_path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(fsync(fd), 0);
	ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	close(fd);
	usleep(50000);
	r = hvg_poolstore_find(store, "key7", false, &record);
	ck_assert(r == 0 || r == -EAGAIN);
	check_value("key7", "value");
	ck_assert_int_eq(hvg_poolstore_find(store, "key7", false, &record), 0);
}
END_TEST

static void *set_in_thread(void *argument)
{
	static int result;

	result = hvg_poolstore_set(argument, "b", "2");
	return &result;
}

START_TEST(reads_while_a_change_waits)
{
	struct pool_holder holder = pool_hold(POOL_FLOCK);
	pthread_t thread;
	void *result;
	int r;

	pool_append("a", "1");
	pool_open(0, LONG_US);
	ck_assert_int_eq(pthread_create(&thread, NULL, set_in_thread, store), 0);
	for (int i = 0; i < 1000; i++) {
		check_value("a", "1");
		check_none("b");
		ck_assert_str_eq(pool_shown(), "a=1");
	}
	r = pthread_tryjoin_np(thread, &result);
	ck_assert_int_eq(r, EBUSY);
	pool_let_go(&holder);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_int_eq(*(int *)result, 0);
	check_value("b", "2");
}
END_TEST

static volatile bool is_over;

/* One assertion for all of it: each one is a system call. */
static void check_whole(const struct hvg_pool_record *record)
{
	const char letter[] = { record->value[0], '\0' };

	ck_assert_uint_eq(strspn(record->value, letter), POOL_VALUE_LENGTH);
	ck_assert_int_eq(record->value[POOL_VALUE_LENGTH], '\0');
}

static void *change_in_thread(void *argument)
{
	char key[16];

	for (unsigned int i = 0; !is_over; i++) {
		snprintf(key, sizeof(key), "key%u", i % 7);
		if (hvg_poolstore_set(argument, key, pool_value(i)) < 0)
			return argument;
		snprintf(key, sizeof(key), "key%u", (i + 3) % 7);
		if (i % 3 == 0 && hvg_poolstore_unset(argument, key) < 0)
			return argument;
	}
	return NULL;
}

START_TEST(never_shows_half_a_change)
{
	struct hvg_pool_record record;
	pthread_t thread;
	void *result;
	char key[16];

	pool_open(0, 0);
	for (unsigned int i = 0; i < 7; i++) {
		snprintf(key, sizeof(key), "key%u", i);
		ck_assert_int_eq(hvg_poolstore_set(store, key, pool_value(i)), 0);
	}
	ck_assert_int_eq(hvg_poolstore_set(store, "still", pool_value(0)), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, change_in_thread, store), 0);
	for (unsigned int i = 0; i < hvg_random_steps(20000); i++) {
		snprintf(key, sizeof(key), "key%u", i % 7);
		if (hvg_poolstore_find(store, key, true, &record) == 0)
			check_whole(&record);
		ck_assert_int_eq(hvg_poolstore_find(store, "still", true, &record), 0);
		check_whole(&record);
		if (i % 10 == 0)
			ck_assert_int_eq(hvg_poolstore_rewind(store, true), 0);
		if (hvg_poolstore_at(store, i % 10, true, &record) == 0)
			check_whole(&record);
	}
	is_over = true;
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_null(result);
}
END_TEST

Suite *hvg_suite_os_poolview(void)
{
	Suite *suite = suite_create("os/poolview");
	TCase *tcase = hvg_suite_case(suite, "poolview");

	tcase_add_checked_fixture(tcase, pool_setup_on_disk, pool_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, notices_what_others_append);
	tcase_add_test(tcase, notices_what_others_write_over);
	tcase_add_test(tcase, notices_a_write_in_the_same_tick_as_ours);
	tcase_add_test(tcase, notices_a_second_write_in_the_tick_of_the_first);
	tcase_add_test(tcase, leaves_nothing_to_a_second_look_when_it_changes);
	tcase_add_test(tcase, notices_a_write_whose_time_was_put_back);
	tcase_add_test(tcase, notices_others_in_a_file_that_it_does_not_own);
	tcase_add_test(tcase, tells_that_the_content_changed);
	tcase_add_test(tcase, notices_that_the_file_was_replaced);
	tcase_add_test(tcase, waits_for_the_file_to_appear);
	tcase_add_test(tcase, does_not_wait_for_the_disk_when_it_must_not);
	tcase_add_test(tcase, reads_while_a_change_waits);
	tcase_add_test(tcase, never_shows_half_a_change);
	return suite;
}
