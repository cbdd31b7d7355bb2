// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/cleanup.h"
#include "os/program.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define RUN(input, ...)                                                                        \
	({                                                                                     \
		char words_[][64] = { __VA_ARGS__ }, *argv_[9] = { 0 };                        \
                                                                                               \
		for (size_t i_ = 0; i_ < sizeof(words_) / 64; i_++)                            \
			argv_[i_] = words_[i_];                                                \
		hvg_program_run(argv_, input, &said);                                          \
	})

START_TEST(runs_a_program_with_its_words_as_they_are)
{
	_cleanup_free_ char *said = NULL;

	ck_assert_int_eq(RUN(NULL, "printf", "<%s>", "a b; $HOME", "*"), 0);
	ck_assert_str_eq(said, "<a b; $HOME><*>");
}
END_TEST

START_TEST(gives_it_what_it_is_to_read)
{
	_cleanup_free_ char *said = NULL;

	ck_assert_int_eq(RUN(", +\n", "cat"), 0);
	ck_assert_str_eq(said, ", +\n");
}
END_TEST

START_TEST(gives_it_nothing_to_read)
{
	_cleanup_free_ char *said = NULL;

	ck_assert_int_eq(RUN(NULL, "cat"), 0);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(tells_how_it_ended_and_all_that_it_said)
{
	_cleanup_free_ char *said = NULL;

	ck_assert_int_eq(RUN(NULL, "sh", "-c", "echo one; echo two >&2; exit 7"), 7);
	ck_assert_str_eq(said, "one\ntwo\n");
}
END_TEST

START_TEST(tells_the_signal_that_ended_it)
{
	_cleanup_free_ char *said = NULL;

	ck_assert_int_eq(RUN(NULL, "sh", "-c", "kill -KILL $$"), 128 + 9);
}
END_TEST

START_TEST(takes_more_than_a_pipe_would_hold)
{
	_cleanup_free_ char *said = NULL;

	ck_assert_int_eq(RUN(NULL, "seq", "100000"), 0);
	ck_assert_uint_eq(strlen(said), 588895);
}
END_TEST

START_TEST(keeps_what_is_ours_from_it)
{
	_cleanup_free_ char *said = NULL;

	(void)setenv("LD_PRELOAD_NOT", "here", 1);
	(void)setenv("LC_ALL", "de_DE.UTF-8", 1);
	ck_assert_int_eq(
		RUN(NULL, "sh", "-c", "env | grep -v -e _= -e PWD= -e SHLVL= | sort"), 0);
	ck_assert_str_eq(said, "LC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
	free(hvg_take_ptr(said));
	ck_assert_int_eq(RUN(NULL, "sh", "-c", "[ $$ = $(cut -d' ' -f5 /proc/$$/stat) ]"), 0);
	free(hvg_take_ptr(said));
	ck_assert_int_eq(dup2(STDERR_FILENO, 57), 57);
	ck_assert_int_eq(RUN(NULL, "sh", "-c", "[ ! -e /proc/$$/fd/57 ]"), 0);
}
END_TEST

START_TEST(knows_no_program_that_is_not_there)
{
	char *said = NULL;

	ck_assert_int_eq(RUN(NULL, "hvg-no-such-program"), -ENOENT);
	ck_assert_ptr_null(said);
	ck_assert(!hvg_program_exists("hvg-no-such-program"));
	ck_assert(hvg_program_exists("sh"));
}
END_TEST

Suite *hvg_suite_os_program(void)
{
	Suite *suite = suite_create("os/program");
	TCase *tcase = hvg_suite_case(suite, "program");

	tcase_add_test(tcase, runs_a_program_with_its_words_as_they_are);
	tcase_add_test(tcase, gives_it_what_it_is_to_read);
	tcase_add_test(tcase, gives_it_nothing_to_read);
	tcase_add_test(tcase, tells_how_it_ended_and_all_that_it_said);
	tcase_add_test(tcase, tells_the_signal_that_ended_it);
	tcase_add_test(tcase, takes_more_than_a_pipe_would_hold);
	tcase_add_test(tcase, keeps_what_is_ours_from_it);
	tcase_add_test(tcase, knows_no_program_that_is_not_there);
	return suite;
}
