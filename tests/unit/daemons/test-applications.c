// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "hv-vssd/applications.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct fixture {
	sd_event *event;
	struct vssd_applications list;
	unsigned int n_changed, n_ready;
	char laggard[VSSD_APPLICATION_NAME_MAX + 1];
} fixture;

static void on_changed(void *userdata)
{
	fixture.n_changed++;
}

static void on_ready(void *userdata, const char *laggard)
{
	fixture.n_ready++;
	(void)strcpy(fixture.laggard, laggard ? laggard : "");
}

static void set_up(void)
{
	fixture = (struct fixture){ .list = { .changed = on_changed, .ready = on_ready } };
	ck_assert_int_ge(sd_event_new(&fixture.event), 0);
	ck_assert_int_ge(vssd_applications_init(&fixture.list, fixture.event), 0);
}

static void tear_down(void)
{
	vssd_applications_done(&fixture.list);
	ck_assert_uint_eq(fixture.list.n, 0);
	sd_event_unref(fixture.event);
}

static int add(const char *name)
{
	int fd;

	ck_assert_int_eq(vssd_applications_add(&fixture.list, name, &fd), 0);
	return fd;
}

/* All that has happened; waits for one thing at least if it is to come in the future. */
static void run(uint64_t span_us)
{
	while (sd_event_run(fixture.event, span_us) > 0)
		span_us = 0;
}

START_TEST(forgets_who_closes_its_descriptor)
{
	int one = add("one"), two = add("two"), copy = dup(one);

	ck_assert_uint_eq(fixture.list.n, 2);
	close(one);
	run(0);
	ck_assert_uint_eq(fixture.list.n, 2); /* there is a copy, in a child perhaps */
	close(copy);
	run(0);
	ck_assert_uint_eq(fixture.list.n, 1);
	ck_assert_uint_eq(fixture.n_changed, 3);
	ck_assert_uint_eq(fixture.n_ready, 0);
	close(two);
}
END_TEST

START_TEST(asks_nobody_if_there_is_nobody)
{
	ck_assert(!vssd_applications_ask(&fixture.list, HVG_USEC_PER_SEC));
	run(0);
	ck_assert_uint_eq(fixture.n_ready, 0);
}
END_TEST

START_TEST(is_ready_when_the_last_one_is)
{
	int one = add("one"), two = add("two"), late;

	ck_assert(vssd_applications_ask(&fixture.list, 100 * HVG_USEC_PER_SEC));
	late = add("late");
	close(two);
	run(0);
	ck_assert_uint_eq(fixture.n_ready, 0);
	close(one);
	run(0);
	ck_assert_uint_eq(fixture.n_ready, 1);
	ck_assert_str_eq(fixture.laggard, "");
	ck_assert_uint_eq(fixture.list.n, 1);
	close(late);
	run(0);
	ck_assert_uint_eq(fixture.n_ready, 1);
}
END_TEST

START_TEST(names_one_that_is_too_late_and_forgets_it)
{
	int one = add("one"), two = add("two");

	ck_assert(vssd_applications_ask(&fixture.list, 1000));
	close(two);
	run(0);
	run(10 * HVG_USEC_PER_SEC);
	ck_assert_uint_eq(fixture.n_ready, 1);
	ck_assert_str_eq(fixture.laggard, "one");
	ck_assert_uint_eq(fixture.list.n, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq((int)write(one, "", 1), -1); /* that is how it knows */
	ck_assert_int_eq(errno, EPIPE);
	close(one);
	run(0);
	ck_assert_uint_eq(fixture.n_ready, 1);
}
END_TEST

START_TEST(keeps_who_was_asked_in_vain)
{
	int one = add("one");

	ck_assert(vssd_applications_ask(&fixture.list, 1000));
	vssd_applications_cancel(&fixture.list);
	run(10 * HVG_USEC_PER_MSEC);
	ck_assert_uint_eq(fixture.n_ready, 0);
	ck_assert_uint_eq(fixture.list.n, 1);
	ck_assert(vssd_applications_ask(&fixture.list, 100 * HVG_USEC_PER_SEC));
	close(one);
	run(0);
	ck_assert_uint_eq(fixture.n_ready, 1);
}
END_TEST

START_TEST(waits_for_nobody_who_cannot_be_told)
{
	int one = add("one");

	vssd_applications_forget(&fixture.list);
	ck_assert_uint_eq(fixture.n_ready, 0);
	close(one);
	one = add("one");
	ck_assert(vssd_applications_ask(&fixture.list, 100 * HVG_USEC_PER_SEC));
	vssd_applications_forget(&fixture.list);
	ck_assert_uint_eq(fixture.n_ready, 1);
	close(one);
}
END_TEST

START_TEST(never_reads_what_is_written)
{
	int one = add("one");

	ck_assert_int_eq((int)write(one, "junk", 4), 4);
	run(0);
	ck_assert_uint_eq(fixture.list.n, 1);
	close(one);
	run(0);
	ck_assert_uint_eq(fixture.list.n, 0);
}
END_TEST

START_TEST(takes_no_more_than_a_limit)
{
	int fds[VSSD_APPLICATIONS_MAX], fd;

	for (size_t i = 0; i < VSSD_APPLICATIONS_MAX; i++)
		fds[i] = add("one");
	ck_assert_int_eq(vssd_applications_add(&fixture.list, "one", &fd), -ENOSPC);
	close(fds[7]);
	run(0);
	fds[7] = add("one");
	for (size_t i = 0; i < VSSD_APPLICATIONS_MAX; i++)
		close(fds[i]);
}
END_TEST

static const char *const bad_names[] = { "", "a\nb", "\033[1m", "a\177",
	"0123456789012345678901234567890123456789012345678901234567890123x" };

START_TEST(takes_no_name_that_cannot_be_shown)
{
	int fd;

	ck_assert_int_eq(vssd_applications_add(&fixture.list, bad_names[_i], &fd), -EINVAL);
}
END_TEST

Suite *hvg_suite_daemons_applications(void)
{
	Suite *suite = suite_create("applications");
	TCase *tcase = hvg_suite_case(suite, "applications");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, forgets_who_closes_its_descriptor);
	tcase_add_test(tcase, asks_nobody_if_there_is_nobody);
	tcase_add_test(tcase, is_ready_when_the_last_one_is);
	tcase_add_test(tcase, names_one_that_is_too_late_and_forgets_it);
	tcase_add_test(tcase, keeps_who_was_asked_in_vain);
	tcase_add_test(tcase, waits_for_nobody_who_cannot_be_told);
	tcase_add_test(tcase, never_reads_what_is_written);
	tcase_add_test(tcase, takes_no_more_than_a_limit);
	tcase_add_loop_test(tcase, takes_no_name_that_cannot_be_shown, 0, HVG_ELEMENTS(bad_names));
	return suite;
}
