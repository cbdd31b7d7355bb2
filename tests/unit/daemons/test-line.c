// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "common/line.h"

#include <string.h>

static const struct {
	const char *text, *line;
} lines[] = {
	{ "", "" },
	{ "plain \\ text", "plain \\ text" },
	{ "two\nlines\r\n", "two\\x0alines\\x0d\\x0a" },
	{ "\x1b[31mred\x7f\t", "\\x1b[31mred\\x7f\\x09" },
	{ "\xc2\x80\xc2\x9f\xc2\xa0", "\\x80\\x9f\xc2\xa0" },
	{ "Gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x98\x80", "Gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "bad \xff byte", "bad \xef\xbf\xbd byte" },
};

START_TEST(leaves_one_harmless_line)
{
	char line[HVG_LINE_SIZE];

	hvg_line_escape(lines[_i].text, line, sizeof(line));
	ck_assert_str_eq(line, lines[_i].line);
}
END_TEST

START_TEST(cuts_at_a_character)
{
	char line[6];

	hvg_line_escape("abcd\xc3\xbc", line, sizeof(line));
	ck_assert_str_eq(line, "abcd");
	hvg_line_escape("abc\xc3\xbc", line, sizeof(line));
	ck_assert_str_eq(line, "abc\xc3\xbc");
	hvg_line_escape("ab\ncd", line, sizeof(line));
	ck_assert_str_eq(line, "ab");
	hvg_line_escape("abc", line, 1);
	ck_assert_str_eq(line, "");
}
END_TEST

START_TEST(takes_a_text_of_any_length)
{
	char text[3 * HVG_LINE_SIZE], line[HVG_LINE_SIZE];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	hvg_line_escape(text, line, sizeof(line));
	ck_assert_uint_eq(strlen(line), HVG_LINE_SIZE - 1);
}
END_TEST

Suite *hvg_suite_daemons_line(void)
{
	Suite *suite = suite_create("daemons-line");
	TCase *tcase = hvg_suite_case(suite, "line");

	tcase_add_loop_test(tcase, leaves_one_harmless_line, 0, HVG_ELEMENTS(lines));
	tcase_add_test(tcase, cuts_at_a_character);
	tcase_add_test(tcase, takes_a_text_of_any_length);
	return suite;
}
