// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Each row is a file, and what is heard of it: "LINE [SECTION]KEY=VALUE" for a setting, "LINE !WHAT"
 * for trouble, with a | behind each.
 */

#include "suites.h"

#include "base/units.h"
#include "common/inifile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char heard[4096];
static int answer;

static void hear(unsigned int line, const char *text)
{
	size_t used = strlen(heard);

	snprintf(heard + used, sizeof(heard) - used, "%u %s|", line, text);
}

static int on_setting(void *userdata, unsigned int line, const char *const words[static 3])
{
	char text[512];

	snprintf(text, sizeof(text), "[%s]%s=%s", words[HVG_INIFILE_SECTION], words[HVG_INIFILE_KEY],
		words[HVG_INIFILE_VALUE]);
	hear(line, text);
	return answer;
}

/* The first three words of it will do. */
static void on_trouble(void *userdata, unsigned int line, const char *what)
{
	char text[64] = "!";
	size_t n = 0;

	for (unsigned int blanks = 0; what[n] && (what[n] != ' ' || ++blanks < 3); n++)
		;
	strncat(text, what, n);
	hear(line, text);
}

static const struct hvg_inifile_reader reader = { .setting = on_setting, .trouble = on_trouble };

static const struct {
	const char *text, *heard;
} files[] = {
	{ "", "" },
	{ "\n\n# comment\n;comment\n  # comment\n", "" },
	{ "[A]\nk=v\n", "2 [A]k=v|" },
	{ "[A]\nk=v", "2 [A]k=v|" },
	{ "[A]\r\n k = v w \r\n", "2 [A]k=v w|" },
	{ "[A]\n\n# c\nk=\n", "4 [A]k=|" },
	{ "k=v\n[A]\nk=v=w\n", "1 []k=v|3 [A]k=v=w|" },
	{ "\xef\xbb\xbf[A]\nk=v\n", "2 [A]k=v|" },
	/* what inih would make of these is told in inifile.h */
	{ "[A]\nk=v\n  w\n", "2 [A]k=v|3 !expected Key=Value; the|" },
	{ "[A]\nk=v\n  m=w\n  [B]\nn=x\n", "2 [A]k=v|3 [A]m=w|5 [B]n=x|" },
	{ "[A]\nk=a;b\n", "2 [A]k=a;b|" },
	{ "[A]\nk=a ; b\n", "2 !\" ;\" inside|" },
	{ "[A]\nk=a\t; b\nl=c\n", "2 !\" ;\" inside|3 [A]l=c|" },
	{ "[A]\nk=a # b\n", "2 [A]k=a # b|" },
	{ "[A]\nword\nk=v\n", "2 !expected Key=Value; the|3 [A]k=v|" },
	{ "[A]\nk=v\nword", "2 [A]k=v|3 !expected Key=Value; the|" },
	{ "[A]\nk=v\n[B\nl=w\nm\n[C]\nn=x\n", "2 [A]k=v|3 !expected [Section]; everything|7 [C]n=x|" },
	{ "[A] B\nk=v\n", "1 !expected [Section]; everything|" },
	{ "[A]]\nk=v\n", "1 !expected [Section]; everything|" },
	{ "[\nk=v\n", "1 !expected [Section]; everything|" },
	{ "[A]\nk=a\x01" "b\nl=c\x7f\nm=d\te\n", "2 !a control character|3 !a control character|4 [A]m=d\te|" },
	{ "[A]\nk=\xff\n# \xff\nl=\xc3\xbc\n", "2 !the line is|4 [A]l=\xc3\xbc|" },
	{ "[A\x01]\nk=v\n", "1 !a control character|" },
	{ "[0123456789012345678901234567890123456789012345678]\nk=v\n",
		"2 [0123456789012345678901234567890123456789012345678]k=v|" },
	{ "[01234567890123456789012345678901234567890123456789]\nk=v\n", "1 !expected [Section]; everything|" },
	{ "=v\n", "1 []=v|" },
};

START_TEST(hears_each_line_for_what_it_is)
{
	heard[0] = '\0';
	ck_assert_int_eq(hvg_inifile_parse(files[_i].text, strlen(files[_i].text), &reader), 0);
	ck_assert_str_eq(heard, files[_i].heard);
}
END_TEST

/* A line of this length that begins and ends with these. */
static size_t put_long(char *text, size_t size, const char *begin, const char *end)
{
	memset(text, 'x', size);
	memcpy(text, begin, strlen(begin));
	memcpy(text + size - strlen(end), end, strlen(end));
	text[size] = '\n';
	return size + 1;
}

START_TEST(takes_a_line_of_198_bytes_and_the_next_one)
{
	char text[1024] = "";
	size_t used = put_long(text, 198, "k=", "=end");

	heard[0] = '\0';
	used += (size_t)sprintf(text + used, "m=1\n");
	ck_assert_int_eq(hvg_inifile_parse(text, used, &reader), 0);
	ck_assert_uint_eq(strlen(heard), strlen("1 []|") + 198 + strlen("2 []m=1|"));
}
END_TEST

START_TEST(never_splits_a_long_line)
{
	for (size_t size = 199; size < 600; size++) {
		char text[1024];
		size_t used = put_long(text, size, "k=", " l=5");

		heard[0] = '\0';
		used += (size_t)sprintf(text + used, "m=1\n");
		ck_assert_int_eq(hvg_inifile_parse(text, used, &reader), 0);
		ck_assert_str_eq(heard, "1 !the line has|2 []m=1|");
	}
}
END_TEST

START_TEST(leaves_out_what_follows_a_long_header)
{
	char text[1024] = "[A]\n";
	size_t used = 4;

	heard[0] = '\0';
	used += put_long(text + used, 300, "[", "]");
	used += (size_t)sprintf(text + used, "k=v\n[B]\nk=v\n");
	ck_assert_int_eq(hvg_inifile_parse(text, used, &reader), 0);
	ck_assert_str_eq(heard, "2 !a section header|5 [B]k=v|");
}
END_TEST

START_TEST(refuses_a_file_with_a_nul_byte)
{
	static const char text[] = "[A]\nk=v\nl=\0w\n";

	heard[0] = '\0';
	ck_assert_int_eq(hvg_inifile_parse(text, sizeof(text) - 1, &reader), 0);
	ck_assert_str_eq(heard, "3 !a NUL byte;|");
}
END_TEST

START_TEST(stops_at_an_error_of_the_reader)
{
	heard[0] = '\0';
	answer = -ENOMEM;
	ck_assert_int_eq(hvg_inifile_parse("k=v\nl=w\nword\n", 13, &reader), -ENOMEM);
	ck_assert_str_eq(heard, "1 []k=v|");
}
END_TEST

Suite *hvg_suite_daemons_inifile(void)
{
	Suite *suite = suite_create("daemons-inifile");
	TCase *tcase = hvg_suite_case(suite, "inifile");

	tcase_add_loop_test(tcase, hears_each_line_for_what_it_is, 0, HVG_ELEMENTS(files));
	tcase_add_test(tcase, takes_a_line_of_198_bytes_and_the_next_one);
	tcase_add_test(tcase, never_splits_a_long_line);
	tcase_add_test(tcase, leaves_out_what_follows_a_long_header);
	tcase_add_test(tcase, refuses_a_file_with_a_nul_byte);
	tcase_add_test(tcase, stops_at_an_error_of_the_reader);
	return suite;
}
