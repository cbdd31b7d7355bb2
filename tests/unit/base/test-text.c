// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/text.h"

#include <errno.h>

START_TEST(cuts_at_each_separator)
{
	struct hvg_span rest = hvg_span_of("a;; bc ;"), piece;

	ck_assert(hvg_span_cut(&rest, ';', &piece));
	ck_assert(hvg_span_is(piece, "a"));
	ck_assert(hvg_span_cut(&rest, ';', &piece));
	ck_assert(hvg_span_is(piece, ""));
	ck_assert(hvg_span_cut(&rest, ';', &piece));
	ck_assert(hvg_span_is(hvg_span_trim(piece), "bc"));
	ck_assert(!hvg_span_cut(&rest, ';', &piece));
}
END_TEST

START_TEST(trims_a_span_of_blanks_to_nothing)
{
	ck_assert(hvg_span_is(hvg_span_trim(hvg_span_of(" \t ")), ""));
}
END_TEST

START_TEST(copies_only_what_fits)
{
	char text[4] = "old";

	ck_assert_int_eq(hvg_span_copy(hvg_span_of("abcd"), text, sizeof(text)), -ENOSPC);
	ck_assert_str_eq(text, "old");
	ck_assert_int_eq(hvg_span_copy(hvg_span_of("abc"), text, sizeof(text)), 0);
	ck_assert_str_eq(text, "abc");
}
END_TEST

START_TEST(appends_all_or_nothing)
{
	char text[6] = "ab";

	ck_assert_int_eq(hvg_text_append(text, sizeof(text), "cdef"), -ENOSPC);
	ck_assert_str_eq(text, "ab");
	ck_assert_int_eq(hvg_text_append(text, sizeof(text), "cde"), 0);
	ck_assert_str_eq(text, "abcde");
	ck_assert_int_eq(hvg_text_append(text, sizeof(text), ""), 0);
}
END_TEST

Suite *hvg_suite_base_text(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = hvg_suite_case(suite, "text");

	tcase_add_test(tcase, cuts_at_each_separator);
	tcase_add_test(tcase, trims_a_span_of_blanks_to_nothing);
	tcase_add_test(tcase, copies_only_what_fits);
	tcase_add_test(tcase, appends_all_or_nothing);
	return suite;
}
