// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "os/mounts.h"
#include "os/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(reads_the_mounts_of_a_process)
{
	struct hvg_mounts mounts = { 0 };

	ck_assert_int_eq(hvg_mounts_read("/proc/self/mountinfo", &mounts), 0);
	ck_assert_uint_gt(mounts.n, 1);
	ck_assert_ptr_nonnull(hvg_mount_of_path("/proc/self", mounts.list, mounts.n));
	hvg_mounts_done(&mounts);
	ck_assert_ptr_null(mounts.text);
}
END_TEST

START_TEST(reads_more_mounts_than_a_page_holds)
{
	struct hvg_mounts mounts = { 0 };
	FILE *file;

	hvg_sandbox_enter(CLONE_NEWNS);
	file = fopen("/run/mountinfo", "we");
	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 5000; i++)
		fprintf(file, "%d 1 8:%d / /mnt/%d rw - ext4 /dev/sd rw\n", i, i, i);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(hvg_mounts_read("/run/mountinfo", &mounts), 0);
	ck_assert_uint_eq(mounts.n, 5000);
	ck_assert_uint_eq(mounts.list[4999].dev.minor, 4999);
	hvg_mounts_done(&mounts);
}
END_TEST

START_TEST(tells_that_there_is_no_such_file)
{
	struct hvg_mounts mounts = { 0 };

	ck_assert_int_eq(hvg_mounts_read("/proc/self/nothing", &mounts), -ENOENT);
	hvg_mounts_done(&mounts);
}
END_TEST

START_TEST(reads_an_empty_file)
{
	struct hvg_mounts mounts = { 0 };

	ck_assert_int_eq(hvg_mounts_read("/dev/null", &mounts), 0);
	ck_assert_uint_eq(mounts.n, 0);
	hvg_mounts_done(&mounts);
}
END_TEST

Suite *hvg_suite_os_mounts(void)
{
	Suite *suite = suite_create("mounts");
	TCase *tcase = hvg_suite_case(suite, "mounts");

	tcase_add_test(tcase, reads_the_mounts_of_a_process);
	tcase_add_test(tcase, reads_more_mounts_than_a_page_holds);
	tcase_add_test(tcase, tells_that_there_is_no_such_file);
	tcase_add_test(tcase, reads_an_empty_file);
	return suite;
}
