// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "os/clock.h"
#include "os/poolstamp.h"
#include "pool-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far longer than a file is young. */
#define OLD_US 200000

static struct hvg_poolstamp stamp_of(const char *path)
{
	struct hvg_poolstamp stamp;

	ck_assert_int_eq(hvg_poolstamp_of_path(path, &stamp), 0);
	return stamp;
}

START_TEST(tells_that_there_is_no_file)
{
	struct hvg_poolstamp none = stamp_of("/nowhere"), some = stamp_of(pool_path);

	ck_assert(!none.is_there);
	ck_assert(some.is_there);
	ck_assert(!hvg_poolstamp_is_same_file(&none, &some));
	ck_assert(hvg_poolstamp_is_equal(&none, &none));
	ck_assert_uint_eq(none.young_until_us, 0);
}
END_TEST

START_TEST(is_the_same_by_path_and_by_descriptor)
{
	int fd = open(pool_path, O_RDWR | O_CLOEXEC);
	struct hvg_poolstamp by_path = stamp_of(pool_path), by_fd;

	ck_assert_int_eq(hvg_poolstamp_of_fd(fd, &by_fd), 0);
	ck_assert(hvg_poolstamp_is_equal(&by_path, &by_fd));
	close(fd);
}
END_TEST

START_TEST(changes_with_everything_that_is_done_to_a_file)
{
	struct hvg_poolstamp before, after;
	struct timespec times[2];
	char other[128];
	struct stat st;

	usleep(OLD_US);
	before = stamp_of(pool_path);
	ck_assert_uint_eq(before.young_until_us, 0);
	pool_write(pool_path, "x", 1, 0);
	after = stamp_of(pool_path);
	ck_assert(hvg_poolstamp_is_same_file(&before, &after));
	ck_assert(!hvg_poolstamp_is_equal(&before, &after));

	/* The size as before, and the time put back. */
	usleep(OLD_US);
	before = stamp_of(pool_path);
	ck_assert_int_eq(stat(pool_path, &st), 0);
	pool_write(pool_path, "y", 1, 0);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	ck_assert_int_eq(utimensat(AT_FDCWD, pool_path, times, 0), 0);
	after = stamp_of(pool_path);
	ck_assert(!hvg_poolstamp_is_equal(&before, &after));

	snprintf(other, sizeof(other), "%s/other", pool_folder);
	pool_write(other, "y", 1, 0);
	ck_assert_int_eq(rename(other, pool_path), 0);
	before = stamp_of(pool_path);
	ck_assert(!hvg_poolstamp_is_same_file(&before, &after));
}
END_TEST

START_TEST(holds_for_a_while_if_the_file_was_written_just_now)
{
	struct hvg_poolstamp young, now;
	uint64_t now_us = hvg_clock_now_us();

	pool_write(pool_path, "x", 1, 0);
	young = stamp_of(pool_path);
	ck_assert_uint_gt(young.young_until_us, now_us);
	young.young_until_us = now_us + 60000000;
	now = stamp_of(pool_path);
	ck_assert(hvg_poolstamp_holds(&young, &now));
	young.young_until_us = now_us;
	ck_assert(!hvg_poolstamp_holds(&young, &now));
	young.young_until_us = 0;
	ck_assert(hvg_poolstamp_holds(&young, &now));
	now.size_bytes++;
	ck_assert(!hvg_poolstamp_holds(&young, &now));
}
END_TEST

/* No luck may be needed, so often. */
START_TEST(can_be_set_so_that_no_other_write_has_the_same)
{
	int fd = open(pool_path, O_RDWR | O_CLOEXEC);

	for (int i = 0; i < 200; i++) {
		struct hvg_poolstamp own, after;

		ck_assert_int_eq(pwrite(fd, "x", 1, 0), 1);
		ck_assert_int_eq(hvg_poolstamp_set_own(fd, &own), 0);
		ck_assert_uint_eq(own.young_until_us, 0);
		pool_write(pool_path, "y", 1, 0);
		after = stamp_of(pool_path);
		ck_assert(!hvg_poolstamp_is_equal(&own, &after));
	}
	close(fd);
}
END_TEST

START_TEST(is_young_where_it_cannot_be_set)
{
	struct hvg_poolstamp stamp;
	int fd;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(pool_path, 0666), 0);
	fd = open(pool_path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(pwrite(fd, "x", 1, 0), 1);
	ck_assert_int_eq(hvg_poolstamp_set_own(fd, &stamp), 0);
	ck_assert_uint_gt(stamp.young_until_us, 0);
	close(fd);
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

Suite *hvg_suite_os_poolstamp(void)
{
	Suite *suite = suite_create("os/poolstamp");
	TCase *tcase = hvg_suite_case(suite, "poolstamp");

	tcase_add_checked_fixture(tcase, pool_setup_on_disk, pool_teardown);
	tcase_add_test(tcase, tells_that_there_is_no_file);
	tcase_add_test(tcase, is_the_same_by_path_and_by_descriptor);
	tcase_add_test(tcase, changes_with_everything_that_is_done_to_a_file);
	tcase_add_test(tcase, holds_for_a_while_if_the_file_was_written_just_now);
	tcase_add_test(tcase, can_be_set_so_that_no_other_write_has_the_same);
	tcase_add_test(tcase, is_young_where_it_cannot_be_set);
	return suite;
}
