// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "common/program.h"

#include <errno.h>
#include <stdlib.h>

static const struct hvg_program program = { .name = "hv-testd", .summary = "A daemon for tests." };

/* systemd restarts on failure: what went wrong must not look like an end in peace. */
START_TEST(fails_when_it_cannot_go_on)
{
	ck_assert_int_eq(hvg_program_end(&program, -EIO), EXIT_FAILURE);
	ck_assert_int_eq(hvg_program_end(&program, -EPERM), EXIT_FAILURE);
}
END_TEST

START_TEST(ends_with_the_code_that_it_was_given)
{
	ck_assert_int_eq(hvg_program_end(&program, 0), EXIT_SUCCESS);
	ck_assert_int_eq(hvg_program_end(&program, 3), 3);
}
END_TEST

Suite *hvg_suite_daemons_program(void)
{
	Suite *suite = suite_create("program");
	TCase *tcase = hvg_suite_case(suite, "program");

	tcase_add_test(tcase, fails_when_it_cannot_go_on);
	tcase_add_test(tcase, ends_with_the_code_that_it_was_given);
	return suite;
}
