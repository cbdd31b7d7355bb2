// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "os/hookdir.h"
#include "os/sandbox.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/run/hooks"

static struct hvg_hookdir hooks;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_sandbox_mkdir(FOLDER);
}

static void teardown(void)
{
	hvg_hookdir_done(&hooks);
}

static void program(const char *name, mode_t mode)
{
	char path[256];

	(void)snprintf(path, sizeof(path), FOLDER "/%s", name);
	hvg_sandbox_write(path, "#!/bin/sh\n");
	ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(lists_programs_in_the_order_of_their_names)
{
	static const char *const expected[] = { FOLDER "/10-first", FOLDER "/9-second", FOLDER "/Third.session",
		FOLDER "/fourth" };

	program("fourth", 0755);
	program("9-second", 0755);
	program("10-first", 0700);
	program("Third.session", 0755);
	hvg_sandbox_mkdir(FOLDER "/subfolder");
	ck_assert_int_eq(hvg_hookdir_read(&hooks, FOLDER), 0);
	ck_assert_uint_eq(hooks.n, HVG_ELEMENTS(expected));
	for (size_t i = 0; i < hooks.n; i++) {
		ck_assert_str_eq(hooks.files[i].path, expected[i]);
		ck_assert_ptr_null(hooks.files[i].refusal);
		ck_assert(hooks.files[i].is_session == (i == 2));
	}
}
END_TEST

START_TEST(leaves_out_what_is_no_program)
{
	static const char *const names[] = { ".hidden", "a~", "a.bak", "a.sample", "a.disabled", "a.rpmsave", "a.dpkg-old" };

	for (size_t i = 0; i < HVG_ELEMENTS(names); i++)
		program(names[i], 0755);
	ck_assert_int_eq(hvg_hookdir_read(&hooks, FOLDER), 0);
	ck_assert_uint_eq(hooks.n, 0);
	ck_assert_int_eq(hvg_hookdir_read(&hooks, "/run/none"), 0);
	ck_assert_uint_eq(hooks.n, 0);
}
END_TEST

START_TEST(refuses_what_others_may_write_to)
{
	program("1-group", 0775);
	program("2-world", 0757);
	program("3-plain", 0644);
	program("4-good", 0755);
	ck_assert_int_eq(symlink("/run/gone", FOLDER "/5-link"), 0);
	ck_assert_int_eq(hvg_hookdir_read(&hooks, FOLDER), 0);
	ck_assert_uint_eq(hooks.n, 5);
	for (size_t i = 0; i < hooks.n; i++)
		ck_assert((hooks.files[i].refusal == NULL) == (i == 3));
}
END_TEST

START_TEST(refuses_what_is_not_roots)
{
	if (geteuid() != 0)
		return;
	program("mine", 0755);
	ck_assert_int_eq(chown(FOLDER "/mine", 1000, 0), 0);
	ck_assert_int_eq(hvg_hookdir_read(&hooks, FOLDER), 0);
	ck_assert_ptr_nonnull(hooks.files[0].refusal);
}
END_TEST

START_TEST(refuses_all_of_a_folder_that_others_may_write_to)
{
	program("good", 0755);
	ck_assert_int_eq(chmod(FOLDER, 0777), 0);
	ck_assert_int_eq(hvg_hookdir_read(&hooks, FOLDER), 0);
	ck_assert_ptr_nonnull(hooks.files[0].refusal);
}
END_TEST

START_TEST(adds_a_single_program)
{
	program("one", 0755);
	ck_assert_int_eq(hvg_hookdir_add(&hooks, FOLDER "/one"), 0);
	ck_assert_int_eq(hvg_hookdir_add(&hooks, FOLDER "/none"), 0);
	ck_assert_uint_eq(hooks.n, 1);
}
END_TEST

Suite *hvg_suite_os_hookdir(void)
{
	Suite *suite = suite_create("hookdir");
	TCase *tcase = hvg_suite_case(suite, "hookdir");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, lists_programs_in_the_order_of_their_names);
	tcase_add_test(tcase, leaves_out_what_is_no_program);
	tcase_add_test(tcase, refuses_what_others_may_write_to);
	tcase_add_test(tcase, refuses_what_is_not_roots);
	tcase_add_test(tcase, refuses_all_of_a_folder_that_others_may_write_to);
	tcase_add_test(tcase, adds_a_single_program);
	return suite;
}
