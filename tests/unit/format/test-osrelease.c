// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "base/utf16.h"
#include "format/osrelease.h"

#include <stdlib.h>
#include <string.h>

static void parse(const char *text, struct hvg_osrelease *ret)
{
	memset(ret, 'x', sizeof(*ret));
	hvg_osrelease_parse(text, strlen(text), ret);
}

START_TEST(reads_what_a_distribution_ships)
{
	struct hvg_osrelease release;

	parse("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n"
	      "VERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n"
	      "HOME_URL=\"https://www.debian.org/\"\n",
		&release);
	ck_assert_str_eq(release.pretty_name, "Debian GNU/Linux 12 (bookworm)");
	ck_assert_str_eq(release.name, "Debian GNU/Linux");
	ck_assert_str_eq(release.version_id, "12");
	ck_assert_str_eq(release.id, "debian");
}
END_TEST

/* What NAME becomes. */
static const struct {
	const char *text, *name;
} names[] = {
	{ "NAME=plain", "plain" },
	{ "NAME=plain\n", "plain" },
	{ "NAME=plain\r\n", "plain" },
	{ "NAME=", "" },
	{ "NAME=\"\"", "" },
	{ "  NAME=plain", "plain" },
	{ "NAME=two words  ", "two words" },
	{ "NAME= \"x\"", "x" },
	{ "NAME='single $x \\n \"'", "single $x \\n \"" },
	{ "NAME=\"a \\\"b\\\" \\$c \\\\ \\`d\\` \\n\"", "a \"b\" $c \\ `d` \\n" },
	{ "NAME=a\\ b\\\\", "a b\\" },
	{ "NAME='O'\\''Neill'", "O'Neill" },
	{ "NAME=\"in\"side\"out\"", "insideout" },
	{ "NAME=\"trailing \"  ", "trailing " },
	{ "NAME=trailing\\ \\ ", "trailing  " },
	{ "NAME=\"x\" # comment", "x" },
	{ "NAME=x # comment", "x" },
	{ "NAME=x#no-comment", "x#no-comment" },
	{ "NAME=\"x # no comment\"", "x # no comment" },
	{ "NAME=x\\", "x\\" },
	{ "NAME=a=b", "a=b" },
	{ "#NAME=x", "" },
	{ "NAME", "" },
	{ "NAME =x", "" },
	{ "NAMES=x", "" },
	{ "name=x", "" },
	{ "=x", "" },
	{ "", "" },
	{ "\n\n\n", "" },
	{ "NAME=first\nNAME=second", "second" },
	{ "NAME=first\nNAME=\"never closed\nID=x", "first" },
	{ "NAME='never closed", "" },
	{ "NAME=\"", "" },
	{ "NAME=\"\\\"", "" },
	{ "NAME=\"\xc3\xa4\xff\"", "\xc3\xa4\xef\xbf\xbd" },
};

START_TEST(reads_values_as_a_shell_would)
{
	struct hvg_osrelease release;

	parse(names[_i].text, &release);
	ck_assert_str_eq(release.name, names[_i].name);
}
END_TEST

START_TEST(confines_an_open_quote_to_its_line)
{
	struct hvg_osrelease release;

	parse("NAME=\"open\nID=debian\nVERSION_ID='open\nPRETTY_NAME=\"x\"", &release);
	ck_assert_str_eq(release.name, "");
	ck_assert_str_eq(release.id, "debian");
	ck_assert_str_eq(release.version_id, "");
	ck_assert_str_eq(release.pretty_name, "x");
}
END_TEST

START_TEST(reads_no_further_than_it_may)
{
	struct hvg_osrelease release;

	hvg_osrelease_parse("NAME=abcdef", 8, &release);
	ck_assert_str_eq(release.name, "abc");
	hvg_osrelease_parse(NULL, 0, &release);
	ck_assert_str_eq(release.name, "");
}
END_TEST

START_TEST(cuts_a_long_value_at_a_character)
{
	char text[4096] = "ID=x";
	struct hvg_osrelease release;

	for (size_t i = 0; i < 1000; i++)
		strcat(text, "\xc3\xa4");
	parse(text, &release);
	ck_assert_uint_eq(strlen(release.id), sizeof(release.id) - 1);
	ck_assert(hvg_utf8_is_valid(release.id));
	parse("ID=x\nNAME=0123456789012345678901234567890123456789012345678901234567890123456789",
		&release);
	ck_assert_uint_eq(strlen(release.name), 70);
}
END_TEST

Suite *hvg_suite_format_osrelease(void)
{
	Suite *suite = suite_create("osrelease");
	TCase *tcase = hvg_suite_case(suite, "osrelease");

	tcase_add_test(tcase, reads_what_a_distribution_ships);
	tcase_add_loop_test(tcase, reads_values_as_a_shell_would, 0, HVG_ELEMENTS(names));
	tcase_add_test(tcase, confines_an_open_quote_to_its_line);
	tcase_add_test(tcase, reads_no_further_than_it_may);
	tcase_add_test(tcase, cuts_a_long_value_at_a_character);
	return suite;
}
