// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "host/fuse/nls.h"

#include <errno.h>
#include <string.h>

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* text in UTF-8 and the same in UTF-16. */
static const struct {
	const char *text;
	uint16_t units[8];
} same[] = {
	{ "", { 0 } },
	{ "a~", { 'a', '~' } },
	{ "\xc2\x80\xdf\xbf", { 0x80, 0x7ff } },
	{ "\xe0\xa0\x80\xef\xbf\xbf", { 0x800, 0xffff } },
	{ "\xed\x9f\xbf\xee\x80\x80", { 0xd7ff, 0xe000 } },
	{ "\xf0\x90\x80\x80", { 0xd800, 0xdc00 } },
	{ "x\xf4\x8f\xbf\xbfy", { 'x', 0xdbff, 0xdfff, 'y' } },
};

START_TEST(converts_both_ways)
{
	char text[32] = "";
	uint16_t units[8] = { 0 };
	size_t n_units = 0;

	while (same[_i].units[n_units])
		n_units++;
	ck_assert_uint_eq(nls_from_utf16(same[_i].units, 8, text, 31), strlen(same[_i].text));
	ck_assert_str_eq(text, same[_i].text);
	ck_assert_int_eq(nls_to_utf16(same[_i].text, strlen(same[_i].text), units, 8), n_units);
	ck_assert_mem_eq(units, same[_i].units, sizeof(units));
}
END_TEST

static const struct {
	uint16_t units[6];
	const char *text;
} lone[] = {
	{ { 'a', 0xd800, 'b' }, "ab" },                     /* high alone */
	{ { 'a', 0xdc00, 'b' }, "ab" },                     /* low alone */
	{ { 0xdc00, 0xd800, 'b' }, "b" },                   /* in the wrong order */
	{ { 0xd800, 0xd83d, 0xde00 }, "\xf0\x9f\x98\x80" }, /* a high before a pair */
	{ { 'a', 'b', 'c', 'd', 'e', 0xd83d }, "abcde" },   /* a pair that is cut by the end */
};

START_TEST(drops_lone_surrogates)
{
	char text[32] = "";

	nls_from_utf16(lone[_i].units, 6, text, 31);
	ck_assert_str_eq(text, lone[_i].text);
}
END_TEST

static const char *const ill_formed[] = {
	"\x80",             /* continuation alone */
	"\xc3",             /* cut */
	"\xe2\x82",         /* cut */
	"\xc3(",            /* no continuation */
	"\xc0\xaf",         /* overlong */
	"\xe0\x9f\xbf",     /* overlong */
	"\xf0\x8f\xbf\xbf", /* overlong */
	"\xed\xa0\x80",     /* surrogate */
	"\xf4\x90\x80\x80", /* above U+10FFFF */
	"\xf8\x88\x80\x80\x80",
	"\xff",
};

START_TEST(refuses_ill_formed_text)
{
	uint16_t units[8];
	char text[16] = "ok";

	strcat(text, ill_formed[_i]);
	ck_assert_int_eq(nls_to_utf16(text, strlen(text), units, 8), -EINVAL);
}
END_TEST

START_TEST(does_not_see_what_lies_behind_the_limit)
{
	uint16_t units[2];

	ck_assert_int_eq(nls_to_utf16("ab\xff", 3, units, 2), 2);
	ck_assert_int_eq(nls_to_utf16("ab\0\xff", 4, units, 2), 2);
}
END_TEST

START_TEST(never_cuts_a_character)
{
	static const uint16_t smile[] = { 'a', 0xd83d, 0xde00 };
	char text[8] = "";
	uint16_t units[2] = { 0 };

	ck_assert_uint_eq(nls_from_utf16(smile, 3, text, 4), 1);
	ck_assert_str_eq(text, "a");
	ck_assert_int_eq(nls_to_utf16("a\xf0\x9f\x98\x80", 5, units, 2), 1);
	ck_assert_uint_eq(units[1], 0);
}
END_TEST

Suite *hvg_suite_host_nls(void)
{
	Suite *suite = suite_create("host/nls");
	TCase *tcase = hvg_suite_case(suite, "nls");

	tcase_add_loop_test(tcase, converts_both_ways, 0, ELEMENTS(same));
	tcase_add_loop_test(tcase, drops_lone_surrogates, 0, ELEMENTS(lone));
	tcase_add_loop_test(tcase, refuses_ill_formed_text, 0, ELEMENTS(ill_formed));
	tcase_add_test(tcase, does_not_see_what_lies_behind_the_limit);
	tcase_add_test(tcase, never_cuts_a_character);
	return suite;
}
