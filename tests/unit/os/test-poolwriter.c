// SPDX-License-Identifier: LGPL-2.1-or-later

/* Steps that fail. */

#include "suites.h"

#include "pool-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

static void check_later(void)
{
	ck_assert_str_eq(pool_text(), "a=1 b=2");
	check_none("c");
	ck_assert_str_eq(pool_shown(), "a=1 b=2");
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "3"), 0);
	ck_assert_str_eq(pool_text(), "a=1 b=3");
}

START_TEST(changes_nothing_when_the_file_may_not_grow)
{
	struct rlimit limit = { 32 * 4096, 32 * 4096 };

	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "2"), 0);
	limit.rlim_cur = 6000;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	/* The journal's pages lie beyond that too, so this is refused before the pool is touched. */
	ck_assert_int_eq(hvg_poolstore_set(store, "c", "3"), -EFBIG);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	check_later();
	ck_assert_int_eq(hvg_poolstore_set(store, "c", "3"), 0);
}
END_TEST

/* A file system of a few pages, seen by this process alone. */
static bool mount_tiny(const char *size)
{
	char options[32];

	if (unshare(CLONE_NEWNS) < 0)
		return false;
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	snprintf(options, sizeof(options), "size=%s", size);
	ck_assert_int_eq(mount("tmpfs", pool_folder, "tmpfs", 0, options), 0);
	pool_write(pool_path, "", 0, O_TRUNC);
	return true;
}

static void fill_up(void)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/ballast", pool_folder);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	while (write(fd, pool_folder, sizeof(pool_folder)) > 0)
		;
	close(fd);
}

START_TEST(changes_nothing_when_the_disk_is_full)
{
	char path[128];

	if (!mount_tiny("256k"))
		return;
	pool_open(0, 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "a", "1"), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "b", "2"), 0);
	fill_up();
	/* b ends in the middle of its second page; c would be torn there. */
	ck_assert_int_eq(hvg_poolstore_set(store, "c", pool_value(0)), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "d", pool_value(0)), -ENOSPC);
	ck_assert_int_eq(hvg_poolstore_unset(store, "c"), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "c", "3"), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "d", "4"), -ENOSPC);
	ck_assert_int_eq(hvg_poolstore_unset(store, "c"), 0);
	check_later();

	snprintf(path, sizeof(path), "%s/ballast", pool_folder);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "c", "3"), 0);
	ck_assert_int_eq(hvg_poolstore_set(store, "d", "4"), 0);
	ck_assert_str_eq(pool_text(), "a=1 b=3 c=3 d=4");
	pool_close();
	ck_assert_int_eq(umount2(pool_folder, MNT_DETACH), 0);
}
END_TEST

Suite *hvg_suite_os_poolwriter(void)
{
	Suite *suite = suite_create("os/poolwriter");
	TCase *tcase = hvg_suite_case(suite, "poolwriter");

	tcase_add_checked_fixture(tcase, pool_setup, pool_teardown);
	tcase_add_test(tcase, changes_nothing_when_the_file_may_not_grow);
	tcase_add_test(tcase, changes_nothing_when_the_disk_is_full);
	return suite;
}
