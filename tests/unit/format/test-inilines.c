// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "format/inilines.h"

#include <string.h>

START_TEST(gives_headers_and_assignments)
{
	static const char text[] = "# comment\nA = 1\n\n[One]\n;B=2\n C= x y \n[Two]\nC=";
	struct hvg_inilines lines;

	hvg_inilines_init(&lines, text, strlen(text));
	ck_assert(hvg_inilines_next(&lines) && hvg_inilines_is(&lines, "", "A"));
	ck_assert(hvg_span_is(lines.value, "1"));
	ck_assert(hvg_inilines_next(&lines) && hvg_inilines_is(&lines, "One", ""));
	ck_assert(hvg_inilines_next(&lines) && hvg_inilines_is(&lines, "One", "C"));
	ck_assert(hvg_span_is(lines.value, "x y"));
	ck_assert(hvg_inilines_next(&lines) && hvg_inilines_is(&lines, "Two", ""));
	ck_assert(hvg_inilines_next(&lines) && hvg_inilines_is(&lines, "Two", "C"));
	ck_assert_uint_eq(lines.value.size, 0);
	ck_assert(!hvg_inilines_next(&lines) && !lines.bad);
}
END_TEST

START_TEST(stops_at_what_is_neither)
{
	static const char *const texts[] = { "A\nB=1\n", "[A\nB=1\n", "=1\nB=1\n", " = \nB=1\n" };
	struct hvg_inilines lines;

	hvg_inilines_init(&lines, texts[_i], strlen(texts[_i]));
	ck_assert(!hvg_inilines_next(&lines));
	ck_assert(lines.bad);
	ck_assert(!hvg_inilines_next(&lines));
}
END_TEST

Suite *hvg_suite_format_inilines(void)
{
	Suite *suite = suite_create("format/inilines");
	TCase *tcase = hvg_suite_case(suite, "inilines");

	tcase_add_test(tcase, gives_headers_and_assignments);
	tcase_add_loop_test(tcase, stops_at_what_is_neither, 0, 4);
	return suite;
}
