// SPDX-License-Identifier: LGPL-2.1-or-later

/* That it notices is shown in a virtual machine: nobody sets the clock of this one. */

#include "suites.h"

#include "base/cleanup.h"
#include "os/clockset.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>

START_TEST(says_nothing_while_nobody_sets_the_clock)
{
	_cleanup_close_ int fd = hvg_clockset_open();
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(poll(&ready, 1, 20), 0);
	ck_assert_int_eq(hvg_clockset_read(fd), 0);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}
END_TEST

/* In the kernel's own words: TFD_TIMER_ABSTIME is 1, TFD_TIMER_CANCEL_ON_SET 2. */
START_TEST(is_a_timer_that_is_cancelled)
{
	_cleanup_close_ int fd = hvg_clockset_open();
	char path[64], line[128];
	bool is_cancelled_on_set = false, is_realtime = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		is_realtime |= strcmp(line, "clockid: 0\n") == 0;
		is_cancelled_on_set |= strcmp(line, "settime flags: 03\n") == 0;
	}
	fclose(file);
	ck_assert(is_realtime);
	ck_assert(is_cancelled_on_set);
}
END_TEST

START_TEST(is_in_the_future_for_longer_than_anybody_waits)
{
	_cleanup_close_ int fd = hvg_clockset_open();
	struct itimerspec left;

	ck_assert_int_eq(timerfd_gettime(fd, &left), 0);
	ck_assert_int_ge(left.it_value.tv_sec, INT64_C(100) * 365 * 86400);
}
END_TEST

START_TEST(tells_what_is_no_timer)
{
	_cleanup_close_ int fd = open("/", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(hvg_clockset_read(fd), -EISDIR);
}
END_TEST

START_TEST(tells_the_clock_source)
{
	char name[HVG_CLOCKSOURCE_SIZE];

	hvg_clocksource_name(name);
	ck_assert_uint_lt(strlen(name), HVG_CLOCKSOURCE_SIZE);
	ck_assert_ptr_null(strchr(name, '\n'));
}
END_TEST

Suite *hvg_suite_os_clockset(void)
{
	Suite *suite = suite_create("clockset");
	TCase *tcase = hvg_suite_case(suite, "clockset");

	tcase_add_test(tcase, says_nothing_while_nobody_sets_the_clock);
	tcase_add_test(tcase, is_a_timer_that_is_cancelled);
	tcase_add_test(tcase, is_in_the_future_for_longer_than_anybody_waits);
	tcase_add_test(tcase, tells_what_is_no_timer);
	tcase_add_test(tcase, tells_the_clock_source);
	return suite;
}
