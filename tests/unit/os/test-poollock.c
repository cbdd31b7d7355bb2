// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "os/clock.h"
#include "os/poollock.h"
#include "pool-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define SHORT_US UINT64_C(100000)
#define LONG_US	 UINT64_C(20000000)

static int open_pool(void)
{
	int fd = open(pool_path, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Whether another process could take that lock. */
static bool is_free(enum pool_lock kind)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open_pool(), r;

	if (kind == POOL_FLOCK)
		r = flock(fd, LOCK_EX | LOCK_NB);
	else
		r = fcntl(fd, kind == POOL_POSIX_LOCK ? F_SETLK : F_OFD_SETLK, &lock);
	close(fd);
	return r == 0;
}

START_TEST(excludes_everybody)
{
	int fd = open_pool();

	ck_assert(is_free((enum pool_lock)_i));
	ck_assert_int_eq(hvg_poollock_take(fd, hvg_clock_now_us() + SHORT_US), 0);
	ck_assert(!is_free((enum pool_lock)_i));
	hvg_poollock_release(fd);
	ck_assert(is_free((enum pool_lock)_i));
	close(fd);
}
END_TEST

START_TEST(gives_up_when_its_time_is_over)
{
	struct pool_holder holder = pool_hold((enum pool_lock)_i);
	uint64_t begin = hvg_clock_now_us();
	int fd = open_pool();

	ck_assert_int_eq(hvg_poollock_take(fd, begin + SHORT_US), -ETIMEDOUT);
	ck_assert_uint_ge(hvg_clock_now_us() - begin, SHORT_US);
	ck_assert_uint_lt(hvg_clock_now_us() - begin, LONG_US);
	for (enum pool_lock kind = POOL_FLOCK; kind < POOL_N_LOCKS; kind++)
		if ((kind == POOL_FLOCK) != (_i == POOL_FLOCK))
			ck_assert(is_free(kind)); /* what it had got it has given back */
	pool_let_go(&holder);
	ck_assert_int_eq(hvg_poollock_take(fd, hvg_clock_now_us() + LONG_US), 0);
	close(fd);
}
END_TEST

START_TEST(tries_once_even_if_its_time_is_over)
{
	int fd = open_pool();

	ck_assert_int_eq(hvg_poollock_take(fd, 0), 0);
	close(fd);
}
END_TEST

START_TEST(needs_a_file_that_is_open_for_writing)
{
	int fd = open(pool_path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(hvg_poollock_take(fd, 0), -EBADF);
	ck_assert(is_free(POOL_FLOCK));
	close(fd);
}
END_TEST

Suite *hvg_suite_os_poollock(void)
{
	Suite *suite = suite_create("os/poollock");
	TCase *tcase = hvg_suite_case(suite, "poollock");

	tcase_add_checked_fixture(tcase, pool_setup, pool_teardown);
	tcase_add_loop_test(tcase, excludes_everybody, POOL_FLOCK, POOL_N_LOCKS);
	tcase_add_loop_test(tcase, gives_up_when_its_time_is_over, POOL_FLOCK, POOL_N_LOCKS);
	tcase_add_test(tcase, tries_once_even_if_its_time_is_over);
	tcase_add_test(tcase, needs_a_file_that_is_open_for_writing);
	return suite;
}
