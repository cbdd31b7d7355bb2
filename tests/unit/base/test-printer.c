// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/printer.h"

#include <errno.h>

static char text[16];
static struct hvg_printer printer;

static void setup(void)
{
	hvg_printer_init(&printer, text, sizeof(text));
}

START_TEST(is_empty_at_first)
{
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(hvg_printer_result(&printer), 0);
}
END_TEST

START_TEST(puts_pieces_together)
{
	hvg_print(&printer, "%s=%d", "a", 7);
	hvg_print_span(&printer, hvg_span_of("; b"));
	ck_assert_str_eq(text, "a=7; b");
	ck_assert_int_eq(hvg_printer_result(&printer), 6);
}
END_TEST

START_TEST(takes_what_just_fits)
{
	hvg_print(&printer, "%s", "0123456789");
	hvg_print_span(&printer, hvg_span_of("abcde"));
	ck_assert_int_eq(hvg_printer_result(&printer), 15);
	ck_assert_str_eq(text, "0123456789abcde");
}
END_TEST

START_TEST(keeps_whole_pieces_once_it_is_full)
{
	hvg_print(&printer, "%s", "0123456789");
	if (_i == 0)
		hvg_print(&printer, "%s", "abcdef");
	else
		hvg_print_span(&printer, hvg_span_of("abcdef"));
	hvg_print(&printer, "x");
	hvg_print_span(&printer, hvg_span_of("x"));
	ck_assert_int_eq(hvg_printer_result(&printer), -ENOSPC);
	ck_assert_str_eq(text, "0123456789");
}
END_TEST

Suite *hvg_suite_base_printer(void)
{
	Suite *suite = suite_create("base/printer");
	TCase *tcase = hvg_suite_case(suite, "printer");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, is_empty_at_first);
	tcase_add_test(tcase, puts_pieces_together);
	tcase_add_test(tcase, takes_what_just_fits);
	tcase_add_loop_test(tcase, keeps_whole_pieces_once_it_is_full, 0, 2);
	return suite;
}
